"""Goods on their way to the buyer, handed over and received through the services."""

from decimal import Decimal
from uuid import UUID

from app.core import clock
from app.core.db import Database
from orders.deals import shipping
from orders.deals.models import Shipment
from orders.deals.shipping import Consignment
from tests.factories.contracts import Partners


def consignment(
    quantity: str = "1000",
    tracking: str = "BMRU6123456780",
    *,
    carrier: str = "Blue Meridian",
    vessel: str = "",
    imo: str = "",
) -> Consignment:
    return Consignment(carrier, tracking, clock.now().date(), {0: Decimal(quantity)}, [], vessel, imo)


async def ship(
    db: Database, order_id: UUID, partners: Partners, quantity: str = "1000", tracking: str = "BMRU6123456780"
) -> Shipment:
    async with db.transaction() as tx:
        return await shipping.ship(tx, order_id, consignment(quantity, tracking), by=partners.supplier.member)


async def deliver(db: Database, order_id: UUID, partners: Partners, shipment: Shipment) -> None:
    """The buyer says that the shipment has arrived."""
    async with db.transaction() as tx:
        await shipping.deliver(tx, order_id, shipment.id, [], by=partners.buyer.member)
