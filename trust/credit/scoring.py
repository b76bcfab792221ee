"""Five scores of 0 to 100, each a pure function of the entries of a credit file, by rules that are dated data.

identity    what is confirmed now: a sum
commercial  deliveries, deals and ratings: a mean, drawn to 50 while little is known
bank        account, payments, payments taken back: likewise
system      conduct on the platform: 100 less what was found
judicial    disputes and decisions of authorities: likewise

Nothing a company pays for enters. What is older counts less: all in the first year, half in the second, and so on,
nothing after five. All arithmetic is exact.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any
from uuid import UUID

from app.core.i18n import N_
from trust.credit.kinds import Kind


class Part(StrEnum):
    IDENTITY = "identity"
    COMMERCIAL = "commercial"
    BANK = "bank"
    SYSTEM = "system"
    JUDICIAL = "judicial"


PARTS = {
    Part.IDENTITY: N_("Identity"),
    Part.COMMERCIAL: N_("Commercial"),
    Part.BANK: N_("Bank"),
    Part.SYSTEM: N_("Conduct on the platform"),
    Part.JUDICIAL: N_("Disputes and law"),
}
MEANS = {
    Part.IDENTITY: N_("What is confirmed about the company today."),
    Part.COMMERCIAL: N_("Deliveries in time, completed deals, and ratings by the other side."),
    Part.BANK: N_("A confirmed account, payments as agreed, payments taken back by a bank."),
    Part.SYSTEM: N_("Complaints upheld, points for breaches, restrictions."),
    Part.JUDICIAL: N_("Disputes that had to be decided, and decisions of authorities."),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the file as the rules see it. `other`: the company on the other side, where there is one."""

    id: UUID
    source: str
    kind: Kind
    at: datetime
    facts: dict[str, Any] = field(default_factory=dict)
    other: UUID | None = None
    corrects: UUID | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """How entries become scores, from a day on. What is worth how much stands beside its name.

    year        after so long an entry counts half, after `years` of them no more
    identity    points of a confirmed fact; they add up to 100 at most
    neutral     what nobody is known to be, and `believed` how many entries that weighs
    late        (days late at most, value), the mildest first; beyond them 0
    deals       so many ended deals make a company known in trade
    """

    version: int
    since: date
    year: timedelta = timedelta(days=365)
    years: int = 5
    identity: dict[str, int] = field(
        default_factory=lambda: {
            "registration": 20,
            "legal_name": 15,
            "address": 15,
            "representative": 15,
            "site": 10,
            "owners": 5,
            "authority": 5,
            "scope": 3,
            "established": 3,
            "capital": 3,
            "trade": 3,
            "lei": 3,
            "vat": 3,
            "eori": 2,
        }
    )
    neutral: int = 50
    commercial_believed: int = 5
    bank_believed: int = 3
    deals: int = 3
    on_time: int = 100
    late: tuple[tuple[int, int], ...] = ((7, 50), (30, 20))
    done: dict[str, int] = field(default_factory=lambda: {"accepted": 100, "silence": 90, "settled": 50})
    refunded: int = 0
    account: int = 2
    chargeback: int = 3
    complaint: int = 15
    point: int = 2
    rungs: dict[str, int] = field(default_factory=lambda: {"partial": 20, "full": 50, "terminated": 100})
    dispute_lost: int = 20
    dispute_shared: int = 8
    finding: int = 100

    def weight(self, at: datetime, now: datetime) -> Fraction:
        """How much of an entry counts: 1, then half of it each year, at last nothing."""
        age = max(0, (now - at) // self.year)
        return Fraction(1, 2**age) if age < self.years else Fraction(0)


VERSIONS = (Rules(1, date(2026, 11, 22)),)


def rules_of(day: date) -> Rules:
    """Those in force on a day; the first ones before there were any."""
    return max((r for r in VERSIONS if r.since <= day), key=lambda r: r.since, default=VERSIONS[0])


@dataclass(frozen=True, slots=True)
class Effect:
    """How an entry moved a score: by so many points."""

    entry: Entry
    points: Fraction

    @property
    def tenths(self) -> int:
        """Rounded half away from zero."""
        return _rounded(self.points * 10)


@dataclass(frozen=True, slots=True)
class Score:
    """`value` is None while not enough is known: `known` of what is needed are there, `needed` are asked for.

    base      where the score begins; base and all effects add up to it, save for what lies beyond 0 and 100
    """

    part: Part
    value: int | None
    known: int
    needed: int
    base: int
    effects: tuple[Effect, ...]


def _rounded(value: Fraction) -> int:
    whole = (abs(value) * 2 + 1) // 2
    return int(whole if value >= 0 else -whole)


def counted(entries: Sequence[Entry], related: frozenset[UUID]) -> list[Entry]:
    """Those that may count: not corrected, not undone, and with nobody who is linked to the company. Oldest first."""
    corrected = {entry.corrects for entry in entries if entry.corrects}
    undone = {entry.facts["of"] for entry in entries if entry.kind is Kind.RESTRICTION_UNDONE}
    found = [
        entry
        for entry in entries
        if entry.id not in corrected
        and entry.source not in undone
        and entry.kind not in {Kind.CORRECTION, Kind.RESTRICTION_UNDONE}
        and entry.other not in related
    ]
    return sorted(found, key=lambda entry: (entry.at, entry.source))


def scores(entries: Sequence[Entry], related: frozenset[UUID], now: datetime, rules: Rules) -> list[Score]:
    """All five, in their order.

    entries   of one company, in any order; later than `now` they are not looked at
    related   companies that are linked to it
    """
    found = [entry for entry in counted(entries, related) if entry.at <= now]
    return [rate(found, now, rules) for rate in (identity, commercial, bank, system, judicial)]


def _standing(entries: Sequence[Entry]) -> dict[str, Entry]:
    """The facts that are confirmed now, each with the entry that said so last."""
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry.kind is Kind.FACT_VERIFIED:
            found[entry.facts["fact"]] = entry
        elif entry.kind is Kind.FACT_EXPIRED:
            found.pop(entry.facts["fact"], None)
    return found


def identity(entries: Sequence[Entry], _now: datetime, rules: Rules) -> Score:
    """The points of what is confirmed now. Known once anything ever was."""
    ever = sum(1 for entry in entries if entry.kind is Kind.FACT_VERIFIED and entry.facts["fact"] in rules.identity)
    standing = {fact: entry for fact, entry in _standing(entries).items() if fact in rules.identity}
    effects = tuple(Effect(entry, Fraction(rules.identity[fact])) for fact, entry in standing.items())
    return _summed(Part.IDENTITY, 0, effects, known=ever, needed=1)


def commercial(entries: Sequence[Entry], now: datetime, rules: Rules) -> Score:
    """The mean of what deals were worth. Known from `rules.deals` ended deals that still count."""

    def worth(entry: Entry) -> int | None:
        match entry.kind:
            case Kind.DELIVERED_ON_TIME:
                return rules.on_time
            case Kind.DELIVERED_LATE:
                return next((value for most, value in rules.late if entry.facts["days"] <= most), 0)
            case Kind.DEAL_DONE:
                return rules.done[entry.facts["how"]]
            case Kind.DEAL_REFUNDED:
                return rules.refunded
            case Kind.RATED:
                stars = sum(int(entry.facts[name]) for name in ("goods", "service", "time"))
                return (stars - 3) * 25 // 3
        return None

    weighed = [(entry, value, rules.weight(entry.at, now)) for entry in entries if (value := worth(entry)) is not None]
    known = sum(1 for entry, _value, weight in weighed if entry.kind in _ENDED and weight)
    return _mean(Part.COMMERCIAL, weighed, rules.commercial_believed, rules, known=known, needed=rules.deals)


_ENDED = (Kind.DEAL_DONE, Kind.DEAL_REFUNDED)


def bank(entries: Sequence[Entry], now: datetime, rules: Rules) -> Score:
    """The mean of what is known about its money: an account that is confirmed now counts whole."""
    account = _standing(entries).get("bank")
    weighed = [(account, 100, Fraction(rules.account))] if account else []
    for entry in entries:
        weight = rules.weight(entry.at, now)
        if entry.kind is Kind.DEAL_PAID:
            weighed.append((entry, 100, weight))
        elif entry.kind is Kind.CHARGEBACK and entry.facts["lost"]:
            weighed.append((entry, 0, weight * rules.chargeback))
    known = sum(1 for _entry, _value, weight in weighed if weight)
    return _mean(Part.BANK, weighed, rules.bank_believed, rules, known=known, needed=1)


def system(entries: Sequence[Entry], now: datetime, rules: Rules) -> Score:
    """100 less what was found. Known from `rules.deals` ended deals, or once anything was found."""

    def costs(entry: Entry) -> int:
        match entry.kind:
            case Kind.COMPLAINT_UPHELD:
                return rules.complaint
            case Kind.POINTS:
                return int(entry.facts["points"]) * rules.point
            case Kind.RESTRICTED:
                return rules.rungs.get(entry.facts["rung"], 0)
        return 0

    return _less(Part.SYSTEM, entries, costs, now, rules)


def judicial(entries: Sequence[Entry], now: datetime, rules: Rules) -> Score:
    """100 less what disputes and authorities took. Known as `system` is."""

    def costs(entry: Entry) -> int:
        if entry.kind is Kind.FINDING:
            return rules.finding
        if entry.kind is not Kind.DISPUTE_RULED or entry.facts["share"] >= 100:
            return 0
        return rules.dispute_shared if entry.facts["share"] > 0 else rules.dispute_lost

    return _less(Part.JUDICIAL, entries, costs, now, rules)


def _mean(
    part: Part, weighed: Sequence[tuple[Entry, int, Fraction]], believed: int, rules: Rules, *, known: int, needed: int
) -> Score:
    """The weighted mean with `believed` entries of the neutral value beside them; each effect is exact."""
    whole = believed + sum((weight for _entry, _value, weight in weighed), Fraction(0))
    effects = tuple(
        Effect(entry, weight * (value - rules.neutral) / whole) for entry, value, weight in weighed if weight
    )
    return _summed(part, rules.neutral, effects, known=known, needed=needed)


def _less(part: Part, entries: Sequence[Entry], costs: Callable[[Entry], int], now: datetime, rules: Rules) -> Score:
    weighed = [(entry, costs(entry) * rules.weight(entry.at, now)) for entry in entries]
    effects = tuple(Effect(entry, -cost) for entry, cost in weighed if cost)
    deals = sum(1 for entry in entries if entry.kind in _ENDED and rules.weight(entry.at, now))
    return _summed(part, 100, effects, known=rules.deals if effects else deals, needed=rules.deals)


def _summed(part: Part, base: int, effects: tuple[Effect, ...], *, known: int, needed: int) -> Score:
    value = _rounded(base + sum((effect.points for effect in effects), Fraction(0)))
    return Score(part, max(0, min(100, value)) if known >= needed else None, known, needed, base, effects)
