"""The page of the sandbox on which a payer pays: what it does, and what the gateway makes of it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
import stripe

from app.core import clock
from app.core.money import Money
from payments import stripe_objects
from payments.gateway import GatewayRefused, PayIn, PayInState
from payments.hosted import HostedPage
from payments.stripe import StripeGateway
from tests.rails.conftest import fresh
from tests.rails.servers import PLAIN_HTTP, Sandbox

USD_100 = Money.of(100, "USD")
PAID_TO = "http://portolan.test/payments/1/page"
GOOD = {
    "mode": "payment",
    "success_url": PAID_TO,
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][unit_amount]": "1000",
    "line_items[0][price_data][product_data][name]": "PO 1",
}


async def opened(gateway: StripeGateway, *, key: str = "", subject: str = "") -> PayIn:
    page = HostedPage(
        paid_to=PAID_TO, left_to="http://portolan.test/payments/1", until=clock.now() + timedelta(hours=2)
    )
    return await gateway.pay_in(
        USD_100, subject=subject or fresh("order"), reference="RF18 0001", key=key or fresh(), page=page
    )


async def send(page: str, **said: str) -> httpx.Response:
    """What the form of the page sends."""
    async with httpx.AsyncClient(verify=PLAIN_HTTP) as http:
        return await http.post(page, data=said)


async def look(page: str) -> httpx.Response:
    async with httpx.AsyncClient(verify=PLAIN_HTTP) as http:
        return await http.get(page)


async def told_of(gateway: StripeGateway, made: PayIn, session: str) -> list[str]:
    """What the events say of a session, oldest first."""
    since = made.created - timedelta(minutes=1)
    return [event.kind async for event in gateway.events(since) if event.object_id == session][::-1]


async def test_the_page_says_what_for_and_leads_back_once_it_was_paid(gateway: StripeGateway) -> None:
    key, order, began = fresh(), fresh("order"), clock.now()
    asked = await opened(gateway, key=key, subject=order)
    shown = await look(asked.page)
    assert "Pay 100.00 USD" in shown.text
    assert "RF18 0001" in shown.text
    assert "form-action 'self' http://portolan.test;" in shown.headers["content-security-policy"]
    back = await send(asked.page, method="pm_card_visa")
    assert (back.status_code, back.headers["location"]) == (303, PAID_TO)
    paid = await gateway.fetch(PayIn, asked.id)
    assert (paid.state, paid.received, paid.subject, paid.key) == (PayInState.SUCCEEDED, USD_100, order, key)
    assert (paid.method, paid.page) == ("card", "")
    assert paid.source
    assert paid.id != asked.id
    assert await gateway.fetch(PayIn, paid.id) == paid
    assert await gateway.find_by_metadata(PayIn, key, since=began) == paid
    assert await told_of(gateway, asked, asked.id) == ["checkout.session.completed"]
    refund = await gateway.refund(paid.id, Money.of(30, "USD"), key=fresh())
    assert refund.amount == Money.of(30, "USD")


async def test_a_session_is_paid_once(sandbox: Sandbox, gateway: StripeGateway) -> None:
    asked = await opened(gateway)
    await send(asked.page, method="pm_card_visa")
    again = await send(asked.page, method="pm_card_visa")
    assert again.headers["location"] == PAID_TO
    assert "This was paid." in (await look(asked.page)).text
    async with sandbox.api() as http:
        charges = (await http.get("/v1/charges", params={"transfer_group": asked.subject})).json()["data"]
    assert len(charges) == 1
    with pytest.raises(GatewayRefused):
        await gateway.cancel(asked.id, key=fresh())


async def test_a_declined_card_leaves_the_page_open_for_another(sandbox: Sandbox, gateway: StripeGateway) -> None:
    asked = await opened(gateway)
    here = await send(asked.page, method="pm_card_visa_chargeDeclinedInsufficientFunds")
    assert here.headers["location"] == asked.page.removeprefix(sandbox.url)
    assert "insufficient funds" in (await look(asked.page)).text
    async with sandbox.api() as http:
        tried = (await http.get(f"/v1/checkout/sessions/{asked.id}")).json()["payment_intent"]
        for way, said in (("confirm", {"payment_method": "pm_card_visa"}), ("cancel", {})):
            assert (await http.post(f"/v1/payment_intents/{tried}/{way}", data=said)).status_code == 400
    assert await gateway.fetch(PayIn, tried) == asked  # its failure ends nothing: the page is open
    await send(asked.page, method="pm_card_visa")
    assert (await gateway.fetch(PayIn, asked.id)).state is PayInState.SUCCEEDED


async def test_whoever_pays_while_the_decline_is_read_has_paid(
    sandbox: Sandbox, gateway: StripeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The declined intent was read, then the payer pays, then the page is asked for: its word now is what counts."""
    asked = await opened(gateway)
    await send(asked.page, method="pm_card_chargeDeclinedExpiredCard")
    async with sandbox.api() as http:
        tried = (await http.get(f"/v1/checkout/sessions/{asked.id}")).json()["payment_intent"]
    read = stripe_objects.pay_in

    def paying_after(intent: stripe.PaymentIntent) -> PayIn:
        told = read(intent)
        if told.failure:
            with httpx.Client(verify=PLAIN_HTTP) as payer:
                payer.post(asked.page, data={"method": "pm_card_visa"})
        return told

    monkeypatch.setattr(stripe_objects, "pay_in", paying_after)
    told = await gateway.fetch(PayIn, tried)
    assert (told.state, told.failure) == (PayInState.SUCCEEDED, "")


async def test_the_bank_asks_whether_it_is_the_payer(gateway: StripeGateway) -> None:
    asked = await opened(gateway)
    await send(asked.page, method="pm_card_authenticationRequired")
    assert "Is it you?" in (await look(asked.page)).text
    await send(asked.page, bank="no")
    assert "could not confirm" in (await look(asked.page)).text
    assert await gateway.fetch(PayIn, asked.id) == asked
    await send(asked.page, method="pm_card_authenticationRequired")
    back = await send(asked.page, bank="yes")
    assert back.headers["location"] == PAID_TO
    assert (await gateway.fetch(PayIn, asked.id)).state is PayInState.SUCCEEDED


@pytest.mark.parametrize(
    ("method", "state", "event"),
    [
        ("pm_usBankAccount_success", PayInState.SUCCEEDED, "succeeded"),
        ("pm_usBankAccount_insufficientFunds", PayInState.AWAITING_METHOD, "failed"),
    ],
)
async def test_a_bank_debit_is_complete_before_it_is_paid(
    sandbox: Sandbox, gateway: StripeGateway, method: str, state: PayInState, event: str
) -> None:
    asked = await opened(gateway)
    assert (await send(asked.page, method=method)).headers["location"] == PAID_TO
    waiting = await gateway.fetch(PayIn, asked.id)
    assert (waiting.state, waiting.method) == (PayInState.PROCESSING, "us_bank_account")
    await sandbox.settle(only=waiting.id)
    over = await gateway.fetch(PayIn, asked.id)
    assert (over.id, over.state, bool(over.failure)) == (waiting.id, state, event == "failed")
    assert await told_of(gateway, asked, asked.id) == [
        "checkout.session.completed",
        f"checkout.session.async_payment_{event}",
    ]


async def test_time_closes_the_page_and_only_its_own(sandbox: Sandbox, gateway: StripeGateway) -> None:
    asked = await opened(gateway)
    await sandbox.settle()
    assert await gateway.fetch(PayIn, asked.id) == asked
    assert await sandbox.settle(only=asked.id) == 1
    closed = await gateway.fetch(PayIn, asked.id)
    assert (closed.state, closed.failure) == (PayInState.CANCELLED, "expired")
    assert await told_of(gateway, asked, asked.id) == ["checkout.session.expired"]
    await send(asked.page, method="pm_card_visa")
    assert await gateway.fetch(PayIn, asked.id) == closed
    assert "This page is closed." in (await look(asked.page)).text


async def test_another_site_cannot_pay_and_an_unknown_page_is_not_there(
    sandbox: Sandbox, gateway: StripeGateway
) -> None:
    asked = await opened(gateway)
    async with httpx.AsyncClient(verify=PLAIN_HTTP, headers={"sec-fetch-site": "cross-site"}) as http:
        assert (await http.post(asked.page, data={"method": "pm_card_visa"})).status_code == 403
    assert (await look(f"{sandbox.url}/c/pay/cs_test_nothing")).status_code == 404
    await send(asked.page, method="pm_card_unheard_of")
    assert await gateway.fetch(PayIn, asked.id) == asked


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"mode": "subscription"}, "mode"),
        ({"success_url": "/payments"}, "success_url"),
        ({"colour": "red"}, "colour"),
        ({"client_reference_id": "x" * 201}, "client_reference_id"),
        ({"expires_at": "1"}, "expires_at"),
        ({"line_items[0][quantity]": "0"}, "line_items[0][quantity]"),
        ({"line_items[0][price_data][unit_amount]": "49"}, "amount"),
        ({"line_items[0][price_data][currency]": "xyz"}, "line_items[0][price_data][currency]"),
        ({"line_items[0][price_data][colour]": "red"}, "line_items[0][price_data][colour]"),
        ({"payment_intent_data[colour]": "red"}, "payment_intent_data[colour]"),
    ],
)
async def test_a_wrong_parameter_of_a_session_is_named(sandbox: Sandbox, given: dict[str, Any], param: str) -> None:
    async with sandbox.api() as http:
        refused = await http.post("/v1/checkout/sessions", data=GOOD | given)
        missing = await http.post("/v1/checkout/sessions", data={"mode": "payment"})
        good = await http.post("/v1/checkout/sessions", data=GOOD)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)
    assert missing.json()["error"]["code"] == "parameter_missing"
    assert (good.json()["amount_total"], good.json()["status"]) == (1000, "open")
