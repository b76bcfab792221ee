"""Whether the buyer is who it seems, and pays as agreed: BUY-01 to BUY-04, BUY-06, BUY-07."""

import re
import unicodedata

from app.core.i18n import N_
from trust.risk.engine import Action, Group, Inputs, Judged, Notice, Parameters, Point, Rule
from trust.risk.facts import BankFacts, ContractFacts, DocumentFacts
from trust.risk.facts_of_people import ChargebackFacts, ReceiptFacts, RefundFacts
from trust.risk.rules.similar import alike


def refund(facts: RefundFacts) -> Inputs | None:
    """How much came beyond what was asked, in percent of that, and whether it shall go to somebody else."""
    beyond = facts.came * 100 // facts.asked if facts.asked else None
    if facts.payee and facts.payer:
        return {"percent": beyond, "alike": 100 if facts.same else alike(facts.payee, [facts.payer])}
    if facts.payee:
        return {"percent": beyond, "alike": None}
    return None


def judge_refund(inputs: Inputs, parameters: Parameters) -> Judged | None:
    """Another's account is refused; where nobody knows who paid, people look."""
    likeness, percent = inputs["alike"], inputs["percent"]
    value = f"{'?' if percent is None else percent} %"
    if likeness is None:
        return Judged(Action.REVIEW, value, hours=parameters["hours"])
    if likeness >= parameters["alike"]:
        return None
    if percent is not None and percent <= parameters["percent"]:
        return Judged(Action.REVIEW, value, hours=parameters["hours"])
    return Judged(Action.BLOCK, value)


def payer(facts: ReceiptFacts) -> Inputs | None:
    """Names are not kept: only how alike they are, in percent."""
    if facts.same or not facts.payer.strip():
        return None
    return {"alike": alike(facts.payer, facts.names)}


def judge_payer(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs["alike"] >= parameters["percent"]:
        return None
    return Judged(Action.REVIEW, f"{inputs['alike']} %", hours=parameters["hours"])


SOFT = {
    "applicant_signs": (
        r"(?:certificate|receipt|report|document)s? .{0,60}(?:issued|signed|countersigned|authenticated)"
        r" .{0,30}(?:by|of) (?:the )?(?:applicant|buyer)"
        r"|(?:由|经)?(?:开证)?申请人.{0,12}(?:签发|签字|签署|会签|出具)"
    ),
    "further_notice": (
        r"(?:operative|effective|valid|available) only .{0,60}(?:notice|notification|amendment|approval|confirmation)"
        r"|(?:另行|待).{0,6}通知.{0,6}(?:后)?(?:方|才|始)?(?:能|可)?生效"
    ),
    "after_arrival": (
        r"(?:pay(?:ment|able)?|honou?r(?:ed)?) .{0,40}(?:only )?(?:after|upon|subject to) .{0,40}"
        r"(?:clearance|inspection at destination|import licen[cs]e|resale|receipt of (?:funds|proceeds))"
        r"|货到.{0,12}(?:检验|清关|进口许可).{0,12}(?:后)?(?:才|方)?付款"
    ),
    "vessel_named_later": (
        r"(?:vessel|ship|shipping company|port)s? .{0,30}(?:to be )?(?:named|nominated|designated|advised)"
        r" .{0,20}by (?:the )?(?:applicant|buyer)|船名.{0,8}(?:由|待).{0,8}申请人.{0,8}(?:通知|指定)"
    ),
}
"""Conditions of a documentary credit that leave payment to the buyer's liking, by a name of ours."""
_SOFT = {name: re.compile(said) for name, said in SOFT.items()}
_CREDIT = re.compile(r"letters? of credit|documentary credit|\bl/?c\b|信用证|开证")


def soft(facts: ContractFacts | BankFacts) -> Inputs | None:
    """Conditions of a documentary credit by their names; of an account, that nobody knows its bank."""
    if isinstance(facts, BankFacts):
        return {"bank": True} if facts.unlisted else None
    text = " ".join(unicodedata.normalize("NFKC", facts.parties.clauses).casefold().split())
    if not _CREDIT.search(text):
        return None
    found = [name for name, pattern in _SOFT.items() if pattern.search(text)]
    return {"clauses": found} if found else None


def judge_soft(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if "bank" in inputs:
        return Judged(Action.WARN, "BIC")
    found = [name for name in inputs["clauses"] if name not in parameters["let_pass"]]
    return Judged(Action.WARN, ", ".join(found)) if found else None


def disputed(facts: ChargebackFacts) -> Inputs | None:
    return {"disputed": facts.disputed}


def judge_disputed(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs["disputed"] < parameters["times"]:
        return None
    return Judged(Action.REVIEW, str(inputs["disputed"]), notice=Notice.RESTRICT)


def redirected(facts: DocumentFacts | ContractFacts) -> Inputs | None:
    """Of a contract, and of an amendment, the countries of the place where the supplier is to hand over and of the
    consignee; of papers those of the port of discharge and of the consignee of this shipment.
    """
    if isinstance(facts, ContractFacts):
        agreed, named = facts.parties.destination, facts.parties.places
    else:
        agreed, named = facts.paper.destination, facts.paper.places
    elsewhere = [country for country in named if country and country != agreed]
    if not agreed or not elsewhere:
        return None
    return {"agreed": agreed, "named": elsewhere, "contract": isinstance(facts, ContractFacts)}


def judge_redirected(inputs: Inputs, parameters: Parameters) -> Judged | None:
    """A country to which goods are diverted holds order or contract; another is looked at in papers, while contracts
    name the port of a neighbour as a matter of course.
    """
    named = [inputs["named"]] if isinstance(inputs["named"], str) else inputs["named"]  # one, of version 2
    pairs = [f"{inputs['agreed']}-{country}" for country in named]
    left = [pair for pair in pairs if pair not in parameters["let_pass"]]
    risky = [pair for pair in left if pair[3:] in parameters["high_risk"]]
    told = risky if inputs.get("contract") else left
    if not told:
        return None
    return Judged(Action.REVIEW, ", ".join(told), hours=parameters["hours"] if risky else 0)


def credit(facts: ContractFacts) -> Inputs | None:
    if facts.cents is None or not facts.parties.credit:
        return None
    owed = facts.cents * facts.parties.credit // 100
    return {"owed": owed, "percent": facts.parties.credit, "settled": facts.parties.settled}


def judge_credit(inputs: Inputs, parameters: Parameters) -> Judged | None:
    known = inputs["settled"] >= parameters["completed"]
    limit = parameters["known_usd"] if known else parameters["limit_usd"]
    if inputs["owed"] <= limit * 100:
        return None
    return Judged(Action.BLOCK, f"{inputs['owed'] // 100} USD ({inputs['percent']} %)")


RULES = (
    Rule(
        code="BUY-01",
        version=1,
        group=Group.BUYER,
        label=N_("Money that came is to go back to somebody else"),
        points=frozenset((Point.REFUND,)),
        hard=True,
        weight=60,
        measure=refund,
        judge=judge_refund,
    ),
    Rule(
        code="BUY-02",
        version=1,
        group=Group.BUYER,
        label=N_("Somebody else than the buyer paid"),
        points=frozenset((Point.RECEIPT,)),
        hard=True,
        weight=30,
        measure=payer,
        judge=judge_payer,
    ),
    Rule(
        code="BUY-03",
        version=2,
        group=Group.BUYER,
        label=N_("Soft clauses of a letter of credit, or an account at a bank that is in no directory"),
        points=frozenset((Point.CONTRACT, Point.BANK_CHANGE)),
        hard=True,
        weight=20,
        measure=soft,
        judge=judge_soft,
    ),
    Rule(
        code="BUY-04",
        version=1,
        group=Group.BUYER,
        label=N_("The buyer's bank takes payments back again and again"),
        points=frozenset((Point.CHARGEBACK,)),
        hard=True,
        weight=40,
        measure=disputed,
        judge=judge_disputed,
    ),
    Rule(
        code="BUY-06",
        version=3,
        group=Group.BUYER,
        label=N_("The goods go to another country than was agreed"),
        points=frozenset((Point.CONTRACT, Point.DOCUMENTS)),
        hard=True,
        weight=40,
        measure=redirected,
        judge=judge_redirected,
    ),
    Rule(
        code="BUY-07",
        version=1,
        group=Group.BUYER,
        label=N_("More is paid after shipment than the buyer's history carries"),
        points=frozenset((Point.CONTRACT,)),
        hard=True,
        weight=30,
        measure=credit,
        judge=judge_credit,
    ),
)
