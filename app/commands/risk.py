"""`portolan risk`."""

import asyncio
from datetime import timedelta

import click

from app.commands.base import settings as given
from app.core.db import Database
from app.core.errors import DomainError
from trust.risk import changing
from trust.risk.changing import Replay


@click.group()
def risk() -> None:
    """Rules of risk."""


@risk.command()
@click.argument("rule")
@click.option("--set", "said", multiple=True, metavar="NAME=VALUE", help="A parameter to try; may stand several times.")
@click.option("--days", default=90, show_default=True, help="How far back.")
def replay(rule: str, said: tuple[str, ...], days: int) -> None:
    """What RULE would have made of the past with other parameters, from what was stored of its hits."""
    try:
        found = asyncio.run(_replay(rule.upper(), "\n".join(said), timedelta(days=days)))
    except DomainError as error:
        raise click.ClickException(error.message) from None
    click.echo(f"{found.inputs} decisions judged again: {found.would_hit} hits, {found.differ} otherwise than then")
    click.echo(
        f"met harm: {found.harm_found} of {found.harm} found; no harm: {found.harmless_found} of {found.harmless}"
    )
    for action, number in sorted(found.actions.items()):
        click.echo(f"{action.name.lower()}: {number}")


async def _replay(rule: str, said: str, past: timedelta) -> Replay:
    db = Database(given().database_url, pool=1)
    try:
        async with db.transaction(read_only=True) as tx:
            now = await changing.setting_of(tx, rule)
            return await changing.replay(tx, rule, changing.assigned(said, now.parameters), past=past)
    finally:
        await db.close()
