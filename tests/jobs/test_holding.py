"""A provider may hold money for 90 days (or what it says for the country); the contract may last longer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core import clock, evidence, outbox
from app.core.jobs import JobContext
from app.core.runner import drain
from app.core.states import IllegalMove
from payments import proof
from payments.errors import SamePerson
from payments.escrow import service as escrow
from payments.events import HoldingEnds
from payments.holding import queries, service
from payments.holding.jobs import watch_holdings
from payments.holding.states import HoldingState
from payments.operations import queries as operations
from payments.operations.service import BANK
from tests.factories.money import Deal, fund_by_bank, make_deal, make_finance
from tests.factories.people import make_company
from tests.fakes import CAPABILITIES, FakeGateway
from trust.access import NotPermitted


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway(capabilities=replace(CAPABILITIES, hold_days={"TH": 10}))


async def paid(ctx: JobContext, deal: Deal) -> Deal:
    async with ctx.db.transaction() as tx:
        await escrow.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member, method="card")
    await drain(ctx)
    return deal


async def after(ctx: JobContext, **time: float) -> list[queries.HeldView]:
    """So much later, once the clock has been looked at twice."""
    clock.advance(**time)
    await watch_holdings(ctx)
    await watch_holdings(ctx)
    return await held(ctx)


async def held(ctx: JobContext) -> list[queries.HeldView]:
    async with ctx.db.transaction() as tx:
        return await queries.held(tx, ctx.gateway.capabilities.max_hold_days)


async def told(ctx: JobContext) -> int:
    async with ctx.db.transaction() as tx:
        return len(await outbox.published(tx, HoldingEnds))


@pytest.fixture
async def deal(ctx: JobContext) -> Deal:
    async with ctx.db.transaction() as tx:
        made = await make_deal(tx)
    return await paid(ctx, made)


async def test_both_sides_are_told_at_60_and_75_days_and_it_is_moved_at_87(ctx, deal):
    (fresh,) = await after(ctx, days=60, minutes=-5)
    assert (fresh.state, fresh.days_allowed, await told(ctx)) == (None, 90, 0)
    (warned,) = await after(ctx, minutes=5)
    assert (warned.state, await told(ctx)) == (HoldingState.WARNED, 1)
    (warned,) = await after(ctx, days=15, minutes=-5)
    assert (warned.state, await told(ctx)) == (HoldingState.WARNED, 1)
    (pressing,) = await after(ctx, minutes=5)
    assert (pressing.state, await told(ctx)) == (HoldingState.PRESSING, 2)
    (pressing,) = await after(ctx, days=12, minutes=-5)
    assert pressing.state == HoldingState.PRESSING
    (moved,) = await after(ctx, minutes=5)
    assert (moved.state, await told(ctx)) == (HoldingState.MOVED, 2)
    async with ctx.db.transaction() as tx:
        chain = await evidence.chain(tx, deal.subject)
        assert [link.kind for link in chain].count("escrow_moved") == 1
        assert (await proof.proof(tx)).holds


async def test_money_that_left_has_no_clock(ctx, deal):
    async with ctx.db.transaction() as tx:
        await escrow.release(tx, deal.subject, deal.deposit.id, by=None, reason="accepted")
    assert await after(ctx, days=80) == []
    assert await told(ctx) == 0


async def test_money_at_our_bank_has_no_clock(ctx):
    async with ctx.db.transaction() as tx:
        deal = await make_deal(tx)
        await fund_by_bank(tx, deal.deposit)
    assert await after(ctx, days=80) == []


async def test_frozen_money_has_the_same_clock(ctx, deal):
    async with ctx.db.transaction() as tx:
        await escrow.freeze(tx, deal.subject, by=None, reason="disputed")
    (warned,) = await after(ctx, days=60)
    assert warned.state == HoldingState.WARNED


async def test_two_people_may_move_it_earlier_and_a_refund_then_goes_by_bank(ctx, deal):
    (warned,) = await after(ctx, days=60)
    async with ctx.db.transaction() as tx:
        maker, checker = await make_finance(tx), await make_finance(tx)
        with pytest.raises(NotPermitted):
            await service.propose(tx, warned.holding_id, "soon", by=deal.buyer.member)
        await service.propose(tx, warned.holding_id, "the goods take four months", by=maker.member)
    (proposed,) = await held(ctx)
    async with ctx.db.transaction() as tx:
        with pytest.raises(SamePerson):
            await service.approve(tx, proposed, by=maker.member)
        await service.approve(tx, proposed, by=checker.member)
    async with ctx.db.transaction() as tx:
        with pytest.raises(IllegalMove):
            await service.approve(tx, proposed, by=checker.member)
    async with ctx.db.transaction() as tx:
        await escrow.refund(tx, deal.subject, deal.deposit.id, by=None, reason="called off")
        (_paid, back) = await operations.of_parts(tx, [deal.deposit.id])
    assert back.provider == BANK


async def test_a_rejected_move_presses_on_and_time_decides(ctx, deal):
    (warned,) = await after(ctx, days=60)
    async with ctx.db.transaction() as tx:
        maker, checker = await make_finance(tx), await make_finance(tx)
        await service.propose(tx, warned.holding_id, "soon", by=maker.member)
    (proposed,) = await held(ctx)
    async with ctx.db.transaction() as tx:
        await service.reject(tx, proposed, "it will be accepted tomorrow", by=checker.member)
    (pressing,) = await held(ctx)
    assert (pressing.state, pressing.note) == (HoldingState.PRESSING, "")
    (moved,) = await after(ctx, days=28)
    assert moved.state == HoldingState.MOVED


async def test_the_limit_is_the_countrys(ctx):
    async with ctx.db.transaction() as tx:
        supplier = await make_company(tx, "Bangkok Silk", country="TH")
        deal = await make_deal(tx, supplier=supplier)
    await paid(ctx, deal)
    (seen,) = await held(ctx)
    assert seen.ends_at - seen.since == timedelta(days=10)
    assert [(await after(ctx, days=step))[0].state for step in (7, 1.5, 0.5)] == [
        HoldingState.WARNED,
        HoldingState.PRESSING,
        HoldingState.MOVED,
    ]
