"""Milestones of an order: evidence given, answered, left unanswered, overdue; and what that does to held money.

Every move locks the order, then the milestone, then its money: state, ledger entry, evidence link and letters are one
transaction. While goods are contested every clock stands still.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.i18n import _
from app.core.money import Money
from app.core.periods import latest_today
from orders.contracts.terms import ContractTerms
from orders.deals import plan, proofs
from orders.deals.errors import NotYet
from orders.deals.events import MilestoneAccepted
from orders.deals.models import Milestone, Order, Shipment, Submission
from orders.deals.proofs import Proof
from orders.deals.queries import order_for_update
from orders.deals.record import note, only, subject, tell
from orders.deals.second import require_second
from orders.deals.states import OrderState
from orders.milestones import (
    BEFORE_SHIPMENT,
    OPEN,
    Approver,
    Conditions,
    Evidence,
    MilestoneMove,
    MilestoneState,
    Silence,
    Since,
)
from payments.escrow import queries as escrows
from payments.escrow import service as escrow
from payments.escrow.queries import EscrowView
from payments.escrow.states import MilestoneState as MoneyState
from trust.access import Member, Permission, require

RUNNING = (
    OrderState.CONTRACTED,
    OrderState.FUNDING,
    OrderState.FUNDED,
    OrderState.IN_PROGRESS,
    OrderState.DELIVERED,
)
"""Orders whose clocks run: neither contested nor over."""


async def lay_down(tx: AsyncSession, order: Order, terms: ContractTerms, opened: EscrowView) -> None:
    """The contract's milestones, beside their money."""
    tx.add_all(
        Milestone(
            id=money.id,
            order_id=order.id,
            position=money.position,
            kind=money.kind,
            conditions=agreed.plan.terms.model_dump(mode="json"),
            deadline=deadline(agreed.plan.terms, Since.EFFECT, clock.now()),
        )
        for money, agreed in zip(opened.milestones, terms.milestones, strict=True)
    )
    await tx.flush()


def deadline(conditions: Conditions, event: Since, at: datetime) -> datetime | None:
    """When its evidence is due, if that is known once `event` has happened; a day runs to its end, UTC."""
    if conditions.since is Since.DATE and conditions.on is not None:
        return datetime.combine(conditions.on + timedelta(days=1), time(), UTC)
    if conditions.since is event and conditions.days is not None:
        return at + timedelta(days=conditions.days)
    return None


async def money_arrived(tx: AsyncSession, order: Order) -> tuple[bool, bool]:
    """Money for the order is held: clocks that wait for it run, and evidence accepted before it came releases it.

    Returns whether all that is due before shipment has been paid, and whether everything has.
    """
    paid = {m.id: m for m in (await escrows.escrow(tx, subject(order))).milestones}
    rows = await plan.milestones_for_update(tx, order.id)
    for row in rows:
        money = paid[row.id]
        if money.state != MoneyState.FUNDED:
            continue
        if row.state == MilestoneState.AWAITED and row.deadline is None:
            row.deadline = deadline(row.terms, Since.HELD, clock.now())
        if row.state == MilestoneState.ACCEPTED and not money.released:
            await _release(tx, order, row, by=None, reason="paid after its evidence was accepted")
    before = [row for row in rows if row.terms.due in BEFORE_SHIPMENT]
    return all(_is_paid(paid[r.id].state) for r in before), all(_is_paid(paid[r.id].state) for r in rows)


def _is_paid(state: MoneyState) -> bool:
    return state not in (MoneyState.PENDING, MoneyState.FUNDING)


async def paid_before_shipment(tx: AsyncSession, order: Order) -> bool:
    """Whether all that is due before shipment has been paid, frozen or not."""
    paid = {m.id: m.state for m in (await escrows.escrow(tx, subject(order))).milestones}
    rows = await plan.milestones_for_update(tx, order.id)
    return all(_is_paid(paid[row.id]) for row in rows if row.terms.due in BEFORE_SHIPMENT)


async def run_on(tx: AsyncSession, order: Order, stood: timedelta) -> None:
    """Clocks that stood still for so long run on, with the time they had left when it began."""
    began = clock.now() - stood
    for row in await plan.milestones_for_update(tx, order.id):
        if row.state in OPEN and row.deadline is not None and row.deadline > began:
            row.deadline += stood
        if row.answer_by is not None and row.answer_by > began:
            row.answer_by += stood


async def goods_shipped(tx: AsyncSession, order: Order) -> None:
    """All goods have left: the time for the transport document runs."""
    for row in await plan.milestones_for_update(tx, order.id):
        if row.state == MilestoneState.AWAITED and row.deadline is None:
            row.deadline = deadline(row.terms, Since.SHIPPED, clock.now())


async def submit(tx: AsyncSession, order_id: UUID, milestone_id: UUID, proof: Proof, *, by: Member) -> Milestone:
    """The supplier submits evidence; the buyer's time to answer runs, unless the document speaks for itself.

    Raises WrongSide, IllegalMove, NotYet, Invalid naming the field.
    """
    require(by, Permission.SHIP)
    order, row = await running(tx, order_id, milestone_id, by.organisation_id)
    only(order.supplier_id, by)
    conditions = row.terms
    if conditions.evidence is Evidence.ACCEPTANCE:
        raise NotYet(_("This payment is released when the buyer accepts the goods."))
    row.check(MilestoneMove.SUBMIT)
    if conditions.evidence is Evidence.BILL_OF_LADING and order.shipped_at is None:
        raise NotYet(_("Record the shipment first."))
    facts = proofs.checked(conditions.evidence, proof, latest_today(clock.now()))
    if conditions.approver is Approver.DOCUMENT:
        shipments = list(await tx.scalars(select(Shipment).where(Shipment.order_id == order.id)))
        proofs.check_face(conditions.evidence, facts, order, shipments)
    submission = await _keep(tx, row, facts, proof, by)
    row.move(MilestoneMove.SUBMIT, by=by.id)
    said = {
        **_named(row),
        "number": submission.number,
        "facts": submission.facts,
        "files": [file["sha256"] for file in proof.files],
        "text": proof.text,
    }
    await note(tx, order, "milestone.submitted", said, by=by)
    if conditions.approver is Approver.DOCUMENT:
        await _accepted(tx, order, row, MilestoneMove.ACCEPT, how="document", by=None)
        return row
    row.answer_by = clock.now() + timedelta(days=conditions.answer_days or 0)
    await tell(tx, order, order.buyer_id, Permission.ACCEPT_GOODS, "evidence_submitted")
    return row


async def _keep(tx: AsyncSession, row: Milestone, facts: dict[str, Any], proof: Proof, by: Member) -> Submission:
    query = select(func.count()).select_from(Submission).where(Submission.milestone_id == row.id)
    submission = Submission(
        milestone_id=row.id,
        number=(await tx.scalar(query) or 0) + 1,
        member_id=by.id,
        facts={name: str(value) for name, value in facts.items()},
        files=proof.files,
        text=proof.text,
        objection="",
    )
    tx.add(submission)
    await tx.flush()
    return submission


async def accept(
    tx: AsyncSession, order_id: UUID, milestone_id: UUID, *, by: Member, seconded: bool = False
) -> Milestone:
    """The buyer accepts the evidence: what is not held back goes to the supplier.

    seconded  as in `service.accept`
    Raises WrongSide, IllegalMove, SecondPersonNeeded.
    """
    if not seconded:
        require(by, Permission.ACCEPT_GOODS)
    order, row = await running(tx, order_id, milestone_id, by.organisation_id)
    only(order.buyer_id, by)
    free = await released_by_evidence(tx, order, row)
    if not seconded:
        await require_second(tx, order.buyer_id, free, by=by)
    await _accepted(tx, order, row, MilestoneMove.ACCEPT, how="accepted", by=by)
    return row


async def released_by_evidence(tx: AsyncSession, order: Order, row: Milestone) -> Money:
    """What accepting the evidence lets go: at once, or as soon as it is paid. Raises IllegalMove."""
    row.check(MilestoneMove.ACCEPT)
    money = next(m for m in (await escrows.escrow(tx, subject(order))).milestones if m.id == row.id)
    return _free(row, money.held if money.state == MoneyState.FUNDED else money.agreed)


def _free(row: Milestone, whole: Money) -> Money:
    kept = row.terms.refundable
    return whole.split([100 - kept, kept])[0]


async def refuse(tx: AsyncSession, order_id: UUID, milestone_id: UUID, reason: str, *, by: Member) -> Milestone:
    """The buyer objects to the evidence, with the reason; the supplier has as many days to mend it as the buyer had."""
    require(by, Permission.ACCEPT_GOODS)
    order, row = await running(tx, order_id, milestone_id, by.organisation_id)
    only(order.buyer_id, by)
    row.move(MilestoneMove.OBJECT, by=by.id, note=reason)
    row.answer_by = None
    again = clock.now() + timedelta(days=row.terms.answer_days or 0)
    row.deadline = max(row.deadline, again) if row.deadline else again
    await _answer(tx, row, by, objection=reason)
    await note(tx, order, "milestone.objected", {**_named(row), "reason": reason}, by=by)
    await tell(tx, order, order.supplier_id, Permission.SHIP, "evidence_objected", reason=reason)
    return row


async def fall_silent(tx: AsyncSession, milestone_id: UUID) -> bool:
    """The time to answer ran out: accepted, or the buyer is reminded. False when that no longer holds."""
    found = await _on_the_clock(tx, milestone_id)
    if found is None:
        return False
    order, row = found
    if row.state != MilestoneState.SUBMITTED or row.answer_by is None or row.answer_by > clock.now():
        return False
    if row.terms.silence is Silence.ACCEPTED:
        await _accepted(tx, order, row, MilestoneMove.FALL_SILENT, how="silence", by=None)
        return True
    row.move(MilestoneMove.REMIND, by=None, note="no answer within the agreed time")
    await note(tx, order, "milestone.reminded", _named(row))
    await tell(tx, order, order.buyer_id, Permission.ACCEPT_GOODS, "evidence_unanswered")
    await tell(tx, order, order.supplier_id, Permission.SHIP, "evidence_unanswered")
    return True


async def lapse(tx: AsyncSession, milestone_id: UUID) -> bool:
    """The time for evidence ran out: both sides are told. False when that no longer holds."""
    found = await _on_the_clock(tx, milestone_id)
    if found is None:
        return False
    order, row = found
    if not row.can(MilestoneMove.LAPSE) or row.deadline is None or row.deadline > clock.now():
        return False
    row.move(MilestoneMove.LAPSE, by=None, note="no evidence within the agreed time")
    await note(tx, order, "milestone.overdue", _named(row))
    await tell(tx, order, order.supplier_id, Permission.SHIP, "evidence_overdue")
    await tell(tx, order, order.buyer_id, Permission.ACCEPT_GOODS, "evidence_overdue")
    return True


async def goods_accepted(tx: AsyncSession, order: Order, *, how: str, by: Member | None) -> None:
    """Acceptance of the goods settles every milestone: all that is still held goes to the supplier."""
    held = {m.id for m in (await escrows.escrow(tx, subject(order))).milestones if m.state == MoneyState.FUNDED}
    for row in await plan.milestones_for_update(tx, order.id):
        if row.state in OPEN:
            row.move(MilestoneMove.ACCEPT_GOODS, by=by.id if by else None)
            row.answer_by = None
        if row.id in held:
            await escrow.release(tx, subject(order), row.id, by=by.id if by else None, reason=how)


async def close(tx: AsyncSession, order: Order, *, by: Member | None) -> None:
    """The deal ends otherwise than by acceptance: what still waits, or is held back, waits for nothing more."""
    held = {m.id for m in (await escrows.escrow(tx, subject(order))).milestones if m.held}
    for row in await plan.milestones_for_update(tx, order.id):
        if row.state in OPEN or row.id in held:
            close_one(row, by=by)


def close_one(row: Milestone, *, by: Member | None) -> None:
    """Nothing is held for this milestone any more: it was settled otherwise."""
    row.move(MilestoneMove.CLOSE, by=by.id if by else None)
    row.answer_by = None


async def _accepted(
    tx: AsyncSession, order: Order, row: Milestone, move: MilestoneMove, *, how: str, by: Member | None
) -> None:
    row.move(move, by=by.id if by else None, note=how)
    row.answer_by = None
    await _answer(tx, row, by)
    await note(tx, order, "milestone.accepted", {**_named(row), "how": how}, by=by)
    money = next(m for m in (await escrows.escrow(tx, subject(order))).milestones if m.id == row.id)
    if money.state == MoneyState.FUNDED:
        await _release(tx, order, row, by=by, reason=f"evidence {how}")
    await outbox.publish(tx, MilestoneAccepted(order.id, row.id, how))
    await tell(tx, order, order.supplier_id, Permission.SHIP, "evidence_accepted")


async def _release(tx: AsyncSession, order: Order, row: Milestone, *, by: Member | None, reason: str) -> None:
    """What is held goes to the supplier, but for the part that stays held until the goods are accepted."""
    _found, money = await escrows.locked(tx, subject(order), row.id)
    free = _free(row, money.held)
    if free:
        await escrow.release(tx, subject(order), row.id, by=by.id if by else None, reason=reason, amount=free)


async def _answer(tx: AsyncSession, row: Milestone, by: Member | None, *, objection: str = "") -> None:
    submission = await tx.scalar(
        select(Submission)
        .where(Submission.milestone_id == row.id)
        .order_by(Submission.number.desc())
        .limit(1)
        .with_for_update()
    )
    if submission is not None:
        submission.answered_at, submission.answered_by = clock.now(), by.id if by else None
        submission.objection = objection


async def running(tx: AsyncSession, order_id: UUID, milestone_id: UUID, party: UUID | None) -> tuple[Order, Milestone]:
    """An order of the company and one of its milestones, both locked, whose clocks run."""
    order = await order_for_update(tx, order_id, party=party)
    row = await plan.milestone_for_update(tx, order.id, milestone_id)
    if order.state not in RUNNING:
        raise NotYet(_("Nothing can be said about a payment while the goods are contested or when the order is over."))
    return order, row


async def _on_the_clock(tx: AsyncSession, milestone_id: UUID) -> tuple[Order, Milestone] | None:
    order_id = await plan.order_of(tx, milestone_id)
    order = await order_for_update(tx, order_id)
    if order.state not in RUNNING:
        return None
    return order, await plan.milestone_for_update(tx, order.id, milestone_id)


def _named(row: Milestone) -> dict[str, Any]:
    return {"milestone": row.id, "position": row.position, "kind": row.kind}
