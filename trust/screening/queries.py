"""What is asked of sanctions lists."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from trust.identity.models import MemberRow
from trust.screening import entries
from trust.screening.entries import Entry, folded
from trust.screening.models import ListedEntry, ListedName, ListVersion, SanctionsList

LEAST_ALIKE = 0.3
"""Below this share of common trigrams two names are not worth showing to anybody."""


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version of a list, with the list's name and who took it in."""

    list_key: str
    name: str
    number: int
    published_on: date
    entries: int
    added: int
    changed: int
    removed: int
    digest: str
    taken_at: datetime
    taken_by: str


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that has a name like the one looked up: which, and how alike, 0 to 1."""

    list_key: str
    list_name: str
    entry: Entry
    matched: str
    alike: float


_VERSIONS = (
    select(ListVersion, SanctionsList.name, MemberRow.name)
    .join(SanctionsList, SanctionsList.key == ListVersion.list_key)
    .outerjoin(MemberRow, MemberRow.id == ListVersion.taken_by)
)


async def newest(tx: AsyncSession) -> list[VersionView]:
    """The version of each list that is in force, by name."""
    query = _VERSIONS.ext(distinct_on(ListVersion.list_key))
    rows = await tx.execute(query.order_by(ListVersion.list_key, ListVersion.number.desc()))
    return sorted((_view(*row) for row in rows), key=lambda view: view.name)


async def versions(tx: AsyncSession, *, offset: int, limit: int) -> tuple[list[VersionView], int]:
    """All versions of all lists, the newest first, and how many there are."""
    total = (await tx.execute(select(func.count()).select_from(ListVersion))).scalar_one()
    rows = await tx.execute(_VERSIONS.order_by(ListVersion.id.desc()).offset(offset).limit(limit))
    return [_view(*row) for row in rows], total


async def alike(tx: AsyncSession, name: str, *, limit: int = 20) -> list[Found]:
    """The entries in force with a name like this one, the likest first; by trigrams (pg_trgm), each entry once."""
    wanted = folded(name)
    if not wanted:
        return []
    likeness = func.similarity(ListedName.folded, wanted)
    best = (
        select(ListedName.entry_id, ListedName.place, likeness.label("alike"))
        .where(ListedName.folded.op("%")(wanted))
        .ext(distinct_on(ListedName.entry_id))
        .order_by(ListedName.entry_id, likeness.desc())
        .subquery()
    )
    rows = await tx.execute(
        select(ListedEntry.list_key, SanctionsList.name, ListedEntry.content, best.c.place, best.c.alike)
        .join(best, best.c.entry_id == ListedEntry.id)
        .join(SanctionsList, SanctionsList.key == ListedEntry.list_key)
        .where(best.c.alike >= LEAST_ALIKE)
        .order_by(best.c.alike.desc(), ListedEntry.list_key, ListedEntry.reference)
        .limit(limit)
    )
    found = []
    for key, list_name, content, place, share in rows:
        entry = entries.of(content)
        found.append(Found(key, list_name, entry, entry.names[place].text, float(share)))
    return found


def _view(row: ListVersion, name: str, taken_by: str | None) -> VersionView:
    return VersionView(
        row.list_key,
        name,
        row.number,
        row.published_on,
        row.entries,
        row.added,
        row.changed,
        row.removed,
        row.digest,
        row.taken_at,
        taken_by or "",
    )
