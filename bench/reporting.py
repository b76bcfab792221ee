"""`python -m bench.reporting [orders]`: what it costs to close a month, and to make a report of it.

One order is made through the services and copied by SQL as often as asked for, among ten thousand companies over a
year, with a year of traffic's days. Closings, report and public copy run as the worker runs them, in this process,
whose peak memory is told.
"""

import asyncio
import gc
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable
from datetime import UTC, date, datetime
from pathlib import Path

import asyncpg

from app import migrations, wiring
from app.core import clock
from app.core.config import Settings
from app.core.db import Database
from app.embedded import DATABASE, OWNER_ROLE, SUPERUSER, Services
from app.indicators import closing
from app.indicators.calendar import FINAL
from app.indicators.figures import groups
from app.indicators.reporting import making, service
from tests.factories.contracts import make_order, make_partners
from tests.factories.people import make_staff
from trust.access import Role

ORDERS = 1_000_000
COMPANIES = 10_000
LAST = date(2026, 10, 31)
MADE = datetime(2026, 10, 20, 4, tzinfo=UTC)
COUNTED = datetime(2026, 11, 20, 4, tzinfo=UTC)
MOST_SECONDS, MOST_MEMORY = 300.0, 1024.0  # of closings and report together; megabytes
FILL = """
CREATE FUNCTION pg_temp.the(what text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
    AS $$ SELECT CAST(md5(what || n) AS uuid) $$;
CREATE FUNCTION pg_temp.at(n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE
    AS $$ SELECT timestamptz '2026-10-31 12:00Z' - (n % 364) * interval '1 day' $$;
SET session_replication_role = replica;
DROP INDEX uq_contract_inquiry, uq_contract_quotation;
INSERT INTO organisation SELECT copy.*
  FROM (SELECT * FROM organisation WHERE NOT is_platform ORDER BY id LIMIT 1) o,
       generate_series(0, {companies} - 1) AS n,
       jsonb_populate_record(NULL::organisation, to_jsonb(o) || jsonb_build_object(
        'id', pg_temp.the('company', n), 'slug', 'c' || n, 'registration_number', 'R' || n,
        'created_at', pg_temp.at(n), 'country',
        (ARRAY['CN','CN','CN','DE','US','VN','HK','GB','FR','BR'])[1 + n % 10])) AS copy;
INSERT INTO member SELECT copy.*
  FROM (SELECT * FROM member WHERE organisation_id IN (SELECT buyer_id FROM orders) LIMIT 1) m,
       generate_series(0, {companies} - 1) AS n,
       jsonb_populate_record(NULL::member, to_jsonb(m) || jsonb_build_object(
        'id', pg_temp.the('member', n), 'organisation_id', pg_temp.the('company', n),
        'email', 'm' || n || '@example.com', 'created_at', pg_temp.at(n), 'email_confirmed_at', pg_temp.at(n))) AS copy;
INSERT INTO inquiry SELECT copy.*
  FROM (SELECT * FROM inquiry LIMIT 1) i, generate_series(0, {companies} - 1) AS n,
       jsonb_populate_record(NULL::inquiry, to_jsonb(i) || jsonb_build_object(
        'id', pg_temp.the('inquiry', n), 'product_id', pg_temp.the('product', n))) AS copy;
INSERT INTO contract SELECT copy.*
  FROM (SELECT * FROM contract LIMIT 1) c, generate_series(1, {orders}) AS n,
       jsonb_populate_record(NULL::contract, to_jsonb(c) || jsonb_build_object(
        'id', pg_temp.the('contract', n), 'number', 'C-' || n, 'effective_at', pg_temp.at(n),
        'terms', jsonb_build_object('lines', jsonb_set(c.terms->'lines', '{{0,hs_code}}',
            to_jsonb(lpad((1 + n % 97)::text, 2, '0') || '1200'))))) AS copy;
INSERT INTO orders SELECT copy.*
  FROM (SELECT * FROM orders LIMIT 1) o, generate_series(1, {orders}) AS n,
       jsonb_populate_record(NULL::orders, to_jsonb(o) || jsonb_build_object(
        'id', pg_temp.the('order', n), 'number', 'O-' || n, 'contract_id', pg_temp.the('contract', n),
        'inquiry_id', pg_temp.the('inquiry', n % {companies}),
        'buyer_id', pg_temp.the('company', n % {companies}),
        'supplier_id', pg_temp.the('company', (n * 7 + 3) % {companies}),
        'total_minor', 10000 + n::bigint * 7919 % 10000000, 'created_at', pg_temp.at(n))) AS copy;
INSERT INTO state_change SELECT copy.*
  FROM (SELECT * FROM state_change WHERE subject_type = 'order' LIMIT 1) s,
       (VALUES ('fund_all', 'funded'), ('accept', 'completed')) AS step (made, reached),
       generate_series(1, {orders}) AS n,
       jsonb_populate_record(NULL::state_change, to_jsonb(s) || jsonb_build_object(
        'id', pg_temp.the(made, n), 'subject_id', pg_temp.the('order', n), 'subject_type', 'order', 'move', made,
        'to_state', reached, 'at', pg_temp.at(n) + interval '3 days')) AS copy
 WHERE reached = 'funded' OR n % 4 > 0;
INSERT INTO traffic_daily (day, facet, key, views, visits, visitors, bounces, seconds, median_seconds, computed_at)
SELECT CAST(day AS date), facet, key, 1000 + n, 400 + n, 300, 100, 90000, 60, now()
  FROM generate_series(date '2025-11-01', date '2026-10-31', interval '1 day') AS day,
       (VALUES ('all', '', 0), ('country', 'CN', 1), ('country', 'DE', 2), ('country', 'US', 3), ('country', 'ZZ', 4),
               ('channel', 'direct', 5), ('channel', 'search', 6), ('out', 'crawler', 7)) AS seen (facet, key, n);
ANALYZE;
"""


def main() -> None:
    orders = int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS
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
            asyncio.run(measure(settings, services, orders))


async def measure(settings: Settings, services: Services, orders: int) -> None:
    db = Database(settings.database_url)
    ctx = wiring.job_context(settings, db)
    with clock.at(MADE):
        await make_order(ctx, await make_partners(db))
        async with db.transaction() as tx:
            evaluator = await make_staff(tx, Role.EVALUATOR)
    boss = await asyncpg.connect(services.postgres_url(DATABASE, SUPERUSER).replace("+asyncpg", ""))
    await timed(f"{orders:,} orders made", boss.execute(FILL.format(orders=orders, companies=COMPANIES)))
    await boss.close()
    seconds = 0.0
    gc.collect()
    gc.freeze()  # as before the worker is forked
    with clock.at(COUNTED):
        for name in groups.CLOSINGS:
            wanted = closing.Wanted(name, LAST, FINAL)
            seconds += await timed(f"closed: {name}", closing.close(ctx, wanted))
        for public in (False, True):
            async with db.transaction() as tx:
                period = service.Period("month", LAST)
                report_id = await service.ask(tx, period, public=public, by=evaluator.member)
            took = await timed("public copy" if public else "report", making.make(ctx, report_id))
            seconds += 0.0 if public else took
    print(f"closings and report: {seconds:.0f} s (target below {MOST_SECONDS:.0f})")
    print(f"peak memory: {peak():.0f} MB (target below {MOST_MEMORY:.0f})")
    await db.close()


async def timed(what: str, work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    took = time.perf_counter() - began
    print(f"{what}: {took:.1f} s; peak so far {peak():.0f} MB", flush=True)
    return took


def peak() -> float:
    """Megabytes, the most that this process had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
