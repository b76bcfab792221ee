"""Taking in sanctions lists: each time the whole of it, kept as what changed since the last time."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_not
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.i18n import _
from app.core.ids import new_id
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.screening.entries import Entry, folded
from trust.screening.errors import BadList, MuchGone, SameList
from trust.screening.events import ComparisonAsked, ListTakenIn
from trust.screening.models import ListedEntry, ListedName, ListVersion, SanctionsList

MOST_GONE = 20
"""Percent of a list that may go at once before somebody has to say that it is so."""
AT_ONCE = 2_000
LONGEST_REFERENCE = 80
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('sanctions_list:' || :key, 0))")


@dataclass(frozen=True, slots=True)
class Taken:
    """A list as it was read from its files. `digest` as in ListVersion."""

    key: str
    name: str
    form: str
    published_on: date
    entries: Sequence[Entry]
    digest: str


@dataclass(frozen=True, slots=True)
class Delta:
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def digest(*files: bytes) -> str:
    """SHA-256 over the SHA-256 of each file."""
    return hashlib.sha256(b"".join(hashlib.sha256(data).digest() for data in files)).hexdigest()


async def take_in(tx: AsyncSession, taken: Taken, *, by: Member, much_gone: bool = False) -> Delta:
    """Make this the newest version of its list; others wait. Raises BadList, SameList, and MuchGone unless
    that is meant.
    """
    require(by, Permission.SCREEN)
    said = _checked(taken.entries)
    await tx.execute(_LOCK, {"key": taken.key})
    form = await tx.scalar(select(SanctionsList.form).where(SanctionsList.key == taken.key))
    if form not in {None, taken.form}:
        raise BadList(_("This short name is another list's, with files of another kind."), field="key")
    named = insert_or_not(SanctionsList).values(key=taken.key, name=taken.name, form=taken.form, created_at=clock.now())
    await tx.execute(named.on_conflict_do_update(index_elements=["key"], set_={"name": taken.name}))
    newest = await tx.scalar(
        select(ListVersion).where(ListVersion.list_key == taken.key).order_by(ListVersion.number.desc()).limit(1)
    )
    if newest is not None and newest.digest == taken.digest:
        raise SameList(_("This very version is in force already."))
    number = newest.number + 1 if newest else 1
    standing = await _standing(tx, taken.key)
    digests = {reference: entry.digest() for reference, entry in said.items()}
    delta = _delta(digests, {reference: hashed for reference, (hashed, _id) in standing.items()}, much_gone=much_gone)
    await _end(tx, [standing[reference][1] for reference in (*delta.changed, *delta.removed)], number)
    await _begin(tx, taken.key, [(said[r], digests[r]) for r in (*delta.added, *delta.changed)], number)
    version = ListVersion(
        list_key=taken.key,
        number=number,
        published_on=taken.published_on,
        digest=taken.digest,
        entries=len(said),
        added=len(delta.added),
        changed=len(delta.changed),
        removed=len(delta.removed),
        taken_by=by.id,
    )
    tx.add(version)
    await tx.flush()
    facts_of = {"list": taken.key, "number": number, "digest": taken.digest, "entries": len(said)}
    await evidence.record(tx, Subject("list_version", version.id), "list.taken_in", facts_of, actor=by.id)
    if delta != Delta((), (), ()):
        await outbox.publish(tx, ListTakenIn(taken.key, number, by.id))
    return delta


async def compare_again(tx: AsyncSession, *, by: Member) -> None:
    """Have everybody compared with all lists, as after other thresholds or policies."""
    require(by, Permission.SET_POLICY)
    await outbox.publish(tx, ComparisonAsked(by.id))


async def _standing(tx: AsyncSession, key: str) -> dict[str, tuple[str, UUID]]:
    """What a list says now: by reference, the digest of the entry, and its row."""
    query = select(ListedEntry.reference, ListedEntry.digest, ListedEntry.id)
    rows = await tx.execute(query.where(ListedEntry.list_key == key, ListedEntry.until.is_(None)))
    return {row.reference: (row.digest, row.id) for row in rows}


def _delta(now: dict[str, str], before: dict[str, str], *, much_gone: bool) -> Delta:
    """From digests by reference. Raises MuchGone."""
    delta = Delta(
        tuple(sorted(now.keys() - before.keys())),
        tuple(sorted(r for r in now.keys() & before.keys() if now[r] != before[r])),
        tuple(sorted(before.keys() - now.keys())),
    )
    if not much_gone and len(delta.removed) * 100 > MOST_GONE * len(before):
        message = _("%(removed)s of %(before)s entries would go. If the list says so, confirm it.")
        facts = {"removed": len(delta.removed), "before": len(before)}
        raise MuchGone(message % facts, **facts)
    return delta


def _checked(entries: Sequence[Entry]) -> dict[str, Entry]:
    """By their references, each of which stands once. Raises BadList."""
    said: dict[str, Entry] = {}
    for entry in entries:
        if len(entry.reference) > LONGEST_REFERENCE:
            raise BadList(_("The reference %(reference)s is too long.") % {"reference": entry.reference[:40]})
        if entry.reference in said:
            raise BadList(_("The reference %(reference)s stands twice.") % {"reference": entry.reference})
        said[entry.reference] = entry
    return said


async def _end(tx: AsyncSession, ids: list[UUID], number: int) -> None:
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        await tx.execute(update(ListedEntry).where(ListedEntry.id.in_(some)).values(until=number))


async def _begin(tx: AsyncSession, key: str, entries: Sequence[tuple[Entry, str]], number: int) -> None:
    for first in range(0, len(entries), AT_ONCE):
        rows, names = [], []
        for entry, hashed in entries[first : first + AT_ONCE]:
            id_ = new_id()
            rows.append(
                {
                    "id": id_,
                    "list_key": key,
                    "reference": entry.reference,
                    "since": number,
                    "until": None,
                    "content": entry.content(),
                    "digest": hashed,
                }
            )
            names += [
                {"entry_id": id_, "place": place, "folded": folded(name.text)} for place, name in enumerate(entry.names)
            ]
        await tx.execute(insert(ListedEntry), rows)
        await tx.execute(insert(ListedName), names)


async def count(tx: AsyncSession, key: str) -> int:
    """How many subjects a list has now."""
    query = select(func.count()).where(ListedEntry.list_key == key, ListedEntry.until.is_(None))
    return (await tx.execute(query)).scalar_one()
