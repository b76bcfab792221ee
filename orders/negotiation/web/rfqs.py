"""Addresses of requests for quotation. Only the buyer sees them; each supplier sees an inquiry of its own."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.display import chosen, convert, rates_of_today
from app.core.i18n import _n
from app.core.rates import Rates
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from listings import categories
from listings.categories import CategoryNotFound
from orders.negotiation import comparison, queries, rfqs
from orders.negotiation.answers import ComparedOut, QuotationOut, RfqDetailOut, RfqOut, RfqsOut, TotalOut
from orders.negotiation.rfqs import MOST_SUPPLIERS
from orders.negotiation.schemas import RfqIn
from orders.negotiation.views import InquiryLine, QuotationView, RfqView
from orders.negotiation.web.pages import LABELS, choices, kept
from trust.access import CurrentMember, Member, Permission, require
from trust.exports.counting import counted_pages
from trust.identity import queries as identity

router = HouseRouter(tags=["negotiation"])


@router.get("/rfqs", response_model=RfqsOut, dependencies=[counted_pages()])
async def requests(answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """The company's requests, newest first."""
    found, total = await queries.rfqs_of(tx, member.organisation_id, offset=page.offset, limit=page.per_page)
    out = RfqsOut(total=total, page=page.page, per_page=page.per_page, items=[RfqOut.of(rfq) for rfq in found])
    return answer.show("negotiation/rfqs.html", out, rfqs=found, total=total, page=page, **LABELS)


@router.get("/rfqs/new", include_in_schema=False)
async def new_request(answer: Answer, tx: Tx, member: CurrentMember, category: str = "") -> Response:
    """First the category, then the form with the suppliers that match it."""
    require(member, Permission.INQUIRE)
    tree = [(str(top.name), [(leaf.slug, str(leaf.name)) for leaf in top.leaves()]) for top in categories.tree()]
    chosen, suppliers = _category(category), []
    if chosen:
        suppliers = await rfqs.matching(tx, chosen.slug, by=member)
    return answer.show(
        "negotiation/new_rfq.html",
        None,
        tree=tree,
        category=chosen,
        suppliers=suppliers,
        most=rfqs.MATCHED,
        **choices(),
        **LABELS,
    )


def _category(slug: str) -> categories.Category | None:
    try:
        return categories.category(slug) if slug else None
    except CategoryNotFound:
        return None


@router.post("/rfqs", response_model=RfqDetailOut)
async def request_quotations(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[RfqIn, Submitted(RfqIn)]
) -> Response:
    """Ask several suppliers at once."""
    require(member, Permission.INQUIRE)
    made = await rfqs.request(
        tx,
        data.question(hs_code=_hs_code(data.category)),
        await kept(request, data.files),
        category=data.category,
        supplier_ids=data.supplier_ids,
        closes_on=data.closes_on,
        by=member,
    )
    await tx.flush()
    view, lines, offers = await _loaded(tx, made.id, member)
    text = _n("Sent to %(n)s supplier.", "Sent to %(n)s suppliers.", len(lines)) % {"n": len(lines)}
    return answer.done(f"/rfqs/{made.id}", _out(view, lines, offers), created=True, flash=text)


def _hs_code(category: str) -> str:
    found = _category(category)
    return found.hs[0] if found and found.hs else ""


@router.get("/rfqs/{rfq_id}", response_model=RfqDetailOut)
async def one_request(answer: Answer, tx: Tx, member: CurrentMember, rfq_id: UUID) -> Response:
    """A request with everybody who was asked."""
    view, lines, offers = await _loaded(tx, rfq_id, member)
    companies = await identity.organisations(tx, [line.supplier_id for line in lines])
    return answer.show(
        "negotiation/rfq.html",
        _out(view, lines, offers),
        rfq=view,
        lines=lines,
        offers=offers,
        companies=companies,
        category=_category(view.category),
        **LABELS,
    )


@router.get("/rfqs/{rfq_id}/comparison", response_model=RfqDetailOut)
async def compare(request: Request, answer: Answer, tx: Tx, member: CurrentMember, rfq_id: UUID) -> Response:
    """The latest quotation of every supplier side by side."""
    view, lines, offers = await _loaded(tx, rfq_id, member)
    shown = comparison.in_order(list(offers.values()))
    suppliers = {line.id: line.supplier_id for line in lines}
    one_currency = len({offer.total.currency for offer in shown}) <= 1
    rates = await rates_of_today(request, tx) if not one_currency else None
    into = chosen(request) or (shown[0].total.currency if shown else "")
    return answer.show(
        "negotiation/comparison.html",
        _out(view, lines, offers, rates, into),
        rfq=view,
        lines={line.id: line for line in lines},
        offers=shown,
        rows=comparison.of_suppliers(shown, rates, into) if shown else [],
        suppliers=suppliers,
        companies=await identity.organisations(tx, suppliers.values()),
        one_currency=one_currency,
        may_bind=member.may(Permission.INQUIRE),
        **LABELS,
    )


@router.get("/rfqs/{rfq_id}/quotations", response_model=list[QuotationOut])
async def quotations(answer: Answer, tx: Tx, member: CurrentMember, rfq_id: UUID) -> Response:
    """The latest quotations, by currency and then by total. People read them in the comparison."""
    _view, _lines, offers = await _loaded(tx, rfq_id, member)
    if answer.json:
        return answer.show("", [QuotationOut.of(offer) for offer in comparison.in_order(list(offers.values()))])
    return answer.done(f"/rfqs/{rfq_id}/comparison")


async def _loaded(
    tx: AsyncSession, rfq_id: UUID, member: Member
) -> tuple[RfqView, list[InquiryLine], dict[UUID, QuotationView]]:
    view = await queries.rfq(tx, rfq_id, party=member.organisation_id)
    lines = await queries.inquiries_of(tx, member.organisation_id, side="buyer", rfq_id=view.id, limit=MOST_SUPPLIERS)
    return view, lines, await queries.latest_quotations(tx, view.id)


def _out(
    view: RfqView,
    lines: list[InquiryLine],
    offers: dict[UUID, QuotationView],
    rates: Rates | None = None,
    into: str = "",
) -> RfqDetailOut:
    """With `rates`, each total also in the currency `into`."""
    compared = [
        ComparedOut(
            inquiry_id=line.id,
            supplier_id=line.supplier_id,
            state=line.state,
            quotation=QuotationOut.of(offers[line.id]) if line.id in offers else None,
            converted=_converted(offers[line.id], rates, into) if line.id in offers and rates else None,
        )
        for line in lines
    ]
    return RfqDetailOut(**RfqOut.of(view).model_dump(), suppliers=compared)


def _converted(offer: QuotationView, rates: Rates, into: str) -> TotalOut | None:
    about = convert(rates, offer.total, into)
    if about is None or about.rate is None:
        return None
    return TotalOut(amount=about.amount, rate=about.rate.value, day=about.rate.day, source=about.rate.source)
