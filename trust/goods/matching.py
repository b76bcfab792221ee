"""Comparing goods with the entries of lists. Pure: what is passed in, nothing else.

A number says what goods are: an HS code, a category of ours, a CAS number with its check digit. A word only hints at
it. So hits are certain or not, and only those that are certain stop anything by themselves.
"""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from uuid import UUID

from trust.goods.states import Kind, Point

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
_HAN = re.compile(f"[{HAN}]")
_WORD = re.compile(r"[a-z0-9]+")
_BETWEEN = re.compile(r"[\s\-_/'’·]{1,3}")
_CAS = re.compile(r"(?<![\d-])(\d{2,7})-(\d{2})-(\d)(?![\d-])")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−﹣－"), "-")
SUBHEADING = 6
"""Digits of an HS code that all countries share."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One controlled thing, and by what it is known. Empty `origins` or `destinations`: any country.

    code         of the control list (`1C210`), or of the reason (`WEAPONS`)
    hs           prefixes of HS codes, 2 to 10 digits
    unless       phrases within which a keyword means something else ("ivory white")
    since, until its first and its last day; None: it has no last day yet
    binds_from   from which point on a licence has to be there
    """

    id: UUID
    kind: Kind
    code: str
    since: date
    until: date | None
    hs: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    cas: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    binds_from: Point = Point.LISTING
    source: str = ""
    text_en: str = ""
    text_zh: str = ""

    def in_force(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Goods:
    """What is offered, agreed or sent: one listing, or one line.

    texts       (field, what it says), each compared by itself
    hs_code     6 to 10 digits
    categories  the listing's category and those above it
    title       as people call it, for reviewers
    """

    title: str
    texts: tuple[tuple[str, str], ...]
    hs_code: str
    hs_field: str
    origin: str
    categories: tuple[str, ...] = ()
    position: int = 0

    @property
    def digest(self) -> bytes:
        """The same for the same goods in the same words: what a clearance is bound to."""
        said = sorted({folded(text).strip() for _field, text in self.texts} - {""})
        whole = "\x1f".join([self.hs_code[:SUBHEADING], *said])
        return hashlib.sha256(whole.encode()).digest()


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry met goods. `field` names where, `matched` what stands there; `certain`: by a number, not by a word."""

    entry: Entry
    field: str
    matched: str
    certain: bool


def folded(text: str) -> str:
    """One way of writing: compatibility forms, dashes, case and accents folded."""
    if text.isascii():
        return text.casefold()
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES).casefold()
    parts = unicodedata.normalize("NFKD", plain)
    return "".join(c for c in parts if not unicodedata.combining(c))


def is_cas(number: str) -> bool:
    """Whether a CAS registry number has its form and its check digit."""
    found = _CAS.fullmatch(number)
    return found is not None and _checks(found)


def _checks(found: re.Match[str]) -> bool:
    digits = found[1] + found[2]
    return sum(n * int(d) for n, d in enumerate(reversed(digits), start=1)) % 10 == int(found[3])


def is_keyword(word: str) -> bool:
    """Whether a keyword can be looked for: a Chinese one of two characters or more, or a word of three letters."""
    plain = folded(word)
    han = _HAN.findall(plain)
    return len(han) >= 2 or (not han and len("".join(_WORD.findall(plain))) >= 3)


class Book:
    """The entries of lists, put in such order that a text is read once however many there are."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self._hs: dict[str, list[Entry]] = defaultdict(list)
        self._categories: dict[str, list[Entry]] = defaultdict(list)
        self._cas: dict[str, list[Entry]] = defaultdict(list)
        self._words: dict[str, list[tuple[tuple[str, ...], Entry]]] = defaultdict(list)
        self._han: dict[str, list[tuple[str, Entry]]] = defaultdict(list)
        for entry in self.entries:
            for prefix in entry.hs:
                self._hs[prefix].append(entry)
            for category in entry.categories:
                self._categories[category].append(entry)
            for number in entry.cas:
                self._cas[number].append(entry)
            for keyword in entry.keywords:
                self._put(folded(keyword), entry)

    def _put(self, keyword: str, entry: Entry) -> None:
        if _HAN.search(keyword):
            self._han[keyword[:2]].append((keyword, entry))
        elif words := tuple(_WORD.findall(keyword)):
            self._words[words[0]].append((words, entry))

    def hits(self, goods: Goods, *, day: date, destinations: Collection[str] = ()) -> list[Hit]:
        """What is in force on `day` and meets these goods, one hit an entry, certain ones first.

        destinations  where the goods go, by what anybody says of it; none while nobody knows: what holds for some
                      destinations is then left alone
        """
        found: dict[UUID, Hit] = {}
        texts = [(field, folded(text)) for field, text in goods.texts]
        for hit in (*self._numbers(goods, texts), *self._spoken(texts)):
            entry = hit.entry
            if not entry.in_force(day) or (entry.origins and goods.origin not in entry.origins):
                continue
            if entry.destinations and not set(destinations) & set(entry.destinations):
                continue
            if entry.id not in found or hit.certain > found[entry.id].certain:
                found[entry.id] = hit
        return sorted(found.values(), key=lambda hit: (not hit.certain, hit.entry.code))

    def _numbers(self, goods: Goods, texts: list[tuple[str, str]]) -> Iterator[Hit]:
        code = goods.hs_code
        for length in range(2, len(code) + 1):
            for entry in self._hs.get(code[:length], ()):
                yield Hit(entry, goods.hs_field, code, certain=True)
        for prefix, entries in self._hs.items():
            # The list tells more digits than the goods do: it may be these, or what stands beside them.
            if len(prefix) > len(code) >= SUBHEADING and prefix.startswith(code):
                for entry in entries:
                    yield Hit(entry, goods.hs_field, code, certain=False)
        for category in goods.categories:
            for entry in self._categories.get(category, ()):
                yield Hit(entry, "category", category, certain=True)
        for field, plain in texts:
            for found in _CAS.finditer(plain):
                if _checks(found):
                    for entry in self._cas.get(found[0], ()):
                        yield Hit(entry, field, found[0], certain=True)

    def _spoken(self, texts: list[tuple[str, str]]) -> Iterator[Hit]:
        for field, plain in texts:
            words = [(found[0], found.start(), found.end()) for found in _WORD.finditer(plain)]
            for start, end, entry in (*self._in_words(plain, words), *self._in_han(plain)):
                if not any(a <= start and end <= b for a, b in _phrases(plain, words, entry.unless)):
                    yield Hit(entry, field, plain[start:end], certain=False)

    def _in_words(self, plain: str, words: list[tuple[str, int, int]]) -> Iterator[tuple[int, int, Entry]]:
        for place, (word, start, _end) in enumerate(words):
            for first in _singular(word):
                for wanted, entry in self._words.get(first, ()):
                    if _stands(plain, words[place : place + len(wanted)], wanted):
                        yield start, words[place + len(wanted) - 1][2], entry

    def _in_han(self, plain: str) -> Iterator[tuple[int, int, Entry]]:
        if not _HAN.search(plain):
            return
        for start in range(len(plain) - 1):
            for keyword, entry in self._han.get(plain[start : start + 2], ()):
                end = start + len(keyword)
                if plain.startswith(keyword, start) and not _cut(plain, start, end):
                    yield start, end, entry


def _singular(word: str) -> tuple[str, ...]:
    """A word, and what it may be the plural of."""
    return (word, word[:-1], word[:-2]) if word.endswith("es") else (word, word[:-1]) if word.endswith("s") else (word,)


def _stands(plain: str, words: Sequence[tuple[str, int, int]], wanted: Sequence[str]) -> bool:
    """Whether these words, side by side, are the wanted ones; the last may be in the plural."""
    if len(words) < len(wanted):
        return False
    if any(word != want for (word, _s, _e), want in zip(words[:-1], wanted[:-1], strict=True)):
        return False
    if wanted[-1] not in _singular(words[-1][0]):
        return False
    gaps = ((a[2], b[1]) for a, b in pairwise(words))
    return all(_BETWEEN.fullmatch(plain, end, start) for end, start in gaps)


def _cut(plain: str, start: int, end: int) -> bool:
    """Whether a keyword with Latin letters or digits at its edge is only a part of a longer word there."""
    before, after = plain[start - 1 : start], plain[end : end + 1]
    return bool(_WORD.match(plain[start]) and _WORD.match(before)) or bool(
        _WORD.match(plain[end - 1]) and _WORD.match(after)
    )


def _phrases(plain: str, words: list[tuple[str, int, int]], phrases: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where these phrases stand."""
    for phrase in map(folded, phrases):
        if _HAN.search(phrase):
            at = plain.find(phrase)
            while at >= 0:
                yield at, at + len(phrase)
                at = plain.find(phrase, at + 1)
        elif wanted := tuple(_WORD.findall(phrase)):
            for place in range(len(words) - len(wanted) + 1):
                run = words[place : place + len(wanted)]
                if _stands(plain, run, wanted):
                    yield run[0][1], run[-1][2]
