"""`portolan worker`."""

import asyncio

import click

from app.commands.base import settings
from app.worker import work


@click.command()
def worker() -> None:
    """Run background jobs until told to stop."""
    asyncio.run(work(settings()))
