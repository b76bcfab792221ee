"""Shapes of the calendar of statutory reports."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.money import Money
from app.core.web import PageQuery, Upload
from app.statutory.models import StatutoryFiling, StatutoryVersion
from app.statutory.rules import Kind
from app.statutory.snapshot import YUAN, Income, Seller
from app.statutory.states import OUTSTANDING, FilingState

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]


class YearQuery(BaseModel):
    """`year`: of the due days; this one when left out."""

    year: Annotated[int, Field(ge=2020, le=2200)] | None = None


class RowsQuery(PageQuery):
    """`version`: the newest when left out; `table`: `sellers`, `income` or `findings`."""

    version: Annotated[int, Field(ge=1, le=10_000)] | None = None
    table: Annotated[str, Field(pattern="^(sellers|income|findings)$")] = "income"


class PrepareIn(BaseModel):
    """`reason`: why it is prepared again; none the first time."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""


class FiledIn(BaseModel):
    """What the authority's receipt says. `receipt`: PDF, JPEG or PNG."""

    receipt_number: Short
    filed_on: date
    findings_seen: bool = False
    receipt: Upload | None = None


class ReasonIn(BaseModel):
    reason: Reason


class DeferralIn(BaseModel):
    """`reference`: number of the authority's decision."""

    deferred_to: date
    reason: Reason
    reference: Short


class RecipientIn(BaseModel):
    """The tax authority and its X.509 certificate in PEM."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)]
    certificate: Upload


class FilingOut(BaseModel):
    """A report. `until`: the last day on which it is in time; `overdue`: it is over and nothing was filed."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: Kind
    state: FilingState
    first_day: date
    last_day: date
    opens_on: date
    due_on: date
    deferred_to: date | None
    until: date
    overdue: bool = False

    @classmethod
    def of(cls, row: StatutoryFiling, today: date) -> Self:
        overdue = row.state in OUTSTANDING and row.until < today
        return cls.model_validate(row).model_copy(update={"overdue": overdue})


class VersionOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: int
    reason: str
    digest: str
    counts: dict[str, int]
    findings: dict[str, int]
    prepared_at: datetime
    filed_on: date | None
    receipt_number: str
    forgotten_at: datetime | None
    has_receipt: bool = False

    @classmethod
    def of(cls, row: StatutoryVersion) -> Self:
        return cls.model_validate(row).model_copy(update={"has_receipt": row.receipt is not None})


class SellerOut(BaseModel):
    """A seller as the pages show it: nobody's contact is in it."""

    status: str
    name: str
    latin: str
    country: str
    number: str
    findings: list[str]

    @classmethod
    def of(cls, row: Seller) -> Self:
        names = ("status", "name", "latin", "country", "number")
        return cls(**{name: getattr(row, name) for name in names}, findings=list(row.findings))


class IncomeOut(BaseModel):
    """What a company earned in one currency. `cny`: gross less refunds in yuan, at `rate` of `day`."""

    name: str
    number: str
    gross: Money
    refunds: Money
    net: Money
    other: Money
    commission: Money
    membership: Money
    cny: Money
    orders: int
    rate: str
    day: str
    source: str
    findings: list[str]

    @classmethod
    def of(cls, row: Income) -> Self:
        amounts = ("gross", "refunds", "net", "other", "commission", "membership")
        plain = ("name", "number", "orders", "rate", "day", "source")
        return cls(
            **{name: row.money(getattr(row, name)) for name in amounts},
            **{name: getattr(row, name) for name in plain},
            cny=Money(row.yuan[0] - row.yuan[1], YUAN),
            findings=list(row.findings),
        )


class LinkOut(BaseModel):
    """One link of the report's chain; `hash` continues the one before (SHA-256)."""

    model_config = ConfigDict(from_attributes=True)

    kind: str
    at: datetime
    actor: UUID | None
    data: dict[str, Any]
    hash: str


class ReportOut(FilingOut):
    """A report with its versions, and a page of the rows of one of them. `held_up`: why it was not prepared by itself;
    `waiver`: why somebody holds that it is not due."""

    versions: list[VersionOut] = []
    held_up: dict[str, Any] | None = None
    waiver: str = ""
    version: int | None = None
    sellers: list[SellerOut] = []
    income: list[IncomeOut] = []
    rows: int = 0
    timeline: list[LinkOut] = []


class CalendarOut(BaseModel):
    """The reports due in a year, and what waits or comes next in any."""

    year: int
    filings: list[FilingOut]
    waiting: list[FilingOut]
    next: FilingOut | None
    recipient: str
