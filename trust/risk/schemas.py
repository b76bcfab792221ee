"""Shapes of the desk of risk."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from trust.risk.engine import Mode

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=1000)]
Typed = Annotated[str, StringConstraints(max_length=4000)]


class RuleOut(BaseModel):
    """A rule as it is in force, and how it did in 30 days; `percent` of judged hits were right, None before any was."""

    code: str
    label: str
    group: str
    points: list[str]
    hard: bool
    weight: int
    version: int
    mode: Mode
    parameters: dict[str, Any]
    trial: dict[str, Any] | None
    live: int
    silent: int
    harm: int
    harmless: int
    percent: int | None


class HoldOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    subject: str
    organisation_name: str
    rule: str
    placed_at: datetime
    until: datetime
    asked_by: UUID | None
    reason: str


class ChangeOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    rule: str
    mode: Mode
    parameters: dict[str, Any]
    trial: dict[str, Any] | None
    source: str
    set_by: UUID | None
    set_at: datetime
    verdict: str


class RiskOut(BaseModel):
    rules: list[RuleOut]
    waiting: list[ChangeOut]
    holds: list[HoldOut]
    decisions: dict[str, int]


class HitOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    rule: str
    version: int
    mode: Mode
    action: int
    value: str
    inputs: dict[str, Any]
    threshold: dict[str, Any]
    point: str
    subject: str
    organisation_name: str
    at: datetime
    harm: bool | None


class ReplayOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    inputs: int
    would_hit: int
    differ: int
    harm: int
    harm_found: int
    harmless: int
    harmless_found: int


class RulePageOut(BaseModel):
    rule: RuleOut
    settings: list[ChangeOut]
    hits: list[HitOut]
    replay: ReplayOut | None


class ChangeIn(BaseModel):
    """`parameters` by name as they are typed, lists one a line; `beside`: try these and leave what is in force."""

    mode: Mode
    parameters: dict[str, Typed] = {}
    beside: bool = False
    reason: Reason


class TriedIn(BaseModel):
    """`set`: parameters to try on the past, such as `hours=24, open_deals=2`; "" for none."""

    set: Typed = ""


class ReleaseIn(BaseModel):
    """`reason` is for whoever asks first; who agrees needs none."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = ""
