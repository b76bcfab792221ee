"""What finance sees of the provider's books, and says of a line."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.core.money import Money
from payments.reconciliation.states import LineState
from payments.schemas import ReasonIn


class AnswerIn(ReasonIn):
    """What an unexplained line was, and how that is known."""

    answer: Literal["suspense", "own_funds", "psp_cost", "loss"]


class FigureOut(BaseModel):
    """One currency: what the provider says it holds, the sum of its lines, what our books expect that sum to be."""

    currency: str
    balance: Money
    lines: Money
    expected: Money


class RunOut(BaseModel):
    """One comparison. `steady`: the provider's books stood still while they were read."""

    at: datetime
    agrees: bool
    steady: bool
    new_lines: int
    open_lines: int
    missing: int
    figures: list[FigureOut]


class LineOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    provider: str
    line_ref: str
    provider_kind: str
    amount: Money
    fee: Money
    source_ref: str
    state: LineState
    reason: str
    settle_as: str
    proposed_by: UUID | None
    happened_at: datetime


class LinesOut(BaseModel):
    """`missing` are keys of our operations that the provider's books do not show."""

    last: RunOut | None
    missing: list[str]
    lines: list[LineOut]
    total: int
