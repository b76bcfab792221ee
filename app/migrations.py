"""Alembic without its ini file: bring a database up (or down), or write a new migration."""

import asyncio
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.tables import metadata

ROOT = Path(__file__).resolve().parent.parent / "migrations"


def config(url: str = "") -> Config:
    made = Config()
    made.set_main_option("script_location", str(ROOT))
    made.set_main_option("file_template", "%%(year)d-%%(month).2d-%%(day).2d-%%(hour).2d%%(minute).2d_%%(slug)s")
    if url:
        made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return made


def upgrade(url: str = "", revision: str = "head") -> None:
    """Migrate up. Runs an event loop of its own: not to be called from inside one."""
    command.upgrade(config(url), revision)


def downgrade(url: str, revision: str) -> None:
    command.downgrade(config(url), revision)


def write(url: str, message: str) -> None:
    """Write a migration from the difference between the models and the database at `url`."""
    command.revision(config(url), message, autogenerate=True)


def create_all(url: str) -> None:
    asyncio.run(_create_all(url))


async def _create_all(url: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        files = sorted((ROOT / "sql").glob("*.sql"))
        await _script(connection, files[0])
        await connection.run_sync(metadata.create_all)
        for file in files[1:]:
            await _script(connection, file)
    await engine.dispose()


async def _script(connection: AsyncConnection, file: Path) -> None:
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    await driver.execute(await asyncio.to_thread(file.read_text))
