"""Which companies can exist: registration numbers, names, telephones."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from app.core.errors import Invalid
from trust.identity import registration
from trust.identity.registration import Claim, Kind

CLAIM = Claim(
    country="DE",
    name_original="Müller & Söhne GmbH",
    name_latin="",
    registration_number="136695976",
    lei="",
    phone="040 3344556",
    address="Am Hafen 1, Hamburg",
    website="www.mueller.example",
    buys=True,
    sells=False,
)


def with_(**changes: Any) -> Claim:
    return replace(CLAIM, **changes)


def test_a_company_in_its_normal_form():
    made = registration.company(CLAIM)
    assert (made.kind, made.number, made.phone) == (Kind.VAT, "DE136695976", "+49403344556")
    assert made.name_latin == made.name_original == "Müller & Söhne GmbH"
    assert made.website == "https://www.mueller.example"


def test_every_wrong_field_is_named_at_once():
    with pytest.raises(Invalid) as refused:
        registration.company(
            with_(country="XX", name_latin="灯笼", lei="123", phone="12", website="nowhere", buys=False),
            prefix="company.",
        )
    assert set(refused.value.errors) == {
        f"company.{field}" for field in ("country", "name_latin", "lei", "phone", "website", "buys")
    }


@pytest.mark.parametrize("number", ["914403001922038216", "91110000600037341L", " 9144 0300-1922038216 "])
def test_real_social_credit_codes(number: str):
    assert registration.uscc_number(number) == number.replace(" ", "").replace("-", "")


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        ("91440300192203821", "18 characters"),
        ("9144030019220382160", "18 characters"),
        ("91440300I922038216", "without I, O, S, V and Z"),
        ("A14403001922038216", "8 digits"),
        ("914403001922038215", "check digit"),
        ("914403001922038126", "check digit"),
        ("", "18 characters"),
    ],
)
def test_refused_social_credit_codes(number: str, hint: str):
    with pytest.raises(Invalid, match=hint):
        registration.uscc_number(number)


def test_the_organisation_code_inside_has_a_check_digit_of_its_own():
    """A code whose last character was recomputed over a wrong organisation code: the outer check alone accepts it."""
    body = "9144030019220382" + "2"
    forged = body + uscc.calc_check_digit(body)
    assert uscc.is_valid(forged)
    with pytest.raises(Invalid, match="9 to 17"):
        registration.uscc_number(forged)


@pytest.mark.parametrize(
    ("body", "digit"),
    [("19220382", "1"), ("60003734", "1"), ("00000000", "0"), ("00000003", "5"), ("0000000A", "2"), ("00000005", "1")],
)
def test_organisation_check_digits(body: str, digit: str):
    assert registration.organisation_check_digit(body) == digit


@given(
    st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8),
    st.integers(0, 7),
    st.integers(0, 9),
    st.integers(1, 9),
)
def test_one_wrong_digit_of_an_organisation_code_shows(others: str, place: int, digit: int, shift: int):
    body, wrong = (others[:place] + str(written) + others[place + 1 :] for written in (digit, (digit + shift) % 10))
    assert registration.organisation_check_digit(wrong) != registration.organisation_check_digit(body)


@pytest.mark.parametrize(
    ("country", "number", "normal"),
    [
        ("DE", "DE 136 695 976", "DE136695976"),
        ("DE", "136695976", "DE136695976"),
        ("GR", "094259216", "EL094259216"),
        ("AT", "u13585627", "ATU13585627"),
        ("FR", "40303265045", "FR40303265045"),
    ],
)
def test_vat_numbers(country: str, number: str, normal: str):
    assert registration.vat_number(country, number) == normal


@pytest.mark.parametrize(
    ("country", "number", "hint"),
    [("DE", "136695978", "begins with DE"), ("DE", "FR40303265045", "another country"), ("GR", "1", "begins with EL")],
)
def test_refused_vat_numbers(country: str, number: str, hint: str):
    with pytest.raises(Invalid, match=hint):
        registration.registration_number(country, number)


def test_outside_china_and_the_union_an_lei_is_known_by_its_digits():
    lei = "213800KUD8LAJWSQ9D15"
    made = registration.company(with_(country="GB", registration_number=lei.lower(), phone="+442079460000"))
    assert (made.kind, made.number, made.lei) == (Kind.LEI, lei, lei)
    made = registration.company(with_(country="SG", registration_number="2019 12345k", phone="+6561234567"))
    assert (made.kind, made.number, made.lei) == (Kind.REGISTRY, "201912345K", "")


@pytest.mark.parametrize("number", ["213800KUD8LAJWSQ9D16", "12", "", "00" * 10 + "97"])
def test_refused_leis(number: str):
    with pytest.raises(Invalid, match="LEI"):
        registration.lei_number(number)


@pytest.mark.parametrize("number", ["", "A", "ABC", "１２;３", "x" * 31, "<1>", "灯5"])
def test_refused_register_numbers(number: str):
    with pytest.raises(Invalid, match="company register"):
        registration.registry_number(number)


@pytest.mark.parametrize("text", ["", " ", "a\u202eb", "a\x07b", "\u200f", "line\x00"])
def test_text_that_is_no_plain_line(text: str):
    with pytest.raises(Invalid):
        registration.plain_text(text)


@pytest.mark.parametrize("text", ["شركة الفانوس للتجارة", "می‌خواهم", "חברת פנסים", "灯笼 🏮", "Åse  Ødegård"])
def test_names_of_the_world_are_plain_text(text: str):
    assert registration.plain_text(text) == " ".join(text.split())


@pytest.mark.parametrize("text", ["灯笼", "Лампа", "Lamp 灯", "123"])
def test_names_that_are_not_latin(text: str):
    with pytest.raises(Invalid, match="Latin"):
        registration.latin_name(text)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "ftp://x.com",
        "https://",
        "https://nowhere",
        "http://a b.com",
        "https://u@x.com",
        "https://[",
        "x.com" * 50,
    ],
)
def test_refused_web_addresses(address: str):
    with pytest.raises(Invalid):
        registration.web_address(address)


@pytest.mark.parametrize(
    ("name", "slug"), [("Müller & Söhne GmbH", "muller-sohne-gmbh"), ("!!!", "company"), ("A" * 90, "a" * 60)]
)
def test_slugs(name: str, slug: str):
    assert registration.slug_of(name) == slug
