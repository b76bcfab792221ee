"""Stripe's objects, read as ours: what no sandbox is needed for."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from app.core.money import Money
from payments.gateway import EVIDENCE_LENGTH, Balance, DisputeState, Evidence, GatewayRefused, SettlementKind
from payments.stripe_objects import balance, dispute, event, evidence, settlement

Body = dict[str, Any]
NOW = int(time.time())


def line(type_: str = "adjustment", category: str = "dispute", amount: int = -5_000, fee: int = 1_500) -> Body:
    return {
        "id": "txn_1",
        "object": "balance_transaction",
        "type": type_,
        "reporting_category": category,
        "amount": amount,
        "fee": fee,
        "net": amount - fee,
        "currency": "usd",
        "created": NOW,
        "available_on": NOW,
        "source": {"id": "du_1", "object": "dispute", "metadata": {}},
    }


def disputed(**fields: Any) -> stripe.Dispute:
    body = {
        "id": "du_1",
        "object": "dispute",
        "amount": 5_000,
        "currency": "usd",
        "created": NOW,
        "balance_transactions": [line()],
        "charge": "ch_1",
        "payment_intent": "pi_1",
        "reason": "product_not_received",
        "status": "needs_response",
        "evidence_details": {"due_by": NOW + 60, "submission_count": 0},
        "metadata": {},
    }
    return stripe.Dispute.construct_from({**body, **fields}, None)


def test_a_chargeback_is_read_with_what_it_took_and_cost() -> None:
    told = dispute(disputed())
    assert (told.id, told.pay_in_id, told.reason) == ("du_1", "pi_1", "product_not_received")
    assert (told.state, told.submitted) == (DisputeState.OPEN, False)
    assert (told.amount, told.taken, told.fee) == (Money.of(50, "USD"), Money.of(50, "USD"), Money.of(15, "USD"))
    assert told.due_by == datetime.fromtimestamp(NOW + 60, UTC)


def test_a_won_chargeback_took_nothing_in_the_end_but_its_fee() -> None:
    back = line(category="dispute_reversal", amount=5_000, fee=0)
    told = dispute(disputed(status="won", balance_transactions=[line(), back]))
    assert (told.state, told.taken, told.fee) == (DisputeState.WON, Money(0, "USD"), Money.of(15, "USD"))


@pytest.mark.parametrize("due", [0, None])
def test_an_inquiry_takes_nothing_and_some_banks_take_no_evidence(due: int | None) -> None:
    told = dispute(
        disputed(
            status="warning_needs_response",
            balance_transactions=[],
            evidence_details={"due_by": due, "submission_count": 1},
        )
    )
    assert (told.state, told.taken, told.fee, told.due_by) == (DisputeState.OPEN, Money(0, "USD"), None, None)
    assert told.submitted


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("needs_response", DisputeState.OPEN),
        ("warning_needs_response", DisputeState.OPEN),
        ("under_review", DisputeState.UNDER_REVIEW),
        ("warning_under_review", DisputeState.UNDER_REVIEW),
        ("won", DisputeState.WON),
        ("warning_closed", DisputeState.WON),
        ("lost", DisputeState.LOST),
        ("prevented", DisputeState.LOST),
    ],
)
def test_every_status_of_a_dispute_is_one_of_four_states(status: str, state: DisputeState) -> None:
    assert dispute(disputed(status=status)).state is state


def test_evidence_is_said_under_stripes_names_and_kept_within_its_length() -> None:
    assert evidence(Evidence(statement="Accepted on 3 May.", tracking_number="X1")) == {
        "uncategorized_text": "Accepted on 3 May.",
        "shipping_tracking_number": "X1",
    }
    with pytest.raises(GatewayRefused):
        evidence(Evidence(statement="x" * (EVIDENCE_LENGTH + 1)))


@pytest.mark.parametrize(
    ("type_", "category", "kind"),
    [
        ("adjustment", "dispute", SettlementKind.DISPUTE),
        ("adjustment", "dispute_reversal", SettlementKind.DISPUTE),
        ("adjustment", "other_adjustment", SettlementKind.OTHER),
        ("stripe_fee", "fee", SettlementKind.FEE),
        ("topup", "topup", SettlementKind.TOP_UP),
        ("payout_failure", "payout_reversal", SettlementKind.PAY_OUT),
        ("something_new", "something_new", SettlementKind.OTHER),
    ],
)
def test_lines_of_the_books_are_told_apart(type_: str, category: str, kind: SettlementKind) -> None:
    told = settlement(stripe.BalanceTransaction.construct_from(line(type_, category), None))
    assert (told.kind, told.provider_kind, told.source_id) == (kind, type_, "du_1")
    assert (told.amount, told.fee, told.net) == (Money.of(-50, "USD"), Money.of(15, "USD"), Money.of(-65, "USD"))


@pytest.mark.parametrize("kind", ["created", "funds_withdrawn", "updated", "funds_reinstated", "closed"])
def test_what_is_told_of_a_dispute_leads_to_the_dispute(kind: str) -> None:
    body = {
        "id": "evt_1",
        "object": "event",
        "type": f"charge.dispute.{kind}",
        "created": NOW,
        "data": {"object": {"id": "du_1", "object": "dispute", "payment_intent": "pi_1"}},
    }
    told = event(stripe.Event.construct_from(body, None))
    assert (told.object_kind, told.object_id) == ("dispute", "du_1")


def test_the_balance_is_read_by_currency_and_may_be_below_zero() -> None:
    sheet = {
        "object": "balance",
        "available": [{"amount": -1_500, "currency": "usd"}, {"amount": 700, "currency": "jpy"}],
        "pending": [{"amount": 200, "currency": "eur"}],
    }
    assert balance(stripe.Balance.construct_from(sheet, None)) == {
        "EUR": Balance(Money(0, "EUR"), Money.of(2, "EUR")),
        "JPY": Balance(Money.of(700, "JPY"), Money(0, "JPY")),
        "USD": Balance(Money.of(-15, "USD"), Money(0, "USD")),
    }
