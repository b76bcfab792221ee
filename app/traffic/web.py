"""Figures of traffic for staff, and the three addresses that programs betray or prove themselves by."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import PlainTextResponse, Response

from app.core import clock
from app.core.errors import Invalid
from app.core.i18n import N_, _
from app.core.networks import UNKNOWN
from app.core.periods import Period, day_of
from app.core.web import Answer, HouseRouter, Tx
from app.traffic import queries
from app.traffic.queries import Share
from app.traffic.schemas import Asked, FiguresOut, ShareOut, TrafficOut
from trust.access import CurrentMember, Permission, require
from trust.identity.words import country_name

router = HouseRouter(tags=["traffic"])
signs = APIRouter()  # who asks does not matter, so nobody looks it up
LONGEST = timedelta(days=731)
SHORT = timedelta(days=62)
"""A span of more days is told by months."""
SPANS = (30, 90, 365)
TOP = 20
CHANNELS = {
    "direct": N_("Direct"),
    "search": N_("Search engines"),
    "referral": N_("Other sites"),
    "paid": N_("Paid links"),
    "mail": N_("Mail"),
    "event": N_("Fairs and print"),
}
BROWSERS = {"desktop": N_("Computer"), "phone": N_("Telephone"), "tablet": N_("Tablet")}
LEFT_OUT = {
    "staff": N_("Staff of the platform"),
    "crawler": N_("Programs that say so, or say nothing"),
    "hosted": N_("From a data centre, without a script running"),
    "rate": N_("More than 60 views in a minute or 2,000 in a day"),
    "headless": N_("Browsers driven by a program"),
    "trap": N_("Followed the link that no person sees"),
    "reload": N_("The same page again within a second"),
}
ROBOTS = "User-agent: *\nDisallow: /trap\nDisallow: /beacon\n"


@router.get("/figures/traffic", response_model=TrafficOut)
async def show(
    request: Request, tx: Tx, answer: Answer, member: CurrentMember, asked: Annotated[Asked, Query()]
) -> Response:
    """Page views, visits and visitors of a span, from where they came, and what was left out."""
    require(member, Permission.READ_INDICATORS)
    zone = request.app.state.settings.reporting_zone
    today = day_of(clock.now(), zone)
    span = _span(asked, today, zone)
    out = await _out(tx, span)
    spans = [(days, today - timedelta(days=days - 1)) for days in SPANS]
    series = await queries.by_day(tx, span.first, span.last)
    return answer.show("traffic/figures.html", out, series=series, spans=spans, today=today)


def _span(asked: Asked, today: date, zone: str) -> Period:
    """Raises Invalid for days in the wrong order, or too many."""
    last = asked.last or today
    first = asked.first or last - timedelta(days=SPANS[0] - 1)
    if first > last:
        raise Invalid(_("The first day lies after the last."), field="first")
    if last - first >= LONGEST:
        raise Invalid(_("At most two years can be shown at once."), field="first")
    return Period(first, last, zone)


async def _out(tx: AsyncSession, span: Period) -> TrafficOut:
    first, last = span.first, span.last
    by = queries.by_day if last - first < SHORT else queries.by_month
    rows, total = await by(tx, first, last), await queries.total(tx, first, last)
    found = {
        facet: await queries.shares(tx, facet, first, last, most=TOP)
        for facet in ("country", "referrer", "channel", "source", "browser", "route", "out")
    }
    written = await queries.writing(tx, span.begin, span.end)
    return TrafficOut(
        first=first,
        last=last,
        zone=span.zone,
        by="day" if by is queries.by_day else "month",
        total=FiguresOut.model_validate(total),
        rows=[FiguresOut.model_validate(row) for row in rows],
        countries=[_share(one, _country(one.key)) for one in found["country"] if one.visits],
        referrers=[_share(one) for one in found["referrer"]],
        channels=[_share(one, _(CHANNELS[one.key])) for one in found["channel"]],
        sources=[_share(one) for one in found["source"]],
        browsers=[_share(one, _(BROWSERS[one.key])) for one in found["browser"]],
        pages=[_share(one) for one in found["route"]],
        left_out=[_share(one, _(LEFT_OUT[one.key])) for one in found["out"]],
        dropped=written.dropped,
        killed=written.killed,
    )


def _share(one: Share, label: str = "") -> ShareOut:
    return ShareOut(
        key=one.key,
        label=label or (_("All others") if one.key == "*" else one.key),
        views=one.views,
        visits=one.visits,
        percent=one.percent,
    )


def _country(code: str) -> str:
    return _("Unknown") if code == UNKNOWN else country_name(code)


@signs.get("/beacon", include_in_schema=False)
async def beacon(request: Request) -> Response:
    """Asked for by a script of our pages: where it runs, there is a browser. Nothing is stored of it but that."""
    request.state.sighting = "beacon"
    return PlainTextResponse("")


@router.get("/trap", include_in_schema=False)
async def trap(request: Request, answer: Answer) -> Response:
    """Where no person comes: the link to it is shown to nobody, and robots.txt forbids it."""
    request.state.sighting = "trap"
    return answer.show("traffic/trap.html", {})


@signs.get("/robots.txt", include_in_schema=False)
async def robots() -> Response:
    return PlainTextResponse(ROBOTS)
