"""Shapes of privacy that cross the border."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from trust.identity.schemas import Email
from trust.privacy.consents import Choice
from trust.privacy.erasing import Stays
from trust.privacy.looks import LookView
from trust.privacy.models import Erasure, PersonalExport, PrivacyRequest
from trust.privacy.purposes import Purpose
from trust.privacy.states import ErasureState, ExportState, Kind, RequestState

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
Letter = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=8000)]


class RequestIn(BaseModel):
    """What a person asks; `email` is where the link that confirms it goes."""

    kind: Kind
    name: Name
    email: Email
    statement: Words = ""


class TokenIn(BaseModel):
    token: Annotated[str, StringConstraints(min_length=10, max_length=100)]


class ExtensionIn(BaseModel):
    """Why it takes longer; the person reads it."""

    reason: Letter


class AnswerIn(BaseModel):
    """`letter` goes to the person: what was done, or why not. Where to complain is added to it."""

    outcome: Literal["grant", "grant_partly", "refuse"]
    letter: Letter


class PurposeOut(BaseModel):
    """`title` and the other texts are in the reader's language."""

    code: str
    version: int
    since: date
    basis: str
    law: str
    title: str
    why: str
    data: str
    people: str
    recipients: str
    abroad: str
    retention: tuple[str, ...]
    sensitive: bool
    digest: str

    @classmethod
    def of(cls, one: Purpose) -> "PurposeOut":
        texts = {name: getattr(one, name).said for name in ("title", "why", "data", "people", "recipients", "abroad")}
        plain = {
            name: getattr(one, name)
            for name in ("code", "version", "since", "basis", "law", "retention", "sensitive", "digest")
        }
        return cls(**plain | texts)


class RequestOut(BaseModel):
    """Where a request stands; its words go to whoever may read them alone."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    kind: Kind
    state: RequestState
    filed_at: datetime
    confirmed_at: datetime | None
    due_at: datetime | None
    target_at: datetime | None
    extended_at: datetime | None
    decided_at: datetime | None

    @classmethod
    def of(cls, row: PrivacyRequest) -> "RequestOut":
        return cls.model_validate(row)


class StatusOut(RequestOut):
    """`extension` is why it takes longer, `answer` our letter; empty while there is none."""

    extension: str = ""
    answer: str = ""


class ConsentOut(BaseModel):
    purpose: str
    version: int
    given_at: datetime | None

    @classmethod
    def of(cls, choice: Choice) -> "ConsentOut":
        given = choice.given.given_at if choice.given else None
        return cls(purpose=choice.purpose.code, version=choice.purpose.version, given_at=given)


class ExportOut(BaseModel):
    """`done` of `total` kinds of records are packed; `size` is in bytes."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    state: ExportState
    done: int
    total: int
    size: int
    fetched: int
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, row: PersonalExport) -> "ExportOut":
        return cls.model_validate(row)


class ErasureOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    state: ErasureState
    asked_at: datetime
    due_at: datetime

    @classmethod
    def of(cls, row: Erasure) -> "ErasureOut":
        return cls.model_validate(row)


class StaysOut(BaseModel):
    """What the law keeps: `until` None where no end is set."""

    kind: str
    count: int
    until: datetime | None

    @classmethod
    def of(cls, one: Stays) -> "StaysOut":
        return cls(kind=one.kind.key, count=one.count, until=one.until)


class PreviewOut(BaseModel):
    """What follows from an erasure; `hindrance` is why it cannot be asked now, or ""."""

    hindrance: str
    stays: list[StaysOut]
    awaited: ErasureOut | None


class LookOut(BaseModel):
    """`role`: as what somebody of the platform looked; `viewer` is their name, for compliance alone."""

    what: str
    about: str
    purpose: str
    role: str
    at: datetime
    viewer: str = ""

    @classmethod
    def of(cls, look: LookView, *, named: bool = False) -> "LookOut":
        viewer = look.viewer if named else ""
        return cls(what=look.what, about=look.about, purpose=look.purpose, role=look.role, at=look.at, viewer=viewer)


class SettingsOut(BaseModel):
    consents: list[ConsentOut]
    exports: list[ExportOut]
    erasure: ErasureOut | None
    requests: list[RequestOut]
    looks: list[LookOut]
    total_looks: int
