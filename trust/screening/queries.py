"""What is asked of sanctions lists."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from trust.identity.models import MemberRow
from trust.screening import entries
from trust.screening.entries import Entry, folded
from trust.screening.models import ListedEntry, ListedName, ListVersion, SanctionsList
from trust.screening.schemas import VersionOut

LEAST_ALIKE = 0.3
"""Below this share of common trigrams two names are not worth showing to anybody."""


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


async def newest(tx: AsyncSession) -> list[VersionOut]:
    """The version of each list that is in force, by name."""
    query = _VERSIONS.ext(distinct_on(ListVersion.list_key))
    rows = await tx.execute(query.order_by(ListVersion.list_key, ListVersion.number.desc()))
    return sorted((_view(*row) for row in rows), key=lambda view: view.name)


async def versions(tx: AsyncSession, *, offset: int, limit: int) -> tuple[list[VersionOut], int]:
    """All versions of all lists, the newest first, and how many there are."""
    total = (await tx.execute(select(func.count()).select_from(ListVersion))).scalar_one()
    rows = await tx.execute(_VERSIONS.order_by(ListVersion.id.desc()).offset(offset).limit(limit))
    return [_view(*row) for row in rows], total


async def alike(tx: AsyncSession, name: str, *, day: date | None = None, limit: int = 20) -> list[Found]:
    """The entries with a name like this one, the likest first; by trigrams (pg_trgm), each entry once.

    day  as the lists said then: each in its newest version that was published by that day; None: as they say now
    """
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
    query = (
        select(ListedEntry.list_key, SanctionsList.name, ListedEntry.content, best.c.place, best.c.alike)
        .join(best, best.c.entry_id == ListedEntry.id)
        .join(SanctionsList, SanctionsList.key == ListedEntry.list_key)
        .where(best.c.alike >= LEAST_ALIKE, ListedEntry.until.is_(None) if day is None else _stood(day))
        .order_by(best.c.alike.desc(), ListedEntry.list_key, ListedEntry.reference)
        .limit(limit)
    )
    found = []
    for key, list_name, content, place, share in await tx.execute(query):
        entry = entries.of(content)
        found.append(Found(key, list_name, entry, entry.names[place].text, float(share)))
    return found


def _stood(day: date) -> ColumnElement[bool]:
    """Whether an entry stood in its list's newest version of a day."""
    newest = select(func.max(ListVersion.number)).where(
        ListVersion.list_key == ListedEntry.list_key, ListVersion.published_on <= day
    )
    number = newest.scalar_subquery()
    return and_(ListedEntry.since <= number, or_(ListedEntry.until.is_(None), ListedEntry.until > number))


def _view(row: ListVersion, name: str, taken_by: str | None) -> VersionOut:
    return VersionOut(
        list_key=row.list_key,
        name=name,
        number=row.number,
        published_on=row.published_on,
        entries=row.entries,
        added=row.added,
        changed=row.changed,
        removed=row.removed,
        digest=row.digest,
        taken_at=row.taken_at,
        taken_by=taken_by or "",
    )
