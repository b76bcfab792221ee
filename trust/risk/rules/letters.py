"""Whether an answer by mail is from whom it says: BEC-07."""

from app.core.i18n import N_
from trust.risk.engine import Action, Group, Inputs, Judged, Notice, Parameters, Point, Rule
from trust.risk.facts import LetterFacts

DOUBTS = ("sender", "dmarc", "unproven", "reply_to")
"""What can be wrong with it, in the order in which it is told."""


def provenance(facts: LetterFacts) -> Inputs:
    return {
        "own": facts.own,
        "domain": facts.domain,
        "spf": facts.spf,
        "dkim": facts.dkim,
        "dmarc": facts.dmarc,
        "aligned": sorted(facts.aligned),
        "reply_to": facts.reply_to,
    }


def doubts(inputs: Inputs, parameters: Parameters) -> list[str]:
    """Of DOUBTS, those that are met.

    proofs    how many of SPF, DKIM and DMARC must have passed for the sender's domain; a domain that says by DMARC that
              it did not send the letter is believed in any case
    reply_to  1: an answer that would go to another address counts too
    """
    met = {
        "sender": not inputs["own"],
        "dmarc": inputs["dmarc"] == "fail",
        "unproven": inputs["dmarc"] != "fail" and len(inputs["aligned"]) < parameters["proofs"],
        "reply_to": bool(inputs["reply_to"]) and bool(parameters["reply_to"]),
    }
    return [name for name in DOUBTS if met[name]]


def judge_provenance(inputs: Inputs, parameters: Parameters) -> Judged | None:
    found = doubts(inputs, parameters)
    return Judged(Action.WARN, ", ".join(found), notice=Notice.QUARANTINE) if found else None


RULES = (
    Rule(
        code="BEC-07",
        version=1,
        group=Group.PAYMENT,
        label=N_("An answer by mail that may be from somebody else"),
        points=frozenset((Point.LETTER,)),
        hard=True,
        weight=20,
        measure=provenance,
        judge=judge_provenance,
    ),
)
