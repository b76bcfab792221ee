"""Opening an escrow, and what its parties do with held money: release, refund, divide, freeze. The way in is in
`payments.escrow.funding`.

Every move locks the milestone, moves its state, posts one entry, adds an evidence link and publishes its event, all in
the caller's transaction. Callers lock their own order first (order, milestone, balances).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence, outbox
from app.core.i18n import _
from app.core.ids import new_id
from app.core.money import CurrencyMismatch, Money
from app.core.subject import Subject
from payments.errors import BadDivision, BadPlan, EscrowMismatch, PaymentUnderWay
from payments.escrow import queries
from payments.escrow.funding import Parts, plan_pay_in
from payments.escrow.models import Escrow, Milestone
from payments.escrow.queries import EscrowView
from payments.escrow.reference import reference_for
from payments.escrow.states import MilestoneMove, MilestoneState
from payments.events import EscrowReleased
from payments.fees import FeeTerms, fees
from payments.holding.queries import moved_to_bank
from payments.ledger import chart
from payments.ledger.debts import recover
from payments.ledger.service import Entry, credit, debit, post
from payments.operations import queries as operations
from payments.operations import service as operating
from payments.operations.states import OperationKind, OperationMove, OperationState
from trust.risk import holds

__all__ = [
    "MilestonePlan",
    "cancel_unpaid",
    "check_plans",
    "divide",
    "freeze",
    "let_go",
    "open_escrow",
    "plan_pay_in",
    "planned_row",
    "refund",
    "refund_everything",
    "release",
    "rule",
    "unfreeze",
]


@dataclass(frozen=True, slots=True)
class MilestonePlan:
    """One payment of the contract. `kind` is the contract's own word, such as `deposit`; `due_on` the day it names."""

    kind: str
    amount: Money
    due_on: date | None = None


async def open_escrow(
    tx: AsyncSession,
    subject: Subject,
    *,
    buyer_id: UUID,
    supplier_id: UUID,
    currency: str,
    milestones: Sequence[MilestonePlan],
    fee_terms: FeeTerms,
    contract_hash: str,
    by: UUID | None = None,
) -> EscrowView:
    """Open the escrow of a signed contract. Opening it again with the same terms returns it as it is.

    Raises BadPlan for milestones that are empty, not positive or in another currency, EscrowMismatch when the subject
    has an escrow of other terms.
    """
    check_plans(currency, milestones)
    existing = (await queries.escrows(tx, [subject])).get(subject)
    if existing is not None:
        same = [(m.kind, m.amount) for m in existing.milestones] == [(m.kind, m.amount) for m in milestones]
        if not same or existing.contract_hash != contract_hash or existing.supplier_id != supplier_id:
            raise EscrowMismatch(_("Payments were already arranged on other terms."))
        return existing
    row = Escrow(
        id=new_id(),
        subject_type=subject.type,
        subject_id=subject.id,
        buyer_id=buyer_id,
        supplier_id=supplier_id,
        currency=currency,
        contract_hash=contract_hash,
    )
    tx.add(row)
    await tx.flush()
    shares = fees([m.amount for m in milestones], fee_terms)
    rows = [
        planned_row(row.id, position, planned, fee)
        for position, (planned, fee) in enumerate(zip(milestones, shares, strict=True))
    ]
    tx.add_all(rows)
    await tx.flush()
    said = {"contract": contract_hash, "milestones": [[m.kind, m.amount, m.fee] for m in rows]}
    await evidence.record(tx, subject, "escrow_opened", said, actor=by)
    return queries.view(row, rows)


def check_plans(currency: str, milestones: Sequence[MilestonePlan]) -> None:
    """Raises BadPlan for milestones that are none, not positive or in another currency."""
    fits = all(m.amount.minor > 0 and m.amount.currency == currency for m in milestones)
    if not milestones or not fits:
        raise BadPlan(_("Each payment needs an amount in the contract's currency."), field="milestones")


def planned_row(escrow_id: UUID, position: int, planned: MilestonePlan, fee: Money) -> Milestone:
    """A milestone that waits to be paid, with its reference."""
    id_ = new_id()
    return Milestone(
        id=id_,
        escrow_id=escrow_id,
        position=position,
        kind=planned.kind,
        amount=planned.amount,
        fee=fee,
        due_on=planned.due_on,
        reference=reference_for(id_),
        state=MilestoneState.PENDING,
    )


async def release(
    tx: AsyncSession,
    subject: Subject,
    milestone_id: UUID,
    *,
    by: UUID | None,
    reason: str,
    amount: Money | None = None,
) -> None:
    """What is held of a milestone, or `amount` of it, goes to the supplier, less the fee.

    Raises IllegalMove unless it is held, BadDivision for more than is held, OnHold while the deal stands still.
    """
    found, milestone = await queries.locked(tx, subject, milestone_id)
    await _let_go(tx, found, milestone, Parts.all_to_supplier(milestone.held if amount is None else amount), by, reason)


async def refund(
    tx: AsyncSession,
    subject: Subject,
    milestone_id: UUID,
    *,
    by: UUID | None,
    reason: str,
    amount: Money | None = None,
) -> None:
    """What is held of a milestone, or `amount` of it, goes back to the buyer, without any fee.

    Raises IllegalMove unless it is held, BadDivision for more than is held.
    """
    found, milestone = await queries.locked(tx, subject, milestone_id)
    await _let_go(tx, found, milestone, Parts.all_to_buyer(milestone.held if amount is None else amount), by, reason)


async def divide(
    tx: AsyncSession,
    subject: Subject,
    milestone_id: UUID,
    *,
    to_supplier: Money,
    to_buyer: Money,
    by: UUID | None,
    reason: str,
) -> None:
    """All that is held of a milestone is shared between supplier and buyer, as both agreed (goods accepted in part).

    The fee is taken in proportion, from the supplier's part alone. Raises BadDivision unless both parts are there and
    sum to what is held; IllegalMove unless it is held.
    """
    found, milestone = await queries.locked(tx, subject, milestone_id)
    milestone.check(MilestoneMove.RELEASE)
    await _let_go(tx, found, milestone, _parts(milestone, to_supplier, to_buyer), by, reason)


async def let_go(
    tx: AsyncSession,
    subject: Subject,
    milestone_id: UUID,
    *,
    to_supplier: Money,
    to_buyer: Money,
    by: UUID | None,
    reason: str,
) -> None:
    """A part of what is held leaves to either side, as both agreed; the rest stays held.

    Raises BadDivision for nothing or more than is held, IllegalMove unless it is held.
    """
    found, milestone = await queries.locked(tx, subject, milestone_id)
    await _let_go(tx, found, milestone, Parts(to_supplier, to_buyer), by, reason)


async def rule(
    tx: AsyncSession,
    subject: Subject,
    milestone_id: UUID,
    *,
    to_supplier: Money,
    to_buyer: Money,
    by: UUID | None,
    reason: str,
) -> None:
    """A frozen milestone is shared as a dispute's ruling says: all that is frozen of it.

    What the parties settle between them waits for holds as a release does; a ruling of the platform (`by` None) is the
    word of people who know of them. Raises BadDivision, IllegalMove unless it is frozen, OnHold.
    """
    found, milestone = await queries.locked(tx, subject, milestone_id)
    if by is not None and to_supplier:
        await holds.check_hold(tx, subject)
    parts = _parts(milestone, to_supplier, to_buyer)
    back = bool(parts.to_buyer) or milestone.due_minor > 0
    milestone.move(MilestoneMove.RETURN if back else MilestoneMove.AWARD, by=by, note=reason)
    await _pay(tx, found, milestone, parts, chart.frozen(subject), by, reason)


def _parts(milestone: Milestone, to_supplier: Money, to_buyer: Money) -> Parts:
    parts = Parts(to_supplier, to_buyer)
    if not _fits(milestone, parts) or parts.whole != milestone.held:
        raise BadDivision(_("The two parts must add up to the amount that is held."), held=str(milestone.held))
    return parts


def _fits(milestone: Milestone, parts: Parts) -> bool:
    try:
        held = parts.whole <= milestone.held
    except CurrencyMismatch:
        return False
    return held and parts.to_supplier.minor >= 0 and parts.to_buyer.minor >= 0


async def _let_go(
    tx: AsyncSession, found: Escrow, milestone: Milestone, parts: Parts, by: UUID | None, reason: str
) -> None:
    """Held money leaves; the milestone is over when it was all that was held."""
    milestone.check(MilestoneMove.LET_GO)
    if parts.to_supplier:
        await holds.check_hold(tx, Subject(found.subject_type, found.subject_id))
    if not _fits(milestone, parts) or not parts.whole:
        raise BadDivision(_("Only what is held can be shared out."), held=str(milestone.held))
    if parts.whole < milestone.held:
        move = MilestoneMove.LET_GO
    else:
        move = MilestoneMove.REFUND if parts.to_buyer or milestone.due_minor else MilestoneMove.RELEASE
    milestone.move(move, by=by, note=reason)
    subject = Subject(found.subject_type, found.subject_id)
    await _pay(tx, found, milestone, parts, chart.escrow(subject), by, reason)


async def _pay(
    tx: AsyncSession,
    found: Escrow,
    milestone: Milestone,
    parts: Parts,
    source: chart.Account,
    by: UUID | None,
    reason: str,
) -> None:
    """One entry that takes these parts out of `source`; the milestone's own state has moved already."""
    subject = Subject(found.subject_type, found.subject_id)
    fee = parts.fee(milestone)
    await post(
        tx,
        Entry(
            key=f"share:{milestone.id}:{milestone.shares}",
            kind="refund" if not parts.to_supplier else "release" if not parts.to_buyer else "divide",
            legs=[
                debit(source, parts.whole),
                credit(chart.payable(found.supplier_id), parts.to_supplier - fee),
                credit(chart.FEE_INCOME, fee),
                credit(chart.refund_due(subject), parts.to_buyer),
            ],
            reason=reason,
            actor=by,
            subject=subject,
            part_id=milestone.id,
            contract_hash=found.contract_hash,
        ),
    )
    if parts.to_supplier:
        await recover(tx, found.supplier_id, found.currency)
    milestone.shares += 1
    milestone.held_minor -= parts.whole.minor
    milestone.released_minor += parts.to_supplier.minor
    milestone.due_minor += parts.to_buyer.minor
    said = {"milestone": milestone.id, "to_supplier": parts.to_supplier, "fee": fee, "to_buyer": parts.to_buyer}
    await evidence.record(tx, subject, "escrow_decided", said | {"reason": reason}, actor=by)
    if parts.to_supplier:
        await outbox.publish(tx, EscrowReleased(subject, milestone.id, parts.to_supplier, fee))
    if parts.to_buyer:
        await plan_refund(tx, subject, milestone.id, parts.to_buyer, by=by)


async def plan_refund(
    tx: AsyncSession, subject: Subject, milestone_id: UUID, amount: Money, *, by: UUID | None, by_bank: bool = False
) -> None:
    """Send `amount` back the way the milestone's money came, or by bank transfer: if so asked, and if the provider does
    not hold it any more. The milestone is locked."""
    paid = await operations.confirmed_of_part(tx, milestone_id, OperationKind.PAY_IN)
    if paid is None:
        raise LookupError(f"milestone {milestone_id} holds money that no operation brought")
    gone = await moved_to_bank(tx, [paid.id])
    provider = operating.BANK if by_bank or gone else paid.provider
    plan = operating.Plan(
        kind=OperationKind.REFUND,
        provider=provider,
        subject=subject,
        part_id=milestone_id,
        amount=amount,
        by=by,
        reference=paid.reference,
        parent_ref=paid.provider_ref,
    )
    await operating.plan(tx, plan, send=provider != operating.BANK)


async def refund_everything(tx: AsyncSession, subject: Subject, *, by: UUID | None, reason: str) -> None:
    """The deal is off: what is held goes back to the buyer, what is not yet paid is no longer due.

    What was released stays released. Raises PaymentUnderWay while a payment is on its way.
    """
    await cancel_unpaid(tx, subject, by=by, reason=reason)
    for milestone in (await queries.escrow(tx, subject)).milestones:
        if milestone.state == MilestoneState.FUNDED:
            await refund(tx, subject, milestone.id, by=by, reason=reason)


async def cancel_unpaid(tx: AsyncSession, subject: Subject, *, by: UUID | None, reason: str) -> None:
    """What is not yet paid is no longer due. Raises PaymentUnderWay while a payment is on its way."""
    for planned in (await queries.escrow(tx, subject)).milestones:
        if planned.state not in (MilestoneState.PENDING, MilestoneState.FUNDING):
            continue
        _escrow, milestone = await queries.locked(tx, subject, planned.id)
        asked = await operations.open_of_part(tx, milestone.id, OperationKind.PAY_IN)
        if asked is not None:
            if asked.state != OperationState.PLANNED:
                raise PaymentUnderWay(_("A payment for this is on its way. Wait until it has arrived or failed."))
            operating.conclude(asked, OperationMove.CANCEL, by=by, note=reason)
            milestone.move(MilestoneMove.GIVE_UP, by=by, note=reason)
        milestone.move(MilestoneMove.CANCEL, by=by, note=reason)


async def freeze(tx: AsyncSession, subject: Subject, *, by: UUID | None, reason: str) -> None:
    """A dispute is open: all that is held for this deal stands still. Raises EscrowNotFound."""
    await _shift(tx, subject, MilestoneState.FUNDED, MilestoneMove.FREEZE, by=by, reason=reason)


async def unfreeze(tx: AsyncSession, subject: Subject, *, by: UUID | None, reason: str) -> None:
    """The dispute was withdrawn: frozen money is simply held again. Raises EscrowNotFound."""
    await _shift(tx, subject, MilestoneState.FROZEN, MilestoneMove.THAW, by=by, reason=reason)


async def _shift(
    tx: AsyncSession, subject: Subject, state: MilestoneState, move: MilestoneMove, *, by: UUID | None, reason: str
) -> None:
    held, frozen = chart.escrow(subject), chart.frozen(subject)
    source, target = (held, frozen) if move is MilestoneMove.FREEZE else (frozen, held)
    for seen in (await queries.escrow(tx, subject)).milestones:
        found, milestone = await queries.locked(tx, subject, seen.id)
        if milestone.state != state:
            continue
        milestone.move(move, by=by, note=reason)
        await post(
            tx,
            Entry(
                key=f"{move}:{milestone.id}:{new_id()}",  # a milestone may be frozen again: the state is the guard
                kind=str(move),
                legs=[debit(source, milestone.held), credit(target, milestone.held)],
                reason=reason,
                actor=by,
                subject=subject,
                part_id=milestone.id,
                contract_hash=found.contract_hash,
            ),
        )
        said = {"milestone": milestone.id, "amount": milestone.held, "reason": reason}
        await evidence.record(tx, subject, f"escrow_{milestone.state}", said, actor=by)
