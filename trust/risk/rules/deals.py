"""What is agreed and what papers say: ADV-01, TBML-02, TBML-03, TBML-13."""

import re

from app.core.i18n import N_
from trust.risk.engine import Action, Group, Inputs, Judged, Parameters, Point, Rule
from trust.risk.facts import AmendmentFacts, BankFacts, ContractFacts, DocumentFacts

_TOKEN = re.compile(r"[a-z]{3,}|[a-z]*\d[\w.\-/]*|[\u4e00-\u9fff]{2}")
_EMPTY = frozenset((
    "accessories", "accessory", "samples", "sample", "general", "goods", "parts", "spare", "items", "item",
    "products", "product", "various",
    "assorted", "mixed", "misc", "miscellaneous", "other", "others", "materials", "material", "merchandise",
    "equipment", "cargo", "stuff", "things",
    "consumer", "daily", "commodity", "commodities", "household", "articles", "article", "and", "for", "the",
    "with", "per", "contract", "order", "new",
    "配件", "样品", "货物", "一般", "零件", "产品", "商品", "日用", "用品", "百货", "杂货", "其他", "其它",
    "材料", "设备", "物品", "物资", "若干", "一批",
))  # fmt: skip
"""Words that tell nobody what is in the box."""


def advance(facts: ContractFacts) -> Inputs | None:
    if facts.cents is None or not facts.advance:
        return None
    return {"percent": int(facts.advance), "cents": facts.cents, "completed": facts.completed}


def judge_advance(inputs: Inputs, parameters: Parameters) -> Judged | None:
    percent, cents, known = inputs["percent"], inputs["cents"], inputs["completed"] >= parameters["completed"]
    all_of_it = percent >= 100 and cents > parameters["all_above_usd"] * 100
    if not all_of_it and (percent <= parameters["percent"] or known):
        return None
    value = f"{percent} %"
    if cents > parameters["hold_above_usd"] * 100 and not known:
        return Judged(Action.HOLD, value, hours=parameters["hours"])
    return Judged(Action.WARN, value)


def vague(facts: ContractFacts) -> Inputs | None:
    if facts.cents is None or not facts.goods:
        return None
    return {"cents": facts.cents, "tokens": min(tokens(line) for line in facts.goods)}


def tokens(text: str) -> int:
    """How many different words of a description tell something."""
    return len(set(_TOKEN.findall(text.casefold())) - _EMPTY)


def judge_vague(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs["tokens"] >= parameters["tokens"] or inputs["cents"] <= parameters["above_usd"] * 100:
        return None
    return Judged(Action.HOLD, str(inputs["tokens"]), hours=parameters["hours"])


def disagree(facts: DocumentFacts) -> Inputs | None:
    """On which points; what the papers say of them stands in the deal."""
    return {"points": sorted({what for what, *_said in facts.disagreements})} if facts.disagreements else None


def judge_disagree(inputs: Inputs, parameters: Parameters) -> Judged | None:
    points = [point for point in inputs["points"] if point not in parameters["let_pass"]]
    return Judged(Action.HOLD, ", ".join(points), hours=parameters["hours"]) if points else None


def amended(facts: AmendmentFacts | BankFacts) -> Inputs | None:
    """How often the sum was changed; or, of another account to be paid on, how soon a payment is due."""
    if isinstance(facts, BankFacts):
        return None if facts.due_in is None else {"due_in": facts.due_in}
    return {"amounts": facts.amounts} if facts.amounts else None


def judge_amended(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if "due_in" in inputs:
        soon = inputs["due_in"] < parameters.get("due_days", 0)  # settings of before know nothing of it
        return Judged(Action.REVIEW, f"{inputs['due_in']} d") if soon else None
    return Judged(Action.REVIEW, str(inputs["amounts"])) if inputs["amounts"] >= parameters["amounts"] else None


_AT = frozenset((Point.CONTRACT,))
RULES = (
    Rule(
        code="ADV-01",
        version=1,
        group=Group.SELLER,
        label=N_("Much money in advance to a supplier with little history"),
        points=_AT,
        hard=True,
        weight=30,
        measure=advance,
        judge=judge_advance,
    ),
    Rule(
        code="TBML-02",
        version=1,
        group=Group.LAUNDERING,
        label=N_("A large contract that does not say what the goods are"),
        points=_AT,
        hard=True,
        weight=40,
        measure=vague,
        judge=judge_vague,
    ),
    Rule(
        code="TBML-03",
        version=1,
        group=Group.LAUNDERING,
        label=N_("The papers of a shipment disagree"),
        points=frozenset((Point.DOCUMENTS,)),
        hard=True,
        weight=50,
        measure=disagree,
        judge=judge_disagree,
    ),
    Rule(
        code="TBML-13",
        version=2,
        group=Group.LAUNDERING,
        label=N_("The sum of a contract changes again and again, or the payee days before a payment"),
        points=frozenset((Point.AMENDMENT, Point.BANK_CHANGE)),
        hard=True,
        weight=20,
        measure=amended,
        judge=judge_amended,
    ),
)
