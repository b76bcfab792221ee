"""What is watched, from which value on somebody is told, and in which words."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from app.core.i18n import N_


class Unit(StrEnum):
    COUNT = "count"
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    DISTANCE = "distance"
    """How far yesterday lies from what is usual, in robust standard deviations, whichever way."""


class Area(StrEnum):
    MACHINE = "machine"
    MONEY = "money"
    QUEUES = "queues"
    FRESHNESS = "freshness"
    CHANGE = "change"


AREAS = {
    Area.MACHINE: N_("Machinery"),
    Area.MONEY: N_("Money"),
    Area.QUEUES: N_("Work that waits"),
    Area.FRESHNESS: N_("How fresh things are"),
    Area.CHANGE: N_("Unusual change"),
}


@dataclass(frozen=True, slots=True)
class Signal:
    """Something whose value is read every ten minutes. Above `limit` it is raised. Texts are messages of the catalogue.

    help  what to do about it
    path  where it can be looked at, or "" where a machine has to be
    """

    code: str
    area: Area
    name: str
    unit: Unit
    limit: Decimal
    help: str
    path: str = ""


def _s(code: str, area: Area, name: str, unit: Unit, limit: str, help_: str, path: str = "") -> Signal:
    return Signal(code, area, name, unit, Decimal(limit), help_, path)


A, U = Area, Unit
_CHANGED = N_("Look at what happened: a campaign, a fault, or an attack. It is told both ways, for more and for less.")
_ALL = (
    _s("jobs.late", A.MACHINE, N_("Oldest job that is due and was not begun"), U.MINUTES, "15",
       N_("The worker is away or overloaded. Start it, or start another.")),
    _s("jobs.dead", A.MACHINE, N_("Jobs given up in seven days"), U.COUNT, "0",
       N_("Their errors stand in the log. Mend the cause and queue them again.")),
    _s("evidence.age", A.MACHINE, N_("Since the last root of all evidence was published"), U.HOURS, "30",
       N_("A root is published each day. The worker, or the authority that stamps its time, is away."),
       "/transparency"),
    _s("money.proof", A.MONEY, N_("Proofs that failed, if the last one did"), U.COUNT, "0",
       N_("Pay nothing out. Open the proof: it names what does not add up."), "/finance/proof"),
    _s("money.proof_age", A.MONEY, N_("Since the books were last proved"), U.HOURS, "26",
       N_("They are proved each day. The worker is away, or the proof does not come to its end."), "/finance/proof"),
    _s("money.unknown", A.MONEY, N_("Payments of which nobody knows for an hour"), U.COUNT, "0",
       N_("The provider did not say what became of them. They are asked for again; see whether it answers."),
       "/finance"),
    _s("money.bookings", A.MONEY, N_("Bank bookings that wait a day for the second person"), U.COUNT, "0",
       N_("Somebody else of finance has to approve or reject them."), "/finance/bookings"),
    _s("queue.late", A.QUEUES, N_("Items of the queue past their time"), U.COUNT, "10",
       N_("Have more people at it, or look for what came in at once."), "/moderation"),
    _s("queue.oldest", A.QUEUES, N_("Oldest item of the queue"), U.HOURS, "120",
       N_("Somebody claims it, or it is let go."), "/moderation"),
    _s("cases.late", A.QUEUES, N_("Periods of cases that passed and still run"), U.COUNT, "0",
       N_("A party waits for a word that the rules promise. Open the cases, the nearest first."), "/moderation"),
    _s("statutory.overdue", A.QUEUES, N_("Statutory reports that are overdue"), U.COUNT, "0",
       N_("The law's day is over. Prepare and file them, or write down until when an authority put them off."),
       "/statutory"),
    _s("traffic.age", A.FRESHNESS, N_("Since page views were last added up, where some wait"), U.HOURS, "2",
       N_("They are added up every quarter of an hour. The worker is away."), "/figures/traffic"),
    _s("rates.age", A.FRESHNESS, N_("Since the last day that has exchange rates"), U.DAYS, "5",
       N_("Load the rates that were published since."), "/finance/rates"),
    _s("lists.age", A.FRESHNESS, N_("Since a list of sanctions was last taken in, the oldest one"), U.DAYS, "14",
       N_("Load its newest version."), "/screening"),
    _s("change.companies", A.CHANGE, N_("Companies registered yesterday"), U.DISTANCE, "3.5", _CHANGED, "/indicators"),
    _s("change.inquiries", A.CHANGE, N_("Inquiries sent yesterday"), U.DISTANCE, "3.5", _CHANGED, "/indicators"),
    _s("change.contracts", A.CHANGE, N_("Contracts in force since yesterday"), U.DISTANCE, "3.5", _CHANGED,
       "/indicators"),
    _s("change.complaints", A.CHANGE, N_("Complaints and reports of yesterday"), U.DISTANCE, "3.5", _CHANGED,
       "/moderation"),
    _s("change.views", A.CHANGE, N_("Page views of yesterday"), U.DISTANCE, "3.5", _CHANGED, "/figures/traffic"),
)  # fmt: skip
SIGNALS: Mapping[str, Signal] = MappingProxyType({one.code: one for one in _ALL})
