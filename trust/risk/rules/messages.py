"""What companies write to each other: OFF-01, OFF-02, BEC-04, BEC-05, BUY-05."""

from collections import Counter

from app.core.i18n import N_
from trust.risk import texts
from trust.risk.engine import Action, Group, Inputs, Judged, Notice, Parameters, Point, Rule
from trust.risk.facts import MessageFacts
from trust.risk.texts import BANK, CONTACT, MONEY, Kind

SAID = 5


def _said(facts: MessageFacts, kinds: frozenset[Kind]) -> Inputs | None:
    """Kinds with how often each was found in the text and in pictures, and a few of them with their signs covered; the
    text itself as a hash. None where there is nothing of these kinds.
    """
    found = [place for place in facts.found if place.kind in kinds]
    shown = [one for one in facts.shown if one.kind in kinds]
    if not found and not shown:
        return None
    return {
        "kinds": dict(Counter([place.kind.value for place in found] + [one.kind.value for one in shown])),
        "said": (texts.snippets(facts.text, found) + [one.said for one in shown])[:SAID],
        "text": texts.digest(facts.text),
    }


def _named(inputs: Inputs) -> str:
    return ", ".join(f"{kind} × {number}" for kind, number in sorted(inputs["kinds"].items()))


def contact(facts: MessageFacts) -> Inputs | None:
    said = _said(facts, CONTACT) if facts.before_contract else None
    return said | {"earlier": facts.earlier} if said else None


def judge_contact(inputs: Inputs, parameters: Parameters) -> Judged | None:
    """Reminded first, then masked, then people look at it."""
    times, value = inputs["earlier"] + 1, _named(inputs)
    if times >= parameters["restrict_at"]:
        return Judged(Action.REVIEW, f"{value} ({times})", notice=Notice.RESTRICT)
    if times >= parameters["mask_at"]:
        return Judged(Action.WARN, f"{value} ({times})", notice=Notice.MASK)
    return Judged(Action.ALLOW, f"{value} ({times})", notice=Notice.REMIND)


def money(facts: MessageFacts) -> Inputs | None:
    return _said(facts, MONEY)


def judge_money(inputs: Inputs, parameters: Parameters) -> Judged | None:
    return Judged(Action.BLOCK, _named(inputs)) if sum(inputs["kinds"].values()) >= parameters["at_least"] else None


def bank(facts: MessageFacts) -> Inputs | None:
    return _said(facts, BANK)


def judge_bank(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if sum(inputs["kinds"].values()) < parameters["at_least"]:
        return None
    return Judged(Action.REVIEW, _named(inputs), notice=Notice.MASK)


def pressed(facts: MessageFacts) -> Inputs | None:
    said = _said(facts, BANK | {Kind.URGENT})
    return said if said and Kind.URGENT in said["kinds"] and BANK & said["kinds"].keys() else None


def judge_pressed(inputs: Inputs, parameters: Parameters) -> Judged | None:
    return Judged(Action.HOLD, _named(inputs), hours=parameters["hours"], notice=Notice.MASK)


def repeated(facts: MessageFacts) -> Inputs | None:
    return {"same": facts.same, "text": texts.digest(facts.text)} if facts.same > 1 else None


def judge_repeated(inputs: Inputs, parameters: Parameters) -> Judged | None:
    return Judged(Action.BLOCK, str(inputs["same"])) if inputs["same"] > parameters["a_day"] else None


_AT = frozenset((Point.MESSAGE,))
RULES = (
    Rule(
        code="OFF-01",
        version=1,
        group=Group.OFF_PLATFORM,
        label=N_("Contact data or business outside the platform, before there is a contract"),
        points=_AT,
        hard=True,
        weight=10,
        measure=contact,
        judge=judge_contact,
    ),
    Rule(
        code="OFF-02",
        version=1,
        group=Group.OFF_PLATFORM,
        label=N_("Crypto-currency, money transfer service or gift card asked for"),
        points=_AT,
        hard=True,
        weight=60,
        measure=money,
        judge=judge_money,
    ),
    Rule(
        code="BEC-04",
        version=1,
        group=Group.PAYMENT,
        label=N_("Bank details or a “new account” in a text"),
        points=_AT,
        hard=True,
        weight=40,
        measure=bank,
        judge=judge_bank,
    ),
    Rule(
        code="BEC-05",
        version=1,
        group=Group.PAYMENT,
        label=N_("Hurry or secrecy together with bank details"),
        points=_AT,
        hard=True,
        weight=50,
        measure=pressed,
        judge=judge_pressed,
    ),
    Rule(
        code="BUY-05",
        version=1,
        group=Group.BUYER,
        label=N_("The same inquiry to many suppliers"),
        points=_AT,
        hard=True,
        weight=20,
        measure=repeated,
        judge=judge_repeated,
    ),
)
