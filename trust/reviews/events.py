"""What the moderation queue tells the domains whose things it judged."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from app.core.jobs import Event
from app.core.subject import Subject


class Verdict(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"
    MORE = "more"


@dataclass(frozen=True)
class ReviewDecided(Event):
    """A moderator decided. `facts` maps each fact judged by itself to "" (accepted) or to the reason it was refused."""

    review_id: UUID
    kind: str
    subject: Subject
    organisation_id: UUID
    verdict: Verdict
    reason: str
    decided_by: UUID
    facts: dict[str, str] = field(default_factory=dict)
