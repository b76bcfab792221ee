"""`python -m bench.traffic [events] [--clickhouse] [--day]`: what counting costs a page, and what events cost.

The page is the product page, in turn with and without the middleware in one process over the same database, by
processor time of some hundred requests; the middle share of the rounds is told. Events are made by SQL over a year, or
with `--day` all on one; with `--clickhouse` the same again in ClickHouse's engine from a wheel, over HTTP.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from clickhouse_connect import get_client
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy import text

from app import migrations, wiring
from app.core.config import Settings
from app.core.db import Database
from app.embedded import OWNER_ROLE, Services
from app.main import create_app
from app.traffic import queries
from app.traffic.clickhouse import ClickHouseEvents
from app.traffic.postgres import PostgresEvents
from app.traffic.store import EventStore
from app.traffic.watching import Watch
from bench import seed
from tests.factories.columnar import clickhouse

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
  FROM (SELECT n, v, decode(md5(CAST(CAST(:day AS date) AS text) || v), 'hex') AS who
          FROM (SELECT n, (n / 8)::integer AS v
                  FROM generate_series(1, CAST(:many AS integer)) AS n) AS numbered) AS events
""")

FILL_COLUMNS = """
INSERT INTO web_event
SELECT generateUUIDv4(1), toYYYYMMDD({day:Date}), n, {day:Date},
       toDateTime64({day:Date}, 6, 'UTC') - INTERVAL 8 HOUR + toIntervalMicrosecond(rand64() % 86400000000),
       if(n % 12 = 0, 'beacon', 'view'), who, NULL, who, v % 5 = 0, v % 400 = 0,
       toInt64(cityHash64(n % 5000)), if(n % 3 = 0, '/products', '/products/{product_id}'),
       if(n % 3 = 0, '', 'product'), if(n % 3 = 0, '', toString(n % 5000)),
       ['CN', 'CN', 'CN', 'DE', 'US', 'VN', 'ZZ', 'HK', 'GB', 'FR'][1 + v % 10], v % 50 = 0, 'desktop',
       if(v % 7 = 0, 'crawler', ''), ['', '', 'www.google.com', 'www.baidu.com'][1 + v % 4],
       ['direct', 'direct', 'search', 'search'][1 + v % 4], if(v % 30 = 0, 'fair', ''), '', ''
  FROM (SELECT number + 1 AS n, intDiv(n, 8) AS v, MD5(concat({day:String}, toString(v))) AS who
          FROM numbers({many:UInt64}))
"""
Fill = Callable[[date, int], Awaitable[None]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="?", default=EVENTS)
    parser.add_argument("--clickhouse", action="store_true", help="in ClickHouse, too")
    parser.add_argument("--day", action="store_true", help="all on one day, without the page and the year")
    asked = parser.parse_args()
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
            asyncio.run(measure(settings, asked))


async def measure(settings: Settings, asked: argparse.Namespace) -> None:
    db, days = Database(settings.database_url), 1 if asked.day else DAYS
    if not asked.day:
        market = await seed.make_market(wiring.job_context(settings, db))
        (product,) = await seed.add_products(wiring.job_context(settings, db), market, 1, have=0)
        await page(settings, product)

    async def rows(day: date, many: int) -> None:
        async with db.transaction() as tx:
            await tx.execute(FILL, {"day": day, "many": many})

    print("PostgreSQL:")
    await fill_and_roll(PostgresEvents(db), rows, asked.events, days)
    with ExitStack() as stack:
        if asked.clickhouse:
            url = stack.enter_context(clickhouse())
            client, store = get_client(dsn=url, send_receive_timeout=3600), ClickHouseEvents(db, url)
            await store.create()

            async def columns(day: date, many: int) -> None:
                await asyncio.to_thread(client.command, FILL_COLUMNS, parameters={"day": day, "many": many})

            print("ClickHouse:")
            await fill_and_roll(store, columns, asked.events, days)
    await report(db)
    await db.close()


async def page(settings: Settings, product: UUID) -> None:
    """Requests a second without and with counting, writing included."""
    app = create_app(settings)
    bare = create_app(settings)
    bare.user_middleware = [one for one in bare.user_middleware if getattr(one.cls, "__name__", "") != Watch.__name__]
    shares = []
    app.state.traffic.load()  # as before processes are forked
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


async def fill_and_roll(store: EventStore, fill: Fill, events: int, days: int) -> None:
    first = LAST - timedelta(days=days - 1)
    began = time.perf_counter()
    await store.make_days(first - timedelta(days=1), LAST + timedelta(days=1))
    print(f"  room for {days + 2} days made in {time.perf_counter() - began:.1f} s")
    for n in range(days):
        await fill(first + timedelta(days=n), events // days)
    print(f"  {events:,} events over {days} days made in {time.perf_counter() - began:.0f} s")
    took = []
    for n in range(days):
        began = time.perf_counter()
        await store.roll_up(first + timedelta(days=n))
        took.append(time.perf_counter() - began)
    print(
        f"  a day's roll-up: {statistics.median(took):.2f} s, slowest {max(took):.2f} s (target below 60 s);", end=" "
    )
    print(f"all {days} days {sum(took):.0f} s")


async def report(db: Database) -> None:
    first = LAST - timedelta(days=DAYS - 1)
    began = time.perf_counter()
    async with db.transaction(read_only=True) as tx:
        total = await queries.total(tx, first, LAST)
        await queries.by_month(tx, first, LAST)
        await queries.by_day(tx, first, LAST)
        for facet in ("country", "referrer", "channel", "source", "browser", "route", "out"):
            await queries.shares(tx, facet, first, LAST, most=20)
    print(f"a year's report: {time.perf_counter() - began:.2f} s (target below 5 s); {total.views:,} views of people")


if __name__ == "__main__":
    main()
