"""The reference rate beside a contract: that of the day it took effect, recorded once."""

from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.periods import day_of
from app.core.rates import Rate, RateMissing, Rates
from orders.contracts.models import Contract, ContractRate

PATIENCE = timedelta(days=60)
"""How long after a contract took effect its rate is still looked for; files of rates may come late."""


async def record(tx: AsyncSession, *, quote: str, zone: str) -> int:
    """Record the rate to `quote` of every contract in force that has none and for whose day one is known; how many."""
    rows = await tx.execute(
        select(Contract.id, Contract.total_currency, Contract.effective_at)  # type: ignore[attr-defined]
        .where(Contract.effective_at > clock.now() - PATIENCE)
        .where(~exists().where(ContractRate.contract_id == Contract.id))
    )
    count = 0
    for contract_id, currency, effective_at in rows.all():
        try:
            rate = (await Rates.on(tx, day_of(cast(datetime, effective_at), zone))).between(currency, quote)
        except RateMissing:
            continue
        await tx.execute(insert(ContractRate).values(_row(contract_id, rate)).on_conflict_do_nothing())
        count += 1
    return count


def _row(contract_id: UUID, rate: Rate) -> dict[str, object]:
    return {
        "contract_id": contract_id,
        "base": rate.base,
        "quote": rate.quote,
        "rate": rate.value,
        "day": rate.day,
        "source": rate.source,
        "recorded_at": clock.now(),
    }


async def rate_of(tx: AsyncSession, contract_id: UUID) -> Rate | None:
    """The rate that was recorded with a contract."""
    row = await tx.get(ContractRate, contract_id)
    return Rate(row.base, row.quote, row.rate, row.day, row.source) if row else None
