"""Whether two ways of writing a company's name mean the same company.

Banks write names in capitals, without accents, cut off at 35 or 70 signs, and with the legal form in any spelling. What
is left after all that does not distinguish must be equal: a similar name is another company's.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

SHORTEST_CUT = 35
"""Signs after which older payment systems cut a name off."""
_FORMS = frozenset({
    "ab", "ag", "aktiengesellschaft", "as", "asa", "aps", "bhd", "bv", "co", "company", "corp", "corporation", "cv",
    "doo", "ead", "eg", "eirl", "eood", "gesmbh", "gmbh", "inc", "incorporated", "jsc", "kft", "kg", "kgaa", "kk",
    "limited", "llc", "llp", "lp", "ltd", "ltda", "mbh", "nv", "ohg", "ood", "oy", "oyj", "pjsc", "plc", "pte",
    "pty", "pvt", "private", "proprietary", "sa", "sab", "sae", "sal", "sarl", "sas", "sasu", "sdn", "se", "sl",
    "slu", "snc", "spa", "spol", "spzoo", "sro", "srl", "srls", "tbk", "tic", "zrt", "and", "et", "u", "und", "y",
})  # fmt: skip
"""What may stand at the end of a name and is no part of it."""
_BEFORE = frozenset(("oao", "ooo", "pt", "the", "uab", "zao"))
_CHINESE_FORMS = re.compile(r"(股份有限公司|有限责任公司|有限責任公司|股份公司|有限公司|公司)$")
_DOTTED = re.compile(r"\b(?:[a-z]\.\s?){1,5}[a-z]?\b\.?")
_WORD = re.compile(r"[^\W_]+")
_SPELT = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "&": " "})
_TYPED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "ñ": "ny"})
"""How a keyboard without these letters writes them."""


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """`name` without case, width, accents, punctuation and legal form; "" where nothing is left."""
    text = unicodedata.normalize("NFKC", name).casefold().translate(_SPELT)
    text = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    text = _DOTTED.sub(lambda found: found[0].replace(".", "").replace(" ", "") + " ", text)  # s. r. l. → srl
    words = _WORD.findall(unicodedata.normalize("NFC", text))
    while len(words) > 1 and words[-1] in _FORMS:
        words.pop()
    if len(words) > 1 and words[0] in _BEFORE:
        words.pop(0)
    return _CHINESE_FORMS.sub("", "".join(words))


def _spellings(name: str) -> frozenset[str]:
    typed = unicodedata.normalize("NFC", name.casefold()).translate(_TYPED)
    return frozenset((plain(name), plain(typed))) - {""}


def same_company(name: str, known: Iterable[str]) -> bool:
    """Whether `name` is one of the `known` names, or one of them cut off."""
    wanted = _spellings(name)
    others = frozenset(spelling for other in known for spelling in _spellings(other))
    cut = len(name.strip()) >= SHORTEST_CUT
    return bool(wanted & others) or (cut and any(o.startswith(w) for w in wanted for o in others))
