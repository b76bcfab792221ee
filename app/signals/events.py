from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class SignalRaised(Event):
    """A value went above its limit; `value` and `most` as decimal numbers."""

    alarm_id: UUID
    code: str
    value: str
    most: str
