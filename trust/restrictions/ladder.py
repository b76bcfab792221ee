"""The rungs of the ladder, what each takes away and for how long at most: the rules of proportion, which the database
holds to as well."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.core.i18n import N_
from app.core.workdays import add_working_days
from trust.access import Scope


class Kind(StrEnum):
    REMIND = "remind"
    PARTIAL = "partial"
    FULL = "full"
    TERMINATED = "terminated"


KINDS = {
    Kind.REMIND: N_("Reminder"),
    Kind.PARTIAL: N_("Partial restriction"),
    Kind.FULL: N_("Suspension"),
    Kind.TERMINATED: N_("Cooperation ended"),
}
MEANS = {
    Kind.REMIND: N_("A notice. It takes nothing away and ends after 30 days."),
    Kind.PARTIAL: N_("Takes the named things away, for 90 days at most."),
    Kind.FULL: N_("Nothing new can be begun. Running orders are finished, data can be exported."),
    Kind.TERMINATED: N_("As a suspension, and for good; only a new decision lets the company in again."),
}
RANK = list(Kind)
LONGEST = {Kind.REMIND: timedelta(days=30), Kind.PARTIAL: timedelta(days=90)}
"""The others last until a decision ends them."""
TWO_PEOPLE = frozenset({Kind.FULL, Kind.TERMINATED})
SUSPENDED = frozenset(Scope) - {Scope.PAYOUT}
"""What FULL and TERMINATED take away. Not payouts: what a company has earned stays its own, and keeping it back for a
while is a PARTIAL of its own with an end."""
ENFORCED = (Scope.PUBLISH, Scope.QUOTE, Scope.MESSAGE_FIRST, Scope.RECEIVE_ORDER, Scope.PAYOUT)
"""What a PARTIAL can take away; the other scopes have nothing behind them yet."""
APPEAL_DAYS = 10
DECISION_DAYS = 10
PUBLISH_DAYS = 1
"""In working days: to appeal since it was placed, to decide the appeal since it came in, to publish. The E-Commerce Law
(PRC), art. 36, says promptly; that this is one day is the platform's own rule."""
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Measure:
    """What is done to a company. `days` counts from when it takes effect; None where only a decision ends it."""

    kind: Kind
    scopes: frozenset[Scope]
    days: int | None

    def faults(self) -> dict[str, str]:
        """Field → what is out of proportion about it."""
        longest = LONGEST.get(self.kind)
        found: dict[str, str] = {}
        if self.kind is Kind.PARTIAL and not self.scopes:
            found["scopes"] = N_("Name what is taken away.")
        elif self.kind is Kind.PARTIAL and not self.scopes <= set(ENFORCED):
            found["scopes"] = N_("This cannot be taken away by itself.")
        if longest is not None and (self.days is None or not 1 <= self.days <= longest.days):
            found["days"] = (
                N_("Between 1 and 30 days.") if self.kind is Kind.REMIND else N_("Between 1 and 90 days: no longer.")
            )
        return found

    def lighter_than(self, other: "Measure") -> bool:
        """Whether it takes less away than the other, or for a shorter time, and in nothing more."""
        if self.kind is other.kind:
            shorter = other.days is not None and self.days is not None and self.days <= other.days
            return shorter and self.scopes <= other.scopes and self != other
        if RANK.index(self.kind) > RANK.index(other.kind):
            return False
        return self.kind is not Kind.PARTIAL or self.scopes <= other.scopes


def measure(kind: Kind, scopes: frozenset[Scope], days: int | None) -> Measure:
    """With what the kind itself decides: a reminder takes nothing away and lasts 30 days, a suspension has no end."""
    match kind:
        case Kind.REMIND:
            return Measure(kind, frozenset(), LONGEST[kind].days)
        case Kind.PARTIAL:
            return Measure(kind, scopes, days)
        case Kind.FULL | Kind.TERMINATED:
            return Measure(kind, SUSPENDED, None)


def working_days_after(since: datetime, days: int) -> datetime:
    """The end of the day, in China, that is so many working days after a moment."""
    day = add_working_days(since.astimezone(ZONE).date(), days)
    return (datetime.combine(day, time(), ZONE) + timedelta(days=1)).astimezone(UTC)
