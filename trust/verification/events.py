"""What verification tells, and what other domains tell it: declared here, for they look down on it and it never looks
up.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class BankAccountConfirmed(Event):
    """An account at a bank of `country`, whose holder has the company's registered name, proved to be its own.

    how     `bank`: a second member of the company confirmed it; `payout`: a payout arrived there; `micro_deposit`: the
            company knew how much a small transfer to it was
    since   when that was, where it is told later: another account, told of since, counts no more
    """

    organisation_id: UUID
    account_id: UUID
    country: str
    how: str
    since: datetime | None = None


@dataclass(frozen=True)
class BankAccountEnded(Event):
    """The company has no confirmed account any more."""

    organisation_id: UUID
    account_id: UUID


@dataclass(frozen=True)
class FactsChanged(Event):
    """Facts about a company were confirmed, anew or for the first time, or one of them ended before its day."""

    organisation_id: UUID
