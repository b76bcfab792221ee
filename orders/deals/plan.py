"""What is asked of an order's milestones: what they wait for, what was submitted, and which clocks have run out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from orders.deals.errors import MilestoneNotFound
from orders.deals.models import Milestone, Order, Submission
from orders.deals.states import ENDED, STILL
from orders.milestones import Conditions, MilestoneState

STOPPED = (*STILL, *ENDED)


@dataclass(frozen=True, slots=True)
class SubmissionView:
    number: int
    facts: dict[str, str]
    files: list[dict[str, Any]]
    text: str
    created_at: datetime
    answered_at: datetime | None
    objection: str

    @property
    def day(self) -> date | None:
        """When it was done, as the supplier says."""
        said = self.facts.get("done_on")
        return date.fromisoformat(said) if said else None


@dataclass(frozen=True, slots=True)
class MilestoneView:
    """What one payment waits for; `id` is that of its money. Submissions are the oldest first."""

    id: UUID
    position: int
    kind: str
    terms: Conditions
    state: MilestoneState
    deadline: datetime | None
    answer_by: datetime | None
    submissions: tuple[SubmissionView, ...] = ()


async def milestones(tx: AsyncSession, order_id: UUID) -> list[MilestoneView]:
    """An order's milestones in the order of the contract, with all that was submitted."""
    rows = await tx.scalars(select(Milestone).where(Milestone.order_id == order_id).order_by(Milestone.position))
    found = list(rows)
    query = select(Submission).where(Submission.milestone_id.in_([row.id for row in found]))
    given: dict[UUID, list[SubmissionView]] = {}
    for s in await tx.scalars(query.order_by(Submission.milestone_id, Submission.number)):
        seen = SubmissionView(s.number, s.facts, s.files, s.text, s.created_at, s.answered_at, s.objection)
        given.setdefault(s.milestone_id, []).append(seen)
    return [_view(row, given.get(row.id, [])) for row in found]


async def milestones_of(tx: AsyncSession, orders: Sequence[UUID]) -> dict[UUID, list[MilestoneView]]:
    """As `milestones`, for many orders in one query, without what was submitted."""
    grouped: dict[UUID, list[MilestoneView]] = {}
    query = select(Milestone).where(Milestone.order_id.in_(orders)).order_by(Milestone.order_id, Milestone.position)
    for row in await tx.scalars(query):
        grouped.setdefault(row.order_id, []).append(_view(row, []))
    return grouped


def _view(row: Milestone, given: Sequence[SubmissionView]) -> MilestoneView:
    return MilestoneView(
        row.id,
        row.position,
        row.kind,
        row.terms,
        MilestoneState(row.state),
        row.deadline,
        row.answer_by,
        tuple(given),
    )


async def milestone_for_update(tx: AsyncSession, order_id: UUID, milestone_id: UUID) -> Milestone:
    """Locks it. The caller holds the order. Raises MilestoneNotFound."""
    query = select(Milestone).where(Milestone.order_id == order_id, Milestone.id == milestone_id)
    row = await tx.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise MilestoneNotFound
    return row


async def milestones_for_update(tx: AsyncSession, order_id: UUID) -> list[Milestone]:
    """All of an order's, in the order of the contract. The caller holds the order."""
    query = select(Milestone).where(Milestone.order_id == order_id).order_by(Milestone.position)
    return list(await tx.scalars(query.with_for_update().execution_options(populate_existing=True)))


async def order_of(tx: AsyncSession, milestone_id: UUID) -> UUID:
    """Raises MilestoneNotFound."""
    found = await tx.scalar(select(Milestone.order_id).where(Milestone.id == milestone_id))
    if found is None:
        raise MilestoneNotFound
    return found


async def unanswered(tx: AsyncSession, now: datetime, *, limit: int = 200) -> list[UUID]:
    """Milestones whose time to answer has run out, of orders whose clocks run."""
    query = select(Milestone.id).where(Milestone.state == MilestoneState.SUBMITTED, Milestone.answer_by <= now)
    return await _running(tx, query.order_by(Milestone.answer_by).limit(limit))


async def overdue(tx: AsyncSession, now: datetime, *, limit: int = 200) -> list[UUID]:
    """Milestones whose time for evidence has run out, of orders whose clocks run."""
    waiting = (MilestoneState.AWAITED, MilestoneState.OBJECTED)
    query = select(Milestone.id).where(Milestone.state.in_(waiting), Milestone.deadline <= now)
    return await _running(tx, query.order_by(Milestone.deadline).limit(limit))


async def _running(tx: AsyncSession, query: Any) -> list[UUID]:
    running = query.join(Order, Order.id == Milestone.order_id).where(Order.state.not_in(STOPPED))
    return list(await tx.scalars(running))
