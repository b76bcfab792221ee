"""Shapes of the register of quality and brand work that cross the border."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from app.core.payload import Upload
from trust.quality.models import QualityWork
from trust.quality.queries import Line
from trust.quality.states import Event, Kind, Result, Source, WorkState

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=8000)]
Maybe = Annotated[str, StringConstraints(strip_whitespace=True, max_length=8000)]
Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
Moment = Annotated[datetime, AfterValidator(lambda at: at if at.tzinfo else at.replace(tzinfo=UTC))]
"""UTC where no zone is said."""


class WorkIn(BaseModel):
    """What is entered; which fields a kind needs stands in `states.FACTS`.

    about    the address of the listing or order that was inspected; company: that of the page of who was guided
    hours    how long an event or training took
    """

    kind: Kind
    title: Title
    day: date
    about: Address = ""
    standard: Short = ""
    aql: Short = ""
    result: Result | None = None
    source: Source | None = None
    reference: Short = ""
    company: Address = ""
    event: Event | None = None
    hours: Annotated[Decimal, Field(gt=0, le=1000, decimal_places=2, allow_inf_nan=False)] | None = None
    participants: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    organ: Short = ""
    document: Upload | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """JSON-able, by name."""
        return self.model_dump(mode="json", exclude={"kind", "title", "day", "document"})


class DoneIn(BaseModel):
    done_on: date


class ReasonIn(BaseModel):
    text: Text


class FoundIn(BaseModel):
    """`about`: the address of a listing under a recall; `what`: an authority's objection in words."""

    found_at: Moment
    about: Address = ""
    what: Maybe = ""


class EndIn(BaseModel):
    over_at: Moment
    how: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=8000)]


class WorkOut(BaseModel):
    """An entry. `found`, `open`: how much was found under it, and is not settled yet."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    kind: Kind
    state: WorkState
    title: str
    day: date
    done_on: date | None
    facts: dict[str, Any]
    organisation_id: UUID | None
    recorded_at: datetime
    about: str = ""
    document_sha256: str = ""
    found: int = 0
    open: int = 0

    @classmethod
    def of(cls, row: QualityWork) -> Self:
        names = cls.model_fields.keys() - {"about", "document_sha256", "found", "open"}
        sha = (row.file or {}).get("sha256", "")
        said = {name: getattr(row, name) for name in names}
        return cls(**said, about=str(row.about or ""), document_sha256=sha)

    @classmethod
    def listed(cls, line: Line) -> Self:
        return cls.of(line.row).model_copy(update={"found": line.found, "open": line.open})


class FindingOut(BaseModel):
    """`over_at` None: not settled yet."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    product_id: UUID | None
    what: str
    found_at: datetime
    over_at: datetime | None
    how: str

    @property
    def hours(self) -> int | None:
        """Whole hours until it was settled."""
        return None if self.over_at is None else (self.over_at - self.found_at) // timedelta(hours=1)


class LinkOut(BaseModel):
    """One link of the entry's chain; `hash` continues the one before (SHA-256)."""

    model_config = ConfigDict(from_attributes=True)

    seq: int
    kind: str
    at: datetime
    actor: UUID | None
    data: dict[str, Any]
    hash: str


class RecordOut(WorkOut):
    """Everything on record of an entry."""

    findings: list[FindingOut] = []
    timeline: list[LinkOut] = []
