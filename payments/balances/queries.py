"""A supplier's statement: what it had at the beginning of a period, everything that moved, what it had at the end.

It covers what the platform owes the supplier in one currency: the balance that may be paid out, and what is kept back
in reserve. The opening of a period is the closing of the one before, because both are the same sum.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.evidence import canonical_json
from app.core.i18n import N_, _
from app.core.money import Money
from app.core.periods import Period
from app.core.subject import Subject
from payments.escrow.models import Milestone
from payments.ledger.chart import Kind
from payments.ledger.models import AccountRow, JournalEntry, Posting

OWED = (Kind.PAYABLE, Kind.RESERVE)
"""What a supplier's statement adds up."""

WORDS: dict[str, str] = {
    "release": N_("Released to you"),
    "divide": N_("Released to you in part"),
    "pay_out": N_("Payout"),
    "exchange_pay_out": N_("Payout in another currency"),
    "chargeback": N_("Taken back by the buyer's bank, after the release"),
    "chargeback_undone": N_("Back from the buyer's bank"),
    "recover": N_("Settled with what you owed"),
    "fee_back": N_("Fee of the platform given back"),
    "membership": N_("Membership paid"),
    "membership_back": N_("Membership given back"),
    "reverse_pay_out": N_("Payout that failed, back in your balance"),
}
"""What each kind of entry means to the supplier."""
CREDITED, DEBITED = N_("Added to your balance"), N_("Taken from your balance")


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry that changed what the supplier has.

    deal, part  the order and the kind of its milestone; None and "" for what belongs to no deal
    gross, fee  what was released and the platform's fee of it, where a release brought it; change = gross - fee
    balance     what the supplier has afterwards
    """

    entry_id: UUID
    at: datetime
    kind: str
    deal: Subject | None
    part: str
    gross: Money | None
    fee: Money | None
    change: Money
    balance: Money

    @property
    def text(self) -> str:
        """What happened, in the reader's language."""
        return _(WORDS.get(self.kind, CREDITED if self.change.minor > 0 else DEBITED))


@dataclass(frozen=True, slots=True)
class Statement:
    """`digest` is the SHA-256 of everything it says, in canonical form: two copies that agree say the same."""

    organisation_id: UUID
    currency: str
    period: Period
    opening: Money
    movements: tuple[Movement, ...]

    @property
    def closing(self) -> Money:
        return self.movements[-1].balance if self.movements else self.opening

    @property
    def added(self) -> Money:
        return Money(sum(m.change.minor for m in self.movements if m.change.minor > 0), self.currency)

    @property
    def taken(self) -> Money:
        return Money(-sum(m.change.minor for m in self.movements if m.change.minor < 0), self.currency)

    @property
    def digest(self) -> str:
        said = {
            "organisation": self.organisation_id,
            "currency": self.currency,
            "period": str(self.period),
            "zone": self.period.zone,
            "opening": self.opening,
            "movements": [[m.entry_id, m.at, m.kind, m.change, m.balance] for m in self.movements],
            "closing": self.closing,
        }
        return hashlib.sha256(canonical_json(said).encode()).hexdigest()


async def currencies(tx: AsyncSession, organisation_id: UUID) -> list[str]:
    """Every currency in which the company ever had anything, by code."""
    rows = await tx.scalars(
        select(AccountRow.currency).where(*_own(organisation_id)).distinct().order_by(AccountRow.currency)
    )
    return list(rows)


async def first_movement(tx: AsyncSession, organisation_id: UUID) -> datetime | None:
    """When the company's first money moved."""
    query = (
        select(func.min(JournalEntry.at))
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .join(AccountRow, AccountRow.id == Posting.account_id)
        .where(*_own(organisation_id))
    )
    return (await tx.execute(query)).scalar_one()


async def statement(tx: AsyncSession, organisation_id: UUID, period: Period, currency: str) -> Statement:
    """Everything that moved in the period, oldest first; an empty one for a currency the company never had."""
    opening = await held_at(tx, organisation_id, period.begin, currency)
    movements: list[Movement] = []
    balance = opening
    for entry, change in await _changes(tx, organisation_id, period, currency):
        balance += change
        movements.append(Movement(entry.id, entry.at, entry.kind, _deal(entry), "", None, None, change, balance))
    details = await _details(tx, [m.entry_id for m in movements])
    return Statement(
        organisation_id, currency, period, opening, tuple(_detailed(m, details.get(m.entry_id)) for m in movements)
    )


async def held_at(tx: AsyncSession, organisation_id: UUID, moment: datetime, currency: str) -> Money:
    """What the company had just before `moment`."""
    minor = (
        await tx.execute(
            select(func.coalesce(func.sum(_MINOR), 0))
            .join(AccountRow, AccountRow.id == Posting.account_id)
            .join(JournalEntry, JournalEntry.id == Posting.entry_id)
            .where(*_own(organisation_id), AccountRow.currency == currency, JournalEntry.at < moment)
        )
    ).scalar_one()
    return Money(int(minor), currency)


_MINOR = Posting.amount_minor * AccountRow.side  # type: ignore[attr-defined]


def _own(organisation_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        AccountRow.owner_type == "organisation",
        AccountRow.owner_id == organisation_id,
        AccountRow.kind.in_(OWED),
    )


async def _changes(
    tx: AsyncSession, organisation_id: UUID, period: Period, currency: str
) -> Sequence[tuple[JournalEntry, Money]]:
    """The entries of the period with what each did to the sum of both accounts; a move between the two did nothing."""
    minor = func.sum(_MINOR)
    rows = await tx.execute(
        select(JournalEntry, minor)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .join(AccountRow, AccountRow.id == Posting.account_id)
        .where(*_own(organisation_id), AccountRow.currency == currency)
        .where(JournalEntry.at >= period.begin, JournalEntry.at < period.end)
        .group_by(JournalEntry.id)
        .having(minor != 0)
        .order_by(JournalEntry.at, JournalEntry.id)
    )
    return [(entry, Money(int(change), currency)) for entry, change in rows]


@dataclass(frozen=True, slots=True)
class _Detail:
    part: str
    fee: int | None


async def _details(tx: AsyncSession, entries: Sequence[UUID]) -> dict[UUID, _Detail]:
    """The milestone and the platform's fee of those entries that belong to a deal; one query."""
    fee = (
        select(func.sum(_MINOR))
        .join(AccountRow, AccountRow.id == Posting.account_id)
        .where(Posting.entry_id == JournalEntry.id, AccountRow.kind == Kind.FEE_INCOME)
        .correlate(JournalEntry)
        .scalar_subquery()
    )
    rows = await tx.execute(
        select(JournalEntry.id, Milestone.kind, fee)
        .join(Milestone, Milestone.id == JournalEntry.part_id)
        .where(JournalEntry.id.in_(entries))
    )
    return {id_: _Detail(kind, None if fee is None else int(fee)) for id_, kind, fee in rows}


def _deal(entry: JournalEntry) -> Subject | None:
    if entry.subject_id is None or entry.subject_type in (None, "organisation"):
        return None
    return Subject(str(entry.subject_type), entry.subject_id)


def _detailed(movement: Movement, detail: _Detail | None) -> Movement:
    if detail is None:
        return movement
    fee = None if not detail.fee or detail.fee < 0 else Money(detail.fee, movement.change.currency)
    return Movement(
        movement.entry_id,
        movement.at,
        movement.kind,
        movement.deal,
        detail.part,
        None if fee is None else movement.change + fee,
        fee,
        movement.change,
        movement.balance,
    )
