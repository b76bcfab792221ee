"""What the register of incidents sets going."""

from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class NoticeAsked(Event):
    """A notice goes out to the companies named."""

    notice_id: UUID
