"""Names as they are compared: in Latin letters, without company forms, in parts whose order does not matter.

Heavy libraries are loaded here (some 80 MB with the dictionary of pinyin), so that only the worker imports this module.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import icu
from pypinyin import lazy_pinyin
from rigour.names.org_types import remove_org_types
from rigour.text.translit import ascii_text

from trust.screening.entries import Kind
from trust.screening.matching.words import (
    ARABIC_FORMS,
    ARABIC_TRADE,
    DOUBLE_SURNAMES,
    FILLERS,
    FORMS,
    GIVEN,
    HAN_FORMS,
    HAN_PLACES,
    HAN_TRADE,
    PLACE_SAME,
    PLACES,
    SAME,
    SURNAMES,
    TRADE,
)

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
VOWELLESS = re.compile(r"[\u0590-\u06ff\u0750-\u077f]")
WORD = re.compile(r"[a-z0-9]+")
_SIMPLIFIED = icu.Transliterator.createInstance("Traditional-Simplified")
_ARTICLE = re.compile(r"\bال(?=\w{3})")
_DOTTED = re.compile(r"\b(?:\w\.){2,}")


@dataclass(frozen=True, slots=True)
class Form:
    """A name as it is compared.

    tokens     Latin letters and digits, in their order; one form of each spelling
    han        the same in simplified characters, without company forms; "" for names in other scripts
    vowelless  its script writes no vowels (Arabic, Hebrew), so that its tokens are little more than consonants
    """

    tokens: tuple[str, ...]
    han: str = ""
    vowelless: bool = False


@lru_cache(maxsize=100_000)
def form(text: str, kind: Kind) -> Form:
    """How a name of this kind of subject is compared; without tokens when nothing is left of it."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if HAN.search(plain):
        return _of_person_in_han(plain) if kind is Kind.PERSON and len(HAN.findall(plain)) <= 4 else _in_han(plain)
    return Form(tuple(_latin(plain, kind)), vowelless=bool(VOWELLESS.search(plain)))


def _latin(plain: str, kind: Kind) -> list[str]:
    if VOWELLESS.search(plain):
        plain = _arabic(plain)
    if kind is not Kind.PERSON:
        plain = remove_org_types(plain, replacement=" ") or plain
    joined = (
        _DOTTED.sub(lambda found: found.group().replace(".", "") + " ", plain) if kind is not Kind.PERSON else plain
    )
    letters = joined.translate({ord("’"): None, ord("'"): None, ord("ʿ"): None, ord("ʾ"): None, ord("`"): None})
    latin = letters if letters.isascii() else ascii_text(letters).casefold()
    words = WORD.findall(latin.replace("?", "").replace("hong kong", "hongkong").replace("'", ""))
    if kind is Kind.PERSON:
        return [GIVEN.get(word, word) for word in words if word not in FILLERS or len(words) <= 2]
    return _without_forms(words)


def _arabic(plain: str) -> str:
    """Without company forms and articles, words of the trade in English."""
    for word in ARABIC_FORMS:
        plain = plain.replace(word, " ")
    for word, said in ARABIC_TRADE.items():
        plain = plain.replace(word, f" {said} ")
    return _ARTICLE.sub("", plain.replace("عبد ال", "عبدال"))


def _without_forms(words: list[str]) -> list[str]:
    """Without company forms and fillers, unless that is all there is."""
    known = [SAME.get(word, PLACE_SAME.get(word, word)) for word in words]
    return [w for w in known if w not in FORMS and w not in FILLERS] or known


def _simplified(plain: str) -> str:
    return str(_SIMPLIFIED.transliterate(plain))


def _of_person_in_han(plain: str) -> Form:
    """Surname and given name, the given name's syllables in one, as passports write it (GB/T 28039-2011)."""
    name = "".join(HAN.findall(_simplified(plain)))
    long = 2 if name[:2] in DOUBLE_SURNAMES and len(name) > 2 else 1
    surname, given = name[:long], name[long:]
    read = SURNAMES.get(surname) or "".join(lazy_pinyin(surname))
    read = "yuchi" if surname == "尉迟" else read
    parts = [read, "".join(lazy_pinyin(given)).replace("ü", "v")] if given else [read]
    return Form(tuple(part for part in parts if part), han=name)


def _in_han(plain: str) -> Form:
    """Places, words of the trade in English, and what is left in pinyin, each run in one token."""
    text = _simplified(plain)
    for word in HAN_FORMS:
        text = text.replace(word, " ")
    bare = "".join(c for c in text if c.isalnum())
    for word, said in (*((p, _pinyin(p)) for p in HAN_PLACES), *HAN_TRADE.items()):
        text = text.replace(word, f" {said} ")
    runs = re.findall(r"[\u3400-\u9fff]+|[^\u3400-\u9fff]+", text)
    latin = " ".join(_pinyin(run) if HAN.search(run) else ascii_text(run).casefold() for run in runs)
    return Form(tuple(_without_forms(WORD.findall(latin))), han=bare)


def _pinyin(run: str) -> str:
    return "".join(lazy_pinyin(run)).replace("ü", "v")


@lru_cache(maxsize=50_000)
def skeleton(token: str) -> str:
    """What is left of a word where vowels are not written: its consonants, doubled ones once."""
    bare = re.sub(r"[aeiouwy]", "", token.replace("kh", "h").replace("ph", "f").replace("q", "k").replace("c", "k"))
    return re.sub(r"(.)\1+", r"\1", bare)


def keys(name: Form) -> frozenset[str]:
    """By what a name is looked for: beginnings and ends of its tokens, their consonants, alone and two together, all
    its letters in whatever order, pairs of characters.

    One slip of the pen leaves one of them as it was. Words of the trade and cities count only if there is nothing else.
    """
    telling = [t for t in name.tokens if t not in TRADE and t not in PLACES] or list(name.tokens)
    found = {f"@{''.join(sorted(''.join(telling)))}"}
    bones = sorted({bare for token in telling if (bare := skeleton(token))})
    found |= {f"{a}~{b}" for n, a in enumerate(bones) for b in bones[n + 1 :]}
    for token in telling:
        ends = 4 if len(token) > 5 else 3
        found |= {f"^{token[:ends]}", f"{token[-ends:]}$"} if len(token) > 3 else {f"={token}"}
        if len(bare := skeleton(token)) > 2 or (bare and len(telling) == 1):
            found.add(f"~{bare}")
    found |= {name.han[at : at + 2] for at in range(len(name.han) - 1)}
    return frozenset(found)
