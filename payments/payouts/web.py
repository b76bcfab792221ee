"""The supplier's money: what was earned, where it is sent, and what is on its way."""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import log
from app.core.config import Settings
from app.core.errors import Invalid
from app.core.i18n import _, format_exact
from app.core.money import CURRENCIES, Money
from app.core.spreadsheets import write_csv
from app.core.subject import Subject
from app.core.web import Afterwards, Answer, HouseRouter, Submitted, Tx
from payments.gateway import Gateway, GatewayError
from payments.ledger import queries as ledger
from payments.ledger.chart import Kind
from payments.microdeposits import queries as microdeposits
from payments.payouts import accounts, numbers, queries, service
from payments.payouts.accounts import NewAccount
from payments.payouts.states import LABELS
from payments.schemas import BankAccountIn, BankAccountOut, ConnectedOut, PayoutIn, PayoutOut, PayoutsOut
from trust.access import CurrentMember, Member, Permission, require
from trust.identity import queries as identity
from trust.identity.service import require_step_up
from trust.privacy import consents
from trust.privacy.purposes import BANK_ACCOUNT
from trust.risk import holds

router = HouseRouter(tags=["payouts"])
logger = log.get("portolan.payments")
CURRENCIES_PAID = ("USD", "EUR", "CNY", "GBP", "HKD", "JPY", "KRW", "KWD", "BHD")


@router.get("/payouts", response_model=PayoutsOut)
async def show(request: Request, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Balance, accounts and payouts of the member's company."""
    require(member, Permission.MANAGE_BANK)
    gateway: Gateway | None = request.app.state.jobs.gateway
    connected = await queries.connected(tx, member.organisation_id)
    out = PayoutsOut(
        balances=await queries.balances(tx, member.organisation_id),
        bank_accounts=[
            BankAccountOut.model_validate(row) for row in await queries.bank_accounts(tx, member.organisation_id)
        ],
        connected=ConnectedOut.model_validate(connected) if connected else None,
        payouts=[PayoutOut.model_validate(row) for row in await queries.payouts(tx, member.organisation_id)],
    )
    return answer.show(
        "payments/payouts.html",
        out,
        labels={state: _(label) for state, label in LABELS.items()},
        currencies=[(code, code) for code in CURRENCIES_PAID],
        agreed=await consents.holds(tx, BANK_ACCOUNT, member.id),
        alone=len(await identity.members(tx, member.organisation_id)) == 1,
        reachable=gateway is not None and member.country in gateway.capabilities.countries,
        proofs=await microdeposits.latest(tx, [account.id for account in out.bank_accounts]),
        connected_usable=connected is not None and connected.usable,
        held=await holds.standing(tx, holds.payouts_of(member.organisation_id)),
    )


@router.post("/payouts", response_model=PayoutsOut)
async def request_payout(
    tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[PayoutIn, Submitted(PayoutIn)]
) -> Response:
    """Send a part of the balance on its way; needs a fresh proof of who asks, which an API key cannot give."""
    require(member, Permission.MANAGE_BANK)
    await require_step_up(tx, member)
    account = None if data.destination == "provider" else data.destination
    payout = await service.request_payout(tx, data.amount, bank_account_id=account, by=member)
    flash = _("Your payout is on its way.")
    return answer.done("/payouts", {"id": str(payout)}, created=True, flash=flash)


@router.post("/payouts/accounts")
async def add_account(
    request: Request,
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    data: Annotated[BankAccountIn, Submitted(BankAccountIn)],
) -> Response:
    """Add a bank account in the company's own name; needs a fresh proof of who asks."""
    if data.currency not in CURRENCIES:
        raise Invalid(_("This currency is not known."), field="currency")
    number = numbers.read(data.scheme, data.bank_code, data.number)
    require(member, Permission.MANAGE_BANK)
    await consents.at_hand_in(tx, BANK_ACCOUNT, data.consent, channel="bank_account", by=member)
    new = NewAccount(number, data.currency, data.holder)
    account = await accounts.add_bank_account(tx, request.app.state.vault, new, by=member)
    row = await queries.bank_account(tx, account, organisation_id=member.organisation_id)
    flash = _("The account was added. Another member has to confirm it.")
    if row.confirmed_at is not None:
        flash = _("The account was added. As you are the only member, it takes payouts in seven days.")
    return answer.done("/payouts", {"id": str(account)}, created=True, flash=flash)


@router.post("/payouts/accounts/{account_id}/removal")
async def remove_account(account_id: UUID, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Use a bank account no more."""
    gone = await accounts.remove_bank_account(tx, account_id, by=member)
    flash = _("The account was removed.") if gone else _("Another member has to agree. Until then it takes no payouts.")
    return answer.done("/payouts", {"removed": gone}, flash=flash)


@router.post("/payouts/accounts/{account_id}/confirmation")
async def confirm_account(account_id: UUID, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Agree with an account that another member added."""
    await accounts.confirm_bank_account(tx, account_id, by=member)
    return answer.done("/payouts", flash=_("Confirmed. The account takes payouts in 72 hours."))


@router.post("/payouts/accounts/{account_id}/removal/withdrawal")
async def keep_account(account_id: UUID, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Keep an account that another member wanted to remove."""
    await accounts.keep_bank_account(tx, account_id, by=member)
    return answer.done("/payouts", flash=_("The account stays in use."))


@router.post("/payouts/connection")
async def connect(request: Request, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Open an account at the payment provider, which needs a fresh proof of who asks, or look how far that is."""
    gateway: Gateway = request.app.state.jobs.gateway
    await accounts.connect(tx, gateway.capabilities.name, gateway.capabilities.countries, by=member)
    return answer.done("/payouts", flash=_("We are asking the provider. Please look again in a moment."))


@router.post("/payouts/connection/removal")
async def disconnect(tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Be paid over the account at the provider no more."""
    await accounts.disconnect(tx, by=member)
    return answer.done("/payouts", flash=_("Nothing is paid out over this account any more."))


@router.get("/payouts/connection/details")
async def supply(request: Request, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Lead to the provider's page where the company gives what is missing there.

    That page's address is good for one visit and some minutes, so it is asked for each time and kept nowhere; the
    provider sends whoever comes with an old one here again. There the bank account can be changed, of which we are told
    afterwards: so it takes a fresh proof of who asks.
    """
    require(member, Permission.MANAGE_BANK)
    connected = await queries.connected(tx, member.organisation_id)
    if connected is None or not connected.provider_ref:
        return answer.done("/payouts")
    await require_step_up(tx, member)
    gateway: Gateway = request.app.state.jobs.gateway
    settings: Settings = request.app.state.settings
    account, home = connected.provider_ref, f"{settings.base_url}/payouts"

    async def lead_on() -> Response:
        try:
            address = await gateway.onboarding_link(account, refresh_url=f"{home}/connection/details", return_url=home)
        except GatewayError as trouble:
            logger.warning("no_onboarding_link", account=account, trouble=str(trouble))
            return answer.done("/payouts", flash=_("The provider does not answer. Please try again in a moment."))
        return answer.done(address, {"address": address})

    return Afterwards(lead_on)


@router.get("/payouts/statement.csv")
async def statement(tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Every movement of the company's balance."""
    require(member, Permission.MANAGE_BANK)
    return answer.file(await _statement(tx, member), "portolan-balance.csv", "text/csv; charset=utf-8")


async def _statement(tx: AsyncSession, member: Member) -> bytes:
    """One row for each movement, with a running balance for each currency."""
    owner = Subject("organisation", member.organisation_id)
    heads = [_("Date"), _("What happened"), _("Belongs to"), _("Movement"), _("Account balance"), _("Currency")]
    running: dict[str, int] = {}
    rows = []
    for leg in await ledger.postings_on(tx, owner, Kind.PAYABLE):
        currency = leg.amount.currency
        running[currency] = running.get(currency, 0) + leg.amount.minor
        after = Money(running[currency], currency)
        said = [format_exact(leg.at), leg.reason, str(leg.subject or "")]
        rows.append([*said, leg.amount.decimal, after.decimal, currency])
    return write_csv(heads, rows)
