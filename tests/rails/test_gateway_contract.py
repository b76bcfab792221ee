"""What every gateway promises, on the sandbox and on Stripe itself."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

import pytest

from app.core import clock
from app.core.money import Money
from payments.gateway import (
    Dispute,
    DisputeState,
    Evidence,
    GatewayBusy,
    GatewayDeclined,
    GatewayRefused,
    PayIn,
    PayInState,
    Refund,
    Reversal,
    SettlementKind,
    Transfer,
    TransferState,
)
from payments.hosted import HostedPage
from tests.rails.conftest import Rail, fresh
from tests.rails.servers import until

T = TypeVar("T")
CARD = "pm_card_visa"
USD_100 = Money.of(100, "USD")


async def paid(rail: Rail, amount: Money = USD_100, *, method: str = CARD, subject: str = "", key: str = "") -> PayIn:
    return await rail.gateway.pay_in(
        amount, subject=subject or fresh("order"), reference="PO 1", key=key or fresh(), method=method
    )


async def test_a_card_pays_at_once_and_the_fee_is_known(rail: Rail) -> None:
    subject, key = fresh("order"), fresh()
    got = await rail.gateway.pay_in(USD_100, subject=subject, reference="PO 1", key=key, method=CARD)
    assert (got.state, got.amount, got.received) == (PayInState.SUCCEEDED, USD_100, USD_100)
    assert got.subject == subject
    assert got.key == key
    assert got.source
    assert got.fee is not None
    assert got.fee.minor > 0
    assert await rail.gateway.fetch(PayIn, got.id) == got


async def test_without_a_method_the_payer_is_awaited_and_can_confirm(rail: Rail) -> None:
    asked = await rail.gateway.pay_in(USD_100, subject=fresh("order"), reference="PO 1", key=fresh())
    assert asked.state is PayInState.AWAITING_METHOD
    assert asked.client_secret
    assert asked.client_secret not in repr(asked)
    assert not asked.received
    got = await rail.gateway.confirm(asked.id, method=CARD, key=fresh())
    assert (got.id, got.state) == (asked.id, PayInState.SUCCEEDED)


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    ],
)
async def test_a_declined_card_takes_nothing_and_another_may_be_tried(rail: Rail, method: str, reason: str) -> None:
    with pytest.raises(GatewayDeclined) as declined:
        await paid(rail, method=method)
    assert declined.value.reason == reason
    left = await rail.gateway.fetch(PayIn, declined.value.pay_in_id)
    assert (left.state, left.failure) == (PayInState.AWAITING_METHOD, reason)
    assert not left.received
    assert not left.source
    got = await rail.gateway.confirm(left.id, method=CARD, key=fresh())
    assert got.state is PayInState.SUCCEEDED


async def test_the_same_key_is_one_payment_and_another_amount_under_it_is_refused(rail: Rail) -> None:
    order, key = fresh("order"), fresh()
    first = await paid(rail, subject=order, key=key)
    assert (await paid(rail, subject=order, key=key)).id == first.id
    with pytest.raises(GatewayRefused) as refused:
        await paid(rail, Money.of(101, "USD"), subject=order, key=key)
    assert refused.value.code == "idempotency_mismatch"


async def test_a_declined_answer_is_replayed_under_its_key(rail: Rail) -> None:
    order, key, ids = fresh("order"), fresh(), set()
    for _ in range(2):
        with pytest.raises(GatewayDeclined) as declined:
            await paid(rail, subject=order, key=key, method="pm_card_chargeDeclined")
        ids.add(declined.value.pay_in_id)
    assert len(ids) == 1


async def test_an_authorisation_is_captured_in_part_or_given_up(rail: Rail) -> None:
    async def held() -> PayIn:
        return await rail.gateway.pay_in(
            USD_100, subject=fresh("order"), reference="PO 1", key=fresh(), method=CARD, authorise_only=True
        )

    first, second = await held(), await held()
    assert (first.state, bool(first.received)) == (PayInState.AUTHORISED, False)
    with pytest.raises(GatewayRefused):
        await rail.gateway.capture(first.id, key=fresh(), amount=Money.of("100.01", "USD"))
    taken = await rail.gateway.capture(first.id, key=fresh(), amount=Money.of(60, "USD"))
    assert (taken.state, taken.received) == (PayInState.SUCCEEDED, Money.of(60, "USD"))
    assert (await rail.gateway.cancel(second.id, key=fresh())).state is PayInState.CANCELLED
    with pytest.raises(GatewayRefused):
        await rail.gateway.capture(second.id, key=fresh())
    with pytest.raises(GatewayRefused):
        await rail.gateway.cancel(taken.id, key=fresh())


def hosted() -> HostedPage:
    return HostedPage(
        paid_to="https://portolan.example/payments/1/page",
        left_to="https://portolan.example/payments/1",
        until=clock.now() + timedelta(hours=2),
    )


async def test_a_page_is_opened_once_under_its_key_and_found_by_it(rail: Rail) -> None:
    began, order, key, page = clock.now(), fresh("order"), fresh(), hosted()
    gateway = rail.gateway
    asked = await gateway.pay_in(USD_100, subject=order, reference="PO 1", key=key, page=page)
    assert (asked.state, asked.amount, asked.received) == (PayInState.AWAITING_METHOD, USD_100, Money(0, "USD"))
    assert (asked.subject, asked.key, asked.method, asked.failure) == (order, key, "", "")
    assert asked.page.startswith("http")
    assert asked.page not in repr(asked)
    assert await gateway.pay_in(USD_100, subject=order, reference="PO 1", key=key, page=page) == asked
    assert await gateway.fetch(PayIn, asked.id) == asked
    assert await gateway.find_by_metadata(PayIn, key, since=began) == asked
    with pytest.raises(GatewayRefused) as refused:
        await gateway.pay_in(Money.of(101, "USD"), subject=order, reference="PO 1", key=key, page=page)
    assert refused.value.code == "idempotency_mismatch"


async def test_a_page_is_closed_once(rail: Rail) -> None:
    gateway = rail.gateway
    asked = await gateway.pay_in(USD_100, subject=fresh("order"), reference="PO 1", key=fresh(), page=hosted())
    closed = await gateway.cancel(asked.id, key=fresh())
    assert (closed.id, closed.state, closed.failure, closed.page) == (asked.id, PayInState.CANCELLED, "expired", "")
    assert await gateway.fetch(PayIn, asked.id) == closed
    with pytest.raises(GatewayRefused):
        await gateway.cancel(asked.id, key=fresh())


async def test_a_page_is_open_for_half_an_hour_to_a_day(rail: Rail) -> None:
    for wait in (timedelta(minutes=10), timedelta(hours=30)):
        page = replace(hosted(), until=clock.now() + wait)
        with pytest.raises(GatewayRefused):
            await rail.gateway.pay_in(USD_100, subject=fresh("order"), reference="PO 1", key=fresh(), page=page)


@pytest.mark.parametrize("amount", [Money.of(5000, "JPY"), Money.of("12.340", "KWD"), Money.of(123, "ISK")])
async def test_a_page_asks_for_the_whole_amount_in_its_currency(rail: Rail, amount: Money) -> None:
    asked = await rail.gateway.pay_in(amount, subject=fresh("order"), reference="PO 1", key=fresh(), page=hosted())
    assert asked.amount == amount


async def test_refunds_go_up_to_what_was_received_and_no_further(rail: Rail) -> None:
    got = await paid(rail)
    part = await rail.gateway.refund(got.id, Money.of(30, "USD"), key=fresh())
    assert (part.amount, part.pay_in_id) == (Money.of(30, "USD"), got.id)
    assert part.state in (TransferState.SUCCEEDED, TransferState.PENDING)
    with pytest.raises(GatewayRefused):
        await rail.gateway.refund(got.id, Money.of("70.01", "USD"), key=fresh())
    assert (await rail.gateway.fetch(PayIn, got.id)).refunded == Money.of(30, "USD")
    await rail.gateway.refund(got.id, Money.of(70, "USD"), key=fresh())
    with pytest.raises(GatewayRefused) as refused:
        await rail.gateway.refund(got.id, Money.of("0.01", "USD"), key=fresh())
    assert refused.value.code == "charge_already_refunded"
    assert (await rail.gateway.fetch(PayIn, got.id)).refunded == USD_100


async def test_refunds_at_the_same_moment_never_exceed_what_was_received(rail: Rail) -> None:
    got = await paid(rail)
    thirty = Money.of(30, "USD")
    outcomes = await asyncio.gather(
        *(insisting(partial(rail.gateway.refund, got.id, thirty, key=fresh())) for _ in range(8)),
        return_exceptions=True,
    )
    done = [outcome for outcome in outcomes if isinstance(outcome, Refund)]
    assert len(done) == 3
    assert all(isinstance(outcome, GatewayRefused) for outcome in outcomes if not isinstance(outcome, Refund))
    assert (await rail.gateway.fetch(PayIn, got.id)).refunded == Money.of(90, "USD")


async def test_money_is_handed_on_from_its_source_and_taken_back(rail: Rail) -> None:
    order = fresh("order")
    got = await paid(rail, subject=order)
    made = await rail.gateway.transfer(
        Money.of(80, "USD"), to_account=rail.account, group=order, source=got.source, key=fresh()
    )
    assert (made.amount, made.to_account, made.group) == (Money.of(80, "USD"), rail.account, order)
    with pytest.raises(GatewayRefused):
        await rail.gateway.reverse(made.id, Money.of("80.01", "USD"), key=fresh())
    back = await rail.gateway.reverse(made.id, Money.of(50, "USD"), key=fresh())
    assert back.transfer_id == made.id
    assert await rail.gateway.fetch(Reversal, back.id) == back
    with pytest.raises(GatewayRefused):
        await rail.gateway.reverse(made.id, Money.of("30.01", "USD"), key=fresh())
    assert (await rail.gateway.fetch(Transfer, made.id)).reversed == Money.of(50, "USD")


async def test_no_transfer_beyond_what_is_available_or_beyond_its_source(rail: Rail) -> None:
    got = await paid(rail)
    with pytest.raises(GatewayRefused) as refused:
        await rail.gateway.transfer(
            Money.of("999999.99", "USD"), to_account=rail.account, group=got.subject, key=fresh()
        )
    assert refused.value.code == "balance_insufficient"
    with pytest.raises(GatewayRefused):
        await rail.gateway.transfer(
            Money.of("100.01", "USD"), to_account=rail.account, group=got.subject, source=got.source, key=fresh()
        )


async def test_what_was_made_under_a_key_is_found_by_it(rail: Rail) -> None:
    began, order, keys = clock.now(), fresh("order"), [fresh() for _ in range(4)]
    gateway = rail.gateway
    got = await gateway.pay_in(USD_100, subject=order, reference="PO 1", key=keys[0], method=CARD)
    sent = await gateway.transfer(
        Money.of(40, "USD"), to_account=rail.account, group=order, source=got.source, key=keys[1]
    )
    back = await gateway.reverse(sent.id, Money.of(10, "USD"), key=keys[2])
    refund = await gateway.refund(got.id, Money.of(5, "USD"), key=keys[3])
    got_now = replace(got, refunded=refund.amount)
    assert await gateway.find_by_metadata(PayIn, keys[0], since=began) == got_now
    assert await gateway.find_by_metadata(Transfer, keys[1], since=began, parent=order) == replace(
        sent, reversed=back.amount
    )
    assert await gateway.find_by_metadata(Reversal, keys[2], since=began, parent=sent.id) == back
    assert await gateway.find_by_metadata(Refund, keys[3], since=began, parent=got.id) == refund
    assert await gateway.find_by_metadata(PayIn, fresh(), since=began) is None


async def test_the_books_carry_our_key_and_group_and_add_up(rail: Rail) -> None:
    got = await paid(rail)
    since = clock.now() - timedelta(minutes=1)
    lines = [line async for line in rail.gateway.settlements(since)]
    mine = next(line for line in lines if line.key == got.key)
    assert (mine.kind, mine.source_id, mine.group) == (SettlementKind.PAY_IN, got.source, got.subject)
    assert all(line.net == line.amount - line.fee for line in lines)
    told = [event async for event in rail.gateway.events(since) if event.object_id == got.id]
    assert "payment_intent.succeeded" in {event.kind for event in told}


@pytest.mark.parametrize("amount", [Money.of(5000, "JPY"), Money.of("12.340", "KWD"), Money.of(123, "ISK")])
async def test_amounts_without_or_with_three_decimals_arrive_whole(rail: Rail, amount: Money) -> None:
    got = await paid(rail, amount)
    assert (got.amount, got.received) == (amount, amount)
    back = await rail.gateway.refund(got.id, amount, key=fresh())
    assert back.amount == amount


async def disputed(rail: Rail, method: str = "pm_card_createDispute") -> tuple[PayIn, Dispute]:
    """A payment that the payer's bank disputes, as soon as the provider knows of it."""
    got = await paid(rail, method=method)
    found: list[Dispute] = []

    async def known() -> bool:
        since = got.created - timedelta(minutes=1)
        found.extend([dispute async for dispute in rail.gateway.disputes(since) if dispute.pay_in_id == got.id])
        return bool(found)

    await until(known, 30)
    return got, await rail.gateway.fetch(Dispute, found[0].id)


async def becomes(rail: Rail, dispute: Dispute, state: DisputeState) -> Dispute:
    async def so_it_is() -> bool:
        return (await rail.gateway.fetch(Dispute, dispute.id)).state is state

    await until(so_it_is, 30)
    return await rail.gateway.fetch(Dispute, dispute.id)


async def test_a_chargeback_is_in_the_books_and_bars_refunds(rail: Rail) -> None:
    got, dispute = await disputed(rail)
    assert (dispute.state, dispute.submitted) == (DisputeState.OPEN, False)
    assert (dispute.amount, dispute.taken, dispute.reason) == (USD_100, USD_100, "fraudulent")
    assert dispute.fee is not None
    assert dispute.due_by is not None
    assert dispute.due_by > clock.now()
    since = got.created - timedelta(minutes=1)
    (line,) = [line async for line in rail.gateway.settlements(since) if line.source_id == dispute.id]
    assert (line.kind, line.amount, line.fee) == (SettlementKind.DISPUTE, -USD_100, dispute.fee)
    told = {event.kind async for event in rail.gateway.events(since) if event.object_id == dispute.id}
    assert {"charge.dispute.created", "charge.dispute.funds_withdrawn"} <= told
    with pytest.raises(GatewayRefused) as refused:
        await rail.gateway.refund(got.id, USD_100, key=fresh())
    assert refused.value.code == "charge_disputed"


@pytest.mark.parametrize(
    ("statement", "state", "taken"),
    [("winning_evidence", DisputeState.WON, Money(0, "USD")), ("losing_evidence", DisputeState.LOST, USD_100)],
)
async def test_evidence_is_judged(rail: Rail, statement: str, state: DisputeState, taken: Money) -> None:
    _, dispute = await disputed(rail)
    said = Evidence(statement=statement, goods="Lamps", carrier="By sea", tracking_number="BL 12")
    assert (await rail.gateway.submit_evidence(dispute.id, said, key=fresh())).submitted
    over = await becomes(rail, dispute, state)
    assert (over.taken, over.submitted) == (taken, True)
    with pytest.raises(GatewayRefused):
        await rail.gateway.submit_evidence(dispute.id, said, key=fresh())


async def test_a_dispute_can_be_conceded(rail: Rail) -> None:
    _, dispute = await disputed(rail)
    await rail.gateway.concede(dispute.id, key=fresh())
    assert (await becomes(rail, dispute, DisputeState.LOST)).taken == USD_100


async def test_an_inquiry_takes_nothing(rail: Rail) -> None:
    _, inquiry = await disputed(rail, "pm_card_createDisputeInquiry")
    assert (inquiry.state, inquiry.taken, inquiry.fee) == (DisputeState.OPEN, Money(0, "USD"), None)


async def test_the_balance_grows_by_what_a_payment_brings(rail: Rail) -> None:
    async def held() -> Money:
        balance = (await rail.gateway.balance())["USD"]
        return balance.available + balance.pending

    await paid(rail)  # so that there is a balance in dollars
    before = await held()
    got = await paid(rail)
    assert got.fee is not None
    assert await held() - before == got.received - got.fee
    theirs = await rail.gateway.balance(account=rail.account)
    assert all(code == balance.available.currency == balance.pending.currency for code, balance in theirs.items())


async def test_what_is_not_declared_is_refused_before_anything_is_sent(rail: Rail) -> None:
    gateway = rail.gateway
    for amount in (Money.of("12.345", "KWD"), Money.of("1000000.00", "USD"), Money(0, "USD"), Money(-5, "USD")):
        assert not gateway.capabilities.takes(amount)
        with pytest.raises(GatewayRefused):
            await paid(rail, amount)
    assert not gateway.capabilities.takes(Money.of(10, "KPW"))
    with pytest.raises(GatewayRefused) as refused:
        await gateway.open_account(country="CN", email="a@b.example", name="A", reference="org", key=fresh())
    assert refused.value.code == "country_unsupported"


async def test_what_does_not_exist_is_refused_by_name(rail: Rail) -> None:
    with pytest.raises(GatewayRefused) as refused:
        await rail.gateway.fetch(PayIn, "pi_doesnotexist")
    assert refused.value.code == "resource_missing"
    with pytest.raises(GatewayRefused) as refused:
        await rail.gateway.fetch(Dispute, "du_doesnotexist")
    assert refused.value.code == "resource_missing"
    with pytest.raises(GatewayRefused):
        await rail.gateway.refund("pi_doesnotexist", USD_100, key=fresh())


async def insisting(call: Callable[[], Awaitable[T]]) -> T:
    """Repeat a call while the gateway is busy, as the operations that use it do."""
    for _ in range(50):
        try:
            return await call()
        except GatewayBusy:
            await asyncio.sleep(0.1)
    raise AssertionError("busy for too long")
