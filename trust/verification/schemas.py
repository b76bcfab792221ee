"""Shapes of verification that cross the border."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from app.core.payload import Upload
from trust.verification.queries import FactView, RequestView


class VerificationIn(BaseModel):
    """`licence` is needed; the others help. Files are sealed before they are kept."""

    representative: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120)]
    licence: Upload
    authority: Upload | None = None
    other: Upload | None = None
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""


class FactOut(BaseModel):
    fact: str
    value: str
    method: str
    confirmed_at: datetime
    valid_until: datetime
    state: str

    @classmethod
    def of(cls, f: FactView) -> "FactOut":
        return cls(
            fact=f.fact,
            value=f.value,
            method=f.method,
            confirmed_at=f.confirmed_at,
            valid_until=f.valid_until,
            state=f.state,
        )


class RequestOut(BaseModel):
    id: UUID
    state: str
    reason: str
    verdicts: dict[str, str]
    created_at: datetime
    decided_at: datetime | None

    @classmethod
    def of(cls, r: RequestView) -> "RequestOut":
        return cls(
            id=r.id,
            state=r.state,
            reason=r.reason,
            verdicts=r.verdicts,
            created_at=r.created_at,
            decided_at=r.decided_at,
        )


class VerificationOut(BaseModel):
    level: int
    facts: list[FactOut]
    requests: list[RequestOut]
