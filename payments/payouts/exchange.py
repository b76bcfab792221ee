"""Payouts in another currency than the balance's: a quote by the reference rate, confirmed by the supplier that day."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.errors import Conflict, Invalid
from app.core.i18n import _
from app.core.ids import new_id
from app.core.money import Money
from app.core.periods import Period, day_of
from app.core.rates import Rate, Rates
from payments.errors import PayoutNotFound
from payments.payouts import queries, service
from payments.payouts.models import PayoutQuote
from payments.payouts.service import Sold
from trust.access import Member, Permission, require


@dataclass(frozen=True, slots=True)
class QuoteView:
    """`sold` of the balance becomes `bought` on the bank account; good until `valid_until`."""

    id: UUID
    bank_account_id: UUID
    sold: Money
    bought: Money
    rate: Rate
    valid_until: datetime
    payout_id: UUID | None

    @property
    def expired(self) -> bool:
        return self.payout_id is None and self.valid_until <= clock.now()


async def quote(tx: AsyncSession, sold: Money, bank_account_id: UUID, *, zone: str, by: Member) -> UUID:
    """What `sold` of the balance comes to on this account, by today's reference rate and without a fee.

    Valid to the end of the day in `zone`. Raises NotPermitted, BankAccountNotFound, RateMissing, Invalid.
    """
    require(by, Permission.MANAGE_BANK)
    account = await queries.bank_account(tx, bank_account_id, organisation_id=by.organisation_id)
    if sold.minor <= 0:
        raise Invalid(_("Please enter an amount above zero."), field="amount")
    if account.currency == sold.currency:
        raise Invalid(_("This bank account takes this currency: nothing has to be changed."), field="bank_account_id")
    held = {amount.currency: amount for amount in await queries.balances(tx, by.organisation_id)}
    if sold.currency not in held or held[sold.currency] < sold:
        raise Invalid(_("Your balance is smaller than this."), field="amount")
    today = day_of(clock.now(), zone)
    made = (await Rates.on(tx, today)).convert(sold, account.currency)
    if made.amount.minor <= 0:
        raise Invalid(_("This comes to nothing in the currency of the account."), field="amount")
    row = PayoutQuote(
        id=new_id(),
        organisation_id=by.organisation_id,
        bank_account_id=account.id,
        sold=sold,
        bought=made.amount,
        rate=made.rate.value,
        rate_day=made.rate.day,
        source=made.rate.source,
        valid_until=Period(today, today, zone).end,
        asked_by=by.id,
        created_at=clock.now(),
    )
    tx.add(row)
    await tx.flush()
    return row.id


async def confirm(tx: AsyncSession, quote_id: UUID, *, by: Member) -> UUID:
    """Agree to the quote: the balance is sold and the payout on its way; returns the payout. A second time, the same.

    Raises what a payout raises, PayoutNotFound, and Conflict when the quote's day is over.
    """
    require(by, Permission.MANAGE_BANK)
    row = await _quote(tx, quote_id, by, lock=True)
    if row.payout_id is not None:
        return row.payout_id
    if row.valid_until <= clock.now():
        raise Conflict(_("The day of this quote is over. Please ask for a new one."))
    sold = Sold(row.sold, view(row).rate, row.id)
    row.payout_id = await service.request_payout(tx, row.bought, bank_account_id=row.bank_account_id, by=by, sold=sold)
    await tx.flush()
    return row.payout_id


async def quote_view(tx: AsyncSession, quote_id: UUID, *, by: Member) -> QuoteView:
    """Raises NotPermitted, PayoutNotFound."""
    require(by, Permission.MANAGE_BANK)
    return view(await _quote(tx, quote_id, by))


async def _quote(tx: AsyncSession, quote_id: UUID, by: Member, *, lock: bool = False) -> PayoutQuote:
    query = select(PayoutQuote).where(PayoutQuote.id == quote_id, PayoutQuote.organisation_id == by.organisation_id)
    found = await tx.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise PayoutNotFound(_("There is no such payout."))
    return found


def view(row: PayoutQuote) -> QuoteView:
    value: Decimal = row.rate
    day: date = row.rate_day
    return QuoteView(
        row.id,
        row.bank_account_id,
        row.sold,
        row.bought,
        Rate(row.sold.currency, row.bought.currency, value, day, row.source),
        row.valid_until,
        row.payout_id,
    )
