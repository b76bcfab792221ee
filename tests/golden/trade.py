"""I-05 Transactions: contracted, paid, completed, called off, disputed."""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from tests.golden.deals import Deal, deals, places, unlinked
from tests.golden.raw import World
from tests.golden.telling import Stretch, Told, middle, total

_AMOUNTS = ("I-05.2", "I-05.2.linked", "I-05.3.amount", "I-05.4.amount", "I-05.5", "I-05.7.amount")
CODES = (
    *("I-05.1", "I-05.1.linked", "I-05.3", "I-05.4", "I-05.4.rate", "I-05.6", "I-05.6.median", "I-05.7"),
    *("I-05.8", "I-05.8.amount", "I-05.8.rulings", "I-05.9", "I-05.10", "I-05.10.hhi", "I-05.without_rate"),
    *(f"{code}.{kind}" for code in _AMOUNTS for kind in ("usd", "cny", "currency")),
)
KINDS = ("country", "geo", "category", "chapter", "area", "direction")
COHORT, DISPUTABLE = timedelta(days=180), timedelta(days=90)
LARGEST = 10


def figures(world: World, stretch: Stretch) -> Told:
    told, every = Told(), deals(world, stretch)
    by = {kind: _part(kind) for kind in KINDS}
    contracted = [deal for deal in every if stretch.has(deal.contracted)]
    counted, linked = unlinked(contracted), [deal for deal in contracted if deal.linked]
    told.count("I-05.1", counted, **by)
    told.value("I-05.1", len(contracted), "basis", "gross")
    told.value("I-05.1.linked", len(linked))
    _amounts(told, "I-05.2", counted, by)
    _amounts(told, "I-05.2.linked", linked, {})
    across = [deal for deal in counted if deal.direction in ("export", "import")]
    _amounts(told, "I-05.5", across, {"direction": by["direction"], "country": lambda deal: deal.abroad})
    paid = [deal for deal in unlinked(every) if stretch.has(deal.paid)]
    done = [deal for deal in unlinked(every) if stretch.has(deal.completed)]
    off = [deal for deal in unlinked(every) if stretch.has(deal.called_off)]
    ends = by | {"by": lambda deal: deal.by, "end": lambda deal: deal.row.state}
    told.count("I-05.3", paid, **by)
    told.count("I-05.4", done, **by)
    told.count("I-05.7", off, **ends)
    _amounts(told, "I-05.3.amount", paid, {})
    _amounts(told, "I-05.4.amount", done, {})
    _amounts(told, "I-05.7.amount", off, ends)
    _sizes(told, counted)
    return told


def _part(kind: str) -> Any:
    return lambda deal: deal.parts[kind]


def _amounts(told: Told, code: str, some: Sequence[Deal], by: dict[str, Any]) -> None:
    told.sum(f"{code}.usd", [deal for deal in some if deal.dollars is not None], lambda deal: deal.dollars, **by)
    told.sum(f"{code}.cny", [deal for deal in some if deal.yuan is not None], lambda deal: deal.yuan, **by)
    for currency in {deal.row.total_currency for deal in some}:
        sum_ = total(deal.amount for deal in some if deal.row.total_currency == currency)
        told.value(f"{code}.currency", round(sum_, places(currency)), "currency", currency)


def _sizes(told: Told, counted: Sequence[Deal]) -> None:
    """The average and the median order, who bought again, and how much the largest sellers have."""
    worth = [deal.dollars for deal in counted if deal.dollars is not None]
    told.ratio("I-05.6", total(worth), len(worth))
    told.value("I-05.6.median", round(middle(worth), 2) if worth else None)
    told.value("I-05.without_rate", len(counted) - len(worth))
    buyers = {deal.row.buyer_id for deal in counted}
    again = [buyer for buyer in buyers if sum(deal.row.buyer_id == buyer for deal in counted) >= 2]
    told.percent("I-05.9", len(again), len(buyers))
    sold: dict[UUID, Fraction] = {}
    for deal in counted:
        if deal.dollars is not None:
            sold[deal.row.supplier_id] = sold.get(deal.row.supplier_id, Fraction()) + deal.dollars
    told.percent("I-05.10", total(sorted(sold.values(), reverse=True)[:LARGEST]), total(worth))
    told.ratio("I-05.10.hhi", total(one**2 for one in sold.values()) * 10_000, total(worth) ** 2)


def disputes(world: World, stretch: Stretch) -> Told:
    """I-05.8: of the orders contracted in the span, those disputed until 90 days after they were over."""
    told = Told()
    counted = [deal for deal in unlinked(deals(world, stretch)) if stretch.has(deal.contracted)]
    found = {deal.row.id: _dispute(world, deal) for deal in counted}
    disputed = [deal for deal in counted if found[deal.row.id] is not None]
    told.percent("I-05.8", len(disputed), len(counted))
    told.percent(
        "I-05.8.amount", total(deal.dollars or 0 for deal in disputed), total(deal.dollars or 0 for deal in counted)
    )
    rulings = [_ruling(world, found[deal.row.id]) for deal in disputed]
    for ruling in set(rulings):
        told.value("I-05.8.rulings", rulings.count(ruling), "ruling", ruling)
    return told


def _dispute(world: World, deal: Deal) -> Any:
    """The first dispute about an order, if it came in time."""
    about = [case for case in world.case_file if case.kind == "dispute" and case.subject_id == deal.row.id]
    first = min(about, key=lambda case: case.opened_at, default=None)
    if first is None or (deal.over is not None and first.opened_at > deal.over + DISPUTABLE):
        return None
    return first


def _ruling(world: World, case: Any) -> str:
    """Who got the money, by the last ruling that stands; or how it ended without one."""
    if case.state in ("settled", "withdrawn"):
        return str(case.state)
    rulings = [row for row in world.case_ruling if row.case_id == case.id]
    last = max(rulings, key=lambda row: row.round, default=None)
    if last is None or case.state not in ("ruled", "closed"):
        return "open"
    mine, theirs = last.to_complainant_minor, last.to_respondent_minor
    if mine and theirs:
        return "shared"
    if not mine and not theirs:
        return "ruled"
    return str(case.side) if mine else "supplier" if case.side == "buyer" else "buyer"


def completion(world: World, stretch: Stretch) -> Told:
    """I-05.4.rate: of the orders contracted in the span, those completed within 180 days."""
    told = Told()
    counted = [deal for deal in unlinked(deals(world, stretch)) if stretch.has(deal.contracted)]
    in_time = [deal for deal in counted if deal.completed is not None and deal.completed - deal.contracted <= COHORT]
    told.percent("I-05.4.rate", len(in_time), len(counted))
    return told
