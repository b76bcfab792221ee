"""I-04 Renewal rate, from the terms of memberships and what was marked on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.golden.raw import World
from tests.golden.telling import Stretch, Told, day_of

OUTCOMES = ("early", "on_time", "grace", "win_back", "waived", "none", "voided")
CODES = (
    *("I-04", "I-04.net", "I-04.revenue", "I-04.matured"),
    *("I-04.due", "I-04.sanctioned", "I-04.upgraded", "I-04.downgraded"),
    *(f"I-04.{outcome}" for outcome in OUTCOMES),
)
RENEWED = ("early", "on_time", "grace")
GRACE = timedelta(days=30)


@dataclass(frozen=True)
class Due:
    """A term that came to its last day. step: how much larger the plan is that followed."""

    row: Any
    outcome: str
    sanctioned: bool
    step: int

    @property
    def renewed(self) -> bool:
        return self.outcome in RENEWED


def due(world: World, stretch: Stretch) -> list[Due]:
    """Paid terms that end in the days, one of each company and length: the last that is not void, or else the last."""
    found: dict[tuple[object, bool], Due] = {}
    for term in sorted(world.membership_term, key=lambda term: (term.ends_on, term.plan)):
        if not stretch.has_day(term.ends_on) or term.fee_minor + term.credit_minor == 0 or _upgraded(world, term):
            continue
        one, key = _due(world, term, stretch.last), (term.organisation_id, term.months >= 12)
        if key not in found or one.outcome != "voided" or found[key].outcome == "voided":
            found[key] = one
    return list(found.values())


def _marks(world: World, term: Any) -> set[str]:
    return {mark.kind for mark in world.membership_mark if mark.term_id == term.id}


def _upgraded(world: World, term: Any) -> bool:
    """An upgrade took its place, and counts instead."""
    return any(
        other.source_id == term.id and other.kind == "upgrade" and "void" not in _marks(world, other)
        for other in world.membership_term
    )


def _due(world: World, term: Any, on: date) -> Due:
    marks, followed = _marks(world, term), _follower(world, term)
    sanctioned = "sanction" in marks and "sanction_lifted" not in marks
    step = _rank(world, followed.plan, on) - _rank(world, term.plan, on) if followed else 0
    return Due(term, "voided" if "void" in marks else _outcome(term, followed), sanctioned, step)


def _follower(world: World, term: Any) -> Any:
    """The term that followed: within the days of grace before later ones, one with a fee before a waived one."""
    later = [
        other
        for other in world.membership_term
        if other.organisation_id == term.organisation_id
        and other.starts_on > term.ends_on
        and "void" not in _marks(world, other)
    ]
    in_time = [other for other in later if other.starts_on <= term.ends_on + GRACE]
    some = in_time or later
    with_fee = [other for other in some if other.fee_minor > 0]
    return min(with_fee or some, key=lambda other: other.starts_on, default=None)


def _outcome(term: Any, followed: Any) -> str:
    if followed is None:
        return "none"
    if followed.fee_minor == 0:
        return "waived"
    if followed.starts_on > term.ends_on + GRACE:
        return "win_back"
    if followed.paid_at is None:
        return "waived"
    paid = day_of(followed.paid_at)
    if paid > term.ends_on:
        return "grace"
    return "early" if paid < term.ends_on - GRACE else "on_time"


def _rank(world: World, plan: str, on: date) -> int:
    known = [row for row in world.membership_plan if row.code == plan and row.valid_from <= on]
    return int(max(known, key=lambda row: row.valid_from).rank)


def figures(world: World, stretch: Stretch, known: date) -> Told:
    """`known`: the day on which is counted."""
    told, rows = Told(), due(world, stretch)
    annual = [one for one in rows if one.row.months >= 12]
    _cohort(told, annual, "", "")
    _cohort(told, [one for one in rows if one.row.months < 12], "terms", "short")
    for plan in {one.row.plan for one in annual}:
        _cohort(told, [one for one in annual if one.row.plan == plan], "plan", plan)
    counted = [one for one in annual if one.outcome != "voided"]
    matured = [one for one in counted if one.row.ends_on + GRACE <= known]
    told.share("I-04.matured", matured, lambda one: one.renewed)
    for currency in {one.row.list_price_currency for one in counted}:
        fees = [
            (one.row.list_price_minor * 12 // one.row.months, one.renewed)
            for one in counted
            if one.row.list_price_currency == currency
        ]
        kept = sum(fee for fee, renewed in fees if renewed)
        told.percent("I-04.revenue", kept, sum(fee for fee, _renewed in fees), cut="currency", key=currency)
    return told


def _cohort(told: Told, rows: Sequence[Due], cut: str, key: str) -> None:
    counted = [one for one in rows if one.outcome != "voided"]
    renewed = [one for one in counted if one.renewed]
    sanctioned = [one for one in counted if one.sanctioned and not one.renewed]
    told.value("I-04.due", len(rows), cut, key)
    for outcome in OUTCOMES:
        told.value(f"I-04.{outcome}", sum(one.outcome == outcome for one in rows), cut, key)
    told.value("I-04.sanctioned", len(sanctioned), cut, key)
    told.value("I-04.upgraded", sum(one.step > 0 for one in renewed), cut, key)
    told.value("I-04.downgraded", sum(one.step < 0 for one in renewed), cut, key)
    told.percent("I-04", len(renewed), len(counted), cut=cut, key=key)
    told.percent("I-04.net", len(renewed), len(counted) - len(sanctioned), cut=cut, key=key)
