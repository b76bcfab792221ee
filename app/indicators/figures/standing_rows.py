"""Rows of what stands behind the names: who was verified, and how each request to be verified went."""

from datetime import datetime
from typing import NamedTuple


class Proof(NamedTuple):
    """That something of a company was confirmed at `since`, to hold until a moment; of one kind the newest counts.

    what   entity (name, number, address and representative), bank or site
    until  of a bank account that the company alone has named: `since`
    """

    party: str
    what: str
    since: datetime
    until: datetime


class Check(NamedTuple):
    """A company's request to be verified.

    renewing    of what was confirmed before
    decided     and `end`: accepted, rejected or withdrawn; "" while it is open
    faults      of a refused one, the facts and documents that were not accepted, with spaces between
    twice       another person looked at it as well
    mismatched  when it was first noted that the register has another name or number
    """

    check: str
    renewing: bool
    opened: datetime
    decided: datetime | None
    end: str
    faults: str
    twice: bool
    mismatched: datetime | None
