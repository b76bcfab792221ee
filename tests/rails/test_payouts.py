"""Pay-outs that fail or are given up, and the platform's own money: what comes back, and what must be put right."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core import clock
from app.core.money import Money
from payments.gateway import Account, GatewayRefused, PayOut, Settlement, SettlementKind, TransferState
from payments.stripe import StripeGateway
from tests.rails.conftest import fresh
from tests.rails.servers import API_KEY, SECRET, Sandbox, database, running

NO_ACCOUNT = "DE62370400440532013001"
ACCOUNT_CLOSED = "000111111113"


def eur(amount: str) -> Money:
    return Money.of(amount, "EUR")


def own(payout: PayOut) -> str:
    """The pay-out's id as the provider names it."""
    return payout.id.partition("/")[2]


async def account_with(sandbox: Sandbox, gateway: StripeGateway, number: str = "") -> str:
    """A connected account with 80 EUR to pay out, to the bank account of this number."""
    account = await sandbox.open_account()
    if number:
        async with sandbox.api() as http:
            bank = {"external_account[object]": "bank_account", "external_account[account_number]": number}
            (await http.post(f"/v1/accounts/{account}", data=bank)).raise_for_status()
    order = fresh("order")
    await gateway.pay_in(eur("100"), subject=order, reference="PO", key=fresh(), method="pm_card_bypassPending")
    await gateway.transfer(eur("80"), to_account=account, group=order, key=fresh())
    return account


async def available(gateway: StripeGateway, account: str) -> Money:
    return (await gateway.balance(account=account))["EUR"].available


async def lines_of(gateway: StripeGateway, payout: PayOut) -> list[Settlement]:
    lines = [line async for line in gateway.settlements(payout.created, account=payout.account)]
    return [line for line in reversed(lines) if line.source_id == own(payout)]


async def failed(sandbox: Sandbox, gateway: StripeGateway, payout: PayOut, **said: str) -> PayOut:
    await sandbox.admin("POST", f"/payouts/{own(payout)}/failure", json=said)
    return await gateway.fetch(PayOut, payout.id)


@pytest.mark.parametrize(("number", "code"), [(NO_ACCOUNT, "no_account"), (ACCOUNT_CLOSED, "account_closed")])
async def test_a_bank_that_sends_the_money_back(
    sandbox: Sandbox, gateway: StripeGateway, number: str, code: str
) -> None:
    account = await account_with(sandbox, gateway, number)
    sent = await gateway.pay_out(account, eur("80"), key=fresh())
    assert (sent.state, sent.failure) == (TransferState.PENDING, "")
    assert await available(gateway, account) == eur("0")
    await sandbox.settle(own(sent))
    back = await gateway.fetch(PayOut, sent.id)
    assert (back.state, back.failure) == (TransferState.FAILED, code)
    assert await available(gateway, account) == eur("80")
    lines = await lines_of(gateway, sent)
    assert [(line.kind, line.net) for line in lines] == [
        (SettlementKind.PAY_OUT, eur("-80")),
        (SettlementKind.PAY_OUT, eur("80")),
    ]
    async with sandbox.api() as http:
        listed = (await http.get("/v1/events", headers={"stripe-account": account})).json()["data"]
    about = [event["type"] for event in reversed(listed) if event["data"]["object"]["id"] == own(sent)]
    assert about == ["payout.created", "payout.updated", "payout.failed"]


async def test_after_a_failure_the_account_needs_another_bank_but_can_still_receive(
    sandbox: Sandbox, gateway: StripeGateway
) -> None:
    account = await account_with(sandbox, gateway, NO_ACCOUNT)
    sent = await gateway.pay_out(account, eur("50"), key=fresh())
    await sandbox.settle(own(sent))
    told = await gateway.fetch(Account, account)
    assert (told.can_receive, told.can_pay_out, told.missing) == (True, False, ("external_account",))
    with pytest.raises(GatewayRefused) as refused:
        await gateway.pay_out(account, eur("50"), key=fresh())
    assert refused.value.code == "payouts_not_allowed"
    await sandbox.admin("POST", f"/accounts/{account}/verification")
    assert (await gateway.fetch(Account, account)).can_pay_out
    again = await gateway.pay_out(account, eur("50"), key=fresh())
    await sandbox.settle(own(again))
    assert (await gateway.fetch(PayOut, again.id)).state is TransferState.SUCCEEDED


async def test_a_pay_out_can_fail_even_after_it_was_paid_but_once_only(
    sandbox: Sandbox, gateway: StripeGateway
) -> None:
    account = await account_with(sandbox, gateway)
    sent = await gateway.pay_out(account, eur("80"), key=fresh())
    await sandbox.settle(own(sent))
    assert (await gateway.fetch(PayOut, sent.id)).state is TransferState.SUCCEEDED
    back = await failed(sandbox, gateway, sent)
    assert (back.state, back.failure) == (TransferState.FAILED, "could_not_process")
    assert await available(gateway, account) == eur("80")
    assert (await gateway.fetch(Account, account)).can_pay_out
    for said in ({}, {"code": "whim"}):
        with pytest.raises(httpx.HTTPStatusError):
            await failed(sandbox, gateway, sent, **said)
    assert await available(gateway, account) == eur("80")


async def test_a_pay_out_is_cancelled_while_it_is_pending(sandbox: Sandbox, gateway: StripeGateway) -> None:
    account = await account_with(sandbox, gateway)
    sent = await gateway.pay_out(account, eur("30"), key=fresh())
    async with sandbox.api() as http:
        http.headers["stripe-account"] = account
        given_up = await http.post(f"/v1/payouts/{own(sent)}/cancel")
        twice = await http.post(f"/v1/payouts/{own(sent)}/cancel")
    assert (given_up.json()["status"], twice.status_code) == ("canceled", 400)
    assert (await gateway.fetch(PayOut, sent.id)).state is TransferState.CANCELLED
    assert await available(gateway, account) == eur("80")
    assert await sandbox.settle(own(sent)) == 0


async def test_a_transfer_cannot_be_taken_back_from_an_account_that_has_paid_it_out_until_the_money_returns(
    sandbox: Sandbox, gateway: StripeGateway
) -> None:
    account = await account_with(sandbox, gateway)
    order = fresh("order")
    await gateway.pay_in(eur("50"), subject=order, reference="PO", key=fresh(), method="pm_card_bypassPending")
    made = await gateway.transfer(eur("20"), to_account=account, group=order, key=fresh())
    sent = await gateway.pay_out(account, eur("100"), key=fresh())
    with pytest.raises(GatewayRefused) as refused:
        await gateway.reverse(made.id, eur("20"), key=fresh())
    assert refused.value.code == "balance_insufficient"
    with pytest.raises(GatewayRefused) as refused:
        await gateway.pay_out(account, eur("0.01"), key=fresh())
    assert refused.value.code == "balance_insufficient"
    await failed(sandbox, gateway, sent)
    assert (await gateway.reverse(made.id, eur("20"), key=fresh())).amount == eur("20")
    assert await available(gateway, account) == eur("80")


async def test_a_pay_out_goes_to_a_bank_account_of_its_own(sandbox: Sandbox, gateway: StripeGateway) -> None:
    account = await account_with(sandbox, gateway)
    async with sandbox.api() as http:
        http.headers["stripe-account"] = account
        asked = {"amount": "100", "currency": "eur", "destination": "ba_of_somebody_else"}
        refused = await http.post("/v1/payouts", data=asked)
    assert refused.json()["error"]["code"] == "resource_missing"


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with sandbox.api() as made:
        yield made


async def topped_up(http: httpx.AsyncClient, **said: Any) -> dict[str, Any]:
    made: dict[str, Any] = (await http.post("/v1/topups", data={"currency": "ron", "amount": "5000", **said})).json()
    return made


async def test_own_money_arrives_with_time_and_can_be_handed_on(
    sandbox: Sandbox, gateway: StripeGateway, http: httpx.AsyncClient
) -> None:
    """In a currency no other test uses, so that the platform's balance is this test's own."""
    made = await topped_up(http)
    assert (made["object"], made["status"], made["balance_transaction"]) == ("topup", "pending", None)
    assert "RON" not in await gateway.balance()
    assert await sandbox.settle(made["id"]) == 1
    assert (await http.get(f"/v1/topups/{made['id']}")).json()["status"] == "succeeded"
    assert (await gateway.balance())["RON"].available == Money.of(50, "RON")
    account = await sandbox.open_account()
    await gateway.transfer(Money.of(50, "RON"), to_account=account, group=fresh(), key=fresh())
    lines = [
        line async for line in gateway.settlements(clock.now() - timedelta(minutes=1)) if line.source_id == made["id"]
    ]
    assert [(line.kind, line.net) for line in lines] == [(SettlementKind.TOP_UP, Money.of(50, "RON"))]
    late = await http.post(f"/v1/topups/{made['id']}/cancel")
    assert late.status_code == 400


async def test_own_money_that_never_arrives(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    given_up = await topped_up(http)
    assert (await http.post(f"/v1/topups/{given_up['id']}/cancel")).json()["status"] == "canceled"
    refused = await topped_up(http, source="btok_us_verified_insufficientFunds")
    await sandbox.settle(refused["id"])
    after = (await http.get(f"/v1/topups/{refused['id']}")).json()
    assert (after["status"], after["failure_code"]) == ("failed", "insufficient_funds")
    listed = (await http.get("/v1/topups", params={"limit": 2})).json()["data"]
    assert [one["balance_transaction"] for one in listed] == [None, None]
    assert (await http.post("/v1/topups", data={"currency": "ron"})).json()["error"]["param"] == "amount"


async def test_a_new_sandbox_holds_the_platforms_own_money_once() -> None:
    with database() as url:
        for _start in range(2):
            with running(url, own_funds="usd:5000000 jpy:700") as server:
                await server.settle()
                gateway = StripeGateway(API_KEY, SECRET, api_base=server.url)
                sheet = await gateway.balance()
                await gateway.close()
    assert {code: held.available.minor for code, held in sheet.items()} == {"USD": 5_000_000, "JPY": 700}
