"""How a milestone's money comes in: asked of a provider, or told to a bank; held only on their word."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence, outbox
from app.core.i18n import _
from app.core.money import Money
from app.core.subject import Subject
from payments.cases.opening import NewCase, open_cases
from payments.cases.states import CaseKind
from payments.errors import EscrowNotFound, PaymentUnderWay, WrongAmount
from payments.escrow import queries
from payments.escrow.models import Escrow, Milestone
from payments.escrow.states import MilestoneMove, MilestoneState
from payments.events import EscrowFunded, EscrowRefunded, PaymentFailed
from payments.ledger import chart
from payments.ledger.service import Entry, Leg, credit, debit, post, post_all
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
    method  the provider's payment method; empty: the buyer chooses on the provider's page (`jobs.payment_page`)
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


@dataclass(frozen=True, slots=True)
class Arrival:
    """Money for a milestone that is already on our account: exactly its amount. `ref` is the bank's own word for it."""

    milestone_id: UUID
    amount: Money
    ref: str


async def receive_transfers(
    tx: AsyncSession, arrivals: Sequence[Arrival], *, source: chart.Account, by: UUID | None
) -> list[Operation]:
    """Hold transfers for their milestones, whether or not the buyer said before that one would come.

    source  where the ledger has the money until now: the bank, or suspense
    returns the confirmed operations, in order
    Locks the milestones, in the order of their ids, and their open operations. Raises EscrowNotFound, WrongAmount,
    PaymentUnderWay while another rail is busy, IllegalMove when one is paid already.
    """
    ids = [arrival.milestone_id for arrival in arrivals]
    found = await queries.locked_many(tx, ids)
    asked = await operations.open_of_parts(tx, ids, OperationKind.PAY_IN)
    counts = await operations.counts_of_parts(tx, ids, OperationKind.PAY_IN)
    await _clear_the_way(tx, asked, by)
    done: list[Operation] = []
    for arrival in arrivals:
        escrow, milestone = found[arrival.milestone_id]
        if arrival.amount != milestone.amount:
            raise WrongAmount(_("This is not the amount that was agreed."), field="amount")
        operation = asked.get(milestone.id) or _pay_in(escrow, milestone, counts.get(milestone.id, 0) + 1, by)
        tx.add(operation)
        operation.provider_ref = arrival.ref[:255]
        operating.conclude(operation, OperationMove.CONFIRM, by=by)
        _held(milestone, by)
        done.append(operation)
    await tx.flush()
    await _hold(tx, [(*found[operation.part_id], operation) for operation in done], source, by)
    return done


async def _clear_the_way(tx: AsyncSession, asked: dict[UUID, Operation], by: UUID | None) -> None:
    """Call off card payments that were not begun; what is left in `asked` are bank transfers that were announced."""
    for part_id, operation in list(asked.items()):
        if operation.provider == operating.BANK:
            continue
        if operation.state != OperationState.PLANNED:
            raise PaymentUnderWay(_("A payment for this is on its way. Wait until it has arrived or failed."))
        operating.conclude(operation, OperationMove.CANCEL, by=by, note="paid by bank transfer")
        del asked[part_id]
    await tx.flush()


def _pay_in(escrow: Escrow, milestone: Milestone, number: int, by: UUID | None) -> Operation:
    plan = operating.Plan(
        kind=OperationKind.PAY_IN,
        provider=operating.BANK,
        subject=Subject(escrow.subject_type, escrow.subject_id),
        part_id=milestone.id,
        amount=milestone.amount,
        by=by,
        reference=milestone.reference,
    )
    return operating.planned(plan, number=number)


def _held(milestone: Milestone, by: UUID | None) -> None:
    milestone.move(MilestoneMove.FUND, by=by)
    milestone.held_minor = milestone.amount.minor


async def _hold(
    tx: AsyncSession,
    received: Sequence[tuple[Escrow, Milestone, Operation]],
    source: chart.Account,
    by: UUID | None,
) -> None:
    """Book, record and tell that these milestones' money is held. Their states have moved already."""
    entries, facts = [], []
    for escrow, milestone, operation in received:
        subject, amount = Subject(escrow.subject_type, escrow.subject_id), milestone.amount
        legs = [debit(source, amount), credit(chart.escrow(subject), amount)]
        entries.append(_entry(escrow, milestone, f"fund:{operation.id}", "fund", legs, "paid by the buyer", by))
        said = {"milestone": milestone.id, "amount": amount, "rail": operation.provider, "ref": operation.provider_ref}
        facts.append((subject, "escrow_funded", said))
    await post_all(tx, entries)
    await evidence.record_all(tx, facts, actor=by)
    events = [
        EscrowFunded(Subject(escrow.subject_type, escrow.subject_id), milestone.id, milestone.amount)
        for escrow, milestone, _operation in received
    ]
    await outbox.publish(tx, *events)


async def receive(
    tx: AsyncSession, subject: Subject, milestone_id: UUID, operation: Operation, received: Money, *, by: UUID | None
) -> None:
    """A provider says that money has come. It is held for the milestone if that still waits for exactly this;
    anything else goes to suspense for people to sort out. The caller holds both locks.
    """
    found, milestone = await queries.locked(tx, subject, milestone_id)
    cash = chart.psp(operation.provider)
    asked = await operations.open_of_part(tx, milestone.id, OperationKind.PAY_IN)
    wanted = milestone.state in FUNDABLE and (asked is None or asked.id == operation.id)
    operating.conclude(operation, OperationMove.CONFIRM, by=by)
    if not wanted or received != milestone.amount:
        reason = "received more than once" if not wanted else f"received {received} instead of {milestone.amount}"
        legs = [debit(cash, received), credit(chart.SUSPENSE, received)]
        await post(tx, _entry(found, milestone, f"suspend:{operation.id}", "suspend", legs, reason, by))
        await open_cases(tx, [_beside(milestone, operation, received, twice=not wanted)])
        if wanted and milestone.state == MilestoneState.FUNDING:
            milestone.move(MilestoneMove.GIVE_UP, by=by, note=reason)
        return
    _held(milestone, by)
    await _hold(tx, [(found, milestone, operation)], cash, by)


def _beside(milestone: Milestone, operation: Operation, received: Money, *, twice: bool) -> NewCase:
    """The case of a provider's payment that is not what was agreed."""
    if twice or received.currency != milestone.amount.currency:
        kind = CaseKind.PAID_TWICE if twice else CaseKind.WRONG_CURRENCY
    else:
        kind = CaseKind.UNDERPAID if received < milestone.amount else CaseKind.OVERPAID
    return NewCase(kind=kind, held=received, operation_id=operation.id, milestone_id=milestone.id)


async def pay_in_failed(tx: AsyncSession, operation: Operation, reason: str, *, by: UUID | None = None) -> None:
    """The provider says no: the milestone waits for another try. The caller holds both locks."""
    subject = Subject(operation.subject_type, operation.subject_id)
    _found, milestone = await queries.locked(tx, subject, operation.part_id)
    operating.conclude(operation, OperationMove.FAIL, by=by, note=reason)
    milestone.move(MilestoneMove.GIVE_UP, by=by, note=reason)
    await outbox.publish(tx, PaymentFailed(subject, milestone.id, operation.id, operation.kind, reason))


async def repaid(tx: AsyncSession, operation: Operation, *, cash: chart.Account, by: UUID | None = None) -> None:
    """The buyer has the money back: the provider says so, or the transfer is booked. The caller holds both locks."""
    subject = Subject(operation.subject_type, operation.subject_id)
    found, milestone = await queries.locked(tx, subject, operation.part_id)
    operating.conclude(operation, OperationMove.CONFIRM, by=by)
    milestone.due_minor -= operation.amount.minor
    milestone.refunded_minor += operation.amount.minor
    if milestone.state == MilestoneState.REFUND_DUE and not milestone.due_minor:
        milestone.move(MilestoneMove.REPAY, by=by)
    legs = [debit(chart.refund_due(subject), operation.amount), credit(cash, operation.amount)]
    await post(tx, _entry(found, milestone, f"repay:{operation.id}", "repay", legs, "sent back to the buyer", by))
    said = {"milestone": milestone.id, "amount": operation.amount, "ref": operation.provider_ref}
    await evidence.record(tx, subject, "escrow_refunded", said, actor=by)
    await outbox.publish(tx, EscrowRefunded(subject, milestone.id, operation.amount))


async def refund_bounced(
    tx: AsyncSession, operation: Operation, reason: str, sources: list[Leg], *, by: UUID | None = None
) -> None:
    """The buyer's bank sent the money back: it is due again. The caller holds both locks.

    sources  the debits that say where the money is now; together the whole refund
    """
    subject = Subject(operation.subject_type, operation.subject_id)
    found, milestone = await queries.locked(tx, subject, operation.part_id)
    operating.conclude(operation, OperationMove.BOUNCE, by=by, note=reason)
    milestone.due_minor += operation.amount.minor
    milestone.refunded_minor -= operation.amount.minor
    if milestone.state == MilestoneState.REFUNDED:
        milestone.move(MilestoneMove.BOUNCE, by=by, note=reason)
    legs = [*sources, credit(chart.refund_due(subject), operation.amount)]
    await post(tx, _entry(found, milestone, f"bounce:{operation.id}", "bounce", legs, reason, by))
    said = {"milestone": milestone.id, "amount": operation.amount, "reason": reason}
    await evidence.record(tx, subject, "escrow_refund_bounced", said, actor=by)
    await outbox.publish(tx, PaymentFailed(subject, milestone.id, operation.id, operation.kind, reason))


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
