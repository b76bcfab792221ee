"""Entries of lists in memory, found by the keys of their names; and parties compared with them."""

import heapq
import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from trust.screening.entries import Entry
from trust.screening.matching.names import form, keys
from trust.screening.matching.scoring import Named, Score, score

NUMBER = re.compile(r"[0-9A-Za-z]{6,}")
MOST = 16
"""So many entries with the most in common are compared in full."""
LOOKED_AT = 1_500
"""Entries looked at under one name, those under its rarest keys first."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry that a list says still. `id` is new whenever the list says something else of its subject."""

    id: UUID
    list_key: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Hit:
    listed: Listed
    named: Named
    score: Score


class Index:
    def __init__(self, listed: Iterable[Listed]) -> None:
        self.listed = list(listed)
        found: defaultdict[str, list[int]] = defaultdict(list)
        for place, one in enumerate(self.listed):
            names = [keys(form(name.text, one.entry.kind)) for name in one.entry.names]
            for key in frozenset().union(*names) | _numbers(one.entry.identifiers):
                found[key].append(place)
        self._places = dict(found)
        many = len(self.listed) + 1
        self._weights = {key: math.log(many / len(places)) + 0.1 for key, places in found.items()}

    def hits(self, named: Named, least: Decimal) -> list[Hit]:
        """The entries that score `least` or more, the likest first."""
        found = []
        for one in self._candidates(named):
            judged = score(named, one.entry, least=least)
            if judged is not None:
                found.append(Hit(one, named, judged))
        return sorted(found, key=lambda hit: -hit.score.value)

    def _candidates(self, named: Named) -> list[Listed]:
        chosen: dict[int, float] = {}
        for text in named.texts:
            for place, weight in self._under(keys(form(text, named.kind))).items():
                chosen[place] = max(weight, chosen.get(place, 0.0))
        best = set(heapq.nlargest(MOST, chosen, key=chosen.__getitem__))
        numbered = self._under(_numbers(named.identifiers))
        return [self.listed[place] for place in best | numbered.keys()]

    def _under(self, wanted: frozenset[str]) -> dict[int, float]:
        """The entries with some of these keys, each with the weight of those that it has."""
        found: defaultdict[int, float] = defaultdict(float)
        looked_at = 0
        for places, key in sorted(((self._places[key], key) for key in wanted if key in self._places), key=_rarity):
            if found and looked_at + len(places) > LOOKED_AT:
                break
            looked_at += len(places)
            weight = self._weights[key]
            for place in places:
                found[place] += weight
        return found


def _rarity(pair: tuple[list[int], str]) -> int:
    return len(pair[0])


def _numbers(said: Iterable[str]) -> frozenset[str]:
    return frozenset(f"#{number.casefold()}" for text in said for number in NUMBER.findall(text.replace("-", "")))
