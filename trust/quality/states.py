"""The kinds of quality and brand work, what is said of each, and the life of an entry; and the words for them."""

from enum import StrEnum

from app.core.i18n import N_


class Kind(StrEnum):
    """INSPECTION of goods from a listing or an order by sample; RECALL or alert of an authority; GUIDANCE of a firm;
    EVENT for brands, or training; VISIT: an authority inspects the platform."""

    INSPECTION = "inspection"
    RECALL = "recall"
    GUIDANCE = "guidance"
    EVENT = "event"
    VISIT = "visit"


class Result(StrEnum):
    PASSED = "passed"
    FAILED = "failed"


class Source(StrEnum):
    """Who made a recall or an alert known."""

    CUSTOMS = "customs"
    MARKET_AUTHORITY = "market_authority"
    SAFETY_GATE = "safety_gate"
    CPSC = "cpsc"
    OTHER = "other"


class Event(StrEnum):
    """What an event was."""

    BRAND_EVENT = "brand_event"
    TRAINING = "training"


class WorkState(StrEnum):
    PLANNED = "planned"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class WorkMove(StrEnum):
    DO = "do"
    WITHDRAW = "withdraw"


S, M = WorkState, WorkMove
WORK_MOVES = {
    (S.PLANNED, M.DO): S.DONE,
    (S.PLANNED, M.WITHDRAW): S.WITHDRAWN,
    (S.DONE, M.WITHDRAW): S.WITHDRAWN,
}
"""Only a visit is planned; everything else is entered when it has happened."""

FACTS: dict[Kind, tuple[str, ...]] = {
    Kind.INSPECTION: ("about", "standard", "aql", "result"),
    Kind.RECALL: ("source", "reference"),
    Kind.GUIDANCE: ("company",),
    Kind.EVENT: ("event", "hours", "participants"),
    Kind.VISIT: ("organ",),
}
"""What has to be said of each kind beside title and day."""
FINDS = (Kind.RECALL, Kind.VISIT)
"""Kinds under which something is found: listings that are recalled, or what an authority objects to."""
DOCUMENTED = (Kind.INSPECTION,)
"""Kinds that are nothing without their document."""

KINDS = {
    Kind.INSPECTION: N_("Sample inspection"),
    Kind.RECALL: N_("Recall or alert"),
    Kind.GUIDANCE: N_("Guided company"),
    Kind.EVENT: N_("Event or training"),
    Kind.VISIT: N_("Inspection by an authority"),
}
DAYS = {
    Kind.INSPECTION: N_("Inspected on"),
    Kind.RECALL: N_("Known since"),
    Kind.GUIDANCE: N_("Guided on"),
    Kind.EVENT: N_("Held on"),
    Kind.VISIT: N_("Planned for"),
}
RESULTS = {Result.PASSED: N_("Passed"), Result.FAILED: N_("Not passed")}
SOURCES = {
    Source.CUSTOMS: N_("Customs"),
    Source.MARKET_AUTHORITY: N_("Market supervision authority"),
    Source.SAFETY_GATE: N_("Safety Gate of the EU"),
    Source.CPSC: N_("Consumer Product Safety Commission of the USA"),
    Source.OTHER: N_("Another source"),
}
EVENTS = {Event.BRAND_EVENT: N_("Brand event"), Event.TRAINING: N_("Training")}
STATES = {S.PLANNED: N_("Planned, not held yet"), S.DONE: N_("On record"), S.WITHDRAWN: N_("Withdrawn")}
TONES = {S.PLANNED: "waiting", S.DONE: "settled", S.WITHDRAWN: "neutral"}
HAPPENED = {
    "quality.recorded": N_("Entered in the register"),
    "quality.done": N_("It took place"),
    "quality.withdrawn": N_("Withdrawn"),
    "quality.found": N_("Something found"),
    "quality.ended": N_("What was found is settled"),
    "quality.document": N_("Document fetched"),
}
