"""Requests for quotation: one question to several suppliers, with every outcome it can have."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from app.demo import words
from app.demo.cast import Stage
from app.demo.course import Course, Stop
from app.demo.deals import Deal, Plan
from app.demo.shelf import Place, Shelf
from app.demo.timeline import Story
from listings import categories
from listings import queries as listings
from orders.negotiation import queries, rfqs
from orders.negotiation.service import Question
from trust.access import Role

ASKED = 5
"""Suppliers asked at once."""


@dataclass(frozen=True)
class Request:
    """Who asks for which goods, how many quote, for how many days it is open, and what becomes of the one chosen.

    course  None: nobody is chosen
    """

    buyer: str
    category: str
    quotes: int
    open_days: int
    course: Course | None
    start: datetime


async def request(stage: Stage, shelf: Shelf, plan: Request) -> Story:
    """The request is sent; suppliers quote one after the other; the buyer chooses, or lets it lapse."""
    yield plan.start
    places = _neighbours(shelf, plan.category)
    rfq_id = await _send(stage, plan, places)
    deals: list[Deal] = []
    moment = plan.start
    for place in places[: plan.quotes]:
        moment += stage.days(0.4, 1)
        yield moment
        deals.append(await _deal(stage, shelf, plan, place, rfq_id))
        await deals[-1].quote()
    if plan.course:
        async for later in deals[0].conclude(moment):
            yield later


def _neighbours(shelf: Shelf, category: str) -> list[Place]:
    """One product of each supplier of this kind of goods, then of those of its neighbours in the tree."""
    branch = categories.category(categories.category(category).parent or category)
    slugs = [category, *(leaf.slug for leaf in branch.leaves())]
    found = [place for slug in slugs for place in shelf.places.get(slug, ())]
    return list({place.supplier: place for place in reversed(found)}.values())[::-1][:ASKED]


async def _send(stage: Stage, plan: Request, places: list[Place]) -> UUID:
    buyer = stage.firms[plan.buyer]
    async with stage.ctx.db.transaction() as tx:
        product = await listings.published(tx, places[0].product_id)
        question = Question(
            title=product.title_en,
            text=stage.chance.choice(words.ASKED),
            quantity=product.moq * 2,
            unit=product.unit,
            destination=buyer.seed.country,
            hs_code=product.hs_code,
        )
        row = await rfqs.request(
            tx,
            question,
            [],
            category=plan.category,
            supplier_ids=[stage.firms[place.supplier].id for place in places],
            closes_on=(plan.start + timedelta(days=plan.open_days)).date(),
            by=await stage.member(tx, buyer, Role.PURCHASER),
        )
        return row.id


async def _deal(stage: Stage, shelf: Shelf, plan: Request, place: Place, rfq_id: UUID) -> Deal:
    supplier = stage.firms[place.supplier]
    async with stage.ctx.db.transaction(read_only=True) as tx:
        lines = await queries.inquiries_of(tx, supplier.id, side="supplier", rfq_id=rfq_id)
    wanted = Plan(plan.buyer, plan.category, Decimal(2), plan.course or Course(Stop.QUOTED), plan.start)
    return Deal.answering(stage, shelf, wanted, place, lines[0].id)
