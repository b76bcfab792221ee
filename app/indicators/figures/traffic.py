"""I-03 Traffic, from the figures of days: people's page views and visits, whence and how they came, what was left out.

Views and visits add up over days. Different visitors do not: who did not sign in is told apart within a day alone, so
of a span there are the visitors of a day on average (`VISITORS`), also over days on which nobody came, from the first
view on record on; and the members who were there (`MEMBERS`).
"""

from collections.abc import Iterable

from app.indicators.figures.base import (
    DAY,
    UNKNOWN,
    Counts,
    Figure,
    Span,
    count,
    geo,
    mean,
    share,
)
from app.indicators.figures.rows import Day, Enquiry, Seen

VIEWS, VISITS, VISITORS, MEMBERS = "I-03.1", "I-03.2", "I-03.3", "I-03.3.members"
OVERSEAS, OVERSEAS_SHARE, UNKNOWN_SHARE = "I-03.4", "I-03.4.share", "I-03.4.unknown"
DEPTH, DURATION, BOUNCE = "I-03.5", "I-03.5.seconds", "I-03.5.bounce"
SOURCES, REFERRERS = "I-03.6", "I-03.6.referrers"
ASKED, CONVERSION, CONTRACTS = "I-03.7.inquiries", "I-03.7", "I-03.7.contracts"
LEFT_OUT, PROGRAMS = "I-03.1.left_out", "I-03.1.programs"
PERSONS = frozenset({"staff", "reload"})
"""Reasons to leave a view out that are no programs'."""
FOREIGN = frozenset({"near", "overseas"})


def figures(days: Iterable[Day], seen: Iterable[Seen], enquiries: Iterable[Enquiry], span: Span) -> list[Figure]:
    counts, sums = Counts(), dict.fromkeys(("visitors", "bounces", "seconds", "unknown"), 0)
    counts.at_least((VIEWS, VISITS, OVERSEAS, ASKED, PROGRAMS))
    watched = span.last + DAY
    for day in days:
        if day.views:
            watched = min(watched, max(day.day, span.first))
        if span.first <= day.day <= span.last:
            _see(day, counts, sums)
    members = {one.person for one in seen if span.first <= one.month <= span.last}
    asked = [one for one in enquiries if span.holds(one.asked)]
    for one in asked:
        counts.add(ASKED, [("country", one.country)])
    visits, views = counts.of(VISITS), counts.of(VIEWS)
    return [
        *counts.figures(),
        mean(VISITORS, sums["visitors"], (span.last + DAY - watched).days),
        count(MEMBERS, len(members)),
        share(OVERSEAS_SHARE, counts.of(OVERSEAS), visits - sums["unknown"]),
        share(UNKNOWN_SHARE, sums["unknown"], visits),
        mean(DEPTH, views, visits),
        mean(DURATION, sums["seconds"], visits - sums["bounces"]),
        share(BOUNCE, sums["bounces"], visits),
        share(CONVERSION, len(asked), visits),
        share(CONTRACTS, sum(one.contracted is not None for one in asked), len(asked)),
    ]


def _see(day: Day, counts: Counts, sums: dict[str, int]) -> None:
    match day.facet:
        case "all":
            counts.add(VIEWS, (), day.views)
            counts.add(VISITS, (), day.visits)
            for name, number in (("visitors", day.visitors), ("bounces", day.bounces), ("seconds", day.seconds)):
                sums[name] += number
        case "country":
            counts.add_to_parts(VISITS, [("country", day.key), ("geo", geo(day.key))], day.visits)
            counts.add_to_parts(VIEWS, [("country", day.key), ("geo", geo(day.key))], day.views)
            sums["unknown"] += day.visits if day.key == UNKNOWN else 0
            if geo(day.key) in FOREIGN:
                counts.add(OVERSEAS, [("country", day.key), ("geo", geo(day.key))], day.visits)
        case "channel":
            counts.add_to_parts(SOURCES, [("channel", day.key)], day.visits)
        case "referrer":
            counts.add_to_parts(REFERRERS, [("referrer", day.key)], day.visits)
        case "out":
            counts.add_to_parts(LEFT_OUT, [("reason", day.key)], day.views)
            if day.key not in PERSONS:
                counts.add(PROGRAMS, (), day.views)
