"""How a milestone's money comes in: asked of a provider, or told to a bank; held only on their word."""

from dataclasses import dataclass
from typing import Literal, Self
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence, outbox
from app.core.i18n import _
from app.core.money import Money
from app.core.subject import Subject
from payments.errors import EscrowNotFound, PaymentUnderWay
from payments.escrow import queries
from payments.escrow.models import Escrow, Milestone
from payments.escrow.states import MilestoneMove, MilestoneState
from payments.events import EscrowFunded, EscrowRefunded, PaymentFailed
from payments.ledger import chart
from payments.ledger.service import Entry, Leg, credit, debit, post
from payments.operations import queries as operations
from payments.operations import service as operating
from payments.operations.models import Operation
from payments.operations.queries import OperationView
from payments.operations.states import OperationKind, OperationMove, OperationState
from trust.access import Member, Permission, require

Rail = Literal["stripe", "bank"]
FUNDABLE = (MilestoneState.PENDING, MilestoneState.FUNDING)


@dataclass(frozen=True, slots=True)
class Parts:
    """How held money is shared; both in the milestone's currency."""

    to_supplier: Money
    to_buyer: Money

    @classmethod
    def all_to_supplier(cls, amount: Money) -> Self:
        return cls(amount, Money.zero(amount.currency))

    @classmethod
    def all_to_buyer(cls, amount: Money) -> Self:
        return cls(Money.zero(amount.currency), amount)

    @property
    def whole(self) -> Money:
        return self.to_supplier + self.to_buyer

    def fee(self, milestone: Milestone) -> Money:
        """The fee on the supplier's part, such that the fees of all parts released sum to the milestone's fee.

        What goes back to the buyer costs nothing.
        """
        before, amount = milestone.released_minor, milestone.amount.minor
        after = before + self.to_supplier.minor
        return milestone.fee.split([after, amount - after])[0] - milestone.fee.split([before, amount - before])[0]


async def plan_pay_in(
    tx: AsyncSession, subject: Subject, milestone_id: UUID, *, by: Member, rail: Rail = "stripe", method: str = ""
) -> OperationView:
    """The buyer pays a milestone. Asking again returns the payment that is open; another rail replaces one unsent.

    rail    `bank`: nothing is sent, the buyer transfers with the milestone's reference and finance books it
    method  the provider's payment method; empty: chosen on the payment's own page (`choose_method`)
    Locks the milestone. Raises NotPermitted, EscrowNotFound for a stranger, PaymentUnderWay, IllegalMove when it is
    paid already.
    """
    require(by, Permission.PAY)
    found, milestone = await queries.locked(tx, subject, milestone_id)
    if by.organisation_id != found.buyer_id:
        raise EscrowNotFound(_("There is no such payment."))
    asked = await operations.open_of_part(tx, milestone.id, OperationKind.PAY_IN)
    if asked is not None:
        if asked.provider == rail:
            return await _chosen(tx, asked, method)
        if asked.state != OperationState.PLANNED:
            raise PaymentUnderWay(_("A payment for this is on its way. Wait until it has arrived or failed."))
        operating.conclude(asked, OperationMove.CANCEL, by=by.id, note="another way of paying was chosen")
        milestone.move(MilestoneMove.GIVE_UP, by=by.id)
        await tx.flush()
    milestone.move(MilestoneMove.ASK, by=by.id)
    plan = operating.Plan(
        kind=OperationKind.PAY_IN,
        provider=rail,
        subject=subject,
        part_id=milestone.id,
        amount=milestone.amount,
        by=by.id,
        method=method,
        reference=milestone.reference,
    )
    return operations.view(await operating.plan(tx, plan, send=rail != operating.BANK and bool(method)))


async def choose_method(tx: AsyncSession, operation_id: UUID, method: str, *, by: Member) -> OperationView:
    """Pay a planned payment with `method`. Raises EscrowNotFound for a stranger, PaymentUnderWay once it was sent."""
    require(by, Permission.PAY)
    seen = await operations.operation(tx, operation_id)
    found, _milestone = await queries.locked(tx, seen.subject, seen.part_id)
    if by.organisation_id != found.buyer_id:
        raise EscrowNotFound(_("There is no such payment."))
    return await _chosen(tx, await operations.operation_for_update(tx, operation_id), method)


async def _chosen(tx: AsyncSession, asked: Operation, method: str) -> OperationView:
    if not method or asked.method == method or asked.provider == operating.BANK:
        return operations.view(asked)
    if asked.state != OperationState.PLANNED or asked.method:
        raise PaymentUnderWay(_("This payment is already on its way."))
    asked.method = method
    await operating.send_now(tx, asked)
    return operations.view(asked)


async def await_transfer(tx: AsyncSession, milestone_id: UUID, *, by: UUID) -> Operation:
    """The open bank operation of a milestone, made now if the buyer paid without saying so first. Locks both.

    Raises EscrowNotFound, PaymentUnderWay while another rail is busy, IllegalMove when it is paid already.
    """
    found, milestone = await queries.locked_by_id(tx, milestone_id)
    asked = await operations.open_of_part(tx, milestone.id, OperationKind.PAY_IN)
    if asked is not None and asked.provider == operating.BANK:
        return asked
    if asked is not None:
        if asked.state != OperationState.PLANNED:
            raise PaymentUnderWay(_("A payment for this is on its way. Wait until it has arrived or failed."))
        operating.conclude(asked, OperationMove.CANCEL, by=by, note="paid by bank transfer")
        milestone.move(MilestoneMove.GIVE_UP, by=by)
        await tx.flush()
    milestone.move(MilestoneMove.ASK, by=by)
    plan = operating.Plan(
        kind=OperationKind.PAY_IN,
        provider=operating.BANK,
        subject=Subject(found.subject_type, found.subject_id),
        part_id=milestone.id,
        amount=milestone.amount,
        by=by,
        reference=milestone.reference,
    )
    return await operating.plan(tx, plan, send=False)


async def receive(
    tx: AsyncSession, subject: Subject, milestone_id: UUID, operation: Operation, received: Money, *, by: UUID | None
) -> None:
    """The provider says that money has come. It is held for the milestone if that still waits for exactly this;
    anything else goes to suspense for people to sort out. The caller holds both locks.
    """
    found, milestone = await queries.locked(tx, subject, milestone_id)
    cash = chart.bank("main") if operation.provider == operating.BANK else chart.psp(operation.provider)
    asked = await operations.open_of_part(tx, milestone.id, OperationKind.PAY_IN)
    wanted = milestone.state in FUNDABLE and (asked is None or asked.id == operation.id)
    operating.conclude(operation, OperationMove.CONFIRM, by=by)
    if not wanted or received != milestone.amount:
        reason = "received more than once" if not wanted else f"received {received} instead of {milestone.amount}"
        legs = [debit(cash, received), credit(chart.SUSPENSE, received)]
        await post(tx, _entry(found, milestone, f"suspend:{operation.id}", "suspend", legs, reason, by))
        if wanted and milestone.state == MilestoneState.FUNDING:
            milestone.move(MilestoneMove.GIVE_UP, by=by, note=reason)
        return
    milestone.move(MilestoneMove.FUND, by=by)
    milestone.held_minor = received.minor
    legs = [debit(cash, received), credit(chart.escrow(subject), received)]
    await post(tx, _entry(found, milestone, f"fund:{operation.id}", "fund", legs, "paid by the buyer", by))
    said = {"milestone": milestone.id, "amount": received, "rail": operation.provider, "ref": operation.provider_ref}
    await evidence.record(tx, subject, "escrow_funded", said, actor=by)
    await outbox.publish(tx, EscrowFunded(subject, milestone.id, received))


async def pay_in_failed(tx: AsyncSession, operation: Operation, reason: str, *, by: UUID | None = None) -> None:
    """The provider says no: the milestone waits for another try. The caller holds both locks."""
    subject = Subject(operation.subject_type, operation.subject_id)
    _found, milestone = await queries.locked(tx, subject, operation.part_id)
    operating.conclude(operation, OperationMove.FAIL, by=by, note=reason)
    milestone.move(MilestoneMove.GIVE_UP, by=by, note=reason)
    await outbox.publish(tx, PaymentFailed(subject, milestone.id, operation.id, operation.kind, reason))


async def repaid(tx: AsyncSession, operation: Operation, *, by: UUID | None = None) -> None:
    """The buyer has the money back: the provider says so, or the transfer is booked. The caller holds both locks."""
    subject = Subject(operation.subject_type, operation.subject_id)
    found, milestone = await queries.locked(tx, subject, operation.part_id)
    operating.conclude(operation, OperationMove.CONFIRM, by=by)
    milestone.due_minor -= operation.amount.minor
    milestone.refunded_minor += operation.amount.minor
    if milestone.state == MilestoneState.REFUND_DUE and not milestone.due_minor:
        milestone.move(MilestoneMove.REPAY, by=by)
    cash = chart.bank("main") if operation.provider == operating.BANK else chart.psp(operation.provider)
    legs = [debit(chart.refund_due(subject), operation.amount), credit(cash, operation.amount)]
    await post(tx, _entry(found, milestone, f"repay:{operation.id}", "repay", legs, "sent back to the buyer", by))
    said = {"milestone": milestone.id, "amount": operation.amount, "ref": operation.provider_ref}
    await evidence.record(tx, subject, "escrow_refunded", said, actor=by)
    await outbox.publish(tx, EscrowRefunded(subject, milestone.id, operation.amount))


async def refund_failed(tx: AsyncSession, operation: Operation, reason: str, *, by: UUID | None = None) -> None:
    """The provider could not send it back: it stays due, for finance to send again. The caller holds the lock."""
    operating.conclude(operation, OperationMove.FAIL, by=by, note=reason)
    subject = Subject(operation.subject_type, operation.subject_id)
    await outbox.publish(tx, PaymentFailed(subject, operation.part_id, operation.id, operation.kind, reason))


def _entry(
    found: Escrow, milestone: Milestone, key: str, kind: str, legs: list[Leg], reason: str, by: UUID | None
) -> Entry:
    return Entry(
        key=key,
        kind=kind,
        legs=legs,
        reason=reason,
        actor=by,
        subject=Subject(found.subject_type, found.subject_id),
        part_id=milestone.id,
        contract_hash=found.contract_hash,
    )
