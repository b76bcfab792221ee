"""A micro-deposit at our bank: it leaves, fails, or comes back. The books move whatever has become of the request."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.subject import Subject
from payments.ledger import chart
from payments.ledger.service import Entry, Leg, credit, debit, post
from payments.microdeposits import queries
from payments.microdeposits.models import MicroDeposit
from payments.microdeposits.naming import percent
from payments.microdeposits.queries import DepositView
from payments.microdeposits.states import DepositMove, DepositState
from payments.microdeposits.telling import note, tell
from payments.microdeposits.terms import terms
from payments.operations import service as operating
from payments.operations.models import Operation
from payments.operations.states import OPEN, OperationMove
from payments.payouts import queries as payouts
from payments.payouts.grounds import fall_back
from payments.payouts.models import BankAccount
from trust.identity import queries as identity
from trust.reviews import service as reviews


async def settled(tx: AsyncSession, operation: Operation, *, cash: chart.Account, by: UUID | None = None) -> None:
    """Our bank has sent it. The company can say how much it was from now on."""
    row = await queries.deposit_for_update(tx, operation.part_id)
    source = chart.IN_TRANSIT if operation.state in OPEN else chart.MICRO_DEPOSIT  # it was taken for failed
    operating.conclude(operation, OperationMove.CONFIRM, by=by)
    legs = [debit(source, operation.amount), credit(cash, operation.amount)]
    await post_legs(tx, operation, "settle_micro_deposit", legs, "sent to the account that is proved", by)
    if row.state != DepositState.REQUESTED:
        return
    row.sent_at = clock.now()
    row.expires_at = row.sent_at + terms(row.sent_at.date()).open_for
    row.move(DepositMove.SEND, by=by)
    account = await account_of(tx, row)
    await note(tx, row, "sent", account)
    await tell(tx, row, account)


async def failed(tx: AsyncSession, operation: Operation, reason: str, *, by: UUID | None = None) -> None:
    """It did not leave."""
    row = await queries.deposit_for_update(tx, operation.part_id)
    operating.conclude(operation, OperationMove.FAIL, by=by, note=reason)
    await undo(tx, operation, reason, by)
    if row.state == DepositState.REQUESTED:
        await _over(tx, row, DepositMove.FAIL, reason)


async def bounced(
    tx: AsyncSession, operation: Operation, reason: str, sources: list[Leg], *, by: UUID | None = None
) -> None:
    """The account's bank sent it back: what it proved is proved no more.

    sources  the debits that say where the money is now; together the whole amount
    """
    row = await queries.deposit_for_update(tx, operation.part_id)
    operating.conclude(operation, OperationMove.BOUNCE, by=by, note=reason)
    legs = [*sources, credit(chart.MICRO_DEPOSIT, operation.amount)]
    await post_legs(tx, operation, "bounce_micro_deposit", legs, reason, by)
    if row.can(DepositMove.RETURN):
        account = await account_of(tx, row)
        if row.state == DepositState.PROVED and account.removed_at is None:
            await fall_back(tx, row.organisation_id, row.bank_account_id)
        if row.state == DepositState.REVIEW:
            await reviews.drop(tx, Subject("micro_deposit", row.id), by=by)
        await _over(tx, row, DepositMove.RETURN, reason)


async def _over(tx: AsyncSession, row: MicroDeposit, move: DepositMove, reason: str) -> None:
    row.move(move, by=None, note=reason[:200])
    row.ended_at, row.reason = clock.now(), reason
    account = await account_of(tx, row)
    await note(tx, row, str(row.state), account)
    await tell(tx, row, account)


async def name_holder(tx: AsyncSession, operation: Operation, name: str) -> None:
    """Keep the name of the account's holder as our bank's statement or confirmation has it, and how like it is."""
    row = await queries.deposit_for_update(tx, operation.part_id)
    if name.strip() and row.state == DepositState.REQUESTED:
        company = await identity.organisation(tx, row.organisation_id)
        row.bank_name = name.strip()[:200]
        row.likeness = percent(row.bank_name, (company.name_original, company.name_latin))


async def undo(tx: AsyncSession, operation: Operation, reason: str, by: UUID | None = None) -> None:
    """It does not leave: what was set apart for it is ours again."""
    legs = [debit(chart.IN_TRANSIT, operation.amount), credit(chart.MICRO_DEPOSIT, operation.amount)]
    await post_legs(tx, operation, "reverse_micro_deposit", legs, reason, by)


async def post_legs(
    tx: AsyncSession, operation: Operation, kind: str, legs: list[Leg], reason: str, by: UUID | None = None
) -> None:
    """An entry of the platform's own: it belongs to no deal."""
    key = f"{kind}:{operation.part_id}"
    await post(tx, Entry(key=key, kind=kind, legs=legs, reason=reason, actor=by, part_id=operation.part_id))


async def account_of(tx: AsyncSession, about: MicroDeposit | DepositView, *, lock: bool = False) -> BankAccount:
    """The account it was to prove, in use or not."""
    return await payouts.any_bank_account(tx, about.bank_account_id, lock=lock)
