"""I-03 Traffic, from the views themselves."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

from tests.golden.raw import World
from tests.golden.telling import Stretch, Told, geo
from tests.golden.users import companies

CODES = (
    *("I-03.1", "I-03.1.programs", "I-03.1.left_out", "I-03.2", "I-03.3", "I-03.3.members"),
    *("I-03.4", "I-03.4.share", "I-03.4.unknown", "I-03.5", "I-03.5.seconds", "I-03.5.bounce"),
    *("I-03.6", "I-03.6.referrers", "I-03.7.inquiries", "I-03.7", "I-03.7.contracts"),
)
GAP, MINUTE, SECOND = timedelta(minutes=30), timedelta(minutes=1), timedelta(seconds=1)
MANY_A_MINUTE, MANY_A_DAY = 60, 2000
NO_PROGRAMS = ("staff", "reload")
Visit = list[Any]
"""The views of one visit, the first one first."""


@cache
def left_out(world: World) -> list[tuple[Any, str]]:
    """Each view with the first reason for which it does not count, or ""."""
    views = sorted((row for row in world.web_event if row.kind == "view"), key=lambda row: row.at)
    of_a_day: dict[tuple[date, bytes], list[Any]] = {}
    for row in views:
        of_a_day.setdefault((row.day, row.visitor), []).append(row)
    found = []
    for row in views:
        theirs = of_a_day[row.day, row.visitor]
        signs = {one.kind for one in world.web_event if one.day == row.day and one.device == row.device}
        found.append((row, _reason(row, theirs, signs)))
    return found


def _reason(row: Any, theirs: Sequence[Any], signs: set[str]) -> str:
    times = [one.at for one in theirs]
    quick = any(later - at < MINUTE for at, later in zip(times, times[MANY_A_MINUTE:], strict=False))
    before = [one for one in theirs if one.page == row.page and one.at < row.at]
    reasons = {
        "staff": row.staff,
        "crawler": row.bot == "crawler",
        "hosted": row.hosted and "beacon" not in signs,
        "rate": quick or len(theirs) > MANY_A_DAY,
        "headless": row.bot == "headless",
        "trap": "trap" in signs,
        "reload": any(row.at - one.at <= SECOND for one in before),
    }
    return next((name for name, true in reasons.items() if true), "")


@cache
def visits(world: World) -> list[Visit]:
    """Views of one visitor with less than half an hour between them; another campaign begins another visit."""
    of: dict[bytes, list[Visit]] = {}
    # Who is not signed in has another mark each day; shortly after midnight that of the day before stands beside it.
    before = {row.visitor: row.device_before for row in world.web_event if row.device_before and not row.signed_in}
    for row in sorted((row for row, why in left_out(world) if not why), key=lambda row: row.at):
        mine = of.setdefault(before.get(row.visitor, row.visitor), [])
        last = mine[-1] if mine else []
        named = [one.source for one in last if one.source][-1:]
        if not last or row.at - last[-1].at >= GAP or (row.source and [row.source] != named):
            mine.append([])
        mine[-1].append(row)
    return [visit for mine in of.values() for visit in mine]


def figures(world: World, stretch: Stretch) -> Told:
    told = Told()
    views = [(row, why) for row, why in left_out(world) if stretch.has_day(row.day)]
    people = [row for row, why in views if not why]
    begun = [visit for visit in visits(world) if stretch.has_day(visit[0].day)]
    by = {"country": lambda row: row.country, "geo": lambda row: geo(row.country)}
    first = {"country": lambda visit: visit[0].country, "geo": lambda visit: geo(visit[0].country)}
    told.count("I-03.1", people, **by)
    told.count("I-03.2", begun, **first)
    abroad = [visit for visit in begun if geo(visit[0].country) in ("near", "overseas")]
    unknown = [visit for visit in begun if visit[0].country == "ZZ"]
    told.count("I-03.4", abroad, **first)
    told.percent("I-03.4.share", len(abroad), len(begun) - len(unknown))
    told.percent("I-03.4.unknown", len(unknown), len(begun))
    _visitors(world, stretch, people, told)
    _lengths(people, begun, told)
    for code, name in (("I-03.6", "channel"), ("I-03.6.referrers", "referrer")):
        for key in {getattr(visit[0], name) for visit in begun} - {""}:
            told.value(code, sum(getattr(visit[0], name) == key for visit in begun), name, key)
    _out([why for _row, why in views if why], told)
    _inquiries(world, stretch, len(begun), told)
    return told


def _visitors(world: World, stretch: Stretch, people: Sequence[Any], told: Told) -> None:
    """On average over every day since views are on record."""
    first = min((row.day for row, _why in left_out(world)), default=date.max)
    days = max((stretch.last - max(first, stretch.first)).days + 1, 0)
    told.ratio("I-03.3", len({(row.day, row.visitor) for row in people}), days)
    came = {row.visitor for row in world.traffic_signed_in if stretch.has_day(row.day)}
    signed_in = {row.visitor for row in people if row.signed_in}
    assert came == signed_in, "who was there, signed in, is kept by the day"
    told.value("I-03.3.members", len(signed_in))


def _lengths(people: Sequence[Any], begun: Sequence[Visit], told: Told) -> None:
    seconds = sum(int((visit[-1].at - visit[0].at).total_seconds()) for visit in begun)
    one_page = sum(len(visit) == 1 for visit in begun)
    told.ratio("I-03.5", len(people), len(begun))
    told.ratio("I-03.5.seconds", seconds, len(begun) - one_page)
    told.percent("I-03.5.bounce", one_page, len(begun))


def _out(reasons: Sequence[str], told: Told) -> None:
    for why in set(reasons):
        told.value("I-03.1.left_out", reasons.count(why), "reason", why)
    told.value("I-03.1.programs", sum(why not in NO_PROGRAMS for why in reasons))


def _inquiries(world: World, stretch: Stretch, visits_: int, told: Told) -> None:
    countries = {company.id: company.row.country for company in companies(world, stretch.end)}
    asked = [row for row in world.inquiry if stretch.has(row.created_at)]
    told.count("I-03.7.inquiries", asked, country=lambda row: countries.get(row.buyer_id, "ZZ"))
    told.percent("I-03.7", len(asked), visits_)
    led = {row.inquiry_id for row in world.contract if row.effective_at is not None}
    told.share("I-03.7.contracts", asked, lambda row: row.id in led)
