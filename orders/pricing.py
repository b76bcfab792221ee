"""What goods cost: quantity tiers, lines, totals, and quotations side by side in one currency."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.money import Money, MoneyError, UnitPrice, exponent


class BadTiers(Invalid):
    """Price tiers that leave a quantity without one clear price."""

    code = "bad_tiers"


class BelowMinimum(Invalid):
    """Less than the smallest quantity the supplier sells. Facts: `minimum`."""

    code = "below_minimum"


class NoRate(Invalid):
    """An amount that cannot be compared: no rate from its currency. Facts: `base`, `quote`."""

    code = "no_rate"


@dataclass(frozen=True, slots=True)
class Tier:
    """From `min_quantity` on, each unit costs `price`."""

    min_quantity: Decimal
    price: UnitPrice


@dataclass(frozen=True, slots=True)
class Rate:
    """One `base` is `value` `quote`, as `source` published it for `on`."""

    base: str
    quote: str
    value: Decimal
    source: str
    on: date

    def __post_init__(self) -> None:
        if not self.value.is_finite() or self.value <= 0:
            raise MoneyError("a rate is a positive number")

    def convert(self, amount: Money) -> Money:
        """`amount`, which must be in `base`, in `quote`: rounded once, half to even. Raises MoneyError."""
        if amount.currency != self.base:
            raise MoneyError(f"a rate from {self.base} cannot convert {amount.currency}")
        exact = (amount.decimal * self.value).scaleb(exponent(self.quote))
        return Money(int(exact.to_integral_value(ROUND_HALF_EVEN)), self.quote)


def check_tiers(tiers: Sequence[Tier]) -> None:
    """Raises BadTiers, naming the field, unless quantities rise, prices do not, and there is one currency."""
    if not tiers:
        raise BadTiers(_("Give at least one price."), field="tiers")
    for place, tier in enumerate(tiers):
        if not tier.min_quantity.is_finite() or tier.min_quantity <= 0:
            raise BadTiers(_("The quantity must be more than zero."), field=f"tiers.{place}.min_quantity")
        if tier.price.amount <= 0:
            raise BadTiers(_("The price must be more than zero."), field=f"tiers.{place}.price")
    for place, (lower, higher) in enumerate(pairwise(tiers), start=1):
        if higher.min_quantity <= lower.min_quantity:
            raise BadTiers(_("Each tier starts at a larger quantity."), field=f"tiers.{place}.min_quantity")
        if higher.price.currency != lower.price.currency:
            raise BadTiers(_("All tiers are in one currency."), field=f"tiers.{place}.price")
        if higher.price.amount > lower.price.amount:
            raise BadTiers(_("A larger quantity cannot cost more per unit."), field=f"tiers.{place}.price")


def minimum(tiers: Sequence[Tier]) -> Decimal:
    """The smallest quantity sold (MOQ). Raises BadTiers."""
    check_tiers(tiers)
    return tiers[0].min_quantity


def price_for(tiers: Sequence[Tier], quantity: Decimal) -> UnitPrice:
    """The unit price at `quantity`: that of the highest tier reached. Raises BadTiers, BelowMinimum."""
    least = minimum(tiers)
    if quantity < least:
        message = _("The smallest order is %(minimum)s.") % {"minimum": f"{least.normalize():f}"}
        raise BelowMinimum(message, field="quantity", minimum=f"{least:f}")
    return next(t.price for t in reversed(tiers) if t.min_quantity <= quantity)


def line_total(price: UnitPrice, quantity: Decimal) -> Money:
    """`quantity` units at `price`: the only place where a line is rounded, once, half to even."""
    return price.times(quantity)


def total(lines: Iterable[Money], currency: str) -> Money:
    """The sum of already rounded lines, zero when there are none. Raises CurrencyMismatch."""
    return sum(lines, start=Money.zero(currency))


def normalise(amounts: Sequence[Money], currency: str, rates: Mapping[str, Rate]) -> list[Money]:
    """Each amount in `currency`, in order, for comparison only: what is agreed stays in its own currency.

    rates   by base currency, each with `quote` = `currency`; none is needed from `currency` to itself
    raises  NoRate
    """
    converted = []
    for amount in amounts:
        rate = rates.get(amount.currency)
        if amount.currency == currency:
            converted.append(amount)
        elif rate is None or rate.quote != currency:
            facts = {"base": amount.currency, "quote": currency}
            raise NoRate(_("There is no exchange rate from %(base)s to %(quote)s.") % facts, **facts)
        else:
            converted.append(rate.convert(amount))
    return converted
