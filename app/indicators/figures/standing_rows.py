"""Rows of what stands behind the names: who was verified, and how each request to be verified went."""

from datetime import date, datetime
from decimal import Decimal
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


class Notice(NamedTuple):
    """A notice of somebody's right.

    right, office  its kind, and where it is registered (ISO 3166 or WIPO ST.3)
    decided        and of how many listings the evidence sufficed (`stopped`) or did not (`refused`)
    withdrawn      taken back before it was decided
    fault          wrong or malicious, or ""; public: it stands on the public register
    """

    notice: str
    right: str
    office: str
    filed: datetime
    decided: datetime | None
    stopped: int
    refused: int
    withdrawn: datetime | None
    fault: str
    public: bool


class Item(NamedTuple):
    """A listing that was to come down after a notice.

    stopped  since when it was to be down, and `down` when it was; None while it is not
    proved   when a complaint to an authority or a lawsuit was shown, so that it stays down
    ended    and `how`: lapse (fifteen days without proof), yield, clear or confirm
    """

    notice: str
    item: str
    stopped: datetime
    down: datetime | None
    proved: datetime | None
    ended: datetime | None
    how: str


class Counter(NamedTuple):
    """A supplier's counter-statement; `forward_due`: by when it had to be with the right holder, and when it was."""

    counter: str
    filed: datetime
    forward_due: datetime
    forwarded: datetime | None


class Strike(NamedTuple):
    """That an infringement of a company was confirmed, and points were given for it."""

    party: str
    given: datetime


class Scan(NamedTuple):
    """That a listing was held because it names another's registered mark, and a reviewer found that it does harm."""

    listing: str
    found: datetime


class Stock(NamedTuple):
    """So many listings were published at the end of a day."""

    day: date
    listings: int


class Institution(NamedTuple):
    """Something that is there to protect rights: the document that says so, and since when it holds."""

    what: str
    document: str
    since: date


class Sanction(NamedTuple):
    """A measure of the platform against a company, from the moment it took effect.

    level     remind, partial, full or terminated; reason: code of the catalogue of reasons
    found     it rests on an authority's final decision
    appealed  and `appeal`, once it is decided: upheld, reduced or lifted
    """

    sanction: str
    party: str
    level: str
    reason: str
    found: bool
    starts: datetime
    appealed: datetime | None
    appeal_decided: datetime | None
    appeal: str


class Paid(NamedTuple):
    """A membership term for which something was paid, from its first day to its last. Of two the later one counts."""

    party: str
    plan: str
    first: date
    last: date


class Penalty(NamedTuple):
    """An administrative penalty against the operator. `amount`: None where none was asked for."""

    penalty: str
    decided: date
    currency: str
    places: int
    amount: Decimal | None


class Licence(NamedTuple):
    """A licence on the operator's page, from `shown` until it was taken `off`; good from `first` to `last`, if any."""

    licence: str
    first: date
    last: date | None
    shown: datetime
    off: datetime | None


class Report(NamedTuple):
    """A report the law asks of the operator: `identity` of sellers each half-year, `tax` of each quarter, `basic` of
    the platform, or `incident`; None: not made."""

    report: str
    kind: str
    due: datetime
    made: datetime | None


class Demand(NamedTuple):
    """A request of an authority. `organ`: its kind; `foreign`: of another country than China."""

    demand: str
    organ: str
    foreign: bool
    received: datetime
    due: datetime
    answered: datetime | None


class Incident(NamedTuple):
    """A security or data incident that was no drill and no false alarm, by its nature and grade."""

    incident: str
    nature: str
    grade: str
    noticed: datetime


class Finding(NamedTuple):
    """An authority's final decision against a company, and since when it can begin nothing new."""

    finding: str
    kind: str
    recorded: datetime
    stopped: datetime | None


class Capital(NamedTuple):
    """The operator's registered capital as on the licence: so since `changed`, as `stated` then.

    subscribed, paid_in  in units of `currency`
    document             SHA-256 of the licence or of the notice of the change
    """

    changed: date
    stated: datetime
    subscribed: Decimal
    paid_in: Decimal
    currency: str
    registration: str
    registered: date
    document: str
