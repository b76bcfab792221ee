"""Shapes of the rule book's border."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from trust.rules.codes import Code
from trust.rules.queries import CommentView, VersionView
from trust.rules.states import VersionState
from trust.rules.text import LONGEST, Pair

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=4000)]


class ClauseOut(BaseModel):
    number: str
    heading: Pair
    text: Pair


class VersionOut(BaseModel):
    """A version of a rule, without its text. Days are days in UTC; `until` is the day from which another stands."""

    id: UUID
    code: Code
    number: int
    title: Pair
    digest: str
    state: VersionState
    why: Pair
    opened_at: datetime | None
    comments_until: datetime | None
    published_at: datetime | None
    effective_from: date | None
    until: date | None

    @classmethod
    def of(cls, view: VersionView) -> Self:
        return cls(**{name: getattr(view, name) for name in VersionOut.model_fields})


class RuleOut(VersionOut):
    """With its text. `digest` is the SHA-256 of what `text.json` under the same address holds."""

    clauses: list[ClauseOut]

    @classmethod
    def of(cls, view: VersionView) -> Self:
        plain = {name: getattr(view, name) for name in VersionOut.model_fields}
        return cls(**plain, clauses=[ClauseOut(**c) for c in view.text.content()["clauses"]])


class VersionsOut(BaseModel):
    """A rule with all its versions, newest first."""

    rule: RuleOut | None
    versions: list[VersionOut]


class CommentOut(BaseModel):
    """`text` is null while it is not public."""

    id: UUID
    author: str
    visitor: bool
    clause: str
    text: str | None
    at: datetime
    answer: str
    withheld: bool
    answered_at: datetime | None

    @classmethod
    def of(cls, view: CommentView) -> Self:
        return cls(**{name: getattr(view, name) for name in cls.model_fields})


class ChangeOut(BaseModel):
    change: RuleOut
    before: int | None
    comments: list[CommentOut]
    total: int
    waiting: int


class ChangesOut(BaseModel):
    changes: list[VersionOut]
    past: list[VersionOut]
    total: int


class CommentIn(BaseModel):
    """`clause`: its number, or "" for the whole. `name`: how a visitor wants to be called; members speak for theirs."""

    text: Words
    clause: Annotated[str, Field(max_length=10)] = ""
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)] = ""


class DraftIn(BaseModel):
    """The whole new text in both languages (trust.rules.text), and why it changes."""

    code: Code
    en: Annotated[str, Field(max_length=LONGEST)]
    zh: Annotated[str, Field(max_length=LONGEST)]
    why_en: Words
    why_zh: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=4000)]


class ConsultationIn(BaseModel):
    """`days`: for how long people may comment."""

    days: Annotated[int, Field(ge=1, le=180)] = 14


class PublicationIn(BaseModel):
    effective_from: date


class ReasonIn(BaseModel):
    reason: Words


class AnswerIn(BaseModel):
    answer: Words
    withhold: bool = False


class AgreementsIn(BaseModel):
    """`versions`: the ids of the versions that were shown, with commas between; `accepted`: that they are accepted."""

    versions: Annotated[str, Field(max_length=200)]
    accepted: bool = False
    next: Annotated[str, Field(max_length=2000)] = ""


class AcceptanceOut(BaseModel):
    code: Code
    number: int
    digest: str
    locale: str
    way: str
    at: datetime


class AgreementsOut(BaseModel):
    """What the company has yet to accept, and what it accepted."""

    due: list[VersionOut]
    accepted: list[AcceptanceOut]
