"""`portolan migrate`."""

import asyncio

import click

from app import migrations, wiring
from app.commands.base import settings
from app.core.config import Settings
from app.core.db import Database


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema, with the owner's role; and make the table of events in ClickHouse."""
    chosen = settings()
    migrations.upgrade(chosen.migration_database_url)
    asyncio.run(_create(chosen))
    click.echo("The database is up to date.")


async def _create(chosen: Settings) -> None:
    db = Database(chosen.database_url, pool=1)
    await wiring.event_store(chosen, db).create()
    await db.close()
