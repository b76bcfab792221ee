"""I-12 Brands: marks that sellers hold, what they sell under them, events, and fees that were waived."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from tests.golden.deals import amount, converted, deals, places, unlinked
from tests.golden.raw import World
from tests.golden.raw import one as row_of
from tests.golden.telling import Part, Stretch, Told, day_of, total
from tests.golden.users import Company, companies
from trust.rights.marks import phrases

CODES = (
    *("I-12.1", "I-12.2", "I-12.3", "I-12.4", "I-12.4.hours", "I-12.4.participants"),
    *("I-12.5", "I-12.5.amount.cny", "I-12.5.amount.currency", "I-12.5.without_rate"),
)
SIGNS = " -.,'&+/·®™"


@dataclass(frozen=True)
class Mark:
    """A trade mark that staff have checked, of a company that holds it or acts for its holder."""

    row: Any
    company: UUID
    since: datetime
    until: datetime | None

    @property
    def own(self) -> bool:
        return not self.row.agent

    @property
    def registry(self) -> str:
        return {"CN": "cn", "WO": "madrid"}.get(self.row.office, "abroad")

    @property
    def bare(self) -> str:
        return "".join(sign for sign in self.row.title.lower() if sign not in SIGNS)

    def in_force(self, at: datetime) -> bool:
        accepted = self.since <= at and not (self.until is not None and self.until <= at)
        return accepted and (self.row.valid_until is None or self.row.valid_until >= day_of(at))


def marks(world: World, before: datetime) -> list[Mark]:
    found = []
    for row in world.ip_right:
        company = row_of(world.ip_notifier, row.notifier_id).organisation_id
        since = world.when("ip_right", row.id, lambda move: move.to_state == "accepted")
        if row.kind == "trade_mark" and company is not None and since is not None and since < before:
            until = world.when("ip_right", row.id, lambda move: move.to_state == "withdrawn")
            found.append(Mark(row, company, since, until))
    return found


def figures(world: World, stretch: Stretch) -> Told:
    told = Told()
    _holders(world, stretch, told)
    _own_goods(world, stretch, told)
    _events(world, stretch, told)
    _waivers(world, stretch, told)
    return told


def _holders(world: World, stretch: Stretch, told: Told) -> None:
    sellers = {company.id: company for company in companies(world, stretch.end) if company.row.sells}
    ours = [mark for mark in marks(world, stretch.end) if mark.own and mark.company in sellers]
    holds = [mark for mark in ours if sellers[mark.company].at(stretch.end) and _stands(mark, stretch)]
    told.count("I-12.1", list({mark.company for mark in holds}), registry=_registries(holds))
    new = [mark for mark in ours if stretch.has(mark.since) and _after_joining(mark, sellers[mark.company])]
    told.count("I-12.3", [mark for mark in new if mark.row.office != "CN"], registry=lambda mark: mark.registry)


def _stands(mark: Mark, stretch: Stretch) -> bool:
    """At the end."""
    withdrawn = mark.until is not None and mark.until < stretch.end
    return not withdrawn and (mark.row.valid_until is None or mark.row.valid_until >= stretch.last)


def _registries(holds: Sequence[Mark]) -> Any:
    return lambda company: {mark.registry for mark in holds if mark.company == company}


def _after_joining(mark: Mark, company: Company) -> bool:
    return mark.since > company.since


def _own_goods(world: World, stretch: Stretch, told: Told) -> None:
    """Of the dollars contracted, those of lines that name a mark in force which the seller holds or is licensed."""
    known, own, every = marks(world, stretch.end), Fraction(), Fraction()
    for deal in unlinked(deals(world, stretch)):
        if not stretch.has(deal.contracted):
            continue
        theirs = {
            mark.bare for mark in known if mark.company == deal.row.supplier_id and mark.in_force(deal.contracted)
        }
        for line in deal.lines:
            said, text = line["total"], "\n".join(line["description"][language] for language in ("en", "zh"))
            dollars = converted(world, deal.contracted, int(said["amount_minor"]), said["currency"], "USD")
            every += dollars or 0
            own += (dollars or 0) if theirs & phrases(text) else 0
    told.percent("I-12.2", own, every)


def _events(world: World, stretch: Stretch, told: Told) -> None:
    held = [
        row
        for row in world.quality_work
        if row.kind == "event" and row.state != "withdrawn" and stretch.has_day(row.day)
    ]
    by: dict[str, Part] = {"event": lambda row: row.facts["event"]}
    told.count("I-12.4", held, **by)
    told.sum("I-12.4.hours", held, lambda row: Fraction(row.facts["hours"]), **by)
    told.sum("I-12.4.participants", held, lambda row: row.facts["participants"], **by)


@dataclass(frozen=True)
class Waived:
    row: Any
    minor: int
    yuan: Fraction | None

    @property
    def currency(self) -> str:
        return str(self.row.price_currency)


def _waivers(world: World, stretch: Stretch, told: Told) -> None:
    granted = []
    for row in world.membership_waiver:
        at = world.when("membership_waiver", row.id, lambda move: move.to_state == "granted")
        if at is not None and stretch.has(at):
            minor = round(Fraction(row.price_minor * row.basis_points, 10_000))
            granted.append(Waived(row, minor, converted(world, at, minor, row.price_currency, "CNY")))
    by: dict[str, Part] = {"why": lambda one: one.row.reason, "province": lambda one: one.row.province or ()}
    told.count("I-12.5", granted, **by)
    told.sum("I-12.5.amount.cny", [one for one in granted if one.yuan is not None], lambda one: one.yuan, **by)
    for currency in {one.currency for one in granted}:
        sum_ = total(amount(one.minor, currency) for one in granted if one.currency == currency)
        told.value("I-12.5.amount.currency", round(sum_, places(currency)), "currency", currency)
    told.value("I-12.5.without_rate", sum(one.yuan is None for one in granted))
