"""I-07 Quality and safety of goods, and the measures that I-11 compares with a year before."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from app.core.errors import NotFound
from listings.categories import category
from tests.golden.deals import Deal, converted, deals, unlinked
from tests.golden.raw import World, one
from tests.golden.telling import Stretch, Told, months, total

CODES = (
    *("I-07.1", "I-07.2", "I-07.2.inspected", "I-07.3", "I-07.3.returned"),
    *("I-07.4", "I-07.4.hours", "I-07.4.standing", "I-07.5", "I-07.6", "I-07.6.ungraded"),
    *("I-07.7", "I-07.7.done", "I-07.7.remedied"),
)
WEIGHTS = {"certificate": 40, "inspections": 30, "orders": 30}
GRADES = ((90, "A"), (75, "B"), (60, "C"), (0, "D"))
Measure = tuple[Fraction, Fraction]
"""Of how much, of how much it rests on."""


@dataclass(frozen=True)
class Offer:
    """A listing that is online, by the version that was live."""

    product_id: UUID
    content: dict[str, Any]

    @property
    def category(self) -> str:
        return str(self.content["category"])

    def asked(self, day: date) -> Any:
        """What the law of a usual market asks for on a day, or None."""
        try:
            found = category(self.category).certificates
        except NotFound:
            return None
        return found if found is not None and found.since <= day else None

    def certified(self, day: date) -> bool:
        asked = self.asked(day)
        return any(
            _is(name, certificate["name"]) and _lasts(certificate, day)
            for name in asked.any_of
            for certificate in self.content.get("certificates") or []
        )


def _is(wanted: str, named: str) -> bool:
    """`CE (LVD)` is CE; words are letters or figures."""
    words, asked = (re.findall(r"[a-z]+|[0-9]+", text.lower()) for text in (named, wanted))
    return words[: len(asked)] == asked


def _lasts(certificate: dict[str, Any], day: date) -> bool:
    until = certificate.get("valid_until")
    return until is None or date.fromisoformat(until) >= day


def online(world: World, before: datetime) -> list[Offer]:
    """Listings online at a moment."""
    found = []
    for product in world.product:
        if _state(world, "product", product.id, before) != "published":
            continue
        found += [
            Offer(product.id, row.content)
            for row in world.product_revision
            if row.product_id == product.id and _state(world, "product_revision", row.id, before) == "live"
        ]
    return found


def _state(world: World, kind: str, id_: UUID, before: datetime) -> str:
    moves = [move for move in world.moves.get((kind, id_), []) if move.at < before]
    return moves[-1].to_state if moves else ""


def covered(world: World, stretch: Stretch) -> list[tuple[str, bool]]:
    """(category, certified) of each listing online at the end of which a certificate is asked for."""
    return [
        (offer.category, offer.certified(stretch.last))
        for offer in online(world, stretch.end)
        if offer.asked(stretch.last) is not None
    ]


def inspections(world: World, stretch: Stretch) -> list[tuple[str, bool, UUID | None]]:
    """(category, passed, listing) of each sample that was inspected in the days."""
    found = []
    for row in world.quality_work:
        if row.kind == "inspection" and row.state != "withdrawn" and stretch.has_day(row.day):
            product = one(world.product, _listing(world, row))
            name = product.category if product else "other"
            found.append((name, row.facts["result"] == "passed", product.id if product else None))
    return found


def _listing(world: World, work: Any) -> UUID | None:
    if work.subject_type != "order":
        return work.subject_id if work.subject_type == "product" else None
    order = one(world.orders, work.subject_id)
    found: UUID | None = one(world.inquiry, order.inquiry_id).product_id
    return found


def complained(world: World, deal: Deal, before: datetime) -> datetime | None:
    """When the quality of an order's goods was first complained of or disputed."""
    return min(
        (
            row.opened_at
            for row in world.case_file
            if row.topic == "quality"
            and row.kind != "report"
            and (row.subject_type, row.subject_id) == ("order", deal.row.id)
            and row.opened_at < before
        ),
        default=None,
    )


def complaints(world: World, stretch: Stretch) -> Measure:
    some = unlinked(deals(world, stretch))
    about = [deal for deal in some if stretch.has(complained(world, deal, stretch.end))]
    return Fraction(len(about)), Fraction(sum(stretch.has(deal.completed) for deal in some))


def returned(world: World, stretch: Stretch) -> list[tuple[str, Fraction, Fraction]]:
    """(category, dollars returned, dollars) of each order that was shipped and ended in the span."""
    return [
        (deal.category, _back(world, deal), deal.dollars)
        for deal in unlinked(deals(world, stretch))
        if deal.dollars is not None and stretch.has(deal.row.ended_at) and _shipments(world, deal)
    ]


def _back(world: World, deal: Deal) -> Fraction:
    """What was sent back to the buyer, is due back, or was taken back by its bank; in dollars."""
    held = [row for row in world.escrow if (row.subject_type, row.subject_id) == ("order", deal.row.id)]
    back = [
        converted(
            world,
            deal.contracted,
            row.refunded_minor + row.due_minor + row.charged_back_minor,
            escrow.currency,
            "USD",
        )
        for escrow in held
        for row in world.escrow_milestone
        if row.escrow_id == escrow.id
    ]
    return total(dollars or 0 for dollars in back)


def _shipments(world: World, deal: Deal) -> list[Any]:
    return [row for row in world.shipment if row.order_id == deal.row.id]


def evidence(world: World, deal: Deal, kind: str) -> list[Any]:
    """What the supplier submitted for a payment that asks for this kind of evidence."""
    stages = {
        row.id
        for row in world.order_milestone
        if row.order_id == deal.row.id and row.conditions.get("evidence") == kind
    }
    return [row for row in world.milestone_submission if row.milestone_id in stages]


def traced(world: World, deal: Deal) -> bool:
    """Its making or packing is proved, and three events: produced, packed, shipped, received."""
    sent = _shipments(world, deal)
    ids = {row.id for row in sent}
    produced = bool(evidence(world, deal, "production_proof"))
    packed = any(row.shipment_id in ids for row in world.shipment_packing)
    received = bool(sent) and all(row.delivered_at is not None for row in sent)
    return (produced or packed) and produced + packed + bool(sent) + received >= 3


def tested(world: World, deal: Deal) -> bool:
    """A third party found that the goods conform."""
    reports = evidence(world, deal, "inspection_report")
    papers = [row for row in world.received_document if row.order_id == deal.row.id]
    return any(row.facts.get("result") == "passed" for row in reports) or any(
        row.kind == "inspection_certificate" and row.facts.get("verdict") == "passed" for row in papers
    )


def figures(world: World, stretch: Stretch) -> Told:
    told = Told()
    samples = inspections(world, stretch)
    told.share("I-07.1", covered(world, stretch), lambda row: row[1], category=lambda row: row[0])
    told.share("I-07.2", samples, lambda row: row[1], category=lambda row: row[0])
    told.value("I-07.2.inspected", len(samples))
    told.ratio("I-07.3", complaints(world, stretch)[0] * 1000, complaints(world, stretch)[1])
    back = returned(world, stretch)
    told.percent("I-07.3.returned", total(row[1] for row in back), total(row[2] for row in back))
    for name in {row[0] for row in back}:
        some = [row for row in back if row[0] == name]
        part, whole = total(row[1] for row in some), total(row[2] for row in some)
        told.percent("I-07.3.returned", part, whole, cut="category", key=name)
    done = [deal for deal in unlinked(deals(world, stretch)) if stretch.has(deal.completed)]
    told.share("I-07.5", done, lambda deal: traced(world, deal), category=lambda deal: deal.category)
    _graded(world, stretch, told)
    _register(world, stretch, told)
    return told


def _graded(world: World, stretch: Stretch, told: Told) -> None:
    points = [_points(world, offer, stretch) for offer in online(world, stretch.end)]
    graded = [number for number in points if number is not None]
    told.count("I-07.6", graded, grade=lambda number: next(name for least, name in GRADES if number >= least))
    told.value("I-07.6.ungraded", len(points) - len(graded))


def _points(world: World, offer: Offer, stretch: Stretch) -> Fraction | None:
    """Of a hundred, by what is known of a listing in the twelve months up to the end; None for nothing."""
    year, known = months(stretch.last, 12), dict[str, Fraction]()
    if offer.asked(stretch.last) is not None:
        known["certificate"] = Fraction(offer.certified(stretch.last))
    samples = [passed for _category, passed, listing in inspections(world, year) if listing == offer.product_id]
    if samples:
        known["inspections"] = Fraction(sum(samples), len(samples))
    sold = [
        deal
        for deal in unlinked(deals(world, year))
        if deal.product_id == offer.product_id and year.has(deal.completed)
    ]
    if sold:
        good = [deal for deal in sold if complained(world, deal, year.end) is None]
        known["orders"] = Fraction(len(good), len(sold))
    weight = sum(WEIGHTS[name] for name in known)
    return total(WEIGHTS[name] * share for name, share in known.items()) * 100 / weight if weight else None


def _register(world: World, stretch: Stretch, told: Told) -> None:
    """Recalls, and inspections of the platform by authorities."""
    works = {row.id: row for row in world.quality_work if row.state != "withdrawn"}
    recalls = _found(world, works, "recall")
    told.count(
        "I-07.4",
        [row for row in recalls if stretch.has(row.found_at)],
        source=lambda row: works[row.work_id].facts["source"],
    )
    told.hours("I-07.4.hours", [row.over_at - row.found_at for row in recalls if stretch.has(row.over_at)])
    standing = [
        row
        for row in recalls
        if row.found_at < stretch.end and not (row.over_at is not None and row.over_at < stretch.end)
    ]
    told.value("I-07.4.standing", len(standing))
    planned = [row for row in works.values() if row.kind == "visit" and stretch.has_day(row.day)]
    told.value("I-07.7", len(planned))
    told.share("I-07.7.done", planned, lambda row: row.done_on is not None)
    objections = [row for row in _found(world, works, "visit") if stretch.has(row.found_at)]
    told.share("I-07.7.remedied", objections, lambda row: row.over_at is not None)


def _found(world: World, works: dict[UUID, Any], kind: str) -> Sequence[Any]:
    return [row for row in world.quality_finding if row.work_id in works and works[row.work_id].kind == kind]
