"""Money held at a provider, and until when it may be."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from app.core.money import Money
from app.core.subject import Subject
from payments.errors import HoldingNotFound
from payments.escrow.models import Escrow, Milestone
from payments.escrow.states import MilestoneState
from payments.holding.models import Holding
from payments.holding.states import HoldingState
from payments.operations.models import Operation
from payments.operations.service import BANK
from payments.operations.states import OperationKind, OperationState
from trust.identity import queries as identity

WARN, PRESS = (2, 3), (5, 6)
"""Shares of the allowed time: 60 and 75 of 90 days."""
LAST = timedelta(days=3)
"""So long before the end time decides, if nobody did: a sweep to the bank takes a working day or two. Where only some
days are allowed, a tenth of them."""


@dataclass(frozen=True, slots=True)
class HeldView:
    """One payment whose milestone is still held: `amount` of it. `state` is what was said or decided so far."""

    operation_id: UUID
    milestone_id: UUID
    subject: Subject
    buyer_id: UUID
    supplier_id: UUID
    amount: Money
    provider: str
    since: datetime
    ends_at: datetime
    holding_id: UUID | None
    state: HoldingState | None
    note: str
    decided_by: UUID | None

    @property
    def days_allowed(self) -> int:
        return (self.ends_at - self.since).days

    @property
    def days_held(self) -> int:
        """At most `days_allowed`."""
        return min((clock.now() - self.since).days, self.days_allowed)

    @property
    def decided_at(self) -> datetime:
        """When time decides."""
        return self.ends_at - min(LAST, (self.ends_at - self.since) / 10)

    def past(self, share: tuple[int, int]) -> bool:
        over, of = share
        return clock.now() >= self.since + (self.ends_at - self.since) * over / of


async def held(tx: AsyncSession, limit_of: Callable[[str], int], *, holding_id: UUID | None = None) -> list[HeldView]:
    """Every payment that a provider holds for a milestone, the next to end first; or the one of this holding.

    limit_of  how many days money may be held for a supplier of this country
    """
    only = (Holding.id == holding_id,) if holding_id else ()
    rows = list(
        await tx.execute(
            select(Operation, Milestone, Escrow, Holding)
            .join(Milestone, Milestone.id == Operation.part_id)
            .join(Escrow, Escrow.id == Milestone.escrow_id)
            .outerjoin(Holding, Holding.operation_id == Operation.id)
            .where(
                Operation.kind == OperationKind.PAY_IN,
                Operation.state == OperationState.CONFIRMED,
                Operation.provider != BANK,
                Milestone.state.in_([MilestoneState.FUNDED, MilestoneState.FROZEN]),
                *only,
            )
        )
    )
    suppliers = await identity.organisations(tx, {escrow.supplier_id for _o, _m, escrow, _h in rows})
    found = [_view(*row, limit_of(suppliers[row[2].supplier_id].country)) for row in rows]
    return sorted(found, key=lambda view: (view.state is HoldingState.MOVED, view.ends_at, view.operation_id))


def _view(operation: Operation, milestone: Milestone, escrow: Escrow, holding: Holding | None, days: int) -> HeldView:
    since = operation.settled_at or operation.created_at
    return HeldView(
        operation_id=operation.id,
        milestone_id=milestone.id,
        subject=Subject(escrow.subject_type, escrow.subject_id),
        buyer_id=escrow.buyer_id,
        supplier_id=escrow.supplier_id,
        amount=milestone.held,
        provider=operation.provider,
        since=since,
        ends_at=since + timedelta(days=days),
        holding_id=holding.id if holding else None,
        state=HoldingState(holding.state) if holding else None,
        note=holding.note if holding else "",
        decided_by=holding.decided_by if holding else None,
    )


async def holding_for_update(tx: AsyncSession, holding_id: UUID) -> Holding:
    """Raises HoldingNotFound."""
    query = select(Holding).where(Holding.id == holding_id).with_for_update()
    found = await tx.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise HoldingNotFound(_("There is no such payment."))
    return found


async def moved_to_bank(tx: AsyncSession, operation_ids: Collection[UUID]) -> set[UUID]:
    """Those payments whose money the provider holds no longer."""
    query = select(Holding.operation_id).where(
        Holding.operation_id.in_(operation_ids), Holding.state == HoldingState.MOVED
    )
    return set(await tx.scalars(query))
