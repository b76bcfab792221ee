"""Shapes of assessments that cross the border."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from app.assessment.deciding import Item
from app.assessment.rules import Rules
from app.assessment.states import AssessmentMove, AssessmentState, Chapter, Finding, TitleState, Veto
from app.assessment.titles import Awarded
from app.core.errors import Invalid
from app.core.i18n import _
from app.indicators import calendar

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=8000)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000)]
Maybe = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Points = Annotated[int, Field(ge=0, le=100)]
Days = Annotated[int, Field(ge=1, le=366)]
Amount = Annotated[Decimal, Field(max_digits=24, decimal_places=6)]


class ScheduleIn(BaseModel):
    """`month`: the last of the twelve, such as `2026-03`."""

    month: Annotated[str, StringConstraints(strip_whitespace=True, max_length=7)]
    seed_source: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=300)]

    @property
    def last(self) -> date:
        found = calendar.month_end(self.month)
        if found is None:
            raise Invalid(_("Please enter a month, such as 2026-03."), field="month")
        return found


class SeedIn(BaseModel):
    seed: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class ReportIn(BaseModel):
    """The operator's own figures by code, in which `.` may be written `_`."""

    figures: dict[str, Amount] = {}
    text: Text


class FindingIn(BaseModel):
    place: Annotated[int, Field(ge=1, le=1_000_000)]
    finding: Finding
    note: Maybe = ""


class ScoreIn(BaseModel):
    score: Points
    reason: Short


class ScoresIn(BaseModel):
    scale: ScoreIn
    growth: ScoreIn
    renewal: ScoreIn
    trust: ScoreIn
    quality: ScoreIn
    lawful: ScoreIn
    service: ScoreIn

    @property
    def scores(self) -> dict[Chapter, tuple[int, str]]:
        found = {chapter: getattr(self, chapter.value) for chapter in Chapter}
        return {chapter: (one.score, one.reason) for chapter, one in found.items()}


class VetoIn(BaseModel):
    """`stands` False sets it aside."""

    kind: Veto
    reason: Text
    stands: bool = True
    curable: bool = False


class ItemIn(BaseModel):
    """`due_on` None: the last day the rules allow."""

    what: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=1000)]
    owner: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120)]
    due_on: date | None = None

    def item(self, latest: date) -> Item:
        return Item(self.what, self.owner, self.due_on or latest)


class ProposalIn(BaseModel):
    decision: Literal["pass", "rectify", "notify", "revoke", "withdraw"]
    reason: Text
    items: Annotated[list[ItemIn], Field(max_length=40)] = []

    @property
    def move(self) -> AssessmentMove:
        return AssessmentMove(self.decision)


class ProgressIn(BaseModel):
    text: Short
    done: bool = False


class SaidIn(BaseModel):
    text: Short


class StatementIn(BaseModel):
    text: Text


class TitleIn(BaseModel):
    name_en: Line
    name_zh: Line
    authority: Line
    certificate: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=80)]
    valid_from: date
    valid_until: date | None = None

    @property
    def awarded(self) -> Awarded:
        return Awarded(**self.model_dump())


class WeightsIn(BaseModel):
    scale: Points
    growth: Points
    renewal: Points
    trust: Points
    quality: Points
    lawful: Points
    service: Points


class RulesIn(BaseModel):
    since: date
    source: Text
    weights: WeightsIn
    pass_from: Points
    rectify_from: Points
    sample_percent: Annotated[int, Field(ge=1, le=100)]
    sample_least: Annotated[int, Field(ge=1, le=10_000)]
    difference_percent: Annotated[int, Field(ge=1, le=100)]
    rectify_days: Days
    statement_days: Days

    @property
    def rules(self) -> Rules:
        return Rules.load(self.model_dump(exclude={"since", "source"}))


class RulesOut(BaseModel):
    since: date
    said: dict[str, Any]
    source: str


class WhatIf(BaseModel):
    """Scores and weights to try, by chapter; what is not said is as it stands."""

    scale: Points | None = None
    growth: Points | None = None
    renewal: Points | None = None
    trust: Points | None = None
    quality: Points | None = None
    lawful: Points | None = None
    service: Points | None = None
    weight_scale: Points | None = None
    weight_growth: Points | None = None
    weight_renewal: Points | None = None
    weight_trust: Points | None = None
    weight_quality: Points | None = None
    weight_lawful: Points | None = None
    weight_service: Points | None = None

    def scores(self, now: dict[Chapter, int]) -> dict[Chapter, int]:
        said = {chapter: getattr(self, chapter.value) for chapter in Chapter}
        return {chapter: now[chapter] if value is None else value for chapter, value in said.items()}

    def weights(self, now: dict[Chapter, int]) -> dict[Chapter, int]:
        said = {chapter: getattr(self, f"weight_{chapter.value}") for chapter in Chapter}
        return {chapter: now[chapter] if value is None else value for chapter, value in said.items()}


class WhatIfOut(BaseModel):
    """`score` None where the weights do not make 100."""

    scores: dict[Chapter, int]
    weights: dict[Chapter, int]
    score: Decimal | None
    decision: AssessmentMove | None


class LineOut(BaseModel):
    """An assessment in a list."""

    id: UUID
    number: str
    state: AssessmentState
    month: str


class SampledOut(BaseModel):
    place: int
    mark: str
    order: str
    finding: Finding | None
    note: str


class DifferenceOut(BaseModel):
    code: str
    name: str
    reported: Decimal
    counted: Decimal
    percent: Decimal | None
    over: bool


class VetoOut(BaseModel):
    kind: Veto
    curable: bool
    reason: str


class DecisionOut(BaseModel):
    """A decision, proposed or decided. `items`: what is to be put right."""

    id: UUID
    decision: AssessmentMove
    score: Decimal
    reason: str
    state: str
    proposed_at: datetime
    decided_at: datetime | None
    own: bool = False


class ProgressOut(BaseModel):
    text: str
    move: str
    name: str
    at: datetime


class ItemOut(BaseModel):
    id: UUID
    what: str
    owner: str
    due_on: date
    state: str
    progress: list[ProgressOut]


class SaidOut(BaseModel):
    text: str
    name: str
    at: datetime


class AssessmentOut(LineOut):
    """The whole of it. `asked`: the decision that score and vetoes ask for."""

    seed_source: str
    seed: str | None
    closes: dict[str, Any] | None
    lock: str | None
    orders: int | None
    orders_sha256: str | None
    rectify_by: date | None
    statement_by: date | None
    report: SaidOut | None
    differences: list[DifferenceOut]
    sample: list[SampledOut]
    scores: dict[str, Any] | None
    score: Decimal | None
    vetoes: list[VetoOut]
    asked: AssessmentMove | None
    decisions: list[DecisionOut]
    items: list[ItemOut]
    statements: list[SaidOut]


class TitleOut(BaseModel):
    """A title. `ended_at`: when it was revoked, or was no longer valid."""

    id: UUID
    name_en: str
    name_zh: str
    authority: str
    certificate: str
    valid_from: date
    valid_until: date | None
    state: TitleState
    ended_at: datetime | None


class ToldOut(LineOut):
    """What everybody may know of an assessment."""

    seed_source: str
    seed: str | None
    seed_at: datetime | None
    lock: str | None
    orders: int | None
    orders_sha256: str | None
    drawn: bool
    sample_percent: int
    sample_least: int
    rectify_by: date | None
    decisions: list[DecisionOut]


class PublicOut(BaseModel):
    titles: list[TitleOut]
    assessments: list[ToldOut]
