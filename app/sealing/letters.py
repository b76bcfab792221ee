"""Letters that wait to be sent, or that nobody took: they lie sealed in what their jobs are called with."""

import base64
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.crypto import KEY_ID, Unsealable, Vault
from app.core.post import letter_context

_KEPT = "done_at IS NULL AND arguments ? 'sealed'"
_KEY = "substr(decode(arguments ->> 'sealed', 'base64'), 1, :length)"
_UNDER = text(f"SELECT {_KEY} AS under, count(*) AS number FROM job WHERE {_KEPT} GROUP BY under")  # noqa: S608
_OLDER = text(
    "SELECT id, arguments ->> 'sealed' AS sealed, arguments ->> 'template' AS template FROM job"  # noqa: S608
    f" WHERE {_KEPT} AND {_KEY} <> :current AND id > :after ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED"
)
_WRITE = text(
    "UPDATE job SET arguments = jsonb_set(arguments, '{sealed}', to_jsonb(CAST(:sealed AS text))) WHERE id = :id"
)


@dataclass(frozen=True, slots=True)
class Letters:
    """The place of them all."""

    def __str__(self) -> str:
        return "job.arguments"


LETTERS = Letters()
FIRST = UUID(int=0)


async def under(tx: AsyncSession) -> Counter[bytes]:
    """How many lie under which key, by its id."""
    return Counter({row.under: row.number for row in await tx.execute(_UNDER, {"length": KEY_ID})})


async def reseal(tx: AsyncSession, vault: Vault, after: UUID, limit: int, closed: set[str]) -> tuple[int, UUID | None]:
    """The next letters under other keys, sealed anew: how many, and after which to go on; None when these were the
    last. Those that no key opens are added to `closed`."""
    found: list[Any] = list(
        await tx.execute(_OLDER, {"length": KEY_ID, "current": vault.current, "after": after, "limit": limit})
    )
    fresh = []
    for row in found:
        try:
            sealed = vault.resealed(base64.b64decode(row.sealed), letter_context(row.template))
        except Unsealable:
            closed.add(f"{LETTERS} {row.id}")
        else:
            fresh.append({"id": row.id, "sealed": base64.b64encode(sealed).decode()})
    if fresh:
        await tx.execute(_WRITE, fresh)
    return len(fresh), found[-1].id if len(found) == limit else None
