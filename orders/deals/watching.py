"""What becomes of orders, and rules of risk: shipments nobody heard of, ratings, and trades that look pretended."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.jobs import JobContext, every, handler
from app.core.subject import Subject
from orders.contracts import knowing
from orders.deals.events import OrderCompleted
from orders.deals.models import Order, Rating, Shipment
from orders.deals.states import OrderState
from trust.access import Member
from trust.credit import linking
from trust.risk import holds
from trust.risk import queries as findings
from trust.risk import service as risk
from trust.risk.engine import Point
from trust.risk.known import CompletionFacts, RatingFacts, UnheardFacts

UNHEARD = "TBML-05"
LOOKED_FROM, LOOKED_TO = timedelta(days=7), timedelta(days=120)
"""Since shipment: younger ones may well be on their way, older ones were looked at many times."""
AT_ONCE = 500
DAY = timedelta(days=1)
FULL = 5
_HAS_PAPER: ColumnElement[bool] = literal_column(
    "EXISTS (SELECT FROM received_document d WHERE d.shipment_id = shipment.id AND d.kind = 'transport_document')",
    Boolean,
)


@every(hours=6)
async def look_for_unheard(ctx: JobContext) -> None:
    """Shipments that left long ago without a transport document or delivery, each in a transaction of its own."""
    async with ctx.db.transaction(read_only=True) as tx:
        ids = await unheard(tx)
    for shipment_id in ids:
        await ctx.tx(partial(check_unheard, shipment_id=shipment_id))


async def unheard(tx: AsyncSession) -> list[UUID]:
    """The oldest first; none whose order is over or already stands still for this."""
    today = clock.now().date()
    said = findings.found(UNHEARD, Order.SUBJECT, Shipment.order_id, since=clock.now() - holds.LET_BE)
    query = (
        select(Shipment.id)
        .join(Order, Order.id == Shipment.order_id)
        .where(
            Shipment.delivered_at.is_(None),
            Shipment.shipped_on.between(today - LOOKED_TO, today - LOOKED_FROM),
            Order.state.in_([OrderState.FUNDED, OrderState.IN_PROGRESS]),
            ~_HAS_PAPER,
            ~said,
        )
        .order_by(Shipment.shipped_on)
        .limit(AT_ONCE)
    )
    return list(await tx.scalars(query))


async def check_unheard(tx: AsyncSession, *, shipment_id: UUID) -> None:
    """Hold the money of an order whose shipment nobody heard of. Locks the order, then the shipment."""
    query = select(Order).join(Shipment, Shipment.order_id == Order.id).where(Shipment.id == shipment_id)
    order = (await tx.scalars(query.with_for_update(of=Order))).one()
    shipment = await tx.get_one(Shipment, shipment_id, with_for_update=True, populate_existing=True)
    paper = await tx.scalar(select(Shipment.id).where(Shipment.id == shipment_id, _HAS_PAPER))
    await risk.assess(
        tx,
        Point.CARRIAGE,
        Subject(Order.SUBJECT, order.id),
        UnheardFacts(
            days=(clock.now().date() - shipment.shipped_on).days,
            transport_paper=paper is not None,
            delivered=shipment.delivered_at is not None,
        ),
        organisation_id=order.supplier_id,
        title=order.number,
        by=None,
    )


async def check_rating(tx: AsyncSession, order: Order, rated: UUID, *, full: bool, by: Member) -> None:
    """Judge a rating that was just given. It stays: what does not count is left out of scores, not hidden."""
    since = clock.now() - DAY
    stars = (Rating.goods == FULL, Rating.service == FULL, Rating.time == FULL)
    today = select(func.count()).where(Rating.rated_id == rated, Rating.created_at > since, *stars)
    await tx.flush()
    await risk.assess(
        tx,
        Point.RATING,
        Subject(Order.SUBJECT, order.id),
        RatingFacts(
            related=rated in await linking.related(tx, by.organisation_id),
            today=(await tx.execute(today)).scalar_one() if full else 0,
        ),
        organisation_id=rated,
        title=order.number,
        by=by,
    )


@handler(OrderCompleted)
async def on_order_completed(tx: AsyncSession, event: OrderCompleted) -> None:
    """Judge whether there was a trade at all: once for each order."""
    order = await tx.get_one(Order, event.order_id)
    if order.forgotten_at is not None:
        return
    proved = select(func.count()).where(Shipment.order_id == order.id, func.jsonb_array_length(Shipment.proof) > 0)
    papers = select(Shipment.id).where(Shipment.order_id == order.id, _HAS_PAPER)
    carried = bool((await tx.execute(proved)).scalar_one()) or (await tx.scalar(papers.limit(1))) is not None
    await risk.assess(
        tx,
        Point.COMPLETION,
        Subject(Order.SUBJECT, order.id),
        CompletionFacts(
            related=order.supplier_id in await linking.related(tx, order.buyer_id),
            carried=carried,
            hops=await knowing.hops(tx, payer=order.buyer_id, payee=order.supplier_id),
        ),
        organisation_id=order.supplier_id,
        title=order.number,
        by=None,
    )
