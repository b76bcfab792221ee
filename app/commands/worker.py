"""`portolan worker`."""

import click
import uvloop

from app.commands.base import settings
from app.worker import work


@click.command()
def worker() -> None:
    """Run background jobs until told to stop."""
    uvloop.run(work(settings()))
