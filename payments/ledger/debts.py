"""What a company owes the platform is settled with whatever comes into its balance: no company has both at once."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.core.money import Money
from app.core.subject import Subject
from payments.ledger import chart
from payments.ledger.queries import balance, locked_balances
from payments.ledger.service import Entry, credit, debit, post


async def recover(tx: AsyncSession, organisation_id: UUID, currency: str) -> Money:
    """Settle a debt with the balance as far as that goes; returns how much. Call it where a balance has grown."""
    payable, owed = chart.payable(organisation_id), chart.receivable(organisation_id)
    if not await balance(tx, owed, currency):  # nearly always: nobody is locked for it
        return Money.zero(currency)
    purses = await locked_balances(tx, [payable, owed], currency)
    part = min(purses[payable.code], purses[owed.code])
    if part:
        entry = Entry(
            key=f"recover:{new_id()}",  # the balances are the guard
            kind="recover",
            legs=[debit(payable, part), credit(owed, part)],
            reason="settled with what the company owed after a chargeback",
            actor=None,
            subject=Subject("organisation", organisation_id),
        )
        await post(tx, entry)
    return part
