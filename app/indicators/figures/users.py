"""I-02 Registered users: stock, flow and who was active.

Who is registered counts from the later of two moments, its registration and the first confirmed contact, and no longer
once it has left or was terminated. So opening + new − removed = closing, to the unit, over any spans that follow one
another.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from app.indicators.figures.base import WHOLE, Counts, Cut, Figure, Span, geo
from app.indicators.figures.rows import Act, Party, Person

OPENING, NEW, REMOVED, CLOSING = "I-02.1.opening", "I-02.3", "I-02.1.removed", "I-02.1"
COMPANIES = (OPENING, NEW, REMOVED, CLOSING)
PERSONS = ("I-02.2.opening", "I-02.2.new", "I-02.2.removed", "I-02.2")
ACTIVE = "I-02.4"
FOREIGN_LANDS = ("near", "overseas")
FOREIGN = {CLOSING: "I-02.5", NEW: "I-02.5.new", ACTIVE: "I-02.5.active"}


def figures(parties: Iterable[Party], persons: Iterable[Person], acts: Iterable[Act], span: Span) -> list[Figure]:
    """Companies and people at both ends of the span, who came and went in it, and who did something."""
    counts = Counts()
    counts.at_least((*COMPANIES, *PERSONS, ACTIVE, *FOREIGN.values()))
    known = {party.party: party for party in parties}
    for party in known.values():
        for code in _moves(party.since, party.until, span, COMPANIES):
            _count(counts, code, party)
    for person in persons:
        for code in _moves(person.since, person.until, span, PERSONS):
            counts.add(code, ())
    kinds: dict[str, set[str]] = {}
    for act in acts:
        if not span.first <= act.month <= span.last:
            continue
        kinds.setdefault(act.party, set()).add(act.kind)
    for name, done in kinds.items():
        actor = known.get(name)
        if actor is None:  # not registered, such as a company whose contact nobody has confirmed yet
            continue
        _count(counts, ACTIVE, actor)
        for kind in done:
            counts.add(f"{ACTIVE}.acts", [("act", kind)])
    return list(counts.figures())


def _moves(since: datetime, until: datetime | None, span: Span, codes: tuple[str, str, str, str]) -> Iterator[str]:
    opening, new, removed, closing = codes
    if since < span.begin and (until is None or until >= span.begin):
        yield opening
    if span.holds(since):
        yield new
    if span.holds(until):
        yield removed
    if since < span.end and (until is None or until >= span.end):
        yield closing


def _count(counts: Counts, code: str, party: Party) -> None:
    counts.add(code, cuts(party))
    if code in FOREIGN and geo(party.country) in FOREIGN_LANDS:
        counts.add(FOREIGN[code], [("country", party.country), ("geo", geo(party.country))])


def cuts(party: Party) -> list[Cut]:
    """The parts of all that a company belongs to; each kind of part takes in everybody once."""
    role = "both" if party.buys and party.sells else "seller" if party.sells else "buyer"
    found = [("country", party.country), ("geo", geo(party.country)), ("role", role)]
    found.append(("known", "verified" if party.verified else "declared"))
    return [*found, ("area", party.area or "00")] if geo(party.country) == "mainland" else found


def difference(opening_before: Decimal, found: Iterable[Figure]) -> Decimal:
    """What is missing in the bridge from the last span's closing to this one's: 0 when it balances."""
    values = {figure.code: figure.value or Decimal() for figure in found if figure.cut == WHOLE}
    return opening_before + values[NEW] - values[REMOVED] - values[CLOSING]
