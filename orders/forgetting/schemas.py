"""Shapes of the retention desk."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000)]


class HoldIn(BaseModel):
    """`called`: the number of a contract or order, or the address or last part of a company's page."""

    called: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=300)]
    reference: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120)]
    reason: Reason


class LiftIn(BaseModel):
    reason: Reason


class HoldOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    label: str
    reason: str
    reference: str
    placed_by_name: str
    placed_at: datetime
    lifted_at: datetime | None
    lifted_because: str


class ClassOut(BaseModel):
    """One class of records. `kept_days` and `floor_days` are None for "for good" and "no law asks for more"."""

    key: str
    kept_days: int | None
    floor_days: int | None


class RetentionOut(BaseModel):
    """What is kept how long, and what holds it longer. `due`, `held`: deals whose time is over, waiting or held."""

    as_of: date
    classes: list[ClassOut]
    holds: list[HoldOut]
    total_holds: int
    holds_in_force: int
    forgotten_deals: int
    forgotten_verifications: int
    due: int
    held: int
