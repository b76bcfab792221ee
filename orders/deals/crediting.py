"""What orders, ratings and contested payments put into the credit files of both sides."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import handler
from app.core.states import StateChange
from orders.deals.events import GoodsDelivered, GoodsShipped, MilestoneAccepted, OrderCompleted, OrderRated
from orders.deals.models import Milestone, Order, Rating, Shipment, Submission
from orders.deals.states import OrderMove, OrderState
from orders.milestones import Evidence, MilestoneState
from payments.chargebacks import queries as chargebacks
from payments.chargebacks.queries import ChargebackView
from payments.chargebacks.states import OVER, ChargebackState
from payments.events import ChargebackEnded
from trust.credit import service as credit
from trust.credit.kinds import Kind
from trust.credit.reading import Draft

HOW = {OrderMove.ACCEPT: "accepted", OrderMove.FALL_SILENT: "silence", OrderMove.SETTLE: "settled"}


@handler(GoodsShipped)
async def on_goods_shipped(tx: AsyncSession, event: GoodsShipped) -> None:
    await credit.enter(tx, await of_orders(tx, [event.order_id]))


@handler(GoodsDelivered)
async def on_goods_delivered(tx: AsyncSession, event: GoodsDelivered) -> None:
    await credit.enter(tx, await of_orders(tx, [event.order_id]))


@handler(MilestoneAccepted)
async def on_milestone_accepted(tx: AsyncSession, event: MilestoneAccepted) -> None:
    await credit.enter(tx, await of_inspections(tx, [event.order_id]))


@handler(OrderCompleted)
async def on_order_completed(tx: AsyncSession, event: OrderCompleted) -> None:
    await credit.enter(tx, await of_orders(tx, [event.order_id]))


@handler(OrderRated)
async def on_order_rated(tx: AsyncSession, event: OrderRated) -> None:
    await credit.enter(tx, await of_ratings(tx, [event.order_id]))


@handler(ChargebackEnded)
async def on_chargeback_ended(tx: AsyncSession, event: ChargebackEnded) -> None:
    await credit.enter(tx, of_chargebacks([await chargebacks.chargeback(tx, event.chargeback_id)]))


async def of_orders(tx: AsyncSession, ids: Sequence[UUID]) -> list[Draft]:
    """Of these orders as far as they have come: paid, delivered in time or late, and how they ended. Nothing of an
    order that was forgotten, whose shipments are gone.
    """
    orders = list(await tx.scalars(select(Order).where(Order.id.in_(ids), Order.forgotten_at.is_(None))))
    shipped = await _last_shipped(tx, ids)
    ended = await _moves(tx, ids)
    return [
        draft for order in orders for draft in _of_order(order, shipped.get(order.id), ended.get(order.id, "accepted"))
    ]


async def _last_shipped(tx: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, date]:
    query = select(Shipment.order_id, func.max(Shipment.shipped_on)).where(Shipment.order_id.in_(ids))
    return {row[0]: row[1] for row in await tx.execute(query.group_by(Shipment.order_id))}


async def _moves(tx: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, str]:
    """By which move completed orders ended."""
    query = select(StateChange.subject_id, StateChange.move).where(
        StateChange.subject_type == Order.SUBJECT,
        StateChange.subject_id.in_(ids),
        StateChange.to_state == OrderState.COMPLETED,
    )
    return {order_id: HOW[OrderMove(move)] for order_id, move in await tx.execute(query)}


def _of_order(order: Order, shipped: date | None, how: str) -> list[Draft]:
    source, found = f"order:{order.id}", []
    buyer, supplier = order.buyer_id, order.supplier_id
    if order.shipped_at is not None and order.funded_at is not None:
        paid = f"{source}:paid"
        found.append(
            Draft(organisation_id=buyer, source=paid, kind=Kind.DEAL_PAID, at=order.funded_at, other_id=supplier)
        )
    if order.delivered_at is not None and shipped is not None:
        late = max(0, (shipped - order.ship_by).days)
        found.append(
            Draft(
                organisation_id=supplier,
                source=f"{source}:delivered",
                kind=Kind.DELIVERED_LATE if late else Kind.DELIVERED_ON_TIME,
                at=order.delivered_at,
                facts={"days": late} if late else {},
                other_id=buyer,
            )
        )
    over = f"{source}:ended"
    if order.ended_at is not None and order.state == OrderState.COMPLETED:
        facts = {"how": how}
        found += [
            Draft(
                organisation_id=side, source=over, kind=Kind.DEAL_DONE, at=order.ended_at, facts=facts, other_id=other
            )
            for side, other in ((buyer, supplier), (supplier, buyer))
        ]
    if order.ended_at is not None and order.state == OrderState.REFUNDED:
        found.append(
            Draft(organisation_id=supplier, source=over, kind=Kind.DEAL_REFUNDED, at=order.ended_at, other_id=buyer)
        )
    return found


async def of_inspections(tx: AsyncSession, orders: Sequence[UUID]) -> list[Draft]:
    """Reports of inspections before shipment that count: the buyer accepted them, or let the agreed time pass. A report
    that counts by its face alone is the supplier's word, and is not entered.
    """
    query = (
        select(Milestone.id, Order.supplier_id, Order.buyer_id, Submission.facts, StateChange.note, StateChange.at)
        .join(Order, Order.id == Milestone.order_id)
        .join(Submission, Submission.milestone_id == Milestone.id)
        .join(StateChange, StateChange.subject_id == Milestone.id)
        .where(
            Milestone.order_id.in_(orders),
            Milestone.conditions["evidence"].astext == Evidence.INSPECTION_REPORT,
            StateChange.subject_type == Milestone.SUBJECT,
            StateChange.to_state == MilestoneState.ACCEPTED,
            StateChange.note.in_(HOW.values()),
            Order.forgotten_at.is_(None),
        )
        .order_by(Milestone.id, Submission.number.desc())
        .ext(distinct_on(Milestone.id))
    )
    return [
        Draft(
            organisation_id=row.supplier_id,
            source=f"milestone:{row.id}:inspected",
            kind=Kind.INSPECTED,
            at=row.at,
            facts={"result": row.facts["result"], "how": row.note},
            other_id=row.buyer_id,
        )
        for row in await tx.execute(query)
    ]


async def of_ratings(tx: AsyncSession, orders: Sequence[UUID]) -> list[Draft]:
    """The stars of these orders' ratings; their words stay with the rating."""
    rows = await tx.scalars(select(Rating).where(Rating.order_id.in_(orders)).order_by(Rating.id))
    return [
        Draft(
            organisation_id=row.rated_id,
            source=f"rating:{row.id}",
            kind=Kind.RATED,
            at=row.created_at,
            facts={"goods": row.goods, "service": row.service, "time": row.time},
            other_id=row.rater_id,
        )
        for row in rows
    ]


def of_chargebacks(found: Sequence[ChargebackView]) -> list[Draft]:
    """Of contested payments that a bank has decided: it was lost by the supplier, or by the buyer."""
    drafts = []
    for view in found:
        if view.state not in OVER or view.ended_at is None:
            continue
        won, taken = view.state == ChargebackState.WON, view.taken.minor > 0
        for side, company, other in (
            ("buyer", view.buyer_id, view.supplier_id),
            ("supplier", view.supplier_id, view.buyer_id),
        ):
            drafts.append(
                Draft(
                    organisation_id=company,
                    source=f"chargeback:{view.id}",
                    kind=Kind.CHARGEBACK,
                    at=view.ended_at,
                    facts={"side": side, "lost": won and taken if side == "buyer" else not won},
                    other_id=other,
                )
            )
    return drafts


async def everything(tx: AsyncSession, after: UUID, *, limit: int) -> tuple[list[Draft], UUID | None]:
    """Of the next so many orders after this one: all there is, and where to go on; None at the end."""
    ids = list(await tx.scalars(select(Order.id).where(Order.id > after).order_by(Order.id).limit(limit)))
    if not ids:
        return [], None
    return [*await of_orders(tx, ids), *await of_inspections(tx, ids), *await of_ratings(tx, ids)], ids[-1]
