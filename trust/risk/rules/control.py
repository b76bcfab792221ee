"""Export control: OPS-05. People say so, no rule finds it; what stands still meanwhile is a hold like any other."""

from app.core.i18n import N_
from trust.risk.engine import Action, Group, Inputs, Judged, Parameters, Rule


def nothing(_facts: object) -> Inputs | None:
    return None


def judge_suspicion(_inputs: Inputs, parameters: Parameters) -> Judged:
    return Judged(Action.HOLD, "", hours=parameters["hours"])


RULES = (
    Rule(
        code="OPS-05",
        version=1,
        group=Group.LAUNDERING,
        label=N_("Suspected violation of export control, raised by compliance"),
        points=frozenset(),
        hard=True,
        weight=0,
        measure=nothing,
        judge=judge_suspicion,
    ),
)
