"""Shapes of restrictions that cross the border."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from app.core.payload import Upload
from app.core.web import PageQuery
from trust.access import Scope
from trust.restrictions.ladder import Kind
from trust.restrictions.points import Breach
from trust.restrictions.queries import RestrictionView
from trust.restrictions.states import AppealMove

Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=4000)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120)]


def _list(value: Any) -> Any:
    """A form sends one chosen box as a text."""
    return [value] if isinstance(value, str) else value


Scopes = Annotated[list[Scope], BeforeValidator(_list)]


class AnswerIn(BaseModel):
    """What a company says; `file` helps."""

    text: Said
    file: Upload | None = None


class MeasureIn(BaseModel):
    """`scopes` and `days` count for a partial restriction alone."""

    kind: Kind
    scopes: Scopes = []
    days: int | None = None


class PlaceIn(MeasureIn):
    """`company`: the address of its page, or the last part of it. `rests_on`: subjects with an evidence chain, a line
    each. `point`: the points that proposed it."""

    company: Name
    reason: Short
    statement: Said
    rests_on: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""
    point: UUID | None = None


class FindingIn(BaseModel):
    """An authority's final decision, with its document."""

    company: Name
    organ: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
    document_number: Short
    kind: Short
    decided_on: date
    statement: Said
    file: Upload


class PointsIn(BaseModel):
    company: Name
    breach: Breach
    facts: Said


class BecauseIn(BaseModel):
    reason: Said


class RulingIn(BaseModel):
    """How an appeal ends. `kind`, `scopes` and `days` say what takes the measure's place where it is reduced."""

    outcome: AppealMove
    reason: Said
    kind: Kind | None = None
    scopes: Scopes = []
    days: int | None = None


class PublishIn(BaseModel):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]


class DeskQuery(PageQuery):
    """Which list, and a part of a company's name."""

    show: Literal["waiting", "in_force", "review", "publish", "ended"] = "in_force"
    company: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


class StartQuery(BaseModel):
    """What the form starts with: a company, and points or a finding of risk that proposed something."""

    company: Name = ""
    point: UUID | None = None
    kind: Kind | None = None
    scopes: list[Scope] = Field(default_factory=list, max_length=len(Scope))


class RestrictionOut(BaseModel):
    """`statement` is empty until the company has opened it."""

    id: UUID
    kind: Kind
    scopes: list[Scope]
    reason: str
    statement: str
    state: str
    starts_at: datetime | None
    expires_at: datetime | None
    appeal_until: datetime | None
    read_at: datetime | None
    ended_at: datetime | None
    ended_because: str
    appeal: str | None

    @classmethod
    def of(cls, view: RestrictionView, *, shown: bool) -> "RestrictionOut":
        return cls(
            id=view.id,
            kind=view.kind,
            scopes=list(view.scopes),
            reason=view.reason.code,
            statement=view.statement if shown else "",
            state=view.state,
            starts_at=view.starts_at,
            expires_at=view.expires_at,
            appeal_until=view.appeal_until,
            read_at=view.read_at,
            ended_at=view.ended_at,
            ended_because=view.ended_because,
            appeal=view.appeal,
        )


class DeskLineOut(RestrictionOut):
    organisation_id: UUID
    organisation_name: str
    review_on: date | None
    publish_by: datetime | None

    @classmethod
    def line(cls, view: RestrictionView) -> "DeskLineOut":
        said = RestrictionOut.of(view, shown=True).model_dump()
        return cls(
            **said,
            organisation_id=view.organisation_id,
            organisation_name=view.organisation_name,
            review_on=view.review_on,
            publish_by=view.publish_by,
        )


class PublishedOut(BaseModel):
    """One entry of the public register."""

    name: str
    kind: Kind
    scopes: list[Scope]
    reason: str
    starts_at: datetime | None
    expires_at: datetime | None
    published_at: datetime | None
    state: str
    ended_at: datetime | None

    @classmethod
    def of(cls, view: RestrictionView) -> "PublishedOut":
        return cls(
            name=view.published_name,
            kind=view.kind,
            scopes=list(view.scopes),
            reason=view.reason.code,
            starts_at=view.starts_at,
            expires_at=view.expires_at,
            published_at=view.published_at,
            state=view.state,
            ended_at=view.ended_at,
        )
