"""Money as integer minor units with their currency, and prices per unit to six decimals. No floats anywhere.

Exponents are ISO 4217's: USD 2, JPY 0, KWD 3. What has no minor unit of its own (gold, test codes) is no currency
here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import total_ordering
from typing import Any, Self

from iso4217 import Currency
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

_EXPONENTS: dict[str, int] = {c.code: c.exponent for c in Currency if c.exponent is not None}
CURRENCIES: frozenset[str] = frozenset(_EXPONENTS)
LARGEST_MINOR = 2**63 - 1  # what a BIGINT column holds
_PLAIN = re.compile(r"-?\d{1,18}(\.\d{1,6})?", re.ASCII)


class MoneyError(ValueError):
    """An amount that cannot be money: unknown currency, too many decimals, out of range."""


class CurrencyMismatch(MoneyError):
    """Two currencies met where one was needed."""


def exponent(currency: str) -> int:
    """How many decimals `currency` has. Raises MoneyError for a code that is not a current ISO 4217 currency."""
    try:
        return _EXPONENTS[currency]
    except KeyError:
        raise MoneyError(f"unknown currency {currency!r}") from None


def _plain_decimal(text: str | Decimal | int) -> Decimal:
    if isinstance(text, str) and not _PLAIN.fullmatch(text):
        raise MoneyError("not a plain decimal number")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise MoneyError("not a number") from None
    if not value.is_finite():
        raise MoneyError("not a finite number")
    return value


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount: `minor` units of `currency`; negative amounts are debts."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)
        if isinstance(self.minor, bool) or not isinstance(self.minor, int):
            raise MoneyError("minor units are whole numbers")
        if abs(self.minor) > LARGEST_MINOR:
            raise MoneyError("amount out of range")

    @classmethod
    def of(cls, amount: str | Decimal | int, currency: str) -> Self:
        """From a decimal such as `"12.50"`. Raises MoneyError if the currency has fewer decimals than the number."""
        scaled = _plain_decimal(amount).scaleb(exponent(currency))
        if scaled != scaled.to_integral_value():
            raise MoneyError(f"{currency} has {exponent(currency)} decimals")
        return cls(int(scaled), currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(0, currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, with exactly the currency's decimals."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __composite_values__(self) -> tuple[int, str]:
        """The two columns of an amount (see app.core.columns.money)."""
        return self.minor, self.currency

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.decimal:f} {self.currency}"

    def split(self, weights: Sequence[int]) -> list["Money"]:
        """Share the amount in proportion to `weights`, to the last minor unit.

        weights  one non-negative integer per share, not all zero; any scale (1:1, or basis points)
        returns  as many amounts as weights, in their order and currency; they sum to the amount exactly; leftover
                 units go to the largest remainders, the earlier first; a zero weight gets zero
        raises   ValueError if a weight is negative or all are zero
        """
        whole = sum(weights)
        if any(w < 0 for w in weights) or whole == 0:
            raise ValueError("weights must be non-negative and not all zero")
        sign = -1 if self.minor < 0 else 1
        shares = [divmod(abs(self.minor) * w, whole) for w in weights]
        left = abs(self.minor) - sum(units for units, _ in shares)
        order = sorted(range(len(weights)), key=lambda i: (-shares[i][1], i))
        lucky = set(order[:left])
        return [Money(sign * (units + (i in lucky)), self.currency) for i, (units, _) in enumerate(shares)]

    def share(self, basis_points: int) -> "Money":
        """`basis_points` / 10,000 of the amount, rounded half to even."""
        exact = Decimal(self.minor) * basis_points / 10_000
        return Money(int(exact.to_integral_value(ROUND_HALF_EVEN)), self.currency)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """JSON: `{"amount_minor": 125000, "currency": "USD"}`; forms may give `amount` as a decimal instead."""
        return core_schema.no_info_plain_validator_function(
            cls._read,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda m: {"amount_minor": m.minor, "currency": m.currency}
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["amount_minor", "currency"],
            "properties": {
                "amount_minor": {"type": "integer", "minimum": -LARGEST_MINOR, "maximum": LARGEST_MINOR},
                "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
            },
            "additionalProperties": False,
        }

    @classmethod
    def _read(cls, value: object) -> "Money":
        match value:
            case Money():
                return value
            case {"amount_minor": int(minor), "currency": str(currency)} if not isinstance(minor, bool):
                return cls(minor, currency)
            case {"amount": str(amount), "currency": str(currency)}:
                return cls.of(amount.replace(",", "").strip(), currency)
        raise MoneyError("an amount needs a whole number of minor units and a currency")


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """A price for one unit of goods: up to six decimals, finer than the currency's own (0.004250 USD a screw)."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise MoneyError("a unit price is a finite decimal")
        if self.amount < 0 or self.amount >= 10**12:
            raise MoneyError("unit price out of range")
        if self.amount != self.amount.quantize(Decimal("0.000001")):
            raise MoneyError("a unit price has at most six decimals")

    @classmethod
    def of(cls, amount: str | Decimal | int, currency: str) -> Self:
        return cls(_plain_decimal(amount), currency)

    def __composite_values__(self) -> tuple[Decimal, str]:
        """The two columns of a price (see app.core.columns.unit_price)."""
        return self.amount, self.currency

    def times(self, quantity: Decimal) -> Money:
        """The price of `quantity` units as money, rounded once, half to even, to the currency's exponent."""
        exact = (self.amount * quantity).scaleb(exponent(self.currency))
        return Money(int(exact.to_integral_value(ROUND_HALF_EVEN)), self.currency)

    def __str__(self) -> str:
        shown = self.amount.normalize()
        places = max(exponent(self.currency), -int(shown.as_tuple().exponent))
        return f"{self.amount:.{places}f} {self.currency}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """JSON: `{"amount": "1.250000", "currency": "USD"}`."""
        return core_schema.no_info_plain_validator_function(
            cls._read,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda p: {"amount": f"{p.amount:.6f}", "currency": p.currency}
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["amount", "currency"],
            "properties": {
                "amount": {"type": "string", "pattern": r"^\d{1,12}(\.\d{1,6})?$"},
                "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
            },
            "additionalProperties": False,
        }

    @classmethod
    def _read(cls, value: object) -> "UnitPrice":
        match value:
            case UnitPrice():
                return value
            case {"amount": str(amount), "currency": str(currency)}:
                return cls.of(amount.replace(",", "").strip(), currency)
        raise MoneyError("a unit price needs an amount and a currency")
