import json
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.core.money import Money, UnitPrice
from orders.contracts import clauses
from orders.contracts.terms import (
    Arbitration,
    Claims,
    Clause,
    ContractTerms,
    DocumentKind,
    DocumentRequired,
    GoodsLine,
    GoverningLaw,
    Insurance,
    Measurement,
    PlatformFee,
    canonical_json,
    digest,
)
from orders.contracts.values import Bilingual
from orders.incoterms import INCOTERMS, Cover, Mode, Rule, Side
from tests.factories import terms as make

TERMS = clauses.draw_up(make.particulars())
LINE = TERMS.lines[0]


def without(text: Bilingual, *hidden: str) -> str:
    whole = text.en + text.zh
    for part in hidden:
        whole = whole.replace(part, "")
    return whole


def test_the_same_terms_give_the_same_bytes() -> None:
    again = clauses.draw_up(make.particulars())
    assert canonical_json(again) == canonical_json(TERMS)
    read_back = ContractTerms.model_validate_json(canonical_json(TERMS))
    assert read_back == TERMS
    assert canonical_json(read_back) == canonical_json(TERMS)


def test_canonical_bytes_are_sorted_compact_nfc_and_without_floats() -> None:
    data = canonical_json(TERMS)
    assert "Jürgen Weiß" in data.decode() == unicodedata.normalize("NFC", data.decode())

    def refuse(number: str) -> None:
        raise AssertionError(f"float {number}")

    tree = json.loads(data, parse_float=refuse)
    assert data == json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.parametrize("given", ["5000", "5000.000", "5E+3"])
def test_one_number_has_one_spelling(given: str) -> None:
    same = clauses.draw_up(make.particulars(lines=[make.line(given), make.line("5000", "0.875250", unit="SET")]))
    assert same.lines[0].model_dump(mode="json")["quantity"] == "5000"


def test_composed_and_decomposed_letters_hash_alike() -> None:
    decomposed = make.particulars(packing=Bilingual(en="Ku\u0308hlware", zh="冷藏"))
    composed = make.particulars(packing=Bilingual(en="K\u00fchlware", zh="冷藏"))
    assert canonical_json(decomposed) == canonical_json(composed)


def test_the_digest_is_sha_256() -> None:
    assert digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    changed = clauses.draw_up(make.particulars(number="PTL-2026-000124"))
    assert digest(canonical_json(changed)) != digest(canonical_json(TERMS))


@given(
    lines=st.lists(st.tuples(st.decimals("0.01", "9999", places=6), st.integers(1, 100_000)), min_size=1, max_size=5),
    deposit=st.integers(1, 9_999),
)
def test_any_deal_that_adds_up_is_a_contract(lines: list[tuple[Decimal, int]], deposit: int) -> None:
    goods = [make.line(str(quantity), f"{price:f}") for price, quantity in lines]
    total = Money(sum(line.total.minor for line in goods), "USD")
    plan = make.payments(total, f"{Decimal(deposit) / 100}")
    drawn = clauses.draw_up(make.particulars(lines=goods, milestones=plan))
    assert sum(m.amount.minor for m in drawn.milestones) == drawn.total.minor == total.minor


WRONG_SUMS: dict[str, dict[str, Any]] = {
    "total one cent over": {"total": TERMS.total + Money(1, "USD")},
    "total in another currency": {"total": Money(TERMS.total.minor, "EUR")},
    "contract in another currency": {"currency": "EUR"},
    "no payments": {"milestones": ()},
    "balance missing": {"milestones": TERMS.milestones[:1]},
    "balance one cent short": {
        "milestones": (
            TERMS.milestones[0],
            TERMS.milestones[1].model_copy(update={"amount": TERMS.milestones[1].amount - Money(1, "USD")}),
        )
    },
    "a cent moved between payments": {
        "milestones": (
            TERMS.milestones[0].model_copy(update={"amount": TERMS.milestones[0].amount + Money(1, "USD")}),
            TERMS.milestones[1].model_copy(update={"amount": TERMS.milestones[1].amount - Money(1, "USD")}),
        )
    },
    "shares of 101 percent": {
        "milestones": (TERMS.milestones[0].model_copy(update={"percent": Decimal(31)}), TERMS.milestones[1])
    },
    "fee in another currency": {"fee": PlatformFee(basis_points=1, minimum=Money(0, "EUR"))},
    "fee bounds crossed": {"fee": PlatformFee(basis_points=1, minimum=Money(2, "USD"), maximum=Money(1, "USD"))},
    "negative fee": {"fee": PlatformFee(basis_points=1, minimum=Money(-1, "USD"))},
}
WRONG_TERMS: dict[str, dict[str, Any]] = {
    "both sides one company": {"buyer": TERMS.supplier},
    "shipped before the contract": {"dated": date(2026, 12, 11)},
    "ship rule by air": {"delivery": make.delivery(Rule.FOB, Mode.AIR)},
    "CIF without insurance": {"delivery": make.delivery(Rule.CIF)},
    "CIP insured too narrowly": {
        "delivery": make.delivery(Rule.CIP),
        "insurance": Insurance(insured_by=Side.SELLER, cover=Cover.CLAUSES_C),
    },
    "CIF insured at value only": {
        "delivery": make.delivery(Rule.CIF),
        "insurance": Insurance(insured_by=Side.SELLER, cover=Cover.CLAUSES_C, percent=100),
    },
    "a document twice": {"documents": (DocumentRequired(kind=DocumentKind.PACKING_LIST, originals=1),) * 2},
    "hidden defects claimed sooner than apparent ones": {"claims": Claims(apparent_days=30, hidden_days=29)},
    "no goods": {"lines": ()},
    "edition unknown": {"edition": "1999-01"},
}


@pytest.mark.parametrize("changes", (WRONG_SUMS | WRONG_TERMS).values(), ids=(WRONG_SUMS | WRONG_TERMS).keys())
def test_terms_that_disagree_with_themselves_cannot_exist(changes: dict[str, Any]) -> None:
    whole = {name: getattr(TERMS, name) for name in ContractTerms.model_fields}
    with pytest.raises(ValidationError):
        ContractTerms(**(whole | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"total": Money(6_172_501, "USD")},
        {"total": Money(6_172_500, "EUR")},
        {"unit_price": UnitPrice.of("12.346", "USD")},
        {"quantity": Decimal("5000.5")},
        {"quantity": 5000.0},
        {"quantity": Decimal(0), "total": Money(0, "USD")},
        {"unit": "XXX"},
        {"criteria": ()},
        {"hs_code": "9405"},
        {"origin": "XX"},
        {"description": {"en": "", "zh": " "}},
        {"description": {"en": "x" * 5001}},
        {"description": {"en": "price \u202e00.5\u202c"}},
        {"description": {"en": "NUL \x00"}},
        {"description": {"en": "\u3164"}},
        {"surprise": 1},
    ],
    ids=str,
)
def test_a_faulty_line_is_refused(changes: dict[str, Any]) -> None:
    sound = {name: getattr(LINE, name) for name in GoodsLine.model_fields}
    assert GoodsLine(**sound) == LINE
    with pytest.raises(ValidationError):
        GoodsLine(**(sound | changes))


def test_a_measurement_is_bounded_and_its_bounds_are_in_order() -> None:
    for bounds in ({}, {"minimum": Decimal(2), "maximum": Decimal(1)}):
        with pytest.raises(ValidationError):
            Measurement(property=Bilingual(en="Length"), method="calliper", **bounds)


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_has_its_clause_in_both_languages(rule: Rule) -> None:
    mode = Mode.SEA if INCOTERMS[rule].waterborne_only else Mode.AIR
    cover = Insurance(insured_by=Side.SELLER, cover=Cover.CLAUSES_A)
    drawn = clauses.draw_up(make.particulars(delivery=make.delivery(rule, mode), insurance=cover))
    article = next(a for a in drawn.articles if a.key == "delivery")
    assert f"{rule} Yantian" in article.body.en
    assert clauses.word("incoterm", rule, "en") in article.body.en
    assert clauses.word("incoterm", rule, "zh") in article.body.zh
    for a in drawn.articles:
        assert a.title.en != a.title.zh
        assert "$" not in a.body.en + a.body.zh


@pytest.mark.parametrize("institution", clauses.institutions("en"))
@pytest.mark.parametrize("excluded", [True, False])
def test_law_and_arbitration_are_named(institution: str, excluded: bool) -> None:
    drawn = clauses.draw_up(
        make.particulars(
            arbitration=Arbitration(
                institution=institution, seat=Bilingual(en="Singapore", zh="新加坡"), language="zh", arbitrators=1
            ),
            law=GoverningLaw(country="SG", cisg_excluded=excluded),
        )
    )
    body = {a.key: a.body for a in drawn.articles}
    assert clauses.institutions("en")[institution] in body["arbitration"].en
    assert clauses.institutions("zh")[institution] in body["arbitration"].zh
    assert "law of Singapore" in body["law"].en
    assert ("does not apply" in body["law"].en) == excluded == ("排除" in body["law"].zh)


def test_an_unknown_institution_is_refused() -> None:
    other = Arbitration(institution="NOBODY", seat=Bilingual(en="Moon"), language="en", arbitrators=1)
    with pytest.raises(ValueError, match="NOBODY"):
        clauses.draw_up(make.particulars(arbitration=other))


@pytest.mark.parametrize(
    ("minimum", "maximum", "said"),
    [(2000, 250000, "at least USD 20.00 and at most USD 2,500.00"), (2000, None, "at least USD 20.00"),
     (0, 250000, "at most USD 2,500.00"), (0, None, "1.5% of each amount released; it")],
)  # fmt: skip
def test_the_platform_fee_is_written_into_the_contract(minimum: int, maximum: int | None, said: str) -> None:
    most = None if maximum is None else Money(maximum, "USD")
    fee = PlatformFee(basis_points=150, minimum=Money(minimum, "USD"), maximum=most)
    payment = next(a for a in clauses.draw_up(make.particulars(fee=fee)).articles if a.key == "payment")
    assert said in payment.body.en
    assert "1.5%" in payment.body.zh


def test_what_the_parties_write_is_not_filled_in() -> None:
    own = Clause(key="own", title=Bilingual(en="Ours"), body=Bilingual(en="Costs $place $$ {rule} %(x)s"))
    drawn = clauses.draw_up(make.particulars(own_clauses=(own,)))
    assert drawn.articles[-1] == own
    tricky = make.delivery().model_copy(update={"place": "$law $$ Yantian"})
    delivered = clauses.draw_up(make.particulars(delivery=tricky)).articles[1].body
    assert "$law $$ Yantian" in delivered.en
    assert "$" not in without(delivered, "$law $$ Yantian")


def test_consent_names_company_contract_and_hash() -> None:
    text = clauses.consent(TERMS, "Hanse Lichttechnik GmbH", "ab" * 32)
    for language in (text.en, text.zh):
        assert all(part in language for part in ("Hanse Lichttechnik GmbH", TERMS.number, "ab" * 32))


def test_a_text_in_one_language_stands_in_for_the_other() -> None:
    assert Bilingual(en="Cartons").said("zh") == "Cartons" == Bilingual(en="Cartons").said("en")
    assert Bilingual(en="Cartons", zh="纸箱").said("zh") == "纸箱"
