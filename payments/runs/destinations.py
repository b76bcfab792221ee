"""To which account a payment of ours goes: the supplier's own, or the one that the money came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from stdnum import iban

from payments.cases import queries as cases
from payments.cases.service import seal_context as decision_context
from payments.microdeposits import queries as microdeposits
from payments.operations import queries as operations
from payments.operations.queries import OperationView
from payments.operations.states import OperationKind
from payments.payouts import queries as payouts
from payments.payouts.accounts import seal_context as account_context
from payments.payouts.models import BankAccount
from payments.statements import queries as statements
from payments.statements.models import BankLine
from payments.statements.service import seal_context as line_context


@dataclass(frozen=True, slots=True)
class Destination:
    """An account, its number still sealed for `context`. `bank_code` is a BIC, or of CNAPS."""

    holder: str
    bank_code: str
    country: str
    masked: str
    sealed: bytes
    context: str


async def destinations(tx: AsyncSession, seen: Sequence[OperationView]) -> dict[UUID, Destination]:
    """Operation → where it goes, for those of which that is known."""
    found = {operation.id: await _destination(tx, operation) for operation in seen}
    return {id_: destination for id_, destination in found.items() if destination is not None}


async def _destination(tx: AsyncSession, operation: OperationView) -> Destination | None:
    match operation.kind:
        case OperationKind.PAY_OUT:
            return _of_account(await payouts.bank_account_of(tx, operation.part_id))
        case OperationKind.MICRO_DEPOSIT:
            return _of_account(await microdeposits.account(tx, operation.part_id))
        case OperationKind.REFUND:
            paid = await operations.confirmed_of_part(tx, operation.part_id, OperationKind.PAY_IN)
            return _of_line(await statements.that_brought(tx, paid.id)) if paid else None
        case OperationKind.RETURN:
            return await _of_case(tx, operation)
    return None


def _of_account(account: BankAccount | None) -> Destination | None:
    if account is None:
        return None
    return Destination(
        account.holder,
        account.bank_code,
        account.country,
        account.masked,
        account.sealed,
        account_context(account.id),
    )


async def _of_case(tx: AsyncSession, operation: OperationView) -> Destination | None:
    decided = await cases.return_account(tx, operation.part_id)
    if decided is not None and decided.sealed is not None:
        context = decision_context(decided.id)
        country = decided.country or ""
        return Destination(decided.holder, decided.bank_code, country, decided.masked, decided.sealed, context)
    case = await cases.case(tx, operation.part_id)
    return _of_line(await statements.line_row(tx, case.line_id)) if case.line_id else None


def _of_line(line: BankLine | None) -> Destination | None:
    """The account that a statement named; of no use without its bank."""
    if line is None or line.sealed is None or not line.bank_code:
        return None
    masked = f"{line.bank_code} {line.masked}"
    return Destination(line.name, line.bank_code, line.country, masked, line.sealed, line_context(line.id))


def is_iban(number: str) -> bool:
    return bool(iban.is_valid(number))
