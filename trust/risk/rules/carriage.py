"""What moves with goods and money: BEC-06, BEC-08, ADV-05 to ADV-07."""

import re

from stdnum import iso6346
from stdnum.exceptions import ValidationError

from app.core.i18n import N_
from trust.risk.engine import Action, Group, Inputs, Judged, Notice, Parameters, Point, Rule
from trust.risk.facts import DocumentFacts, PayoutFacts
from trust.risk.facts_of_people import FileFacts, ShipmentFacts

_PLAIN = re.compile(r"[\s\-./]+")
_CONTAINER = re.compile(r"[A-Z]{3}[UJZ]\d{7}")
_AIR = re.compile(r"\d{11}")
_POSTAL = re.compile(r"[A-Z]{2}\d{9}[A-Z]{2}")
_POSTAL_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def wrong_number(tracking: str) -> str:
    """What kind of number this is by its form, where its check digit does not fit; "" where it does, or no form is
    known.

    Containers: ISO 6346. Air waybills: the serial number modulo 7 (IATA Resolution 600a); eleven digits of which others
    are numbered too, so they count only with the hyphen after the airline's three. Post: UPU S10.
    """
    number = _PLAIN.sub("", tracking.upper())
    if _CONTAINER.fullmatch(number):
        try:
            iso6346.validate(number)
        except ValidationError:
            return "container"
    if re.fullmatch(r"\s*\d{3}-\d{4}\s?\d{4}\s*", tracking) and _AIR.fullmatch(number):
        return "" if int(number[3:10]) % 7 == int(number[10]) else "air_waybill"
    if _POSTAL.fullmatch(number):
        total = sum(int(digit) * weight for digit, weight in zip(number[2:10], _POSTAL_WEIGHTS, strict=True))
        check = {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11)
        return "" if check == int(number[10]) else "post"
    return ""


def tracked(facts: ShipmentFacts) -> Inputs | None:
    wrong = wrong_number(facts.tracking)
    return {"late": max(0, facts.late), "wrong": wrong} if facts.late > 0 or wrong else None


def judge_tracked(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs["wrong"]:
        return Judged(Action.HOLD, inputs["wrong"], hours=parameters["hours"])
    if inputs["late"] <= parameters["days"]:
        return None
    return Judged(Action.WARN, str(inputs["late"]))


def reused(facts: DocumentFacts) -> Inputs | None:
    return {"orders": facts.paper.reused} if facts.paper.reused else None


def judge_reused(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs["orders"] < parameters["orders"]:
        return None
    return Judged(Action.REVIEW, str(inputs["orders"]), hours=parameters["hours"])


def worse(facts: ShipmentFacts) -> Inputs | None:
    """Shares of what went wrong, in basis points; of the time before, one at least, so that the first can be told."""
    bad, whole = facts.recent
    if not bad or not whole:
        return None
    bad_before, whole_before = facts.before
    before = 10_000 * max(1, bad_before) // max(1, whole_before) if whole_before else 0
    return {"bad": bad, "now": 10_000 * bad // whole, "before": before}


def judge_worse(inputs: Inputs, parameters: Parameters) -> Judged | None:
    jumped = inputs["before"] and inputs["now"] > parameters["times"] * inputs["before"]
    if inputs["bad"] < parameters["cases"] or not jumped:
        return None
    value = f"{inputs['bad']}: {inputs['before'] // 100} → {inputs['now'] // 100} %"
    return Judged(Action.REVIEW, value, notice=Notice.RESTRICT)


def edited(facts: FileFacts) -> Inputs | None:
    """A file that calls itself one of our documents, and is not."""
    return {"numbers": len(facts.numbers), "maker": facts.maker[:60]} if facts.numbers and not facts.ours else None


def judge_edited(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs["numbers"] < parameters["at_least"]:
        return None
    return Judged(Action.REVIEW, inputs["maker"] or str(inputs["numbers"]), hours=parameters["hours"])


def scattered(facts: PayoutFacts) -> Inputs | None:
    return {"accounts": facts.accounts} if facts.accounts > 1 else None


def judge_scattered(inputs: Inputs, parameters: Parameters) -> Judged | None:
    return Judged(Action.REVIEW, str(inputs["accounts"])) if inputs["accounts"] >= parameters["accounts"] else None


RULES = (
    Rule(
        code="BEC-06",
        version=1,
        group=Group.PAYMENT,
        label=N_("A file calls itself a document of the platform, and is another"),
        points=frozenset((Point.FILE,)),
        hard=True,
        weight=50,
        measure=edited,
        judge=judge_edited,
    ),
    Rule(
        code="BEC-08",
        version=1,
        group=Group.PAYMENT,
        label=N_("Payouts to several accounts within days"),
        points=frozenset((Point.PAYOUT,)),
        hard=True,
        weight=20,
        measure=scattered,
        judge=judge_scattered,
    ),
    Rule(
        code="ADV-05",
        version=1,
        group=Group.SELLER,
        label=N_("A tracking number that cannot be, or goods long after the agreed day"),
        points=frozenset((Point.SHIPMENT,)),
        hard=True,
        weight=40,
        measure=tracked,
        judge=judge_tracked,
    ),
    Rule(
        code="ADV-06",
        version=1,
        group=Group.SELLER,
        label=N_("The number of this paper stands in others' orders"),
        points=frozenset((Point.DOCUMENTS,)),
        hard=True,
        weight=60,
        measure=reused,
        judge=judge_reused,
    ),
    Rule(
        code="ADV-07",
        version=2,
        group=Group.SELLER,
        label=N_("Far more late or disputed shipments than before"),
        points=frozenset((Point.SHIPMENT,)),
        hard=True,
        weight=30,
        measure=worse,
        judge=judge_worse,
    ),
)
