"""What Portolan asks of a payment provider, in its own words. One adapter a provider; routing trusts `capabilities`.

Every changing call carries an operation key. The same key with the same content has one effect however often it is
sent; a retry never makes a new key. Ids are opaque: an adapter packs into them whatever it needs to find the object
again. Amounts are positive.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from app.core.money import Money
from payments.capabilities import Capabilities
from payments.hosted import HostedPage


class GatewayError(Exception):
    """A call to a provider that brought no result. Which of the four kinds says what may be done next."""


class GatewayDeclined(GatewayError):
    """The payer's bank said no. Definite: no money moved. The payer may try another method.

    reason     the provider's word for it, such as `insufficient_funds`
    pay_in_id  the pay-in that was declined and may be confirmed with another method; empty if there is none
    """

    def __init__(self, reason: str, *, pay_in_id: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.pay_in_id = pay_in_id


class GatewayRefused(GatewayError):
    """A definite no: nothing happened, and the same request would be refused again.

    code  the provider's word for it, such as `balance_insufficient`; detail is for operators, not for users
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class GatewayUnknown(GatewayError):
    """Time-out, lost connection or server error after sending: it may have happened. Retry with the same key."""


class GatewayBusy(GatewayError):
    """Nothing happened now; try again later with the same key (rate limit, key in use, provider out of reach)."""


class WebhookForged(GatewayError):
    """A webhook whose signature is missing, wrong or too old."""


class PayInState(StrEnum):
    AWAITING_METHOD = "awaiting_method"  # nobody has tried to pay yet, or the last try failed
    AWAITING_PAYER = "awaiting_payer"  # the payer must confirm with their bank
    PROCESSING = "processing"
    AUTHORISED = "authorised"  # held on the card, to be captured or cancelled
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"


class TransferState(StrEnum):
    """How far a refund or pay-out has come."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class DisputeState(StrEnum):
    OPEN = "open"  # waits for our evidence until `due_by`
    UNDER_REVIEW = "under_review"  # the evidence is with the payer's bank
    WON = "won"  # what was taken came back, or nothing ever was taken
    LOST = "lost"  # final: what was taken stays with the payer


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every object at a provider has.

    key  the operation key it was made with; empty for objects that others made
    """

    id: str
    created: datetime
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayIn(Record):
    """Money asked of a payer.

    received       what was really taken; less than `amount` after a partial capture, zero before success
    refunded       how much of it went back
    fee            the provider's charge, once known; its currency may differ from the amount's
    source         names this money as the source of a transfer; empty until there is some
    method         how it was tried, in the provider's word, such as `card`; empty if nobody tried
    page           where the payer pays, while that is open; short-lived, so ask again when somebody goes there
    client_secret  lets the payer's browser finish the payment; keep it out of logs
    failure        why the last try failed; empty if none did
    """

    state: PayInState
    amount: Money
    received: Money
    refunded: Money
    subject: str
    fee: Money | None = None
    source: str = ""
    method: str = ""
    page: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Record):
    state: TransferState
    amount: Money
    pay_in_id: str
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Record):
    """Money handed on to a connected account; `reversed` says how much was taken back."""

    amount: Money
    reversed: Money
    to_account: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal(Record):
    amount: Money
    transfer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayOut(Record):
    """Money sent from a connected account to its bank."""

    state: TransferState
    amount: Money
    account: str
    arrives: datetime
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Record):
    """A supplier's account at the provider. `missing` names what it must still supply, in the provider's words; `banks`
    are the provider's marks of the bank accounts that it pays out to: the same mark, the same number."""

    country: str
    can_receive: bool
    can_pay_out: bool
    missing: tuple[str, ...]
    banks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute(Record):
    """A payer's bank takes a payment back (a chargeback), or only asks about it (an inquiry).

    amount     what is in dispute: the pay-in's amount or less
    taken      what the provider holds back from our balance for it now; zero for an inquiry and once it is won
    fee        the provider's charge for it, won or lost; None while nothing was charged
    reason     the provider's word, such as `product_not_received`
    due_by     until when evidence is taken; None if the bank takes none
    submitted  whether evidence was submitted; usually that can be done once
    """

    state: DisputeState
    pay_in_id: str
    amount: Money
    taken: Money
    reason: str
    fee: Money | None = None
    due_by: datetime | None = None
    submitted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What we tell the payer's bank: plain text, no files. Each field up to EVIDENCE_LENGTH characters; empty: unsaid.

    statement        the story: what was agreed, what was delivered, who accepted it and when
    policy           what the payer was told about refunds and cancellation before paying
    refund_refusal   why no refund is due
    """

    statement: str
    goods: str = ""
    buyer_name: str = ""
    buyer_email: str = ""
    shipped_to: str = ""
    shipped_on: str = ""
    carrier: str = ""
    tracking_number: str = ""
    policy: str = ""
    refund_refusal: str = ""


EVIDENCE_LENGTH = 20_000

R = TypeVar("R", PayIn, Refund, Transfer, Reversal, PayOut, Account, Dispute)
KINDS: Mapping[str, type[Record]] = {
    "pay_in": PayIn,
    "refund": Refund,
    "transfer": Transfer,
    "reversal": Reversal,
    "pay_out": PayOut,
    "account": Account,
    "dispute": Dispute,
}


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """Something happened; what exactly must be asked with `fetch`, for events come twice, late and out of order.

    kind         the provider's word, such as `payment_intent.succeeded`
    object_kind  a name of KINDS; empty when it is about something we do not know
    object_id    for `fetch`; empty with `object_kind`
    """

    id: str
    kind: str
    object_kind: str
    object_id: str
    created: datetime


class SettlementKind(StrEnum):
    PAY_IN = "pay_in"
    REFUND = "refund"
    TRANSFER = "transfer"
    REVERSAL = "reversal"
    PAY_OUT = "pay_out"  # positive when a failed or cancelled pay-out came back
    DISPUTE = "dispute"  # negative when a dispute was opened, positive when it was won
    FEE = "fee"  # charged apart from any payment
    TOP_UP = "top_up"  # our own money, added to the balance
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Settlement:
    """One line of the provider's own books. `amount` and `net` are negative when money left; net = amount − fee.

    provider_kind  the provider's word for what `kind` sums up
    source_id      the object behind the line, as the provider names it; key and group as we gave them to it
    """

    id: str
    kind: SettlementKind
    provider_kind: str
    amount: Money
    fee: Money
    net: Money
    source_id: str
    key: str
    group: str
    created: datetime
    available: datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """What the provider holds in one currency; either figure is negative when more was taken back than was there.

    available  can be transferred or paid out now
    pending    comes with time
    """

    available: Money
    pending: Money


class Gateway(Protocol):
    """A payment provider. Every call raises a GatewayError, and only that, when it brings no result."""

    @property
    def capabilities(self) -> Capabilities: ...

    async def pay_in(
        self,
        amount: Money,
        *,
        subject: str,
        reference: str,
        key: str,
        method: str | None = None,
        page: HostedPage | None = None,
        authorise_only: bool = False,
    ) -> PayIn:
        """Ask for money for `subject`, which also groups the later transfers.

        reference       what the payer reads
        method          pay with it at once; None leaves that to the payer's browser (`client_secret`) or to `confirm`
        page            the payer pays on a page of the provider's, whose address is the pay-in's `page`. While that is
                        open a declined try is no failure: the payer may try again there. The pay-in may have another
                        id once it was paid
        authorise_only  hold it on the card until `capture` or `cancel`: days, not escrow
        """
        ...

    async def confirm(self, pay_in_id: str, *, method: str, key: str) -> PayIn:
        """Pay with `method`, after a pay-in without one or a declined try."""
        ...

    async def capture(self, pay_in_id: str, *, key: str, amount: Money | None = None) -> PayIn:
        """Take what was authorised, or less; the rest is let go."""
        ...

    async def cancel(self, pay_in_id: str, *, key: str) -> PayIn:
        """Give up a pay-in that has not succeeded; its page closes. Refused once it has, or once it is on its way."""
        ...

    async def refund(self, pay_in_id: str, amount: Money, *, key: str) -> Refund:
        """Give money back to the payer; refused beyond what was received."""
        ...

    async def transfer(self, amount: Money, *, to_account: str, group: str, key: str, source: str = "") -> Transfer:
        """Hand money on to a connected account.

        source  a pay-in's `source`: its money may be used before it is available; empty: only what is available
        """
        ...

    async def reverse(self, transfer_id: str, amount: Money, *, key: str) -> Reversal:
        """Take a transfer back; refused beyond what is left of it, and once the account has paid it out."""
        ...

    async def pay_out(self, account: str, amount: Money, *, key: str) -> PayOut:
        """Send a connected account's available money to its bank."""
        ...

    async def open_account(self, *, country: str, email: str, name: str, reference: str, key: str) -> Account:
        """Open a connected account for a supplier; `reference` is our own name for it. It can do nothing until the
        supplier has given the provider what it asks for."""
        ...

    async def onboarding_link(self, account: str, *, refresh_url: str, return_url: str) -> str:
        """A short-lived address where the supplier gives the provider what is `missing`."""
        ...

    async def fetch(self, kind: type[R], id: str) -> R:  # noqa: A002  the protocol's own word
        """The object as it is now. Raises GatewayRefused("resource_missing") when there is none."""
        ...

    async def find_by_metadata(self, kind: type[R], key: str, *, since: datetime, parent: str = "") -> R | None:
        """The object made with this operation key at or after `since`; None when the provider has none.

        parent  where to look: a refund's pay-in, a reversal's transfer, a pay-out's account; for a transfer its group
        """
        ...

    def disputes(self, since: datetime) -> AsyncIterator[Dispute]:
        """Disputes opened at or after `since`, newest first."""
        ...

    async def submit_evidence(self, dispute_id: str, evidence: Evidence, *, key: str) -> Dispute:
        """Hand the payer's bank our side, once and for all. Refused when the dispute is not open (any more), when
        evidence was submitted before, and when a field is too long."""
        ...

    async def concede(self, dispute_id: str, *, key: str) -> Dispute:
        """Accept a dispute as lost, without evidence."""
        ...

    async def balance(self, *, account: str = "") -> Mapping[str, Balance]:
        """What is held now, by ISO 4217 code: the platform's, or a connected account's. A code that is missing holds
        nothing."""
        ...

    def settlements(self, since: datetime, *, account: str = "") -> AsyncIterator[Settlement]:
        """The provider's books at or after `since`, newest first: the platform's, or a connected account's."""
        ...

    def events(self, since: datetime) -> AsyncIterator[ProviderEvent]:
        """The platform's events at or after `since`, newest first: what a lost webhook would have told."""
        ...

    def verify_webhook(self, raw: bytes, signature: str) -> ProviderEvent:
        """Read a webhook, after checking its signature over the raw bytes. Raises WebhookForged."""
        ...

    async def close(self) -> None:
        """Give back connections."""
        ...
