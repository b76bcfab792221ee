"""I-12 Brands: who has its own, what it sells under it, and what the platform does for it."""

from collections.abc import Iterable, Sequence

from app.indicators.figures.base import (
    EXACT,
    MAINLAND,
    WHOLE,
    Counts,
    Cut,
    Figure,
    Span,
    Sums,
    count,
    rounded,
    share,
    sum_of,
)
from app.indicators.figures.improvement import Traded
from app.indicators.figures.quality_rows import Brand, Gathered, Waiver

HOLDERS, OWN_SHARE, ABROAD = "I-12.1", "I-12.2", "I-12.3"
EVENTS, HOURS, PARTICIPANTS = "I-12.4", "I-12.4.hours", "I-12.4.participants"
WAIVERS, WAIVED, WAIVED_IN = "I-12.5", "I-12.5.amount.cny", "I-12.5.amount.currency"
WITHOUT_RATE = "I-12.5.without_rate"
MADRID = "WO"


def holders(rows: Iterable[Brand], span: Span) -> list[Figure]:
    """Sellers with a mark of their own at the end; marks abroad that sellers entered in the span."""
    counts = Counts()
    counts.at_least((HOLDERS, ABROAD))
    places: dict[str, set[Cut]] = {}
    for one in rows:
        if not one.own or not one.sells:
            continue
        if _here(one, span) and _in_force(one, span):
            places.setdefault(one.party, set()).add(("registry", registry(one.office)))
        if span.holds(one.since) and one.since > one.joined and one.office != MAINLAND:
            counts.add(ABROAD, [("registry", registry(one.office))])
    for cuts in places.values():
        counts.add(HOLDERS, sorted(cuts))
    return list(counts.figures())


def registry(office: str) -> str:
    """`cn`, `madrid` for the international register, or `abroad`."""
    return "cn" if office == MAINLAND else "madrid" if office == MADRID else "abroad"


def _here(one: Brand, span: Span) -> bool:
    return one.joined < span.end and (one.left is None or one.left >= span.end)


def _in_force(one: Brand, span: Span) -> bool:
    accepted = one.since < span.end and (one.until is None or one.until >= span.end)
    return accepted and (one.valid_until is None or one.valid_until >= span.last)


def own_share(traded: Traded, span: Span) -> list[Figure]:
    """Of the dollars contracted in the span, those of lines under the seller's own or a licensed mark."""
    return [share(OWN_SHARE, *traded.own(span))]


def events(rows: Iterable[Gathered], span: Span) -> list[Figure]:
    """Brand events and trainings held in the span, their hours and participants."""
    counts, hours = Counts(), Sums()
    counts.at_least((EVENTS, PARTICIPANTS))
    hours.at_least((HOURS,))
    for one in rows:
        if span.first <= one.day <= span.last:
            counts.add(EVENTS, [("event", one.kind)])
            counts.add(PARTICIPANTS, [("event", one.kind)], one.participants)
            hours.add(HOURS, [("event", one.kind)], one.hours)
    return [*counts.figures(), *hours.figures()]


def waivers(rows: Sequence[Waiver], span: Span) -> list[Figure]:
    """Fees waived in the span, by reason and province; amounts in their currencies, and together in yuan."""
    granted = [one for one in rows if span.holds(one.granted)]
    counts, yuan = Counts(), Sums()
    counts.at_least((WAIVERS,))
    yuan.at_least((WAIVED,))
    for one in granted:
        parts: list[Cut] = [("why", one.reason)]
        if one.province:
            parts.append(("province", one.province))
        counts.add(WAIVERS, parts)
        if one.cny is not None:
            yuan.add(WAIVED, parts, EXACT.multiply(one.amount, one.cny))
    return [
        *counts.figures(),
        *yuan.figures(),
        *(_in_currency(granted, *kind) for kind in sorted({(one.currency, one.places) for one in granted})),
        count(WITHOUT_RATE, sum(one.cny is None for one in granted), WHOLE),
    ]


def _in_currency(granted: Sequence[Waiver], currency: str, places: int) -> Figure:
    total = sum_of(one.amount for one in granted if one.currency == currency)
    return Figure(WAIVED_IN, ("currency", currency), rounded(total, places))
