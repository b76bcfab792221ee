"""What the evaluator's room says in JSON, and what it is told."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints, field_validator

from app.core.errors import Invalid
from app.core.i18n import _
from app.indicators import calendar

SpanName = Literal["month", "quarter", "year", "r12m"]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=4000)]


class Asked(BaseModel):
    """A period: the month it ends with, and how long it is. Without a month the newest that was counted."""

    month: str = ""
    span: SpanName = "month"

    @property
    def last(self) -> date | None:
        """The month's last day. Raises Invalid."""
        if not self.month:
            return None
        found = calendar.month_end(self.month)
        if found is None:
            raise Invalid(_("Write a month as 2026-03."), field="month")
        return found


class PartAsked(Asked):
    """One part of a figure: kind of cut and key; both empty for the whole."""

    cut: str = ""
    key: str = ""
    page: int = 1

    @field_validator("page")
    @classmethod
    def _bounded(cls, page: int) -> int:
        return min(max(page, 1), 1000)


class Compared(BaseModel):
    """Two periods side by side."""

    a: str = ""
    b: str = ""
    span: SpanName = "month"


class CorrectionIn(BaseModel):
    closing: str
    reason: str


class QuestionIn(BaseModel):
    """Of one figure (`code`) and month, or of none."""

    text: Words
    code: str = ""
    month: str = ""


class AnswerIn(BaseModel):
    text: Words


class FigureOut(BaseModel):
    """value and its numerator and denominator as exact decimals; None where there is nothing to be said.

    growth  in percent against the same period a year before (of percentages: the difference); `flag` what has to be
            said of it
    """

    code: str
    name: str
    unit: str
    cut: str
    key: str
    label: str
    value: Decimal | None
    shown: str
    numerator: Decimal | None
    denominator: Decimal | None
    version: int
    revision: int
    close: UUID
    growth: Decimal | None = None
    growth_shown: str = ""
    flag: str = ""


class OverviewOut(BaseModel):
    span: str
    period: str
    month: str
    months: list[str]
    figures: list[FigureOut]


class PointOut(BaseModel):
    period: str
    value: Decimal | None
    shown: str
    revision: int


class OneOut(BaseModel):
    """A figure with its definition, its course over periods, and its parts by kind."""

    figure: FigureOut | None
    formula: str
    numerator: str
    denominator: str
    counted: str
    left_out: str
    sheets: list[str]
    version: int
    since: date
    series: list[PointOut]
    parts: dict[str, list[FigureOut]]


class RowsOut(BaseModel):
    columns: list[str]
    rows: list[list[Any]]
    more: bool
    cut_short: bool


class CloseOut(BaseModel):
    """One counting of a month; `sealed`: whether its figures are as they were written down."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    closing: str
    last: date
    revision: int
    reason: str
    known: date
    sheets: dict[str, Any]
    digest: str
    figures: str
    program: str
    closed_at: datetime


class MonthOut(BaseModel):
    month: str
    final_on: dict[str, date]
    closes: list[CloseOut]
    sealed: dict[str, bool]


class AnswerOut(BaseModel):
    text: str
    name: str
    at: datetime


class QuestionOut(BaseModel):
    id: UUID
    code: str
    month: str
    text: str
    name: str
    at: datetime
    answers: list[AnswerOut]
