"""Decisions that take two people, as JSON and as forms."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.core.money import Money
from app.core.subject import Subject
from payments.schemas import Reason, WithAmount


class ApprovalOut(BaseModel):
    """`two_people`: whether one was enough; `page` shows what it is about."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str
    subject: Subject
    amount: Money
    reason: str
    two_people: bool
    state: str
    proposed_by: UUID
    decided_by: UUID | None
    note: str
    created_at: datetime
    page: str = ""


class ApprovalsOut(BaseModel):
    """`waiting` for a second person, and a page of those that are over; `limits` by currency."""

    waiting: list[ApprovalOut]
    over: list[ApprovalOut]
    total: int
    limits: list[Money]


class LimitIn(WithAmount):
    """Up to this amount one person is enough."""

    reason: Reason


class CompanyLimitIn(BaseModel):
    """Up to this amount one person is enough; without an amount always."""

    amount: str = ""
    amount_currency: str = "USD"
    reason: Reason
