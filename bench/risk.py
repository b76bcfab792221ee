"""`python -m bench.risk [ORDERS [FINDINGS]]`: what a decision about risk adds, with a history of a million of each.

Each decision is a transaction of its own as the application's role; beside it, the same transaction with one small
statement and no decision. Told with the machine's load, for others may be at work on it.
"""

import asyncio
import gc
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app import migrations
from app.core import clock
from app.core.db import Database
from app.core.ids import new_id
from app.core.subject import Subject
from app.embedded import OWNER_ROLE, SUPERUSER, Services
from bench import deciding, trade
from listings import service
from trust.access import Member
from trust.entitlements import service as entitlements
from trust.entitlements.limits import Limits
from trust.identity.models import Organisation
from trust.risk import service as risk
from trust.risk.engine import Point
from trust.risk.facts import MessageFacts

ORDERS, FINDINGS, COMPANIES, TIMES = 1_000_000, 1_000_000, 20_000, 1_000
SENT = 300
"""Listings, sent in with and without rules."""
UNLIMITED = Limits(None, None, None)
YEAR = timedelta(days=365)
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


async def send_in(db: Database, by: Member, *, like: str) -> list[float]:
    """Milliseconds of each listing that is sent in, ascending."""
    gc.collect()
    gc.freeze()  # as `app.forking` does before the web's processes begin
    took = []
    async for draft in deciding.drafts(db, SENT, by, like=like):
        begun = time.perf_counter()
        async with db.transaction() as tx:
            await service.submit(tx, draft, by=by)
        took.append(1000 * (time.perf_counter() - begun))
    return sorted(took)


async def with_history(db: Database, owner: Database, orders: int) -> dict[str, list[float]]:
    """Listings and contracts beside a history of orders, pictures and texts."""
    async with owner.transaction() as tx:
        await trade.fill(tx, orders, deciding.content(random.Random(0), []))
    async with owner.engine.connect() as connection:  # as PostgreSQL does by itself where rows come day by day
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM risk_picture"))
    async with db.transaction() as tx:
        one, other, copier = [await deciding.supplier(tx, name) for name in ("One", "Other", "Copier")]
        for member in (one, other, copier):
            (await tx.get_one(Organisation, member.organisation_id)).created_at = clock.now() - YEAR
            # Sent in are more listings than the free plan has room for.
            await entitlements.grant(tx, member.organisation_id, "premium", UNLIMITED, clock.now() + YEAR)
        ids = list(await tx.scalars(select(Organisation.id).order_by(Organisation.slug).limit(2)))
    with deciding.without_rules():
        plain = await send_in(db, one, like="one")
    return {
        "a listing sent in, without rules": plain,
        "a listing sent in": await send_in(db, other, like="other"),
        "a listing with text and pictures of another": await send_in(db, copier, like="other"),
        "what is looked up for a contract": await measure(db, deciding.trade(ids[0], ids[1])),
    }


async def run(services: Services, orders: int, findings: int) -> None:
    db, owner = Database(services.postgres_url(), pool=2), Database(services.postgres_url(role=SUPERUSER), pool=1)
    try:
        company = await fill(db, findings)
        await measure(db, bare)
        told = {
            "nothing but a transaction": await measure(db, bare),
            "a decision that finds nothing": await measure(db, lambda tx: decide(tx, company, "Two thousand mugs.")),
            "a decision with a hit": await measure(db, lambda tx: decide(tx, company, "Call +49 40 1234 5678 now.")),
        } | await with_history(db, owner, orders)
    finally:
        await db.close()
        await owner.close()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{orders:,} orders and pictures, {orders // 2:,} texts, {orders // 5:,} goods of one category,")
    print(f"{findings:,} findings, {COMPANIES:,} companies;")
    print(f"{TIMES:,} transactions each, {SENT} listings, one after another; {os.cpu_count()} cores, load {load}")
    for name, took in told.items():
        print(f"{name}: p50 {took[len(took) // 2]:.2f} ms, p95 {took[95 * len(took) // 100]:.2f} ms")


def _company(n: int) -> dict[str, object]:
    named = {"slug": f"company-{n}", "name_original": f"Company {n}", "name_latin": f"Company {n}"}
    known = {"id": new_id(), "country": "CN", "registration_kind": "registry", "registration_number": str(n)}
    return named | known | {"created_at": clock.now() - YEAR, "state": "active"}


async def fill(db: Database, findings: int) -> Subject:
    async with db.transaction() as tx:
        rows = [_company(n) for n in range(COMPANIES)]
        await tx.execute(insert(Organisation), rows)
        await tx.execute(_HISTORY, {"findings": findings})
        first = (await tx.scalars(select(Organisation.id).order_by(Organisation.slug).limit(1))).one()
        company = Subject("organisation", first)
    async with db.transaction() as tx:
        await tx.execute(text("ANALYZE risk_hit"))
    return company


def main() -> None:
    said = [int(word.replace("_", "")) for word in sys.argv[1:]]
    orders, findings = said + [ORDERS, FINDINGS][len(said) :]
    folder = Path(tempfile.mkdtemp(prefix="portolan-bench-"))
    folder.chmod(0o755)  # PostgreSQL's own user must reach its data when this runs as root
    try:
        with Services.start(folder) as services:
            migrations.upgrade(services.postgres_url(role=OWNER_ROLE))
            asyncio.run(run(services, orders, findings))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
