"""What an application must hold, and how a score follows from the sheets: pure, by rules that have their day."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Self

from app.assessment.states import Chapter
from app.award.states import Need, Result

FULL = 100
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the dossier: its code, its name in both languages, and what it must hold. More may be added."""

    code: str
    name_en: str
    name_zh: str
    needs: tuple[Need, ...]

    def name(self, locale: str) -> str:
        return self.name_zh if locale.startswith("zh") else self.name_en


@dataclass(frozen=True, slots=True)
class Rules:
    """Parts, shares, bounds and times of an application.

    parts            what the dossier must hold, in order
    weights          what each chapter counts, in points that make 100
    award_from       the least score for the title
    reviewers        so many at least, an odd number
    trimmed_from     from so many sheets on the highest and the lowest of a chapter are left out; the median below
    returns          how often a dossier may be returned to be completed, within completion_days working days
    publicity_days   working days for objections
    series           begins every certificate's number; name_en, name_zh and authority stand on it
    valid_years      how long a title holds
    """

    parts: tuple[Part, ...]
    weights: Mapping[Chapter, int]
    award_from: int
    reviewers: int
    trimmed_from: int
    returns: int
    completion_days: int
    publicity_days: int
    series: str
    name_en: str
    name_zh: str
    authority: str
    valid_years: int

    @classmethod
    def load(cls, said: Mapping[str, Any]) -> Self:
        parts = tuple(Part(**{**one, "needs": tuple(Need(need) for need in one["needs"])}) for one in said["parts"])
        weights = {Chapter(name): weight for name, weight in said["weights"].items()}
        return cls(**{**said, "parts": parts, "weights": weights})

    def dump(self) -> dict[str, Any]:
        told: dict[str, Any] = {name: getattr(self, name) for name in Rules.__slots__}
        parts = [{**asdict(part), "needs": [need.value for need in part.needs]} for part in self.parts]
        return told | {"parts": parts, "weights": {chapter.value: self.weights[chapter] for chapter in Chapter}}

    def part(self, code: str) -> Part | None:
        return next((part for part in self.parts if part.code == code), None)


@dataclass(frozen=True, slots=True)
class Scored:
    """What a committee came to, exact. `total`: chapters by their weights, 0 to 100."""

    chapters: Mapping[Chapter, Fraction]
    total: Fraction

    @property
    def shown(self) -> Decimal:
        return shown(self.total)


def shown(value: Fraction) -> Decimal:
    """To two decimals, half away from nothing."""
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(CENT, rounding=ROUND_HALF_UP)


def middle(points: Sequence[int], trimmed_from: int) -> Fraction:
    """Of one chapter: the mean without the highest and the lowest where there are `trimmed_from` or more, and at least
    three; else the median. Raises ValueError for none."""
    if not points:
        raise ValueError("no sheet, no score")
    ordered = sorted(points)
    if len(ordered) >= max(trimmed_from, 3):
        kept = ordered[1:-1]
        return Fraction(sum(kept), len(kept))
    half = len(ordered) // 2
    return Fraction(ordered[half] + ordered[-half - 1], 2)


def scored(sheets: Sequence[Mapping[Chapter, int]], rules: Rules) -> Scored:
    """The score of all sheets, each 0 to 100 by chapter."""
    chapters = {chapter: middle([sheet[chapter] for sheet in sheets], rules.trimmed_from) for chapter in Chapter}
    total = sum((chapters[chapter] * rules.weights[chapter] for chapter in Chapter), Fraction()) / FULL
    return Scored(chapters, total)


def verdict(total: Fraction, rules: Rules) -> Result:
    return Result.AWARD if total >= rules.award_from else Result.REJECT


def whole(standing: int, rules: Rules) -> bool:
    """Whether so many reviewers make a committee: enough, and an odd number."""
    return standing >= rules.reviewers and standing % 2 == 1


def last_day(first: date, years: int) -> date:
    """The last day of so many years from `first` on; of those from 29 February, the last one is 28 February."""
    try:
        return first.replace(year=first.year + years) - timedelta(days=1)
    except ValueError:
        return date(first.year + years, 2, 28)


def missing(part: Part, text: str, files: int, *, scores: bool) -> list[Need]:
    """What a part must hold and does not."""
    there = {Need.TEXT: bool(text.strip()), Need.FILES: files > 0, Need.SCORES: scores}
    return [need for need in part.needs if not there[need]]
