"""Reading the books. Figures come out on the account's own side: what it holds, owes or earned is positive."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.money import Money
from app.core.subject import Subject
from payments.ledger.chart import CASH, OWED, Account, Kind
from payments.ledger.models import AccountRow, Balance, JournalEntry, Posting


async def balance(tx: AsyncSession, account: Account, currency: str) -> Money:
    """What the account holds; zero when it was never used. A hot account is summed, others are looked up."""
    row = (
        await tx.execute(
            select(AccountRow.id, AccountRow.side, Balance.minor)
            .outerjoin(Balance, Balance.account_id == AccountRow.id)
            .where(AccountRow.code == account.code, AccountRow.currency == currency)
        )
    ).first()
    if row is None:
        return Money.zero(currency)
    minor = row.minor
    if minor is None:
        query = select(func.coalesce(func.sum(Posting.amount_minor), 0)).where(  # type: ignore[attr-defined]
            Posting.account_id == row.id
        )
        minor = int((await tx.execute(query)).scalar_one())
    return Money(minor * row.side, currency)


async def posted(tx: AsyncSession, key: str) -> bool:
    """Whether there is an entry with this key."""
    return await tx.scalar(select(JournalEntry.id).where(JournalEntry.key == key)) is not None


async def entered_at(tx: AsyncSession, entry_id: UUID) -> datetime:
    """When an entry was written."""
    return (await tx.execute(select(JournalEntry.at).where(JournalEntry.id == entry_id))).scalar_one()


async def locked_balances(tx: AsyncSession, accounts: Sequence[Account], currency: str) -> dict[str, Money]:
    """What these parties' accounts hold, by code, locked in the order of their ids; zero for one never used."""
    rows = await tx.execute(
        text("SELECT code, minor FROM locked_balances(:codes, :currency)"),
        {"codes": [account.code for account in accounts], "currency": currency},
    )
    found = {account.code: Money.zero(currency) for account in accounts}
    return found | {row.code: Money(row.minor, currency) for row in rows}


async def balances_of(tx: AsyncSession, owner: Subject, kind: Kind) -> list[Money]:
    """One party's accounts of a kind, one for each currency it ever used, by currency."""
    rows = await tx.execute(
        select(AccountRow.currency, AccountRow.side, Balance.minor)
        .join(Balance, Balance.account_id == AccountRow.id)
        .where(AccountRow.owner_type == owner.type, AccountRow.owner_id == owner.id, AccountRow.kind == kind)
        .order_by(AccountRow.currency)
    )
    return [Money(row.minor * row.side, row.currency) for row in rows]


@dataclass(frozen=True, slots=True)
class Booked:
    """One leg as the books have it; `amount` is on the account's own side."""

    entry_id: UUID
    entry_kind: str
    account_kind: Kind
    amount: Money
    reason: str
    subject: Subject | None
    part_id: UUID | None
    actor: UUID | None
    facts: dict[str, Any]
    at: datetime


async def postings_of(tx: AsyncSession, subject: Subject) -> list[Booked]:
    """Every leg of every entry of one deal, oldest first."""
    return await _booked(tx, (JournalEntry.subject_type == subject.type, JournalEntry.subject_id == subject.id))


async def postings_on(tx: AsyncSession, owner: Subject, kind: Kind) -> list[Booked]:
    """Every leg on one party's accounts of a kind, oldest first."""
    return await _booked(
        tx, (AccountRow.owner_type == owner.type, AccountRow.owner_id == owner.id, AccountRow.kind == kind)
    )


async def _booked(tx: AsyncSession, where: tuple[ColumnElement[bool], ...]) -> list[Booked]:
    rows = await tx.execute(
        select(Posting, AccountRow.kind, AccountRow.side, JournalEntry)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(AccountRow, AccountRow.id == Posting.account_id)
        .where(*where)
        .order_by(JournalEntry.id, Posting.number)
    )
    return [
        Booked(
            entry_id=entry.id,
            entry_kind=entry.kind,
            account_kind=Kind(kind),
            amount=Money(leg.amount.minor * side, leg.amount.currency),
            reason=entry.reason,
            subject=Subject(entry.subject_type, entry.subject_id) if entry.subject_type and entry.subject_id else None,
            part_id=entry.part_id,
            actor=entry.actor,
            facts=entry.facts,
            at=entry.at,
        )
        for leg, kind, side, entry in rows
    ]


@dataclass(frozen=True, slots=True)
class Sum:
    """The legs of one part of a deal on accounts of one kind, by what they did: both sums are on the account's side."""

    subject: Subject
    part_id: UUID | None
    account_kind: Kind
    entry_kind: str
    increased: Money
    decreased: Money


async def sums(tx: AsyncSession, subjects: Sequence[Subject]) -> list[Sum]:
    """Everything booked for these deals, grouped; one query however many there are."""
    minor = Posting.amount_minor * AccountRow.side  # type: ignore[attr-defined]
    rows = await tx.execute(
        select(
            JournalEntry.subject_type,
            JournalEntry.subject_id,
            JournalEntry.part_id,
            JournalEntry.kind,
            AccountRow.kind.label("account_kind"),
            AccountRow.currency,
            func.coalesce(func.sum(minor).filter(minor > 0), 0).label("increased"),
            func.coalesce(-func.sum(minor).filter(minor < 0), 0).label("decreased"),
        )
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .join(AccountRow, AccountRow.id == Posting.account_id)
        .where(tuple_(JournalEntry.subject_type, JournalEntry.subject_id).in_([(s.type, s.id) for s in subjects]))
        .group_by(
            JournalEntry.subject_type,
            JournalEntry.subject_id,
            JournalEntry.part_id,
            JournalEntry.kind,
            AccountRow.kind,
            AccountRow.currency,
        )
    )
    return [
        Sum(
            Subject(row.subject_type, row.subject_id),
            row.part_id,
            Kind(row.account_kind),
            row.kind,
            Money(int(row.increased), row.currency),
            Money(int(row.decreased), row.currency),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Invariant:
    """One thing that must be so. `broken` names where it is not (20 places at most); `figures` are its sums."""

    name: str
    holds: bool
    checked: int
    figures: list[dict[str, Any]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


async def entries_balance(tx: AsyncSession) -> Invariant:
    """Every entry has two legs or more, and they sum to zero in each currency."""
    rows = await tx.execute(
        text("""
        SELECT e.key FROM journal_entry e
          LEFT JOIN (SELECT entry_id, sum(legs) AS legs, bool_and(minor = 0) AS balanced
                       FROM (SELECT entry_id, count(*) AS legs, sum(amount_minor) AS minor
                               FROM posting GROUP BY entry_id, amount_currency) per_currency
                      GROUP BY entry_id) p ON p.entry_id = e.id
         WHERE p.legs IS NULL OR p.legs < 2 OR NOT p.balanced
         LIMIT 20""")
    )
    broken = [row.key for row in rows]
    count = (await tx.execute(select(func.count()).select_from(JournalEntry))).scalar_one()
    return Invariant("entries_balance", not broken, count, broken=broken)


async def balances_are_sums(tx: AsyncSession) -> Invariant:
    """Every cached balance is the sum of its postings, and every account that should have one has one."""
    rows = await tx.execute(
        text("""
        SELECT a.code FROM account a
          LEFT JOIN balance b ON b.account_id = a.id
          LEFT JOIN (SELECT account_id, sum(amount_minor) AS minor FROM posting GROUP BY account_id) p
                 ON p.account_id = a.id
         WHERE a.hot = (b.account_id IS NOT NULL) OR (NOT a.hot AND b.minor <> coalesce(p.minor, 0))
         LIMIT 20""")
    )
    broken = [row.code for row in rows]
    count = (await tx.execute(select(func.count()).select_from(Balance))).scalar_one()
    return Invariant("balances_are_sums", not broken, count, broken=broken)


async def owed_is_covered(tx: AsyncSession) -> Invariant:
    """What belongs to others is never more than the cash of its currency, with what is open between currencies.

    Money sold but not yet changed at the bank still lies there and belongs to that change (`open_fx` below zero); what
    was promised for it is covered by it (above zero).
    """
    minor = func.sum(Posting.amount_minor * AccountRow.side)  # type: ignore[attr-defined]
    rows = await tx.execute(
        select(
            AccountRow.currency,
            func.coalesce(minor.filter(AccountRow.kind.in_(CASH)), 0).label("cash"),
            func.coalesce(minor.filter(AccountRow.kind == Kind.FX), 0).label("open_fx"),
            func.coalesce(minor.filter(AccountRow.kind.in_(OWED)), 0).label("owed"),
        )
        .join(Posting, Posting.account_id == AccountRow.id)
        .group_by(AccountRow.currency)
        .order_by(AccountRow.currency)
    )
    figures = [
        {"currency": row.currency, "cash": int(row.cash), "open_fx": int(row.open_fx), "owed": int(row.owed)}
        for row in rows
    ]
    broken = [row["currency"] for row in figures if row["owed"] > row["cash"] + row["open_fx"]]
    return Invariant("owed_is_covered", not broken, len(figures), figures=figures, broken=broken)


async def deals_add_up(tx: AsyncSession) -> Invariant:
    """For each deal and currency: funded = held + frozen + released + fees + refund due + refunded + charged back."""
    rows = list(await tx.execute(text(_DEALS)))
    broken = [deal for row in rows for deal in row.broken or ()][:20]
    figures = [{"currency": row.currency, **{part: int(getattr(row, part)) for part in _PARTS}} for row in rows]
    return Invariant("deals_add_up", not broken, sum(row.deals for row in rows), figures=figures, broken=broken)


_PARTS = ("funded", "held", "frozen", "released", "fees", "refund_due", "refunded", "charged_back")
_DEALS = """
WITH leg AS (
    SELECT e.subject_type, e.subject_id, p.amount_currency AS currency, e.kind AS entry_kind, a.kind AS account_kind,
           p.amount_minor * a.side AS minor
      FROM journal_entry e JOIN posting p ON p.entry_id = e.id JOIN account a ON a.id = p.account_id
     WHERE e.subject_type IS NOT NULL AND e.subject_type <> 'organisation'
       AND (a.kind IN ('escrow', 'escrow_frozen', 'payable', 'fee_income', 'refund_due')
            OR (a.kind = 'psp' AND e.kind IN ('charge_back', 'charge_back_undone')))
), deal AS (
    SELECT subject_type, subject_id, currency,
           coalesce(sum(minor) FILTER (WHERE account_kind = 'escrow' AND entry_kind = 'fund'), 0) AS funded,
           coalesce(sum(minor) FILTER (WHERE account_kind = 'escrow'), 0) AS held,
           coalesce(sum(minor) FILTER (WHERE account_kind = 'escrow_frozen'), 0) AS frozen,
           coalesce(sum(minor) FILTER (WHERE account_kind = 'payable'), 0) AS released,
           coalesce(sum(minor) FILTER (WHERE account_kind = 'fee_income'), 0) AS fees,
           coalesce(sum(minor) FILTER (WHERE account_kind = 'refund_due'), 0) AS refund_due,
           coalesce(-sum(minor) FILTER (WHERE account_kind = 'refund_due' AND entry_kind IN ('repay', 'bounce')), 0)
               AS refunded,
           coalesce(-sum(minor) FILTER (WHERE account_kind = 'psp'), 0) AS charged_back
      FROM leg GROUP BY subject_type, subject_id, currency
)
SELECT currency, count(*) AS deals, sum(funded) AS funded, sum(held) AS held, sum(frozen) AS frozen,
       sum(released) AS released, sum(fees) AS fees, sum(refund_due) AS refund_due, sum(refunded) AS refunded,
       sum(charged_back) AS charged_back,
       (array_agg(subject_type || ':' || subject_id)
            FILTER (WHERE funded <> held + frozen + released + fees + refund_due + refunded
                                    + charged_back))[1:20] AS broken
  FROM deal GROUP BY currency ORDER BY currency
"""
