"""Who somebody is: ID-01, ID-03 to ID-07, ID-11, and ID-02 between the two of a contract (the account's own ID-02 is in
`payments`)."""

import re

from app.core.i18n import N_
from trust.risk.engine import Action, Group, Inputs, Judged, Parameters, Point, Rule
from trust.risk.facts import BankFacts, ContractFacts
from trust.risk.facts_of_people import JoiningFacts, VerificationFacts
from trust.risk.rules import mail
from trust.risk.rules.payments import judge_shared as judge_account
from trust.risk.rules.payments import shared as account

WEAK = frozenset(("address", "phone", "mail"))
"""What a free-trade zone, a registration agent or a web host gives many companies; one alone says little."""


def registered(facts: VerificationFacts) -> Inputs | None:
    if facts.register is None:
        return None
    return {"alike": facts.register, "same_number": facts.same_number}


def judge_registered(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs["alike"] >= parameters["percent"] and inputs["same_number"]:
        return None
    return Judged(Action.REVIEW, f"{inputs['alike']} %", hours=parameters["hours"])


def shared(facts: BankFacts | ContractFacts) -> Inputs | None:
    """By kind, what the two of a contract have in common; of an account, how many companies named it."""
    if isinstance(facts, BankFacts):
        return account(facts)
    return {"kinds": sorted(facts.parties.shared)} if facts.parties.shared else None


def judge_shared(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if "kinds" not in inputs:
        return judge_account(inputs, parameters)
    kinds = set(inputs["kinds"])
    if len(kinds & WEAK) < parameters.get("weak", 2) and not kinds - WEAK:
        return None
    return Judged(Action.REVIEW, ", ".join(inputs["kinds"]))


def address_of(facts: JoiningFacts | VerificationFacts) -> Inputs | None:
    """Not the address itself: whether it can be thrown away or had by anybody, and how large the company says it is."""
    if mail.disposable(facts.domain):
        return {"disposable": True, "cents": 0}
    cents = facts.cents if isinstance(facts, VerificationFacts) else None
    return {"disposable": False, "cents": cents} if cents and mail.public(facts.domain) else None


def judge_address(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs["disposable"]:
        return Judged(Action.WARN, "disposable")
    if inputs["cents"] <= parameters["above_usd"] * 100:
        return None
    return Judged(Action.WARN, f"{inputs['cents'] // 100} USD")


def alike(facts: JoiningFacts) -> Inputs | None:
    found = mail.looks_like(facts.domain, facts.others)
    return {"domain": facts.domain, "like": found[0], "signs": found[1]} if found else None


def judge_alike(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs["signs"] > parameters["signs"] or inputs["domain"] in parameters["let_pass"]:
        return None
    return Judged(Action.REVIEW, f"{inputs['domain']} ~ {inputs['like']}", hours=parameters["hours"])


def young(facts: ContractFacts) -> Inputs | None:
    if facts.cents is None or facts.parties.age is None:
        return None
    return {"days": facts.parties.age, "cents": facts.cents}


def judge_young(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs["days"] >= parameters["days"] or inputs["cents"] <= parameters["above_usd"] * 100:
        return None
    return Judged(Action.WARN, str(inputs["days"]))


def shell(facts: VerificationFacts) -> Inputs | None:
    """Signs of a company that is a letter box."""
    signs = {
        "no_website": not facts.website,
        "public_mail": mail.public(facts.domain) or mail.disposable(facts.domain),
        "shared_address": facts.at_address > 1,
        "shared_phone": facts.at_phone > 1,
        "no_capital": facts.cents is not None and facts.cents < 100,
    }
    found = [sign for sign, there in signs.items() if there]
    return {"signs": found, "at_address": facts.at_address} if found else None


def judge_shell(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if len(inputs["signs"]) < parameters["signs"] and inputs["at_address"] < parameters["at_address"]:
        return None
    return Judged(Action.REVIEW, f"{', '.join(inputs['signs'])} ({inputs['at_address']})")


_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z]{4,}")
_TRADE = frozenset((
    "goods", "import", "export", "trade", "trading", "technology", "products", "product", "sale", "sales", "business",
    "services", "wholesale", "retail", "with", "items", "projects", "general", "licensed", "other", "white", "black",
    "货物", "物进", "进出", "出口", "进口", "技术", "贸易", "销售", "产品", "批发", "零售", "业务", "服务", "经营",
    "项目", "许可", "一般", "国内", "加工", "制造", "生产", "制品",
))  # fmt: skip
"""What stands in every scope, and so fits everything."""


def telling(text: str) -> set[str]:
    """Words that say of goods what they are: pairs of Chinese signs, Latin words without their ending."""
    low = text.casefold()
    pairs = {run[place : place + 2] for run in _CHINESE.findall(low) for place in range(len(run) - 1)}
    words = {word.rstrip("s") for word in _LATIN.findall(low) if word not in _TRADE}
    return (pairs - _TRADE) | words


def scope(facts: ContractFacts) -> Inputs | None:
    """How many words the goods have with what the company may do; nothing where the two are in different scripts."""
    mine, goods = telling(facts.parties.scope), telling(facts.parties.goods)
    same_script = any(word.isascii() for word in mine) and any(word.isascii() for word in goods)
    same_script |= any(not word.isascii() for word in mine) and any(not word.isascii() for word in goods)
    if facts.cents is None or not same_script:
        return None
    return {"words": len(mine & goods), "cents": facts.cents}


def judge_scope(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs["words"] >= parameters["words"]:
        return None
    above = inputs["cents"] > parameters["above_usd"] * 100
    return Judged(Action.REVIEW if above else Action.WARN, str(inputs["words"]))


def ended(facts: VerificationFacts) -> Inputs | None:
    return {"kinds": sorted(facts.ended_by)} if facts.ended_by else None


def judge_ended(inputs: Inputs, parameters: Parameters) -> Judged | None:
    kinds = [kind for kind in inputs["kinds"] if kind not in parameters["let_pass"]]
    return Judged(Action.REVIEW, ", ".join(kinds), hours=parameters["hours"]) if kinds else None


_VERIFIED, _AGREED, _JOINED = (frozenset((p,)) for p in (Point.VERIFICATION, Point.CONTRACT, Point.REGISTRATION))
RULES = (
    Rule(
        code="ID-01",
        version=1,
        group=Group.IDENTITY,
        label=N_("The public register has another name or number"),
        points=_VERIFIED,
        hard=True,
        weight=50,
        measure=registered,
        judge=judge_registered,
    ),
    Rule(
        code="ID-02",
        version=2,
        group=Group.IDENTITY,
        label=N_("Several companies share a bank account, or the two of a contract share more"),
        points=frozenset((Point.BANK_CHANGE, Point.CONTRACT)),
        hard=True,
        weight=50,
        measure=shared,
        judge=judge_shared,
    ),
    Rule(
        code="ID-03",
        version=1,
        group=Group.IDENTITY,
        label=N_("An address to throw away, or a large company with an address that anybody gets"),
        points=_JOINED | _VERIFIED,
        hard=True,
        weight=15,
        measure=address_of,
        judge=judge_address,
    ),
    Rule(
        code="ID-04",
        version=1,
        group=Group.IDENTITY,
        label=N_("A domain that could be taken for a verified company's"),
        points=_JOINED,
        hard=True,
        weight=50,
        measure=alike,
        judge=judge_alike,
    ),
    Rule(
        code="ID-05",
        version=1,
        group=Group.IDENTITY,
        label=N_("A large contract with a company founded lately"),
        points=_AGREED,
        hard=True,
        weight=20,
        measure=young,
        judge=judge_young,
    ),
    Rule(
        code="ID-06",
        version=1,
        group=Group.IDENTITY,
        label=N_("Signs of a letter-box company"),
        points=_VERIFIED,
        hard=True,
        weight=30,
        measure=shell,
        judge=judge_shell,
    ),
    Rule(
        code="ID-07",
        version=1,
        group=Group.IDENTITY,
        label=N_("The goods do not fit the supplier's business scope"),
        points=_AGREED,
        hard=True,
        weight=20,
        measure=scope,
        judge=judge_scope,
    ),
    Rule(
        code="ID-11",
        version=1,
        group=Group.IDENTITY,
        label=N_("The same representative, owner or account as a company that was excluded"),
        points=_VERIFIED,
        hard=True,
        weight=60,
        measure=ended,
        judge=judge_ended,
    ),
)
