"""Where money is to go: BEC-01, BEC-02, BEC-03, ADV-04, and of ID-02 what is about accounts."""

from app.core.i18n import N_
from trust.risk.engine import Action, Group, Inputs, Judged, Parameters, Point, Rule
from trust.risk.facts import BankFacts, PayoutFacts
from trust.risk.rules.similar import alike


def changed(facts: BankFacts) -> Inputs | None:
    return {"open_deals": facts.open_deals} if facts.open_deals else None


def judge_changed(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs["open_deals"] < parameters["open_deals"]:
        return None
    return Judged(Action.HOLD, str(inputs["open_deals"]), hours=parameters["hours"])


def country(facts: BankFacts) -> Inputs | None:
    return {"account": facts.country, "company": facts.company_country}


def judge_country(inputs: Inputs, parameters: Parameters) -> Judged | None:
    pair = f"{inputs['company']}-{inputs['account']}"
    if inputs["company"] == inputs["account"] or pair in parameters["let_pass"]:
        return None
    return Judged(Action.REVIEW, pair, hours=parameters["hours"])


def holder(facts: BankFacts | PayoutFacts) -> Inputs | None:
    """Names are not kept: only how alike they are, in percent, and at which point."""
    if not facts.holder:
        return None
    return {"alike": alike(facts.holder, facts.names), "payout": isinstance(facts, PayoutFacts)}


def judge_holder(inputs: Inputs, parameters: Parameters) -> Judged | None:
    """An account is not added; a payout that was asked for waits for people."""
    if inputs["alike"] >= parameters["percent"]:
        return None
    if inputs["payout"]:
        return Judged(Action.REVIEW, f"{inputs['alike']} %", hours=parameters["hours"])
    return Judged(Action.BLOCK, f"{inputs['alike']} %")


def shared(facts: BankFacts) -> Inputs | None:
    return {"parties": facts.parties} if facts.parties > 1 else None


def judge_shared(inputs: Inputs, parameters: Parameters) -> Judged | None:
    parties = inputs["parties"]
    if parties >= parameters["hold_at"]:
        return Judged(Action.REVIEW, str(parties), hours=parameters["hours"])
    return Judged(Action.REVIEW, str(parties)) if parties >= parameters["review_at"] else None


def outgrown(facts: PayoutFacts) -> Inputs | None:
    """The 95th percentile of what was paid out before, by nearest rank."""
    former = sorted(facts.former)
    if not former:
        return None
    return {"amount": facts.amount, "usual": former[-(-95 * len(former) // 100) - 1], "former": len(former)}


def judge_outgrown(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs["former"] < parameters["former"] or inputs["amount"] <= inputs["usual"] * parameters["times"]:
        return None
    return Judged(Action.REVIEW, f"{inputs['amount'] // max(1, inputs['usual'])} ×", hours=parameters["hours"])


_CHANGE = frozenset((Point.BANK_CHANGE,))
RULES = (
    Rule(
        code="BEC-01",
        version=1,
        group=Group.PAYMENT,
        label=N_("Another bank account while deals are open"),
        points=_CHANGE,
        hard=True,
        weight=40,
        measure=changed,
        judge=judge_changed,
    ),
    Rule(
        code="BEC-02",
        version=1,
        group=Group.PAYMENT,
        label=N_("The account is in another country than the company"),
        points=_CHANGE,
        hard=True,
        weight=30,
        measure=country,
        judge=judge_country,
    ),
    Rule(
        code="BEC-03",
        version=1,
        group=Group.PAYMENT,
        label=N_("The account's holder is not the company"),
        points=frozenset((Point.BANK_CHANGE, Point.PAYOUT)),
        hard=True,
        weight=50,
        measure=holder,
        judge=judge_holder,
    ),
    Rule(
        code="ADV-04",
        version=1,
        group=Group.SELLER,
        label=N_("A payout many times larger than the usual ones"),
        points=frozenset((Point.PAYOUT,)),
        hard=True,
        weight=40,
        measure=outgrown,
        judge=judge_outgrown,
    ),
)
