"""How many statements a piece of work sends to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from httpx import AsyncClient
from sqlalchemy import event

from app.core.db import Database


@contextmanager
def count_queries(db: Database) -> Iterator[list[str]]:
    """Within the block, the list fills with every statement sent (those that open a transaction are not told)."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("SET TRANSACTION"):
            sent.append(statement)

    engines = (db.engine.sync_engine, db.reader.sync_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    db.sent = sent.append
    try:
        yield sent
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
        db.sent = None


async def cost(http: AsyncClient, db: Database, *pages: str) -> list[int]:
    """How many statements are sent for each of these pages, all of which answer."""
    found = []
    for page in pages:
        with count_queries(db) as sent:
            assert (await http.get(page)).status_code == 200, page
        found.append(len(sent))
    return found
