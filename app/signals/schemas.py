"""What signals look like from outside."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.signals.catalogue import Area, Unit


class LimitIn(BaseModel):
    """Another limit, with its reason."""

    code: Annotated[str, StringConstraints(max_length=40)]
    most: Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=2)]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=500)]


class SignalOut(BaseModel):
    """One signal. value: null where nothing was read; counted, usual: yesterday's number, and the median of the four
    weeks before, of signals of change; since: when it went above its limit, if it is above it.
    """

    code: str
    area: Area
    name: str
    unit: Unit
    value: Decimal | None
    counted: Decimal | None
    usual: Decimal | None
    limit: Decimal
    raised: bool
    since: datetime | None
    read_at: datetime | None


class AlarmOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    code: str
    most: Decimal
    worst: Decimal
    began_at: datetime
    ended_at: datetime | None
