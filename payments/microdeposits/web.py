"""A bank account's own page: what is known of it, and how it is proved by a small transfer."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from app.core import clock
from app.core.i18n import _, _n
from app.core.money import Money
from app.core.web import Answer, HouseRouter, Submitted, Tx
from payments.errors import WrongAmount
from payments.microdeposits import queries, service
from payments.microdeposits.queries import DepositView
from payments.microdeposits.states import LABELS, TONES, DepositState
from payments.microdeposits.terms import terms
from payments.payouts import queries as payouts
from payments.schemas import BankAccountOut, WithAmount
from trust.access import CurrentMember, Permission, require
from trust.identity.words import country_name

router = HouseRouter(tags=["payouts"])


class ArrivedIn(WithAmount):
    """`amount` as it arrived on the account."""


class DepositOut(BaseModel):
    """A small transfer to prove the account; how much it was is for the company to say."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    state: str
    tries_left: int
    reason: str
    created_at: datetime
    sent_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None


class AccountOut(BaseModel):
    """The account, and its micro-deposits, newest first. `askable`: another can be asked for."""

    account: BankAccountOut
    deposits: list[DepositOut]
    askable: bool


@router.get("/payouts/accounts/{account_id}", response_model=AccountOut)
async def show(account_id: UUID, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """One bank account of the company."""
    require(member, Permission.MANAGE_BANK)
    account = await payouts.bank_account_view(tx, account_id, organisation_id=member.organisation_id)
    found = await queries.of_account(tx, account_id)
    rules = terms(clock.now().date())
    highest = rules.highest.get(account.currency)
    askable = (
        account.confirmed
        and account.removal_asked_by is None
        and highest is not None
        and (not found or service.renewable(found[0]))
    )
    return answer.show(
        "payments/bank_account.html",
        AccountOut(
            account=BankAccountOut.model_validate(account),
            deposits=[DepositOut.model_validate(row) for row in found],
            askable=askable,
        ),
        last=found[0] if found else None,
        highest=Money(highest, account.currency) if highest else None,
        rules=rules,
        country=country_name(account.country),
        labels={state: _(label) for state, label in LABELS.items()},
        tones={state: TONES.get(state, "refused") for state in LABELS},
    )


@router.post("/payouts/accounts/{account_id}/micro-deposit", response_model=DepositOut)
async def ask(account_id: UUID, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Have a small amount sent to the account, to prove it."""
    await service.ask(tx, account_id, by=member)
    [made, *_rest] = await queries.of_account(tx, account_id, limit=1)
    flash = _("Asked for. We write to you as soon as our bank has sent it.")
    return answer.done(_home(account_id), DepositOut.model_validate(made), created=True, flash=flash)


@router.post("/payouts/accounts/{account_id}/micro-deposit/amount", response_model=DepositOut)
async def enter(
    account_id: UUID,
    request: Request,
    answer: Answer,
    member: CurrentMember,
    data: Annotated[ArrivedIn, Submitted(ArrivedIn)],
) -> Response:
    """Say how much arrived. What was tried is kept before the answer is given, in a transaction of its own: a wrong
    amount is refused, and a refusal undoes what its request wrote."""
    async with request.app.state.db.aside.transaction() as tx:
        found = await service.enter(tx, account_id, data.amount, by=member)
    if found.state is DepositState.SENT:
        message = _n(
            "This is not the amount that we sent. You can try once more.",
            "This is not the amount that we sent. You can try %(num)s more times.",
            found.tries_left,
        ) % {"num": found.tries_left}
        raise WrongAmount(message, field="amount", tries_left=found.tries_left)
    return answer.done(_home(account_id), DepositOut.model_validate(found), flash=_said(found))


def _said(found: DepositView) -> str:
    match found.state:
        case DepositState.PROVED:
            return _("The account is proved.")
        case DepositState.REVIEW:
            return _("The amount is right. The bank names the holder otherwise than your company, so we look at that.")
        case DepositState.EXHAUSTED:
            return _("Too many wrong amounts: this proof has ended.")
    return _("The time to enter the amount is over.")


def _home(account_id: UUID) -> str:
    return f"/payouts/accounts/{account_id}"
