"""Goods on their way, and rules of risk."""

from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from orders.deals.models import Order
from orders.deals.record import subject
from trust.access import Member
from trust.risk import service as risk
from trust.risk.engine import Point
from trust.risk.facts_of_people import ShipmentFacts

RECENT, BEFORE = timedelta(days=30), timedelta(days=180)
_BAD = text("""
    SELECT count(*) FILTER (WHERE recent AND bad), count(*) FILTER (WHERE recent),
           count(*) FILTER (WHERE NOT recent AND bad), count(*) FILTER (WHERE NOT recent)
      FROM (SELECT s.created_at > :recent AS recent,
                   s.shipped_on > o.ship_by
                   OR EXISTS (SELECT FROM case_file c
                               WHERE c.kind = 'dispute' AND c.subject_type = 'order' AND c.subject_id = o.id) AS bad
              FROM shipment s JOIN orders o ON o.id = s.order_id
             WHERE o.supplier_id = :supplier AND s.created_at > :before) lately
""")


async def check_shipment(tx: AsyncSession, order: Order, tracking: str, shipped_on: date, *, by: Member) -> None:
    """Judge a shipment that was just written down: what holds the order keeps its money from the supplier. The caller
    holds the order's lock.
    """
    now = clock.now()
    asked = {"supplier": order.supplier_id, "recent": now - RECENT, "before": now - BEFORE}
    bad, all_, bad_before, all_before = (await tx.execute(_BAD, asked)).one()
    await risk.assess(
        tx,
        Point.SHIPMENT,
        subject(order),
        ShipmentFacts(tracking, (shipped_on - order.ship_by).days, (bad, all_), (bad_before, all_before)),
        organisation_id=order.supplier_id,
        title=order.number,
        by=by,
    )
