"""Finance at the bank's statement: book what it shows; a second person approves."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core import clock
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.ids import reference
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx, not_replayed
from payments.bank import queries, service
from payments.bank.service import Line
from payments.bank.states import KIND_LABELS, LABELS
from payments.operations import queries as operations
from payments.operations import service as operating
from payments.operations.states import OperationState
from payments.payouts import accounts
from payments.payouts import queries as payouts
from payments.schemas import BookingIn, BookingOut, BookingsOut, ReasonIn
from trust.access import CurrentMember, Permission, require
from trust.privacy import looks

router = HouseRouter(tags=["finance"])
PAYING = "a payout is sent by bank"
"""What a bank account is looked at for, in the log that its owner reads."""


@router.get("/finance/bookings", response_model=BookingsOut)
async def show(tx: Tx, answer: Answer, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """Bookings, newest first, and what waits to be sent by bank."""
    require(member, Permission.BOOK_MONEY)
    found, total = await queries.bookings(tx, offset=page.offset, limit=page.per_page)
    out = BookingsOut(bookings=[BookingOut.model_validate(row) for row in found], total=total)
    return answer.show(
        "payments/bookings.html",
        out,
        due=await operations.waiting_for_bank(tx),
        labels={state: _(label) for state, label in LABELS.items()},
        kinds={kind: _(label) for kind, label in KIND_LABELS.items()},
        page=page,
        today=clock.now().date().isoformat(),
    )


@router.post("/finance/bookings")
async def book(
    tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[BookingIn, Submitted(BookingIn)]
) -> Response:
    """Book one line of the bank's statement."""
    line = Line(
        bank_ref=data.bank_ref,
        reference=data.reference,
        counterparty=data.counterparty,
        amount=data.amount,
        value_date=data.value_date,
    )
    match data.kind:
        case "received":
            booking = await service.book_received(tx, line, by=member)
        case "swept":
            booking = await service.book_swept(tx, line, by=member)
        case "sent":
            if data.operation_id is None:
                raise Invalid(_("Please choose what this transfer carries out."), field="operation_id")
            booking = await service.book_sent(tx, data.operation_id, line, by=member)
    flash = _("Booked. A second person has to approve it.")
    return answer.done("/finance/bookings", {"id": str(booking)}, created=True, flash=flash)


@router.post("/finance/bookings/{booking_id}/approval")
async def approve(booking_id: UUID, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Agree with what another person booked; the books move."""
    await service.approve(tx, booking_id, by=member)
    return answer.done("/finance/bookings", flash=_("Approved and booked."))


@router.post("/finance/bookings/{booking_id}/rejection")
async def reject(
    booking_id: UUID, tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[ReasonIn, Submitted(ReasonIn)]
) -> Response:
    """Disagree; nothing moves."""
    await service.reject(tx, booking_id, by=member, note=data.reason)
    return answer.done("/finance/bookings", flash=_("Rejected. Nothing was booked."))


@router.post("/finance/operations/{operation_id}/destination")
@not_replayed
async def destination(operation_id: UUID, request: Request, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Where a payout by bank goes, in full. Every look is written down, so this is a POST."""
    require(member, Permission.BOOK_MONEY)
    seen = await operations.operation(tx, operation_id)
    if seen.state == OperationState.PLANNED:
        await operating.check_going(tx, await operations.operation_for_update(tx, operation_id))
    account = await payouts.bank_account_of(tx, seen.part_id)
    if account:
        about = reference("BA", account.id)
        looks.note(tx, looks.BANK_ACCOUNT, about, PAYING, by=member, organisation_id=account.organisation_id)
    number = accounts.reveal(tx, request.app.state.vault, account, by=member) if account else ""
    return answer.show("payments/destination.html", None, operation=seen, account=account, number=number)
