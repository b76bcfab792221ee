"""Whether an account is used by others, or to carry off what stands here: ID-08, ID-09, OPS-02."""

from app.core.i18n import N_
from trust.risk.engine import Action, Group, Inputs, Judged, Parameters, Point, Rule
from trust.risk.facts import BankFacts
from trust.risk.facts_of_people import ArrivalFacts, EditFacts, ExportFacts, LoginFacts
from trust.risk.geography import apart


def elsewhere(facts: BankFacts | EditFacts | ArrivalFacts) -> Inputs | None:
    """How far from where, or that the browser is new. Countries that the table does not know are near everything."""
    if not isinstance(facts, ArrivalFacts):
        return {"new_device": True} if facts.new_device else None
    kilometres = apart(facts.before, facts.after)
    if not kilometres:
        return None
    return {"way": f"{facts.before}-{facts.after}", "kilometres": kilometres, "minutes": facts.minutes}


def judge_elsewhere(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if "way" not in inputs:
        return Judged(Action.HOLD, "1", hours=parameters["hours"])
    if inputs["kilometres"] * 60 <= parameters.get("kilometres_an_hour", 900) * inputs["minutes"]:
        return None
    return Judged(Action.HOLD, f"{inputs['way']}, {inputs['minutes']} min", hours=parameters["hours"])


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
        code="ID-08",
        version=2,
        group=Group.IDENTITY,
        label=N_("A new browser changes a bank account or publishes, or a sign-in from farther than anybody travels"),
        points=frozenset({Point.BANK_CHANGE, Point.EDIT, Point.ARRIVAL}),
        hard=True,
        weight=30,
        measure=elsewhere,
        judge=judge_elsewhere,
    ),
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
