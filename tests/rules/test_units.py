from decimal import Decimal

import pytest

from app.core.errors import Invalid
from listings import statutory
from orders import units


@pytest.mark.parametrize("code", ["C62", "H87", "PR", "SET", "KGM", "TNE", "MTR", "MTK", "MTQ", "LTR", "DZN"])
def test_the_common_units_have_a_name_in_both_languages(code: str) -> None:
    unit = units.unit(code)
    assert unit.name("en") == unit.en != unit.zh == unit.name("zh-Hans")


def test_an_unknown_unit_is_refused_at_its_field() -> None:
    with pytest.raises(Invalid) as refused:
        units.unit("XYZ")
    assert "unit" in refused.value.errors


@pytest.mark.parametrize(("given", "kept"), [("1000.000", "1000"), ("1E+3", "1000"), ("0.250", "0.25")])
def test_a_quantity_has_one_spelling(given: str, kept: str) -> None:
    assert str(units.quantity(Decimal(given), "KGM")) == kept


@pytest.mark.parametrize("value", ["0", "-1", "NaN", "Infinity", "0.0001", "1000000000"])
def test_impossible_quantities_are_refused(value: str) -> None:
    with pytest.raises(units.BadQuantity) as refused:
        units.quantity(Decimal(value), "KGM", field="lines.0.quantity")
    assert list(refused.value.errors) == ["lines.0.quantity"]


def test_counted_goods_come_whole() -> None:
    with pytest.raises(units.BadQuantity):
        units.quantity(Decimal("1.5"), "PR")
    assert units.quantity(Decimal("1.5"), "TNE") == Decimal("1.5")


@pytest.mark.parametrize(
    ("sold", "law", "fits"),
    [
        ("H87", ["H87"], True),
        ("DZN", ["H87"], True),
        ("KGM", ["H87"], False),
        ("MTR", ["H87"], False),
        ("MTR", ["H87", "MTR"], True),
        ("H87", ["KGM"], True),
        ("LTR", ["KGM"], True),
        ("MTR", ["MTK"], True),
        ("H87", ["MTK"], True),
        ("TNE", ["MTK"], False),
        ("KGM", ["LTR"], False),
        ("KGM", [], True),
        ("XYZ", ["H87"], True),
    ],
)
def test_by_what_goods_may_be_sold_that_the_law_wants_declared_otherwise(sold: str, law: list[str], fits: bool) -> None:
    assert statutory.fits(sold, law) is fits
