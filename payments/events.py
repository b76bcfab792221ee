"""What happened to money. A `subject` is the deal it belongs to, such as `order:…`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.jobs import Event
from app.core.money import Money
from app.core.subject import Subject


@dataclass(frozen=True)
class EscrowFunded(Event):
    """A milestone's money has arrived and is held."""

    subject: Subject
    milestone_id: UUID
    amount: Money


@dataclass(frozen=True)
class EscrowReleased(Event):
    """Held money now belongs to the supplier: `amount` of the milestone, of which `fee` is the platform's."""

    subject: Subject
    milestone_id: UUID
    amount: Money
    fee: Money


@dataclass(frozen=True)
class EscrowRefunded(Event):
    """Money is back with the buyer: the provider has confirmed it, or the bank transfer is booked."""

    subject: Subject
    milestone_id: UUID
    amount: Money


@dataclass(frozen=True)
class PaymentFailed(Event):
    """A pay-in or refund definitely did not happen. `kind` is `pay_in` or `refund`."""

    subject: Subject
    milestone_id: UUID
    operation_id: UUID
    kind: str
    reason: str


@dataclass(frozen=True)
class PayoutSettled(Event):
    organisation_id: UUID
    payout_id: UUID
    amount: Money


@dataclass(frozen=True)
class PayoutFailed(Event):
    """The money is in the supplier's balance again."""

    organisation_id: UUID
    payout_id: UUID
    amount: Money
    reason: str


@dataclass(frozen=True)
class OperationPlanned(Event):
    """A provider is to be asked for something; the key is stored."""

    operation_id: UUID


@dataclass(frozen=True)
class ProofFailed(Event):
    """The books do not add up. Payouts stand still until a later proof holds."""

    proof_id: UUID


@dataclass(frozen=True)
class HoldingEnds(Event):
    """A provider may hold this money only until `ends_at`; the deal has not come to its end yet."""

    subject: Subject
    milestone_id: UUID
    amount: Money
    ends_at: datetime


@dataclass(frozen=True)
class ChargebackOpened(Event):
    """The buyer's bank takes a payment back, or asks about it."""

    subject: Subject
    chargeback_id: UUID
    milestone_id: UUID
    amount: Money


@dataclass(frozen=True)
class ChargebackEnded(Event):
    """The buyer's bank has decided. `won`: for the supplier, and what was taken is where it was."""

    subject: Subject
    chargeback_id: UUID
    milestone_id: UUID
    amount: Money
    won: bool


@dataclass(frozen=True)
class DefenceWanted(Event):
    """Our side of a chargeback is to be told to the buyer's bank."""

    chargeback_id: UUID


@dataclass(frozen=True)
class AccountWanted(Event):
    """A supplier's account at the provider is to be opened, or looked at again."""

    account_id: UUID


@dataclass(frozen=True)
class StatementUploaded(Event):
    """A bank's statement is to be read and booked."""

    file_id: UUID
