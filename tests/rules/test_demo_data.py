"""The demo world's companies could register and its goods could be listed: their data pass the site's own checks."""

from decimal import Decimal

import pytest

from app.demo.goods import PORTS, STEPS, Product, conversations, products
from app.demo.people import Organisation, buyers, credit_code, organisations, staff, suppliers
from app.demo.pictures import COLOURS
from listings.categories import category, leaves
from listings.schemas import ProductIn
from trust.access import COMPANY_ROLES, STAFF_ROLES
from trust.identity import registration
from trust.identity.schemas import FirstMemberIn


@pytest.mark.parametrize("organisation", organisations(), ids=lambda o: o.key)
def test_every_company_could_register(organisation: Organisation) -> None:
    company = registration.company(
        registration.Claim(
            country=organisation.country,
            name_original=organisation.name_original,
            name_latin=organisation.name_latin,
            registration_number=organisation.number,
            lei="",
            phone=organisation.phone,
            address=organisation.address,
            website=organisation.website,
            buys=organisation.buys,
            sells=organisation.sells,
        )
    )
    assert company.number == organisation.number
    for member in organisation.members:
        assert (
            FirstMemberIn(name=member.name, email=member.email, password="a long demo passphrase").email == member.email
        )
        assert set(member.roles) <= {str(role) for role in COMPANY_ROLES}
    assert organisation.member("signatory") in organisation.members


def test_no_two_share_a_name_a_number_or_an_address() -> None:
    for attribute in ("key", "name_original", "name_latin", "number", "phone"):
        values = [getattr(organisation, attribute) for organisation in organisations()]
        assert len(values) == len(set(values)), attribute
    emails = [person.email for o in organisations() for person in o.members] + [person.email for person in staff()]
    assert len(emails) == len(set(emails))
    assert all(email.endswith(".example") for email in emails)


def test_the_world_is_wide_enough() -> None:
    assert len(suppliers()) >= 24
    assert len({buyer.country for buyer in buyers()}) >= 12
    assert {o.standing for o in organisations()} == {"verified", "contact", "pending", "restricted"}
    assert {role for person in staff() for role in person.roles} == {str(role) for role in STAFF_ROLES}
    assert len(products()) >= 100


def test_a_credit_code_has_both_check_digits_right() -> None:
    for division in ("440306", "330784", "429004"):
        for key in ("a", "b", "c", "d"):
            code = credit_code(key, division)
            assert registration.uscc_number(code) == code


@pytest.mark.parametrize("product", products(), ids=lambda p: p.reference)
def test_every_product_could_be_listed(product: Product) -> None:
    content = ProductIn.model_validate(
        {
            "reference": product.reference,
            "category": product.category,
            "title_en": product.title_en,
            "title_zh": product.title_zh,
            "description_en": product.description_en,
            "description_zh": product.description_zh,
            "attributes": dict(product.attributes),
            "hs_code": product.hs_code,
            "unit": product.unit,
            "currency": product.currency,
            "tiers": [{"min_quantity": tier.min_quantity, "price": tier.price} for tier in product.tiers],
            "lead_time_days": product.lead_time_days,
            "port": product.port,
            "port_code": product.port_code,
            "incoterms": list(product.incoterms),
            "sample_price": product.sample_price,
            "sample_days": product.sample_days,
            "certificates": list(product.certificates),
        }
    ).content()
    assert content.attributes == dict(product.attributes)
    assert len(content.tiers) == len(STEPS)
    assert content.hs_code in category(product.category).hs
    assert product.port_code in PORTS
    assert product.colour in {"", *COLOURS}


def test_products_belong_to_those_who_make_them() -> None:
    makers = {supplier.key: supplier for supplier in suppliers()}
    for product in products():
        assert product.category in makers[product.supplier].makes
        assert product.port_code == makers[product.supplier].port
    assert {product.category for product in products()} == {leaf.slug for leaf in leaves()}
    references = [product.reference for product in products()]
    assert len(references) == len(set(references))


def test_conversations_are_about_goods_there_are_and_begin_with_an_answer() -> None:
    smallest = {p.category: Decimal(p.tiers[0].min_quantity) for p in reversed(products())}
    for conversation in conversations():
        assert Decimal(conversation.quantity) >= smallest[conversation.category]
        assert conversation.messages[0].side == "supplier"
        assert {message.side for message in conversation.messages} == {"buyer", "supplier"}


def test_every_buyer_finds_what_it_buys() -> None:
    offered = {product.category for product in products()}
    assert all(set(buyer.makes) <= offered for buyer in buyers())
