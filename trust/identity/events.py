"""What happened to companies and their people."""

from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class OrganisationRegistered(Event):
    organisation_id: UUID
    member_id: UUID


@dataclass(frozen=True)
class LevelChanged(Event):
    """The verification level of a company is now `after`."""

    organisation_id: UUID
    before: int
    after: int


@dataclass(frozen=True)
class CountryChanged(Event):
    """A member signed in from another country than less than a day before, with a browser not known from there.

    minutes  between the two sign-ins
    """

    organisation_id: UUID
    member_id: UUID
    before: str
    after: str
    minutes: int


@dataclass(frozen=True)
class SignInsRefused(Event):
    """So many passwords of a member were tried within minutes that no more are taken for a while."""

    organisation_id: UUID
    member_id: UUID
    tries: int
