"""The web door: builds the application from its settings."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from app import failures, navigation, wiring
from app.assessment.badge import Badge
from app.core import log
from app.core.config import Settings
from app.core.db import Database
from app.core.doorbell import Doorbell
from app.core.security import Door
from app.core.storage import NotedFiles
from app.core.templates import environment
from app.core.web import BySegment
from app.health import router as health
from app.pages import ROUTERS
from app.stylesheet import stylesheet_router
from app.traffic.recording import Recorder
from app.traffic.watching import Watch

STATIC = Path(__file__).resolve().parent / "static"
SUBJECTS = {
    "/products/{product_id}": ("product", "product_id"),
    "/suppliers/{slug}": ("supplier", "slug"),
}
"""Pages whose views are counted for what they show, too: see `app.traffic.watching`."""


class CachedStatic(StaticFiles):
    """Static files that browsers may keep for a while; their addresses carry a version where it matters."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["cache-control"] = "public, max-age=3600"
        return response


def create_app(settings: Settings) -> FastAPI:
    """One web process. Everything it holds hangs on `app.state`; nothing is global."""
    log.configure(settings.log_format)
    db = Database(settings.database_url, pool=settings.database_pool)
    app = FastAPI(
        title="Portolan",
        version="1",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        servers=[{"url": "/api/v1"}],
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.db = db
    app.state.vault = settings.vault
    app.state.templates = environment(cache_dir=None if not settings.production else settings.data_dir)
    app.state.navigation = navigation.links
    app.state.jobs = wiring.job_context(settings, db)
    app.state.files = NotedFiles(app.state.jobs.files)
    app.state.doorbell = Doorbell(settings.redis_url)
    app.state.authenticate = wiring.authenticate
    app.state.left_behind = wiring.left_behind
    app.state.badge = Badge(db)
    app.state.traffic = Recorder(
        db,
        app.state.jobs.traffic,
        secret=settings.secret_key.get_secret_value(),
        zone=settings.reporting_zone,
        folder=settings.networks,
    )
    failures.install(app)
    for router in (health, stylesheet_router(cached=settings.production), *ROUTERS):
        # Not include_router, under which each request walks all routes of all routers, twice.
        app.router.routes.extend(router.routes)
    app.mount("/static", CachedStatic(directory=STATIC), name="static")
    app.router.middleware_stack = BySegment(app.router)
    app.add_middleware(Watch, recorder=app.state.traffic, subjects=SUBJECTS)
    app.add_middleware(Door, secure=settings.base_url.startswith("https://"))
    return app


def application() -> FastAPI:
    """What each web process builds, from the environment."""
    return create_app(Settings())


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.db.doorbell = app.state.doorbell.ring
    async with AsyncExitStack() as stack:
        if app.state.settings.environment != "test":  # tests write out what they look at themselves
            await stack.enter_async_context(app.state.traffic.running())
            await stack.enter_async_context(app.state.badge.running())
        yield
    await app.state.jobs.gateway.close()
    await app.state.doorbell.close()
    await app.state.db.close()
