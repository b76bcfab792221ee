"""Asking providers: one effect whatever happens to answers, jobs and webhooks."""

from collections import deque
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core import clock, outbox
from app.core.jobs import JobContext
from app.core.runner import Again, drain
from app.core.states import history
from app.core.subject import Subject
from payments import jobs, proof
from payments import queries as payments
from payments.desk import service as by_hand
from payments.escrow import queries, service
from payments.escrow.funding import choose_method
from payments.escrow.states import MilestoneState
from payments.events import EscrowFunded, EscrowRefunded, PaymentFailed
from payments.gateway import GatewayBusy, GatewayRefused, GatewayUnknown, PayIn, Refund
from payments.ledger import chart
from payments.ledger.queries import balance
from payments.operations import queries as operations
from payments.operations import service as operating
from payments.operations.states import OperationState
from tests.factories.money import Deal, make_deal, make_finance, usd
from tests.fakes import DECLINED, SLOW, FakeGateway

LOST = ("lost", GatewayUnknown("no answer in time"))
NEVER = GatewayUnknown("connection reset")


async def paying(ctx: JobContext, *, method: str = "card") -> tuple[Deal, operations.OperationView]:
    async with ctx.db.transaction() as tx:
        deal = await make_deal(tx)
        member = deal.buyer.member
        return deal, await service.plan_pay_in(tx, deal.subject, deal.deposit.id, by=member, method=method)


async def later(ctx: JobContext, **time: float) -> None:
    """Time passes, and everything that is due runs."""
    clock.advance(**time)
    await drain(ctx)


async def seen(ctx: JobContext, operation_id) -> operations.OperationView:
    async with ctx.db.transaction() as tx:
        return await operations.operation(tx, operation_id)


async def position(ctx: JobContext, deal: Deal) -> payments.Position:
    async with ctx.db.transaction() as tx:
        assert (await proof.proof(tx)).holds
        return await payments.money_position(tx, deal.subject)


async def state(ctx: JobContext, deal: Deal) -> MilestoneState:
    async with ctx.db.transaction() as tx:
        return (await queries.escrow(tx, deal.subject)).milestones[0].state


async def published(ctx: JobContext, kind) -> list:
    async with ctx.db.transaction() as tx:
        return await outbox.published(tx, kind)


async def test_paid_by_card(ctx, gateway):
    deal, operation = await paying(ctx)
    assert gateway.calls == []
    await drain(ctx)
    assert gateway.calls == [("pay_in", operation.provider_key)]
    assert (await seen(ctx, operation.id)).state == OperationState.CONFIRMED
    assert (await position(ctx, deal)).held == usd("300")
    assert await published(ctx, EscrowFunded) == [EscrowFunded(deal.subject, deal.deposit.id, usd("300"))]


async def test_no_call_is_made_inside_a_transaction(ctx, gateway):
    """While the provider is asked, no connection is out of the pool."""
    out: list[int] = []
    gateway.on_call = lambda: out.append(ctx.db.engine.pool.checkedout())
    deal, _operation = await paying(ctx)
    await drain(ctx)
    async with ctx.db.transaction() as tx:
        await service.refund(tx, deal.subject, deal.deposit.id, by=None, reason="off")
    await drain(ctx)
    assert out == [0, 0]


async def test_the_method_is_chosen_on_the_page_of_the_payment(ctx, gateway):
    deal, operation = await paying(ctx, method="")
    await drain(ctx)
    assert gateway.calls == []
    async with ctx.db.transaction() as tx:
        await choose_method(tx, operation.id, "card", by=deal.buyer.member)
        await choose_method(tx, operation.id, "card", by=deal.buyer.member)
    await drain(ctx)
    assert len(gateway.made(PayIn)) == 1
    assert (await position(ctx, deal)).held == usd("300")


async def test_the_job_runs_twice(ctx, gateway):
    deal, operation = await paying(ctx)
    await jobs.send_operation(ctx, operation_id=operation.id)
    await jobs.send_operation(ctx, operation_id=operation.id)
    await drain(ctx)
    assert len(gateway.made(PayIn)) == 1
    assert (await position(ctx, deal)).funded == usd("300")
    assert len(await published(ctx, EscrowFunded)) == 1


async def test_the_job_dies_after_the_call(ctx, gateway):
    """The provider did it, the worker died before writing it down; the next run finds the same payment by its key."""
    deal, operation = await paying(ctx)
    sending = await ctx.tx(operating.begin, operation.id)
    await jobs._call(ctx, sending)
    assert (await position(ctx, deal)).funded == usd("0")
    await drain(ctx)
    assert len(gateway.made(PayIn)) == 1
    assert (await position(ctx, deal)).funded == usd("300")


async def test_the_job_dies_before_the_call(ctx, gateway):
    deal, operation = await paying(ctx)
    await ctx.tx(operating.begin, operation.id)
    await drain(ctx)
    assert (await position(ctx, deal)).funded == usd("300")


@pytest.mark.parametrize("fault", [LOST, NEVER])
async def test_an_unknown_outcome_is_asked_again_with_the_same_key(ctx, gateway, fault):
    gateway.script.append(fault)
    deal, operation = await paying(ctx)
    await drain(ctx)
    assert (await seen(ctx, operation.id)).state == OperationState.UNKNOWN
    assert await state(ctx, deal) == MilestoneState.FUNDING
    await later(ctx, minutes=1)
    assert gateway.calls == [("pay_in", operation.provider_key)] * 2
    assert len(gateway.made(PayIn)) == 1
    assert (await position(ctx, deal)).funded == usd("300")
    async with ctx.db.transaction() as tx:
        moves = [change.to_state for change in await history(tx, Subject("operation", operation.id))]
    assert moves == ["sent", "unknown", "sent", "confirmed"]


async def test_a_busy_provider_is_asked_later(ctx, gateway):
    gateway.script.extend([GatewayBusy("429"), GatewayBusy("429")])
    deal, operation = await paying(ctx)
    await drain(ctx)
    assert (await seen(ctx, operation.id)).state == OperationState.SENT
    await later(ctx, minutes=1)
    await later(ctx, minutes=1)
    assert (await position(ctx, deal)).funded == usd("300")


async def test_after_twenty_hours_it_is_looked_up_and_never_sent_again(ctx, gateway):
    gateway.script.append(LOST)
    deal, operation = await paying(ctx)
    await drain(ctx)
    await later(ctx, hours=21)
    assert [call for call, _key in gateway.calls] == ["pay_in", "find"]
    assert (await position(ctx, deal)).funded == usd("300")
    assert (await seen(ctx, operation.id)).state == OperationState.CONFIRMED


async def test_nothing_found_is_a_task_for_people(ctx, gateway):
    gateway.script.append(NEVER)
    deal, operation = await paying(ctx)
    await drain(ctx)
    await later(ctx, hours=21)
    stuck = await seen(ctx, operation.id)
    assert (stuck.state, stuck.last_error) == (OperationState.UNKNOWN, "not found at the provider")
    assert stuck.escalated_at is not None
    await jobs.sweep_operations(ctx)
    await later(ctx, hours=2)
    assert [call for call, _key in gateway.calls] == ["pay_in", "find"]
    async with ctx.db.transaction() as tx:
        finance = await make_finance(tx)
        await by_hand.give_up(tx, operation.id, by=finance.member, reason="not in the provider's books")
    assert await state(ctx, deal) == MilestoneState.PENDING
    async with ctx.db.transaction() as tx:
        again = await service.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member, method="card")
    assert again.provider_key != operation.provider_key
    await drain(ctx)
    assert (await position(ctx, deal)).funded == usd("300")


async def test_people_do_not_decide_what_is_not_stuck(ctx):
    _deal, operation = await paying(ctx)
    async with ctx.db.transaction() as tx:
        finance = await make_finance(tx)
        with pytest.raises(by_hand.Conflict):
            await by_hand.give_up(tx, operation.id, by=finance.member, reason="impatient")


async def test_money_that_comes_after_all_is_never_lost(ctx, gateway):
    """Declared failed by hand, paid again, and then the first payment shows up: it waits in suspense."""
    gateway.script.append(LOST)
    deal, operation = await paying(ctx)
    await drain(ctx)
    first = gateway.by_key.pop(operation.provider_key)
    await later(ctx, hours=21)
    async with ctx.db.transaction() as tx:
        finance = await make_finance(tx)
        await by_hand.give_up(tx, operation.id, by=finance.member, reason="not found")
        await service.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member, method="card")
    await drain(ctx)
    await told(ctx, gateway, "evt_1", first)
    assert (await position(ctx, deal)).held == usd("300")
    async with ctx.db.transaction() as tx:
        assert await balance(tx, chart.SUSPENSE, "USD") == usd("300")
        assert await balance(tx, chart.psp("stripe"), "USD") == usd("600")


async def told(ctx: JobContext, gateway: FakeGateway, event_id: str, object_id: str, kind: str = "pay_in") -> None:
    """A webhook about an object, read by its job."""
    event = gateway.verify_webhook(f"{event_id}|some.event|{kind}|{object_id}".encode(), "good")
    async with ctx.db.transaction() as tx:
        kept = await operating.keep_event(tx, "stripe", event)
    if kept is not None:
        await jobs.read_webhook(ctx, event_id=kept)


async def test_declined_and_paid_with_another_card(ctx, gateway):
    deal, operation = await paying(ctx, method=DECLINED)
    await drain(ctx)
    failed = await seen(ctx, operation.id)
    assert (failed.state, failed.last_error) == (OperationState.FAILED, "insufficient_funds")
    assert await state(ctx, deal) == MilestoneState.PENDING
    events = await published(ctx, PaymentFailed)
    assert [(e.milestone_id, e.kind, e.reason) for e in events] == [(deal.deposit.id, "pay_in", "insufficient_funds")]
    async with ctx.db.transaction() as tx:
        await service.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member, method="card")
    await drain(ctx)
    assert (await position(ctx, deal)).funded == usd("300")


async def test_refused_by_the_provider(ctx, gateway):
    gateway.script.append(GatewayRefused("amount_not_taken"))
    deal, operation = await paying(ctx)
    await drain(ctx)
    assert (await seen(ctx, operation.id)).last_error == "amount_not_taken"
    assert await state(ctx, deal) == MilestoneState.PENDING


async def test_a_slow_payment_is_held_when_it_arrives_by_webhook(ctx, gateway):
    deal, operation = await paying(ctx, method=SLOW)
    await drain(ctx)
    assert (await seen(ctx, operation.id)).state == OperationState.SENT
    assert (await position(ctx, deal)).funded == usd("0")
    payment = gateway.made(PayIn)[0].id
    await told(ctx, gateway, "evt_early", payment)
    assert (await position(ctx, deal)).funded == usd("0")
    gateway.finish(payment)
    for event in ("evt_1", "evt_1", "evt_2", "evt_0"):
        await told(ctx, gateway, event, payment)
    assert (await position(ctx, deal)).funded == usd("300")
    assert len(await published(ctx, EscrowFunded)) == 1


async def test_a_slow_payment_that_fails(ctx, gateway):
    deal, _operation = await paying(ctx, method=SLOW)
    await drain(ctx)
    payment = gateway.made(PayIn)[0].id
    gateway.finish(payment, failure="debit_not_authorized")
    await told(ctx, gateway, "evt_1", payment)
    assert await state(ctx, deal) == MilestoneState.PENDING


async def test_a_lost_webhook_loses_nothing(ctx, gateway):
    deal, _operation = await paying(ctx, method=SLOW)
    await drain(ctx)
    gateway.finish(gateway.made(PayIn)[0].id)
    clock.advance(minutes=11)
    await jobs.sweep_operations(ctx)
    await drain(ctx)
    assert (await position(ctx, deal)).funded == usd("300")


async def test_the_webhook_overtakes_the_answer(ctx, gateway):
    gateway.script.append(LOST)
    deal, operation = await paying(ctx)
    await drain(ctx)
    await told(ctx, gateway, "evt_1", gateway.made(PayIn)[0].id)
    assert (await seen(ctx, operation.id)).state == OperationState.CONFIRMED
    await later(ctx, minutes=1)
    assert len(gateway.calls) == 2
    assert (await position(ctx, deal)).funded == usd("300")


async def test_webhooks_about_nothing_of_ours_change_nothing(ctx, gateway):
    deal, _operation = await paying(ctx, method=SLOW)
    await told(ctx, gateway, "evt_1", "pi_of_somebody_else")
    await told(ctx, gateway, "evt_2", "", kind="")
    assert await state(ctx, deal) == MilestoneState.FUNDING


async def test_less_than_agreed_goes_to_suspense(ctx, gateway):
    deal, _operation = await paying(ctx, method=SLOW)
    await drain(ctx)
    payment = gateway.made(PayIn)[0].id
    gateway.finish(payment)
    gateway.change(payment, received=usd("299.99"))
    await told(ctx, gateway, "evt_1", payment)
    assert await state(ctx, deal) == MilestoneState.PENDING
    assert (await position(ctx, deal)).funded == usd("0")
    async with ctx.db.transaction() as tx:
        assert await balance(tx, chart.SUSPENSE, "USD") == usd("299.99")


async def refunding(ctx: JobContext, gateway: FakeGateway) -> tuple[Deal, Refund]:
    deal, _operation = await paying(ctx)
    await drain(ctx)
    async with ctx.db.transaction() as tx:
        await service.refund(tx, deal.subject, deal.deposit.id, by=None, reason="cancelled by agreement")
    await drain(ctx)
    return deal, gateway.made(Refund)[0]


async def test_refunded_when_the_provider_says_so(ctx, gateway):
    deal, refund = await refunding(ctx, gateway)
    before = await position(ctx, deal)
    assert (before.refund_due, before.refunded) == (usd("300"), usd("0"))
    gateway.finish(refund.id)
    await told(ctx, gateway, "evt_1", refund.id, kind="refund")
    await told(ctx, gateway, "evt_2", refund.id, kind="refund")
    after = await position(ctx, deal)
    assert (after.refund_due, after.refunded) == (usd("0"), usd("300"))
    assert await state(ctx, deal) == MilestoneState.REFUNDED
    assert await published(ctx, EscrowRefunded) == [EscrowRefunded(deal.subject, deal.deposit.id, usd("300"))]
    async with ctx.db.transaction() as tx:
        assert await balance(tx, chart.psp("stripe"), "USD") == usd("0")


async def test_a_refund_that_failed_stays_due_and_is_sent_another_way(ctx, gateway):
    deal, refund = await refunding(ctx, gateway)
    gateway.finish(refund.id, failure="expired_or_canceled_card")
    await told(ctx, gateway, "evt_1", refund.id, kind="refund")
    assert (await position(ctx, deal)).refund_due == usd("300")
    async with ctx.db.transaction() as tx:
        finance = await make_finance(tx)
        stuck, total = await operations.operations(tx)
        assert (stuck[0].state, total) == (OperationState.FAILED, 2)
        await by_hand.refund_again(tx, stuck[0].id, rail="bank", by=finance.member)
        waiting = await operations.waiting_for_bank(tx)
        assert [w.amount for w in waiting] == [usd("300")]
        with pytest.raises(by_hand.Conflict):
            await by_hand.refund_again(tx, stuck[0].id, rail="same", by=finance.member)


async def test_the_daily_proof_is_kept(ctx):
    await jobs.prove_books(ctx)
    async with ctx.db.transaction() as tx:
        assert await proof.last_one_held(tx)


async def test_waits_grow_and_end():
    first = operating.Sending(
        id=None,
        kind=None,
        key="",
        subject=None,
        amount=None,
        method="",
        reference="",
        parent_ref="",
        source_ref="",
        provider_ref="",
        attempts=1,
        first_sent_at=clock.now(),
    )
    assert jobs._wait(first) == timedelta(seconds=15)
    assert jobs._wait(replace(first, attempts=3)) == timedelta(minutes=1)
    assert jobs._wait(replace(first, attempts=99)) == timedelta(hours=1)


async def test_again_is_what_the_runner_knows(ctx, gateway):
    gateway.script = deque([NEVER])
    _deal, operation = await paying(ctx)
    with pytest.raises(Again):
        await jobs.send_operation(ctx, operation_id=operation.id)


@pytest.mark.parametrize(
    "limits", [{"currencies": frozenset({"EUR"})}, {"usual_digits": 4}, {"steps": {"USD": 40_000}}], ids=str
)
async def test_a_pay_in_beyond_what_is_declared_is_not_sent(ctx, gateway, limits):
    gateway.capabilities = replace(gateway.capabilities, **limits)
    deal, operation = await paying(ctx)
    await drain(ctx)
    assert gateway.calls == []
    over = await seen(ctx, operation.id)
    assert (over.state, over.last_error) == (OperationState.FAILED, "amount_not_taken")
    assert await state(ctx, deal) == MilestoneState.PENDING


async def test_a_refund_in_part_is_sent_only_where_that_is_declared(ctx, gateway):
    """Where it is not, the refund fails here, and finance sends it by bank transfer."""
    gateway.capabilities = replace(gateway.capabilities, partial_refund=False)
    deal, _operation = await paying(ctx)
    whole, _other = await paying(ctx)
    await drain(ctx)
    async with ctx.db.transaction() as tx:
        await service.refund(tx, deal.subject, deal.deposit.id, by=None, reason="less", amount=usd("100"))
        await service.refund(tx, whole.subject, whole.deposit.id, by=None, reason="off")
    await drain(ctx)
    assert [made.amount for made in gateway.made(Refund)] == [usd("300")]
    async with ctx.db.transaction() as tx:
        failed = next(o for o in (await operations.operations(tx))[0] if o.state == OperationState.FAILED)
        assert (failed.last_error, failed.amount) == ("partial_refund_unsupported", usd("100"))
        finance = await make_finance(tx)
        await by_hand.refund_again(tx, failed.id, rail="bank", by=finance.member)
        assert [w.amount for w in await operations.waiting_for_bank(tx)] == [usd("100")]
    assert (await position(ctx, deal)).refund_due == usd("100")
