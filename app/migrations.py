"""Alembic without its ini file: bring a database up (or down), or write a new migration."""

import re
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.util import await_only

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


def script(connection: Connection, name: str) -> None:
    """Run one file of migrations/sql, however many statements it has (asyncpg takes one at a time otherwise)."""
    raw: Any = connection.connection.driver_connection
    await_only(raw.execute((ROOT / "sql" / name).read_text()))


def restore(connection: Connection, name: str, what: str) -> None:
    """Make a function or view again what a file of migrations/sql once made it, for the way down.

    what  such as "FUNCTION held" or "VIEW kept_file"
    """
    raw: Any = connection.connection.driver_connection
    end = r"\$\$;" if what.startswith("FUNCTION") else ";"
    said = (ROOT / "sql" / name).read_text()
    [body] = re.findall(rf"(?ms)^CREATE (?:OR REPLACE )?({what} ?\(.*?{end})$", said)
    await_only(raw.execute(f"CREATE OR REPLACE {body}"))


def drop_functions(connection: Connection) -> None:
    """Drop every function that the scripts made; their triggers went with the tables."""
    found = connection.execute(
        text(
            "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname = 'public' AND NOT EXISTS"
            " (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
        )
    ).scalars()
    for signature in list(found):
        connection.execute(text(f"DROP FUNCTION {signature} CASCADE"))
