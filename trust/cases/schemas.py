"""Shapes of cases that cross the border."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, field_validator

from app.core.i18n import _
from app.core.money import Money
from app.core.payload import Upload
from trust.cases.queries import ClockView, ExhibitView, File, Line, MessageView, RulingView
from trust.cases.states import CaseState, Kind, Remedy, Side, Topic

Story = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=8000)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=4000)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]


def listed(value: Any) -> Any:
    """One file or tick of a form as a list of one."""
    return value if isinstance(value, list) else [value]


Files = Annotated[list[Upload], Field(max_length=10), BeforeValidator(listed)]


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
    exhibits: Annotated[list[str], Field(max_length=60), BeforeValidator(listed)] = []
    to_complainant: Annotated[str, StringConstraints(strip_whitespace=True, max_length=24)] = ""


class DisputeIn(BaseModel):
    """What a party of a contested order says when it asks for a ruling."""

    statement: Story
    wanted: Note = ""
    files: Files = []


class ClockOut(BaseModel):
    """`due_at` is null while the clock stands still."""

    name: str
    began_at: datetime
    due_at: datetime | None
    stopped_at: datetime | None

    @classmethod
    def of(cls, clock: ClockView) -> "ClockOut":
        return cls(name=clock.name, began_at=clock.began_at, due_at=clock.due_at, stopped_at=clock.stopped_at)


class MessageOut(BaseModel):
    side: Side
    text: str
    created_at: datetime

    @classmethod
    def of(cls, m: MessageView) -> "MessageOut":
        return cls(side=m.side, text=m.text, created_at=m.created_at)


class ExhibitOut(BaseModel):
    """`of` is the label of the exhibit of which this is a translation, `how` it was made."""

    label: str
    side: Side
    name: str
    content_type: str
    size: int
    sha256: str
    of: str
    how: str
    language: str

    @classmethod
    def made(cls, e: ExhibitView) -> "ExhibitOut":
        return cls(**{name: getattr(e, name) for name in cls.model_fields})


class RulingOut(BaseModel):
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

    @classmethod
    def of(cls, r: RulingView) -> "RulingOut":
        return cls(**{name: getattr(r, name) for name in cls.model_fields})


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
            clocks=[ClockOut.of(c) for c in file.clocks],
            messages=[MessageOut.of(m) for m in file.messages],
            exhibits=[ExhibitOut.made(e) for e in file.exhibits],
            rulings=[RulingOut.of(r) for r in file.rulings],
        )


class ReportOut(CaseOut):
    """`code` opens the report again; it is said once and kept nowhere."""

    code: str


class LineOut(BaseModel):
    id: UUID
    number: str
    kind: Kind
    title: str
    state: CaseState
    side: Side
    since: datetime
    due_at: datetime | None

    @classmethod
    def of(cls, line: Line) -> "LineOut":
        return cls(**{name: getattr(line, name) for name in cls.model_fields})


class CasesOut(BaseModel):
    total: int
    items: list[LineOut]
