"""What is offered: INF-04, ADV-02, ADV-03."""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from app.core.i18n import N_
from trust.risk.engine import Action, Group, Inputs, Judged, Parameters, Point, Rule
from trust.risk.facts import ContractFacts, ListingFacts, QuotationFacts

CONSISTENT = Decimal("1.4826")
"""By which the median absolute deviation of a normal distribution is multiplied to give its standard deviation."""
LEAST_SPREAD = Decimal("0.02")
"""Of logarithms: where all prices are the same, one that is 7 % lower is not yet an outlier."""
_LATIN_WORD = re.compile(r"[a-z0-9]")


def copies(facts: ListingFacts) -> Inputs | None:
    """Which of the known words the text has."""
    text = unicodedata.normalize("NFKC", facts.text).casefold()
    found = [word for word in COPIES if _has(text, word)]
    return {"words": found} if found else None


COPIES = (
    "1:1 copy", "1:1 quality", "1:1 replica", "1:1 clone", "replica", "replicas", "mirror quality",
    "aaa replica", "aaa+ copy", "superclone",
    "super clone", "counterfeit", "knockoff", "knock-off", "fake brand", "same as original brand", "copy watch",
    "imitation brand",
    "高仿", "精仿", "a货", "原单", "尾单原厂", "1:1复刻", "复刻表", "顶级复刻", "山寨", "仿牌", "仿品",
    "一比一", "过专柜验货",
)  # fmt: skip
"""All words the rule can know; which of them act stands in its parameters."""


def _has(text: str, word: str) -> bool:
    if word not in text:  # nearly always, and told twenty times as fast
        return False
    edge = r"(?<![a-z0-9]){}(?![a-z0-9])" if _LATIN_WORD.match(word) else "{}"
    return re.search(edge.format(re.escape(word)), text) is not None


def judge_copies(inputs: Inputs, parameters: Parameters) -> Judged | None:
    acting = [word for word in inputs["words"] if word not in parameters["let_pass"]]
    return Judged(Action.BLOCK, ", ".join(acting)) if acting else None


def price(facts: ListingFacts | QuotationFacts | ContractFacts) -> Inputs | None:
    """Of a quotation or contract, the line that is the farthest below like goods."""
    if isinstance(facts, ListingFacts):
        return standing(facts.price, facts.market)
    prices = facts.prices if isinstance(facts, QuotationFacts) else facts.known.prices
    found = [place for of, market in prices if (place := standing(of, market)) is not None]
    return min(found, key=lambda place: place["z"]) | {"contract": True} if found else None


def standing(of: Decimal, others: Sequence[Decimal]) -> Inputs | None:
    """The robust z-value of a price among others, in hundredths, and how it stands to their 5th percentile, in percent.
    z = (ln p - median) / (1.4826 MAD), over logarithms: prices spread by factors. Logarithms keep the order of what
    they are taken of, so medians are found first and two logarithms are enough.
    """
    market = sorted(value for value in others if value > 0)
    if not market or of <= 0:
        return None
    middle = _median(market)
    apart = _median(sorted(max(value / middle, middle / value) for value in market))
    spread = max(CONSISTENT * apart.ln(), LEAST_SPREAD)
    fifth = market[-(-5 * len(market) // 100) - 1]
    return {
        "others": len(market),
        "z": int(100 * (of / middle).ln() / spread),
        "of_fifth": int(100 * of / fifth),
        "of_median": int(100 * of / middle),
    }


def _median(ordered: Sequence[Decimal]) -> Decimal:
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def judge_price(inputs: Inputs, parameters: Parameters) -> Judged | None:
    """A listing is looked at before anybody reads it; who is about to agree or to sign is told."""
    if inputs["others"] < parameters["others"]:
        return None
    if inputs["z"] >= -parameters["z"] and inputs["of_fifth"] >= parameters["of_fifth"]:
        return None
    action = Action.WARN if inputs.get("contract") else Action.REVIEW
    return Judged(action, f"{inputs['of_median']} %")


def burst(facts: ListingFacts | QuotationFacts) -> Inputs | None:
    if isinstance(facts, ListingFacts):
        return {"listings": facts.today, "days": facts.days_here}
    return {"quotations": facts.last_hour, "days": facts.days_here}


def judge_burst(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs["days"] >= parameters["days"]:
        return None
    for what in ("listings", "quotations"):
        if inputs.get(what, 0) > parameters[what]:
            return Judged(Action.HOLD, str(inputs[what]), hours=parameters["hours"])
    return None


_AT = frozenset((Point.LISTING,))
RULES = (
    Rule(
        code="INF-04",
        version=1,
        group=Group.INFORMATION,
        label=N_("Words of counterfeits"),
        points=_AT,
        hard=True,
        weight=60,
        measure=copies,
        judge=judge_copies,
    ),
    Rule(
        code="ADV-02",
        version=3,
        group=Group.SELLER,
        label=N_("A price far below the market"),
        points=_AT | {Point.QUOTATION, Point.CONTRACT},
        hard=True,
        weight=30,
        measure=price,
        judge=judge_price,
    ),
    Rule(
        code="ADV-03",
        version=1,
        group=Group.SELLER,
        label=N_("A new company lists or quotes in bursts"),
        points=frozenset((Point.LISTING, Point.QUOTATION)),
        hard=True,
        weight=30,
        measure=burst,
        judge=judge_burst,
    ),
)
