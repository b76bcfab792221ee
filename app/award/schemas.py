"""Shapes of applications that cross the border."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, field_validator

from app.assessment.schemas import Line, Maybe, Points, ScoresIn, Short, Text, WeightsIn
from app.assessment.states import Chapter
from app.award.checking import Found
from app.award.models import Application
from app.award.objecting import Objector
from app.award.rules import Part, Rules
from app.award.states import ApplicationState, Need, ObjectionState, Outcome, Result, ReviewerState, Upheld
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.payload import Upload, as_list
from app.indicators import calendar
from trust.identity.schemas import Email

Files = Annotated[list[Upload], Field(max_length=10), BeforeValidator(as_list)]
Number = Annotated[int, Field(ge=1, le=99)]


class BeginIn(BaseModel):
    """`month`: the last of the twelve, such as `2026-03`."""

    month: Annotated[str, StringConstraints(strip_whitespace=True, max_length=7)]

    @property
    def last(self) -> date:
        found = calendar.month_end(self.month)
        if found is None:
            raise Invalid(_("Please enter a month, such as 2026-03."), field="month")
        return found


class PartIn(BaseModel):
    """A part of the dossier; files are added to those that are there."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)] = ""
    scores: ScoresIn | None = None
    files: Files = []

    @property
    def by_chapter(self) -> dict[Chapter, tuple[int, str]] | None:
        return self.scores.scores if self.scores else None


class ReasonIn(BaseModel):
    reason: Short


class PartCheckIn(BaseModel):
    complete: bool = False
    reason: Maybe = ""


class CheckIn(BaseModel):
    """The formal check: of each part by its code whether it is complete, and if not, why."""

    outcome: Outcome
    parts: dict[str, PartCheckIn] = {}
    demonstration: bool = False
    reference: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    reason: Maybe = ""

    @property
    def found(self) -> Found:
        """Raises Invalid for a part that is not complete, without a reason."""
        for code, said in self.parts.items():
            if not said.complete and not said.reason:
                raise Invalid(_("Say what is missing."), field=f"parts.{code}.reason")
        parts = {code: "" if said.complete else said.reason for code, said in self.parts.items()}
        return Found(self.outcome, parts, self.demonstration, self.reference, self.reason)


class NamingIn(BaseModel):
    members: Annotated[list[UUID], Field(max_length=49), BeforeValidator(as_list)]


class StatementIn(BaseModel):
    """`conflict`: something ties me to the applicant; `statement` says what."""

    conflict: Literal["none", "conflict"]
    statement: Maybe = ""


class ProposalIn(BaseModel):
    result: Result
    reason: Text


class ObjectionIn(BaseModel):
    """Who objects is known to nobody but who decides."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120)]
    email: Email
    text: Text
    files: Files = []

    @property
    def objector(self) -> Objector:
        return Objector(self.name, self.email)


class ObjectionDecisionIn(BaseModel):
    decision: Literal["not_upheld", "committee", "rejected"]
    reason: Text

    @property
    def upheld(self) -> Upheld | None:
        return None if self.decision == "not_upheld" else Upheld(self.decision)


class PartRuleIn(BaseModel):
    """What a part must hold."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[a-z][a-z0-9-]{1,30}$")]
    name_en: Line
    name_zh: Line
    text: bool = False
    files: bool = False
    scores: bool = False

    @property
    def part(self) -> Part:
        return Part(self.code, self.name_en, self.name_zh, tuple(need for need in Need if getattr(self, need.value)))


class RulesIn(BaseModel):
    since: date
    source: Text
    parts: Annotated[list[PartRuleIn], Field(min_length=1, max_length=40)]
    weights: WeightsIn
    award_from: Points
    reviewers: Number
    trimmed_from: Number
    returns: Annotated[int, Field(ge=0, le=9)]
    completion_days: Number
    publicity_days: Number
    series: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Z][A-Z0-9-]{1,20}$")]
    name_en: Line
    name_zh: Line
    authority: Line
    valid_years: Number

    @field_validator("reviewers")
    @classmethod
    def _odd(cls, said: int) -> int:
        if said < 3 or said % 2 == 0:
            raise ValueError(_("Use an odd number, 3 at least."))
        return said

    @property
    def rules(self) -> Rules:
        said = self.model_dump(exclude={"since", "source", "parts", "weights"})
        weights = {chapter: getattr(self.weights, chapter.value) for chapter in Chapter}
        return Rules(**said, parts=tuple(one.part for one in self.parts), weights=weights)


class RulesOut(BaseModel):
    since: date
    said: dict[str, Any]
    source: str


class LineOut(BaseModel):
    """An application in a list. `month`: the last of the twelve months that it rests on."""

    id: UUID
    number: str
    state: ApplicationState
    month: str

    @classmethod
    def of(cls, row: Application) -> Self:
        return cls(id=row.id, number=row.number, state=row.state, month=f"{row.last:%Y-%m}")


class FileOut(BaseModel):
    id: UUID
    name: str
    size: int
    sha256: str


class PartOut(BaseModel):
    """`needs`: what it must hold; `lacks`: what of that is missing while it is being written."""

    code: str
    name_en: str
    name_zh: str
    needs: list[Need]
    lacks: list[Need] = []
    text: str = ""
    scores: dict[str, Any] | None = None
    files: list[FileOut] = []


class CheckOut(BaseModel):
    """What came of a formal check; `parts`: code → why it is not complete."""

    outcome: Outcome
    parts: dict[str, str]
    demonstration: bool
    reference: str
    reason: str
    complete_by: date | None
    name: str
    at: datetime


class ReviewerOut(BaseModel):
    """`scores`: the sheet, once all are in."""

    id: UUID
    name: str
    state: ReviewerState
    statement: str
    round: int
    own: bool
    scores: dict[str, Any] | None


class ScoredOut(BaseModel):
    """What the committee came to: by chapter and altogether, 0 to 100, to two decimals. `asked`: what follows."""

    chapters: dict[Chapter, Decimal]
    total: Decimal
    asked: Result


class ProposalOut(BaseModel):
    id: UUID
    result: Result
    score: Decimal
    reason: str
    state: str
    decided_at: datetime | None
    own: bool


class ObjectionOut(BaseModel):
    """An objection for those who decide; of who made it nothing stands here. `forgotten_at`: since when text and
    files are gone."""

    id: UUID
    number: str
    state: ObjectionState
    text: str
    files: list[FileOut]
    upheld: str
    reason: str
    at: datetime
    forgotten_at: datetime | None


class ApplicationOut(LineOut):
    """The whole of it, as far as the reader may see it."""

    digest: str | None
    figures: dict[str, Decimal]
    parts: list[PartOut]
    returns: int
    complete_by: date | None
    checks: list[CheckOut]
    round: int
    reviewers: list[ReviewerOut]
    sheets_in: int
    sheets_of: int
    scored: ScoredOut | None
    proposals: list[ProposalOut]
    result: Result | None
    publicity_from: date | None
    publicity_until: date | None
    objections: list[ObjectionOut]
    certificate: str | None


class DossierOut(LineOut):
    """A dossier while it is written."""

    parts: list[PartOut]
    complete_by: date | None
    asked: dict[str, str]


class SheetOut(LineOut):
    """A reviewer's own sheet, None before it is handed in."""

    reviewer: ReviewerState
    scores: dict[str, Any] | None


class ObjectorOut(BaseModel):
    name: str
    email: str


class ToldObjectionOut(BaseModel):
    """What everybody may know of an objection."""

    number: str
    state: ObjectionState
    reason: str


class ToldLineOut(LineOut):
    """A published result in a list."""

    result: Result
    publicity_until: date


class ToldOut(ToldLineOut):
    """What everybody may know of an application whose result was published."""

    applicant: str
    score: Decimal
    reason: str
    publicity_from: date
    open: bool
    objections: list[ToldObjectionOut]
    certificate: str | None
    valid_from: date | None
    valid_until: date | None


class ReceiptOut(BaseModel):
    """`number`: of the objection, to be kept."""

    number: str
