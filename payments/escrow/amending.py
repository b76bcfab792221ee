"""A contract was amended, and its escrow follows: other amounts for what is not settled, and payments on top."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence
from app.core.i18n import _
from app.core.money import Money
from app.core.subject import Subject
from payments.errors import BadPlan
from payments.escrow import queries
from payments.escrow.models import Escrow, Milestone
from payments.escrow.service import MilestonePlan, check_plans, planned_row, refund
from payments.escrow.states import MilestoneState
from payments.fees import FeeTerms, fees


async def amend(
    tx: AsyncSession,
    subject: Subject,
    *,
    amounts: Mapping[UUID, Money],
    added: Sequence[MilestonePlan],
    fee_terms: FeeTerms,
    contract_hash: str,
    by: UUID | None,
    reason: str,
) -> list[UUID]:
    """The contract was amended: the escrow follows, and from here on every entry carries the amendment's hash.

    amounts  what milestones come to now. An unpaid one is asked for at its new amount; what is held above it goes back
    added    further milestones, to be paid; their ids are returned
    Raises BadPlan for a milestone that can no longer come to this: more than was paid, or less than is still held.
    """
    found = await queries.escrow_for_update(tx, subject)
    found.contract_hash = contract_hash
    await tx.flush()
    for milestone_id, amount in amounts.items():
        _escrow, milestone = await queries.locked(tx, subject, milestone_id)
        await _follow(tx, found, milestone, amount, fee_terms, by=by, reason=reason)
    rows: list[Milestone] = []
    if added:
        check_plans(found.currency, added)
        first = len((await queries.escrow(tx, subject)).milestones)
        shares = fees([m.amount for m in added], fee_terms)
        rows = [
            planned_row(found.id, first + place, planned, fee)
            for place, (planned, fee) in enumerate(zip(added, shares, strict=True))
        ]
        tx.add_all(rows)
        await tx.flush()
    said = {"contract": contract_hash, "amounts": [[k, v] for k, v in amounts.items()], "added": [r.id for r in rows]}
    await evidence.record(tx, subject, "escrow_amended", said, actor=by)
    return [row.id for row in rows]


async def _follow(
    tx: AsyncSession,
    found: Escrow,
    milestone: Milestone,
    amount: Money,
    fee_terms: FeeTerms,
    *,
    by: UUID | None,
    reason: str,
) -> None:
    if milestone.state == MilestoneState.PENDING and amount.minor > 0:
        milestone.amount, milestone.fee = amount, fees([amount], fee_terms)[0]
        return
    surplus = milestone.amount.minor - milestone.surplus_minor - amount.minor
    if milestone.state != MilestoneState.FUNDED or not 0 <= surplus < milestone.held_minor:
        raise BadPlan(_("This payment can no longer be changed to that amount."), field="milestones")
    if surplus:
        milestone.surplus_minor += surplus
        subject = Subject(found.subject_type, found.subject_id)
        await refund(tx, subject, milestone.id, by=by, reason=reason, amount=Money(surplus, found.currency))
