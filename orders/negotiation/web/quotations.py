"""Addresses of quotations: the form, its versions side by side, and what the other side answers."""

from typing import Annotated
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx
from listings import queries as listings
from listings.queries import ProductView
from orders.negotiation import comparison, offering, prefill, queries, room
from orders.negotiation.answers import QuotationOut
from orders.negotiation.errors import NotYourTurn
from orders.negotiation.schemas import OfferIn, ReasonIn
from orders.negotiation.views import InquiryView
from orders.negotiation.web.pages import LABELS, choices
from trust.access import CurrentMember, Member, Permission, entitle, require

router = HouseRouter(tags=["negotiation"])


@router.get("/inquiries/{inquiry_id}/quotations", response_model=list[QuotationOut])
async def versions(answer: Answer, tx: Tx, member: CurrentMember, inquiry_id: UUID) -> Response:
    """Every version side by side, with what changed from one to the next."""
    entered = await room.enter(tx, inquiry_id, party=member.organisation_id)
    return answer.show(
        "negotiation/versions.html",
        [QuotationOut.of(v) for v in entered.versions],
        room=entered,
        inquiry=entered.inquiry,
        rows=comparison.of_versions(entered.versions),
        **LABELS,
    )


@router.get("/inquiries/{inquiry_id}/quotations/new", include_in_schema=False)
async def new_quotation(answer: Answer, tx: Tx, member: CurrentMember, inquiry_id: UUID) -> Response:
    """The supplier's form: filled in from the last version, or from the inquiry and its product."""
    require(member, Permission.QUOTE)
    inquiry = await queries.inquiry(tx, inquiry_id, party=member.organisation_id)
    if inquiry.supplier_id != member.organisation_id:
        raise NotYourTurn(_("The supplier quotes. Answer a quotation with a counter-offer."))
    offers = await queries.versions(tx, inquiry_id)
    start = prefill.from_inquiry(inquiry, await _product(tx, inquiry))
    if offers:
        start = prefill.from_offer(offers[-1].offer)
    action = f"/inquiries/{inquiry_id}/quotations"
    return answer.show(
        "negotiation/offer.html",
        None,
        inquiry=inquiry,
        start=start,
        action=action,
        counter=False,
        version=len(offers) + 1,
        **choices(),
        **LABELS,
    )


async def _product(tx: AsyncSession, inquiry: InquiryView) -> ProductView | None:
    """The product as it is published now, if it still is."""
    live = await listings.product_cards(tx, [inquiry.product_id] if inquiry.product_id else [])
    return await listings.published(tx, inquiry.product_id) if inquiry.product_id in live else None


@router.post("/inquiries/{inquiry_id}/quotations", response_model=QuotationOut)
async def quote(
    answer: Answer, tx: Tx, member: CurrentMember, inquiry_id: UUID, data: Annotated[OfferIn, Submitted(OfferIn)]
) -> Response:
    """The supplier offers; an open version is superseded."""
    await queries.inquiry(tx, inquiry_id, party=member.organisation_id)
    made = await offering.quote(tx, inquiry_id, data.offer(), by=member)
    return await _done(answer, tx, made.id, member, _("Your quotation is sent."), created=True)


@router.get("/quotations/{quotation_id}", response_model=QuotationOut)
async def quotation(answer: Answer, tx: Tx, member: CurrentMember, quotation_id: UUID) -> Response:
    """One version. People read it in the room of its inquiry."""
    view = await queries.quotation(tx, quotation_id, party=member.organisation_id)
    if answer.json:
        return answer.show("", QuotationOut.of(view))
    return answer.done(f"/inquiries/{view.inquiry_id}")


@router.get("/quotations/{quotation_id}/counter-offers/new", include_in_schema=False)
async def new_counter_offer(answer: Answer, tx: Tx, member: CurrentMember, quotation_id: UUID) -> Response:
    """The same form, filled in from the offer that is answered."""
    view = await queries.quotation(tx, quotation_id, party=member.organisation_id)
    inquiry = await queries.inquiry(tx, view.inquiry_id, party=member.organisation_id)
    entitle(member, Permission.INQUIRE if inquiry.buyer_id == member.organisation_id else Permission.QUOTE)
    return answer.show(
        "negotiation/offer.html",
        None,
        inquiry=inquiry,
        start=prefill.from_offer(view.offer),
        action=f"/quotations/{quotation_id}/counter-offers",
        counter=True,
        version=view.version + 1,
        **choices(),
        **LABELS,
    )


@router.post("/quotations/{quotation_id}/counter-offers", response_model=QuotationOut)
async def counter(
    answer: Answer, tx: Tx, member: CurrentMember, quotation_id: UUID, data: Annotated[OfferIn, Submitted(OfferIn)]
) -> Response:
    """Answer an offer of the other side with one's own."""
    await queries.quotation(tx, quotation_id, party=member.organisation_id)
    made = await offering.counter(tx, quotation_id, data.offer(), by=member)
    return await _done(answer, tx, made.id, member, _("Your counter-offer is sent."), created=True)


@router.post("/quotations/{quotation_id}/acceptance", response_model=QuotationOut)
async def accept(answer: Answer, tx: Tx, member: CurrentMember, quotation_id: UUID) -> Response:
    """Agree to exactly this version. The contract is drawn up from it."""
    await offering.accept(tx, quotation_id, by=member)
    text = _("Agreed. The contract is drawn up from exactly these figures.")
    return await _done(answer, tx, quotation_id, member, text)


@router.post("/quotations/{quotation_id}/rejection", response_model=QuotationOut)
async def reject(
    answer: Answer, tx: Tx, member: CurrentMember, quotation_id: UUID, data: Annotated[ReasonIn, Submitted(ReasonIn)]
) -> Response:
    """Turn an offer of the other side down, with a reason."""
    await offering.reject(tx, quotation_id, data.reason, by=member)
    return await _done(answer, tx, quotation_id, member, _("The offer is turned down."))


async def _done(
    answer: Answer, tx: AsyncSession, quotation_id: UUID, member: Member, text: str, *, created: bool = False
) -> Response:
    await tx.flush()
    view = await queries.quotation(tx, quotation_id, party=member.organisation_id)
    return answer.done(f"/inquiries/{view.inquiry_id}", QuotationOut.of(view), created=created, flash=text)
