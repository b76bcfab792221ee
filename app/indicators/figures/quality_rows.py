"""Rows of quality and brands. Those of goods, listings and inspections reach back twenty-four months, so that what has
improved within a year is counted from one file."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple


class Offer(NamedTuple):
    """A listing that is online with one version of what it says.

    until        it went offline, or another version took its place
    asked        the day from which its category asks for a certificate, or None
    certified    it names one of those that are asked for, which ends on `valid_until`; None: without an end
    """

    listing: str
    seller: str
    category: str
    since: datetime
    until: datetime | None
    asked: date | None
    certified: bool
    valid_until: date | None


class Inspection(NamedTuple):
    """A sample of a listing's goods was inspected on `day` by a sampling `standard` and acceptance quality limits.

    listing   that of an inspected order; "" where the order was of none
    """

    listing: str
    inspection: str
    category: str
    day: date
    standard: str
    aql: str
    passed: bool


class Lot(NamedTuple):
    """The goods of an order, and what became of them.

    amount      the contract's total in dollars by the rate of its day, or None without one
    returned    what of it went back, or is due back, to the buyer
    ended       completed, refunded, cancelled or terminated
    complained  the first complaint or dispute about the quality of these goods
    batch       production or packing is proved; events: how many of produced, packed, shipped and received
    shipped     goods were handed to a carrier
    tested      a third party found that the goods conform
    linked      buyer and seller are confirmed to be one hand's
    """

    listing: str
    deal: str
    category: str
    contracted: datetime
    amount: Decimal | None
    returned: Decimal
    completed: datetime | None
    ended: datetime | None
    complained: datetime | None
    batch: bool
    events: int
    shipped: bool
    tested: bool
    linked: bool


class Line(NamedTuple):
    """A line of an order's contract.

    hs6      the first six digits of the HS code; unit: UN/ECE Recommendation 20
    amount   the line's total in dollars by the rate of the contract's day, or None without one
    own      it names a trade mark in force that the seller holds, or is licensed
    """

    deal: str
    position: int
    contracted: datetime
    hs6: str
    unit: str
    quantity: Decimal
    amount: Decimal | None
    own: bool
    linked: bool


class Alert(NamedTuple):
    """Something found, and since when it is settled. kind: `recall` (a listing that was taken down) or `visit` (an
    objection of an authority that was remedied); source: who made a recall known, else ""."""

    alert: str
    kind: str
    source: str
    found: datetime
    settled: datetime | None


class Visit(NamedTuple):
    """An inspection of the platform by an authority, planned for `planned`; done: when it took place."""

    visit: str
    planned: date
    done: date | None


class Guided(NamedTuple):
    """That a company was guided in the quality of its goods on a day."""

    party: str
    work: str
    day: date


class Brand(NamedTuple):
    """A trade mark that staff have checked, and who speaks for it.

    party      the company, which holds it (`own`) or acts for the holder
    joined     since when the company is registered; sells: it sells here
    office     where it is registered: ISO 3166-1, or WIPO ST.3 such as WO (Madrid), EM
    since      accepted into the registry; until: withdrawn; valid_until: its last day there
    """

    party: str
    right: str
    office: str
    own: bool
    sells: bool
    joined: datetime
    left: datetime | None
    since: datetime
    until: datetime | None
    valid_until: date | None


class Gathered(NamedTuple):
    """A brand event or training. hours: how long it took."""

    event: str
    kind: str
    day: date
    hours: Decimal
    participants: int


class Waiver(NamedTuple):
    """A membership fee that was waived. reason: `innovative`, `brand` or `region`, of which the province (ISO 3166-2)
    is named; amount in `currency`, which has `places` decimals, and in yuan by the rate of the day, or None."""

    waiver: str
    reason: str
    province: str
    granted: datetime
    currency: str
    places: int
    amount: Decimal
    cny: Decimal | None
