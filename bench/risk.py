"""`python -m bench.risk`: what a decision about risk adds, with a history of a million findings.

Each decision is a transaction of its own as the application's role; beside it, the same transaction with one small
statement and no decision. Told with the machine's load, for others may be at work on it.
"""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app import migrations
from app.core import clock
from app.core.db import Database
from app.core.ids import new_id
from app.core.subject import Subject
from app.embedded import OWNER_ROLE, Services
from trust.identity.models import Organisation
from trust.risk import service as risk
from trust.risk.engine import Point
from trust.risk.facts import MessageFacts

FINDINGS, COMPANIES, TIMES = 1_000_000, 1_000, 1_000
MONTH = timedelta(days=30)
_HISTORY = text("""
    INSERT INTO risk_hit (id, assessment_id, point, rule, version, setting_id, mode, action, notice, hours, value,
                          inputs, threshold, decided, score, subject_type, subject_id, organisation_id, at)
    SELECT gen_random_uuid(), gen_random_uuid(), 'message', 'OFF-01', 1, s.id, 'live', 1, 'mask', 0, 'phone',
           '{"kinds": {"phone": 1}, "earlier": 1, "said": [], "text": ""}', s.parameters, 1, 10, 'inquiry',
           gen_random_uuid(), o.ids[1 + n % array_length(o.ids, 1)], now() - n * interval '60 seconds'
      FROM generate_series(1, :findings) AS n, (SELECT array_agg(id) AS ids FROM organisation) AS o,
           (SELECT id, parameters FROM risk_setting WHERE rule = 'OFF-01') AS s
""")


async def measure(db: Database, work: Callable[[AsyncSession], Awaitable[object]]) -> list[float]:
    """Milliseconds of each transaction, ascending."""
    took = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        async with db.transaction() as tx:
            await work(tx)
        took.append(1000 * (time.perf_counter() - begun))
    return sorted(took)


async def decide(tx: AsyncSession, company: Subject, said: str) -> None:
    earlier = await risk.earlier(tx, "OFF-01", company.id, since=clock.now() - MONTH)
    facts = MessageFacts(said, before_contract=True, earlier=min(earlier, 1))
    await risk.assess(
        tx, Point.MESSAGE, company, facts, organisation_id=company.id, title="bench", by=None, holds=company
    )


async def bare(tx: AsyncSession) -> None:
    await tx.execute(text("SELECT 1"))


async def run(services: Services) -> None:
    db = Database(services.postgres_url(), pool=2)
    try:
        company = await fill(db)
        await measure(db, bare)
        told = {
            "nothing but a transaction": await measure(db, bare),
            "a decision that finds nothing": await measure(db, lambda tx: decide(tx, company, "Two thousand mugs.")),
            "a decision with a hit": await measure(db, lambda tx: decide(tx, company, "Call +49 40 1234 5678 now.")),
        }
    finally:
        await db.close()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{FINDINGS:,} findings, {TIMES:,} transactions each, one after another; {os.cpu_count()} cores, load {load}")
    for name, took in told.items():
        print(f"{name}: p50 {took[len(took) // 2]:.2f} ms, p95 {took[95 * len(took) // 100]:.2f} ms")


async def fill(db: Database) -> Subject:
    async with db.transaction() as tx:
        rows = [
            Organisation(
                id=new_id(),
                slug=f"company-{n}",
                name_original=f"Company {n}",
                name_latin=f"Company {n}",
                country="CN",
                registration_kind="registry",
                registration_number=str(n),
            )
            for n in range(COMPANIES)
        ]
        tx.add_all(rows)
        await tx.flush()
        await tx.execute(_HISTORY, {"findings": FINDINGS})
        company = Subject("organisation", rows[0].id)
    async with db.transaction() as tx:
        await tx.execute(text("ANALYZE risk_hit"))
    return company


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="portolan-bench-"))
    folder.chmod(0o755)  # PostgreSQL's own user must reach its data when this runs as root
    try:
        with Services.start(folder) as services:
            migrations.upgrade(services.postgres_url(role=OWNER_ROLE))
            asyncio.run(run(services))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
