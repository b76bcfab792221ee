"""Whether an account is used by others, or to carry off what stands here: ID-09, OPS-02."""

from app.core.i18n import N_
from trust.risk.engine import Action, Group, Inputs, Judged, Parameters, Point, Rule
from trust.risk.facts_of_people import ExportFacts, LoginFacts


def taken_out(facts: ExportFacts) -> Inputs | None:
    return None if facts.let_go else {"role": facts.role, "today": facts.today, "usual": facts.usual}


def judge_taken_out(inputs: Inputs, parameters: Parameters) -> Judged | None:
    """Above what is usual for the role, and above a number that anybody may take out."""
    if inputs["today"] <= max(inputs["usual"], parameters["floor"]):
        return None
    return Judged(Action.BLOCK, f"{inputs['today']} > {inputs['usual']}", hours=parameters["hours"])


def tried(facts: LoginFacts) -> Inputs | None:
    return {"tries": facts.tries}


def judge_tried(inputs: Inputs, parameters: Parameters) -> Judged | None:
    return Judged(Action.REVIEW, str(inputs["tries"])) if inputs["tries"] > parameters["tries"] else None


RULES = (
    Rule(
        code="ID-09",
        version=1,
        group=Group.IDENTITY,
        label=N_("Passwords of an account are tried out"),
        points=frozenset({Point.LOGIN}),
        hard=True,
        weight=20,
        measure=tried,
        judge=judge_tried,
    ),
    Rule(
        code="OPS-02",
        version=1,
        group=Group.OPERATIONS,
        label=N_("Far more documents or lists taken out than is usual for the role"),
        points=frozenset({Point.EXPORT}),
        hard=True,
        weight=0,
        measure=taken_out,
        judge=judge_taken_out,
    ),
)
