"""Whether the holder that the bank names is the company."""

from collections.abc import Iterable

from payments.names import same_company
from trust.verification.register import SIMILAR, nearest

REVIEW_KIND = "bank_name"


def percent(name: str, known: Iterable[str]) -> int:
    """How like a bank's name of the holder is to the nearest of the company's registered names, from 0 to 100.

    What banks do to names (capitals, no accents, cut off at 35 signs) makes no difference.
    """
    names = [one for one in known if one]
    if same_company(name, names):
        return 100
    return int(100 * nearest(names, name))


def fits(alike: int | None) -> bool:
    """Whether nobody has to look at it: also where the bank names nobody, for most do not."""
    return alike is None or alike >= int(100 * SIMILAR)
