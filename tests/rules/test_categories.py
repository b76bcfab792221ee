"""The tree is sound, its HS codes exist, and attributes are checked in words that name the field."""

import csv
import os
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.core.i18n import speaking
from listings.categories import (
    Attribute,
    AttributesInvalid,
    Bilingual,
    Category,
    CategoryNotFound,
    Kind,
    category,
    check_attributes,
    leaves,
    tree,
    units,
)

# The table of HS codes (PDDL, 5,613 subheadings) is no part of this repository; it may lie beside the checkout.
HS_TABLE = Path(os.environ.get("PORTOLAN_HS_TABLE", Path(__file__).parents[3] / "shared/data/hs/hs2022.csv"))


def has_chinese(text: str) -> bool:
    return any("\u4e00" <= char <= "\u9fff" for char in text)


def test_every_slug_is_one_category() -> None:
    slugs = [c.slug for top in tree() for c in (top, *top.children)]
    assert len(slugs) == len(set(slugs))
    assert all(category(slug).slug == slug for slug in slugs)


def test_every_category_is_named_in_both_languages() -> None:
    for top in tree():
        for found in (top, *top.children):
            assert found.name.en.isascii(), found.slug
            assert has_chinese(found.name.zh), found.slug
            assert all(has_chinese(a.label.zh) and a.label.en.isascii() for a in found.attributes), found.slug


def test_every_leaf_can_be_described_and_found() -> None:
    for leaf in leaves():
        assert leaf.hs, leaf.slug
        assert leaf.unit in units()
        assert any(attribute.required for attribute in leaf.attributes), leaf.slug
        assert any(attribute.filterable for attribute in leaf.attributes), leaf.slug
        keys = [attribute.key for attribute in leaf.attributes]
        assert len(keys) == len(set(keys)), leaf.slug


def test_a_branch_knows_its_leaves() -> None:
    assert "mugs" in {leaf.slug for leaf in category("ceramics").leaves()}
    assert list(category("mugs").leaves()) == [category("mugs")]
    assert category("mugs").parent == "ceramics"


@pytest.mark.skipif(not HS_TABLE.exists(), reason="the table of HS codes is not on this machine")
def test_every_hs_code_exists_in_the_2022_edition() -> None:
    with HS_TABLE.open(encoding="utf-8") as file:
        known = {row["hscode"] for row in csv.DictReader(file) if row["level"] == "6"}
    assert {hs for leaf in leaves() for hs in leaf.hs} <= known


@pytest.mark.parametrize("slug", ["", "nothing", "../mugs", "Mugs"])
def test_an_unknown_category_is_not_found(slug: str) -> None:
    with pytest.raises(CategoryNotFound):
        category(slug)


def test_names_are_read_in_the_readers_language() -> None:
    with speaking("zh-Hans"):
        assert str(category("mugs").name) == "马克杯与杯具"
    with speaking("en"):
        assert str(category("mugs").name) == "Mugs and cups"


def test_values_are_cleaned_into_the_categorys_order() -> None:
    cleaned = check_attributes(
        category("mugs"),
        {
            "dishwasher_safe": "是",
            "decoration": "手绘；Decal",
            "capacity_ml": " ３５０.０ ml ",
            "ceramic_body": "PORCELAIN",
            "microwave_safe": "",
            "colours": [],
        },
    )
    assert list(cleaned.items()) == [
        ("ceramic_body", "porcelain"),
        ("capacity_ml", "350"),
        ("decoration", ["decal", "hand_painted"]),
        ("dishwasher_safe", True),
    ]


def test_cleaning_twice_changes_nothing() -> None:
    values = {"ceramic_body": "瓷", "capacity_ml": Decimal("3E2"), "decoration": ["plain"], "microwave_safe": False}
    once = check_attributes(category("mugs"), values)
    assert once["capacity_ml"] == "300"
    assert check_attributes(category("mugs"), once) == once


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(AttributesInvalid) as refused:
        check_attributes(category("mugs"), {"capacity_ml": "a lot", "decoration": ["gold"], "engine": "V8"})
    assert set(refused.value.errors) == {
        "attributes.ceramic_body",
        "attributes.capacity_ml",
        "attributes.decoration",
        "attributes.engine",
    }


@pytest.mark.parametrize(
    "value",
    [
        "0",
        "-5",
        "1e5",
        "nan",
        "inf",
        "1,000",
        "12 kg",
        "9" * 40,
        "0.00000001",
        True,
        {"a": 1},
        ["1"],
        "1\x00",
        "１２３４５６７",
    ],
)
def test_what_is_no_possible_number_is_refused(value: object) -> None:
    with pytest.raises(AttributesInvalid) as refused:
        check_attributes(category("mugs"), {"ceramic_body": "porcelain", "capacity_ml": value})
    assert set(refused.value.errors) == {"attributes.capacity_ml"}


@pytest.mark.parametrize(
    ("value", "stored"),
    [(350, "350"), (350.5, "350.5"), ("350.50", "350.5"), ("0350", "350"), ("350 ml", "350"), ("100000", "100000")],
)
def test_a_number_is_stored_in_one_way_of_writing(value: object, stored: str) -> None:
    cleaned = check_attributes(category("mugs"), {"ceramic_body": "porcelain", "capacity_ml": value})
    assert cleaned["capacity_ml"] == stored


@pytest.mark.parametrize("value", ["x" * 201, "a\x00b", "\ud800", 7, ["a"]])
def test_text_is_short_and_printable(value: object) -> None:
    with pytest.raises(AttributesInvalid) as refused:
        check_attributes(category("bicycle-parts"), {"model": value})
    assert set(refused.value.errors) == {"attributes.model"}


@pytest.mark.parametrize("value", ["maybe", "2", ["yes"], {}])
def test_yes_or_no_is_nothing_else(value: object) -> None:
    with pytest.raises(AttributesInvalid):
        check_attributes(category("syringes"), {"capacity_ml": "5", "sterile": value})


@pytest.mark.parametrize(
    ("locale", "shown"),
    [
        ("en", ["Porcelain", "350\u00a0ml", "Plain glaze, Decal"]),
        ("zh-Hans", ["瓷", "350\u00a0ml", "素釉、贴花"]),
    ],
)
def test_values_are_shown_in_the_readers_language(locale: str, shown: list[str]) -> None:
    mugs = category("mugs")
    stored = check_attributes(mugs, {"ceramic_body": "瓷", "capacity_ml": "350", "decoration": "plain;decal"})
    with speaking(locale):
        assert [a.show(stored[a.key]) for a in mugs.attributes if a.key in stored] == shown


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": Kind.NUMBER},
        {"kind": Kind.CHOICE},
        {"kind": Kind.TEXT, "choices": {"a": "A"}},
        {"kind": Kind.TEXT, "maximum": "5"},
        {"kind": Kind.TEXT, "colour": "red"},
    ],
)
def test_an_attribute_whose_parts_do_not_fit_is_no_attribute(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Attribute.model_validate({"key": "a", "label": "A", "filterable": True} | wrong)


def test_the_tree_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        category("mugs").name = Bilingual(en="Pots", zh="锅")  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Category(slug="Not A Slug", name=Bilingual(en="x", zh="x"))


@pytest.mark.parametrize(
    ("slug", "name", "counts"),
    [
        ("led-bulbs", "CE", True),
        ("led-bulbs", "ce (LVD)", True),
        ("led-bulbs", "CE-EMC", True),
        ("led-bulbs", "CERTIFICATE OF ORIGIN", False),
        ("led-bulbs", "RoHS", False),
        ("mugs", "GB 4806.4-2016", True),
        ("mugs", "GB4806.4", True),
        ("mugs", "GB 18401", False),
        ("storage-batteries", "UN38.3", True),
    ],
)
def test_a_certificate_is_known_by_how_it_is_usually_named(slug, name, counts) -> None:
    asked = category(slug).certificates
    assert asked is not None
    assert asked.named(name) is counts


def test_what_is_asked_for_says_by_which_law_and_since_when() -> None:
    asked = [leaf.certificates for leaf in leaves() if leaf.certificates]
    assert asked
    assert all(one.any_of and one.law and one.since.year > 2000 for one in asked)
    assert category("vases").certificates is None
