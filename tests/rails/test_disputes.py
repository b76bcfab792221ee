"""Disputes over the rail: what a payer's bank takes, what it hears from us, and what comes back."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core import clock
from app.core.money import Money
from payments.gateway import Dispute, DisputeState, Evidence, GatewayRefused, PayIn, Settlement, SettlementKind
from payments.stripe import StripeGateway
from tests.factories.money import usd
from tests.rails.conftest import fresh
from tests.rails.servers import Sandbox

DISPUTED, INQUIRED = "pm_card_createDispute", "pm_card_createDisputeInquiry"
SAID = Evidence(statement="Delivered and accepted on 3 May.", carrier="By sea", tracking_number="BL 12")


async def pay(gateway: StripeGateway, amount: str = "100", method: str = "pm_card_visa") -> PayIn:
    return await gateway.pay_in(usd(amount), subject=fresh("order"), reference="PO 1", key=fresh(), method=method)


async def disputes_of(gateway: StripeGateway, paid: PayIn) -> list[Dispute]:
    since = paid.created - timedelta(minutes=1)
    return [dispute async for dispute in gateway.disputes(since) if dispute.pay_in_id == paid.id]


async def dispute_of(gateway: StripeGateway, paid: PayIn) -> Dispute:
    (dispute,) = await disputes_of(gateway, paid)
    return dispute


async def opened(sandbox: Sandbox, gateway: StripeGateway, paid: PayIn, **said: Any) -> Dispute:
    made = await sandbox.admin("POST", f"/charges/{paid.source}/dispute", json=said)
    return await gateway.fetch(Dispute, made["id"])


async def decided(sandbox: Sandbox, gateway: StripeGateway, dispute: Dispute, status: str) -> Dispute:
    await sandbox.admin("POST", f"/disputes/{dispute.id}/decision", json={"status": status})
    return await gateway.fetch(Dispute, dispute.id)


async def lines_of(gateway: StripeGateway, dispute: Dispute) -> list[Settlement]:
    since = dispute.created - timedelta(minutes=1)
    return [line async for line in gateway.settlements(since) if line.source_id == dispute.id][::-1]


async def told(gateway: StripeGateway, dispute: Dispute) -> list[str]:
    since = dispute.created - timedelta(minutes=1)
    events = [event async for event in gateway.events(since) if event.object_id == dispute.id]
    assert {event.object_kind for event in events} <= {"dispute"}
    return [event.kind.removeprefix("charge.dispute.") for event in reversed(events)]


async def test_a_chargeback_takes_the_amount_and_a_fee(sandbox: Sandbox, gateway: StripeGateway) -> None:
    paid = await pay(gateway, method=DISPUTED)
    dispute = await dispute_of(gateway, paid)
    assert (dispute.state, dispute.reason, dispute.submitted) == (DisputeState.OPEN, "fraudulent", False)
    assert (dispute.amount, dispute.taken, dispute.fee) == (usd("100"), usd("100"), usd("15"))
    assert dispute.due_by is not None
    assert dispute.due_by > clock.now() + timedelta(days=6)
    (line,) = await lines_of(gateway, dispute)
    assert (line.kind, line.provider_kind) == (SettlementKind.DISPUTE, "adjustment")
    assert (line.amount, line.fee, line.net) == (usd("-100"), usd("15"), usd("-115"))
    assert await told(gateway, dispute) == ["created", "funds_withdrawn"]
    async with sandbox.api() as http:
        assert (await http.get(f"/v1/charges/{paid.source}")).json()["disputed"] is True
    assert (await gateway.fetch(PayIn, paid.id)).received == usd("100")


async def test_the_books_and_the_balance_agree_about_a_chargeback(sandbox: Sandbox, gateway: StripeGateway) -> None:
    """In a currency no other test uses, so that the platform's balance is this test's own."""
    paid = await gateway.pay_in(
        Money.of(1000, "HUF"), subject=fresh("order"), reference="PO", key=fresh(), method="pm_card_bypassPending"
    )
    before = (await gateway.balance())["HUF"]
    dispute = await opened(sandbox, gateway, paid)
    held = (await gateway.balance())["HUF"]
    assert dispute.fee is not None
    assert before.available - held.available == dispute.taken + dispute.fee
    assert held.available.minor < 0
    await decided(sandbox, gateway, dispute, "won")
    after = (await gateway.balance())["HUF"]
    assert before.available - after.available == dispute.fee
    assert after.pending == before.pending


async def test_evidence_goes_to_the_bank_once(gateway: StripeGateway) -> None:
    dispute, key = await dispute_of(gateway, await pay(gateway, method=DISPUTED)), fresh()
    answered = await gateway.submit_evidence(dispute.id, SAID, key=key)
    assert (answered.state, answered.submitted, answered.taken) == (DisputeState.UNDER_REVIEW, True, dispute.taken)
    assert await gateway.submit_evidence(dispute.id, SAID, key=key) == answered
    with pytest.raises(GatewayRefused):
        await gateway.submit_evidence(dispute.id, SAID, key=fresh())
    assert await told(gateway, dispute) == ["created", "funds_withdrawn", "updated"]


async def test_a_won_dispute_gives_the_amount_back_but_not_the_fee(sandbox: Sandbox, gateway: StripeGateway) -> None:
    paid = await pay(gateway)
    dispute = await opened(sandbox, gateway, paid, amount=4_000, reason="product_not_received")
    assert (dispute.amount, dispute.reason) == (usd("40"), "product_not_received")
    await gateway.submit_evidence(dispute.id, SAID, key=fresh())
    won = await decided(sandbox, gateway, dispute, "won")
    assert (won.state, won.taken, won.fee) == (DisputeState.WON, usd("0"), usd("15"))
    assert [line.net for line in await lines_of(gateway, dispute)] == [usd("-55"), usd("40")]
    assert {line.kind for line in await lines_of(gateway, dispute)} == {SettlementKind.DISPUTE}
    assert (await told(gateway, dispute))[2:] == ["updated", "funds_reinstated", "closed"]
    assert (await gateway.refund(paid.id, usd("100"), key=fresh())).amount == usd("100")


@pytest.mark.parametrize(("text", "state"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
async def test_test_evidence_decides_at_once(gateway: StripeGateway, text: str, state: str) -> None:
    dispute = await dispute_of(gateway, await pay(gateway, method=DISPUTED))
    answered = await gateway.submit_evidence(dispute.id, Evidence(statement=text), key=fresh())
    assert answered.state == state


async def test_a_conceded_dispute_is_lost_for_good(sandbox: Sandbox, gateway: StripeGateway) -> None:
    dispute = await dispute_of(gateway, await pay(gateway, method=DISPUTED))
    lost = await gateway.concede(dispute.id, key=fresh())
    assert (lost.state, lost.taken, lost.fee) == (DisputeState.LOST, usd("100"), usd("15"))
    assert (await told(gateway, dispute))[2:] == ["closed"]
    for late in (gateway.concede(dispute.id, key=fresh()), gateway.submit_evidence(dispute.id, SAID, key=fresh())):
        with pytest.raises(GatewayRefused):
            await late
    with pytest.raises(httpx.HTTPStatusError):
        await decided(sandbox, gateway, dispute, "won")


async def test_who_does_not_answer_in_time_loses_but_settling_money_decides_nothing(
    sandbox: Sandbox, gateway: StripeGateway
) -> None:
    dispute = await dispute_of(gateway, await pay(gateway, method=DISPUTED))
    await sandbox.settle()
    assert (await gateway.fetch(Dispute, dispute.id)).state is DisputeState.OPEN
    assert await sandbox.settle(dispute.id) == 1
    assert (await gateway.fetch(Dispute, dispute.id)).state is DisputeState.LOST


@pytest.mark.parametrize("status", ["open", "lost"])
async def test_no_refund_of_what_was_charged_back(sandbox: Sandbox, gateway: StripeGateway, status: str) -> None:
    paid = await pay(gateway)
    dispute = await opened(sandbox, gateway, paid, amount=1_000)
    if status == "lost":
        await decided(sandbox, gateway, dispute, status)
    with pytest.raises(GatewayRefused) as refused:
        await gateway.refund(paid.id, usd("10"), key=fresh())
    assert refused.value.code == "charge_disputed"


async def test_an_inquiry_takes_nothing_and_the_payer_may_be_refunded(sandbox: Sandbox, gateway: StripeGateway) -> None:
    paid = await pay(gateway, method=INQUIRED)
    inquiry = await dispute_of(gateway, paid)
    assert (inquiry.state, inquiry.taken, inquiry.fee) == (DisputeState.OPEN, usd("0"), None)
    assert await lines_of(gateway, inquiry) == []
    await gateway.refund(paid.id, usd("100"), key=fresh())
    with pytest.raises(httpx.HTTPStatusError):
        await sandbox.admin("POST", f"/disputes/{inquiry.id}/escalation")
    closed = await decided(sandbox, gateway, inquiry, "lost")
    assert (closed.state, closed.taken) == (DisputeState.WON, usd("0"))
    assert await told(gateway, inquiry) == ["created", "closed"]


async def test_an_inquiry_can_become_a_chargeback(gateway: StripeGateway) -> None:
    inquiry = await dispute_of(gateway, await pay(gateway, method=INQUIRED))
    said = Evidence(statement="escalate_inquiry_evidence")
    chargeback = await gateway.submit_evidence(inquiry.id, said, key=fresh())
    assert (chargeback.state, chargeback.submitted) == (DisputeState.OPEN, False)
    assert (chargeback.taken, chargeback.fee) == (usd("100"), usd("15"))
    assert (await gateway.submit_evidence(inquiry.id, SAID, key=fresh())).state is DisputeState.UNDER_REVIEW


async def test_no_more_is_disputed_than_was_taken(sandbox: Sandbox, gateway: StripeGateway) -> None:
    paid = await pay(gateway)
    await gateway.refund(paid.id, usd("30"), key=fresh())
    first = await opened(sandbox, gateway, paid, amount=5_000)
    rest = await opened(sandbox, gateway, paid)
    assert (first.amount, rest.amount) == (usd("50"), usd("20"))
    assert {dispute.id for dispute in await disputes_of(gateway, paid)} == {first.id, rest.id}
    for wrong in ({}, {"amount": 1}, {"reason": "whim"}):
        with pytest.raises(httpx.HTTPStatusError):
            await opened(sandbox, gateway, paid, **wrong)
    held = await gateway.pay_in(
        usd("9"), subject=fresh(), reference="PO", key=fresh(), method="pm_card_visa", authorise_only=True
    )
    with pytest.raises(httpx.HTTPStatusError):
        await sandbox.admin("POST", f"/charges/{held.id}/dispute", json={})


@pytest.fixture
async def open_dispute(sandbox: Sandbox, gateway: StripeGateway) -> str:
    return f"/v1/disputes/{(await dispute_of(gateway, await pay(gateway, method=DISPUTED))).id}"


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"evidence[weather]": "fine"}, "evidence[weather]"),
        ({"evidence[uncategorized_text]": "x" * 20_001}, "evidence[uncategorized_text]"),
        ({"evidence[receipt]": "file_nobody_uploaded"}, "evidence[receipt]"),
        ({"submit": "perhaps"}, "submit"),
        ({"reason": "general"}, "reason"),
    ],
)
async def test_wrong_evidence_is_refused_and_keeps_the_dispute_open(
    sandbox: Sandbox, open_dispute: str, given: dict[str, str], param: str
) -> None:
    async with sandbox.api() as http:
        refused = await http.post(open_dispute, data=given)
        left = (await http.get(open_dispute)).json()
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)
    assert (left["status"], left["evidence_details"]["has_evidence"]) == ("needs_response", False)


async def test_evidence_can_be_kept_before_it_is_submitted(sandbox: Sandbox, open_dispute: str) -> None:
    async with sandbox.api() as http:
        kept = await http.post(open_dispute, data={"evidence[customer_name]": "Ada", "submit": "false"})
        noted = await http.post(open_dispute, data={"metadata[seen]": "yes"})
        sent = await http.post(open_dispute, data={"evidence[product_description]": "Lamps"})
    assert [answer.json()["status"] for answer in (kept, noted, sent)] == [
        "needs_response",
        "needs_response",
        "under_review",
    ]
    body = sent.json()
    assert (body["evidence"]["customer_name"], body["evidence"]["product_description"]) == ("Ada", "Lamps")
    assert (body["evidence_details"]["submission_count"], body["metadata"]) == (1, {"seen": "yes"})


async def test_disputes_are_listed_by_what_they_are_about(sandbox: Sandbox, gateway: StripeGateway) -> None:
    paid = await pay(gateway, method=DISPUTED)
    async with sandbox.api() as http:
        for by in ({"charge": paid.source}, {"payment_intent": paid.id}):
            listed = (await http.get("/v1/disputes", params=by)).json()["data"]
            assert [dispute["charge"] for dispute in listed] == [paid.source]
