"""`portolan demo`."""

import gc

import click
import uvloop

from app.commands.base import settings
from app.core import log
from app.demo import command as world
from app.demo.command import DemoRefused
from app.demo.world import BooksBroken


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print an account and an API key for every role, as JSON.")
def demo(as_json: bool) -> None:
    """Build the demo world once; a second time nothing changes."""
    chosen = settings()
    log.configure(chosen.log_format)
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # a world is built of millions of objects, of which few are garbage in circles
    try:
        accounts = uvloop.run(world.run(chosen, say=lambda line: click.echo(line, err=as_json)))
    except (DemoRefused, BooksBroken) as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(accounts if as_json else "The demo world is there. `portolan demo --json` prints who can sign in.")
