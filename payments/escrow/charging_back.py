"""The buyer's bank takes a payment back out of a deal, and gives it back when it has decided for the supplier.

Only what has not left the deal can be taken here: what is held, then what was due back to the buyer and is not on its
way. What was released is the supplier's matter (`payments.chargebacks`).
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence
from app.core.money import Money
from app.core.subject import Subject
from payments.escrow import queries
from payments.escrow.models import Escrow, Milestone
from payments.escrow.service import plan_refund
from payments.escrow.states import MilestoneMove, MilestoneState
from payments.ledger import chart
from payments.ledger.service import Entry, Leg, credit, debit, post
from payments.operations import queries as operations
from payments.operations.states import OperationKind

LEAVES_IDLE = (MilestoneState.FUNDED, MilestoneState.FROZEN)


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken out of a milestone: of what was held, and of what was due back to the buyer."""

    held: Money
    due: Money

    @property
    def whole(self) -> Money:
        return self.held + self.due


async def take_back(
    tx: AsyncSession, milestone_id: UUID, most: Money, *, cash: chart.Account, cause: UUID, reason: str
) -> Taken:
    """The buyer's bank took up to `most` of what has not left the milestone; returns what there was. Locks it.

    cause  the chargeback: with it the same is taken once
    """
    found, milestone = (await queries.locked_many(tx, [milestone_id]))[milestone_id]
    currency = milestone.amount.currency
    on_its_way = await operations.open_amount_of_part(tx, milestone.id, OperationKind.REFUND)
    held = min(milestone.held_minor, most.minor)
    due = min(milestone.due_minor - on_its_way, most.minor - held)
    taken = Taken(Money(held, currency), Money(due, currency))
    if not taken.whole:
        return taken
    subject = Subject(found.subject_type, found.subject_id)
    idle = chart.frozen(subject) if milestone.state == MilestoneState.FROZEN else chart.escrow(subject)
    legs = [debit(idle, taken.held), debit(chart.refund_due(subject), taken.due), credit(cash, taken.whole)]
    milestone.held_minor -= held
    milestone.due_minor -= due
    milestone.charged_back_minor += held + due
    _rest(milestone, reason)
    await _book(tx, found, milestone, "charge_back", legs, cause, reason, taken)
    return taken


def _rest(milestone: Milestone, reason: str) -> None:
    """What state is left when money was taken: as before while something is held, else what is due, else nothing."""
    if milestone.held_minor:
        return
    if not milestone.due_minor:
        milestone.move(MilestoneMove.CHARGE_BACK, by=None, note=reason)
    elif milestone.state == MilestoneState.FROZEN:
        milestone.move(MilestoneMove.RETURN, by=None, note=reason)
    elif milestone.state == MilestoneState.FUNDED:
        milestone.move(MilestoneMove.REFUND, by=None, note=reason)


async def put_back(
    tx: AsyncSession, milestone_id: UUID, taken: Taken, *, cash: chart.Account, cause: UUID, reason: str
) -> None:
    """All that was taken came back: it is held again, and what was due to the buyer is due again and sent."""
    if not taken.whole:
        return
    found, milestone = (await queries.locked_many(tx, [milestone_id]))[milestone_id]
    subject = Subject(found.subject_type, found.subject_id)
    idle = chart.frozen(subject) if milestone.state == MilestoneState.FROZEN else chart.escrow(subject)
    legs = [debit(cash, taken.whole), credit(idle, taken.held), credit(chart.refund_due(subject), taken.due)]
    milestone.charged_back_minor -= taken.whole.minor
    milestone.held_minor += taken.held.minor
    milestone.due_minor += taken.due.minor
    if taken.held:
        if milestone.state not in LEAVES_IDLE:
            milestone.move(MilestoneMove.REINSTATE, by=None, note=reason)
    elif milestone.state not in (*LEAVES_IDLE, MilestoneState.REFUND_DUE):
        milestone.move(MilestoneMove.OWE_AGAIN, by=None, note=reason)
    await _book(tx, found, milestone, "charge_back_undone", legs, cause, reason, taken)
    if taken.due:
        await plan_refund(tx, subject, milestone.id, taken.due, by=None)


async def _book(
    tx: AsyncSession,
    found: Escrow,
    milestone: Milestone,
    kind: str,
    legs: list[Leg],
    cause: UUID,
    reason: str,
    taken: Taken,
) -> None:
    subject = Subject(found.subject_type, found.subject_id)
    entry = Entry(
        key=f"{kind}:{cause}",
        kind=kind,
        legs=legs,
        reason=reason,
        actor=None,
        subject=subject,
        part_id=milestone.id,
        contract_hash=found.contract_hash,
    )
    await post(tx, entry)
    said = {"milestone": milestone.id, "held": taken.held, "due": taken.due, "reason": reason}
    await evidence.record(tx, subject, f"escrow_{kind}", said, actor=None)
