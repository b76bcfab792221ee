"""The web, and if wanted the worker, forked from one process that has loaded everything."""

from collections.abc import Callable
from typing import NoReturn

import uvicorn
import uvloop
from fastapi import FastAPI

from app.core import i18n
from app.core.config import Settings
from app.forking import Forks
from app.worker import work


def serve(app: FastAPI, settings: Settings, *, workers: int = 0) -> NoReturn:
    """Serve `app` on the settings' address with as many processes as they say, and run `workers` workers beside.

    Until SIGTERM or SIGINT. Exits with 3 when the address cannot be listened on.
    """
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        proxy_headers=True,
        server_header=False,
        access_log=False,
        log_config=None,
        ws="none",
    )
    config.load()
    _load(app)
    forks = Forks()
    listening = forks.socket or config.bind_socket()

    def web() -> None:
        uvicorn.Server(config).run(sockets=[listening])

    def worker() -> None:
        uvloop.run(work(settings))

    works: dict[str, Callable[[], None]] = {f"web {n}": web for n in range(1, settings.web_processes + 1)}
    forks.keep(works | {f"worker {n}": worker for n in range(1, workers + 1)}, listening)


def _load(app: FastAPI) -> None:
    """What each process would otherwise load with its first requests."""
    i18n.load()
    app.state.traffic.load()
    templates = app.state.templates
    if not templates.auto_reload:
        for name in templates.list_templates():
            templates.get_template(name)
