"""Payouts in another currency: ask for a quote, look at it, agree to it."""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.core.config import Settings
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx
from payments.payouts import exchange, queries
from payments.payouts.exchange import QuoteView
from payments.schemas import QuoteIn, QuoteOut
from trust.access import CurrentMember, Permission, require
from trust.identity.service import require_step_up

router = HouseRouter(tags=["payouts"])


def _out(found: QuoteView) -> QuoteOut:
    return QuoteOut(
        id=found.id,
        sold=found.sold,
        bought=found.bought,
        rate=found.rate.value,
        day=found.rate.day,
        source=found.rate.source,
        valid_until=found.valid_until,
        payout_id=found.payout_id,
    )


@router.post("/payouts/quotes", response_model=QuoteOut)
async def ask(
    request: Request, tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[QuoteIn, Submitted(QuoteIn)]
) -> Response:
    """What an amount of the balance comes to on a bank account of another currency. Nothing moves yet."""
    settings: Settings = request.app.state.settings
    made = await exchange.quote(tx, data.amount, data.bank_account_id, zone=settings.reporting_zone, by=member)
    return answer.done(f"/payouts/quotes/{made}", _out(await exchange.quote_view(tx, made, by=member)), created=True)


@router.get("/payouts/quotes/{quote_id}", response_model=QuoteOut)
async def show(quote_id: UUID, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """A quote with its rate, and until when it holds."""
    found = await exchange.quote_view(tx, quote_id, by=member)
    accounts = {account.id: account for account in await queries.bank_accounts(tx, member.organisation_id)}
    return answer.show("payments/quote.html", _out(found), quote=found, account=accounts.get(found.bank_account_id))


@router.post("/payouts/quotes/{quote_id}/confirmation")
async def confirm(quote_id: UUID, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Agree: the amount leaves the balance, and what it comes to is sent; needs a fresh proof of who asks."""
    require(member, Permission.MANAGE_BANK)
    await require_step_up(tx, member)
    payout = await exchange.confirm(tx, quote_id, by=member)
    return answer.done("/payouts", {"id": str(payout)}, created=True, flash=_("Your payout is on its way."))
