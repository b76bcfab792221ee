"""Another implementation of the figures of traffic, written from their definition and without SQL: slow and plain."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median_low
from zoneinfo import ZoneInfo

from app.core.networks import networks
from app.traffic import agents
from app.traffic.recording import Seen
from app.traffic.sources import source
from tests.factories.traffic import ZONE

GAP, RELOAD, MINUTE = timedelta(minutes=30), timedelta(seconds=1), timedelta(minutes=1)


def day_of(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(ZONE)).date()


def device(seen: Seen) -> tuple[str, str]:
    return (seen.address, seen.agent)


def visitor(seen: Seen) -> object:
    return seen.member or device(seen)


@dataclass
class Visit:
    views: list[Seen] = field(default_factory=list)
    campaign: str = ""

    @property
    def seconds(self) -> int:
        return int((self.views[-1].at - self.views[0].at).total_seconds())


def whys(events: list[Seen]) -> list[tuple[Seen, str]]:
    """Each view with the reason why it is no person's page view, or ""."""
    signs: dict[object, set[str]] = defaultdict(set)
    groups: dict[tuple[date, object], list[Seen]] = defaultdict(list)
    for one in sorted(events, key=lambda one: one.at):
        if one.kind == "view":
            groups[day_of(one.at), visitor(one)].append(one)
        else:
            driven = one.query == "driven=1" or agents.bot(one.agent) == "headless"
            signs[day_of(one.at), device(one)] |= {one.kind} | (
                {"driven"} if one.kind == "beacon" and driven else set()
            )
    told = []
    for (day, _who), views in groups.items():
        times = [one.at for one in views]
        rate = len(views) > 2000 or any(b - a < MINUTE for a, b in zip(times, times[60:], strict=False))
        latest: dict[tuple[str, str], datetime] = {}
        for one in views:
            known, page = signs[day, device(one)], (one.path, one.query)
            again = page in latest and one.at - latest[page] <= RELOAD
            latest[page] = one.at
            told.append((one, _why(one, known, rate=rate, again=again)))
    return told


def _why(one: Seen, signs: set[str], *, rate: bool, again: bool) -> str:
    reasons = {
        "staff": one.staff,
        "crawler": agents.bot(one.agent) == "crawler",
        "hosted": networks(None).hosted(one.address) and "beacon" not in signs,
        "rate": rate,
        "headless": agents.bot(one.agent) == "headless" or "driven" in signs,
        "trap": "trap" in signs,
        "reload": again,
    }
    return next((why for why, holds in reasons.items() if holds), "")


def visits(people: list[Seen]) -> list[Visit]:
    by_person: dict[object, list[Visit]] = defaultdict(list)
    for one in sorted(people, key=lambda one: one.at):
        mine, named = by_person[visitor(one)], source(one.referer, one.query, own=one.host).source
        last = mine[-1] if mine else None
        if last is None or one.at - last.views[-1].at >= GAP or (named and named != last.campaign):
            last = Visit()
            mine.append(last)
        last.views.append(one)
        last.campaign = named or last.campaign
    return [visit for mine in by_person.values() for visit in mine]


def facts(events: list[Seen], day: date) -> dict[tuple[str, str], tuple[int | None, ...]]:
    """(facet, key) → views, visits, visitors, bounces, seconds, median of a day."""
    told = whys(events)
    people = [one for one, why in told if not why]
    seen = [one for one in people if day_of(one.at) == day]
    begun = [visit for visit in visits(people) if day_of(visit.views[0].at) == day]
    found: dict[tuple[str, str], tuple[int | None, ...]] = {
        ("all", ""): (
            *(len(seen), len(begun), len({visitor(one) for one in seen})),
            *_lengths(begun),
            median_low([v.seconds for v in begun]) if begun else None,
        )
    }
    country = networks(None).country
    for code in {country(one.address) for one in seen} | {country(v.views[0].address) for v in begun}:
        here = [one for one in seen if country(one.address) == code]
        from_here = [v for v in begun if country(v.views[0].address) == code]
        found["country", code] = (
            *(len(here), len(from_here), len({visitor(one) for one in here}), *_lengths(from_here), None),
        )
    for facet in ("channel", "referrer", "source"):
        named = defaultdict(list)
        for v in begun:
            first = v.views[0]
            named[getattr(source(first.referer, first.query, own=first.host), facet)].append(v)
        for key in named.keys() - {""}:
            group = named[key]
            found[facet, key] = (sum(len(v.views) for v in group), len(group), None, *_lengths(group), None)
    for route in {one.route for one in seen}:
        here = [one for one in seen if one.route == route]
        found["route", route] = (len(here), None, len({visitor(one) for one in here}), None, None, None)
    out = Counter(why for one, why in told if why and day_of(one.at) == day)
    for why, count in out.items():
        who = {visitor(one) for one, reason in told if reason == why and day_of(one.at) == day}
        found["out", why] = (count, None, len(who), None, None, None)
    return found


def _lengths(begun: list[Visit]) -> tuple[int, int]:
    return sum(len(v.views) == 1 for v in begun), sum(v.seconds for v in begun)
