"""What is known of who acts, where that is what is judged. Amounts are whole US cents, so that they compare."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JoiningFacts:
    """A company that has joined. `domain`: of its first member's e-mail address; `others`: those of verified ones."""

    domain: str
    others: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class VerificationFacts:
    """A company that asks to be verified.

    cents        its registered capital; None: not stated, or in a currency without a rate
    at_address   how many companies have this address, this one included; `at_phone` likewise
    ended_by     what it shares with companies that were excluded, by kind of trait
    register     in percent, how like the register's name the nearest of its own is; None: nobody looked
    same_number  whether the register's entry has the number that the company registered with
    """

    domain: str = ""
    cents: int | None = None
    website: bool = True
    at_address: int = 1
    at_phone: int = 1
    ended_by: Sequence[str] = ()
    register: int | None = None
    same_number: bool = True


@dataclass(frozen=True, slots=True)
class PartiesFacts:
    """The two of a contract.

    shared    what they have in common, by kind of trait
    age       days since the supplier was established, as it states; None: it does not
    scope     what the supplier may do by its register, in its own words; "" where it does not say
    goods     what is sold, in all languages of the contract
    credit    in percent of the total, what is paid only after the goods were shipped
    settled   completed orders of the buyer with suppliers that are not related to it
    clauses   what the two have written themselves
    destination, places  countries: where the goods are to go, and of the place of delivery and the consignee
    """

    shared: Sequence[str] = ()
    age: int | None = None
    scope: str = ""
    goods: str = ""
    credit: int = 0
    settled: int = 0
    clauses: str = ""
    destination: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """Money that came for a deal: from whom, by the bank's line; `same`: that it is the buyer, by its names."""

    payer: str
    names: Sequence[str]
    same: bool


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """Money that is to go back from what a payer sent. In minor units of one currency.

    asked   what was due, 0 where nobody knows
    payer   by the bank's line; "" where it does not say
    payee   holder of another account that it shall go to; "": to where it came from
    """

    came: int
    asked: int
    payer: str = ""
    payee: str = ""
    same: bool = True


@dataclass(frozen=True, slots=True)
class LoginFacts:
    """How many passwords of a member were tried within a quarter of an hour."""

    tries: int


@dataclass(frozen=True, slots=True)
class ArrivalFacts:
    """A member who signed in from the country `after`, `minutes` after they did from `before` (ISO 3166)."""

    before: str
    after: str
    minutes: int


@dataclass(frozen=True, slots=True)
class EditFacts:
    """A member who changes what is public of the company, `new_device` as in BankFacts."""

    new_device: bool


@dataclass(frozen=True, slots=True)
class ChargebackFacts:
    """How many payments of the buyer its bank disputed in the last 90 days, this one included."""

    disputed: int


@dataclass(frozen=True, slots=True)
class ShipmentFacts:
    """Goods that are handed to a carrier. `late`: days after the contract's last day, 0 or less: in time.

    recent, before  (late or disputed, all) shipments of the supplier in the last 30 days, and in the 150 before
    """

    tracking: str
    late: int = 0
    recent: tuple[int, int] = (0, 0)
    before: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """A document of a shipment that somebody hands in.

    reused       in how many orders of other suppliers a paper of this kind has the same number
    destination  country of the contract; `places`: of the port the paper names, and of this shipment's consignee
    """

    reused: int = 0
    destination: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file that is sent along. `numbers`: of documents that were issued here, as the file names them; `ours`: that it
    is, sign for sign, one of those; `maker`: the program that a PDF says it was last saved with."""

    numbers: Sequence[str] = ()
    ours: bool = False
    maker: str = ""


@dataclass(frozen=True, slots=True)
class ExportFacts:
    """What a member took out today, with what is asked for now. `usual`: what nearly all days of its role stay below, 0
    where nothing is known yet; `let_go`: two people let this day go on."""

    role: str
    today: int
    usual: int
    let_go: bool = False


@dataclass(frozen=True, slots=True)
class ExclusionFacts:
    """A company beside one that was excluded, `company`: what they share, by kind of trait; `confirmed`: people at the
    desk have found that they are one hand's.
    """

    company: str
    kinds: Sequence[str]
    confirmed: bool = False
