"""The web door as production serves it (compiled templates kept), without production's secrets."""

from fastapi import FastAPI

from app.core.config import Settings
from app.core.templates import environment
from app.main import create_app


def application() -> FastAPI:
    settings = Settings()
    app = create_app(settings)
    cache = settings.data_dir / "templates"
    cache.mkdir(parents=True, exist_ok=True)
    app.state.templates = environment(cache_dir=cache)
    return app
