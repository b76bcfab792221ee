"""`portolan take-letter`: for a mail server that hands letters to a program."""

import sys

import click
import uvloop

from app import wiring
from app.commands.base import settings
from app.core.config import Settings
from app.core.db import Database
from app.core.security import LARGEST_BODY
from orders.negotiation import answering
from orders.negotiation.answering import Outcome

LATER = 75
"""EX_TEMPFAIL of sysexits.h: the mail server keeps the letter and tries again."""


@click.command("take-letter")
def take_letter() -> None:
    """Take in a letter from standard input, an answer to one of ours. Exits with 75 where it should come again."""
    try:
        outcome = uvloop.run(_take(settings(), sys.stdin.buffer.read(LARGEST_BODY + 1)))
    except (Exception, SystemExit) as away:  # noqa: BLE001  with any other exit mail servers give the letter up
        click.echo(f"The letter was not taken in: {away}", err=True)
        sys.exit(LATER)
    click.echo(outcome)


async def _take(chosen: Settings, raw: bytes) -> Outcome:
    if not chosen.answers_domain:
        raise click.ClickException("PORTOLAN_ANSWERS_DOMAIN is empty: answers by mail are not taken in")
    if len(raw) > LARGEST_BODY:
        raise click.ClickException(f"it has more than {LARGEST_BODY} bytes")
    db = Database(chosen.database_url, pool=1)
    try:
        return await answering.receive(wiring.job_context(chosen, db), raw)
    finally:
        await db.close()
