"""What stands in a credit file: kinds of entries, each with its words. None of them has to do with what a company pays
the platform.
"""

from enum import StrEnum
from typing import Any

from app.core.i18n import N_, _, ngettext
from trust.restrictions.ladder import KINDS as RUNGS
from trust.restrictions.points import BREACHES
from trust.verification.facts import FACTS, METHODS


class Kind(StrEnum):
    """What happened. Facts of an entry, by name, stand in brackets.

    FACT_VERIFIED (fact, method), FACT_EXPIRED (fact)
    DELIVERED_ON_TIME (), DELIVERED_LATE (days)
    INSPECTED (result, how): of goods before shipment, passed or failed; the buyer accepted the report, or let it stand
    DEAL_PAID (), DEAL_DONE (how), DEAL_REFUNDED ()
    RATED (goods, service, time): stars from 1 to 5
    DISPUTE_RULED (share): percent of the contested money that this side got
    COMPLAINT_UPHELD (topic), COMPLAINT_DISMISSED (topic)
    RESTRICTED (rung), RESTRICTION_ENDED (rung), RESTRICTION_UNDONE (rung, of): on appeal
    FINDING (): an authority's final decision
    POINTS (breach, points)
    CHARGEBACK (side, lost): of the buyer or the supplier, and whether the bank decided against it
    CORRECTION (of): an entry was wrong; `of` is its source
    """

    FACT_VERIFIED = "fact_verified"
    FACT_EXPIRED = "fact_expired"
    DELIVERED_ON_TIME = "delivered_on_time"
    DELIVERED_LATE = "delivered_late"
    INSPECTED = "inspected"
    DEAL_PAID = "deal_paid"
    DEAL_DONE = "deal_done"
    DEAL_REFUNDED = "deal_refunded"
    RATED = "rated"
    DISPUTE_RULED = "dispute_ruled"
    COMPLAINT_UPHELD = "complaint_upheld"
    COMPLAINT_DISMISSED = "complaint_dismissed"
    RESTRICTED = "restricted"
    RESTRICTION_ENDED = "restriction_ended"
    RESTRICTION_UNDONE = "restriction_undone"
    FINDING = "finding"
    POINTS = "points"
    CHARGEBACK = "chargeback"
    CORRECTION = "correction"


LABELS = {
    Kind.FACT_VERIFIED: N_("Confirmed"),
    Kind.FACT_EXPIRED: N_("Confirmation expired"),
    Kind.DELIVERED_ON_TIME: N_("Goods shipped in time and delivered"),
    Kind.DELIVERED_LATE: N_("Goods shipped late and delivered"),
    Kind.INSPECTED: N_("Goods inspected before shipment"),
    Kind.DEAL_PAID: N_("Goods paid before shipment as agreed"),
    Kind.DEAL_DONE: N_("Deal completed"),
    Kind.DEAL_REFUNDED: N_("Deal ended with the money back at the buyer"),
    Kind.RATED: N_("Rated by the other side"),
    Kind.DISPUTE_RULED: N_("Dispute decided"),
    Kind.COMPLAINT_UPHELD: N_("Complaint upheld"),
    Kind.COMPLAINT_DISMISSED: N_("Complaint dismissed"),
    Kind.RESTRICTED: N_("Restricted by the platform"),
    Kind.RESTRICTION_ENDED: N_("Restriction ended"),
    Kind.RESTRICTION_UNDONE: N_("Restriction undone on appeal"),
    Kind.FINDING: N_("Decision of an authority"),
    Kind.POINTS: N_("Points for a breach of rules"),
    Kind.CHARGEBACK: N_("Payment contested at the buyer's bank"),
    Kind.CORRECTION: N_("Corrected"),
}
RESULTS = {"passed": N_("the goods conformed"), "failed": N_("the goods did not conform")}
HOW = {
    "accepted": N_("accepted by the buyer"),
    "silence": N_("no word of the buyer within the agreed time"),
    "settled": N_("settled between the sides"),
}


def said(kind: Kind, facts: dict[str, Any]) -> str:
    """What an entry says beyond its label, in the reader's words; "" where there is no more."""
    match kind:
        case Kind.FACT_VERIFIED:
            fact, method = FACTS[facts["fact"]], METHODS[facts["method"]]
            return f"{_(fact)} · {_(method)}"
        case Kind.FACT_EXPIRED:
            ended = FACTS[facts["fact"]]
            return _(ended)
        case Kind.DELIVERED_LATE:
            days = int(facts["days"])
            return ngettext("%(n)s day late", "%(n)s days late", days) % {"n": days}
        case Kind.INSPECTED:
            result, how = RESULTS[facts["result"]], HOW[facts["how"]]
            return f"{_(result)} · {_(how)}"
        case Kind.DEAL_DONE:
            how = HOW[facts["how"]]
            return _(how)
        case Kind.RATED:
            stars = {name: facts[name] for name in ("goods", "service", "time")}
            return _("goods %(goods)s, communication %(service)s, punctuality %(time)s of 5") % stars
        case Kind.DISPUTE_RULED:
            return _("%(share)s %% of the contested money went to this company") % {"share": facts["share"]}
        case Kind.RESTRICTED | Kind.RESTRICTION_ENDED | Kind.RESTRICTION_UNDONE:
            rung = RUNGS[facts["rung"]]
            return _(rung)
        case Kind.POINTS:
            breach = BREACHES[facts["breach"]]
            return f"{_(breach)} · {facts['points']}"
        case Kind.CHARGEBACK:
            return _("decided against this company") if facts["lost"] else _("not decided against this company")
    return ""
