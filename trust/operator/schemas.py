"""Shapes of the operator's records that cross the border."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.money import Money, MoneyError
from app.core.payload import Upload
from trust.operator.models import OperatorCapital
from trust.operator.recording import Capital, Penalty

Currency = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{3}$")]
Amount = Annotated[Decimal, Field(ge=0, le=10**12, max_digits=20, decimal_places=6)]
WAN = 10_000
"""Capital is stated in ten thousands (万元), as on Chinese licences."""


def _money(amount: Decimal, currency: str, field: str) -> Money:
    """Raises Invalid naming `field`."""
    try:
        return Money.of(amount, currency)
    except MoneyError:
        message = _("This is no amount of %(currency)s.") % {"currency": currency}
        raise Invalid(message, field=field) from None


class CapitalIn(BaseModel):
    """`subscribed`, `paid_in`: in ten thousands of the currency."""

    registration: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=40)]
    currency: Currency = "CNY"
    subscribed: Amount
    paid_in: Amount
    registered_on: date
    changed_on: date
    document: Upload

    @property
    def capital(self) -> Capital:
        """Raises Invalid."""
        return Capital(
            registration=self.registration,
            subscribed=_money(self.subscribed * WAN, self.currency, "subscribed"),
            paid_in=_money(self.paid_in * WAN, self.currency, "paid_in"),
            registered_on=self.registered_on,
            changed_on=self.changed_on,
        )


class PenaltyIn(BaseModel):
    """`amount`: left out where none was asked for."""

    organ: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
    document_number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    decided_on: date
    amount: Amount | None = None
    currency: Currency = "CNY"
    facts: Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=4000)]
    document: Upload

    @property
    def penalty(self) -> Penalty:
        """Raises Invalid."""
        amount = _money(self.amount, self.currency, "amount") if self.amount else None
        return Penalty(self.organ, self.document_number, self.decided_on, amount, self.facts)


class CapitalOut(BaseModel):
    """`subscribed_wan`, `paid_in_wan`: in ten thousands."""

    id: UUID
    registration: str
    subscribed: Money
    paid_in: Money
    subscribed_wan: Decimal
    paid_in_wan: Decimal
    registered_on: date
    changed_on: date
    sha256: str
    stated_at: datetime

    @classmethod
    def of(cls, row: OperatorCapital) -> Self:
        return cls(
            id=row.id,
            registration=row.registration,
            subscribed=row.subscribed,
            paid_in=row.paid_in,
            subscribed_wan=row.subscribed.decimal / WAN,
            paid_in_wan=row.paid_in.decimal / WAN,
            registered_on=row.registered_on,
            changed_on=row.changed_on,
            sha256=row.document["sha256"],
            stated_at=row.stated_at,
        )


class PenaltyOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    organ: str
    document_number: str
    decided_on: date
    amount: Money | None
    facts: str
    entered_at: datetime


class RecordsOut(BaseModel):
    """Statements of the capital and penalties, the newest first."""

    capital: list[CapitalOut]
    penalties: list[PenaltyOut]
