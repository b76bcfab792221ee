"""The application: routes, middleware, and the two loops that deliver webhooks and let time pass."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import httpx
import structlog
from fastapi import FastAPI
from sqlalchemy.exc import NoResultFound, SQLAlchemyError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from payments.sandbox import settling, webhooks
from payments.sandbox.door import RequestIds, on_api_error, on_crash, on_unknown_url
from payments.sandbox.errors import ApiError
from payments.sandbox.faults import FaultMiddleware, Plans
from payments.sandbox.page import pay
from payments.sandbox.page import routes as page
from payments.sandbox.routes import (
    accounts,
    admin,
    balances,
    charges,
    checkout,
    disputes,
    events,
    onboarding,
    payment_intents,
    payouts,
    refunds,
    topups,
    transfers,
)
from payments.sandbox.settings import Settings
from payments.sandbox.store import Call
from payments.sandbox.tables import bring_up_to_date

_ROUTES = (
    accounts,
    onboarding,
    payment_intents,
    checkout,
    charges,
    refunds,
    transfers,
    payouts,
    topups,
    disputes,
    balances,
    events,
)
_NAP = 0.5
_CONNECTIONS = 16
_log = structlog.get_logger(__name__)


def create_app(settings: Settings) -> FastAPI:
    """The sandbox over one database, whose tables it makes itself."""
    app = FastAPI(title="Portolan sandbox", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan)
    app.state.settings = settings
    app.state.doorbell = asyncio.Event()
    for routes in _ROUTES:
        app.include_router(routes.door.router)
    app.include_router(admin.router)
    app.include_router(onboarding.router)
    app.include_router(page.router)
    app.include_router(pay.router)
    app.add_exception_handler(ApiError, on_api_error)
    app.add_exception_handler(NoResultFound, on_unknown_url)
    app.add_exception_handler(404, on_unknown_url)
    app.add_exception_handler(Exception, on_crash)
    app.add_middleware(FaultMiddleware, plans=lambda: app.state.plans)
    app.add_middleware(RequestIds)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    engine = create_async_engine(settings.database_url, pool_size=_CONNECTIONS, max_overflow=0, pool_timeout=60)
    app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
    async with engine.begin() as connection:
        await connection.run_sync(bring_up_to_date)
    app.state.plans = Plans(app.state.sessions)
    await app.state.plans.look()
    async with app.state.sessions.begin() as tx:
        await topups.stock(Call(tx, settings), settings.own_funds)
    async with httpx.AsyncClient() as client:
        deliver = partial(webhooks.deliver_due, app.state.sessions, settings, client, app.state.plans)
        settle = partial(settling.settle_due, app.state.sessions, settings)
        tasks = [asyncio.create_task(_keep(work, app.state.doorbell)) for work in (settle, deliver)]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await engine.dispose()


async def _keep(work: Callable[[], Awaitable[int]], doorbell: asyncio.Event) -> None:
    """Do `work` while it finds something, then wait for the doorbell or a nap. A database that is gone is awaited."""
    while True:
        try:
            found = await work()
        except (SQLAlchemyError, OSError) as trouble:
            _log.warning("sandbox_work_failed", trouble=repr(trouble))
            found = 0
        if not found:
            with suppress(TimeoutError):
                await asyncio.wait_for(doorbell.wait(), _NAP)
            doorbell.clear()
