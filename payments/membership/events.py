"""What happened to memberships."""

from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class MembershipStarted(Event):
    """A term was paid, or granted without a fee."""

    organisation_id: UUID
    term_id: UUID


@dataclass(frozen=True)
class MembershipVoided(Event):
    """A term does not count any more."""

    organisation_id: UUID
    term_id: UUID
