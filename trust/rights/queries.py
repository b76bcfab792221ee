"""What is asked of rights and notices. A notice is loaded for one reader: what they may not see is not in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, and_, any_, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import once
from app.core.i18n import _
from trust.access import Member, Permission
from trust.identity import queries as identity
from trust.rights import papers
from trust.rights.errors import NoticeNotFound, RightNotFound
from trust.rights.models import Counter, Notice, NoticeDecision, NoticeItem, Notifier, Paper, Proceeding, Right, Strike
from trust.rights.notifiers import Speaker
from trust.rights.states import DOWN, FORWARDED, ItemState, NoticeState, RightState


class Reader(StrEnum):
    NOTIFIER = "notifier"
    SUPPLIER = "supplier"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Item:
    """A listing of a notice. `counter`: the number of the counter-statement about it, 0 without one."""

    id: UUID
    listing_id: UUID
    supplier_id: UUID
    supplier: str
    title: str
    state: ItemState
    reason: str
    how: str
    counter: int
    stopped_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class CounterView:
    number: int
    supplier_id: UUID
    supplier: str
    statement: str
    filed_at: datetime
    arrived_at: datetime | None
    due_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProceedingView:
    supplier_id: UUID
    supplier: str
    kind: str
    authority: str
    reference: str
    filed_on: date
    received_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class PaperView:
    label: str
    part: str
    name: str
    content_type: str
    size: int
    sha256: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class File:
    """A notice as one reader sees it; a supplier's has its own listings alone."""

    reader: Reader
    notice: Notice
    reason: str
    items: list[Item]
    counters: list[CounterView]
    proceedings: list[ProceedingView]
    papers: list[PaperView]


@dataclass(frozen=True, slots=True)
class Line:
    """A notice in a list: how many listings it names (of the reader's), and how many are down now."""

    id: UUID
    number: str
    kind: str
    title: str
    holder: str
    state: NoticeState
    fault: str
    filed_at: datetime
    due_at: datetime
    listings: int
    down: int


async def down(tx: AsyncSession, listing_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these listings against which a notice stands now."""
    return set(await tx.scalars(*_down(list(listing_ids))))


@once
def _down(listing_ids: list[UUID]) -> Select[UUID]:
    of_these = NoticeItem.listing_id == any_(cast(listing_ids, ARRAY(Uuid)))
    return select(NoticeItem.listing_id).where(of_these, NoticeItem.state.in_(DOWN))


def paper_view(row: Paper) -> PaperView:
    return PaperView(row.label, row.part, row.name, row.content_type, row.size, row.sha256, row.created_at)


async def right(tx: AsyncSession, right_id: UUID, member: Member | None, by: Speaker | None) -> Right:
    """For whoever entered it, and for the desk. Raises RightNotFound."""
    row = await tx.scalar(select(Right).where(Right.id == right_id))
    own = row is not None and by is not None and row.notifier_id == by.notifier_id
    if row is None or not (own or _judges(member)):
        raise RightNotFound(_("There is no such right."))
    return row


def _judges(member: Member | None) -> bool:
    return member is not None and member.is_staff and member.may(Permission.JUDGE)


async def rights_of(tx: AsyncSession, notifier_id: UUID, *, offset: int, limit: int) -> tuple[list[Right], int]:
    """Newest first, and how many there are."""
    return await _rights(tx, Right.notifier_id == notifier_id, Right.id.desc(), offset, limit)


async def rights_waiting(tx: AsyncSession, *, offset: int, limit: int) -> tuple[list[Right], int]:
    """Rights that the desk has to check, the longest waiting first."""
    return await _rights(tx, Right.state == RightState.SUBMITTED, Right.id, offset, limit)


async def _rights(tx: AsyncSession, where: Any, order: Any, offset: int, limit: int) -> tuple[list[Right], int]:
    found = await tx.scalars(select(Right).where(where).order_by(order).offset(offset).limit(limit))
    total = await tx.execute(select(func.count()).select_from(Right).where(where))
    return list(found), total.scalar_one()


async def carrying(tx: AsyncSession, notifier_id: UUID, on: date) -> list[Right]:
    """The rights on which the notifier's notices may rest that day."""
    query = select(Right).where(Right.notifier_id == notifier_id, Right.state == RightState.ACCEPTED)
    valid = or_(Right.valid_until.is_(None), Right.valid_until >= on)
    return list(await tx.scalars(query.where(valid).order_by(Right.id.desc()).limit(200)))


async def reading(
    tx: AsyncSession, notice_id: UUID, member: Member | None, by: Speaker | None
) -> tuple[Notice, Reader, UUID | None]:
    """The notice, as whom it is read, and for a supplier its company. Raises NoticeNotFound for a stranger, and for a
    supplier before the notice was forwarded to it."""
    row = await tx.scalar(select(Notice).where(Notice.id == notice_id))
    if row is not None and by is not None and by.notifier_id == row.notifier_id:
        return row, Reader.NOTIFIER, None
    if row is not None and _judges(member):
        return row, Reader.PLATFORM, None
    if row is not None and member is not None and not member.is_staff:
        told = select(NoticeItem.id).where(
            NoticeItem.notice_id == row.id,
            NoticeItem.supplier_id == member.organisation_id,
            NoticeItem.state.in_(FORWARDED),
        )
        if await tx.scalar(told.limit(1)) is not None:
            return row, Reader.SUPPLIER, member.organisation_id
    raise NoticeNotFound(_("There is no such notice."))


async def file(tx: AsyncSession, notice_id: UUID, member: Member | None, by: Speaker | None) -> File:
    """Raises NoticeNotFound."""
    row, reader, company = await reading(tx, notice_id, member, by)
    items = list(await tx.scalars(_own(select(NoticeItem), NoticeItem, row, company).order_by(NoticeItem.place)))
    if company is not None:
        items = [one for one in items if one.state in FORWARDED]
    counters = list(await tx.scalars(_own(select(Counter), Counter, row, company).order_by(Counter.number)))
    proven = list(await tx.scalars(_own(select(Proceeding), Proceeding, row, company).order_by(Proceeding.id)))
    decision = await tx.get(NoticeDecision, row.id) if reader is not Reader.SUPPLIER else None
    companies = await identity.organisations(tx, {one.supplier_id for one in items})
    names = {id_: company_.name_latin for id_, company_ in companies.items()}
    numbers = {one.id: one.number for one in counters}
    return File(
        reader=reader,
        notice=row,
        reason=decision.reason if decision else "",
        items=[_item(one, names, numbers) for one in items],
        counters=[_counter(one, names) for one in counters],
        proceedings=[_proceeding(one, names) for one in proven],
        papers=[paper_view(one) for one in await papers.of(tx, row.itself, supplier_id=company)],
    )


def _own(query: Select[Any], table: Any, row: Notice, company: UUID | None) -> Select[Any]:
    query = query.where(table.notice_id == row.id)
    return query if company is None else query.where(table.supplier_id == company)


def _item(row: NoticeItem, names: dict[UUID, str], numbers: dict[UUID, int]) -> Item:
    return Item(
        id=row.id,
        listing_id=row.listing_id,
        supplier_id=row.supplier_id,
        supplier=names[row.supplier_id],
        title=row.title,
        state=ItemState(row.state),
        reason=row.reason,
        how=row.how,
        counter=numbers.get(row.counter_id, 0) if row.counter_id else 0,
        stopped_at=row.stopped_at,
        ended_at=row.ended_at,
    )


def _counter(row: Counter, names: dict[UUID, str]) -> CounterView:
    return CounterView(
        row.number,
        row.supplier_id,
        names[row.supplier_id],
        row.statement,
        row.filed_at,
        row.arrived_at,
        row.due_at,
        row.settled_at,
    )


def _proceeding(row: Proceeding, names: dict[UUID, str]) -> ProceedingView:
    return ProceedingView(
        row.supplier_id,
        names[row.supplier_id],
        row.kind,
        row.authority,
        row.reference,
        row.filed_on,
        row.received_at,
        row.closed_at,
    )


async def for_desk(tx: AsyncSession, notice_id: UUID) -> Notice:
    """A notice for its panel at the desk; the caller has checked who reads. Raises NoticeNotFound."""
    row = await tx.scalar(select(Notice).where(Notice.id == notice_id))
    if row is None:
        raise NoticeNotFound(_("There is no such notice."))
    return row


async def notices_of(tx: AsyncSession, notifier_id: UUID, *, offset: int, limit: int) -> tuple[list[Line], int]:
    """What a notifier sent, newest first, and how many there are."""
    return await _lines(tx, Notice.notifier_id == notifier_id, Notice.id.desc(), offset, limit, None)


async def notices_about(tx: AsyncSession, company: UUID, *, offset: int, limit: int) -> tuple[list[Line], int]:
    """Notices that were forwarded to a supplier, newest first, and how many there are."""
    told = select(NoticeItem.notice_id).where(
        NoticeItem.supplier_id == company, NoticeItem.notice_id == Notice.id, NoticeItem.state.in_(FORWARDED)
    )
    return await _lines(tx, told.exists(), Notice.id.desc(), offset, limit, company)


async def notices_in(tx: AsyncSession, state: NoticeState, *, offset: int, limit: int) -> tuple[list[Line], int]:
    """For the desk: those to be checked the longest waiting first, others newest first."""
    order = Notice.id if state is NoticeState.FILED else Notice.id.desc()
    return await _lines(tx, Notice.state == state, order, offset, limit, None)


async def _lines(
    tx: AsyncSession, where: Any, order: Any, offset: int, limit: int, company: UUID | None
) -> tuple[list[Line], int]:
    counted = NoticeItem.notice_id == Notice.id
    if company is not None:
        counted = and_(counted, NoticeItem.supplier_id == company, NoticeItem.state.in_(FORWARDED))
    number = select(func.count()).select_from(NoticeItem).where(counted)
    query = select(
        Notice,
        number.correlate(Notice).scalar_subquery(),
        number.where(NoticeItem.state.in_(DOWN)).correlate(Notice).scalar_subquery(),
    )
    rows = await tx.execute(query.where(where).order_by(order).offset(offset).limit(limit))
    total = await tx.execute(select(func.count()).select_from(Notice).where(where))
    return [_line(*row) for row in rows], total.scalar_one()


def _line(row: Notice, listings: int, down_: int) -> Line:
    return Line(
        row.id,
        row.number,
        row.kind,
        row.title,
        row.holder,
        NoticeState(row.state),
        str(row.fault),
        row.filed_at,
        row.due_at,
        listings,
        down_,
    )


async def standing(tx: AsyncSession, notice: Notice) -> dict[str, Any]:
    """What the desk knows of both sides: notices of the sender's that were wrong or malicious, points of suppliers'."""
    rows = await tx.execute(
        select(Notice.fault, func.count()).where(Notice.notifier_id == notice.notifier_id).group_by(Notice.fault)
    )
    faults = {str(fault): number for fault, number in rows}
    suppliers = select(NoticeItem.supplier_id).where(NoticeItem.notice_id == notice.id)
    strikes = await tx.execute(
        select(Strike.supplier_id, func.count().label("number"))
        .where(Strike.supplier_id.in_(suppliers))
        .group_by(Strike.supplier_id)
    )
    given = await tx.scalars(select(Strike.supplier_id).where(Strike.notice_id == notice.id))
    return {
        "sent": sum(faults.values()),
        "wrong": faults.get("wrong", 0),
        "malicious": faults.get("malicious", 0),
        "strikes": {row.supplier_id: row.number for row in strikes},
        "given": set(given),
    }


async def organisation_of(tx: AsyncSession, notifier_id: UUID) -> UUID | None:
    """The company that a notifier is; None for one without an account."""
    found: UUID | None = await tx.scalar(select(Notifier.organisation_id).where(Notifier.id == notifier_id))
    return found
