"""What is asked on the market for like goods: the prices that contracts are compared with."""

from collections.abc import Collection
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import String

from app.core import clock

PAST = timedelta(days=180)
COMPARED = 500
"""Of each kind of goods, so many prices at most, the latest."""
_PRICES = text("""
    SELECT asked.code, asked.unit, found.price_low FROM unnest(:codes, :units) AS asked (code, unit)
      CROSS JOIN LATERAL (
        SELECT p.price_low FROM product p
         WHERE p.subheading = asked.code AND p.currency = :currency AND p.unit = asked.unit
           AND p.state = 'published' AND p.published_at >= :since AND p.organisation_id <> :but
         ORDER BY p.published_at DESC LIMIT :compared) AS found
""").bindparams(bindparam("codes", type_=ARRAY(String)), bindparam("units", type_=ARRAY(String)))


async def prices(
    tx: AsyncSession, like: Collection[tuple[str, str]], currency: str, *, but: UUID
) -> dict[tuple[str, str], list[Decimal]]:
    """The lowest prices of one unit of others' published goods, by HS subheading (6 digits) and unit. One query."""
    kinds = sorted(set(like))
    asked = {
        "codes": [code for code, _unit in kinds],
        "units": [unit for _code, unit in kinds],
        "currency": currency,
        "but": but,
        "since": clock.now() - PAST,
        "compared": COMPARED,
    }
    found: dict[tuple[str, str], list[Decimal]] = {}
    for code, unit, price in await tx.execute(_PRICES, asked):
        found.setdefault((code, unit), []).append(price)
    return found
