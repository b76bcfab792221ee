"""What a quotation says: versioned, compared, accepted, and then carried into the contract as it is."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.money import Money, UnitPrice
from orders import milestones as schedule
from orders import pricing
from orders.incoterms import Mode, Rule
from orders.milestones import Conditions, Milestone, MilestoneKind
from orders.units import quantity as checked_quantity

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Quantity = Annotated[Decimal, Field(gt=0, le=Decimal("1e12"), max_digits=18, decimal_places=6)]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PriceTier(Frozen):
    """From `min_quantity` units on, one unit would cost `unit_price`."""

    min_quantity: Quantity
    unit_price: UnitPrice


class OfferLine(Frozen):
    """One line of goods. `unit` is a UN/ECE Rec 20 code; `tiers` tell what other quantities would cost."""

    product_id: UUID | None = None
    description: Line
    specification: Text = ""
    hs_code: Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
    origin: Country = "CN"
    quantity: Quantity
    unit: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,3}$")]
    unit_price: UnitPrice
    tiers: tuple[PriceTier, ...] = ()

    @model_validator(mode="after")
    def _whole_pieces_and_a_price(self) -> Self:
        try:
            checked_quantity(self.quantity, self.unit)
        except Invalid as error:
            raise ValueError(error.message) from error
        if not self.unit_price.amount:
            raise ValueError(_("The price must be more than zero."))
        return self

    @property
    def total(self) -> Money:
        return pricing.line_total(self.unit_price, self.quantity)


class PaymentShare(Frozen):
    """A milestone's share of the total in percent, two decimals at most; without conditions those of its kind."""

    kind: MilestoneKind
    percent: Annotated[Decimal, Field(gt=0, le=100, decimal_places=2)]
    conditions: Conditions | None = None


class Sample(Frozen):
    price: UnitPrice
    lead_days: Annotated[int, Field(ge=0, le=365)]


class Offer(Frozen):
    """The whole content of one version. Totals follow from the lines; milestones sum to 100 percent.

    country  of a place without UN/LOCODE; offers from before it was asked have None
    """

    lines: Annotated[tuple[OfferLine, ...], Field(min_length=1, max_length=100)]
    rule: Rule
    place: Line
    locode: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$")] | None = None
    country: Country | None = None
    mode: Mode
    lead_days: Annotated[int, Field(ge=1, le=730)]
    valid_until: date
    milestones: Annotated[tuple[PaymentShare, ...], Field(min_length=1, max_length=12)]
    partial_shipments: bool = False
    transhipment: bool = True
    packing: Text = ""
    sample: Sample | None = None
    note: Text = ""

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if len({line.unit_price.currency for line in self.lines}) > 1:
            raise ValueError(_("All lines must be in one currency."))
        schedule.check(self.plan)
        if not self.total:
            raise ValueError(_("The total must be more than zero."))
        return self

    @property
    def of_place(self) -> str:
        """The country of the named place; "" where nobody said."""
        return self.locode[:2] if self.locode else self.country or ""

    @property
    def currency(self) -> str:
        return self.lines[0].unit_price.currency

    @property
    def total(self) -> Money:
        return pricing.total((line.total for line in self.lines), self.currency)

    @property
    def plan(self) -> list[Milestone]:
        return [Milestone(share.kind, share.percent, share.conditions) for share in self.milestones]

    @property
    def payments(self) -> list[tuple[MilestoneKind, Decimal, Money]]:
        """Each milestone with its exact amount; the amounts sum to the total."""
        parts = schedule.amounts(self.total, self.plan)
        return [(m.kind, m.percent, amount) for m, amount in zip(self.milestones, parts, strict=True)]
