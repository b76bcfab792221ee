"""A payment's own page: go to the provider's page and pay, wait until it is held, or try again."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.config import Settings
from app.core.i18n import N_, _
from app.core.jobs import JobContext
from app.core.runner import Again
from app.core.subject import Subject
from app.core.web import Afterwards, Answer, HouseRouter, Submitted, Tx, not_replayed
from payments import jobs, rails
from payments.bank.settings import platform_account
from payments.errors import OperationNotFound, RailUnavailable
from payments.escrow import funding
from payments.escrow import queries as escrows
from payments.escrow.reference import grouped
from payments.membership import ordering, paying
from payments.membership import queries as memberships
from payments.operations import queries as operations
from payments.operations.queries import OperationView
from payments.operations.states import UNDER_WAY, OperationKind, OperationState
from payments.schemas import AttemptIn, InstructionsOut, MethodIn, OperationOut
from trust.access import CurrentMember, Member, Permission, require

router = HouseRouter(tags=["payments"])

REASONS = {
    "insufficient_funds": N_("There was not enough money on the account."),
    "expired_card": N_("The card has expired."),
    "card_declined": N_("The bank declined the payment."),
    "generic_decline": N_("The bank declined the payment."),
    "amount_not_taken": N_("This amount cannot be paid by card."),
    "cancelled": N_("The payment was cancelled."),
    jobs.CLOSED: N_("The payment page was closed before anybody paid."),
}
NO_ANSWER = N_("The provider does not answer. Please try again in a moment.")
OTHER_REASON = N_("The payment did not go through.")


def home_of(subject: Subject) -> str:
    """The address of the deal that a subject names: `order:…` lives under /orders/…; memberships have one page."""
    if subject.type == paying.SUBJECT:
        return "/membership"
    return f"/{subject.type}s/{subject.id}"


def reason_of(error: str) -> str:
    """A provider's word for a failure, for the person who pays."""
    return _(REASONS.get(error, OTHER_REASON))


async def _pay_in_for(tx: AsyncSession, operation_id: UUID, member: Member) -> OperationView:
    """The buyer's own pay-in, or any for finance. Raises OperationNotFound for everybody else."""
    seen = await operations.operation(tx, operation_id)
    if seen.kind is OperationKind.PAY_IN:
        if member.may(Permission.BOOK_MONEY):
            return seen
        if await _payer(tx, seen) == member.organisation_id:
            return seen
    raise OperationNotFound(_("There is no such payment."))


async def _payer(tx: AsyncSession, seen: OperationView) -> UUID:
    """The company that pays: a deal's buyer, or whoever ordered a membership."""
    if seen.subject.type == paying.SUBJECT:
        return await memberships.owner_of(tx, seen.part_id)
    return (await escrows.escrow(tx, seen.subject)).buyer_id


async def _own_pay_in(tx: AsyncSession, operation_id: UUID, member: Member) -> OperationView:
    """The buyer's own, for whoever pays there. Raises NotPermitted, OperationNotFound."""
    require(member, Permission.PAY)
    seen = await _pay_in_for(tx, operation_id, member)
    if await _payer(tx, seen) != member.organisation_id:
        raise OperationNotFound(_("There is no such payment."))
    return seen


def _by_card(request: Request, asked: OperationView) -> bool:
    return "stripe" in [offer.code for offer in _offers(request, asked)]


def _offers(request: Request, asked: OperationView) -> list[rails.RailOffer]:
    return rails.rails(request.app.state.settings, request.app.state.jobs.gateway, asked.amount)


def _out(seen: OperationView, settings: Settings) -> OperationOut:
    account = platform_account(settings)
    instructions = None
    if seen.provider == "bank" and seen.state is OperationState.PLANNED and account is not None:
        instructions = InstructionsOut(
            holder=account.holder,
            bank_name=account.name,
            iban=account.iban,
            bic=account.bic,
            reference=grouped(seen.reference),
        )
    return OperationOut(
        id=seen.id,
        kind=seen.kind,
        provider=seen.provider,
        state=seen.state,
        subject=str(seen.subject),
        amount=seen.amount,
        reason=reason_of(seen.last_error) if seen.state is OperationState.FAILED else "",
        created_at=seen.created_at,
        settled_at=seen.settled_at,
        instructions=instructions,
    )


@router.get("/payments/{operation_id}", response_model=OperationOut)
async def show(operation_id: UUID, request: Request, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """How far a payment is. The page asks again by itself until that is settled."""
    seen = await _pay_in_for(tx, operation_id, member)
    settings: Settings = request.app.state.settings
    offers = _offers(request, seen)
    return answer.show(
        "payments/operation.html",
        _out(seen, settings),
        block="progress",
        home=home_of(seen.subject),
        membership=seen.subject.type == paying.SUBJECT,
        part_id=seen.part_id,
        by_card=_by_card(request, seen),
        offers=offers,
        choosing=seen.provider != "bank" and seen.state is OperationState.PLANNED and not seen.method,
        on_page=_on_page(seen),
        closed=seen.last_error == jobs.CLOSED,
        page_hours=jobs.PAGE_OPEN // timedelta(hours=1),
        waiting=bool(seen.method) and seen.state in (OperationState.PLANNED, *UNDER_WAY),
    )


def _on_page(seen: OperationView) -> bool:
    """Whether the provider's page is open, as far as we know, and nobody has paid there yet."""
    return seen.provider != "bank" and seen.state in UNDER_WAY and not seen.method


@router.get("/payments/{operation_id}/page")
async def pay_there(operation_id: UUID, request: Request, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Lead to the provider's page where this is paid, or back to ours once there is nothing to pay there.

    The provider leads back here as well, whoever has paid: its word is asked for at once, before any webhook comes.
    A link and not a form, for browsers follow a form's answer to our own pages only.
    """
    asked = await _own_pay_in(tx, operation_id, member)
    home = f"/payments/{operation_id}"
    ready = asked.provider != "bank" and asked.state is OperationState.PLANNED and not asked.method
    if not _on_page(asked) and not (ready and _by_card(request, asked)):
        return answer.done(home)
    ctx: JobContext = request.app.state.jobs

    async def lead_on() -> Response:
        try:
            address = await jobs.payment_page(ctx, operation_id)
        except Again:
            return answer.done(home, flash=_(NO_ANSWER))
        return answer.done(address or home, {"address": address})

    return Afterwards(lead_on)


@router.post("/payments/{operation_id}/cancellation")
@not_replayed
async def give_up(operation_id: UUID, request: Request, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Close the provider's page, to pay some other way. If it was paid there meanwhile, that holds."""
    asked = await _own_pay_in(tx, operation_id, member)
    home = f"/payments/{operation_id}"
    if not _on_page(asked):
        return answer.done(home)
    ctx: JobContext = request.app.state.jobs

    async def close() -> Response:
        try:
            await jobs.close_page(ctx, operation_id)
        except Again:
            return answer.done(home, flash=_(NO_ANSWER))
        return answer.done(home)

    return Afterwards(close)


@router.post("/payments/{operation_id}/method", response_model=OperationOut)
async def choose(
    operation_id: UUID,
    request: Request,
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    data: Annotated[MethodIn, Submitted(MethodIn)],
) -> Response:
    """Pay with one of the sandbox's test methods, for programs; a person goes to the provider's page."""
    settings: Settings = request.app.state.settings
    asked = await _pay_in_for(tx, operation_id, member)
    if not _by_card(request, asked) or data.method not in rails.test_methods(settings):
        raise RailUnavailable(_("This cannot be paid by card. Please pay by bank transfer."))
    choose_method = ordering.choose_method if asked.subject.type == paying.SUBJECT else funding.choose_method
    seen = await choose_method(tx, operation_id, data.method, by=member)
    return answer.done(f"/payments/{seen.id}", _out(seen, settings))


@router.post("/payments/{operation_id}/attempts", response_model=OperationOut)
async def attempt(
    operation_id: UUID,
    request: Request,
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    data: Annotated[AttemptIn, Submitted(AttemptIn)],
) -> Response:
    """Try the same milestone again after a failure, or another way."""
    settings: Settings = request.app.state.settings
    before = await _pay_in_for(tx, operation_id, member)
    if data.rail not in [offer.code for offer in _offers(request, before)]:
        raise RailUnavailable(_("This cannot be paid this way. Please choose another."))
    if before.subject.type == paying.SUBJECT:
        seen = await ordering.pay(tx, before.part_id, data.rail, by=member)
    else:
        seen = await funding.plan_pay_in(tx, before.subject, before.part_id, by=member, rail=data.rail)
    return answer.done(f"/payments/{seen.id}", _out(seen, settings))
