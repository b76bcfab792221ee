"""Units of measure: the part of UN/ECE Recommendation 20 that traded goods are counted and measured in.

Codes are the recommendation's own; names are ours, in English and Chinese, because a contract prints both at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from app.core.errors import Invalid
from app.core.i18n import _

QUANTITY_DECIMALS = 3
LARGEST_QUANTITY = Decimal(1_000_000_000)


class BadQuantity(Invalid):
    """A quantity that cannot be ordered: not positive, too fine, too large, or half a piece."""

    code = "bad_quantity"


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit. `symbol` stands after a figure; `counted` goods come in whole numbers only."""

    code: str
    symbol: str
    en: str
    plural: str
    zh: str
    counted: bool

    def name(self, locale: str) -> str:
        """The unit's name in Chinese for a `zh…` locale, otherwise in English."""
        return self.zh if locale.startswith("zh") else self.en


_COUNTED = (
    ("H87", "pc", "piece", "pieces", "件"),
    ("C62", "unit", "unit", "units", "个"),
    ("PR", "pr", "pair", "pairs", "双"),
    ("SET", "set", "set", "sets", "套"),
    ("DZN", "doz", "dozen", "dozen", "打"),
    ("CEN", "100", "hundred pieces", "hundred pieces", "百件"),
    ("MIL", "1000", "thousand pieces", "thousand pieces", "千件"),
)
_MEASURED = (
    ("GRM", "g", "gram", "grams", "克"),
    ("KGM", "kg", "kilogram", "kilograms", "千克"),
    ("TNE", "t", "metric ton", "metric tons", "公吨"),
    ("LBR", "lb", "pound", "pounds", "磅"),
    ("MTR", "m", "metre", "metres", "米"),
    ("KMT", "km", "kilometre", "kilometres", "千米"),
    ("FOT", "ft", "foot", "feet", "英尺"),
    ("YRD", "yd", "yard", "yards", "码"),
    ("MTK", "m²", "square metre", "square metres", "平方米"),
    ("MTQ", "m³", "cubic metre", "cubic metres", "立方米"),
    ("LTR", "L", "litre", "litres", "升"),
    ("KWH", "kWh", "kilowatt hour", "kilowatt hours", "千瓦时"),
    ("WTT", "W", "watt", "watts", "瓦"),
)

UNITS: Mapping[str, Unit] = MappingProxyType(
    {row[0]: Unit(*row, counted=True) for row in _COUNTED} | {row[0]: Unit(*row, counted=False) for row in _MEASURED}
)


def unit(code: str) -> Unit:
    """The unit of that Rec 20 code. Raises Invalid on field `unit` for a code we do not trade in."""
    try:
        return UNITS[code]
    except KeyError:
        raise Invalid(_("Choose a unit from the list."), field="unit", unit=code) from None


def quantity(value: Decimal, code: str, *, field: str = "quantity") -> Decimal:
    """`value` as a quantity of that unit, without trailing zeros (1000.000 becomes 1000, never 1E+3).

    Positive, at most three decimals, below a thousand million; whole for counted units. Raises BadQuantity.
    """
    if not value.is_finite() or value <= 0:
        raise BadQuantity(_("The quantity must be more than zero."), field=field)
    if value >= LARGEST_QUANTITY:
        raise BadQuantity(_("The quantity is too large."), field=field)
    if value != round(value, QUANTITY_DECIMALS):
        raise BadQuantity(_("A quantity has at most three decimals."), field=field)
    if unit(code).counted and value != value.to_integral_value():
        raise BadQuantity(_("This unit is counted in whole numbers."), field=field)
    return Decimal(f"{value.normalize():f}")
