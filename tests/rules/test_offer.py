"""What an offer says: totals, payments, comparison of versions, and words that survive a round trip."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from orders import presets
from orders.negotiation import comparison, prefill
from orders.negotiation.offer import Offer
from orders.negotiation.schemas import OfferIn
from orders.negotiation.states import INQUIRY_MOVES, QUOTATION_MOVES, InquiryState, QuotationState
from orders.negotiation.views import QuotationView
from tests.factories.deals import offer_data
from tests.rules.test_rates import rates


def offer(**changes):
    return OfferIn(**offer_data(**changes)).offer()


def line(**changes):
    return {**offer_data()["lines"][0], **changes}


def view(made, version=1):
    facts = dict.fromkeys(QuotationView.__dataclass_fields__)
    return QuotationView(**facts | {"offer": made, "version": version, "total": made.total, "id": version})


@given(
    lines=st.lists(
        st.tuples(
            st.decimals(min_value="0.01", max_value=9999, places=6), st.integers(min_value=1, max_value=1_000_000)
        ),
        min_size=1,
        max_size=8,
    ),
    deposit=st.integers(min_value=1, max_value=9999),
)
def test_payments_sum_to_the_total_and_the_total_to_its_lines(lines, deposit):
    share = Decimal(deposit) / 100
    made = offer(
        lines=[line(price=price, quantity=quantity) for price, quantity in lines],
        milestones=[{"kind": "deposit", "percent": share}, {"kind": "balance", "percent": 100 - share}],
    )
    assert sum(amount.minor for _kind, _share, amount in made.payments) == made.total.minor
    assert sum(part.total.minor for part in made.lines) == made.total.minor


def test_an_offer_is_kept_as_it_is():
    made = offer(
        lines=[line(tiers=[{"min_quantity": "5000", "price": "1.1"}, {"min_quantity": "9000", "price": "1.05"}])],
        sample_price="15",
        sample_days=5,
    )
    assert Offer.model_validate(made.model_dump(mode="json")) == made


@pytest.mark.parametrize("plan", [{}, *({"plan": name} for name in presets.NAMES)], ids=str)
def test_the_form_filled_in_from_an_offer_says_the_same_offer(plan):
    made = offer(sample_price="15", sample_days=5, packing="Pallets", **plan)
    start = prefill.from_offer(made)
    again = OfferIn(
        currency=start.currency,
        lines=[{k: v for k, v in row.items() if v and k != "tiers"} for row in start.lines],
        rule=start.rule,
        place=start.place,
        locode=start.locode,
        mode=start.mode,
        lead_days=start.lead_days,
        valid_until=start.valid_until,
        milestones=[{k: v for k, v in row.items() if v} for row in start.milestones],
        partial_shipments=start.partial_shipments,
        transhipment=start.transhipment,
        packing=start.packing,
        sample_price=start.sample_price,
        sample_days=start.sample_days,
        note=start.note or "",
    ).offer()
    assert again == made


def test_empty_rows_of_the_form_are_no_lines():
    made = offer(lines=[line(), {"unit": "H87", "origin": "CN"}])
    assert len(made.lines) == 1


def test_a_payment_left_open_is_none():
    made = offer(milestones=[{"kind": "deposit"}, {"kind": "balance", "percent": "100"}])
    assert [share.kind for share in made.milestones] == ["balance"]


def test_shares_that_are_not_100_name_the_field():
    with pytest.raises(Invalid) as refused:
        offer(milestones=[{"kind": "deposit", "percent": "30"}, {"kind": "balance", "percent": "69"}])
    assert refused.value.errors == {"milestones.1.percent": "The payments add up to 99 percent instead of 100."}


def test_versions_mark_exactly_what_changed():
    rows = comparison.of_versions([view(offer()), view(offer(lead_days=30), 2), view(offer(lead_days=30), 3)])
    marked = {row.label: [cell.changed for cell in row.cells] for row in rows if row.differs}
    assert marked == {"Lead time": [False, True, False]}


def test_a_line_that_came_or_went_is_marked():
    rows = comparison.of_versions([view(offer()), view(offer(lines=[line(), line(description="Lid")]), 2)])
    assert [row.label for row in rows if row.differs] == ["Line 2", "Total"]


def test_the_best_is_marked_only_where_it_can_be_said():
    cheap, quick = offer(lines=[line(price="1.05")], lead_days=40), offer(lead_days=20)
    best = {row.label: row.best for row in comparison.of_suppliers([view(cheap), view(quick)]) if row.best is not None}
    assert best == {"Unit price": 0, "Total": 0, "Lead time": 1}
    euro = offer(currency="EUR", lead_days=40)
    best = {row.label: row.best for row in comparison.of_suppliers([view(euro), view(quick)]) if row.best is not None}
    assert best == {"Lead time": 1}


def test_totals_of_several_currencies_are_converted_to_compare():
    dollars, euro = offer(), offer(currency="EUR")
    found = {row.label: row for row in comparison.of_suppliers([view(dollars), view(euro)], rates(), "USD")}
    row = found["Total in USD, converted to compare"]
    assert row.best == 0
    texts = [cell.text.replace("\u00a0", " ") for cell in row.cells]
    assert texts[0] == "USD 2,360.00", "its own currency is not converted"
    assert texts[1].startswith("about USD 2,636.59 (rate of ")
    unknown = comparison.of_suppliers([view(dollars), view(offer(currency="AED"))], rates(), "USD")
    assert [row.label for row in unknown if "converted" in row.label] == []


def test_equal_offers_have_no_best():
    assert all(row.best is None for row in comparison.of_suppliers([view(offer()), view(offer())]))


@pytest.mark.parametrize(
    ("moves", "over"),
    [
        (INQUIRY_MOVES, {InquiryState.ACCEPTED, InquiryState.REJECTED, InquiryState.WITHDRAWN}),
        (QUOTATION_MOVES, set(QuotationState) - {QuotationState.OFFERED}),
    ],
)
def test_what_is_over_stays_over(moves, over):
    assert {state for state, _move in moves}.isdisjoint(over)
