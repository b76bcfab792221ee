"""When the provider's answer is lost: what is known, what is not, and how it is found out."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from app.core import clock
from app.core.money import Money
from payments.gateway import GatewayBusy, GatewayRefused, GatewayUnknown, PayIn, PayInState, Refund, Transfer
from payments.stripe import StripeGateway
from tests.rails.conftest import fresh
from tests.rails.servers import API_KEY, SECRET, Sandbox, database, free_port, running, until

USD_100 = Money.of(100, "USD")


@pytest.fixture
async def hasty(sandbox: Sandbox) -> AsyncIterator[StripeGateway]:
    """A gateway that does not wait long for an answer."""
    made = StripeGateway(API_KEY, SECRET, api_base=sandbox.url, timeout=0.5)
    yield made
    await made.close()


async def pay(gateway: StripeGateway, key: str, order: str = "") -> PayIn:
    return await gateway.pay_in(
        USD_100, subject=order or f"order for {key}", reference="PO 1", key=key, method="pm_card_visa"
    )


async def test_a_time_out_after_the_commit_is_unknown_and_the_payment_is_found(
    sandbox: Sandbox, hasty: StripeGateway
) -> None:
    key, began = fresh(), clock.now()
    await sandbox.plan("fail_after", path="/v1/payment_intents")
    with pytest.raises(GatewayUnknown):
        await pay(hasty, key)
    found = await hasty.find_by_metadata(PayIn, key, since=began)
    assert found is not None
    assert found.state is PayInState.SUCCEEDED
    assert (await pay(hasty, key)).id == found.id


async def test_a_time_out_before_the_commit_is_unknown_too_and_nothing_is_found(
    sandbox: Sandbox, hasty: StripeGateway
) -> None:
    key, began = fresh(), clock.now()
    await sandbox.plan("fail_before", path="/v1/payment_intents")
    with pytest.raises(GatewayUnknown):
        await pay(hasty, key)
    assert await hasty.find_by_metadata(PayIn, key, since=began) is None
    assert (await pay(hasty, key)).state is PayInState.SUCCEEDED


async def test_a_lost_refund_and_a_lost_transfer_happen_once(sandbox: Sandbox, hasty: StripeGateway) -> None:
    account, order, began = await sandbox.open_account(), fresh("order"), clock.now()
    got = await pay(hasty, fresh(), order)
    refund_key, transfer_key = fresh(), fresh()
    await sandbox.plan("fail_after", path="/v1/refunds")
    with pytest.raises(GatewayUnknown):
        await hasty.refund(got.id, Money.of(10, "USD"), key=refund_key)
    await sandbox.plan("fail_after", path="/v1/transfers")

    async def hand_on() -> Transfer:
        return await hasty.transfer(
            Money.of(20, "USD"), to_account=account, group=order, source=got.source, key=transfer_key
        )

    with pytest.raises(GatewayUnknown):
        await hand_on()
    refund = await hasty.find_by_metadata(Refund, refund_key, since=began, parent=got.id)
    transfer = await hasty.find_by_metadata(Transfer, transfer_key, since=began, parent=order)
    assert refund == await hasty.refund(got.id, Money.of(10, "USD"), key=refund_key)
    assert transfer == await hand_on()
    assert (await hasty.fetch(PayIn, got.id)).refunded == Money.of(10, "USD")


async def test_a_server_error_is_unknown_and_a_rate_limit_is_not(sandbox: Sandbox, gateway: StripeGateway) -> None:
    key = fresh()
    await sandbox.plan("status_500", path="/v1/payment_intents")
    with pytest.raises(GatewayUnknown):
        await pay(gateway, key)
    await sandbox.plan("status_429", path="/v1/payment_intents", count=2)
    for _ in range(2):
        with pytest.raises(GatewayBusy):
            await pay(gateway, key)
    assert (await pay(gateway, key)).state is PayInState.SUCCEEDED


async def test_a_provider_out_of_reach_did_nothing() -> None:
    nobody = StripeGateway(API_KEY, SECRET, api_base=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(GatewayBusy):
        await pay(nobody, fresh())
    await nobody.close()


async def test_a_wrong_api_key_leaves_the_operation_open(sandbox: Sandbox) -> None:
    stranger = StripeGateway("sk_test_wrong", SECRET, api_base=sandbox.url)
    with pytest.raises(GatewayBusy):
        await pay(stranger, fresh())
    await stranger.close()


async def test_a_forgotten_key_makes_a_second_payment_which_the_metadata_shows(
    sandbox: Sandbox, gateway: StripeGateway
) -> None:
    """Why an operation unknown for longer than keys live must be looked up, not sent again."""
    key = fresh()
    first = await pay(gateway, key)
    assert await sandbox.admin("POST", "/keys/expiry", params={"key": key}) == {"expired": 1}
    second = await pay(gateway, key)
    assert second.id != first.id
    assert second.key == first.key == key


async def test_fifty_at_once_under_one_key_are_one_payment(sandbox: Sandbox, gateway: StripeGateway) -> None:
    key, order = fresh(), fresh("order")
    outcomes = await asyncio.gather(*(pay(gateway, key, order) for _ in range(50)), return_exceptions=True)
    assert all(isinstance(outcome, PayIn | GatewayBusy) for outcome in outcomes)
    assert len({outcome.id for outcome in outcomes if isinstance(outcome, PayIn)}) == 1
    async with sandbox.api() as http:
        charges = await http.get("/v1/charges", params={"transfer_group": order})
    assert len(charges.json()["data"]) == 1


async def test_transfers_at_the_same_moment_never_exceed_what_is_available(
    sandbox: Sandbox, gateway: StripeGateway
) -> None:
    """In a currency no other test uses, so that the platform's balance is this test's own."""
    account = await sandbox.open_account()
    await gateway.pay_in(
        Money.of(100, "NZD"), subject=fresh("order"), reference="PO", key=fresh(), method="pm_card_bypassPending"
    )  # 96.80 after the fee
    outcomes = await asyncio.gather(
        *(
            gateway.transfer(Money.of(30, "NZD"), to_account=account, group=fresh("order"), key=fresh())
            for _ in range(12)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, Transfer) for outcome in outcomes) == 3
    refusals = {outcome.code for outcome in outcomes if isinstance(outcome, GatewayRefused)}
    assert refusals == {"balance_insufficient"}


@pytest.fixture(scope="module")
def mortal() -> Iterator[Sandbox]:
    """A sandbox that may be killed."""
    with database() as url, running(url) as made:
        yield made


async def made(sandbox: Sandbox, kind: str) -> int:
    return int((await sandbox.state())["objects"].get(kind, 0))


async def test_killed_between_commit_and_answer_it_answers_the_same_afterwards(mortal: Sandbox) -> None:
    gateway = StripeGateway(API_KEY, SECRET, api_base=mortal.url)
    key, began, charges = fresh(), clock.now(), await made(mortal, "charge")
    await mortal.plan("fail_after", path="/v1/payment_intents")
    asking = asyncio.create_task(pay(gateway, key))

    async def committed() -> bool:
        return await made(mortal, "charge") == charges + 1

    await until(committed)
    mortal.kill()
    with pytest.raises(GatewayUnknown):
        await asking
    mortal.start()
    again = await pay(gateway, key)
    assert again == await gateway.find_by_metadata(PayIn, key, since=began)
    assert await made(mortal, "charge") == charges + 1
    await gateway.close()


async def test_killed_at_any_moment_it_keeps_what_it_acknowledged_and_doubles_nothing(mortal: Sandbox) -> None:
    gateway = StripeGateway(API_KEY, SECRET, api_base=mortal.url)
    keys, before = [fresh() for _ in range(40)], await made(mortal, "payment_intent")
    acknowledged: dict[str, str] = {}

    async def insist(key: str) -> None:
        while key not in acknowledged:
            try:
                acknowledged[key] = (await pay(gateway, key)).id
            except (GatewayBusy, GatewayUnknown):
                await asyncio.sleep(0.3)

    work = asyncio.gather(*(insist(key) for key in keys))
    for pause in (0.2, 0.1):
        await asyncio.sleep(pause)
        await asyncio.to_thread(mortal.kill)
        await asyncio.to_thread(mortal.start)
    await work
    assert len(set(acknowledged.values())) == len(keys)
    assert await made(mortal, "payment_intent") == before + len(keys)
    for key, id_ in acknowledged.items():
        assert (await gateway.fetch(PayIn, id_)).key == key
    await gateway.close()
