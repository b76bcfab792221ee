"""Shapes of negotiating a text: changes from a known version, comments, requests, and what versions differ in."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from orders.contracts.requesting import RequestView
from orders.contracts.revising import Adjustments
from orders.contracts.states import RequestKind


class AdjustmentsIn(Adjustments):
    """New values for open terms of the draft as it stood at `revision`; refused if that is not the newest any more.

    `note` tells the other side what was changed and why.
    """

    revision: int = Field(ge=1)
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = ""

    @property
    def changes(self) -> Adjustments:
        return Adjustments.model_validate(self.model_dump(exclude={"revision", "note"}))


class CommentIn(BaseModel):
    """What is said about one place of the text: `parties`, `line-1`, `article-inspection`…"""

    place: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,60}$")]
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class SettlementIn(BaseModel):
    """Settle the comments on a place up to and with this one."""

    place: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,60}$")]
    number: int = Field(ge=1)


class RequestIn(BaseModel):
    """`unlock`: open the frozen text again. `annul`: let the contract go while it is being signed."""

    kind: RequestKind
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000)]


class RequestAnswerIn(BaseModel):
    request_id: UUID
    answer: Literal["assent", "refuse"]


class RequestWithdrawalIn(BaseModel):
    request_id: UUID


class RequestOut(BaseModel):
    id: UUID
    kind: RequestKind
    reason: str
    organisation_id: UUID
    at: datetime

    @classmethod
    def of(cls, r: RequestView) -> "RequestOut":
        return cls(id=r.id, kind=r.kind, reason=r.reason, organisation_id=r.organisation_id, at=r.at)


class CommentOut(BaseModel):
    """One comment. `revision` is the one that was being read."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    revision: int
    organisation_id: UUID
    member_id: UUID
    text: str
    at: datetime


class ThreadOut(BaseModel):
    """The comments on one place; those up to the number `settled` are settled, 0 for none."""

    model_config = ConfigDict(from_attributes=True)

    place: str
    open: bool
    settled: int
    comments: list[CommentOut]


class RevisionOut(BaseModel):
    """`member_id` is null where the platform made it."""

    revision: int
    member_id: UUID | None
    note: str
    at: datetime


class RunOut(BaseModel):
    kind: Literal["same", "gone", "new"]
    text: str


class ChangedOut(BaseModel):
    """A passage that is different, in English (`en`) and Chinese (`zh`), or once ("") where it reads the same in both.

    The runs that are not `new` are the older text, those that are not `gone` the newer one.
    """

    place: str
    name: str
    parts: dict[str, list[RunOut]]


class VersionsOut(BaseModel):
    """The versions of a text, and what is different from one of them to another."""

    revisions: list[RevisionOut]
    since: int
    until: int
    changes: list[ChangedOut]
