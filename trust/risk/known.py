"""What is known of a listing, a trade or a rating beyond its own text, as the caller found it; parts of `facts`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from trust.risk.pictures.finding import Seen


@dataclass(frozen=True, slots=True)
class PictureKnown:
    """A picture of the listing, and one that another company had here before.

    bits    of 64 in which their prints differ
    holder  the other company holds a right that staff have accepted
    """

    key: str
    other: str
    company: str
    bits: int
    holder: bool = False


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """Of a listing's pictures, by key, what is written in them that may give somebody away."""

    seen: Mapping[str, Sequence[Seen]]


@dataclass(frozen=True, slots=True)
class TextKnown:
    """A text of the listing, and one that another listing had before. `alike` in percent, `shingles` of the own text;
    `passage` is the longest that both have; `own`: of the same company.
    """

    language: str
    other: str
    company: str
    alike: int
    shingles: int
    passage: str
    own: bool


@dataclass(frozen=True, slots=True)
class CertificateKnown:
    """A certificate as a listing names it. `days` until it ends, negative once it has; None: it names no day."""

    name: str
    number: str
    days: int | None


@dataclass(frozen=True, slots=True)
class ListingKnown:
    """Beyond the text and price of a listing.

    marks      others' registered trade marks that stand in its title or attributes
    heading    its HS heading, four digits; `headings` those of others' published listings of its category, counted
    unit, statutory  by what it is sold, and in which units its HS code is declared; `unit_fits`: it can be
    fits       how many words of the heading's description stand in the text; None where no description is loaded
    """

    pictures: Sequence[PictureKnown] = ()
    texts: Sequence[TextKnown] = ()
    marks: Sequence[str] = ()
    heading: str = ""
    headings: Mapping[str, int] = field(default_factory=dict)
    fits: int | None = None
    certificates: Sequence[CertificateKnown] = ()
    unit: str = ""
    statutory: Sequence[str] = ()
    unit_fits: bool = True


@dataclass(frozen=True, slots=True)
class TradeKnown:
    """Of both parties to a contract, beyond its text.

    prices      of each line that has any: its price, and those of published goods of the same HS subheading, unit and
                currency by other suppliers
    days_here   of the supplier; `grown` its orders' sum in US cents with this one, from `customers` buyers
    related     the two may be one hand's
    chapters    HS chapters of the lines; `former` those of the buyer's orders so far, which were `orders`
    hops        of the shortest way by which paid orders of 30 days led from the supplier to the buyer, with this one;
                0: none
    round       of the two's orders in 30 days with this one, how many came to whole thousands
    """

    prices: Sequence[tuple[Decimal, Sequence[Decimal]]] = ()
    days_here: int = 10_000
    grown: int = 0
    customers: int = 0
    related: bool = False
    chapters: Sequence[str] = ()
    former: Sequence[str] = ()
    orders: int = 0
    hops: int = 0
    round: int = 0


@dataclass(frozen=True, slots=True)
class CarriageKnown:
    """Of the papers of a shipment: weights in kilograms, volume in cubic metres, countries as ISO 3166.

    lading_again      other orders whose papers name the same transport document of the same carrier
    container_again   other orders that went in one of the same containers within the days of one voyage
    strangers         of both, those between other parties than these two
    """

    lading_again: int = 0
    container_again: int = 0
    strangers: int = 0
    containers: int = 0
    gross: Decimal = Decimal(0)
    cubic: Decimal = Decimal(0)
    supplier: str = ""
    origins: Sequence[str] = ()
    loading: str = ""
    discharge: str = ""
    destination: str = ""


@dataclass(frozen=True, slots=True)
class UnheardFacts:
    """A shipment of which nothing was heard. `days` since it left, by what the supplier said."""

    days: int
    transport_paper: bool
    delivered: bool


@dataclass(frozen=True, slots=True)
class RatingFacts:
    """A rating. `related`: the two may be one hand's; `today`: how many ratings of full stars the company got in the
    last 24 hours, with this one."""

    related: bool
    today: int


@dataclass(frozen=True, slots=True)
class CompletionFacts:
    """A completed order. `carried`: it has a transport document, or proof of delivery; `hops` as in `TradeKnown`."""

    related: bool
    carried: bool
    hops: int = 0
