"""`portolan serve`. This process only keeps the web processes; it loads nothing of the application itself."""

import click
import uvicorn

from app.commands.base import settings

SLOWEST_START = 60  # seconds; a process that is still importing on a busy machine is not dead


@click.command()
def serve() -> None:
    """Serve the web on PORTOLAN_HOST:PORTOLAN_PORT with PORTOLAN_WEB_PROCESSES processes."""
    chosen = settings()
    uvicorn.run(
        "app.main:application",
        factory=True,
        host=chosen.host,
        port=chosen.port,
        workers=chosen.web_processes,
        proxy_headers=True,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_worker_healthcheck=SLOWEST_START,
    )
