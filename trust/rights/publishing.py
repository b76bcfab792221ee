"""The public register of notices, counter-statements and what became of them. E-Commerce Law (PRC) art. 44."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from trust.identity import queries as identity
from trust.restrictions.publishing import LEGAL_FORMS, MASK, public_name
from trust.rights.models import Counter, Notice, NoticeDecision, NoticeItem
from trust.rights.states import FORWARDED, ItemState, NoticeState


@dataclass(frozen=True, slots=True)
class PublicItem:
    """One supplier's part of a notice on the public register."""

    supplier: str
    state: ItemState
    how: str
    listings: int
    stopped_at: datetime | None
    countered_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class PublicNotice:
    """A notice on the public register: no free words, and no name that may be a person's."""

    number: str
    kind: str
    office: str
    right_number: str
    holder: str
    filed_at: datetime
    decided_at: datetime
    stopped: int
    refused: int
    withdrawn: bool
    fault: str
    parts: list[PublicItem]


def public_holder(name: str, *, person: bool) -> str:
    """The name of a right holder for the register: of a natural person its first sign alone, also where nobody said so
    and a Chinese name of two to four signs has no word for a firm."""
    han = all("\u4e00" <= sign <= "\u9fff" for sign in name) and 2 <= len(name) <= 4
    return name[:1] + MASK if person or (han and not any(word in name for word in LEGAL_FORMS)) else name


async def published(tx: AsyncSession, *, offset: int, limit: int) -> tuple[list[PublicNotice], int]:
    """The public register (E-Commerce Law (PRC) art. 44): decided notices, newest decision first. Of those refused,
    nobody is named against whom the evidence did not suffice."""
    where = Notice.decided_at.is_not(None)
    query = select(Notice, NoticeDecision).join(NoticeDecision, NoticeDecision.notice_id == Notice.id).where(where)
    found = (
        await tx.execute(query.order_by(Notice.decided_at.desc(), Notice.id.desc()).offset(offset).limit(limit))
    ).all()
    total = (await tx.execute(select(func.count()).select_from(Notice).where(where))).scalar_one()
    parts = await _parts(tx, [notice.id for notice, _decision in found])
    return [_public(notice, decision, parts.get(notice.id, [])) for notice, decision in found], total


async def _parts(tx: AsyncSession, ids: list[UUID]) -> dict[UUID, list[PublicItem]]:
    query = (
        select(
            NoticeItem.notice_id,
            NoticeItem.supplier_id,
            NoticeItem.state,
            NoticeItem.how,
            func.count(),
            func.min(NoticeItem.stopped_at),
            func.min(Counter.filed_at),
            func.max(NoticeItem.ended_at),
        )
        .outerjoin(Counter, Counter.id == NoticeItem.counter_id)
        .where(NoticeItem.notice_id.in_(ids), NoticeItem.state.in_(FORWARDED))
        .group_by(NoticeItem.notice_id, NoticeItem.supplier_id, NoticeItem.state, NoticeItem.how)
        .order_by(NoticeItem.notice_id, func.min(NoticeItem.place))
    )
    rows = (await tx.execute(query)).all()
    companies = await identity.organisations(tx, {row[1] for row in rows})
    found: dict[UUID, list[PublicItem]] = {}
    for notice_id, supplier_id, state, how, listings, stopped_at, countered_at, ended_at in rows:
        name = public_name(companies[supplier_id])
        part = PublicItem(name, ItemState(state), how, listings, stopped_at, countered_at, ended_at)
        found.setdefault(notice_id, []).append(part)
    return found


def _public(row: Notice, decision: NoticeDecision, parts: list[PublicItem]) -> PublicNotice:
    return PublicNotice(
        number=row.number,
        kind=row.kind,
        office=row.office,
        right_number=row.right_number,
        holder=public_holder(row.holder, person=row.person),
        filed_at=row.filed_at,
        decided_at=row.decided_at or decision.decided_at,
        stopped=decision.stopped,
        refused=decision.refused,
        withdrawn=row.state == NoticeState.WITHDRAWN,
        fault=str(row.fault),
        parts=parts,
    )
