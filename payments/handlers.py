"""What payments do when something is wanted of a provider."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import outbox
from app.core.jobs import handler
from payments.chargebacks.jobs import send_defence
from payments.events import AccountWanted, DefenceWanted, OperationPlanned, StatementUploaded
from payments.jobs import open_account, send_operation
from payments.statements.jobs import read_statement


@handler(OperationPlanned)
async def ask_the_provider(tx: AsyncSession, event: OperationPlanned) -> None:
    await outbox.enqueue(tx, send_operation, operation_id=event.operation_id)


@handler(DefenceWanted)
async def tell_the_bank(tx: AsyncSession, event: DefenceWanted) -> None:
    await outbox.enqueue(tx, send_defence, chargeback_id=event.chargeback_id)


@handler(AccountWanted)
async def open_at_the_provider(tx: AsyncSession, event: AccountWanted) -> None:
    await outbox.enqueue(tx, open_account, account_id=event.account_id)


@handler(StatementUploaded)
async def read_the_statement(tx: AsyncSession, event: StatementUploaded) -> None:
    await outbox.enqueue(tx, read_statement, file_id=event.file_id)
