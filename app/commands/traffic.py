"""`portolan traffic`: where the events of page views lie."""

import asyncio

import click

from app import wiring
from app.commands.base import settings
from app.core.config import Settings
from app.core.db import Database
from app.traffic import moving


@click.group()
def traffic() -> None:
    """Events of page views."""


@traffic.command()
def move() -> None:
    """Copy the events that lie in PostgreSQL into ClickHouse, before the first web process writes there. May be
    repeated."""
    chosen = settings()
    if not chosen.clickhouse_url:
        raise click.ClickException("PORTOLAN_CLICKHOUSE_URL is not set.")
    asyncio.run(_move(chosen))


async def _move(chosen: Settings) -> None:
    db = Database(chosen.database_url, pool=2)
    total = 0
    async for day, events in moving.move(db, wiring.event_store(chosen, db)):
        click.echo(f"{day}: {events:,} events")
        total += events
    click.echo(f"{total:,} events are in ClickHouse.")
    await db.close()
