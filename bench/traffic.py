"""`python -m bench.traffic [events]`: what counting costs a page, and what a year of events costs.

The page is the product page, in turn with and without the middleware in one process over the same database, by
processor time of some hundred requests; the middle share of the rounds is told. Events are made by SQL over a year.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy import text

from app import migrations, wiring
from app.core.config import Settings
from app.core.db import Database
from app.embedded import OWNER_ROLE, Services
from app.main import create_app
from app.traffic import postgres, queries, rolling
from app.traffic.watching import Watch
from bench import seed

EVENTS = 10_000_000
DAYS = 365
LAST = date(2026, 10, 31)
ROUNDS = 7
REQUESTS = 200
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"

FILL = text("""
INSERT INTO web_event
SELECT CAST(:day AS date), CAST(:day AS date) - interval '8 hours' + random() * interval '1 day',
       CASE WHEN n % 12 = 0 THEN 'beacon' ELSE 'view' END, who, NULL, who, v % 5 = 0, v % 400 = 0,
       hashtextextended('/products/' || n % 5000, 0),
       CASE n % 3 WHEN 0 THEN '/products' ELSE '/products/{product_id}' END,
       CASE n % 3 WHEN 0 THEN '' ELSE 'product' END, CASE n % 3 WHEN 0 THEN '' ELSE (n % 5000)::text END,
       (ARRAY['CN','CN','CN','DE','US','VN','ZZ','HK','GB','FR'])[1 + v % 10], v % 50 = 0, 'desktop',
       CASE WHEN v % 7 = 0 THEN 'crawler' ELSE '' END,
       (ARRAY['','','www.google.com','www.baidu.com'])[1 + v % 4],
       (ARRAY['direct','direct','search','search'])[1 + v % 4], CASE WHEN v % 30 = 0 THEN 'fair' ELSE '' END, '', ''
  FROM (SELECT n, v, decode(md5(CAST(:day AS text) || v), 'hex') AS who
          FROM (SELECT n, (n / 8)::integer AS v
                  FROM generate_series(1, CAST(:many AS integer)) AS n) AS numbered) AS events
""")


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with tempfile.TemporaryDirectory(prefix="portolan-bench-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL's own user must reach its data when this runs as root
        with Services.start(Path(folder)) as services:
            settings = Settings(
                database_url=services.postgres_url(),
                migration_database_url=services.postgres_url(role=OWNER_ROLE),
                data_dir=services.data_dir,
                environment="test",
            )
            migrations.upgrade(settings.migration_database_url)
            asyncio.run(measure(settings, events))


async def measure(settings: Settings, events: int) -> None:
    db = Database(settings.database_url)
    market = await seed.make_market(wiring.job_context(settings, db))
    (product,) = await seed.add_products(wiring.job_context(settings, db), market, 1, have=0)
    await page(settings, product)
    await year(db, events)
    await db.close()


async def page(settings: Settings, product: UUID) -> None:
    """Requests a second without and with counting, writing included."""
    app = create_app(settings)
    bare = create_app(settings)
    bare.user_middleware = [one for one in bare.user_middleware if getattr(one.cls, "__name__", "") != Watch.__name__]
    shares = []
    async with app.state.traffic.running():
        for _round in range(ROUNDS):
            without, with_it = await requests(bare, product), await requests(app, product)
            shares.append(without / with_it)
    print(
        f"product page: {statistics.median(shares):.1%} of the throughput without counting"
        f" (rounds {min(shares):.1%} to {max(shares):.1%}; target at least 95%)"
    )
    await app.state.db.close()
    await bare.state.db.close()


async def requests(app: FastAPI, product: UUID) -> float:
    """Processor seconds of the process for a run of requests."""
    headers = {"accept": "text/html", "user-agent": AGENT}
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://bench", headers=headers) as http:
        await http.get(f"/products/{product}")
        began = time.process_time()
        for _each in range(REQUESTS):
            answer = await http.get(f"/products/{product}")
            assert answer.status_code == 200
        return time.process_time() - began


async def year(db: Database, events: int) -> None:
    first = LAST - timedelta(days=DAYS - 1)
    began = time.perf_counter()
    async with db.transaction() as tx:
        await postgres.make_days(tx, first - timedelta(days=1), LAST + timedelta(days=1))
    print(f"{DAYS + 2} partitions made in {time.perf_counter() - began:.1f} s")
    for n in range(DAYS):
        async with db.transaction() as tx:
            await tx.execute(FILL, {"day": first + timedelta(days=n), "many": events // DAYS})
    print(f"{events:,} events over {DAYS} days made in {time.perf_counter() - began:.0f} s")
    took = []
    for n in range(DAYS):
        began = time.perf_counter()
        async with db.transaction() as tx:
            await rolling.roll_up(tx, first + timedelta(days=n))
        took.append(time.perf_counter() - began)
    print(f"a day's roll-up: {statistics.median(took):.2f} s, slowest {max(took):.2f} s (target below 60 s);", end=" ")
    print(f"all {DAYS} days {sum(took):.0f} s")
    began = time.perf_counter()
    async with db.transaction(read_only=True) as tx:
        await queries.total(tx, first, LAST)
        await queries.by_month(tx, first, LAST)
        await queries.by_day(tx, first, LAST)
        for facet in ("country", "referrer", "channel", "source", "browser", "route", "out"):
            await queries.shares(tx, facet, first, LAST, most=20)
    print(f"a year's report: {time.perf_counter() - began:.2f} s (target below 5 s)")


if __name__ == "__main__":
    main()
