"""Trade that may only move money: TBML-01, TBML-04 to TBML-11.

After the risk indicators of FATF and Egmont Group, Trade-Based Money Laundering (March 2021).
"""

from decimal import Decimal

from app.core.i18n import N_
from trust.risk.engine import Action, Group, Inputs, Judged, Parameters, Point, Rule
from trust.risk.facts import ContractFacts, DocumentFacts
from trust.risk.known import UnheardFacts
from trust.risk.rules.listings import standing


def invoiced(facts: ContractFacts) -> Inputs | None:
    """The line whose price is the farthest from those of like goods: its robust z in hundredths, and percent of their
    median.
    """
    if facts.cents is None:
        return None
    found = [place for price, market in facts.known.prices if (place := standing(price, market)) is not None]
    if not found:
        return None
    far = max(found, key=lambda place: (abs(place["z"]), abs(place["of_median"] - 100)))
    return {"cents": facts.cents, "others": far["others"], "z": far["z"], "of_median": far["of_median"]}


def judge_invoiced(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs["others"] < parameters["others"]:
        return None
    away = abs(inputs["of_median"] - 100)
    large = inputs["cents"] > parameters["above_usd"] * 100 and away > parameters["percent"]
    return Judged(Action.REVIEW, f"{inputs['of_median']} %") if large or abs(inputs["z"]) > parameters["z"] else None


def twice(facts: DocumentFacts) -> Inputs | None:
    known = facts.known
    if not known.lading_again and not known.container_again:
        return None
    return {"lading": known.lading_again, "container": known.container_again, "strangers": known.strangers}


def judge_twice(inputs: Inputs, parameters: Parameters) -> Judged | None:
    """One transport document may carry several orders of the same two; for others it is not shown again."""
    if inputs["lading"] < parameters["orders"]:
        return Judged(Action.REVIEW, f"0 + {inputs['container']}") if inputs["container"] else None
    action = Action.BLOCK if inputs["strangers"] else Action.REVIEW
    return Judged(action, f"{inputs['lading']} + {inputs['container']}")


def unheard_of(facts: UnheardFacts) -> Inputs | None:
    return None if facts.transport_paper or facts.delivered else {"days": facts.days}


def judge_unheard_of(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs["days"] < parameters["days"]:
        return None
    return Judged(Action.HOLD, str(inputs["days"]), hours=parameters["hours"])


def route(facts: DocumentFacts) -> Inputs | None:
    known = facts.known
    if not known.loading or not known.discharge:
        return None
    made = sorted({known.supplier, *known.origins} - {""})
    return {"made": made, "loading": known.loading, "discharge": known.discharge, "destination": known.destination}


def judge_route(inputs: Inputs, parameters: Parameters) -> Judged | None:
    """Goods come from where they are made and go where they are used, or by a port that serves that country; countries
    that are known for passing on goods are looked at where they are neither.
    """
    loading, discharge, destination = inputs["loading"], inputs["discharge"], inputs["destination"]
    hubs, value = parameters["hubs"], f"{loading}-{discharge}-{destination}"
    passed_on = (discharge in hubs and discharge != destination) or (loading in hubs and loading not in inputs["made"])
    returned = discharge in inputs["made"] and discharge != destination and loading == discharge
    passes = f"{discharge}-{destination}" in parameters["let_pass"]
    return Judged(Action.REVIEW, value) if (passed_on or returned) and not passes else None


def circular(facts: ContractFacts) -> Inputs | None:
    if not facts.known.hops and not facts.known.round:
        return None
    return {"hops": facts.known.hops, "round": facts.known.round}


def judge_circular(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if 0 < inputs["hops"] <= parameters["hops"]:
        return Judged(Action.REVIEW, f"{inputs['hops']} →")
    return Judged(Action.REVIEW, f"{inputs['round']} × 000") if inputs["round"] >= parameters["round"] else None


def heavy(facts: DocumentFacts) -> Inputs | None:
    """Kilograms per cubic metre, and to each container; litres to each container."""
    known = facts.known
    if not known.gross or not known.cubic:
        return None
    found = {"density": int(known.gross / known.cubic)}
    if known.containers:
        found |= {"payload": int(known.gross / known.containers), "litres": _litres(known.cubic, known.containers)}
    return found


def _litres(cubic: Decimal, containers: int) -> int:
    return int(1000 * cubic / containers)


def judge_heavy(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs.get("payload", 0) > parameters["payload_kg"]:
        return Judged(Action.REVIEW, f"{inputs['payload']} kg")
    if inputs.get("litres", 0) > parameters["cubic_metres"] * 1000:
        return Judged(Action.REVIEW, f"{inputs['litres']} l")
    if not parameters["lightest"] <= inputs["density"] <= parameters["heaviest"]:
        return Judged(Action.REVIEW, f"{inputs['density']} kg/m³")
    return None


def grown(facts: ContractFacts) -> Inputs | None:
    known = facts.known
    return {"days": known.days_here, "cents": known.grown, "customers": known.customers} if known.grown else None


def judge_grown(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs["days"] >= parameters["days"] or inputs["customers"] > parameters["customers"]:
        return None
    return Judged(Action.REVIEW, str(inputs["days"])) if inputs["cents"] > parameters["above_usd"] * 100 else None


def related(facts: ContractFacts) -> Inputs | None:
    return {"related": 1} if facts.known.related else None


def judge_related(inputs: Inputs, parameters: Parameters) -> Judged | None:
    return Judged(Action.REVIEW, "1") if inputs["related"] >= parameters["links"] else None


def unfamiliar(facts: ContractFacts) -> Inputs | None:
    new = sorted(set(facts.known.chapters) - set(facts.known.former))
    return {"new": new, "orders": facts.known.orders, "cents": facts.cents} if new and facts.cents is not None else None


def judge_unfamiliar(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs["orders"] < parameters["orders"] or inputs["cents"] <= parameters["above_usd"] * 100:
        return None
    return Judged(Action.WARN, ", ".join(inputs["new"]))


_CONTRACT, _DOCUMENTS = frozenset((Point.CONTRACT,)), frozenset((Point.DOCUMENTS,))
RULES = (
    Rule(
        code="TBML-01",
        version=1,
        group=Group.LAUNDERING,
        label=N_("A price far above or below those of like goods"),
        points=_CONTRACT,
        hard=True,
        weight=30,
        measure=invoiced,
        judge=judge_invoiced,
    ),
    Rule(
        code="TBML-04",
        version=1,
        group=Group.LAUNDERING,
        label=N_("The same transport document or container for several orders"),
        points=_DOCUMENTS,
        hard=True,
        weight=60,
        measure=twice,
        judge=judge_twice,
    ),
    Rule(
        code="TBML-05",
        version=1,
        group=Group.LAUNDERING,
        label=N_("A shipment of which nothing was heard"),
        points=frozenset((Point.CARRIAGE,)),
        hard=True,
        weight=40,
        measure=unheard_of,
        judge=judge_unheard_of,
    ),
    Rule(
        code="TBML-06",
        version=1,
        group=Group.LAUNDERING,
        label=N_("A route that does not lead from the goods to their buyer"),
        points=_DOCUMENTS,
        hard=True,
        weight=30,
        measure=route,
        judge=judge_route,
    ),
    Rule(
        code="TBML-07",
        version=1,
        group=Group.LAUNDERING,
        label=N_("Payments that go round, or round sums again and again"),
        points=_CONTRACT,
        hard=True,
        weight=40,
        measure=circular,
        judge=judge_circular,
    ),
    Rule(
        code="TBML-08",
        version=1,
        group=Group.LAUNDERING,
        label=N_("Weight or volume that cannot be"),
        points=_DOCUMENTS,
        hard=True,
        weight=30,
        measure=heavy,
        judge=judge_heavy,
    ),
    Rule(
        code="TBML-09",
        version=1,
        group=Group.LAUNDERING,
        label=N_("A new supplier sells very much to very few"),
        points=_CONTRACT,
        hard=True,
        weight=30,
        measure=grown,
        judge=judge_grown,
    ),
    Rule(
        code="TBML-10",
        version=1,
        group=Group.LAUNDERING,
        label=N_("Buyer and supplier may be one hand's"),
        points=_CONTRACT,
        hard=True,
        weight=40,
        measure=related,
        judge=judge_related,
    ),
    Rule(
        code="TBML-11",
        version=1,
        group=Group.LAUNDERING,
        label=N_("Goods that the buyer never bought before, for much money"),
        points=_CONTRACT,
        hard=True,
        weight=10,
        measure=unfamiliar,
        judge=judge_unfamiliar,
    ),
)
