"""I-08 Registration verification: who is verified at the end, what came of the requests, and who renewed in time.

A company is at level 2 while its legal entity is confirmed and the confirmation has not run out, and at level 3 with a
bank account or a site confirmed beside it. Both follow from what was confirmed by then, not from what is known today.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from app.indicators.figures import users
from app.indicators.figures.base import Counts, Figure, Shares, Span, count, geo, median_hours, share
from app.indicators.figures.rows import Party
from app.indicators.figures.standing_rows import Check, Proof

SELLERS, ALL, FULL, ABROAD, RENEWED = "I-08.1", "I-08.1.all", "I-08.1.full", "I-08.1.abroad", "I-08.7"
OPENED, PASSED, REFUSED, WITHDRAWN = "I-08.2", "I-08.3", "I-08.4", "I-08.4.withdrawn"
HOURS, TWICE, MISMATCHES = "I-08.5", "I-08.6", "I-08.8"
PARTS = ("country", "geo", "role", "area")
ENTITY = "entity"


def figures(parties: Iterable[Party], proofs: Iterable[Proof], span: Span) -> list[Figure]:
    """Of the companies registered at the end, those verified; and of those due to be verified again, those in time."""
    shares = Shares((SELLERS, ALL, FULL, ABROAD, RENEWED))
    held: dict[str, list[Proof]] = {}
    for proof in proofs:
        held.setdefault(proof.party, []).append(proof)
    for party in parties:
        mine = held.get(party.party, [])
        cuts = [cut for cut in users.cuts(party) if cut[0] in PARTS]
        for in_time in _renewals(party, mine, span):
            shares.add(RENEWED, (), in_time)
        if not (party.since < span.end and (party.until is None or party.until >= span.end)):
            continue
        level = level_at(mine, span.end)
        shares.add(ALL, cuts, level > 1)
        if party.sells:
            shares.add(SELLERS, cuts, level > 1)
            shares.add(FULL, cuts, level > 2)
        if geo(party.country) in users.FOREIGN_LANDS:
            shares.add(ABROAD, cuts, level > 1)
    return list(shares.figures())


def level_at(proofs: Iterable[Proof], end: datetime) -> int:
    """1 to 3, of what was confirmed before `end` and held up to it."""
    newest: dict[str, Proof] = {}
    for proof in proofs:
        if proof.since < end and (proof.what not in newest or newest[proof.what] < proof):
            newest[proof.what] = proof
    holds = {what for what, proof in newest.items() if proof.until >= end}
    if ENTITY not in holds:
        return 1
    return 3 if len(holds) > 1 else 2


def _renewals(party: Party, proofs: Sequence[Proof], span: Span) -> Iterator[bool]:
    """For each end of its entity's confirmation in the span while it was registered: whether it was renewed by then."""
    entity = [proof for proof in proofs if proof.what == ENTITY]
    for until in {proof.until for proof in entity if span.holds(proof.until)}:
        if party.until is None or party.until > until:
            yield any(proof.since <= until < proof.until for proof in entity)


def checks(rows: Iterable[Check], span: Span) -> list[Figure]:
    """Of the requests that came in, and of those that were decided in the span."""
    counts, took, seen, twice = Counts(), [], 0, 0
    counts.at_least((OPENED, PASSED, REFUSED, WITHDRAWN))
    ends = {"accepted": PASSED, "rejected": REFUSED, "withdrawn": WITHDRAWN}
    mismatches = 0
    for row in rows:
        mismatches += span.holds(row.mismatched)
        if span.holds(row.opened):
            counts.add(OPENED, [("renewing", "again" if row.renewing else "first")])
        if row.decided is None or not span.holds(row.decided):
            continue
        faults = row.faults.split() or ["other"]
        counts.add(ends[row.end], [("fault", fault) for fault in faults] if row.end == "rejected" else ())
        if row.end != "withdrawn":
            took.append(row.decided - row.opened)
            seen, twice = seen + 1, twice + row.twice
    return [
        *counts.figures(),
        median_hours(HOURS, took),
        share(TWICE, twice, seen),
        count(MISMATCHES, mismatches),
    ]
