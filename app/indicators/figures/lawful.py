"""I-10 Lawful operation: of the platform itself, and what it did about its members."""

from collections.abc import Iterable
from datetime import timedelta

from app.indicators.figures.base import (
    WHOLE,
    Counts,
    Figure,
    Shares,
    Span,
    Sums,
    mean,
    median_hours,
    share,
)
from app.indicators.figures.rows import Act, Party
from app.indicators.figures.standing_rows import Demand, Finding, Incident, Licence, Penalty, Report, Sanction

PENALTIES, AMOUNT = "I-10.1", "I-10.1.amount"
LICENCES, REPORTS, DEMANDS, ANSWERED = "I-10.2", "I-10.3", "I-10.4.received", "I-10.4"
INCIDENTS = "I-10.5"
SANCTIONS, PER_SELLERS = "I-10.6", "I-10.6.rate"
FINDINGS, STOPPED = "I-10.7", "I-10.7.hours"
APPEALS = "I-10.8"
SELLERS = 1000


def penalties(rows: Iterable[Penalty], span: Span) -> list[Figure]:
    counts, sums, places = Counts(), Sums(), {}
    counts.at_least((PENALTIES,))
    for row in rows:
        if not span.first <= row.decided <= span.last:
            continue
        counts.add(PENALTIES, ())
        if row.amount is not None:
            places[row.currency] = row.places
            sums.add_to_parts(AMOUNT, [("currency", row.currency)], row.amount)
    return [*counts.figures(), *sums.figures(places)]


def licences(rows: Iterable[Licence], span: Span) -> list[Figure]:
    """Of the licences on the page at the end, those in force on the last day."""
    shown = [row for row in rows if row.shown < span.end and (row.off is None or row.off >= span.end)]
    valid = sum(row.first <= span.last and (row.last is None or row.last >= span.last) for row in shown)
    return [share(LICENCES, valid, len(shown))]


def reports(rows: Iterable[Report], span: Span) -> list[Figure]:
    """Of the reports due in the span, those made in time."""
    shares = Shares((REPORTS,))
    for row in rows:
        if span.closes(row.due):
            shares.add(REPORTS, [("report", row.kind)], row.made is not None and row.made <= row.due)
    return list(shares.figures())


def demands(rows: Iterable[Demand], span: Span) -> list[Figure]:
    counts, shares = Counts(), Shares((ANSWERED,))
    counts.at_least((DEMANDS,))
    for row in rows:
        cuts = [("organ", row.organ), ("origin", "foreign" if row.foreign else "home")]
        if span.holds(row.received):
            counts.add(DEMANDS, cuts)
        if span.closes(row.due):
            shares.add(ANSWERED, cuts, row.answered is not None and row.answered <= row.due)
    return [*counts.figures(), *shares.figures()]


def incidents(rows: Iterable[Incident], span: Span) -> list[Figure]:
    counts = Counts()
    counts.at_least((INCIDENTS,))
    for row in rows:
        if span.holds(row.noticed):
            counts.add(INCIDENTS, [("nature", row.nature), ("grade", row.grade)])
    return list(counts.figures())


def sanctions(rows: Iterable[Sanction], parties: Iterable[Party], acts: Iterable[Act], span: Span) -> list[Figure]:
    """Measures that took effect, for each thousand sellers that did something; and appeals decided in the span."""
    counts, decided, changed = Counts(), 0, 0
    counts.at_least((SANCTIONS,))
    for row in rows:
        if span.holds(row.starts):
            counts.add(SANCTIONS, [("level", row.level), ("cause", row.reason)])
        if span.holds(row.appeal_decided):
            decided, changed = decided + 1, changed + (row.appeal != "upheld")
    sellers = {party.party for party in parties if party.sells}
    active = {act.party for act in acts if span.first <= act.month <= span.last} & sellers
    return [
        *counts.figures(),
        mean(PER_SELLERS, SELLERS * counts.of(SANCTIONS), len(active)),
        share(APPEALS, changed, decided),
    ]


def findings(rows: Iterable[Finding], span: Span) -> list[Figure]:
    """Authorities' decisions recorded in the span, and how long the companies could go on."""
    counts, took = Counts(), []
    counts.at_least((FINDINGS,))
    for row in rows:
        if span.holds(row.recorded):
            counts.add(FINDINGS, [("cause", row.kind)])
            if row.stopped is not None:
                took.append(max(row.stopped - row.recorded, timedelta()))
    return [*counts.figures(), median_hours(STOPPED, took, WHOLE)]
