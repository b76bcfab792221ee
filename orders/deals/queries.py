"""What is asked of orders. Everything is loaded through the asker's right to see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _, format_date, format_money
from app.core.money import Money
from app.core.subject import Subject
from orders.deals.errors import OrderNotFound, ProposalNotFound
from orders.deals.models import Order, OrderLine, Proposal, Rating, Shipment, ShipmentLine
from orders.deals.states import LABELS, STILL, OrderState, ProposalState
from orders.forgotten import forgotten


@dataclass(frozen=True, slots=True)
class OrderView:
    id: UUID
    number: str
    contract_id: UUID
    inquiry_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    title: str
    total: Money
    destination: str
    state: OrderState
    contract_hash: str
    partial_shipments: bool
    acceptance_days: int
    ship_by: date
    created_at: datetime
    funded_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    accept_by: datetime | None
    claimed_at: datetime | None
    no_claim_before: date | None
    ended_at: datetime | None

    @property
    def subject(self) -> Subject:
        return Subject("order", self.id)

    def other(self, organisation_id: UUID) -> UUID:
        return self.supplier_id if organisation_id == self.buyer_id else self.buyer_id


@dataclass(frozen=True, slots=True)
class LineView:
    """A line with what has been shipped of it so far."""

    position: int
    description: str
    unit: str
    quantity: Decimal
    least: Decimal
    most: Decimal
    shipped: Decimal

    @property
    def left(self) -> Decimal:
        return max(self.quantity - self.shipped, Decimal(0))

    @property
    def left_plain(self) -> str:
        """As a person would type it: no trailing zeros."""
        return f"{self.left.normalize():f}"


@dataclass(frozen=True, slots=True)
class ShipmentView:
    id: UUID
    number: int
    carrier: str
    tracking: str
    vessel: str
    imo: str
    shipped_on: date
    documents: list[dict[str, Any]]
    lines: list[tuple[int, Decimal]]
    delivered_at: datetime | None
    delivered_by: UUID | None
    proof: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ProposalView:
    id: UUID
    made_by: UUID
    kind: str
    milestone_id: UUID | None
    to_supplier: Money
    to_buyer: Money
    reason: str
    files: list[dict[str, Any]]
    state: ProposalState
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RatingView:
    rater_id: UUID
    rated_id: UUID
    goods: int
    service: int
    time: int
    text: str
    created_at: datetime


async def order(tx: AsyncSession, order_id: UUID, *, party: UUID | None = None) -> OrderView:
    """An order of the asking company. Raises OrderNotFound, also for a stranger's; DealForgotten."""
    query = select(Order).where(Order.id == order_id)
    if party is not None:
        query = query.where(or_(Order.buyer_id == party, Order.supplier_id == party))
    row = await tx.scalar(query)
    if row is None:
        raise OrderNotFound
    _check_kept(row)
    return view(row)


async def order_for_update(tx: AsyncSession, order_id: UUID, *, party: UUID | None = None) -> Order:
    """Locks the row. Raises OrderNotFound, also for a stranger's; DealForgotten."""
    query = select(Order).where(Order.id == order_id)
    if party is not None:
        query = query.where(or_(Order.buyer_id == party, Order.supplier_id == party))
    row = await tx.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise OrderNotFound
    _check_kept(row)
    return row


def _check_kept(order: Order) -> None:
    """Raises DealForgotten."""
    if order.forgotten_at is not None:
        rows = [
            (_("About"), order.title),
            (_("Sum"), format_money(order.total)),
            (_("State"), _(LABELS[OrderState(order.state)])),
            (_("Placed on"), format_date(order.created_at)),
            (_("Over since"), format_date(order.ended_at)),
            (_("Contract (SHA-256)"), order.contract_hash),
        ]
        raise forgotten(order.number, order.forgotten_at, rows)


async def id_of_contract(tx: AsyncSession, contract_id: UUID) -> UUID | None:
    """The order whose contract in force this is."""
    return await tx.scalar(select(Order.id).where(Order.contract_id == contract_id))


async def id_of_inquiry(tx: AsyncSession, inquiry_id: UUID) -> UUID | None:
    """The order that came of an inquiry, whichever version of its contract is in force."""
    return await tx.scalar(select(Order.id).where(Order.inquiry_id == inquiry_id))


async def inquiry_called(tx: AsyncSession, number: str, *, party: UUID | None) -> UUID | None:
    """The inquiry of the order with this number; `party` finds its own orders only."""
    query = select(Order.inquiry_id).where(Order.number == number)
    if party is not None:
        query = query.where(or_(Order.buyer_id == party, Order.supplier_id == party))
    return await tx.scalar(query)


async def orders_of(
    tx: AsyncSession, party: UUID, *, states: Sequence[OrderState] = (), offset: int = 0, limit: int = 50
) -> list[OrderView]:
    """A company's orders, newest first."""
    query = select(Order).where(or_(Order.buyer_id == party, Order.supplier_id == party))
    if states:
        query = query.where(Order.state.in_(states))
    rows = await tx.scalars(query.order_by(Order.id.desc()).offset(offset).limit(limit))
    return [view(row) for row in rows]


async def placed_between(
    tx: AsyncSession, party: UUID, first: datetime, until: datetime, *, limit: int
) -> list[OrderView]:
    """A company's orders placed from `first` on and before `until` that are not forgotten, the oldest first."""
    query = select(Order).where(or_(Order.buyer_id == party, Order.supplier_id == party))
    query = query.where(Order.created_at >= first, Order.created_at < until, Order.forgotten_at.is_(None))
    return [view(row) for row in await tx.scalars(query.order_by(Order.id).limit(limit))]


async def count_of(tx: AsyncSession, party: UUID, states: Sequence[OrderState] = ()) -> int:
    query = select(func.count()).where(or_(Order.buyer_id == party, Order.supplier_id == party))
    if states:
        query = query.where(Order.state.in_(states))
    return (await tx.execute(query)).scalar_one()


_DEALS = select(func.count(), func.count().filter(or_(*(Order.state == state for state in STILL)))).where(
    or_(Order.buyer_id == bindparam("party"), Order.supplier_id == bindparam("party"))
)


async def deals_of(tx: AsyncSession, party: UUID) -> tuple[int, int]:
    """How many orders a company has had, on either side, and how many of them are contested now."""
    deals, contested = (await tx.execute(_DEALS, {"party": party})).one()
    return deals, contested


async def lines(tx: AsyncSession, order_id: UUID) -> list[LineView]:
    """The order's lines with what was shipped of each; one query."""
    shipped = (
        select(ShipmentLine.position, func.sum(ShipmentLine.quantity).label("sum"))
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .where(Shipment.order_id == order_id)
        .group_by(ShipmentLine.position)
        .subquery()
    )
    rows = await tx.execute(
        select(OrderLine, func.coalesce(shipped.c.sum, 0))
        .outerjoin(shipped, shipped.c.position == OrderLine.position)
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.position)
    )
    return [LineView(r.position, r.description, r.unit, r.quantity, r.least, r.most, Decimal(done)) for r, done in rows]


async def shipments(tx: AsyncSession, order_id: UUID) -> list[ShipmentView]:
    """The order's shipments in the order they were made."""
    return (await shipments_of(tx, [order_id])).get(order_id, [])


async def shipments_of(tx: AsyncSession, orders: Sequence[UUID]) -> dict[UUID, list[ShipmentView]]:
    """As `shipments`, for many orders in two queries."""
    rows = list(
        await tx.scalars(
            select(Shipment).where(Shipment.order_id.in_(orders)).order_by(Shipment.order_id, Shipment.number)
        )
    )
    found = await tx.scalars(select(ShipmentLine).where(ShipmentLine.shipment_id.in_([r.id for r in rows])))
    quantities: dict[UUID, list[tuple[int, Decimal]]] = {}
    for line in found:
        quantities.setdefault(line.shipment_id, []).append((line.position, line.quantity))
    grouped: dict[UUID, list[ShipmentView]] = {}
    for row in rows:
        grouped.setdefault(row.order_id, []).append(_shipment(row, sorted(quantities.get(row.id, []))))
    return grouped


def _shipment(row: Shipment, lines: list[tuple[int, Decimal]]) -> ShipmentView:
    return ShipmentView(
        row.id,
        row.number,
        row.carrier,
        row.tracking,
        row.vessel,
        row.imo,
        row.shipped_on,
        row.documents,
        lines,
        row.delivered_at,
        row.delivered_by,
        row.proof,
    )


async def proposals(tx: AsyncSession, order_id: UUID) -> list[ProposalView]:
    """Everything either side has proposed, newest first."""
    rows = await tx.scalars(select(Proposal).where(Proposal.order_id == order_id).order_by(Proposal.id.desc()))
    return [_proposal(row) for row in rows]


async def open_proposals(tx: AsyncSession, orders: Sequence[UUID]) -> dict[UUID, list[ProposalView]]:
    """The open proposal of each of these orders that has one, in one query."""
    rows = await tx.scalars(select(Proposal).where(Proposal.order_id.in_(orders), Proposal.state == ProposalState.OPEN))
    return {row.order_id: [_proposal(row)] for row in rows}


def _proposal(row: Proposal) -> ProposalView:
    return ProposalView(
        row.id,
        row.made_by,
        row.kind,
        row.milestone_id,
        row.to_supplier,
        row.to_buyer,
        row.reason,
        row.files,
        ProposalState(row.state),
        row.created_at,
    )


async def open_proposal(tx: AsyncSession, order_id: UUID) -> Proposal | None:
    """Locks it, if there is one. The caller holds the order."""
    query = select(Proposal).where(Proposal.order_id == order_id, Proposal.state == ProposalState.OPEN)
    return await tx.scalar(query.with_for_update())


async def proposal_for_update(tx: AsyncSession, order_id: UUID, proposal_id: UUID) -> Proposal:
    """Raises ProposalNotFound."""
    query = select(Proposal).where(Proposal.order_id == order_id, Proposal.id == proposal_id)
    row = await tx.scalar(query.with_for_update())
    if row is None:
        raise ProposalNotFound
    return row


async def ratings(tx: AsyncSession, order_id: UUID) -> list[RatingView]:
    rows = await tx.scalars(select(Rating).where(Rating.order_id == order_id).order_by(Rating.id))
    return [RatingView(r.rater_id, r.rated_id, r.goods, r.service, r.time, r.text, r.created_at) for r in rows]


async def past_window(tx: AsyncSession, now: datetime, *, limit: int = 200) -> list[UUID]:
    """Delivered orders whose time for acceptance has run out."""
    query = (
        select(Order.id)
        .where(Order.state == OrderState.DELIVERED, Order.accept_by <= now)
        .order_by(Order.accept_by)
        .limit(limit)
    )
    return list(await tx.scalars(query))


def view(row: Order) -> OrderView:
    return OrderView(
        id=row.id,
        number=row.number,
        contract_id=row.contract_id,
        inquiry_id=row.inquiry_id,
        buyer_id=row.buyer_id,
        supplier_id=row.supplier_id,
        title=row.title,
        total=row.total,
        destination=row.destination,
        state=OrderState(row.state),
        contract_hash=row.contract_hash,
        partial_shipments=row.partial_shipments,
        acceptance_days=row.acceptance_days,
        ship_by=row.ship_by,
        created_at=row.created_at,
        funded_at=row.funded_at,
        shipped_at=row.shipped_at,
        delivered_at=row.delivered_at,
        accept_by=row.accept_by,
        claimed_at=row.claimed_at,
        no_claim_before=row.no_claim_before,
        ended_at=row.ended_at,
    )
