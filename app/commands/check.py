"""`portolan check`."""

import asyncio
import sys

import click

from app import checks
from app.commands.base import settings


@click.command()
def check() -> None:
    """Check the configuration and every dependency, one line each; exit code 1 when one fails."""
    results = asyncio.run(checks.run(settings()))
    for result in results:
        click.echo(f"{'ok  ' if result.fine else 'FAIL'}  {result.name}: {result.detail}")
    sys.exit(0 if all(result.fine for result in results) else 1)
