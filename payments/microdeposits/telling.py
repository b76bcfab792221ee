"""What is kept and said of a micro-deposit: everything but its amount."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence
from app.core.subject import Subject
from payments.microdeposits.models import MicroDeposit
from payments.payouts.models import BankAccount
from trust.access import Permission
from trust.identity.service import audit, notify


async def note(
    tx: AsyncSession, row: MicroDeposit, what: str, account: BankAccount, *, by: UUID | None = None, **said: Any
) -> None:
    """A link on the account's own chain; with a person behind it, a line of the company's log too."""
    if by is not None:
        audit(tx, row.organisation_id, by, f"micro_deposit_{what}", account=str(account.id), masked=account.masked)
    known = {"deposit": row.id, "organisation": row.organisation_id, **said}
    await evidence.record(tx, Subject("bank_account", account.id), f"micro_deposit.{what}", known, actor=by)


async def tell(tx: AsyncSession, row: MicroDeposit, account: BankAccount) -> None:
    """Everyone who minds the company's money hears how it stands."""
    context = {
        "state": str(row.state),
        "masked": account.masked,
        "path": f"/payouts/accounts/{account.id}",
        "until": row.expires_at.isoformat() if row.expires_at else "",
        "reason": row.reason,
    }
    await notify(tx, row.organisation_id, Permission.MANAGE_BANK, "micro_deposit", context)
