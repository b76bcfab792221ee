"""Every hour the provider's books are read on from where they were read last."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, log
from app.core.ids import new_id
from app.core.jobs import JobContext, every
from payments.gateway import Balance, Gateway, GatewayError
from payments.reconciliation import queries, service
from payments.reconciliation.models import ReconciliationRun

OVERLAP = timedelta(days=3)  # lines may appear late, and be dated back
BEGINNING = timedelta(days=3650)
TRIES = 5
logger = log.get("portolan.payments")


@every(hours=1)
async def reconcile(ctx: JobContext) -> None:
    """Read the provider's new lines, explain them, and compare the sums. Being read twice changes nothing."""
    gateway: Gateway = ctx.gateway
    provider = gateway.capabilities.name
    async with ctx.db.transaction(read_only=True) as tx:
        last = await queries.last_run(tx, provider)
        again = await queries.open_lines(tx, provider)
    since = (last.at - OVERLAP) if last else clock.now() - BEGINNING
    for line_id in again:
        await ctx.tx(service.look_again, line_id)
    try:
        new_lines, steady, balances = await _read(ctx, gateway, since)
    except GatewayError as error:
        logger.warning("reconciliation_put_off", error=str(error))
        return
    await ctx.tx(_compare, provider, since, new_lines, steady, balances)


async def _read(ctx: JobContext, gateway: Gateway, since: datetime) -> tuple[int, bool, Mapping[str, Balance]]:
    """Lines, then the balance, then lines again: when none came in between, balance and lines are of one moment."""
    new_lines = await _take_all(ctx, gateway, since)
    for _try in range(TRIES):
        balances = await gateway.balance()
        came = await _take_all(ctx, gateway, since)
        new_lines += came
        if not came:
            return new_lines, True, balances
    return new_lines, False, balances


async def _take_all(ctx: JobContext, gateway: Gateway, since: datetime) -> int:
    provider = gateway.capabilities.name
    told = [line async for line in gateway.settlements(since)]
    async with ctx.db.transaction(read_only=True) as tx:
        new = await queries.unknown(tx, provider, [line.id for line in told])
    return sum([await ctx.tx(service.take, provider, line) for line in reversed(told) if line.id in new])


async def _compare(
    tx: AsyncSession, provider: str, since: datetime, new_lines: int, steady: bool, balances: Mapping[str, Balance]
) -> None:
    figures = _beside(provider, await queries.figures(tx), balances)
    lost = await queries.missing(tx, provider, patience=service.PATIENCE)
    open_lines = await queries.count_open(tx, provider)
    balanced = not steady or all(row["balance"] == row["lines"] for row in figures)
    agrees = balanced and not lost and all(row["expected"] == row["lines"] for row in figures)
    if not agrees:
        logger.error("reconciliation_disagrees", provider=provider, figures=figures, missing=lost)
    run = ReconciliationRun(
        id=new_id(),
        provider=provider,
        since=since,
        new_lines=new_lines,
        open_lines=open_lines,
        missing=len(lost),
        steady=steady,
        agrees=agrees,
        figures=figures,
        at=clock.now(),
    )
    tx.add(run)


def _beside(provider: str, told: list[dict[str, Any]], balances: Mapping[str, Balance]) -> list[dict[str, Any]]:
    """By currency: what the provider says it holds, the sum of its lines, and what our books expect."""
    rows = {row["currency"]: row for row in told if row["provider"] == provider}
    return [
        {
            "currency": currency,
            "balance": (balances[currency].available + balances[currency].pending).minor if currency in balances else 0,
            "lines": rows[currency]["lines"] if currency in rows else 0,
            "expected": rows[currency]["expected"] if currency in rows else 0,
        }
        for currency in sorted({*rows, *balances})
    ]
