"""Addresses of inquiries: asking, the list, the room, its thread and its files."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from listings import queries as listings
from listings.queries import ProductView
from orders.negotiation import answering, queries, room, service
from orders.negotiation.answers import InquiriesOut, InquiryLineOut, InquiryOut, MessageOut
from orders.negotiation.errors import SupplierNotFound
from orders.negotiation.prefill import unit_of
from orders.negotiation.schemas import InquiryIn, MessageIn, ReasonIn
from orders.negotiation.states import ONGOING, InquiryState
from orders.negotiation.views import inquiry_view, message_view
from orders.negotiation.web.pages import LABELS, choices, kept, seen
from trust.access import CurrentMember, Member, Permission, entitled, require
from trust.exports.counting import counted, counted_pages
from trust.exports.service import Kind as Exported
from trust.identity import queries as identity
from trust.identity.queries import OrganisationView

router = HouseRouter(tags=["negotiation"])

SHOWN: dict[str, tuple[InquiryState, ...]] = {
    "open": ONGOING,
    "agreed": (InquiryState.ACCEPTED,),
    "ended": (InquiryState.REJECTED, InquiryState.WITHDRAWN, InquiryState.EXPIRED),
}


@router.get("/inquiries", response_model=InquiriesOut, dependencies=[counted_pages()])
async def inquiries(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    page: Annotated[PageQuery, Query()],
    side: Literal["buyer", "supplier", ""] = "",
    show: Literal["open", "agreed", "ended"] = "open",
) -> Response:
    """The company's inquiries as buyer or as supplier, last moved first."""
    party = member.organisation_id
    counts = await queries.count_by_side(tx, party)
    side = side or _usual_side(counts, member)
    lines = await queries.inquiries_of(
        tx, party, side=side, states=SHOWN[show], offset=page.offset, limit=page.per_page
    )
    companies = await identity.organisations(tx, [i.supplier_id if side == "buyer" else i.buyer_id for i in lines])
    shown = {name: sum(counts.get((side, state), 0) for state in states) for name, states in SHOWN.items()}
    out = InquiriesOut(
        total=shown[show],
        page=page.page,
        per_page=page.per_page,
        items=[InquiryLineOut.of(line, reader=party) for line in lines],
    )
    return answer.show(
        "negotiation/inquiries.html",
        out,
        lines=lines,
        companies=companies,
        side=side,
        show=show,
        shown=shown,
        sides={name: sum(n for (s, _state), n in counts.items() if s == name) for name in ("buyer", "supplier")},
        page=page,
        **LABELS,
    )


def _usual_side(counts: dict[tuple[str, InquiryState], int], member: Member) -> Literal["buyer", "supplier"]:
    asked = any(side == "supplier" for side, _state in counts)
    return "supplier" if asked or (member.sells and not member.may(Permission.INQUIRE)) else "buyer"


@router.get("/inquiries/new", include_in_schema=False)
async def new_inquiry(
    answer: Answer, tx: Tx, member: CurrentMember, product: UUID | None = None, supplier: str = ""
) -> Response:
    """The form, about a product or to a supplier by its slug."""
    require(member, Permission.INQUIRE)
    found, company = await _addressee(tx, member, product, supplier)
    return answer.show(
        "negotiation/new_inquiry.html", None, product=found, supplier=company, unit=unit_of(found), **choices()
    )


async def _addressee(
    tx: AsyncSession, member: Member, product_id: UUID | None, slug: str
) -> tuple[ProductView | None, OrganisationView]:
    if product_id is not None:
        product = await listings.published(tx, product_id)
        return product, await service.supplier_to_ask(tx, product.organisation_id, by=member)
    if not slug:
        raise SupplierNotFound(_("Choose a product or a supplier first."))
    company = await identity.by_slug(tx, slug)
    return None, await service.supplier_to_ask(tx, company.id, by=member)


@router.post("/inquiries", response_model=InquiryOut)
async def ask(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[InquiryIn, Submitted(InquiryIn)]
) -> Response:
    """Ask the supplier of a product, or a supplier."""
    require(member, Permission.INQUIRE)
    supplier_id, question = data.supplier_id, data.question()
    if data.product_id is not None:
        product = await listings.published(tx, data.product_id)
        supplier_id, question = product.organisation_id, data.question(hs_code=product.hs_code, product_id=product.id)
    if supplier_id is None:
        raise SupplierNotFound(_("Choose a product or a supplier first."))
    sent = await service.ask(tx, supplier_id, question, await kept(request, data.files), by=member)
    out = InquiryOut.of(inquiry_view(sent), reader=member.organisation_id, quotations=[], messages=[])
    return answer.done(f"/inquiries/{sent.id}", out, created=True, flash=_("Your inquiry is on its way."))


@router.get("/inquiries/{inquiry_id}", response_model=InquiryOut)
async def inquiry(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, inquiry_id: UUID, before: UUID | None = None
) -> Response:
    """The room of one negotiation: the same for both parties. `before` shows earlier messages."""
    entered = await room.enter(tx, inquiry_id, party=member.organisation_id, before=before)
    await seen(request, entered, member)
    held = [] if answer.json else await answering.held_of(tx, inquiry_id, by=member)
    return answer.show("negotiation/inquiry.html", _out(entered), before=before, held=held, **_page(entered, member))


def _page(entered: room.Room, member: Member) -> dict[str, Any]:
    mine = Permission.INQUIRE if entered.side == "buyer" else Permission.QUOTE
    return {
        "room": entered,
        "inquiry": entered.inquiry,
        "may_bind": entitled(member, mine),
        "may_talk": member.may(Permission.NEGOTIATE),
        **LABELS,
    }


@router.get("/inquiries/{inquiry_id}/messages", response_model=list[MessageOut])
async def messages(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    inquiry_id: UUID,
    after: UUID | None = None,
    state: str = "",
) -> Response:
    """What was said since `after`, an id. People's pages ask this every few seconds; `state` is what they show."""
    entered = await room.news(tx, inquiry_id, party=member.organisation_id, after=after)
    await seen(request, entered, member)
    return answer.show(
        "negotiation/messages.html",
        [MessageOut.of(m) for m in entered.messages],
        block="news",
        moved=bool(state) and state != entered.inquiry.state,
        **_page(entered, member),
    )


@router.post("/inquiries/{inquiry_id}/messages", response_model=MessageOut)
async def say(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    inquiry_id: UUID,
    data: Annotated[MessageIn, Submitted(MessageIn)],
) -> Response:
    """Add a message to the thread."""
    if data.files:  # a stranger's are not even kept
        await queries.inquiry(tx, inquiry_id, party=member.organisation_id)
    message, notice = await service.say(tx, inquiry_id, data.text, await kept(request, data.files), by=member)
    out = MessageOut.of(message_view(message), notice=notice)
    return answer.done(f"/inquiries/{inquiry_id}#m-{message.id}", out, created=True, flash=notice)


@router.get(
    "/inquiries/{inquiry_id}/files/{sha256}", include_in_schema=False, dependencies=[counted(Exported.MESSAGE_FILES)]
)
async def file(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, inquiry_id: UUID, sha256: str
) -> Response:
    """A file that one of the two sent the other."""
    found = await queries.file_of(tx, inquiry_id, sha256, party=member.organisation_id)
    data = await request.app.state.files.get(found["key"])
    return answer.file(data, found["name"], found["content_type"])


@router.post("/inquiries/{inquiry_id}/withdrawal", response_model=InquiryOut)
async def withdraw(answer: Answer, tx: Tx, member: CurrentMember, inquiry_id: UUID) -> Response:
    """The buyer takes the inquiry back."""
    await service.withdraw(tx, inquiry_id, by=member)
    return await _done(answer, tx, inquiry_id, member, _("The inquiry is withdrawn."))


@router.post("/inquiries/{inquiry_id}/rejection", response_model=InquiryOut)
async def decline(
    answer: Answer, tx: Tx, member: CurrentMember, inquiry_id: UUID, data: Annotated[ReasonIn, Submitted(ReasonIn)]
) -> Response:
    """The supplier will not supply, and says why."""
    await service.decline(tx, inquiry_id, data.reason, by=member)
    return await _done(answer, tx, inquiry_id, member, _("The inquiry is declined."))


def _out(entered: room.Room) -> InquiryOut:
    return InquiryOut.of(
        entered.inquiry,
        reader=entered.reader,
        quotations=entered.versions,
        messages=entered.messages,
        contract_id=entered.contract_id,
    )


async def _done(answer: Answer, tx: AsyncSession, inquiry_id: UUID, member: Member, text: str) -> Response:
    await tx.flush()
    out = _out(await room.enter(tx, inquiry_id, party=member.organisation_id)) if answer.json else None
    return answer.done(f"/inquiries/{inquiry_id}", out, flash=text)
