"""`portolan rules adopt`."""

from pathlib import Path

import click
import uvloop

from app.commands.base import settings
from app.core.config import Settings
from app.core.db import Database
from trust.rules import shipped
from trust.rules.codes import Code
from trust.rules.shipped import NoText
from trust.rules.text import Text


@click.group()
def rules() -> None:
    """The rule book."""


@rules.command()
@click.option(
    "--from",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=shipped.TEXTS,
    help="A folder with <code>.en.md and <code>.zh.md of every rule; the texts that Portolan ships when left out.",
)
def adopt(folder: Path) -> None:
    """Put first texts in force, today, for every rule that has none. Later changes are consulted on, at /rules."""
    chosen = settings()
    try:
        texts = shipped.texts(folder, fee_basis_points=chosen.platform_fee_bps)
    except NoText as refused:
        raise click.ClickException(str(refused)) from None
    adopted = uvloop.run(_adopt(chosen, texts))
    for code in adopted:
        click.echo(f"in force from today: {code}")
    click.echo(f"{len(adopted)} adopted, {len(texts) - len(adopted)} had a text already.")


async def _adopt(chosen: Settings, texts: dict[Code, Text]) -> list[Code]:
    db = Database(chosen.database_url, pool=1)
    try:
        async with db.transaction() as tx:
            return await shipped.adopt_all(tx, texts)
    finally:
        await db.close()
