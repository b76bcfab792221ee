"""How a score and a decision follow from what was found: pure, by rules that have their day."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from app.assessment.states import AssessmentMove, Chapter, Veto

FULL = 100


@dataclass(frozen=True, slots=True)
class Rules:
    """Shares, bounds and times of an assessment.

    weights             what each chapter counts, in points that make 100
    pass_from           the least score to pass; rectify_from: below it the title is lost
    sample_percent      of the orders, sample_least: so many at least
    difference_percent  a self-report may be off by so much and no more
    rectify_days        calendar days to put things right; statement_days: working days to answer a notice
    """

    weights: Mapping[Chapter, int]
    pass_from: int
    rectify_from: int
    sample_percent: int
    sample_least: int
    difference_percent: int
    rectify_days: int
    statement_days: int

    @classmethod
    def load(cls, said: Mapping[str, Any]) -> Self:
        return cls(**{**said, "weights": {Chapter(name): weight for name, weight in said["weights"].items()}})

    def dump(self) -> dict[str, Any]:
        told: dict[str, Any] = {name: getattr(self, name) for name in Rules.__slots__}
        return told | {"weights": {chapter.value: self.weights[chapter] for chapter in Chapter}}


@dataclass(frozen=True, slots=True)
class Standing:
    """A veto that stands. A curable one asks for rectification, any other for revocation."""

    kind: Veto
    curable: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure as the operator reported and as it was counted.

    percent  how far off, of what was counted; None where that is nothing
    over     it is off by more than the rules allow
    """

    code: str
    reported: Decimal
    counted: Decimal
    percent: Decimal | None
    over: bool


def total(scores: Mapping[Chapter, int], weights: Mapping[Chapter, int]) -> Decimal:
    """The score of 0 to 100, exact: chapters of 0 to 100 by their weights, whose sum is 100."""
    return sum((Decimal(scores[chapter] * weights[chapter]) for chapter in Chapter), Decimal()) / FULL


def difference(code: str, reported: Decimal, counted: Decimal, allowed: int) -> Difference:
    """`allowed` is a percentage; exactly so much is not too much. Where nothing was counted, anything is."""
    off = abs(reported - counted)
    percent = (off * 100 / abs(counted)).quantize(Decimal("0.01")) if counted else (None if off else Decimal())
    return Difference(code, reported, counted, percent, off * 100 > abs(counted) * allowed)


def differences(reported: Mapping[str, Decimal], counted: Mapping[str, Decimal], allowed: int) -> list[Difference]:
    """Of every figure that was counted, in the order of `counted`."""
    return [difference(code, reported[code], value, allowed) for code, value in counted.items() if code in reported]


def standing(found: Iterable[Difference], entered: Mapping[Veto, bool], lifted: Collection[Veto]) -> list[Standing]:
    """The vetoes that stand.

    entered  kind → curable, of those that evaluators entered; lifted: those set aside, with a reason
    """
    forged = any(one.over for one in found) and Veto.FORGED not in lifted
    all_ = {**({Veto.FORGED: False} if forged else {}), **entered}
    return [Standing(kind, all_[kind]) for kind in Veto if kind in all_]


def verdict(score: Decimal, vetoes: Collection[Standing], rules: Rules) -> AssessmentMove:
    """PASS, RECTIFY or NOTIFY: what the score and the vetoes ask for."""
    if score < rules.rectify_from or any(not veto.curable for veto in vetoes):
        return AssessmentMove.NOTIFY
    return AssessmentMove.RECTIFY if score < rules.pass_from or vetoes else AssessmentMove.PASS


def verdict_again(score: Decimal, vetoes: Collection[Standing], rules: Rules, *, put_right: bool) -> AssessmentMove:
    """After the time to put things right: PASS where everything is accepted and nothing stands, else NOTIFY."""
    passed = put_right and verdict(score, vetoes, rules) is AssessmentMove.PASS
    return AssessmentMove.PASS if passed else AssessmentMove.NOTIFY
