"""I-06 Protection of intellectual property: notices, measures and their times, counter-statements, who repeats."""

from collections import Counter as Tally
from collections.abc import Iterable
from datetime import timedelta

from app.indicators.figures.base import Counts, Cut, Figure, Shares, Span, count, mean, median_hours, months_before
from app.indicators.figures.rows import Party
from app.indicators.figures.standing_rows import Counter, Institution, Item, Notice, Sanction, Scan, Stock, Strike

INSTITUTIONS = "I-06.0"
RECEIVED, VALID, REJECTED = "I-06.1", "I-06.1.valid", "I-06.1.rejected"
ON_TIME, HOURS = "I-06.2", "I-06.2.hours"
COUNTERED, FORWARDED, LAPSED, KEPT = "I-06.3", "I-06.3.forwarded", "I-06.3.lapsed", "I-06.3.kept"
REMOVED, PER_LISTINGS, FOUND = "I-06.4", "I-06.4.rate", "I-06.4.found"
REPEATED, SANCTIONS = "I-06.5", "I-06.5.sanctions"
FAULTS, PUBLISHED = "I-06.6", "I-06.7"
DAY = timedelta(hours=24)
LISTINGS = 10_000
PROTECTS = ("rules", "channel", "counter", "repeat", "staff", "registry", "scan")
"""What a platform has to have; each of them is there or is not."""
INFRINGEMENT = "intellectual_property"


def figures(notices: Iterable[Notice], items: Iterable[Item], span: Span) -> list[Figure]:
    """Of the notices that came in, and of those decided, in the span."""
    counts, shares, took = Counts(), Shares((ON_TIME, PUBLISHED)), []
    counts.at_least((RECEIVED, VALID, REJECTED, FAULTS))
    named: dict[str, list[Item]] = {}
    for item in items:
        named.setdefault(item.notice, []).append(item)
    for notice in notices:
        cuts = [("right", notice.right), ("office", notice.office)]
        if span.holds(notice.filed):
            counts.add(RECEIVED, cuts)
        if span.holds(notice.withdrawn):
            counts.add(REJECTED, [*cuts, ("ending", "withdraw")])
        if notice.decided is None or not span.holds(notice.decided):
            continue
        shares.add(PUBLISHED, (), notice.public)
        if notice.fault:
            counts.add(FAULTS, [("wrong", notice.fault)])
        if not notice.stopped:
            counts.add(REJECTED, [*cuts, ("ending", "refuse")])
            continue
        counts.add(VALID, cuts)
        down = [item.down for item in named.get(notice.notice, [])]
        last = max((at for at in down if at is not None), default=None) if None not in down else None
        shares.add(ON_TIME, cuts, last is not None and last <= notice.decided + DAY)
        if last is not None:
            took.append(last - notice.filed)
    return [*counts.figures(), *shares.figures(), median_hours(HOURS, took)]


def measures(items: Iterable[Item], stock: Iterable[Stock], span: Span) -> list[Figure]:
    """Of listings: those that came down, whose measures ended for want of proof, and whose were kept with one."""
    counts = Counts()
    counts.at_least((REMOVED, LAPSED, KEPT))
    for item in items:
        if span.holds(item.down):
            counts.add(REMOVED, ())
        if item.how == "lapse" and span.holds(item.ended):
            counts.add(LAPSED, ())
        if span.holds(item.proved):
            counts.add(KEPT, ())
    live = sum(one.listings for one in stock if one.day == span.last)
    return [*counts.figures(), mean(PER_LISTINGS, LISTINGS * counts.of(REMOVED), live)]


def counters(rows: Iterable[Counter], span: Span) -> list[Figure]:
    counts, shares = Counts(), Shares((FORWARDED,))
    counts.at_least((COUNTERED,))
    for row in rows:
        if span.holds(row.filed):
            counts.add(COUNTERED, ())
        if span.closes(row.forward_due):
            shares.add(FORWARDED, (), row.forwarded is not None and row.forwarded <= row.forward_due)
    return [*counts.figures(), *shares.figures()]


def repeated(parties: Iterable[Party], strikes: Iterable[Strike], span: Span) -> list[Figure]:
    """Companies with two confirmed infringements or more in the twelve months up to the end of the span."""
    begin = Span(months_before(span.last, 12), span.last, span.zone).begin
    given = Tally(row.party for row in strikes if begin <= row.given < span.end)
    return [count(REPEATED, sum(given[party.party] > 1 for party in parties))]


def sanctions(rows: Iterable[Sanction], span: Span) -> list[Figure]:
    counts = Counts()
    counts.at_least((SANCTIONS,))
    for row in rows:
        if row.reason == INFRINGEMENT and span.holds(row.starts):
            counts.add(SANCTIONS, [("level", row.level)])
    return list(counts.figures())


def scans(rows: Iterable[Scan], span: Span) -> list[Figure]:
    return [count(FOUND, len({row.listing for row in rows if span.holds(row.found)}))]


def institutions(rows: Iterable[Institution], span: Span) -> list[Figure]:
    """How many of PROTECTS are there at the end, and of each whether it is: 1 or 0."""
    there = {row.what for row in rows if row.since <= span.last}
    parts: list[tuple[Cut, int]] = [(("institution", what), int(what in there)) for what in PROTECTS]
    return [
        count(INSTITUTIONS, sum(one for _cut, one in parts)),
        *(count(INSTITUTIONS, one, cut) for cut, one in parts),
    ]
