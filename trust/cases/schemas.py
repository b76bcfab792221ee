"""Shapes of cases that cross the border."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator

from app.core.i18n import _
from app.core.money import Money
from app.core.payload import Upload, as_list
from trust.cases.queries import File
from trust.cases.states import CaseState, Kind, Remedy, Side, Topic

Story = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=8000)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=4000)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]


Files = Annotated[list[Upload], Field(max_length=10), BeforeValidator(as_list)]


class ComplaintIn(BaseModel):
    """`about` is the address of the page of an order, inquiry, product or company."""

    about: Address
    topic: Topic
    statement: Story
    wanted: Note = ""
    files: Files = []


class ReportIn(BaseModel):
    """`about` is the address of the page of a product or company; `contact` how to reach the reporter, if they want."""

    about: Address
    topic: Topic
    statement: Story
    contact: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    files: Files = []


class CodeIn(BaseModel):
    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=60)]


class StatementIn(BaseModel):
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=8000)] = ""
    files: Files = []


class TranslationIn(BaseModel):
    """Of the exhibit `of`, made by a human or a machine, into a language (ISO 639)."""

    of: Annotated[str, StringConstraints(pattern=r"^[CRP][0-9]{1,3}$")]
    how: Literal["human", "machine"]
    language: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")]
    file: Upload


class ReasonIn(BaseModel):
    reason: Words


class SatisfactionIn(BaseModel):
    stars: int = Field(ge=1, le=5)
    text: Note = ""


class HandlingIn(BaseModel):
    """`no_conflict`: nothing ties me to the sides of this case."""

    no_conflict: bool

    @field_validator("no_conflict")
    @classmethod
    def _stated(cls, stated: bool) -> bool:
        if not stated:
            raise ValueError(_("State it, or leave the case to a colleague."))
        return stated


class AcceptanceIn(BaseModel):
    complex: bool = False


class QuestionIn(BaseModel):
    to: Literal[Side.COMPLAINANT, Side.RESPONDENT]
    text: Words


class CitationIn(BaseModel):
    code: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] = ""
    version: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)] = ""
    clause: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)] = ""


class RulingIn(BaseModel):
    """`to_complainant`: of a dispute, the share of what is held, as a decimal in its currency."""

    remedy: Remedy
    facts: Story
    reason: Story
    rules: Annotated[list[CitationIn], Field(max_length=10)] = []
    exhibits: Annotated[list[str], Field(max_length=60), BeforeValidator(as_list)] = []
    to_complainant: Annotated[str, StringConstraints(strip_whitespace=True, max_length=24)] = ""


class DisputeIn(BaseModel):
    """What a party of a contested order says when it asks for a ruling."""

    statement: Story
    wanted: Note = ""
    files: Files = []


class ClockOut(BaseModel):
    """`due_at` is null while the clock stands still."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    began_at: datetime
    due_at: datetime | None
    stopped_at: datetime | None


class MessageOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    side: Side
    text: str
    created_at: datetime


class ExhibitOut(BaseModel):
    """`of` is the label of the exhibit of which this is a translation, `how` it was made."""

    model_config = ConfigDict(from_attributes=True)

    label: str
    side: Side
    name: str
    content_type: str
    size: int
    sha256: str
    of: str
    how: str
    language: str


class RulingOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    stage: str
    round: int
    remedy: str
    facts: str
    reason: str
    rules: list[dict[str, str]]
    exhibits: list[str]
    to_complainant: Money | None
    to_respondent: Money | None
    decided_at: datetime


class CaseOut(BaseModel):
    """A case as its reader may see it."""

    id: UUID
    number: str
    kind: Kind
    topic: str
    about: str
    title: str
    reader: Side
    state: CaseState
    complex: bool
    statement: str
    wanted: str
    amount: Money | None
    checklist: list[list[str]]
    since: datetime
    ended_at: datetime | None
    clocks: list[ClockOut]
    messages: list[MessageOut]
    exhibits: list[ExhibitOut]
    rulings: list[RulingOut]

    @classmethod
    def of(cls, file: File) -> "CaseOut":
        case = file.case
        own = ("clocks", "messages", "exhibits", "rulings", "about")
        return cls(
            **{name: getattr(case, name) for name in cls.model_fields if name not in own},
            about=str(case.subject),
            clocks=[ClockOut.model_validate(c) for c in file.clocks],
            messages=[MessageOut.model_validate(m) for m in file.messages],
            exhibits=[ExhibitOut.model_validate(e) for e in file.exhibits],
            rulings=[RulingOut.model_validate(r) for r in file.rulings],
        )


class ReportOut(CaseOut):
    """`code` opens the report again; it is said once and kept nowhere."""

    code: str


class LineOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    kind: Kind
    title: str
    state: CaseState
    side: Side
    since: datetime
    due_at: datetime | None


class CasesOut(BaseModel):
    total: int
    items: list[LineOut]
