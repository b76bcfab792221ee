"""Held payments as finance sees them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.core.money import Money
from app.core.subject import Subject
from payments.holding.states import HoldingState


class HeldOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    operation_id: UUID
    subject: Subject
    amount: Money
    provider: str
    since: datetime
    ends_at: datetime
    days_allowed: int
    days_held: int
    holding_id: UUID | None
    state: HoldingState | None
    note: str
    decided_by: UUID | None


class HoldingsOut(BaseModel):
    holdings: list[HeldOut]
    total: int
