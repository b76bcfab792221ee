"""What finance sees of chargebacks, and what it tells the buyer's bank."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core.money import Money
from app.core.subject import Subject
from payments.chargebacks.states import ChargebackState, DefenceState
from payments.gateway import EVIDENCE_LENGTH

Line = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=EVIDENCE_LENGTH)]


class ChargebackOut(BaseModel):
    """`due_by`: until when the bank takes our side; `sources`: who bears how much of what was taken."""

    model_config = ConfigDict(from_attributes=True, arbitrary_types_allowed=True)

    id: UUID
    provider: str
    dispute_ref: str
    subject: Subject
    part: str
    amount: Money
    taken: Money
    returned: Money
    reserved: Money
    written_off: Money
    owed: Money
    sources: dict[str, Money]
    reason: str
    state: ChargebackState
    due_by: datetime | None
    opened_at: datetime
    ended_at: datetime | None
    defence: dict[str, str]
    defence_state: DefenceState


class ChargebacksOut(BaseModel):
    chargebacks: list[ChargebackOut]
    total: int


class DefenceIn(BaseModel):
    """Our side, as `payments.gateway.Evidence` has it."""

    statement: Annotated[str, Field(min_length=1, max_length=EVIDENCE_LENGTH)]
    goods: Text = ""
    buyer_name: Line = ""
    buyer_email: Line = ""
    shipped_to: Line = ""
    shipped_on: Line = ""
    carrier: Line = ""
    tracking_number: Line = ""
    policy: Text = ""
    refund_refusal: Text = ""
