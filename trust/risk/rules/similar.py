"""How alike two names of companies are."""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from rapidfuzz import fuzz
from rigour.names import remove_org_types

_FORMS = re.compile(
    r"\b(company|limited|ltd|co|inc|corp|corporation|llc|gmbh|the)\b|有限责任公司|股份有限公司|有限公司|公司"
)
_REST = re.compile(r"[^\w]+|_")


@lru_cache(maxsize=4096)
def bare(name: str) -> str:
    """A name in small letters without accents, signs and the company's legal form."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    text = "".join(sign for sign in text if not unicodedata.combining(sign))
    text = remove_org_types(unicodedata.normalize("NFC", text))
    return " ".join(_REST.sub(" ", _FORMS.sub(" ", _REST.sub(" ", text))).split())


def alike(name: str, known: Iterable[str]) -> int:
    """In percent, how alike a name is to the likest of the known ones: by its set of words, whatever their order."""
    wanted = bare(name)
    found = (fuzz.token_sort_ratio(wanted, bare(other)) for other in known)
    return int(Decimal(str(max(found, default=0))))
