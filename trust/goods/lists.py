"""What lists say: entries proposed by one person and agreed by another, dated, and never changed where they stand."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core import clock, evidence
from app.core.db import home
from app.core.errors import Conflict, Invalid
from app.core.i18n import _
from app.core.ids import new_id
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.goods.errors import DecidedAlready, EntryNotFound, SecondPersonNeeded
from trust.goods.matching import Book, Entry
from trust.goods.models import ControlEnding, ControlEntry, ControlSweep
from trust.goods.states import Kind, Point
from trust.identity.models import MemberRow

_STAMP = select(
    select(func.count()).where(ControlEntry.agreed.is_(True)).scalar_subquery(),
    select(func.max(ControlEntry.decided_at)).where(ControlEntry.agreed.is_(True)).scalar_subquery(),
    select(func.count()).where(ControlEnding.agreed.is_(True)).scalar_subquery(),
)


@dataclass(frozen=True, slots=True)
class Proposed:
    """What an entry is to say. See trust.goods.matching.Entry."""

    kind: Kind
    code: str
    hs: tuple[str, ...]
    categories: tuple[str, ...]
    keywords: tuple[str, ...]
    unless: tuple[str, ...]
    cas: tuple[str, ...]
    origins: tuple[str, ...]
    destinations: tuple[str, ...]
    binds_from: Point
    since: date
    until: date | None
    source: str
    text_en: str
    text_zh: str


@dataclass(frozen=True, slots=True)
class EndingView:
    id: UUID
    last_day: date
    reason: str
    set_by: UUID
    set_by_name: str
    agreed: bool | None


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry with who stands behind it, and the ending that was agreed or waits."""

    entry: Entry
    reason: str
    set_by: UUID | None
    set_by_name: str
    set_at: datetime
    agreed: bool | None
    decided_by_name: str
    ending: EndingView | None

    def standing(self, day: date) -> str:
        """`waiting`, `refused`, `coming`, `in_force` or `over`."""
        if self.agreed is not True:
            return "waiting" if self.agreed is None else "refused"
        if day < self.entry.since:
            return "coming"
        return "in_force" if self.entry.in_force(day) else "over"


_books: WeakKeyDictionary[Any, tuple[tuple[Any, ...], Book]] = WeakKeyDictionary()


async def book(tx: AsyncSession) -> Book:
    """All entries that two people agreed on, kept in each process until something about them was decided anywhere."""
    stamp = tuple((await tx.execute(_STAMP)).one())
    known = _books.get(home(tx))
    if known is None or known[0] != stamp:
        ended = select(ControlEnding.entry_id, ControlEnding.last_day).where(ControlEnding.agreed.is_(True)).subquery()
        query = select(ControlEntry, ended.c.last_day).outerjoin(ended, ended.c.entry_id == ControlEntry.id)
        rows = await tx.execute(query.where(ControlEntry.agreed.is_(True)).order_by(ControlEntry.id))
        known = _books[home(tx)] = stamp, Book(entry_of(row, last) for row, last in rows)
    return known[1]


def entry_of(row: ControlEntry, last_day: date | None = None) -> Entry:
    days = [day for day in (row.until, last_day) if day is not None]
    return Entry(
        id=row.id,
        kind=Kind(row.kind),
        code=row.code,
        since=row.since,
        until=min(days, default=None),
        hs=tuple(row.hs),
        categories=tuple(row.categories),
        keywords=tuple(row.keywords),
        unless=tuple(row.unless),
        cas=tuple(row.cas),
        origins=tuple(row.origins),
        destinations=tuple(row.destinations),
        binds_from=Point(row.binds_from),
        source=row.source,
        text_en=row.text_en,
        text_zh=row.text_zh,
    )


_Second = aliased(MemberRow)
_Ender = aliased(MemberRow)


def _said() -> Select[ControlEntry, str, str, ControlEnding, str]:
    return (
        select(ControlEntry, MemberRow.name, _Second.name, ControlEnding, _Ender.name)
        .outerjoin(MemberRow, MemberRow.id == ControlEntry.set_by)
        .outerjoin(_Second, _Second.id == ControlEntry.decided_by)
        .outerjoin(ControlEnding, (ControlEnding.entry_id == ControlEntry.id) & ControlEnding.agreed.is_not(False))
        .outerjoin(_Ender, _Ender.id == ControlEnding.set_by)
    )


def _view(
    row: ControlEntry, first: str | None, second: str | None, ending: ControlEnding | None, ender: str | None
) -> EntryView:
    last = ending.last_day if ending is not None and ending.agreed else None
    shown = None
    if ending is not None:
        shown = EndingView(ending.id, ending.last_day, ending.reason, ending.set_by, ender or "", ending.agreed)
    return EntryView(
        entry_of(row, last), row.reason, row.set_by, first or "", row.set_at, row.agreed, second or "", shown
    )


async def entries(
    tx: AsyncSession, *, waiting: bool = False, kind: Kind | None = None, offset: int = 0, limit: int = 24
) -> tuple[list[EntryView], int]:
    """Entries, the newest first, and how many there are. `waiting`: those about which a second person has to say."""
    wanted: list[ColumnElement[bool]] = []
    if waiting:
        ending = select(ControlEnding.id).where(
            ControlEnding.entry_id == ControlEntry.id, ControlEnding.agreed.is_(None)
        )
        wanted.append(ControlEntry.agreed.is_(None) | ending.correlate(ControlEntry).exists())
    if kind is not None:
        wanted.append(ControlEntry.kind == kind)
    total = await tx.scalar(select(func.count()).select_from(ControlEntry).where(*wanted)) or 0
    rows = await tx.execute(_said().where(*wanted).order_by(ControlEntry.id.desc()).offset(offset).limit(limit))
    return [_view(*row) for row in rows], total


async def entry(tx: AsyncSession, entry_id: UUID) -> EntryView:
    """Raises EntryNotFound."""
    row = (await tx.execute(_said().where(ControlEntry.id == entry_id))).first()
    if row is None:
        raise _no_entry()
    return _view(*row)


def _no_entry() -> EntryNotFound:
    return EntryNotFound(_("There is no such entry."))


async def unswept(tx: AsyncSession) -> list[Entry]:
    """Entries in force that not everything published was compared with yet."""
    done = select(ControlSweep.entry_id).where(ControlSweep.finished_at.is_not(None))
    swept, today = set(await tx.scalars(done)), clock.now().date()
    return [one for one in (await book(tx)).entries if one.in_force(today) and one.id not in swept]


async def reached(tx: AsyncSession, wanted: Collection[UUID]) -> dict[UUID, UUID | None]:
    """Begin to compare what is published with these, or find out how far that went; locks them. By entry, the last
    product that was compared; another job's are left out.
    """
    new = [{"entry_id": id_, "found": 0, "started_at": clock.now()} for id_ in wanted]
    await tx.execute(insert(ControlSweep).values(new).on_conflict_do_nothing())
    query = select(ControlSweep).where(ControlSweep.entry_id.in_(wanted), ControlSweep.finished_at.is_(None))
    rows = await tx.scalars(query.order_by(ControlSweep.entry_id).with_for_update(skip_locked=True))
    return {row.entry_id: row.reached for row in rows}


async def sweep_on(tx: AsyncSession, swept: Collection[UUID], last: UUID | None, found: int) -> None:
    """So far these were compared; `last` None: to the end."""
    values = {"found": ControlSweep.found + found}
    now = {"finished_at": clock.now()} if last is None else {"reached": last}
    await tx.execute(update(ControlSweep).where(ControlSweep.entry_id.in_(swept)).values(**values, **now))


async def propose(tx: AsyncSession, wanted: list[Proposed], *, reason: str, by: Member) -> list[UUID]:
    """Ask for entries, each to be agreed by another person. Raises Invalid for a day that is over."""
    require(by, Permission.CONTROL_GOODS)
    today = clock.now().date()
    if any(one.since < today for one in wanted):
        raise Invalid(_("An entry cannot begin on a day that is over."), field="since")
    rows = [_row(one, reason, by) for one in wanted]
    tx.add_all(rows)
    await tx.flush()
    facts = [(Subject("control_entry", row.id), "control.proposed", _facts(row)) for row in rows]
    if facts:
        await evidence.record_all(tx, facts, actor=by.id)
    return [row.id for row in rows]


def _row(one: Proposed, reason: str, by: Member) -> ControlEntry:
    return ControlEntry(
        id=new_id(),
        kind=one.kind,
        code=one.code,
        hs=list(one.hs),
        categories=list(one.categories),
        keywords=list(one.keywords),
        unless=list(one.unless),
        cas=list(one.cas),
        origins=list(one.origins),
        destinations=list(one.destinations),
        binds_from=one.binds_from,
        since=one.since,
        until=one.until,
        source=one.source,
        text_en=one.text_en,
        text_zh=one.text_zh,
        reason=reason,
        set_by=by.id,
    )


def _facts(row: ControlEntry) -> dict[str, Any]:
    names = ("kind", "code", "hs", "categories", "keywords", "unless", "cas", "origins", "destinations", "binds_from")
    return {name: getattr(row, name) for name in names} | {
        "since": row.since,
        "until": row.until,
        "source": row.source,
        "reason": row.reason,
    }


async def decide(tx: AsyncSession, entry_id: UUID, *, agreed: bool, by: Member) -> None:
    """A second person agrees, and it is in force from its day on; or does not. Locks it.

    Raises EntryNotFound, DecidedAlready, SecondPersonNeeded.
    """
    require(by, Permission.CONTROL_GOODS)
    row = await tx.scalar(select(ControlEntry).where(ControlEntry.id == entry_id).with_for_update())
    if row is None:
        raise _no_entry()
    await _decide(tx, row, "control.decided", agreed=agreed, by=by)


async def propose_ending(tx: AsyncSession, entry_id: UUID, last_day: date, *, reason: str, by: Member) -> UUID:
    """Ask that an entry in force ends after a day. Raises EntryNotFound, Conflict, Invalid for a day that is over."""
    require(by, Permission.CONTROL_GOODS)
    row = await tx.scalar(select(ControlEntry).where(ControlEntry.id == entry_id).with_for_update())
    if row is None:
        raise _no_entry()
    if not row.agreed:
        raise Conflict(_("This entry is not in force."))
    standing = select(ControlEnding.id).where(ControlEnding.entry_id == entry_id, ControlEnding.agreed.is_not(False))
    if await tx.scalar(standing) is not None:
        raise Conflict(_("An end of this entry was proposed or agreed already."))
    if last_day < clock.now().date():
        raise Invalid(_("This day is over."), field="last_day")
    ending = ControlEnding(id=new_id(), entry_id=entry_id, last_day=last_day, reason=reason, set_by=by.id)
    tx.add(ending)
    await tx.flush()
    said = {"ending": ending.id, "last_day": last_day, "reason": reason}
    await evidence.record(tx, Subject("control_entry", entry_id), "control.ending_proposed", said, actor=by.id)
    return ending.id


async def decide_ending(tx: AsyncSession, ending_id: UUID, *, agreed: bool, by: Member) -> UUID:
    """As `decide`, for an end; the entry's id."""
    require(by, Permission.CONTROL_GOODS)
    row = await tx.scalar(select(ControlEnding).where(ControlEnding.id == ending_id).with_for_update())
    if row is None:
        raise _no_entry()
    await _decide(tx, row, "control.ending_decided", agreed=agreed, by=by)
    return row.entry_id


async def _decide(tx: AsyncSession, row: ControlEntry | ControlEnding, kind: str, *, agreed: bool, by: Member) -> None:
    if row.agreed is not None:
        raise DecidedAlready(_("This was decided already."))
    if row.set_by == by.id:
        raise SecondPersonNeeded(_("You proposed this yourself. Another person has to decide."))
    row.agreed, row.decided_by, row.decided_at = agreed, by.id, clock.now()
    about = row.entry_id if isinstance(row, ControlEnding) else row.id
    await evidence.record(tx, Subject("control_entry", about), kind, {"id": row.id, "agreed": agreed}, actor=by.id)
