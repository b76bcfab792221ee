"""A payment's own page: choose how, wait until it is held, or try again."""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.config import Settings
from app.core.i18n import N_, _
from app.core.subject import Subject
from app.core.web import Answer, HouseRouter, Submitted, Tx
from payments import rails
from payments.bank.settings import platform_account
from payments.errors import OperationNotFound, RailUnavailable
from payments.escrow import funding
from payments.escrow import queries as escrows
from payments.escrow.reference import grouped
from payments.operations import queries as operations
from payments.operations.queries import OperationView
from payments.operations.states import UNDER_WAY, OperationKind, OperationState
from payments.schemas import AttemptIn, InstructionsOut, MethodIn, OperationOut
from trust.access import CurrentMember, Member, Permission

router = HouseRouter(tags=["payments"])

REASONS = {
    "insufficient_funds": N_("There was not enough money on the account."),
    "expired_card": N_("The card has expired."),
    "card_declined": N_("The bank declined the payment."),
    "generic_decline": N_("The bank declined the payment."),
    "amount_not_taken": N_("This amount cannot be paid by card."),
    "cancelled": N_("The payment was cancelled."),
}
OTHER_REASON = N_("The payment did not go through.")


def home_of(subject: Subject) -> str:
    """The address of the deal that a subject names: `order:…` lives under /orders/…"""
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
        if (await escrows.escrow(tx, seen.subject)).buyer_id == member.organisation_id:
            return seen
    raise OperationNotFound(_("There is no such payment."))


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
        part_id=seen.part_id,
        methods=rails.card_methods(settings) if "stripe" in [offer.code for offer in offers] else [],
        offers=offers,
        choosing=seen.provider != "bank" and seen.state is OperationState.PLANNED and not seen.method,
        waiting=seen.state in UNDER_WAY or (seen.state is OperationState.PLANNED and bool(seen.method)),
    )


@router.post("/payments/{operation_id}/method", response_model=OperationOut)
async def choose(
    operation_id: UUID,
    request: Request,
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    data: Annotated[MethodIn, Submitted(MethodIn)],
) -> Response:
    """Pay with this method."""
    settings: Settings = request.app.state.settings
    asked = await _pay_in_for(tx, operation_id, member)
    offered = "stripe" in [offer.code for offer in _offers(request, asked)]
    if not offered or data.method not in dict(rails.card_methods(settings)):
        raise RailUnavailable(_("This cannot be paid by card. Please pay by bank transfer."))
    seen = await funding.choose_method(tx, operation_id, data.method, by=member)
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
    seen = await funding.plan_pay_in(tx, before.subject, before.part_id, by=member, rail=data.rail)
    return answer.done(f"/payments/{seen.id}", _out(seen, settings))
