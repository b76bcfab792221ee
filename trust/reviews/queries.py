"""What the moderation desk asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.subject import Subject
from trust.identity.models import MemberRow, Organisation
from trust.reviews.errors import ReviewNotFound
from trust.reviews.models import Review
from trust.reviews.states import ReviewState


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the queue."""

    id: UUID
    kind: str
    subject: Subject
    title: str
    organisation_id: UUID
    organisation_name: str
    country: str
    state: ReviewState
    opened_at: datetime
    due_at: datetime
    claimed_by: UUID | None
    claimed_by_name: str
    verdict: str
    reason: str
    facts: dict[str, str]
    decided_at: datetime | None


_ITEM = (
    select(Review, Organisation.name_latin, Organisation.country, MemberRow.name)
    .join(Organisation, Organisation.id == Review.organisation_id)
    .outerjoin(MemberRow, MemberRow.id == Review.claimed_by)
)


def _item(row: Review, organisation: str, country: str, claimed_by: str | None) -> Item:
    return Item(
        id=row.id,
        kind=row.kind,
        subject=Subject(row.subject_type, row.subject_id),
        title=row.title,
        organisation_id=row.organisation_id,
        organisation_name=organisation,
        country=country,
        state=ReviewState(row.state),
        opened_at=row.opened_at,
        due_at=row.due_at,
        claimed_by=row.claimed_by,
        claimed_by_name=claimed_by or "",
        verdict=row.verdict,
        reason=row.reason,
        facts=row.facts,
        decided_at=row.decided_at,
    )


async def queue(
    tx: AsyncSession, *, kind: str = "", state: str = "waiting", claimed_by: UUID | None = None, offset: int, limit: int
) -> list[Item]:
    """The queue, most urgent first; `state` is waiting (open or claimed), open, claimed or decided."""
    states = [ReviewState.OPEN, ReviewState.CLAIMED] if state == "waiting" else [ReviewState(state)]
    query = _ITEM.where(Review.state.in_(states))
    if kind:
        query = query.where(Review.kind == kind)
    if claimed_by:
        query = query.where(Review.claimed_by == claimed_by)
    order = Review.decided_at.desc() if state == "decided" else Review.due_at
    rows = await tx.execute(query.order_by(order, Review.id).offset(offset).limit(limit))
    return [_item(*row) for row in rows]


async def item(tx: AsyncSession, review_id: UUID) -> Item:
    """Raises ReviewNotFound."""
    row = (await tx.execute(_ITEM.where(Review.id == review_id))).first()
    if row is None:
        raise ReviewNotFound
    return _item(*row)


async def waiting(tx: AsyncSession) -> dict[str, int]:
    """How many items of each kind wait."""
    rows = await tx.execute(
        select(Review.kind, func.count().label("number"))
        .where(Review.state.in_([ReviewState.OPEN, ReviewState.CLAIMED]))
        .group_by(Review.kind)
    )
    return {row.kind: row.number for row in rows}


async def decisions(tx: AsyncSession, subject: Subject) -> list[Item]:
    """Earlier decisions on one thing, newest first."""
    rows = await tx.execute(
        _ITEM.where(Review.subject_type == subject.type, Review.subject_id == subject.id)
        .where(Review.state == ReviewState.DECIDED)
        .order_by(Review.id.desc())
    )
    return [_item(*row) for row in rows]


async def review_for_update(tx: AsyncSession, review_id: UUID) -> Review:
    """Locks the row. Raises ReviewNotFound."""
    row = await tx.scalar(select(Review).where(Review.id == review_id).with_for_update())
    if row is None:
        raise ReviewNotFound
    return row


async def pending(tx: AsyncSession, subject: Subject) -> Item | None:
    """The item of a thing that waits in the queue, claimed or not."""
    query = _ITEM.where(Review.subject_type == subject.type, Review.subject_id == subject.id)
    row = (await tx.execute(query.where(Review.state.in_([ReviewState.OPEN, ReviewState.CLAIMED])))).first()
    return _item(*row) if row else None


async def has_decided(tx: AsyncSession, member_id: UUID, subjects: Iterable[Subject]) -> bool:
    """Whether this member of staff has decided about one of these things before."""
    named = [(subject.type, subject.id) for subject in subjects]
    query = select(Review.id).where(Review.decided_by == member_id, Review.state == ReviewState.DECIDED)
    found = query.where(tuple_(Review.subject_type, Review.subject_id).in_(named))
    return bool(await tx.scalar(select(exists(found))))
