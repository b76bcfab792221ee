"""What is done with offers: made, answered by another, accepted, turned down, and left to expire."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.errors import Invalid
from app.core.evidence import canonical_json
from app.core.i18n import _
from app.core.subject import Subject
from orders import controlled, incoterms
from orders.negotiation import guarding, rfqs, rows
from orders.negotiation.errors import NotYourTurn, QuotationExpired, RfqClosed
from orders.negotiation.events import QuotationAccepted, QuotationOffered
from orders.negotiation.models import Inquiry, Quotation, Rfq
from orders.negotiation.offer import Offer
from orders.negotiation.service import answered, digest, may_bind, note, other_side, see, tell
from orders.negotiation.states import InquiryMove, InquiryState, QuotationMove, QuotationState, RfqState
from trust.access import Member, Permission, require
from trust.goods import checking
from trust.goods import states as goods
from trust.identity import queries as identity
from trust.identity import service as people
from trust.leaving import service as leaving
from trust.restrictions.service import refuse_new_deal
from trust.screening.standing import check
from trust.screening.states import Point

LONGEST_VALIDITY = timedelta(days=366)


async def quote(tx: AsyncSession, inquiry_id: UUID, offer: Offer, *, by: Member) -> Quotation:
    """The supplier offers; what was open before is superseded. Raises NotYourTurn, Invalid, IllegalMove, RfqClosed,
    PartyStopped, LimitReached.
    """
    ground = await rows.ground_of_inquiry(tx, inquiry_id, party=by.organisation_id)
    may_bind(ground.inquiry, by)
    require(by, Permission.QUOTE)
    if by.organisation_id != ground.inquiry.supplier_id:
        raise NotYourTurn(_("The supplier quotes. Answer a quotation with a counter-offer."))
    if ground.rfq and ground.inquiry.state == InquiryState.OPEN and _is_closed(ground.rfq):
        raise RfqClosed(_("The request is closed: quotations were taken until its closing date."))
    await guarding.check_quotation(tx, ground.inquiry, offer, by=by)
    await rows.check_room(tx, ground.inquiry)
    return await _put(tx, ground.inquiry, offer, InquiryMove.QUOTE, by=by)


async def counter(tx: AsyncSession, quotation_id: UUID, offer: Offer, *, by: Member) -> Quotation:
    """Answer an open offer of the other side with one of one's own."""
    ground, answered_offer = await rows.ground_of_quotation(tx, quotation_id, party=by.organisation_id)
    may_bind(ground.inquiry, by)
    _only_theirs(answered_offer, by)
    answered_offer.check(QuotationMove.SUPERSEDE)
    _unexpired(answered_offer)
    buyer = by.organisation_id == ground.inquiry.buyer_id
    if not buyer:
        require(by, Permission.QUOTE)
    return await _put(tx, ground.inquiry, offer, InquiryMove.COUNTER if buyer else InquiryMove.QUOTE, by=by)


async def _put(tx: AsyncSession, inquiry: Inquiry, offer: Offer, move: InquiryMove, *, by: Member) -> Quotation:
    inquiry.check(move)
    lines = [words for line in offer.lines for words in (line.description, line.specification)]
    await guarding.check_words(tx, inquiry.id, *lines, offer.place, offer.packing, by=by)
    await refuse_new_deal(tx, (inquiry.buyer_id, inquiry.supplier_id), by=by)
    await leaving.refuse_new_deal(tx, (inquiry.buyer_id, inquiry.supplier_id), by=by)
    await check(tx, Point.QUOTATION, inquiry.buyer_id, inquiry.supplier_id)
    await _check_goods(tx, inquiry, offer, by)
    _check_validity(offer.valid_until)
    incoterms.refuse_errors(await findings(tx, inquiry.supplier_id, inquiry.destination, offer))
    open_offer = await rows.open_offer(tx, inquiry.id)
    if open_offer:
        open_offer.move(QuotationMove.SUPERSEDE, by=by.id)
        await tx.flush()
    content = offer.model_dump(mode="json")
    quotation = Quotation(
        inquiry_id=inquiry.id,
        version=await rows.next_version(tx, inquiry.id),
        made_by=by.organisation_id,
        member_id=by.id,
        content=content,
        total=offer.total,
        valid_until=offer.valid_until,
    )
    tx.add(quotation)
    inquiry.move(move, by=by.id)
    inquiry.moved_at = clock.now()
    answered(inquiry, by)
    see(inquiry, by)
    await tx.flush()
    said = {"version": quotation.version, "total": quotation.total, "content": digest(canonical_json(content))}
    await note(tx, inquiry, "quotation.offered", {"quotation": quotation.id, **said}, by=by.id)
    await outbox.publish(tx, QuotationOffered(inquiry.id, quotation.id, quotation.version, quotation.made_by))
    template = "counter_offer_received" if move is InquiryMove.COUNTER else "quotation_received"
    await tell(tx, inquiry, by, template, **_facts(quotation))
    return quotation


async def _check_goods(tx: AsyncSession, inquiry: Inquiry, offer: Offer, by: Member) -> None:
    """Raises GoodsRefused, GoodsHeld."""
    lines, about = controlled.offered(offer.lines), Subject("inquiry", inquiry.id)
    named = offer.of_place if incoterms.INCOTERMS[offer.rule].place_at_destination else ""
    destinations = tuple(dict.fromkeys(filter(None, (inquiry.destination, named))))
    asked = checking.Asked(goods.Point.QUOTATION, lines, inquiry.supplier_id, about, destinations)
    await checking.check(tx, asked, by=by)


async def findings(tx: AsyncSession, supplier_id: UUID, destination: str, offer: Offer) -> list[incoterms.Finding]:
    """What speaks against the offer's terms of delivery."""
    supplier = await identity.organisation(tx, supplier_id)
    return incoterms.check(
        offer.rule,
        offer.place,
        offer.mode,
        offer.locode,
        exporter_country=supplier.country,
        importer_country=destination,
    )


async def accept(tx: AsyncSession, quotation_id: UUID, *, by: Member) -> Quotation:
    """Agree to exactly this version of the other side. Raises NotYourTurn, IllegalMove, QuotationExpired.

    A request to several suppliers is thereby awarded, and the others are told.
    """
    ground, quotation = await rows.ground_of_quotation(tx, quotation_id, party=by.organisation_id)
    inquiry = ground.inquiry
    may_bind(inquiry, by)
    _only_theirs(quotation, by)
    quotation.check(QuotationMove.ACCEPT)
    _unexpired(quotation)
    await refuse_new_deal(tx, (inquiry.buyer_id, inquiry.supplier_id), by=by)
    await leaving.refuse_new_deal(tx, (inquiry.buyer_id, inquiry.supplier_id), by=by)
    quotation.move(QuotationMove.ACCEPT, by=by.id)
    inquiry.move(InquiryMove.ACCEPT, by=by.id)
    inquiry.moved_at = clock.now()
    see(inquiry, by)
    said = {"quotation": quotation.id, "version": quotation.version, "total": quotation.total}
    await note(tx, inquiry, "quotation.accepted", said, by=by.id)
    accepted = QuotationAccepted(inquiry.id, quotation.id, inquiry.buyer_id, inquiry.supplier_id, by.organisation_id)
    await outbox.publish(tx, accepted)
    await tell(tx, inquiry, by, "quotation_accepted", **_facts(quotation))
    if ground.rfq:
        await rfqs.award(tx, ground.rfq, inquiry, by=by)
    return quotation


async def reject(tx: AsyncSession, quotation_id: UUID, reason: str, *, by: Member) -> Quotation:
    """Turn an offer of the other side down, with a reason. This ends the negotiation."""
    ground, quotation = await rows.ground_of_quotation(tx, quotation_id, party=by.organisation_id)
    inquiry = ground.inquiry
    may_bind(inquiry, by, ends=True)
    _only_theirs(quotation, by)
    await guarding.check_words(tx, inquiry.id, reason, by=by)
    quotation.move(QuotationMove.REJECT, by=by.id, note=reason)
    quotation.reason = reason
    inquiry.move(InquiryMove.REJECT, by=by.id, note=reason)
    inquiry.moved_at = clock.now()
    see(inquiry, by)
    said = {"quotation": quotation.id, "version": quotation.version, "reason": reason}
    await note(tx, inquiry, "quotation.rejected", said, by=by.id)
    await tell(tx, inquiry, by, "quotation_rejected", reason=reason, why="rejected", **_facts(quotation))
    return quotation


async def expire(tx: AsyncSession, quotation_id: UUID) -> bool:
    """The last day of an open offer is over: both sides are told. False when that no longer holds."""
    ground, quotation = await rows.ground_of_quotation(tx, quotation_id)
    inquiry = ground.inquiry
    if quotation.state != QuotationState.OFFERED or not _is_over(quotation.valid_until):
        return False
    quotation.move(QuotationMove.EXPIRE, by=None)
    inquiry.move(InquiryMove.EXPIRE, by=None)
    inquiry.moved_at = clock.now()
    await note(tx, inquiry, "quotation.expired", {"quotation": quotation.id, "version": quotation.version}, by=None)
    maker = await identity.organisation(tx, quotation.made_by)
    facts = {"title": inquiry.title, "company": maker.name_latin, "path": f"/inquiries/{inquiry.id}"}
    for party in (quotation.made_by, other_side(inquiry, quotation.made_by)):
        more = {**_facts(quotation), "own": party == quotation.made_by}
        await people.notify(tx, party, Permission.NEGOTIATE, "quotation_expired", facts | more)
    return True


def _facts(quotation: Quotation) -> dict[str, Any]:
    return {
        "version": quotation.version,
        "total": str(quotation.total),
        "valid_until": quotation.valid_until.isoformat(),
    }


def _only_theirs(quotation: Quotation, by: Member) -> None:
    if quotation.made_by == by.organisation_id:
        raise NotYourTurn(_("This offer is your own: the other side answers it."))


def _is_over(day: date) -> bool:
    """An offer is good to the end of its last day, UTC."""
    return clock.now().date() > day


def _is_closed(rfq: Rfq) -> bool:
    return rfq.state != RfqState.OPEN or rfq.closes_at <= clock.now()


def _unexpired(quotation: Quotation) -> None:
    if _is_over(quotation.valid_until):
        raise QuotationExpired(_("This offer was valid until %(day)s.") % {"day": quotation.valid_until.isoformat()})


def _check_validity(day: date) -> None:
    today = clock.now().date()
    if day < today:
        raise Invalid(_("This day is past."), field="valid_until")
    if day > today + LONGEST_VALIDITY:
        raise Invalid(_("An offer can be valid for one year at most."), field="valid_until")
