"""The chart of accounts: every account there can be, what stands on which side, and which may never go below zero.

Amounts are signed: debit positive, credit negative, so the legs of an entry sum to zero. `side` turns that into the
figure people mean: 1 where debits increase the account (cash, costs, claims), -1 where credits do (debts, income).
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.core.subject import Subject


class Kind(StrEnum):
    PSP = "psp"
    BANK = "bank"
    IN_TRANSIT = "in_transit"
    SUSPENSE = "suspense"
    OWN_FUNDS = "own_funds"
    ESCROW = "escrow"
    ESCROW_FROZEN = "escrow_frozen"
    REFUND_DUE = "refund_due"
    PAYABLE = "payable"
    RESERVE = "reserve"
    RECEIVABLE = "receivable"
    FEE_INCOME = "fee_income"
    MEMBERSHIP_INCOME = "membership_income"
    PSP_COST = "psp_cost"
    FX_GAIN_LOSS = "fx_gain_loss"
    LOSS = "loss"
    FX = "fx"
    BANK_COST = "bank_cost"
    BANK_INTEREST = "bank_interest"
    MICRO_DEPOSIT = "micro_deposit"
    UNEXPLAINED = "unexplained"


CASH = frozenset({Kind.PSP, Kind.BANK})
OWED = frozenset(
    {Kind.ESCROW, Kind.ESCROW_FROZEN, Kind.REFUND_DUE, Kind.PAYABLE, Kind.RESERVE, Kind.IN_TRANSIT, Kind.SUSPENSE}
)
"""What belongs to others. Never more than the cash of the same currency."""
DEBIT_SIDE = CASH | {
    *(Kind.RECEIVABLE, Kind.PSP_COST, Kind.BANK_COST, Kind.LOSS, Kind.FX, Kind.FX_GAIN_LOSS, Kind.UNEXPLAINED),
    Kind.MICRO_DEPOSIT,
}
FLOORED = frozenset({Kind.ESCROW, Kind.ESCROW_FROZEN, Kind.REFUND_DUE, Kind.PAYABLE, Kind.RESERVE, Kind.RECEIVABLE})
"""One party's accounts: their balance is cached and never below zero. All others are hot: shared by every deal, they
carry no cached balance, so that no two deals wait for each other."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as code names it; there is one row for each currency in which it is used."""

    code: str
    kind: Kind
    owner: Subject | None = None

    @property
    def side(self) -> int:
        return 1 if self.kind in DEBIT_SIDE else -1

    @property
    def floored(self) -> bool:
        return self.kind in FLOORED


def psp(provider: str) -> Account:
    """Money that a payment provider holds for us."""
    return Account(f"psp:{provider}", Kind.PSP)


def bank(name: str) -> Account:
    """Money on our own account at a bank."""
    return Account(f"bank:{name}", Kind.BANK)


def escrow(subject: Subject) -> Account:
    return Account(f"escrow:{subject}", Kind.ESCROW, subject)


def frozen(subject: Subject) -> Account:
    """Escrow under dispute."""
    return Account(f"escrow_frozen:{subject}", Kind.ESCROW_FROZEN, subject)


def refund_due(subject: Subject) -> Account:
    """Decided to go back to the buyer, not yet there."""
    return Account(f"refund_due:{subject}", Kind.REFUND_DUE, subject)


def payable(organisation_id: UUID) -> Account:
    """What a supplier has earned and may have paid out."""
    owner = Subject("organisation", organisation_id)
    return Account(f"payable:{owner}", Kind.PAYABLE, owner)


def reserve(organisation_id: UUID) -> Account:
    """What is set aside of a supplier's balance while a buyer's bank asks about a payment."""
    owner = Subject("organisation", organisation_id)
    return Account(f"reserve:{owner}", Kind.RESERVE, owner)


def receivable(organisation_id: UUID) -> Account:
    """What a company owes the platform after a chargeback."""
    owner = Subject("organisation", organisation_id)
    return Account(f"receivable:{owner}", Kind.RECEIVABLE, owner)


def suspense(provider: str) -> Account:
    """Money at a provider of which nobody can say yet whose it is."""
    return Account(f"suspense:{provider}", Kind.SUSPENSE)


def fx(sold: str, bought: str) -> Account:
    """What is open between two currencies; it has a row in each of them."""
    return Account(f"fx:{sold}{bought}", Kind.FX)


IN_TRANSIT = Account("in_transit", Kind.IN_TRANSIT)
SUSPENSE = Account("suspense", Kind.SUSPENSE)
FEE_INCOME = Account("fee_income", Kind.FEE_INCOME)
MEMBERSHIP_INCOME = Account("membership_income", Kind.MEMBERSHIP_INCOME)
PSP_COST = Account("psp_cost", Kind.PSP_COST)
LOSS = Account("loss", Kind.LOSS)
OWN_FUNDS = Account("own_funds", Kind.OWN_FUNDS)
"""The platform's own money among the cash: what providers charge is paid from it, never from what others are owed."""
BANK_COST = Account("bank_cost", Kind.BANK_COST)
BANK_INTEREST = Account("bank_interest", Kind.BANK_INTEREST)
MICRO_DEPOSIT = Account("micro_deposit", Kind.MICRO_DEPOSIT)
"""What the platform spends of its own to prove companies' bank accounts."""
UNEXPLAINED = Account("unexplained", Kind.UNEXPLAINED)
"""What left our bank and nobody knows why: no cash any more, and owed by nobody yet, so a proof shows the gap."""
FX_GAIN_LOSS = Account("fx_gain_loss", Kind.FX_GAIN_LOSS)
