"""kill -9 at random under load: web, workers, sandbox, PostgreSQL's sessions and server, Redis, and who posts entries.

Whatever was acknowledged is in the books once, the provider has one object for each operation, and the books prove.
"""

import asyncio
import random
import shutil
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError

from app import wiring
from app.core import clock
from app.core.db import Database
from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.jobs import JobContext
from app.core.money import Money
from app.core.runner import drain
from app.core.subject import Subject
from payments import jobs, proof
from payments.escrow import service as escrow
from payments.escrow.service import MilestonePlan
from payments.fees import FeeTerms
from payments.operations import queries as operations
from payments.operations import service as operating
from tests.factories.money import HASH
from tests.factories.people import make_company, make_key
from tests.faults.counts import SEED, count, tell
from tests.faults.world import World, patiently, world

KILLS = count("kills", quick=3, long=60, full=200)
ACKNOWLEDGED = count("acknowledged", quick=200, long=10_000, full=50_000)
BACKLOG = count("backlog", quick=25, long=100, full=300)
DEALS, PAYMENTS, BUYERS = 8, 12, 4  # escrows of a batch, milestones of each, companies that pay
POSTERS, STREAMS, CLIENTS = 2, 4, 4
PAUSE = (0.3, 1.2)  # seconds between two kills
GONE = (DBAPIError, InterfaceError, OSError)
TARGETS = ("PostgreSQL", "web", "worker", "worker 2", "sandbox", "poster 0", "poster 1", "backend", "backend", "Redis")


@dataclass
class Load:
    """What was asked for and acknowledged."""

    world: World
    ctx: JobContext
    waiting: list[tuple[UUID, str]] = field(default_factory=list)  # operations to pay, each with its buyer's API key
    paid: list[UUID] = field(default_factory=list)
    decided: list[UUID] = field(default_factory=list)
    refunds: int = 0
    over: bool = False

    @property
    def posted(self) -> list[str]:
        lines = [(self.world.folder / f"poster{n}.txt") for n in range(POSTERS)]
        return [line for path in lines if path.exists() for line in path.read_text().split("\n")[:-1]]

    @property
    def acknowledged(self) -> int:
        return len(self.posted) + len(self.paid) + len(self.decided)


async def prepare(ctx: JobContext, keys: list[tuple]) -> list[tuple[UUID, str]]:
    """Escrows of many payments, each planned and waiting for the buyer's method."""
    made = []
    for number in range(DEALS):
        buyer, key, supplier = keys[number % len(keys)]
        subject = Subject("deal", new_id())
        amounts = [Money(10_000 + 7 * number + n, "USD") for n in range(PAYMENTS)]
        async with ctx.db.transaction() as tx:
            opened = await escrow.open_escrow(
                tx,
                subject,
                buyer_id=buyer.organisation_id,
                supplier_id=supplier.organisation_id,
                currency="USD",
                milestones=[MilestonePlan("deposit", amount) for amount in amounts],
                fee_terms=FeeTerms(150),
                contract_hash=HASH,
            )
            for milestone in opened.milestones:
                planned = await escrow.plan_pay_in(tx, subject, milestone.id, by=buyer.member, rail="stripe")
                made.append((planned.id, key))
    return made


async def pay(load: Load, keys: list[tuple]) -> None:
    """Choose a card for one planned payment after another, over HTTP, insisting until it is acknowledged."""
    async with httpx.AsyncClient(base_url=load.world.web, timeout=10) as http:
        while not load.over:
            if not load.waiting:
                try:
                    load.waiting.extend(await prepare(load.ctx, keys))
                except GONE:
                    await asyncio.sleep(0.2)
                continue
            operation_id, key = load.waiting.pop()
            headers = {"authorization": f"Bearer {key}", "idempotency-key": f"pay-{operation_id}"}
            while True:
                try:
                    answer = await http.post(
                        f"/api/v1/payments/{operation_id}/method", json={"method": "pm_card_visa"}, headers=headers
                    )
                except httpx.HTTPError:
                    await asyncio.sleep(0.1)
                    continue
                if answer.status_code < 300:
                    load.paid.append(operation_id)
                    break
                assert answer.status_code in (429, 500, 502, 503), answer.text
                await asyncio.sleep(0.1)


async def decide(load: Load) -> None:
    """Release or refund what is held, a third of it back to the buyer."""
    chance = random.Random(SEED)  # noqa: S311  repeatable is wanted
    held = text(
        """SELECT s.subject_id, m.id FROM escrow_milestone m JOIN escrow s ON s.id = m.escrow_id
            WHERE m.state = 'funded' ORDER BY m.id LIMIT 20"""
    )
    while not load.over:
        try:
            async with load.ctx.db.transaction(read_only=True) as tx:
                rows = list(await tx.execute(held))
            for subject_id, milestone_id in rows:
                refund = chance.random() < 0.3
                move = escrow.refund if refund else escrow.release
                try:
                    async with load.ctx.db.transaction() as tx:
                        await move(tx, Subject("deal", subject_id), milestone_id, by=None, reason="load")
                except DomainError:
                    continue  # the commit of a try before had reached the server after all
                load.decided.append(milestone_id)
                load.refunds += refund
        except GONE:
            await asyncio.sleep(0.2)
        await asyncio.sleep(0.2)


@dataclass
class Killed:
    """How often what was killed, and for how many seconds it was away.

    longest  of all losses of PostgreSQL, a session's among them, until it served again
    first    until a first query was answered, from the start of the server that recovers
    serving  until the application's pool, whose connections all broke, had a committed write
    """

    times: Counter[str] = field(default_factory=Counter)
    longest: float = 0.0
    first: list[float] = field(default_factory=list)
    serving: list[float] = field(default_factory=list)


async def recovered(load: Load, killed: Killed) -> None:
    """PostgreSQL starts again on what kill -9 has left; its own log is replayed before anybody is let in."""
    began = time.monotonic()
    load.world.services.revive()
    await load.world.until_postgres_answers()
    killed.first.append(time.monotonic() - began)

    async def writes() -> bool:
        try:
            async with load.ctx.db.transaction() as tx:
                await tx.execute(text("UPDATE member SET name = name WHERE id = (SELECT id FROM member LIMIT 1)"))
        except GONE:
            return False
        return True

    await patiently(writes, "the application's pool")
    killed.serving.append(time.monotonic() - began)


async def killing(load: Load) -> Killed:
    """Kill, start again, until there were enough of both."""
    chance, made = random.Random(SEED), Killed()  # noqa: S311  repeatable is wanted
    killed, here = made.times, load.world
    while killed.total() < KILLS or load.acknowledged < ACKNOWLEDGED or len(load.paid) < 2 * KILLS:
        await asyncio.sleep(chance.uniform(*PAUSE))
        here.supervise()
        if killed.total() >= KILLS:
            continue
        target = TARGETS[killed.total()] if killed.total() < len(TARGETS) else chance.choice(TARGETS)
        began = time.monotonic()
        if target == "backend":
            await here.kill_backend()
            await here.until_postgres_answers()
        elif target == "PostgreSQL":
            here.kill_postgres()
            await recovered(load, made)
        elif target == "Redis":
            here.kill_server(target)
            here.services.revive()
        else:
            here.kill(target)
            here.start(target)
            if target == "web":
                await here.until_up()
        if target in ("backend", "PostgreSQL"):
            made.longest = max(made.longest, time.monotonic() - began)
        killed[target] += 1
    return made


async def settle(ctx: JobContext) -> None:
    """Nobody kills any more. Time passes, leases of the dead run out, and what was begun comes to its end."""
    still_open = text(
        """SELECT (SELECT count(*) FROM operation
                    WHERE state IN ('sent', 'unknown') OR (state = 'planned' AND (method <> '' OR kind = 'refund')))
                + (SELECT count(*) FROM job WHERE done_at IS NULL AND dead_at IS NULL AND run_at <= :now
                      AND name LIKE 'payments.%')"""
    )
    for _ in range(60):
        clock.advance(minutes=11)
        await jobs.sweep_operations(ctx)
        await drain(ctx, at_most=100_000)
        async with ctx.db.transaction(read_only=True) as tx:
            if not await tx.scalar(still_open, {"now": clock.now()}):
                return
        await asyncio.sleep(0.5)
    pytest.fail("operations are still open")


async def audit(load: Load) -> dict[str, int]:
    """Every acknowledged thing once in the books, every provider's object to one operation, the balances the same."""
    async with load.ctx.db.transaction(read_only=True) as tx:
        made = await proof.proof(tx)
        assert made.holds, made
        paid = {row.id: row.state for row in await tx.execute(text("SELECT id, state FROM operation"))}
        keys = {
            row.provider_key: (row.provider_ref, row.amount_minor)
            for row in await tx.execute(text("SELECT * FROM operation WHERE state = 'confirmed'"))
        }
        parts = {row.id: row.state for row in await tx.execute(text("SELECT id, state FROM escrow_milestone"))}
        entries = set(await tx.scalars(text("SELECT key FROM journal_entry WHERE key LIKE 'poster%'")))
        dead = list(await tx.scalars(text("SELECT name || ': ' || last_error FROM job WHERE dead_at IS NOT NULL")))
        books = await tx.scalar(
            text(
                """SELECT coalesce(sum(p.amount_minor), 0) FROM posting p JOIN account a ON a.id = p.account_id
                    WHERE a.code = 'psp:stripe'"""
            )
        )
    assert dead == []
    lost = [one for one in load.paid if paid[one] != "confirmed"]
    lost += [one for one in load.decided if parts[one] not in ("released", "refund_due", "refunded")]
    assert lost == []
    assert set(load.posted) - entries == set()
    provider = await asyncpg.connect(load.world.sandbox_database)
    objects = await provider.fetch(
        """SELECT id, kind, body->'metadata'->>'operation' AS key, (body->>'amount')::bigint AS amount FROM resource
            WHERE kind IN ('payment_intent', 'refund') AND account = ''"""
    )
    cash = await provider.fetchval(
        """SELECT coalesce(sum((body->>'amount')::bigint), 0) FROM resource
            WHERE kind = 'balance_transaction' AND account = ''"""
    )
    await provider.close()
    made_by = Counter(row["key"] for row in objects)
    doubled = [key for key, times in made_by.items() if times > 1]
    assert doubled == []
    assert {row["key"]: (row["id"], row["amount"]) for row in objects} == keys
    assert cash == books  # fees are booked by nobody yet: gross on both sides
    return {"provider_objects": len(objects), "entries": len(entries)}


@pytest.mark.timeout(2 * 3600)
async def test_killed_at_random_under_load_nothing_acknowledged_is_lost_or_doubled() -> None:
    async with world() as here:
        for number in range(POSTERS):
            path = str(here.folder / f"poster{number}.txt")
            words = ["-m", "tests.faults.poster", here.settings.database_url, path, str(number), str(STREAMS)]
            here.commands[f"poster {number}"] = words
        db = Database(here.settings.database_url)
        ctx = wiring.job_context(here.settings, db)
        keys = await people(ctx)
        load = Load(here, ctx, await prepare(ctx, keys))
        here.start("sandbox", "web", "worker", "worker 2")
        await here.until_up()
        here.start(*(f"poster {number}" for number in range(POSTERS)))
        began = time.monotonic()
        clients = [asyncio.create_task(pay(load, keys)) for _ in range(CLIENTS)]
        clients.append(asyncio.create_task(decide(load)))
        killed = await killing(load)
        load.over = True
        await asyncio.gather(*clients)
        seconds = time.monotonic() - began
        for name in ("poster 0", "poster 1", "worker", "worker 2"):
            here.put_away(name)
        await here.until_up()
        await settle(ctx)
        figures = await audit(load)
        acknowledged = {"posted": len(load.posted), "paid_over_http": len(load.paid), "decided": len(load.decided)}
        await ctx.gateway.close()
        await db.close()
    tell(
        "kills",
        kills=killed.times.total(),
        of=", ".join(f"{name} {times}" for name, times in sorted(killed.times.items())),
        acknowledged=sum(acknowledged.values()),
        **acknowledged,
        **figures,
        longest_recovery_s=round(killed.longest, 1),
        postgres_answers_s=spread(killed.first),
        postgres_serves_s=spread(killed.serving),
        seconds=round(seconds),
    )
    assert killed.times.total() >= KILLS
    assert killed.first
    assert sum(acknowledged.values()) >= ACKNOWLEDGED


def spread(seconds: list[float]) -> str:
    return f"median {statistics.median(seconds):.2f}, longest {max(seconds):.2f}, of {len(seconds)}"


async def people(ctx: JobContext) -> list[tuple]:
    made = []
    for _ in range(BUYERS):
        async with ctx.db.transaction() as tx:
            buyer = await make_company(tx, "Hansa Import", country="DE", sells=False)
            supplier = await make_company(tx, "Bremen Lamps", country="DE")
        made.append((buyer, await make_key(ctx.db, buyer), supplier))
    return made


async def test_redis_killed_flushed_and_restarted_empty_loses_no_job() -> None:
    """The queue is the table: the bell's memory may be lost with everything in it."""
    async with world() as here:
        db = Database(here.settings.database_url)
        ctx = wiring.job_context(here.settings, db)
        (buyer, _key, supplier), *_rest = await people(ctx)
        here.start("sandbox", "web", "worker")
        await here.until_up()
        asked: list[UUID] = []
        while len(asked) < BACKLOG:
            for operation_id, _ in await prepare(ctx, [(buyer, "", supplier)]):
                async with db.transaction() as tx:
                    operation = await operations.operation_for_update(tx, operation_id)
                    operation.method = "pm_card_visa"
                    await operating.send_now(tx, operation)
                asked.append(operation_id)
                if len(asked) == BACKLOG // 2:
                    here.kill_server("Redis")
        shutil.rmtree(here.folder / "redis")
        here.services.revive()
        began = time.monotonic()

        async def confirmed() -> bool:
            async with db.transaction(read_only=True) as tx:
                done = await tx.scalar(text("SELECT count(*) FROM operation WHERE state = 'confirmed'"))
                return bool(done == len(asked))

        await patiently(confirmed, "the backlog", 300)
        seconds = time.monotonic() - began
        async with db.transaction() as tx:
            assert (await proof.proof(tx)).holds
        await ctx.gateway.close()
        await db.close()
    tell("redis lost", backlog=len(asked), gone_after_s=round(seconds, 1))
