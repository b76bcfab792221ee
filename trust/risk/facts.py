"""What is known at each decision point, as the caller knows it. Amounts are whole US cents, so that they compare."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from trust.risk.facts_of_people import PaperFacts, PartiesFacts
from trust.risk.known import CarriageKnown, ListingKnown, TradeKnown
from trust.risk.pictures.finding import Seen
from trust.risk.texts import Found, find


@dataclass(frozen=True)
class MessageFacts:
    """Something one company writes to another.

    before_contract  nothing is signed between the two yet
    earlier          how often the writer's company was told to stay on the platform in the last 30 days
    same             how often the company sent this very text today, this time included
    shown            what pictures and files that were sent give away, as far as it counts
    """

    text: str
    before_contract: bool
    earlier: int = 0
    same: int = 1
    shown: Sequence[Seen] = ()

    @cached_property
    def found(self) -> Sequence[Found]:
        """What the text gives away: several rules ask."""
        return find(self.text)


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """A letter that answers one of ours by mail.

    own              it says to be from the very address that ours went to
    spf, dkim, dmarc what the mail server found (RFC 8601), "" where it did not look
    aligned          the methods that passed for the domain of the From address
    domain, reply_to that domain, and the one to which answers are to go instead; "" for none
    """

    own: bool
    domain: str
    spf: str = ""
    dkim: str = ""
    dmarc: str = ""
    aligned: frozenset[str] = frozenset()
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class BankFacts:
    """An account that a company wants to be paid on.

    names        the company's registered names, in its own script and in Latin letters
    open_deals   of how many buyers money is still to come, where the account is not the company's first
    parties      how many companies have named this account, this one included
    unlisted     the BIC names no bank of the directory that the operator loaded
    new_device   the browser was first seen with the member in the last 24 hours, and others before
    due_in       days until the next payment of a running deal is due, where the account is not the company's first;
                 None: none is due on a day
    """

    country: str
    company_country: str
    holder: str
    names: Sequence[str]
    open_deals: int = 0
    parties: int = 1
    new_device: bool = False
    due_in: int | None = None
    unlisted: bool = False


@dataclass(frozen=True, slots=True)
class PayoutFacts:
    """Money a supplier asks for. `former` are its settled payouts in the same currency, in minor units as `amount`.

    holder    of the bank account; "" over a provider
    accounts  to how many it asked for money in the last 72 hours, this one included
    """

    amount: int
    former: Sequence[int]
    holder: str = ""
    names: Sequence[str] = ()
    accounts: int = 1


@dataclass(frozen=True, slots=True)
class ListingFacts:
    """A listing that is sent in. `market`: prices of one unit of published goods of the same category, unit and
    currency by other companies in the last 180 days; `today`: listings sent in by the company in the last 24 hours."""

    text: str
    price: Decimal
    market: Sequence[Decimal] = ()
    today: int = 1
    days_here: int = 10_000
    known: ListingKnown = field(default_factory=ListingKnown)


@dataclass(frozen=True, slots=True)
class QuotationFacts:
    """A quotation. `prices` of its lines beside those of like goods, as in TradeKnown."""

    last_hour: int
    days_here: int
    prices: Sequence[tuple[Decimal, Sequence[Decimal]]] = ()


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """A contract whose text is agreed. `cents` None: its currency has no rate. `advance` in percent of the total."""

    cents: int | None
    advance: Decimal
    completed: int
    goods: Sequence[str] = ()
    known: TradeKnown = field(default_factory=TradeKnown)
    parties: PartiesFacts = field(default_factory=PartiesFacts)


@dataclass(frozen=True, slots=True)
class AmendmentFacts:
    """`amounts`: in how many amendments of this deal the sum changed, this one included."""

    amounts: int


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """On what the papers of a shipment disagree: by the point's name, what each of two papers says."""

    disagreements: Sequence[tuple[str, str, str]] = field(default=())
    known: CarriageKnown = field(default_factory=CarriageKnown)
    paper: PaperFacts = field(default_factory=PaperFacts)
