"""Goods that do not come, played by both sides: claimed, shipped after all, arrived, and the order goes on."""

from uuid import UUID

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.jobs import JobContext
from tests.browser.conftest import SignedIn
from tests.browser.inspection import ON_A_PHONE, TWO_WAYS, Inspector, Ways
from tests.factories.contracts import Partners, fund, make_order
from tests.factories.rules import adopt


@pytest.fixture
async def overdue(ctx: JobContext, partners: Partners) -> UUID:
    """An order paid in full whose last day of shipment was yesterday. Ask for it before the site."""
    await adopt(ctx.db)
    order_id = await make_order(ctx, partners)
    await fund(ctx, order_id)
    async with ctx.db.transaction() as tx:
        late = text("UPDATE orders SET ship_by = CURRENT_DATE - 2 WHERE id = :id")
        await tx.execute(late, {"id": order_id})
    return order_id


@pytest.mark.parametrize(("locale", "ways"), [("en", TWO_WAYS), ("zh-Hans", ON_A_PHONE)])
async def test_a_claim_from_both_sides(
    locale: str, ways: Ways, overdue: UUID, partners: Partners, signed_in: SignedIn, inspector: Inspector
) -> None:
    inspector.ways = ways
    buyer = await signed_in(partners.buyer, "buyer", locale=locale)
    supplier = await signed_in(partners.supplier, "supplier", locale=locale)
    order = f"/orders/{overdue}"
    await buyer.open(order)
    await buyer.fill("claim", reason="We were told of a ship in March; nothing was on it.")
    await buyer.look("claim-form")
    await buyer.send("claim")
    await buyer.look("claimed")
    await supplier.open(order)
    await supplier.look("claimed-against")
    await supplier.send(
        "shipment", carrier="Blue Meridian", tracking="BMRU6123456780", shipped_on=clock.now().date().isoformat()
    )
    assert (await supplier.read(order))["state"] == "undelivered"
    await buyer.open(order)
    await buyer.look("claimed-and-shipped")
    await buyer.send("delivery-1")
    await buyer.look("claim-over")
    said = await buyer.read(order)
    assert said["state"] == "delivered"
    assert said["money"]["frozen"]["amount_minor"] == 0
