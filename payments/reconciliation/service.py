"""Reading the provider's books line by line: what each line is, what it costs, and what nobody asked for.

Our operations are what we asked for; the provider's lines are what it did. A line whose operation is confirmed with the
same amount is explained. Fees and our own money added to the balance are booked from their lines. Everything else waits
or is for people, and two of them must agree.
"""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.errors import Invalid
from app.core.i18n import N_, _
from app.core.ids import new_id
from app.core.money import Money
from app.core.subject import Subject
from payments.chargebacks import queries as chargebacks
from payments.chargebacks.jobs import ask_about_dispute
from payments.errors import SamePerson
from payments.events import OperationPlanned
from payments.gateway import Settlement, SettlementKind
from payments.ledger import chart
from payments.ledger.chart import Account
from payments.ledger.service import Entry, credit, debit, post
from payments.operations.models import Operation
from payments.operations.states import OPEN as UNANSWERED
from payments.operations.states import OperationKind, OperationState
from payments.reconciliation import queries
from payments.reconciliation.models import ProviderLine
from payments.reconciliation.states import LineMove, LineState
from trust.access import Member, Permission, require

ASKED_FOR = {
    SettlementKind.PAY_IN: ((OperationKind.PAY_IN,), 1),
    SettlementKind.REFUND: ((OperationKind.REFUND, OperationKind.RETURN), -1),
    SettlementKind.TRANSFER: ((OperationKind.TRANSFER,), -1),
    SettlementKind.REVERSAL: ((OperationKind.REVERSAL,), 1),
}
"""Lines that an operation of ours must stand behind, which kinds that may be, and the sign they have then."""
OPEN_STATES = (LineState.WAITING, LineState.UNEXPLAINED)
PATIENCE = timedelta(hours=1)  # for our own books to learn what the provider has done

ANSWERS: dict[str, tuple[str, Callable[[str], Account]]] = {
    "suspense": (N_("Somebody else's money: keep it under inquiry"), chart.suspense),
    "own_funds": (N_("The platform's own money"), lambda _provider: chart.OWN_FUNDS),
    "psp_cost": (N_("A cost of the provider"), lambda _provider: chart.PSP_COST),
    "loss": (N_("A loss of the platform"), lambda _provider: chart.LOSS),
}
"""What two people may agree that an unexplained line was, and where it is booked then."""


async def take(tx: AsyncSession, provider: str, line: Settlement) -> bool:
    """Keep a line of the provider's books and look for what explains it. False when it was here before."""
    id_ = await tx.scalar(
        insert(ProviderLine)
        .values(
            id=new_id(),
            provider=provider,
            line_ref=line.id,
            kind=line.kind,
            provider_kind=line.provider_kind[:60],
            amount_minor=line.amount.minor,
            amount_currency=line.amount.currency,
            fee_minor=line.fee.minor,
            fee_currency=line.fee.currency,
            net_minor=line.net.minor,
            net_currency=line.net.currency,
            source_ref=line.source_id,
            provider_key=line.key[:120],
            state=LineState.WAITING,
            reason="",
            settle_as="",
            happened_at=line.created,
            available_at=line.available,
            created_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["provider", "line_ref"])
        .returning(ProviderLine.id)
    )
    if id_ is None:
        return False
    await look_again(tx, id_)
    return True


async def look_again(tx: AsyncSession, line_id: UUID) -> None:
    """Explain a line that waits, or that nothing explained so far. Locks it."""
    row = await queries.line_for_update(tx, line_id)
    if row.state not in OPEN_STATES:
        return
    match SettlementKind(row.kind):
        case SettlementKind.FEE:
            await _explain(tx, row, N_("Charged by the provider"))
            await _cost(tx, row, -row.amount, None)
        case SettlementKind.TOP_UP:
            await _explain(tx, row, N_("Own money added to the balance"))
            await _book(tx, row, "own_funds", chart.OWN_FUNDS, row.amount)
        case SettlementKind.PAY_OUT:
            await _explain(tx, row, N_("Paid to our bank"))  # booked when the bank's statement shows it
        case SettlementKind.DISPUTE:
            await _explain_by_chargeback(tx, row)
        case kind if kind in ASKED_FOR:
            await _explain_by_operation(tx, row, *ASKED_FOR[kind])
        case _:
            _wonder(row, N_("The provider booked something we know nothing of"))


async def _explain_by_operation(
    tx: AsyncSession, row: ProviderLine, kinds: tuple[OperationKind, ...], sign: int
) -> None:
    operation = await _operation(tx, row, kinds)
    if operation is None:
        _wonder(row, N_("Nobody here asked for this"))
        return
    row.operation_id = operation.id
    if operation.state == OperationState.FAILED and (undone := await queries.opposite(tx, row)):
        for each in (undone, row):
            if each.state in OPEN_STATES:
                await _explain(tx, each, N_("It failed, and the provider put it back"))
                await _cost(tx, each, each.fee, Subject(operation.subject_type, operation.subject_id))
    elif row.amount.minor * sign <= 0:
        _wonder(row, N_("The provider put it back, and our books do not say that it failed"))
    elif operation.state in UNANSWERED:
        row.reason = N_("Our books do not know of its success yet")
        await outbox.publish(tx, OperationPlanned(operation.id))  # asks the provider once more
    elif operation.state != OperationState.CONFIRMED:
        _wonder(row, N_("It was done although it had been given up"))
    elif row.amount != await _booked(tx, operation, sign):
        _wonder(row, N_("Another amount was asked for"))
    else:
        as_asked = row.amount.minor * sign == operation.amount.minor
        await _explain(
            tx, row, N_("As it was asked for") if as_asked else N_("Not what was asked for; our books took what came")
        )
        await _cost(tx, row, row.fee, Subject(operation.subject_type, operation.subject_id))


async def _booked(tx: AsyncSession, operation: Operation, sign: int) -> Money:
    """What our books say that a confirmed operation moved at the provider; a pay-in may have brought less or more."""
    received = await queries.received(tx, operation.id) if operation.kind == OperationKind.PAY_IN else None
    return received or Money(sign * operation.amount.minor, operation.amount.currency)


async def _explain_by_chargeback(tx: AsyncSession, row: ProviderLine) -> None:
    """What a dispute took, or gave back, is what our books say of it; a fee without an amount is a cost alone."""
    known = await chargebacks.by_dispute(tx, row.provider, row.source_ref)
    if known is not None:
        booked = known.returned_minor if row.amount.minor > 0 else -known.taken_minor
        if row.amount.minor in (0, booked) and row.amount.currency == known.amount.currency:
            back = row.amount.minor > 0
            await _explain(tx, row, N_("Back from the buyer's bank") if back else N_("Taken back by the buyer's bank"))
            await _cost(tx, row, row.fee, None)
            return
    _wonder(row, N_("Our books know nothing of this dispute, or of another amount"))
    await outbox.enqueue(tx, ask_about_dispute, dispute_ref=row.source_ref)


async def _operation(tx: AsyncSession, row: ProviderLine, kinds: tuple[OperationKind, ...]) -> Operation | None:
    """By our own key, which the provider's object carries, else by the object's id."""
    for where in ((Operation.provider_key == row.provider_key), (Operation.provider_ref == row.source_ref)):
        found: Operation | None = await tx.scalar(
            select(Operation).where(Operation.provider == row.provider, Operation.kind.in_(kinds), where).limit(1)
        )
        if found is not None:
            return found
    return None


async def _explain(tx: AsyncSession, row: ProviderLine, reason: str) -> None:
    row.move(LineMove.EXPLAIN, by=None, note=reason)
    row.reason = reason
    await tx.flush()


def _wonder(row: ProviderLine, reason: str) -> None:
    if row.state == LineState.WAITING:
        row.move(LineMove.WONDER, by=None, note=reason)
    row.reason = reason


async def _cost(tx: AsyncSession, row: ProviderLine, fee: Money, subject: Subject | None) -> None:
    """The provider's fee is the platform's cost. It left our balance there; nobody else's money becomes less by it."""
    if not fee:
        return
    await post(
        tx,
        Entry(
            key=f"provider_fee:{row.provider}:{row.line_ref}",
            kind="provider_fee",
            legs=[debit(chart.PSP_COST, fee), credit(chart.psp(row.provider), fee)],
            reason=f"{row.provider_kind}: fee",
            actor=None,
            subject=subject,
            part_id=row.id,
        ),
    )


async def _book(
    tx: AsyncSession, row: ProviderLine, kind: str, against: Account, amount: Money, *, by: UUID | None = None
) -> None:
    """`amount` as the provider has it: positive came to our balance there."""
    await post(
        tx,
        Entry(
            key=f"provider_line:{row.provider}:{row.line_ref}",
            kind=kind,
            legs=[debit(chart.psp(row.provider), amount), credit(against, amount)],
            reason=row.reason or row.provider_kind,
            actor=by,
            part_id=row.id,
        ),
    )


async def propose(tx: AsyncSession, line_id: UUID, answer: str, note: str, *, by: Member) -> None:
    """Say what an unexplained line was. Raises NotPermitted, LineNotFound, Invalid, IllegalMove."""
    require(by, Permission.BOOK_MONEY)
    if answer not in ANSWERS:
        raise Invalid(_("Please choose one of these."), field="answer")
    row = await queries.line_for_update(tx, line_id)
    row.move(LineMove.PROPOSE, by=by.id, note=note)
    row.settle_as, row.proposed_by, row.reason = answer, by.id, note


async def approve(tx: AsyncSession, line_id: UUID, *, by: Member) -> None:
    """A second person agrees, and the books follow. Raises NotPermitted, LineNotFound, SamePerson, IllegalMove."""
    row = await _second(tx, line_id, by)
    row.move(LineMove.APPROVE, by=by.id)
    row.approved_by = by.id
    await tx.flush()
    _label, account = ANSWERS[row.settle_as]
    await _book(tx, row, f"provider_{row.settle_as}", account(row.provider), row.net, by=by.id)


async def reject(tx: AsyncSession, line_id: UUID, note: str, *, by: Member) -> None:
    """It was something else. Raises NotPermitted, LineNotFound, SamePerson, IllegalMove."""
    row = await _second(tx, line_id, by)
    row.move(LineMove.REJECT, by=by.id, note=note)
    row.settle_as, row.proposed_by, row.reason = "", None, note


async def _second(tx: AsyncSession, line_id: UUID, by: Member) -> ProviderLine:
    require(by, Permission.APPROVE_MONEY)
    row = await queries.line_for_update(tx, line_id)
    if row.proposed_by == by.id:
        raise SamePerson(_("You proposed this yourself. Another person has to decide."))
    return row
