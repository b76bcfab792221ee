"""What cases tell the domains whose things they are about."""

from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event
from app.core.money import Money
from app.core.subject import Subject


@dataclass(frozen=True)
class CaseRuled(Event):
    """A case was decided. Until `final` either side may appeal, so money waits; a listing that harms does not.

    share   of a dispute: what the complainant and the respondent get of the held money
    """

    case_id: UUID
    number: str
    kind: str
    subject: Subject
    remedy: str
    final: bool
    complainant_id: UUID | None = None
    respondent_id: UUID | None = None
    to_complainant: Money | None = None
    to_respondent: Money | None = None


@dataclass(frozen=True)
class CaseEnded(Event):
    """Nothing more will happen to a case; `how`: closed, withdrawn or settled. A reporter is no company."""

    case_id: UUID
    kind: str
    subject: Subject
    how: str
    complainant_id: UUID | None = None
