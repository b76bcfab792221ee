"""Shapes that cross the border, as JSON and as forms."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from app.core.money import Money

Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=140)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=400)]


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class WithAmount(BaseModel):
    """An `amount` as JSON, `{"amount_minor": …, "currency": …}`, or from a form: `amount` and `amount_currency`."""

    amount: Money

    @model_validator(mode="before")
    @classmethod
    def _from_form(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("amount"), str):
            return {**data, "amount": {"amount": data["amount"], "currency": str(data.get("amount_currency", ""))}}
        return data


class InstructionsOut(Out):
    holder: str
    bank_name: str
    iban: str
    bic: str
    reference: str


class OperationOut(Out):
    id: UUID
    kind: str
    provider: str
    state: str
    subject: str
    amount: Money
    reason: str = ""
    created_at: datetime
    settled_at: datetime | None
    instructions: InstructionsOut | None = None


class DeskOperationOut(OperationOut):
    """With what only finance needs to know."""

    provider_key: str
    provider_ref: str
    attempts: int
    escalated_at: datetime | None


class MethodIn(BaseModel):
    method: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{3,80}$")]


class AttemptIn(BaseModel):
    rail: Literal["stripe", "bank"]


class BookingIn(WithAmount):
    """One line of the bank's statement. `operation_id` for `sent`: the refund or payout it carries out."""

    kind: Literal["received", "sent", "swept"]
    bank_ref: Short
    reference: Line
    counterparty: Line
    value_date: date
    operation_id: UUID | None = None


class BookingOut(Out):
    id: UUID
    kind: str
    bank_ref: str
    reference: str
    counterparty: str
    amount: Money
    value_date: date
    milestone_id: UUID | None
    operation_id: UUID | None
    state: str
    booked_by: UUID
    decided_by: UUID | None
    note: str
    created_at: datetime


class ReasonIn(BaseModel):
    reason: Reason


class RefundAgainIn(BaseModel):
    rail: Literal["same", "bank"]


class InvariantOut(BaseModel):
    name: str
    holds: bool
    checked: int
    figures: list[dict[str, Any]]
    broken: list[str]


class ProofOut(Out):
    holds: bool
    at: datetime
    invariants: list[InvariantOut]


class FinanceOut(BaseModel):
    operations: list[DeskOperationOut]
    total: int


class BookingsOut(BaseModel):
    bookings: list[BookingOut]
    total: int


class BankAccountIn(BaseModel):
    """`holder` is the name in which the bank keeps the account: the company's own. `consent`: it may be kept, sealed;
    not needed again while it holds."""

    holder: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=140)]
    scheme: Literal["iban", "cnaps"]
    bank_code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=20)]
    number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=60)]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    consent: bool = False


class BankAccountOut(Out):
    id: UUID
    scheme: str
    currency: str
    country: str
    holder: str
    masked: str
    added_by: UUID
    usable_from: datetime
    confirmed: bool
    removal_asked_by: UUID | None
    usable: bool


class ConnectedOut(Out):
    provider: str
    can_receive: bool
    can_pay_out: bool
    missing: list[str]
    failure: str
    disconnected_at: datetime | None


class PayoutIn(WithAmount):
    """`destination` is a bank account's id, or `provider` for the account at the payment provider."""

    destination: UUID | Literal["provider"]


class QuoteIn(WithAmount):
    """`amount` of the balance, to be paid to a bank account of another currency."""

    bank_account_id: UUID


class QuoteOut(BaseModel):
    """`sold` of the balance becomes `bought`: one unit sold is `rate` bought. `payout_id` once it was confirmed."""

    id: UUID
    sold: Money
    bought: Money
    rate: Decimal
    day: date
    source: str
    valid_until: datetime
    payout_id: UUID | None


class PayoutOut(Out):
    id: UUID
    amount: Money
    destination: str
    state: str
    failure: str
    created_at: datetime
    ended_at: datetime | None


class PayoutsOut(BaseModel):
    balances: list[Money]
    bank_accounts: list[BankAccountOut]
    connected: ConnectedOut | None
    payouts: list[PayoutOut]


class MovementOut(Out):
    at: datetime
    text: str
    subject: str
    amount: Money
    balance: Money
