"""ISO 11649 creditor references: what a transfer must say so that its money finds its milestone."""

from uuid import UUID

from stdnum import iso11649
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10

_DIGITS = 18  # of the id's random bits; a clash is refused by the unique column


def reference_for(id_: UUID) -> str:
    """The reference of one milestone: `RF`, two check digits, 18 digits.

    Digits only: with letters among them the check digits would not find every single wrong sign.
    """
    body = f"{(id_.int & ((1 << 60) - 1)) % 10**_DIGITS:0{_DIGITS}d}"
    return f"RF{mod_97_10.calc_check_digits(body + 'RF')}{body}"


def read(text: str) -> str | None:
    """The reference in its compact form; None for what is no valid reference."""
    try:
        return str(iso11649.validate(text))
    except ValidationError:
        return None


def grouped(reference: str) -> str:
    """As printed on paper, in fours."""
    return str(iso11649.format(reference))
