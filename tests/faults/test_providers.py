"""A provider that loses answers, is busy and sends its webhooks as it likes: the end is the same as on a good day."""

import random
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest
from httpx import ASGITransport, AsyncClient
from sqlalchemy import text

from app.core import clock
from app.core.jobs import JobContext
from app.core.runner import drain
from payments import jobs, proof
from payments.escrow import service as escrow
from payments.gateway import GatewayBusy, GatewayUnknown, PayIn, Refund
from tests.factories.money import Deal, make_deal
from tests.fakes import SLOW, FakeGateway
from tests.faults.counts import SEED, count, tell

OPERATIONS = count("operations", quick=100, long=1_500, full=10_000)
ORDERS = count("orders", quick=25, long=300, full=5_000)
SHARE = 0.20
BATCH = 500


@dataclass
class Unreliable(FakeGateway):
    """One call in five goes wrong: never arrives, is done without an answer, or is turned away."""

    chance: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311  repeatable is wanted
    faults: int = 0

    async def _do(self, call, key, make):
        if not self.script and self.chance.random() < SHARE:
            self.faults += 1
            lost = GatewayUnknown("no answer in time")
            self.script.append(self.chance.choice([("lost", lost), lost, GatewayBusy("429")]))
        return await super()._do(call, key, make)


async def until_quiet(ctx: JobContext) -> None:
    """The worker runs, time passes, until nothing waits for an answer."""
    for _ in range(60):
        await drain(ctx, at_most=1_000_000)
        async with ctx.db.transaction(read_only=True) as tx:
            waiting = await tx.scalar(
                text(
                    "SELECT count(*) FROM job WHERE done_at IS NULL AND dead_at IS NULL AND name LIKE '%send_operation'"
                )
            )
        if not waiting:
            return
        clock.advance(minutes=3)
    pytest.fail("operations are still waiting for an answer")


async def asked(ctx: JobContext, deals: int, method: str) -> list[Deal]:
    made = []
    for _ in range(deals):
        async with ctx.db.transaction() as tx:
            deal = await make_deal(tx)
            await escrow.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member, method=method)
        made.append(deal)
    return made


@pytest.mark.timeout(2 * 3600)
async def test_a_fifth_of_all_calls_goes_wrong_and_every_operation_happens_once(db, ctx):
    gateway = Unreliable()
    ctx = replace(ctx, gateway=gateway)
    deals = await asked(ctx, OPERATIONS // 2, "card")
    await until_quiet(ctx)
    for deal in deals:
        async with db.transaction() as tx:
            await escrow.refund(tx, deal.subject, deal.deposit.id, by=None, reason="called off")
    await until_quiet(ctx)
    for refund in gateway.made(Refund):
        gateway.finish(refund.id)
    clock.advance(minutes=11)
    left = 1
    while left:
        await jobs.sweep_operations(ctx)
        await until_quiet(ctx)
        async with db.transaction() as tx:
            left = await tx.scalar(text("SELECT count(*) FROM operation WHERE state <> 'confirmed'"))
    async with db.transaction() as tx:
        doubled = await tx.scalar(
            text("SELECT count(*) - count(DISTINCT provider_ref) FROM operation WHERE provider = 'stripe'")
        )
        done = await tx.scalar(text("SELECT count(*) FROM operation"))
        assert (await proof.proof(tx)).holds
    assert doubled == 0
    assert len(gateway.made(PayIn)) == len(gateway.made(Refund)) == OPERATIONS // 2
    assert done == len(gateway.objects) == OPERATIONS // 2 * 2
    tell("provider faults", operations=done, calls=len(gateway.calls), faults=gateway.faults)
    assert gateway.faults > OPERATIONS * SHARE / 2


@dataclass
class Fate:
    """What becomes of an order's payment, decided before: it comes, fails, or comes and is refunded."""

    end: str
    deal: Deal
    events: list[tuple[str, str, str]] = field(default_factory=list)


async def play(app, ctx: JobContext, gateway: FakeGateway, *, shuffled: bool) -> list[tuple[str, str, str]]:
    """Orders paid slowly, some refunded; the provider tells, in order or not. Returns state and figures of each."""
    chance = random.Random(SEED)  # noqa: S311  the same fates in both plays
    fates = [Fate(chance.choice(["paid", "failed", "refunded"]), deal) for deal in await asked(ctx, ORDERS, SLOW)]
    await until_quiet(ctx)
    by_key = await keys(ctx, [fate.deal for fate in fates])
    events = []
    for fate in fates:
        pay_in = gateway.by_key[by_key[fate.deal.deposit.id]]
        events.append((f"evt_early_{pay_in}", "pay_in", pay_in))
        gateway.finish(pay_in, failure="debit_not_authorized" if fate.end == "failed" else "")
        events.append((f"evt_{pay_in}", "pay_in", pay_in))
    mess = random.Random(SEED + 1)  # noqa: S311  repeatable is wanted
    await deliver(app, ctx, events, mess if shuffled else None)
    await sweep(ctx)
    for fate in fates:
        if fate.end == "refunded":
            async with ctx.db.transaction() as tx:
                await escrow.refund(tx, fate.deal.subject, fate.deal.deposit.id, by=None, reason="called off")
    await until_quiet(ctx)
    events = []
    for refund in gateway.made(Refund):
        if refund.state == "pending":
            gateway.finish(refund.id)
            events.append((f"evt_{refund.id}", "refund", refund.id))
    await deliver(app, ctx, events, mess if shuffled else None)
    await sweep(ctx)
    return [await ends(ctx, fate) for fate in fates]


async def deliver(app, ctx: JobContext, events: list[tuple[str, str, str]], mess: random.Random | None) -> None:
    """Over the door that providers use. With a mess: each five times, in any order, a tenth of all lost."""
    if mess is not None:
        events = [event for event in events * 5 if mess.random() >= 0.10]
        mess.shuffle(events)
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://test") as http:
        for event_id, kind, object_id in events:
            body = f"{event_id}|some.event|{kind}|{object_id}"
            answer = await http.post("/webhooks/stripe", content=body, headers={"stripe-signature": "good"})
            assert answer.status_code == 200
    await drain(ctx, at_most=1_000_000)


async def sweep(ctx: JobContext) -> None:
    """What no webhook told is found by asking, as it is every ten minutes."""
    clock.advance(minutes=11)
    for _ in range(ORDERS // BATCH + 1):
        await jobs.sweep_operations(ctx)
        await until_quiet(ctx)


async def keys(ctx: JobContext, deals: list[Deal]) -> dict[UUID, str]:
    async with ctx.db.transaction(read_only=True) as tx:
        rows = await tx.execute(
            text("SELECT part_id, provider_key FROM operation WHERE part_id = ANY(:parts)"),
            {"parts": [deal.deposit.id for deal in deals]},
        )
        return {row.part_id: row.provider_key for row in rows}


async def ends(ctx: JobContext, fate: Fate) -> tuple[str, str, str]:
    """What was to come of it, the milestone's state, and each account's sum with the number of its legs."""
    deal = fate.deal
    async with ctx.db.transaction(read_only=True) as tx:
        state = await tx.scalar(text("SELECT state FROM escrow_milestone WHERE id = :id"), {"id": deal.deposit.id})
        rows = await tx.execute(
            text(
                """SELECT a.kind, sum(p.amount_minor), count(*) FROM journal_entry e JOIN posting p ON p.entry_id = e.id
                     JOIN account a ON a.id = p.account_id WHERE e.subject_id = :id GROUP BY a.kind ORDER BY a.kind"""
            ),
            {"id": deal.subject.id},
        )
        return fate.end, str(state), str([tuple(row) for row in rows])


@pytest.mark.timeout(2 * 3600)
async def test_webhooks_five_times_shuffled_and_a_tenth_lost_end_as_in_order(app, db, ctx):
    gateway = FakeGateway()
    ctx = replace(ctx, gateway=gateway)
    app.state.jobs = ctx
    in_order = await play(app, ctx, gateway, shuffled=False)
    in_a_mess = await play(app, ctx, gateway, shuffled=True)
    assert in_order == in_a_mess
    assert {state for _end, state, _books in in_order} == {"funded", "pending", "refunded"}
    async with db.transaction() as tx:
        assert (await proof.proof(tx)).holds
        kept = await tx.scalar(text("SELECT count(*) FROM webhook_event"))
    tell("webhooks", orders=ORDERS, events_kept=int(kept))
