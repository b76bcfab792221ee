"""Orders as figures see them: when each was contracted, paid, completed or called off, and what it was worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import cache, cached_property
from typing import Any
from uuid import UUID

from tests.golden.raw import World, one
from tests.golden.telling import Stretch, day_of, geo
from tests.golden.users import companies

WHOLE_UNITS = ("JPY", "KRW")
"""Currencies of the demo world without decimals; all others have two (ISO 4217)."""
SIXTEEN = Context(prec=16, rounding=ROUND_HALF_EVEN)
"""A rate that was not published is derived to so many digits (app.core.rates)."""
A_WEEK, STEPS = 7, 4


def places(currency: str) -> int:
    return 0 if currency in WHOLE_UNITS else 2


def amount(minor: int, currency: str) -> Fraction:
    return Fraction(int(minor), 10 ** places(currency))


def rate(world: World, day: date, base: str, quote: str) -> Fraction | None:
    """Of the day, or of the latest of the seven days before it that has one; over the euro where it must be."""
    if base == quote:
        return Fraction(1)
    for back in range(A_WEEK + 1):
        table = _published(world).get(day - timedelta(days=back), {})
        if (base, quote) in table:
            return Fraction(table[base, quote])
        if (quote, base) in table:
            return Fraction(SIXTEEN.divide(Decimal(1), table[quote, base]))
        if ("EUR", base) in table and ("EUR", quote) in table:
            return Fraction(SIXTEEN.divide(table["EUR", quote], table["EUR", base]))
    return None


@cache
def _published(world: World) -> dict[date, dict[tuple[str, str], Decimal]]:
    """Day → pair → rate; a correction is a later row."""
    found: dict[date, dict[tuple[str, str], Decimal]] = {}
    for row in world.fx_rate:
        found.setdefault(row.day, {})[row.base, row.quote] = row.rate
    return found


def converted(world: World, at: datetime, minor: int, currency: str, quote: str) -> Fraction | None:
    """An amount by the rate of a moment's day; exact."""
    found = rate(world, day_of(at), currency, quote)
    return None if found is None else amount(minor, currency) * found


@dataclass(frozen=True)
class Deal:
    """An order under a contract in force. `country`, `area`: of companies that are registered, by id."""

    world: World
    row: Any
    contract: Any
    country: dict[UUID, str]
    area: dict[UUID, str]
    linked: bool

    @cached_property
    def contracted(self) -> datetime:
        at: datetime = self.contract.effective_at or self.row.created_at
        return at

    @cached_property
    def product_id(self) -> UUID | None:
        found: UUID | None = one(self.world.inquiry, self.row.inquiry_id).product_id
        return found

    @cached_property
    def category(self) -> str:
        product = one(self.world.product, self.product_id)
        return product.category if product else "other"

    @cached_property
    def lines(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.contract.terms["lines"]
        return found

    @cached_property
    def paid(self) -> datetime | None:
        return self.world.when("order", self.row.id, lambda move: move.move in ("fund_part", "fund_all"))

    @cached_property
    def completed(self) -> datetime | None:
        return self.world.when("order", self.row.id, lambda move: move.to_state == "completed")

    @property
    def called_off(self) -> datetime | None:
        ended: datetime | None = self.row.ended_at
        return None if self.row.state == "completed" else ended

    @property
    def over(self) -> datetime | None:
        return self.completed or self.row.ended_at

    @cached_property
    def by(self) -> str:
        """The side that called it off; both where it was neither's alone."""
        moves = [move for move in self.world.moves[("order", self.row.id)] if move.to_state == self.row.state]
        actor = one(self.world.member, moves[-1].actor)
        if self.row.state not in ("cancelled", "terminated") or actor is None:
            return "both"
        sides = {self.row.buyer_id: "buyer", self.row.supplier_id: "supplier"}
        return sides.get(actor.organisation_id, "both")

    @property
    def sold_from(self) -> str:
        return self.country.get(self.row.supplier_id, "ZZ")

    @property
    def bought_from(self) -> str:
        return self.country.get(self.row.buyer_id, "ZZ")

    @property
    def direction(self) -> str:
        if self.sold_from == "CN":
            return "domestic" if self.bought_from == "CN" else "export"
        return "import" if self.bought_from == "CN" else "offshore"

    @property
    def abroad(self) -> str:
        return self.bought_from if self.direction == "export" else self.sold_from

    @property
    def amount(self) -> Fraction:
        return amount(self.row.total_minor, self.row.total_currency)

    @cached_property
    def dollars(self) -> Fraction | None:
        return converted(self.world, self.contracted, self.row.total_minor, self.row.total_currency, "USD")

    @cached_property
    def yuan(self) -> Fraction | None:
        return converted(self.world, self.contracted, self.row.total_minor, self.row.total_currency, "CNY")

    @property
    def parts(self) -> dict[str, str]:
        return {
            "country": self.bought_from,
            "geo": geo(self.bought_from),
            "category": self.category,
            "chapter": self.lines[0]["hs_code"][:2] if self.lines else "00",
            "area": self.area.get(self.row.supplier_id) or "00",
            "direction": self.direction,
        }


@cache
def deals(world: World, stretch: Stretch) -> list[Deal]:
    """Every order whose contract was in force before the end."""
    known = companies(world, stretch.end)
    country = {company.id: company.row.country for company in known}
    area = {
        company.id: company.row.registration_number[2:4]
        for company in known
        if company.row.country == "CN" and company.row.registration_kind == "uscc"
    }
    hands = one_hands(world)
    found = []
    for row in world.orders:
        linked = frozenset((row.buyer_id, row.supplier_id)) in hands
        deal = Deal(world, row, one(world.contract, row.contract_id), country, area, linked)
        if deal.contracted < stretch.end:
            found.append(deal)
    return found


def one_hands(world: World) -> set[frozenset[UUID]]:
    """Two companies each that are one hand's: confirmed, over up to four steps, or found by the same number."""
    confirmed = [frozenset((row.a_id, row.b_id)) for row in world.party_link if row.state == "confirmed"]
    pairs = {frozenset((row.a_id, row.b_id)) for row in world.party_link if row.strong and row.state == "found"}
    for company in {side for pair in confirmed for side in pair}:
        reached = {company}
        for _step in range(STEPS):
            reached |= {side for pair in confirmed if pair & reached for side in pair}
        pairs |= {frozenset((company, other)) for other in reached - {company}}
    return pairs


def unlinked(some: Sequence[Deal]) -> list[Deal]:
    return [deal for deal in some if not deal.linked]
