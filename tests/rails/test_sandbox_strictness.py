"""The sandbox refuses what Stripe refuses, in Stripe's words, so that what passes here passes there."""

import time
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from app.core import clock
from app.core.money import Money
from payments.gateway import Account, GatewayRefused, PayOut, TransferState
from payments.sandbox import balance
from payments.sandbox.settings import Settings
from payments.sandbox.store import Call
from payments.stripe import StripeGateway
from tests.rails.conftest import fresh
from tests.rails.servers import Sandbox

INTENTS = "/v1/payment_intents"
GOOD = {"amount": "1000", "currency": "usd"}


@pytest.mark.parametrize(
    ("given", "code", "param"),
    [
        ({"currency": "usd"}, "parameter_missing", "amount"),
        ({**GOOD, "colour": "red"}, "parameter_unknown", "colour"),
        ({**GOOD, "amount": "10.5"}, "parameter_invalid_integer", "amount"),
        ({**GOOD, "amount": "-5"}, "parameter_invalid_integer", "amount"),
        ({**GOOD, "amount": "0"}, "parameter_invalid_integer", "amount"),
        ({**GOOD, "amount": "١٠"}, "parameter_invalid_integer", "amount"),
        ({**GOOD, "amount": "9" * 40}, "parameter_invalid_integer", "amount"),
        ({**GOOD, "amount": "49"}, "amount_too_small", "amount"),
        ({**GOOD, "amount": "100000000"}, "amount_too_large", "amount"),
        ({"amount": "10001", "currency": "kwd"}, "parameter_invalid_integer", "amount"),
        ({**GOOD, "currency": "xyz"}, None, "currency"),
        ({**GOOD, "description": "a\0b"}, None, "description"),
        ({**GOOD, "metadata[k]": "v" * 501}, None, "metadata"),
        ({**GOOD, "metadata[" + "k" * 41 + "]": "v"}, None, "metadata"),
        ({**GOOD, "amount[x]": "1"}, None, "amount[x]"),
        ({**GOOD, "payment_method": "pm_unknown", "confirm": "true"}, "resource_missing", "payment_method"),
        ({**GOOD, "confirm": "true"}, "parameter_missing", "payment_method"),
        ({**GOOD, "capture_method": "later"}, None, "capture_method"),
    ],
)
async def test_a_wrong_parameter_is_named_and_makes_nothing(
    sandbox: Sandbox, given: dict[str, str], code: str | None, param: str
) -> None:
    before = await sandbox.state()
    async with sandbox.api() as http:
        refused = await http.post(INTENTS, data=given)
    error = refused.json()["error"]
    assert (refused.status_code, error["type"]) == (400, "invalid_request_error")
    assert (error.get("code"), error["param"]) == (code, param)
    assert await sandbox.state() == before


async def test_without_the_key_nothing_is_answered(sandbox: Sandbox) -> None:
    async with sandbox.api(key="sk_test_other") as http:
        refused = await http.get("/v1/balance")
    assert refused.status_code == 401
    assert refused.headers["request-id"].startswith("req_")


async def test_an_unknown_address_and_an_unknown_account_are_said_so(sandbox: Sandbox) -> None:
    async with sandbox.api() as http:
        nowhere = await http.get("/v1/nowhere")
        nobody = await http.get("/v1/balance", headers={"stripe-account": "acct_nobody"})
    assert nowhere.json()["error"]["message"] == "Unrecognized request URL (GET: /v1/nowhere)."
    assert (nobody.status_code, nobody.json()["error"]["code"]) == (403, "account_invalid")


async def test_a_list_is_walked_page_by_page_in_both_directions(sandbox: Sandbox) -> None:
    async with sandbox.api() as http:
        made = [(await http.post("/v1/accounts", data={"country": "AT"})).json()["id"] for _ in range(5)]
        newest_first = made[::-1]

        async def page(**given: Any) -> tuple[list[str], bool]:
            answer = (await http.get("/v1/accounts", params=given)).json()
            return [one["id"] for one in answer["data"]], answer["has_more"]

        assert await page(limit=2) == (newest_first[:2], True)
        assert await page(limit=2, starting_after=newest_first[1]) == (newest_first[2:4], True)
        assert await page(limit=2, ending_before=newest_first[4]) == (newest_first[2:4], True)
        assert (await page(limit=100, **{"created[gt]": "99999999999"})) == ([], False)
        wrong = await http.get("/v1/accounts", params={"limit": 101})
    assert wrong.json()["error"]["param"] == "limit"


async def test_ids_are_expanded_where_asked_and_refused_where_there_is_nothing(sandbox: Sandbox) -> None:
    paid = {**GOOD, "confirm": "true", "payment_method": "pm_card_visa"}
    async with sandbox.api() as http:
        whole = (await http.post(INTENTS, data={**paid, "expand[]": "latest_charge.balance_transaction"})).json()
        wrong = await http.post(INTENTS, data={**paid, "expand[0]": "nothing"})
    charge = whole["latest_charge"]
    assert charge["balance_transaction"]["net"] == charge["amount"] - charge["balance_transaction"]["fee"]
    assert wrong.json()["error"]["param"] == "expand"


async def test_a_replayed_answer_says_so_and_names_the_first_request(sandbox: Sandbox) -> None:
    headers = {"idempotency-key": fresh()}
    async with sandbox.api() as http:
        first = await http.post(INTENTS, data=GOOD, headers=headers)
        again = await http.post(INTENTS, data=GOOD, headers=headers)
        other = await http.post(INTENTS, data={**GOOD, "amount": "1001"}, headers=headers)
        elsewhere = await http.post("/v1/accounts", data={}, headers=headers)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["original-request"] == first.headers["request-id"]
    for refused in (other, elsewhere):
        assert (refused.status_code, refused.json()["error"]["type"]) == (400, "idempotency_error")


async def test_a_refusal_for_a_wrong_parameter_does_not_use_up_the_key(sandbox: Sandbox) -> None:
    headers = {"idempotency-key": fresh()}
    async with sandbox.api() as http:
        wrong = await http.post(INTENTS, data={"currency": "usd"}, headers=headers)
        right = await http.post(INTENTS, data=GOOD, headers=headers)
    assert (wrong.status_code, right.status_code) == (400, 200)


async def test_a_refusal_by_the_state_of_things_is_replayed_like_any_answer(
    sandbox: Sandbox, gateway: StripeGateway
) -> None:
    account, order = await sandbox.open_account("CH"), fresh("order")
    hand_on = partial(gateway.transfer, Money.of(10, "DKK"), to_account=account, group=order)
    key = fresh()
    with pytest.raises(GatewayRefused):
        await hand_on(key=key)
    await pay_available(gateway, Money.of(100, "DKK"))
    with pytest.raises(GatewayRefused) as refused:
        await hand_on(key=key)
    assert refused.value.code == "balance_insufficient"
    await hand_on(key=fresh())


async def test_pending_money_cannot_be_handed_on_until_it_settles(sandbox: Sandbox, gateway: StripeGateway) -> None:
    account, order, amount = await sandbox.open_account(), fresh("order"), Money.of(50, "SEK")
    await gateway.pay_in(Money.of(100, "SEK"), subject=order, reference="PO", key=fresh(), method="pm_card_visa")
    with pytest.raises(GatewayRefused):
        await gateway.transfer(amount, to_account=account, group=order, key=fresh())
    assert await sandbox.settle() > 0
    await gateway.transfer(amount, to_account=account, group=order, key=fresh())


async def test_an_account_receives_and_pays_out_only_once_it_has_supplied_everything(
    sandbox: Sandbox, gateway: StripeGateway
) -> None:
    opened = await gateway.open_account(
        country="DE", email="supplier@example.com", name="Werk GmbH", reference="org:1", key=fresh()
    )
    assert (opened.can_receive, opened.can_pay_out) == (False, False)
    assert "external_account" in opened.missing
    got = await pay_available(gateway, Money.of(100, "EUR"))
    hand_on = partial(gateway.transfer, Money.of(50, "EUR"), to_account=opened.id, group=got)
    with pytest.raises(GatewayRefused) as refused:
        await hand_on(key=fresh())
    assert refused.value.code == "insufficient_capabilities_for_transfer"
    with pytest.raises(GatewayRefused) as refused:
        await gateway.pay_out(opened.id, Money.of(50, "EUR"), key=fresh())
    assert refused.value.code == "payouts_not_allowed"

    link = await gateway.onboarding_link(
        opened.id, refresh_url="http://portolan.test/again", return_url="http://portolan.test/done"
    )
    async with sandbox.api() as http:
        page, back, used = await http.get(link), await http.post(link), await http.post(link)
    assert "external_account" in page.text
    assert (back.headers["location"], used.headers["location"]) == (
        "http://portolan.test/done",
        "http://portolan.test/again",
    )
    ready = await gateway.fetch(Account, opened.id)
    assert (ready.can_receive, ready.can_pay_out, ready.missing) == (True, True, ())
    await hand_on(key=fresh())


async def test_a_pay_out_takes_what_is_there_and_arrives_later(sandbox: Sandbox, gateway: StripeGateway) -> None:
    account, began = await sandbox.open_account(), clock.now()
    order = await pay_available(gateway, Money.of(100, "NOK"))
    made = await gateway.transfer(Money.of(60, "NOK"), to_account=account, group=order, key=fresh())
    with pytest.raises(GatewayRefused) as refused:
        await gateway.pay_out(account, Money.of("60.01", "NOK"), key=fresh())
    assert refused.value.code == "balance_insufficient"
    sent = await gateway.pay_out(account, Money.of(60, "NOK"), key=fresh())
    assert sent.state is TransferState.PENDING
    with pytest.raises(GatewayRefused) as refused:
        await gateway.reverse(made.id, Money.of(1, "NOK"), key=fresh())
    assert refused.value.code == "balance_insufficient"
    await sandbox.settle(sent.id.partition("/")[2])
    assert (await gateway.fetch(PayOut, sent.id)).state is TransferState.SUCCEEDED
    lines = [line async for line in gateway.settlements(began - timedelta(minutes=1), account=account)]
    assert [line.net for line in lines] == [Money.of(-60, "NOK"), Money.of(60, "NOK")]


async def test_the_balance_is_the_sum_of_its_transactions(sandbox: Sandbox, gateway: StripeGateway) -> None:
    order = await pay_available(gateway, Money.of(100, "PLN"))
    pending = await gateway.pay_in(
        Money.of(50, "PLN"), subject=order, reference="PO", key=fresh(), method="pm_card_visa"
    )
    await gateway.refund(pending.id, Money.of(20, "PLN"), key=fresh())
    await gateway.transfer(Money.of(30, "PLN"), to_account=await sandbox.open_account(), group=order, key=fresh())
    async with sandbox.api() as http:
        sheet = (await http.get("/v1/balance")).json()
        lines = (await http.get("/v1/balance_transactions", params={"currency": "pln", "limit": 100})).json()["data"]
    for column, expected in (("available", 10_000 - 320 - 3_000), ("pending", 5_000 - 175 - 2_000)):
        assert sum(line["net"] for line in lines if line["status"] == column) == expected
        assert [part["amount"] for part in sheet[column] if part["currency"] == "pln"] == [expected]


async def test_whoever_asks_a_moment_later_does_not_overlook_what_was_just_spent(sandbox: Sandbox) -> None:
    """A call that began in an earlier second waits for the purse and then counts by the clock, not by its beginning."""
    engine, now, account = create_async_engine(sandbox.database_url), int(time.time()), fresh("acct")
    settings = Settings(sandbox.database_url)
    sessions = async_sessionmaker(engine)
    async with sessions.begin() as tx:
        balance.move(Call(tx, settings, account, now=now - 20), "payment", 100, "usd", "py_1")
    async with sessions.begin() as tx:
        later = Call(tx, settings, account, now=now - 5)
        assert await balance.spendable(later, "usd") == 100
        balance.move(later, "payout", -100, "usd", "po_1")
    async with sessions.begin() as tx:
        assert await balance.spendable(Call(tx, settings, account, now=now - 10), "usd") == 0
    await engine.dispose()


async def pay_available(gateway: StripeGateway, amount: Money) -> str:
    """Money on the platform's balance, at once. Returns the order it is for."""
    order = fresh("order")
    await gateway.pay_in(amount, subject=order, reference="PO", key=fresh(), method="pm_card_bypassPending")
    return order


async def test_a_transfer_keeps_within_its_source(sandbox: Sandbox) -> None:
    """Together no more than the charge, in its currency, in its group; what was taken back may go again."""
    account = await sandbox.open_account()
    paid = {**GOOD, "confirm": "true", "payment_method": "pm_card_visa"}
    async with sandbox.api() as http:
        charge = (await http.post(INTENTS, data={**paid, "transfer_group": "order:1"})).json()["latest_charge"]
        alone = (await http.post(INTENTS, data=paid)).json()["latest_charge"]

        async def transfer(amount: int, source: str = charge, **given: str) -> dict[str, Any]:
            asked = {"amount": str(amount), "currency": "usd", "destination": account, "source_transaction": source}
            return dict((await http.post("/v1/transfers", data=asked | given)).json())

        first = await transfer(600)
        assert first["transfer_group"] == "order:1"
        assert (await transfer(400, transfer_group="order:2"))["error"]["param"] == "transfer_group"
        assert (await transfer(400, currency="eur"))["error"]["param"] == "currency"
        assert (await transfer(401))["error"]["code"] == "balance_insufficient"
        assert (await transfer(400, transfer_group="order:1"))["amount"] == 400
        assert (await transfer(1))["error"]["code"] == "balance_insufficient"
        await http.post(f"/v1/transfers/{first['id']}/reversals", data={"amount": "100"})
        assert (await transfer(101))["error"]["code"] == "balance_insufficient"
        assert (await transfer(100))["amount"] == 100
        assert (await transfer(100, alone))["transfer_group"] == f"group_{alone}"
