"""kill -9 of a worker at each of its steps, one after another: the next worker brings the same end about, once."""

import asyncio
import signal
from collections import Counter
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

import pytest

from app.core import clock
from app.core.jobs import JobContext
from app.core.money import Money
from app.core.runner import drain
from payments import jobs, proof
from payments import queries as payments
from payments.escrow import service as escrow
from payments.payouts import queries as payouts
from payments.payouts import service as paying_out
from payments.payouts.states import PayoutState
from payments.stripe import StripeGateway
from tests.factories.money import Deal, make_deal
from tests.factories.people import make_company
from tests.faults.books import connected_account
from tests.faults.counts import LEVEL, tell
from tests.faults.mortal import live
from tests.rails.servers import API_KEY, SECRET, Sandbox, database, running

MOST = 60
STRIDE = 4 if LEVEL == "quick" else 1  # in the suite every fourth step
CARD = "pm_card_bypassPending"  # what it brings can be handed on at once


async def paid(ctx: JobContext, deal: Deal) -> None:
    async with ctx.db.transaction() as tx:
        by = deal.buyer.member
        await escrow.plan_pay_in(tx, deal.subject, deal.deposit.id, by=by, method=CARD)


async def refunded(ctx: JobContext, deal: Deal) -> None:
    await paid(ctx, deal)
    await drain(ctx)
    async with ctx.db.transaction() as tx:
        await escrow.refund(tx, deal.subject, deal.deposit.id, by=None, reason="called off")


async def paid_out(ctx: JobContext, deal: Deal) -> None:
    await paid(ctx, deal)
    await drain(ctx)
    async with ctx.db.transaction() as tx:
        await escrow.release(tx, deal.subject, deal.deposit.id, by=None, reason="accepted")
        amount, by = Money.of("200.00", "USD"), deal.supplier.member
        await paying_out.request_payout(tx, amount, bank_account_id=None, by=by)


FLOWS: dict[str, Any] = {"pay-in": paid, "refund": refunded, "payout": paid_out}


async def objects(sandbox: Sandbox) -> Counter[str]:
    made = (await sandbox.state())["objects"]
    return Counter({kind: made.get(kind, 0) for kind in ("charge", "refund", "transfer", "payout")})


async def recovered(ctx: JobContext, sandbox: Sandbox) -> None:
    """The dead worker's leases run out, another does what is left, and the provider's time passes too."""
    for _ in range(3):
        clock.advance(minutes=11)
        await jobs.sweep_operations(ctx)
        await drain(ctx)
        await sandbox.settle()


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("flow", FLOWS)
async def test_killed_at_each_step(db, ctx, settings, flow):
    mothers = get_context("forkserver")
    mothers.set_forkserver_preload(["tests.faults.mortal"])
    kills = 0
    with database() as url, running(url) as sandbox:
        gateway = StripeGateway(API_KEY, SECRET, api_base=sandbox.url)
        ctx = replace(ctx, gateway=gateway)
        for steps in range(1, MOST, STRIDE):
            async with db.transaction() as tx:
                supplier = await make_company(tx, "Bremen Lamps", country="DE")
                tx.add(connected_account(supplier, await sandbox.open_account()))
                deal = await make_deal(tx, supplier=supplier)
            before = await objects(sandbox)
            await FLOWS[flow](ctx, deal)
            worker = mothers.Process(target=live, args=(settings, sandbox.url, steps))
            worker.start()
            await asyncio.to_thread(worker.join)
            assert worker.exitcode in (0, -signal.SIGKILL)
            await recovered(ctx, sandbox)
            await ended_once(ctx, deal, flow, await objects(sandbox) - before)
            clock.reset()  # the next worker begins with a clock of its own
            if worker.exitcode == 0:
                break
            kills += 1
        else:
            pytest.fail("there are more steps than were tried")
        await gateway.close()
    assert kills >= 2
    tell("steps", flow=flow, kills=kills)


async def ended_once(ctx: JobContext, deal: Deal, flow: str, made: Counter[str]) -> None:
    whole, nothing = Money.of("300.00", "USD"), Money.zero("USD")
    async with ctx.db.transaction() as tx:
        position = await payments.money_position(tx, deal.subject)
        settled = [p.state for p in await payouts.payouts(tx, deal.supplier.organisation_id)]
        assert (await proof.proof(tx)).holds
    assert position.funded == whole
    if flow == "pay-in":
        assert position.held == whole
        assert made == Counter(charge=1)
    elif flow == "refund":
        assert (position.refunded, position.refund_due) == (whole, nothing)
        assert made == Counter(charge=1, refund=1)
    else:
        assert settled == [PayoutState.SETTLED]
        # The transfer is a charge of its own on the supplier's account.
        assert made == Counter(charge=2, transfer=1, payout=1)
