"""The bank rail: one person books what the bank's statement shows, another approves, and only then the books move."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import constraint
from app.core.errors import Conflict, Invalid
from app.core.i18n import _, format_money
from app.core.ids import new_id
from app.core.money import Money
from app.core.periods import latest_today
from payments import payers, settling
from payments.bank import queries
from payments.bank.models import BankBooking
from payments.bank.states import BookingKind, BookingMove, BookingState
from payments.cases.opening import NewCase, open_cases
from payments.cases.states import CaseKind
from payments.errors import SamePerson, WrongAmount
from payments.escrow import funding
from payments.escrow import queries as escrows
from payments.escrow.reference import read
from payments.ledger import chart
from payments.ledger.service import Entry, credit, debit, post
from payments.microdeposits import sending
from payments.operations import queries as operations
from payments.operations.states import OperationKind, OperationState
from payments.runs import queries as runs
from payments.statements import queries as statements
from trust.access import Member, Permission, require

PROVIDER = "stripe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the bank's statement, as it stands there."""

    bank_ref: str
    reference: str
    counterparty: str
    amount: Money
    value_date: date


async def book_received(tx: AsyncSession, line: Line, *, by: Member) -> UUID:
    """A transfer has come. A reference we know must bring exactly what was agreed; one we do not goes to suspense.

    Raises NotPermitted, Invalid, WrongAmount naming `amount`, Conflict when the milestone is paid or the line was
    booked before.
    """
    require(by, Permission.BOOK_MONEY)
    reference = read(line.reference)
    milestone = await escrows.by_reference(tx, reference) if reference else None
    if milestone is not None:
        if line.amount != milestone.amount:
            agreed = format_money(milestone.amount)
            message = _("%(agreed)s was agreed for this reference. Send the transfer back and ask for that amount.")
            raise WrongAmount(message % {"agreed": agreed}, field="amount", agreed=str(milestone.amount))
        if milestone.state not in funding.FUNDABLE:
            raise Conflict(_("The payment with this reference has already come, or is no longer due."))
    return await _book(tx, BookingKind.RECEIVED, line, by, milestone_id=milestone.id if milestone else None)


async def book_sent(tx: AsyncSession, operation_id: UUID, line: Line, *, by: Member) -> UUID:
    """A refund or payout was sent by bank. Raises NotPermitted, OperationNotFound, WrongAmount, Conflict."""
    require(by, Permission.BOOK_MONEY)
    operation = await operations.operation(tx, operation_id)
    if await runs.in_live_run(tx, operation_id):
        raise Conflict(_("This stands in a payment run. Its debit on the statement confirms it."))
    if operation.provider != "bank" or operation.state != OperationState.PLANNED:
        raise Conflict(_("This does not wait for a bank transfer."))
    if operation.amount != line.amount:
        raise WrongAmount(_("The transfer must be for exactly this amount."), field="amount")
    return await _book(tx, BookingKind.SENT, line, by, operation_id=operation_id)


async def book_swept(tx: AsyncSession, line: Line, *, by: Member) -> UUID:
    """The provider has paid our money there to our bank. Raises NotPermitted, Invalid, Conflict."""
    require(by, Permission.BOOK_MONEY)
    return await _book(tx, BookingKind.SWEPT, line, by)


async def _book(
    tx: AsyncSession,
    kind: BookingKind,
    line: Line,
    by: Member,
    *,
    milestone_id: UUID | None = None,
    operation_id: UUID | None = None,
) -> UUID:
    if line.amount.minor <= 0:
        raise Invalid(_("Please enter an amount above zero."), field="amount")
    if line.value_date > latest_today(clock.now()):
        raise Invalid(_("The value date lies in the future."), field="value_date")
    if await statements.carries(tx, line.bank_ref, queries.direction_of(kind)):
        raise Conflict(_("A statement has brought this line already."))
    row = BankBooking(
        id=new_id(),
        kind=kind,
        bank_ref=line.bank_ref,
        reference=line.reference,
        counterparty=line.counterparty,
        amount=line.amount,
        value_date=line.value_date,
        milestone_id=milestone_id,
        operation_id=operation_id,
        state=BookingState.BOOKED,
        booked_by=by.id,
    )
    tx.add(row)
    try:
        await tx.flush()
    except IntegrityError as error:
        if constraint(error) != "uq_bank_booking_bank_ref":
            raise
        raise Conflict(_("A line with this bank number was booked before.")) from error
    return row.id


async def approve(tx: AsyncSession, booking_id: UUID, *, by: Member) -> None:
    """A second person agrees: the books move. Raises NotPermitted, BookingNotFound, SamePerson, IllegalMove, and what
    the milestone or operation says when it has changed since."""
    row = await _decide(tx, booking_id, BookingMove.APPROVE, by)
    if await statements.carries(tx, row.bank_ref, queries.direction_of(BookingKind(row.kind))):
        raise Conflict(_("A statement has brought this line already. Reject this booking."))
    match BookingKind(row.kind):
        case BookingKind.RECEIVED if row.milestone_id is not None:
            await _fund(tx, row, row.milestone_id, by)
        case BookingKind.RECEIVED:
            await _suspend(tx, row, by)
        case BookingKind.SENT:
            await _confirm_sent(tx, row, by)
        case BookingKind.SWEPT:
            await _post(tx, row, by, debit_account=chart.bank("main"), credit_account=chart.psp(PROVIDER))


async def reject(tx: AsyncSession, booking_id: UUID, *, by: Member, note: str) -> None:
    """It was not so: nothing moves. Raises NotPermitted, BookingNotFound, SamePerson, IllegalMove."""
    await _decide(tx, booking_id, BookingMove.REJECT, by, note)


async def _decide(tx: AsyncSession, booking_id: UUID, move: BookingMove, by: Member, note: str = "") -> BankBooking:
    require(by, Permission.APPROVE_MONEY)
    row = await queries.booking_for_update(tx, booking_id)
    if row.booked_by == by.id:
        raise SamePerson(_("You booked this yourself. Another person has to decide."))
    row.move(move, by=by.id, note=note)
    row.decided_by, row.decided_at, row.note = by.id, clock.now(), note
    await tx.flush()
    return row


async def _fund(tx: AsyncSession, row: BankBooking, milestone_id: UUID, by: Member) -> None:
    await payers.check_payer(tx, milestone_id, row.counterparty, by=by)
    arrival = funding.Arrival(milestone_id, row.amount, row.bank_ref)
    await funding.receive_transfers(tx, [arrival], source=chart.bank("main"), by=by.id)


async def _suspend(tx: AsyncSession, row: BankBooking, by: Member) -> None:
    """Nobody knows whose it is: it lies in suspense, and people decide."""
    await _post(tx, row, by, debit_account=chart.bank("main"), credit_account=chart.SUSPENSE)
    await open_cases(tx, [NewCase(kind=CaseKind.UNKNOWN_REFERENCE, held=row.amount, booking_id=row.id)])


async def _confirm_sent(tx: AsyncSession, row: BankBooking, by: Member) -> None:
    if row.operation_id is None:
        raise LookupError(f"booking {row.id} has no operation")
    operation = await settling.locked(tx, row.operation_id)
    if operation.state != OperationState.PLANNED:
        raise Conflict(_("This does not wait for a bank transfer."))
    operation.provider_ref = row.bank_ref
    if operation.kind == OperationKind.MICRO_DEPOSIT:
        await sending.name_holder(tx, operation, row.counterparty)
    await settling.confirm(tx, operation, received=row.amount, by=by.id)


async def _post(
    tx: AsyncSession, row: BankBooking, by: Member, *, debit_account: chart.Account, credit_account: chart.Account
) -> None:
    await post(
        tx,
        Entry(
            key=f"bank:{row.id}",
            kind=f"bank_{row.kind}",
            legs=[debit(debit_account, row.amount), credit(credit_account, row.amount)],
            reason=f"{row.counterparty}: {row.reference}"[:400],
            actor=by.id,
            part_id=row.id,
            facts={"bank_ref": row.bank_ref, "value_date": row.value_date.isoformat()},
        ),
    )
