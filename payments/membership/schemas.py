"""Shapes that cross the border, as JSON and as forms."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.core.money import Money
from app.core.payload import Upload
from payments.membership.states import WaiverReason
from payments.schemas import Line, Reason, Short

Code = Annotated[str, StringConstraints(pattern=r"^[a-z]{1,20}$")]
Months = Annotated[int, Field(ge=1, le=60)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class OrderIn(BaseModel):
    """Which plan, for how long, in which currency, and how it is paid."""

    plan: Code
    months: Months
    currency: Currency
    rail: Literal["stripe", "bank", "balance"]


class RenewalIn(BaseModel):
    """What happens at the end of the term. `next`: a plan and its months, `standard:12`; `agreed`: to the words of
    consent on the page, which an automatic renewal needs."""

    choice: Literal["automatic", "by_hand", "end"]
    next: Annotated[str, StringConstraints(pattern=r"^([a-z]{1,20}:[0-9]{1,2})?$")] = ""
    agreed: bool = False

    @model_validator(mode="after")
    def _plan_of_the_next(self) -> Self:
        if self.choice == "end":
            self.next = ""
        return self

    @property
    def plan(self) -> str:
        return self.next.partition(":")[0]

    @property
    def months(self) -> int:
        return int(self.next.partition(":")[2] or 0)


class TransferIn(BaseModel):
    """A line of the bank's own books: its number there, and who sent it."""

    bank_ref: Short
    sender: Line


class WaiverIn(BaseModel):
    """A fee that is waived, whole or in part, with the document that shows why. `province` for the reason `region`."""

    organisation_id: UUID
    plan: Code
    months: Months
    currency: Currency
    percent: Annotated[int, Field(ge=1, le=100)]
    reason: WaiverReason
    province: Annotated[str, StringConstraints(pattern=r"^(CN-[A-Z]{2})?$")] = ""
    note: Reason
    proof: Upload


class LimitsOut(Out):
    """The most of each; null is without limit."""

    products: int | None
    members: int | None
    answers: int | None


class PriceOut(Out):
    months: int
    price: Money


class PlanOut(Out):
    plan: str
    limits: LimitsOut
    prices: list[PriceOut]


class PlansOut(Out):
    plans: list[PlanOut]


class TermOut(Out):
    """A term. `void` is why it does not count, or empty; `paid_at` null where nothing was to be paid."""

    id: UUID
    kind: str
    plan: str
    months: int
    starts_on: date
    ends_on: date
    price: Money
    credit: Money
    waived: Money
    fee: Money
    automatic: bool
    source_id: UUID | None
    paid_at: datetime | None
    void: str
    sanctioned: bool
    refundable_until: date | None


class OrderOut(Out):
    """An order; `operation_id` is the payment that belongs to it, under /payments."""

    id: UUID
    kind: str
    plan: str
    months: int
    fee: Money
    rail: str
    reference: str
    state: str
    ordered_at: datetime
    operation_id: UUID | None


class WaiverOut(Out):
    id: UUID
    organisation_id: UUID
    plan: str
    months: int
    price: Money
    basis_points: int
    reason: str
    province: str
    state: str
    proposed_at: datetime


class DeskTermOut(TermOut):
    organisation_id: UUID


class DeskOut(Out):
    """What the desk sees: orders that wait for a transfer, waivers, and everybody's terms, the newest first."""

    waiting: list[OrderOut]
    waivers: list[WaiverOut]
    terms: list[DeskTermOut]
    total: int
