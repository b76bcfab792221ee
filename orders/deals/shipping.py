"""Goods on their way: shipments in parts where the contract allows it, and their delivery."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.periods import earliest_today, latest_today
from orders import controlled
from orders.contracts import queries as contracts
from orders.deals import claiming, guarding, proving, queries
from orders.deals.errors import NotYet, PartialNotAgreed, ShipmentNotFound, TooMuchShipped, WrongSide
from orders.deals.events import GoodsDelivered, GoodsShipped
from orders.deals.models import Order, Shipment, ShipmentLine
from orders.deals.queries import LineView
from orders.deals.record import note, only, subject, tell
from orders.deals.service import acceptance_ends, all_paid
from orders.deals.states import OrderMove, OrderState
from trust.access import Member, Permission, require
from trust.goods import checking, licences, reports
from trust.goods.checking import Asked
from trust.goods.licences import Taken
from trust.goods.states import Point as GoodsPoint
from trust.risk import holds
from trust.screening import naming
from trust.screening.naming import Role, Said
from trust.screening.standing import check
from trust.screening.states import Point

__all__ = ["Consignment", "deliver", "ship", "subject"]


@dataclass(frozen=True, slots=True)
class Consignment:
    """What is handed to a carrier: quantities by the line's position in the contract. `vessel`, `imo`: "" where they
    are not known yet, or it is no ship; the IMO number's check digit is right.
    """

    carrier: str
    tracking: str
    shipped_on: date
    quantities: dict[int, Decimal]
    documents: list[dict[str, Any]]
    vessel: str = ""
    imo: str = ""

    @property
    def named(self) -> list[Said]:
        """Who carries it, as screening knows them."""
        return [Said(Role.CARRIER, self.carrier), naming.vessel(self.vessel, self.imo)]


async def ship(tx: AsyncSession, order_id: UUID, goods: Consignment, *, by: Member) -> Shipment:
    """The supplier hands goods to a carrier. All money due before shipment is held by then.

    While the buyer says that they do not come, they may still be sent: nobody's claim ends by that.
    Raises IllegalMove, NotYet, WrongSide, PartyStopped, GoodsRefused, GoodsHeld, StatementNeeded, OnHold,
    TooMuchShipped, PartialNotAgreed, Invalid for a day in the future or before payment.
    """
    require(by, Permission.SHIP)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    only(order.supplier_id, by)
    order.check(OrderMove.SHIP)
    if order.state == OrderState.UNDELIVERED and not await proving.paid_before_shipment(tx, order):
        raise NotYet(_("Not all money due before shipment is held."))
    await naming.name(tx, subject(order), goods.named, organisation_id=by.organisation_id)
    await check(tx, Point.SHIPMENT, order.buyer_id, order.supplier_id, about=[subject(order)])
    lines = await queries.lines(tx, order.id)
    _check_quantities(order, lines, goods.quantities)
    _check_day(order, goods.shipped_on)
    taken = await _check_goods(tx, order, lines, goods, by)
    shipment = await _add(tx, order, goods, by)
    await licences.draw(tx, order.id, shipment.id, taken)
    order.move(OrderMove.SHIP, by=by.id)
    order.shipped_at = order.shipped_at or clock.now()
    said = {
        "shipment": shipment.id,
        "carrier": goods.carrier,
        "tracking": goods.tracking,
        **({"vessel": goods.vessel, "imo": goods.imo} if goods.vessel or goods.imo else {}),
        "shipped_on": goods.shipped_on,
        "quantities": goods.quantities,
        "documents": [document["sha256"] for document in goods.documents],
    }
    await note(tx, order, "order.shipped", said, by=by)
    await tx.flush()
    if order.state != OrderState.UNDELIVERED and await _all_shipped(tx, order):
        await proving.goods_shipped(tx, order)
    await guarding.check_shipment(tx, order, goods.tracking, goods.shipped_on, by=by)
    await outbox.publish(tx, GoodsShipped(order.id, shipment.id))
    await tell(tx, order, order.buyer_id, Permission.ACCEPT_GOODS, "goods_shipped")
    return shipment


async def _all_shipped(tx: AsyncSession, order: Order) -> bool:
    return all(line.shipped >= line.least for line in await queries.lines(tx, order.id))


async def _check_goods(
    tx: AsyncSession, order: Order, lines: list[LineView], goods: Consignment, by: Member
) -> list[Taken]:
    """What goes of which licence. Raises GoodsRefused, GoodsHeld, StatementNeeded, OnHold."""
    await holds.check_hold(tx, reports.goods_of(order.id))
    terms = (await contracts.contract(tx, order.contract_id)).terms
    going = controlled.sent(terms, goods.quantities, {line.position: line.shipped for line in lines})
    destinations = tuple(dict.fromkeys((order.destination, *terms.destinations)))
    asked = Asked(GoodsPoint.SHIPMENT, going, order.supplier_id, subject(order), destinations)
    return await checking.check(tx, asked, by=by)


async def _add(tx: AsyncSession, order: Order, goods: Consignment, by: Member) -> Shipment:
    number = await tx.scalar(select(func.count()).select_from(Shipment).where(Shipment.order_id == order.id)) or 0
    shipment = Shipment(
        order_id=order.id,
        number=number + 1,
        carrier=goods.carrier,
        tracking=goods.tracking,
        vessel=goods.vessel,
        imo=goods.imo,
        shipped_on=goods.shipped_on,
        documents=goods.documents,
        proof=[],
        created_by=by.id,
    )
    tx.add(shipment)
    await tx.flush()
    tx.add_all(
        ShipmentLine(shipment_id=shipment.id, position=position, quantity=quantity)
        for position, quantity in goods.quantities.items()
    )
    return shipment


def _check_quantities(order: Order, lines: list[LineView], quantities: dict[int, Decimal]) -> None:
    known = {line.position: line for line in lines}
    if not quantities or any(position not in known or q <= 0 for position, q in quantities.items()):
        raise Invalid(_("Say how much of which line is shipped."), field="quantities")
    for position, quantity in quantities.items():
        line = known[position]
        if line.shipped + quantity > line.most:
            raise TooMuchShipped(
                _("This is more than the contract's quantity."), field=f"quantities.{position}", most=str(line.most)
            )
    whole = all(quantities.get(line.position, Decimal(0)) >= line.least for line in lines)
    if not order.partial_shipments and not whole:
        raise PartialNotAgreed(_("The contract asks for the whole quantity in one shipment."), field="quantities")


def _check_day(order: Order, shipped_on: date) -> None:
    if shipped_on > latest_today(clock.now()):
        raise Invalid(_("The day of shipment cannot lie in the future."), field="shipped_on")
    if shipped_on < earliest_today(order.created_at):
        raise Invalid(_("The day of shipment cannot lie before the order."), field="shipped_on")


async def deliver(
    tx: AsyncSession, order_id: UUID, shipment_id: UUID, proof: list[dict[str, Any]], *, by: Member
) -> None:
    """A shipment has arrived: said by the buyer, or by the supplier with proof. The last one starts the clock of
    acceptance, or the last payment does if that comes later. While the buyer says that they do not come, it alone says
    what has; once all has come its claim is over.

    Raises ShipmentNotFound, IllegalMove, NotYet, WrongSide, Invalid when the supplier gives no proof.
    """
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    require(by, Permission.ACCEPT_GOODS if by.organisation_id == order.buyer_id else Permission.SHIP)
    order.check(OrderMove.DELIVER)
    claimed = order.state == OrderState.UNDELIVERED
    if claimed and by.organisation_id == order.supplier_id:
        raise WrongSide(_("The buyer says that the goods have not come: show your proof of delivery in the case."))
    if claimed:
        await claiming.undecided(tx, order)
    if by.organisation_id == order.supplier_id and not proof:
        raise Invalid(_("Attach the carrier's proof of delivery."), field="proof")
    rows = list(await tx.scalars(select(Shipment).where(Shipment.order_id == order.id).with_for_update()))
    shipment = next((row for row in rows if row.id == shipment_id), None)
    if shipment is None:
        raise ShipmentNotFound
    if shipment.delivered_at is not None:
        return
    shipment.delivered_at, shipment.delivered_by, shipment.proof = clock.now(), by.id, proof
    said = {"shipment": shipment.id, "proof": [file["sha256"] for file in proof]}
    await note(tx, order, "order.shipment_delivered", said, by=by)
    await tx.flush()
    if await _all_shipped(tx, order) and all(row.delivered_at is not None for row in rows):
        order.move(OrderMove.DELIVER, by=by.id)
        if claimed:
            await claiming.over(tx, order, how="arrived", by=by)
        order.delivered_at = clock.now()
        order.accept_by = acceptance_ends(order) if await all_paid(tx, order) else None
        await note(tx, order, "order.delivered", {"accept_by": order.accept_by}, by=by)
        await outbox.publish(tx, GoodsDelivered(order.id))
        await tell(tx, order, order.buyer_id, Permission.ACCEPT_GOODS, "goods_delivered")
