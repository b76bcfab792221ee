"""How alike a party and a listed subject are, with the reasons.

The score is a sum of parts, each of which has a name: what the names give, and what place, number, strength of the
alias, kind, country, date of birth and identifiers add or take away. From 0 to 1.
"""

import hashlib
import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio
from rigour.territories.lookup import lookup_territory

from trust.screening.entries import Entry, Kind, Strength
from trust.screening.features import Feature
from trust.screening.matching.names import Form, form, skeleton
from trust.screening.matching.words import PARTICLES, PLACES, TRADE

Part = Decimal
CENT = Decimal("0.001")


PARTS = {
    Feature.WEAK: Decimal("-0.100"),
    Feature.PLACE: Decimal("-0.200"),
    Feature.NUMBER: Decimal("-0.250"),
    Feature.TRADE: Decimal("-0.060"),
    Feature.KIND: Decimal("-0.120"),
    Feature.COUNTRY_AGREES: Decimal("0.030"),
    Feature.COUNTRY_DIFFERS: Decimal("-0.050"),
    Feature.BORN_AGREES: Decimal("0.060"),
    Feature.BORN_DIFFERS: Decimal("-0.200"),
    Feature.IDENTIFIER_AGREES: Decimal("0.250"),
    Feature.SAME_SHIP: Decimal("1.000"),
    Feature.OTHER_SHIP: Decimal("-0.250"),
    Feature.SAME_BANK: Decimal("1.000"),
}
"""What each feature beside the names adds. Set on the labelled pairs of tests/rules/screening_pairs.py."""
SECONDARY = frozenset(
    {
        Feature.COUNTRY_AGREES,
        Feature.BORN_AGREES,
        Feature.IDENTIFIER_AGREES,
        Feature.SAME_SHIP,
        Feature.SAME_BANK,
        Feature.OWNED,
    }
)
LIGHT, PLACE, PARTICLE = 0.3, 0.4, 0.15
"""What a word of the trade, a city, and a particle of a personal name weigh beside a token that says something."""
HAN_READ = 0.92
"""What the same reading of different characters is worth: many names share one."""
ROUNDED = 1e-9
"""What sums of shares may differ by, depending on their order."""
_SOUNDS = re.compile(r"[^0-9a-z]")
_DIGIT = re.compile(r"[0-9]")
_YEAR = re.compile(r"\b(\d{4})")
_SHIP = re.compile(r"\bIMO\D{0,10}(\d{7})\b", re.IGNORECASE)
_BANK = re.compile(r"\b(?:SWIFT(?:/BIC)?|BIC)\W+([A-Z]{6}[A-Z0-9]{2})(?:[A-Z0-9]{3})?\b", re.IGNORECASE)
"""Numbers that are one subject's alone, whatever it is called: Resolution A.1117(30) of the IMO, ISO 9362."""


@dataclass(frozen=True, slots=True)
class Named:
    """A company, or a person who acts for one: its names, and what else is known of it.

    role   the company itself, or what the person is to it
    texts  the same name in several scripts or spellings; one at least
    """

    role: str
    texts: tuple[str, ...]
    kind: Kind
    countries: tuple[str, ...] = ()
    born: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()

    def digest(self) -> str:
        """SHA-256 of who it is: a decision about somebody holds while it is the same."""
        said = {name: getattr(self, name) for name in ("role", "texts", "kind", "countries", "born", "identifiers")}
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Owner(Named):
    """Who holds a part of the company, in basis points, or controls it otherwise. Who they are stays the same with
    another share.
    """

    share: int = 0
    controls: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """A feature with its part of the score, and between which words it was found."""

    feature: Feature
    part: Part
    ours: str = ""
    theirs: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """`value` is the sum of the reasons' parts, held between 0 and 1. `secondary`: something beside the name agrees."""

    value: Part
    reasons: tuple[Reason, ...]

    @property
    def secondary(self) -> bool:
        return any(reason.feature in SECONDARY for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Common:
    """How much of two names each says of the other, 0 to 1, and the tokens of ours and theirs that the other lacks."""

    share: float
    left: list[str]
    right: list[str]


def score(ours: Named, entry: Entry, *, least: Decimal = Decimal(0)) -> Score | None:
    """The best of the entry's names against the best of ours, with everything else that is known of both.

    None when it is certain to be less than `least`.
    """
    best: list[Reason] = []
    if same := _identical(ours, entry):
        return Score(same.part, (same,))
    beside = _beside(ours, entry)
    needed = float(least - _sum(beside))
    for text in ours.texts:
        own = form(text, ours.kind)
        for name in entry.names:
            theirs = form(name.text, _kind(ours.kind, entry.kind))
            common = _common(own, theirs, ours.kind, needed)
            if common is None or common.share < needed:
                continue
            reasons = _reasons(common, text, name.text, ours.kind)
            if name.strength is Strength.WEAK:
                reasons.append(_reason(Feature.WEAK, "", name.text))
            if not best or _sum(reasons) > _sum(best):
                best = reasons
    reasons = best + beside
    value = min(max(_sum(reasons), Decimal(0)), Decimal(1)).quantize(CENT)
    return Score(value, tuple(reasons)) if best and value >= least else None


def likeness(ours: str, theirs: str, kind: Kind) -> Part:
    """Of two names alone, 0 to 1."""
    common = _common(form(ours, kind), form(theirs, kind), kind, 0.0)
    reasons = _reasons(common, ours, theirs, kind) if common else []
    return min(max(_sum(reasons), Decimal(0)), Decimal(1))


def _kind(ours: Kind, theirs: Kind) -> Kind:
    """A name is read as its own kind, but a company's name is never cut like a person's."""
    return theirs if Kind.PERSON in {ours, theirs} else ours


def _sum(reasons: Sequence[Reason]) -> Part:
    return sum((reason.part for reason in reasons), Decimal(0))


def _reason(feature: Feature, ours: str = "", theirs: str = "") -> Reason:
    return Reason(feature, PARTS[feature], ours, theirs)


def _common(ours: Form, theirs: Form, kind: Kind, needed: float) -> Common | None:
    """None when it is certain to be less than `needed`."""
    if not ours.tokens or not theirs.tokens:
        return Common(0.0, [], [])
    common = _aligned(ours, theirs, person=kind is Kind.PERSON, needed=needed)
    if common and ours.han and theirs.han and ours.han != theirs.han:
        share = min(common.share * HAN_READ, max(_characters(ours, theirs, kind), common.share * 0.8))
        return Common(share, common.left, common.right)
    return common


def _reasons(common: Common, ours: str, theirs: str, kind: Kind) -> list[Reason]:
    """What two names have in common, and what it takes away that the rest of both contradicts each other."""
    reasons = [Reason(Feature.NAME, Decimal(str(round(common.share, 3))).quantize(CENT), ours, theirs)]
    for feature, wanted in ((Feature.PLACE, PLACES.__contains__), (Feature.NUMBER, _has_digit)):
        a, b = [t for t in common.left if wanted(t)], [t for t in common.right if wanted(t)]
        if (a and b) or (feature is Feature.NUMBER and (a or b)):
            reasons.append(_reason(feature, " ".join(a), " ".join(b)))
    a, b = [t for t in common.left if t in TRADE], [t for t in common.right if t in TRADE]
    if a and b and kind is not Kind.PERSON:
        reasons.append(_reason(Feature.TRADE, " ".join(a), " ".join(b)))
    return reasons


def _characters(ours: Form, theirs: Form, kind: Kind) -> float:
    """How many characters both have; of a company in whatever order, for the city stands before or in brackets."""
    a, b = (ours.han, theirs.han) if kind is Kind.PERSON else ("".join(sorted(f.han)) for f in (ours, theirs))
    return ratio(a, b) / 100


def _has_digit(token: str) -> bool:
    return _DIGIT.search(token) is not None


@lru_cache(maxsize=200_000)
def _weight(token: str, person: bool) -> float:
    if person:
        return PARTICLE if token in PARTICLES else 1.0
    return LIGHT if token in TRADE else PLACE if token in PLACES else 1.0


def _aligned(ours: Form, theirs: Form, *, person: bool, needed: float) -> Common | None:
    """How much of both names is said by the other, and what of each the other does not have.

    The best pairs first; then what one writes in one word and the other in two. None as soon as it is certain that
    less than `needed` is said: of the names that are looked at, nearly all.
    """
    pairs, joins = _pairs(ours, theirs, person=person)
    whole = _whole(ours, person), _whole(theirs, person)
    many = person and min(len(ours.tokens), len(theirs.tokens)) > 1
    if not joins and _share(_most(pairs, person=person), whole, many=many) < needed - ROUNDED:
        return None
    left, right = list(ours.tokens), list(theirs.tokens)
    got = [0.0, 0.0]

    def take(a: str, b: str, share: float, heavy: tuple[float, float]) -> None:
        got[0] += heavy[0] * share
        got[1] += heavy[1] * share
        for word in a.split():
            left.remove(word)
        for word in b.split():
            right.remove(word)

    for share, a, b in sorted(pairs, key=lambda pair: -pair[0]):
        if a in left and b in right:
            take(a, b, share, (_weight(a, person), _weight(b, person)))
    for a, b, heavy in _joined(left, right, person=person) if joins else ():
        if all(w in left for w in a.split()) and all(w in right for w in b.split()):
            take(a, b, 1.0, heavy)
    return Common(_share((got[0], got[1]), whole, many=many), left, right)


def _share(got: tuple[float, float], whole: tuple[float, float], *, many: bool) -> float:
    dice = (got[0] + got[1]) / (whole[0] + whole[1])
    if many:  # lists have all four names of a person, papers two or three
        return (dice + max(got[0] / whole[0], got[1] / whole[1])) / 2
    return dice


def _most(pairs: list[tuple[float, str, str]], *, person: bool) -> tuple[float, float]:
    """What pairs can give at most: each token, as often as it stands there, its best."""
    left: dict[str, float] = {}
    right: dict[str, float] = {}
    for share, a, b in pairs:
        left[a] = left.get(a, 0.0) + share
        right[b] = right.get(b, 0.0) + share
    return sum(_weight(a, person) * s for a, s in left.items()), sum(_weight(b, person) * s for b, s in right.items())


@lru_cache(maxsize=200_000)
def _whole(name: Form, person: bool) -> float:
    return sum(_weight(token, person) for token in name.tokens)


def _pairs(ours: Form, theirs: Form, *, person: bool) -> tuple[list[tuple[float, str, str]], bool]:
    """The tokens of both that are alike, and how much; whether one may be others written in one word."""
    vowelless = ours.vowelless != theirs.vowelless
    found, joins = [], False
    for a in ours.tokens:
        for b in theirs.tokens:
            if a == b:
                found.append((1.0, a, b))
                continue
            joins = joins or a.startswith(b) or b.startswith(a)
            if (share := _alike(a, b, person=person, vowelless=vowelless)) > 0:
                found.append((share, a, b))
    return found, joins


def _joined(left: list[str], right: list[str], *, person: bool) -> list[tuple[str, str, tuple[float, float]]]:
    """Tokens of one side that are two or three of the other written in one, in either order."""
    found = []

    def weigh(words: list[str]) -> float:
        return sum(_weight(w, person) for w in words)

    def runs(words: list[str]) -> list[list[str]]:
        near = [words[at : at + size] for size in (2, 3) for at in range(len(words) - size + 1)]
        return near + ([[b, a] for a, b in itertools.pairwise(words)] if person else [])

    for run in runs(right):
        if "".join(run) in left:
            whole = "".join(run)
            found.append((whole, " ".join(run), (weigh([whole]), weigh(run))))
    for run in runs(left):
        if "".join(run) in right:
            whole = "".join(run)
            found.append((" ".join(run), whole, (weigh(run), weigh([whole]))))
    return found


def _alike(a: str, b: str, *, person: bool, vowelless: bool) -> float:
    """Of two tokens that are not the same: 0 when they are two, and less than 1 for a slip of the pen."""
    short, long = len(a), len(b)
    if short > long:
        short, long = long, short
    if person and short == 1:
        return 0.75 if a[0] == b[0] else 0.0
    if vowelless and _sounds(a, b):
        return 0.94
    if short < 4 or long - short > 2:
        return 0.0
    slips = OSA.distance(a, b, score_cutoff=2)
    if slips > 2 or _has_digit(a) or _has_digit(b):
        return 0.0
    if (a in PLACES and b in PLACES) or (not person and a in TRADE and b in TRADE):
        return 0.0
    if slips > 1 and not (short > 7 or (person and short > 5 and skeleton(a) == skeleton(b))):
        return 0.0
    return max(0.0, 1.0 - 0.9 * slips / short)


def _sounds(a: str, b: str) -> bool:
    """Whether both have the same consonants; the article of Arabic may be joined to either."""
    x, y = skeleton(a), skeleton(b)
    bare = {word.removeprefix("l") if len(word) > 3 else word for word in (x, y)}
    return (x == y and bool(x)) or (len(bare) == 1 and len(min(bare)) > 1)


def _beside(ours: Named, entry: Entry) -> list[Reason]:
    """What agrees or contradicts beside the names; nothing for what either does not say."""
    reasons = []
    if (ours.kind is Kind.PERSON) != (entry.kind is Kind.PERSON) or (
        ours.kind is Kind.VESSEL and entry.kind is not Kind.VESSEL
    ):
        reasons.append(_reason(Feature.KIND, ours.kind, entry.kind))
    if _own(ours.identifiers, _SHIP) and _own(entry.identifiers, _SHIP):  # the same was seen before
        reasons.append(_reason(Feature.OTHER_SHIP, ", ".join(ours.identifiers), ", ".join(entry.identifiers)))
    a, b = _countries(ours.countries), _countries(entry.countries)
    if a and b:
        feature = Feature.COUNTRY_AGREES if a & b else Feature.COUNTRY_DIFFERS
        reasons.append(_reason(feature, ", ".join(ours.countries), ", ".join(entry.countries)))
    if ours.born and entry.born:
        feature = Feature.BORN_AGREES if _born_alike(ours.born, entry.born) else Feature.BORN_DIFFERS
        reasons.append(_reason(feature, ", ".join(ours.born), ", ".join(entry.born)))
    known = {_number(said) for said in ours.identifiers} - {""}
    for said in entry.identifiers:
        if any(number in _number(said) for number in known):
            reasons.append(_reason(Feature.IDENTIFIER_AGREES, ", ".join(ours.identifiers), said))
            break
    return reasons


def _identical(ours: Named, entry: Entry) -> Reason | None:
    """The number that says by itself that both are one ship or one bank."""
    for feature, pattern in ((Feature.SAME_SHIP, _SHIP), (Feature.SAME_BANK, _BANK)):
        for number in sorted(_own(ours.identifiers, pattern) & _own(entry.identifiers, pattern)):
            return _reason(feature, number, ", ".join(said for said in entry.identifiers if number in said.upper()))
    return None


def _own(identifiers: Sequence[str], pattern: re.Pattern[str]) -> frozenset[str]:
    return frozenset(found.upper() for said in identifiers for found in pattern.findall(said))


def _number(said: str) -> str:
    """A number's letters and digits; "" for what is too short to be anybody's alone."""
    bare = _SOUNDS.sub("", said.casefold())
    return bare if len(bare) >= 6 and sum(c.isdigit() for c in bare) >= 5 else ""


@lru_cache(maxsize=4_096)
def _countries(words: tuple[str, ...]) -> frozenset[str]:
    """ISO 3166-1 codes of what is a country in whatever words."""
    return frozenset(found.code for word in words if (found := lookup_territory(word)) is not None)


def _born_alike(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """A day or month as exactly as both know it, a range as its years."""
    for a in ours:
        for b in theirs:
            if a.startswith(b) or b.startswith(a):
                return True
            years = [int(year) for year in _YEAR.findall(b)]
            own = [int(year) for year in _YEAR.findall(a)]
            if "/" in b and years and own and years[0] <= own[0] <= years[-1]:
                return True
    return False
