"""What a report says, as one document: every file of it is made from this and from nothing else.

Written as canonical JSON (app.core.evidence): sorted keys, no spaces, numbers as exact decimals in text. Its SHA-256 is
the data lock that stands on the cover. Texts are pairs of English and Chinese.
"""

import hashlib
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, PlainSerializer

from app.core.evidence import canonical_json
from app.indicators.definitions import Unit
from app.indicators.figures.reports import FORMAT

SCHEMA = "/indicators/reports/schema-1.json"
"""Where its JSON Schema is served, for good: another format has another address."""
FEW = "<5"
"""What stands in files for a number that a public copy leaves out."""
Number = Annotated[Decimal, PlainSerializer(lambda number: f"{number:f}", return_type=str)]
Span = Literal["month", "quarter", "year", "r12m"]


class Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pair(Shape):
    en: str
    zh: str


class CloseNamed(Shape):
    """A counting that figures are from. rows, figures, program: SHA-256 of the sealed rows, of all its figures, and of
    the program that counted."""

    closing: str
    last: date
    revision: int
    reason: str
    known: date
    rows: str
    figures: str
    program: str
    closed_at: datetime


class FigureSaid(Shape):
    """A figure as it stands in `closes[close]`. `suppressed`: left out of a public copy, for it is of fewer than five
    parties. `currency` of amounts."""

    close: int
    span: Span
    code: str
    cut: str
    key: str
    version: int
    unit: Unit
    currency: str
    value: Number | None
    numerator: Number | None
    denominator: Number | None
    suppressed: bool


class Cell(Shape):
    """A text, or what `figures[of]` says: its value, numerator or denominator, or its growth from `figures[base]` in
    percent (of percentages: in points)."""

    text: Pair | None = None
    of: int | None = None
    base: int | None = None
    what: Literal["", "value", "numerator", "denominator", "growth"] = ""
    value: Number | None = None
    suppressed: bool = False


class TableSaid(Shape):
    """`note`: what is said in place of rows."""

    mark: str
    title: Pair
    note: Pair | None
    columns: list[Pair]
    rows: list[list[Cell]]


class ChartSaid(Shape):
    """A point for each month, None where nothing was counted."""

    title: Pair
    months: list[str]
    points: list[Cell]


class Meant(Shape):
    """What a figure means, by the version that counted it."""

    code: str
    version: int
    since: date
    name: Pair
    formula: Pair
    numerator: Pair | None
    denominator: Pair | None
    period: Pair
    left_out: Pair


class RuleNamed(Shape):
    """A rule of the platform in force on the last day of the period, and the SHA-256 of its text."""

    code: str
    number: int
    title: Pair
    since: date | None
    digest: str


class Operator(Shape):
    """As it is on the licence; `registration`: the unified social credit code."""

    name: str
    registration: str
    address: str


class Snapshot(Shape):
    """rates: the sources of reference rates in the period; prepared_by and signed_by: by what, for nobody is named."""

    format: Literal["portolan-report/1"] = FORMAT
    schema_at: str
    report: UUID
    span: Span
    period: str
    first: date
    last: date
    zone: str
    revision: int
    public: bool
    made_at: datetime
    platform: str
    operator: Operator | None
    prepared_by: Pair
    signed_by: str
    rates: list[str]
    closes: list[CloseNamed]
    figures: list[FigureSaid]
    tables: list[TableSaid]
    charts: list[ChartSaid]
    definitions: list[Meant]
    rules: list[RuleNamed]

    def dump(self) -> bytes:
        return canonical_json(self.model_dump(mode="json")).encode()


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a snapshot, as it is written."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA} | Snapshot.model_json_schema(
        mode="serialization"
    )
