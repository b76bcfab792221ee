"""Who is tied to a company that was excluded: OPS-04."""

from app.core.i18n import N_
from trust.risk.engine import Action, Group, Inputs, Judged, Parameters, Point, Rule
from trust.risk.facts_of_people import ExclusionFacts
from trust.risk.rules.people import WEAK


def tied(facts: ExclusionFacts) -> Inputs | None:
    return {"company": facts.company, "kinds": sorted(facts.kinds), "confirmed": facts.confirmed}


def judge_tied(inputs: Inputs, parameters: Parameters) -> Judged | None:
    """A link that people confirmed, something strong in common, or several weak things."""
    kinds = set(inputs["kinds"]) - set(parameters["let_pass"])
    if not inputs["confirmed"] and not kinds - WEAK and len(kinds & WEAK) < parameters["weak"]:
        return None
    return Judged(Action.REVIEW, ", ".join(sorted(kinds)))


RULES = (
    Rule(
        code="OPS-04",
        version=1,
        group=Group.IDENTITY,
        label=N_("Tied to a company that was excluded"),
        points=frozenset((Point.EXCLUSION,)),
        hard=True,
        weight=60,
        measure=tied,
        judge=judge_tied,
    ),
)
