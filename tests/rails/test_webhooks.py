"""Webhooks: signed, checked with the SDK's own verifier, retried, and not lost when the sender dies."""

import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
import stripe

from app.core.money import Money
from payments.gateway import KINDS, Account, PayIn, PayInState, PayOut, ProviderEvent, WebhookForged
from payments.stripe import StripeGateway
from tests.rails.conftest import fresh
from tests.rails.servers import API_KEY, SECRET, Mailbox, Sandbox, database, mailbox, running, until

USD_100 = Money.of(100, "USD")


@pytest.fixture(scope="module")
def address() -> Iterator[Mailbox]:
    with mailbox() as made:
        yield made


@pytest.fixture(scope="module")
def sender(address: Mailbox) -> Iterator[Sandbox]:
    """A sandbox that tells the mailbox."""
    with database() as url, running(url, webhook_url=address.url) as made:
        yield made


@pytest.fixture
async def box(address: Mailbox, sender: Sandbox) -> AsyncIterator[Mailbox]:
    """The mailbox, emptied after each test, when nothing is under way any more."""
    yield address
    await sender.behave()
    await until(partial(all_delivered, sender))
    address.received.clear()


@pytest.fixture
async def gateway(sender: Sandbox) -> AsyncIterator[StripeGateway]:
    made = StripeGateway(API_KEY, SECRET, api_base=sender.url)
    yield made
    await made.close()


@pytest.fixture
async def verifier() -> AsyncIterator[StripeGateway]:
    """A gateway that only reads webhooks."""
    made = StripeGateway(API_KEY, SECRET)
    yield made
    await made.close()


async def all_delivered(sender: Sandbox) -> bool:
    return not (await sender.state())["undelivered"]


async def pay(gateway: StripeGateway, method: str = "pm_card_visa") -> PayIn:
    return await gateway.pay_in(USD_100, subject=fresh("order"), reference="PO 1", key=fresh(), method=method)


def reader(gateway: StripeGateway) -> Callable[[tuple[bytes, str]], ProviderEvent]:
    return lambda one: gateway.verify_webhook(*one)


async def test_a_payment_is_told_and_the_event_leads_to_it(gateway: StripeGateway, box: Mailbox) -> None:
    got = await pay(gateway)
    told = [gateway.verify_webhook(*one) for one in await box.wait_for(3)]
    assert {event.kind for event in told} == {
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
    }
    assert {(event.object_kind, event.object_id) for event in told} == {("pay_in", got.id)}
    assert KINDS[told[0].object_kind] is PayIn
    raw, signature = box.received[0]
    assert stripe.Webhook.construct_event(raw, signature, SECRET).id == told[0].id


async def test_a_bank_debit_is_told_when_it_settles(gateway: StripeGateway, sender: Sandbox, box: Mailbox) -> None:
    good, bad = await pay(gateway, "pm_usBankAccount_success"), await pay(gateway, "pm_usBankAccount_insufficientFunds")
    assert {good.state, bad.state} == {PayInState.PROCESSING}
    assert not good.received
    await box.wait_for(4)
    await sender.settle()
    told = {(event.kind, event.object_id) for event in map(reader(gateway), await box.wait_for(8))}
    assert ("payment_intent.succeeded", good.id) in told
    assert ("payment_intent.payment_failed", bad.id) in told
    assert (await gateway.fetch(PayIn, good.id)).received == USD_100
    assert (await gateway.fetch(PayIn, bad.id)).state is PayInState.AWAITING_METHOD


async def test_a_pay_out_is_told_for_its_account(gateway: StripeGateway, sender: Sandbox, box: Mailbox) -> None:
    account = await sender.open_account()
    got = await gateway.pay_in(
        USD_100, subject=fresh("order"), reference="PO", key=fresh(), method="pm_card_bypassPending"
    )
    await gateway.transfer(Money.of(50, "USD"), to_account=account, group=got.subject, key=fresh())
    sent = await gateway.pay_out(account, Money.of(50, "USD"), key=fresh())
    await sender.settle()
    told = {event.kind: event for event in map(reader(gateway), await box.wait_for(9))}["payout.paid"]
    assert (told.object_kind, told.object_id) == ("pay_out", sent.id)
    assert (await gateway.fetch(PayOut, told.object_id)).state == "succeeded"


async def test_another_bank_account_is_told_as_the_account_s(
    gateway: StripeGateway, sender: Sandbox, box: Mailbox
) -> None:
    account = await sender.open_account()
    first = await gateway.fetch(Account, account)
    await box.wait_for(2)
    await sender.admin("POST", f"/accounts/{account}/bank", json={"number": "DE89370400440532013000"})
    told = [gateway.verify_webhook(*one) for one in (await box.wait_for(5))[2:]]
    assert {event.kind for event in told} == {
        "account.external_account.created",
        "account.external_account.deleted",
        "account.updated",
    }
    assert {(event.object_kind, event.object_id) for event in told} == {("account", account)}
    other = await gateway.fetch(Account, account)
    assert first.banks
    assert other.banks
    assert set(first.banks).isdisjoint(other.banks)
    await sender.admin("POST", f"/accounts/{account}/bank", json={"number": "DE89370400440532013000"})
    assert (await gateway.fetch(Account, account)).banks == other.banks, "the same number, the same mark"


async def test_what_was_refused_is_sent_again_and_every_attempt_is_on_record(
    gateway: StripeGateway, sender: Sandbox, box: Mailbox
) -> None:
    box.answers = [500, 503, 302]
    await gateway.pay_in(USD_100, subject=fresh("order"), reference="PO 1", key=fresh())
    bodies = [body for body, _ in await box.wait_for(4)]
    assert len(set(bodies)) == 1
    await until(partial(all_delivered, sender))
    event = gateway.verify_webhook(*box.received[0])
    attempts = [one for one in await sender.admin("GET", "/attempts") if one["event"] == event.id]
    assert [one["status"] for one in attempts] == [500, 503, 302, 200]
    assert {one["type"] for one in attempts} == {"payment_intent.created"}


async def test_an_event_can_be_sent_once_more(gateway: StripeGateway, sender: Sandbox, box: Mailbox) -> None:
    await gateway.pay_in(USD_100, subject=fresh("order"), reference="PO 1", key=fresh())
    [(first, signature)] = await box.wait_for(1)
    event = gateway.verify_webhook(first, signature)
    await sender.admin("POST", f"/events/{event.id}/delivery")
    assert (await box.wait_for(2))[1][0] == first


async def test_an_event_queued_when_the_sender_dies_is_sent_when_it_is_back(
    gateway: StripeGateway, sender: Sandbox, box: Mailbox
) -> None:
    before = len(await sender.admin("GET", "/attempts"))
    box.answers = [500] * 3
    asked = await gateway.pay_in(USD_100, subject=fresh("order"), reference="PO 1", key=fresh())

    async def third_attempt_recorded() -> bool:
        return len(await sender.admin("GET", "/attempts")) == before + 3

    await until(third_attempt_recorded)  # the fourth is due two seconds later
    sender.kill()
    assert len(box.received) == 3
    sender.start()
    told = reader(gateway)((await box.wait_for(4))[3])
    assert (told.kind, told.object_id) == ("payment_intent.created", asked.id)


async def ask(gateway: StripeGateway, count: int) -> list[str]:
    """Make things happen one after the other: as many events, and nothing else. Returns what they are about."""
    return [
        (await gateway.pay_in(USD_100, subject=fresh("order"), reference="PO 1", key=fresh())).id for _ in range(count)
    ]


async def test_events_are_told_twice_or_more(gateway: StripeGateway, sender: Sandbox, box: Mailbox) -> None:
    await sender.plan_webhooks("duplicate", copies=3)
    await ask(gateway, 2)
    bodies = [body for body, _ in await box.wait_for(6)]
    assert sorted(bodies.count(body) for body in set(bodies)) == [3, 3]


async def test_lost_events_are_never_told_but_kept_and_can_be_sent_again(
    gateway: StripeGateway, sender: Sandbox, box: Mailbox
) -> None:
    await sender.plan_webhooks("drop", event="payment_intent.", count=2)
    asked = await ask(gateway, 3)
    told = [reader(gateway)(one) for one in await box.wait_for(1)]
    assert [event.object_id for event in told] == asked[2:]
    state = await sender.state()
    assert (state["dropped"], state["undelivered"], state["webhook_faults"]) == (2, 0, [])
    listed = {event.object_id async for event in gateway.events(told[0].created - timedelta(minutes=1))}
    assert set(asked) <= listed
    queued = (await sender.admin("POST", "/events/delivery"))["queued"]
    assert queued == state["objects"]["event"]
    again = [reader(gateway)(one).object_id for one in (await box.wait_for(1 + queued))[1:]]
    assert set(asked) <= set(again)


async def test_events_come_late_and_out_of_order_yet_all_of_them(
    gateway: StripeGateway, sender: Sandbox, box: Mailbox
) -> None:
    """One request with many events: they are queued at the same moment, and only the plan parts them."""
    await sender.plan_webhooks("delay", seconds=0.2)
    await sender.plan_webhooks("reorder", seconds=2.0, seed=1)
    got = await pay(gateway, "pm_card_createDispute")
    listed = [event.id async for event in gateway.events(got.created - timedelta(minutes=1))]
    happened = listed[:6][::-1]
    told = [reader(gateway)(one).id for one in await box.wait_for(6)]
    assert told != happened
    assert sorted(told) == sorted(happened)


@pytest.mark.parametrize("kind", ["forge", "stale"])
async def test_what_somebody_else_sends_is_told_apart(
    gateway: StripeGateway, sender: Sandbox, box: Mailbox, kind: str
) -> None:
    await sender.plan_webhooks(kind)
    box.answers = [400]
    (asked,) = await ask(gateway, 1)
    believed = []
    for raw, signature in await box.wait_for(2):
        try:
            believed.append(gateway.verify_webhook(raw, signature).object_id)
        except WebhookForged:
            continue
    assert believed == [asked]


BODY = json.dumps(
    {
        "id": "evt_1",
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": 1_790_000_000,
        "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
    }
)


def signed(body: str = BODY, secret: str = SECRET, age: int = 0) -> str:
    header: str = stripe.WebhookSignature.generate_signature_header(body, secret, int(time.time()) - age)
    return header


@pytest.mark.parametrize(
    ("raw", "signature"),
    [
        (BODY, ""),
        (BODY, "t=,v1="),
        (BODY, "nonsense"),
        (BODY, signed(secret="whsec_another")),
        (BODY, signed(age=600)),
        (BODY, signed().replace("v1=", "v0=")),
        (BODY.replace("pi_1", "pi_2"), signed()),
        ("not json", signed("not json")),
    ],
    ids=["none", "empty", "nonsense", "other-secret", "stale", "old-scheme", "altered", "not-json"],
)
async def test_a_forged_or_stale_webhook_is_refused(verifier: StripeGateway, raw: str, signature: str) -> None:
    assert verifier.verify_webhook(BODY.encode(), signed()).object_id == "pi_1"
    with pytest.raises(WebhookForged):
        verifier.verify_webhook(raw.encode(), signature)


async def test_bytes_that_are_no_text_are_refused(verifier: StripeGateway) -> None:
    with pytest.raises(WebhookForged):
        verifier.verify_webhook(b"\xff\xfe", signed())
