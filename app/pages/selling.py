"""A supplier's own figures: who looked at its goods, what came of inquiries, and how it kept its word."""

from dataclasses import asdict
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.i18n import _
from app.core.periods import Period, day_of
from app.core.web import Answer, HouseRouter, Tx
from app.traffic import queries as traffic
from listings import counted as listings
from listings.categories import Bilingual
from orders import selling
from orders.selling import Asked, Kept
from trust.access import CurrentMember, Member, Permission, require
from trust.identity import queries as identity
from trust.identity.words import country_name

router = HouseRouter(tags=["suppliers"])
SPANS = (30, 90, 365)
TOP = 20
"""So many countries and products are named."""


class SellingQuery(BaseModel):
    days: Literal["30", "90", "365"] = "90"


class PartOut(BaseModel):
    """A destination or a product. Of countries, views are not known: nobody is followed to what they looked at."""

    key: str
    label: str
    views: int | None = None
    inquiries: int
    answered: int
    quoted: int
    contracted: int


class SpanOut(BaseModel):
    """Counted over the days from `first` to `last`. Shares are percentages, null of nothing.

    storefront  page views of the company's own page, `products` of its products'
    hours       to the first answer, the median
    due         orders whose last day of shipment lay in the span
    """

    first: date
    last: date
    storefront: int
    products: int
    inquiries: int
    answered: int
    within_day: int
    hours: Decimal | None
    quoted: int
    contracted: int
    due: int
    in_time: int
    completed: int
    disputed: int
    asked_share: Decimal | None
    contracted_share: Decimal | None
    in_time_share: Decimal | None


class SellingOut(BaseModel):
    now: SpanOut
    before: SpanOut
    countries: list[PartOut]
    products: list[PartOut]


@router.get("/my/figures", response_model=SellingOut)
async def show(
    request: Request, tx: Tx, answer: Answer, member: CurrentMember, asked: Annotated[SellingQuery, Query()]
) -> Response:
    """Page views, inquiries, offers, contracts, answers, shipments and disputes, beside those of the days before."""
    require(member, Permission.LIST_PRODUCTS)
    zone = request.app.state.settings.reporting_zone
    last, length = day_of(clock.now(), zone), int(asked.days)
    span = Period(last - timedelta(days=length - 1), last, zone)
    earlier = Period(span.first - timedelta(days=length), span.first - timedelta(days=1), zone)
    titles = await listings.titles_of(tx, member.organisation_id)
    keys = [str(id_) for id_ in titles]
    slug = (await identity.organisation(tx, member.organisation_id)).slug
    wanted = [("supplier", [slug]), ("product", keys)]
    found = await selling.inquired(tx, member.organisation_id, span.begin, span.end)
    before = await selling.inquired(tx, member.organisation_id, earlier.begin, earlier.end)
    views = await traffic.views_of(tx, "product", keys, span.first, span.last)
    by_day = await traffic.views_by_day(tx, wanted, span.first, span.last)
    out = SellingOut(
        now=await _counted(tx, member, slug, keys, span, found.whole),
        before=await _counted(tx, member, slug, keys, earlier, before.whole),
        countries=[_part(code, country_name(code), one) for code, one in list(found.countries.items())[:TOP]],
        products=_products(titles, found.products, views),
    )
    days = [span.first + timedelta(days=n) for n in range(length)]
    return answer.show(
        "home/selling.html", out, spans=SPANS, length=length, days=days, by_day=[by_day.get(day, 0) for day in days]
    )


async def _counted(tx: AsyncSession, member: Member, slug: str, keys: list[str], span: Period, asked: Asked) -> SpanOut:
    party, today = member.organisation_id, day_of(clock.now(), span.zone)
    own = await traffic.views_of(tx, "supplier", [slug], span.first, span.last)
    products = await traffic.views_of(tx, "product", keys, span.first, span.last)
    kept = await selling.kept(tx, party, span.first, span.last, since=span.begin, before=span.end, today=today)
    return _span(span, (own.get(slug, 0), sum(products.values())), asked, kept)


def _span(span: Period, views: tuple[int, int], asked: Asked, kept: Kept) -> SpanOut:
    seen = sum(views)
    return SpanOut(
        first=span.first,
        last=span.last,
        storefront=views[0],
        products=views[1],
        **asdict(asked),
        **asdict(kept),
        asked_share=share(asked.inquiries, seen),
        contracted_share=share(asked.contracted, asked.inquiries),
        in_time_share=share(kept.in_time, kept.due),
    )


def _part(key: str, label: str, one: Asked, views: int | None = None) -> PartOut:
    return PartOut(
        key=key,
        label=label,
        views=views,
        inquiries=one.inquiries,
        answered=one.answered,
        quoted=one.quoted,
        contracted=one.contracted,
    )


def _products(
    titles: dict[UUID, dict[str, str]], asked: dict[UUID | None, Asked], views: dict[str, int]
) -> list[PartOut]:
    """Those that somebody looked at or asked for: the most asked for first, then the most looked at."""
    found = [
        _part(str(id_), str(Bilingual(**title)), asked.get(id_, Asked()), views.get(str(id_), 0))
        for id_, title in titles.items()
        if id_ in asked or str(id_) in views
    ]
    if None in asked:
        found.append(_part("", _("Requests without a product"), asked[None]))
    return sorted(found, key=lambda one: (-one.inquiries, -(one.views or 0), one.label))[:TOP]


def share(part: int, whole: int) -> Decimal | None:
    """In percent with one decimal, half to even; None of nothing."""
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"), ROUND_HALF_EVEN) if whole else None
