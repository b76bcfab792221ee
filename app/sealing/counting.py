"""How much lies sealed under which key: fields by one query each, files by their first bytes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import LargeBinary, func, select

from app.core.crypto import KEY_ID, Vault
from app.core.db import Database
from app.core.storage import FileStore
from app.sealing import letters, named
from app.sealing.letters import LETTERS, Letters
from app.sealing.registry import FIELDS, FILES, Field, Files
from app.tables import metadata


@dataclass(frozen=True, slots=True)
class Count:
    """Of one column: how many fields or files by the id of their key; `missing`: files that the store does not have."""

    place: Field | Files | Letters
    under: Counter[bytes] = field(default_factory=Counter)
    missing: int = 0


async def fields(db: Database) -> list[Count]:
    counts = []
    for one in FIELDS:
        sealed = metadata.tables[one.table].c[one.column]
        under = func.substr(sealed, 1, KEY_ID, type_=LargeBinary)
        query = select(under, func.count()).where(func.length(sealed) > 0).group_by(under)
        async with db.transaction(read_only=True) as tx:
            count = Count(one)
            for key_id, number in await tx.execute(query):
                count.under[key_id] = number
        counts.append(count)
    async with db.transaction(read_only=True) as tx:
        return [*counts, Count(LETTERS, await letters.under(tx))]


async def files(db: Database, store: FileStore) -> list[Count]:
    """Reads the beginning of each file that was never sealed anew."""
    return [await _files(db, store, one) for one in FILES]


async def _files(db: Database, store: FileStore, one: Files) -> Count:
    under: Counter[bytes] = Counter()
    missing, after = 0, ""
    while True:
        async with db.transaction(read_only=True) as tx:
            page = await named.page(tx, one, after)
        for file in page:
            key_id = await named.lies_under(store, file)
            if key_id is None:
                missing += 1
            else:
                under[key_id] += 1
        if len(page) < named.PAGE:
            return Count(one, under, missing)
        after = page[-1].key


@dataclass(frozen=True, slots=True)
class Summary:
    """Of all columns together: fields and files under the key that seals, under others of the vault by their ids, and
    under keys that it does not have."""

    current: int
    older: dict[bytes, int]
    unknown: int


def summed(counts: Iterable[Count], vault: Vault) -> Summary:
    under: Counter[bytes] = Counter()
    for count in counts:
        under += count.under
    older = {key_id: under[key_id] for key_id in vault.ids if key_id != vault.current}
    unknown = under.total() - under[vault.current] - sum(older.values())
    return Summary(under[vault.current], older, unknown)
