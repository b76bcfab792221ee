"""The platform's fee: basis points of the contract, between a minimum and a cap, frozen when it is signed."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.i18n import _
from app.core.money import CurrencyMismatch, Money
from payments.errors import BadPlan

WHOLE = 10_000  # basis points


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """`basis_points` of the total, at least `minimum`, at most `cap`; both in the contract's currency."""

    basis_points: int
    minimum: Money | None = None
    cap: Money | None = None

    def __post_init__(self) -> None:
        below = self.minimum is not None and self.minimum.minor < 0
        crossed = self.minimum is not None and self.cap is not None and self.cap < self.minimum
        if not 0 <= self.basis_points <= WHOLE or below or crossed or (self.cap is not None and self.cap.minor < 0):
            raise BadPlan(_("These fee terms cannot be kept."), field="fee_terms")


def fee(total: Money, terms: FeeTerms) -> Money:
    """The fee on `total`: never more than the total itself, half a minor unit rounded to even.

    Raises CurrencyMismatch when the minimum or cap is in another currency, ValueError for a total that is not positive.
    """
    if total.minor <= 0:
        raise ValueError("a fee is taken from a positive amount")
    share = total.share(terms.basis_points)
    if terms.minimum is not None:
        share = max(share, terms.minimum)
    if terms.cap is not None:
        share = min(share, terms.cap)
    return min(share, total)


def fees(amounts: Sequence[Money], terms: FeeTerms) -> list[Money]:
    """The fee on the sum of `amounts`, shared out over them by largest remainder; no share exceeds its amount."""
    currencies = {amount.currency for amount in amounts}
    if len(currencies) != 1:
        raise CurrencyMismatch(", ".join(sorted(currencies)))
    total = Money(sum(amount.minor for amount in amounts), currencies.pop())
    return fee(total, terms).split([amount.minor for amount in amounts])
