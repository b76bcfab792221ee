"""What searches are filtered, counted and put in order by, in memory: of each value a bitmap of the products that have
it, of each number the products in its order.

A product is known by its place, a small integer that it keeps as long as its generation lasts; places have no gaps.
Nothing here waits for anything, so that an answer is of one state of the index, however many are asked for at once.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import islice
from uuid import UUID

from pyroaring import BitMap

from listings.search.index import FACETS, SearchQuery, Sort

MOST_VALUES = 60
"""Values of one facet that are told."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LEAST, MOST = -(2**63), 2**63 - 1
STEPS = 16
"""Shares of a column's products; at the ends of each it is known which have less: 12 kB at most, of 100,000."""

Stamp = tuple[int, int]
"""The generation that is searched, and how often it was changed. Before the first write: (0, 0)."""


def micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def scaled(amount: Decimal, digits: int, rounding: str) -> int:
    """An amount in units of its last digit, as columns hold it."""
    return int(amount.quantize(Decimal(1).scaleb(-digits), rounding).scaleb(digits))


@dataclass(frozen=True, slots=True)
class Text:
    """In which products a text was found.

    order  their places, the best first
    stems  beginnings of words by which they are marked
    """

    stamp: Stamp
    tsquery: str
    stems: tuple[str, ...]
    order: "array[int]"
    places: BitMap


@dataclass(frozen=True, slots=True)
class Changed:
    """What a product is now.

    found    whether it can be found; a product that was removed keeps its place
    values   by kind: category, country, incoterm, certificate, currency, verified (microseconds) and `trait:<key>`
    numbers  published (microseconds), price_low and price_high (millionths), moq (thousandths)
    """

    place: int
    product_id: UUID
    found: bool
    values: Mapping[str, Sequence[str]]
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Found:
    """One page of places and of the products there, how many there are, and the counts of each facet's values."""

    places: Sequence[int]
    products: Sequence[UUID]
    total: int
    facets: Mapping[str, Sequence[tuple[str, int]]]


class Column:
    """A number of each product, and the places of those that can be found in its order, equal ones by place."""

    def __init__(self, numbers: "array[int]", order: "array[int]") -> None:
        self._numbers = numbers
        self._order = order
        self._steps: list[int] = []  # some of the numbers, from the least
        self._below: list[BitMap] = []  # for each step the places with less; both made when they are first asked

    def change(self, place: int, number: int, *, found: bool) -> None:
        """Give a place its number, and its rank if it can be found. A new place is the next."""
        if place == len(self._numbers):
            self._numbers.append(number)
        elif self._order[(at := self._rank(place)) : at + 1] == array("I", [place]):
            del self._order[at]
        self._numbers[place] = number
        if found:
            self._order.insert(self._rank(place), place)
        for step, below in zip(self._steps, self._below, strict=True):
            (below.add if number < step else below.discard)(place)

    def _rank(self, place: int) -> int:
        key = (self._numbers[place], place)
        return bisect_left(self._order, key, key=lambda other: (self._numbers[other], other))

    def within(self, found: BitMap, least: int, most: int) -> BitMap:
        """Those of `found`, which can all be found, whose number is from `least` to `most`."""
        if not self._steps:
            self._climb()
        fit = found if most == MOST else self._under(found, most + 1)
        return fit if least == LEAST else fit - self._under(fit, least)

    def _under(self, found: BitMap, bound: int) -> BitMap:
        """Those of `found` with less than `bound`. Looked at one by one, which is dear among many products, are only
        those between the steps on both sides of it.
        """
        at = bisect_right(self._steps, bound)
        under = found & self._below[at - 1] if at else BitMap()
        between = (found & self._below[at] if at < len(self._steps) else found) - under
        numbers = self._numbers
        under.update([place for place in between if numbers[place] < bound])
        return under

    def _climb(self) -> None:
        """Steps lie where a share of the products ends, and right above: many may have the same number."""
        numbers, order = self._numbers, self._order
        some = [numbers[order[at]] for at in range(0, len(order), max(len(order) // STEPS, 1))]
        self._steps = sorted({*some, *(number + 1 for number in some)})
        below, last = BitMap(), 0
        for step in self._steps:
            first = bisect_left(order, step, key=numbers.__getitem__)
            below = below | BitMap(order[last:first])
            last = first
            self._below.append(below)

    def ranked(self, found: BitMap, wanted: int, *, last: bool = False) -> Iterator[int]:
        """`found` in order, or from the last to the first, of which `wanted` will be looked at.

        A few are sorted; of many the first are met soon on a walk through all.
        """
        if len(found) * 3 < len(self._order) * wanted // max(len(found), 1):
            some = sorted(found, key=self._numbers.__getitem__)
            return reversed(some) if last else iter(some)
        return filter(found.__contains__, reversed(self._order) if last else self._order)


class Bitmaps:
    """One generation at a moment.

    products    the ids of all places, 16 bytes each
    everything  the places of all products that can be found
    values      who has a value, by its kind or attribute
    numbers     by their names
    """

    def __init__(
        self,
        stamp: Stamp,
        products: bytearray,
        everything: BitMap,
        values: dict[str, dict[str, BitMap]],
        numbers: dict[str, Column],
    ) -> None:
        self.stamp = stamp
        self._products = products
        self._everything = everything
        self._values = values
        self._numbers = numbers

    def follow(self, stamp: Stamp, changed: Sequence[Changed]) -> None:
        """Become what the generation is at `stamp`. changed: all that changed since, in order of places."""
        places = BitMap([product.place for product in changed])
        self._everything -= places
        for values in self._values.values():
            for bitmap in values.values():
                bitmap -= places
        for product in changed:
            self._products[product.place * 16 : product.place * 16 + 16] = product.product_id.bytes
            for name, number in product.numbers.items():
                self._numbers[name].change(product.place, number, found=product.found)
            if product.found:
                self._everything.add(product.place)
                for kind, values_of in product.values.items():
                    for value in values_of:
                        self._values[kind].setdefault(value, BitMap()).add(product.place)
        self.stamp = stamp

    def find(self, query: SearchQuery, text: Text | None) -> Found:
        """One page and its counts. text: where the query's words were found, if it has any"""
        base = self._bounded(query, self._everything & text.places if text else self._everything)
        fits = {name: self._any(name, values) for name, values in query.chosen().items()}
        matched = base.intersection(*fits.values())
        facets: dict[str, Sequence[tuple[str, int]]] = {}
        for name in [*FACETS, *(self._attributes() if len(query.categories) == 1 else ())]:
            among = matched
            if name in fits:
                among = base.intersection(*(bitmap for other, bitmap in fits.items() if other != name))
            if (counts := self._commonest(name, among)) or name in FACETS:
                facets[name] = counts
        places = self._page(query, text, matched)
        return Found(places, [self._product(place) for place in places], len(matched), facets)

    def _product(self, place: int) -> UUID:
        return UUID(bytes=bytes(self._products[place * 16 : place * 16 + 16]))

    def _attributes(self) -> list[str]:
        return [name for name in self._values if name.startswith("trait:")]

    def _bounded(self, query: SearchQuery, found: BitMap) -> BitMap:
        """What fulfils all that is not counted."""
        numbers = self._numbers
        if query.currency:
            found = found & self._any("currency", [query.currency])
        if query.verified_since is not None:
            since = micros(query.verified_since)
            found = found & self._any("verified", [at for at in self._values["verified"] if int(at) >= since])
        if query.price_min is not None:
            found = numbers["price_high"].within(found, scaled(query.price_min, 6, ROUND_CEILING), MOST)
        if query.price_max is not None:
            found = numbers["price_low"].within(found, LEAST, scaled(query.price_max, 6, ROUND_FLOOR))
        if query.moq_max is not None:
            found = numbers["moq"].within(found, LEAST, scaled(query.moq_max, 3, ROUND_FLOOR))
        return found

    def _any(self, name: str, values: Iterable[str]) -> BitMap:
        known = self._values.get(name, {})
        return BitMap().union(*[known[value] for value in values if value in known])

    def _commonest(self, name: str, among: BitMap) -> Sequence[tuple[str, int]]:
        count = among.intersection_cardinality
        counts = [(value, n) for value, bitmap in self._values[name].items() if (n := count(bitmap))]
        return sorted(counts, key=lambda pair: (-pair[1], pair[0]))[:MOST_VALUES]

    def _page(self, query: SearchQuery, text: Text | None, matched: BitMap) -> Sequence[int]:
        end = query.offset + query.per_page
        if query.offset >= len(matched):
            return []
        match query.sort:
            case Sort.RELEVANCE if text:
                ranked: Iterator[int] = filter(matched.__contains__, text.order)
            case Sort.PRICE:
                ranked = self._numbers["price_low"].ranked(matched, end)
            case Sort.MOQ:
                ranked = self._numbers["moq"].ranked(matched, end)
            case _:
                ranked = self._numbers["published"].ranked(matched, end, last=True)
        return list(islice(ranked, query.offset, end))
