"""What a payment provider declares it can do; routing refuses the rest before anything is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.money import Money, exponent


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do at all; routing refuses what is not declared.

    currencies   ISO 4217 codes it takes
    steps        minor units an amount must be a multiple of, where that is not 1
    digits       how many digits an amount in minor units may have; `usual_digits` for currencies not named
    countries    where connected accounts can be opened and paid, ISO 3166
    partial_refund, reversal
                 whether less than all of a payment can go back, and whether a transfer can be taken back
    hold_days    how long funds may be held for an account, where that is not `usual_hold_days`
    """

    name: str
    currencies: frozenset[str]
    countries: frozenset[str]
    partial_refund: bool
    reversal: bool
    usual_hold_days: int
    usual_digits: int
    hold_days: Mapping[str, int] = field(default_factory=dict)
    digits: Mapping[str, int] = field(default_factory=dict)
    steps: Mapping[str, int] = field(default_factory=dict)

    def moves(self, amount: Money) -> bool:
        """Whether a positive amount of this currency and fineness can be moved at all."""
        return (
            amount.currency in self.currencies
            and amount.minor > 0
            and amount.minor % self.steps.get(amount.currency, 1) == 0
        )

    def takes(self, amount: Money) -> bool:
        """Whether a positive amount of this size and currency can be paid in."""
        return self.moves(amount) and amount.minor < 10 ** self.digits.get(amount.currency, self.usual_digits)

    def largest(self, currency: str) -> Money:
        """The largest amount that can be paid in at once. Raises MoneyError for what is no currency."""
        exponent(currency)
        step = self.steps.get(currency, 1)
        return Money((10 ** self.digits.get(currency, self.usual_digits) - 1) // step * step, currency)

    def max_hold_days(self, country: str) -> int:
        return self.hold_days.get(country, self.usual_hold_days)
