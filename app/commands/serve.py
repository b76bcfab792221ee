"""`portolan serve`."""

import click

from app import serving
from app.commands.base import settings
from app.main import create_app


@click.command()
@click.option("--workers", default=0, show_default=True, help="As many workers beside, as `portolan worker` runs one.")
def serve(workers: int) -> None:
    """Serve the web on PORTOLAN_HOST:PORTOLAN_PORT with PORTOLAN_WEB_PROCESSES processes."""
    chosen = settings()
    serving.serve(create_app(chosen), chosen, workers=workers)
