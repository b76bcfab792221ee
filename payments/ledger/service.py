"""Writing to the books: `post`, and nothing else."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, log
from app.core.db import constraint
from app.core.evidence import canonical_json
from app.core.i18n import _
from app.core.ids import new_id
from app.core.money import Money
from app.core.subject import Subject
from payments.errors import EntryKeyReused, InsufficientFunds
from payments.ledger.chart import Account
from payments.ledger.models import AccountRow, JournalEntry

FLOOR = "ck_balance_floor"
_WRITE = text("""
INSERT INTO journal_entry (id, key, request_hash, kind, reason, actor, subject_type, subject_id, part_id, contract_hash,
                           request_id, facts, at)
SELECT * FROM unnest(CAST(:id AS uuid[]), CAST(:key AS text[]), CAST(:request_hash AS text[]), CAST(:kind AS text[]),
                     CAST(:reason AS text[]), CAST(:actor AS uuid[]), CAST(:subject_type AS text[]),
                     CAST(:subject_id AS uuid[]), CAST(:part_id AS uuid[]), CAST(:contract_hash AS text[]),
                     CAST(:request_id AS text[]), CAST(CAST(:facts AS text[]) AS jsonb[]), CAST(:at AS timestamptz[]))
    ON CONFLICT (key) DO NOTHING RETURNING key, id
""")
_WRITE_LEGS = text("""
INSERT INTO posting (entry_id, number, account_id, amount_minor, amount_currency)
SELECT * FROM unnest(CAST(:entry_id AS uuid[]), CAST(:number AS smallint[]), CAST(:account_id AS uuid[]),
                     CAST(:amount_minor AS bigint[]), CAST(:amount_currency AS text[]))
""")


@dataclass(frozen=True, slots=True)
class Leg:
    """A signed amount on an account; see `debit` and `credit`."""

    account: Account
    amount: Money


def debit(account: Account, amount: Money) -> Leg:
    return Leg(account, amount)


def credit(account: Account, amount: Money) -> Leg:
    return Leg(account, -amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What happened to money.

    key      the same key with the same content is the same entry, however often it is posted
    legs     legs of zero are left out; the rest sum to zero in each currency
    subject  the deal it belongs to, `part_id` the part of it; contract_hash the contract it was agreed in
    """

    key: str
    kind: str
    legs: Sequence[Leg]
    reason: str
    actor: UUID | None
    subject: Subject | None = None
    part_id: UUID | None = None
    contract_hash: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        sums: Counter[str] = Counter()
        for leg in self.legs:
            sums[leg.amount.currency] += leg.amount.minor
        if len(self.moving) < 2 or any(sums.values()):
            raise ValueError(f"entry {self.key} does not balance")

    @property
    def moving(self) -> list[Leg]:
        return [leg for leg in self.legs if leg.amount]

    def digest(self) -> str:
        """SHA-256 of what the entry does; who asked, when and why may differ between two tries."""
        said = {
            "kind": self.kind,
            "subject": str(self.subject),
            "part": self.part_id,
            "contract": self.contract_hash,
            "legs": [[leg.account.code, leg.amount] for leg in self.moving],
        }
        return hashlib.sha256(canonical_json(said).encode()).hexdigest()


async def post(tx: AsyncSession, entry: Entry) -> UUID:
    """Write an entry with its legs and return its id; a second post of the same entry returns the first one's.

    Locks the balances it changes, in the order of their ids (by trigger). Raises EntryKeyReused when the key stands for
    something else, InsufficientFunds when a party's account would fall below zero.
    """
    return (await post_all(tx, [entry]))[0]


async def post_all(tx: AsyncSession, entries: Sequence[Entry]) -> list[UUID]:
    """As `post`, for entries of different keys, in as many statements as one takes; their ids, in order."""
    if not entries:
        return []
    rows = [_row(entry) for entry in entries]
    written = await tx.execute(_WRITE, _columns(rows))
    ids: dict[str, UUID] = {row.key: row.id for row in written}
    new = [(ids[entry.key], entry.moving) for entry in entries if entry.key in ids]
    if new:
        await _write_legs(tx, new)
    return [
        ids[entry.key] if entry.key in ids else await _existing(tx, entry.key, row["request_hash"])
        for entry, row in zip(entries, rows, strict=True)
    ]


def _columns(rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """Rows as one array for each column: any number of rows is the same statement, prepared once."""
    return {name: [row[name] for row in rows] for name in rows[0]}


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "id": new_id(),
        "key": entry.key,
        "request_hash": entry.digest(),
        "kind": entry.kind,
        "reason": entry.reason,
        "actor": entry.actor,
        "subject_type": entry.subject.type if entry.subject else None,
        "subject_id": entry.subject.id if entry.subject else None,
        "part_id": entry.part_id,
        "contract_hash": entry.contract_hash,
        "request_id": log.request_id(),
        "facts": json.dumps(entry.facts),
        "at": clock.now(),
    }


async def _existing(tx: AsyncSession, key: str, digest: str) -> UUID:
    first = (await tx.execute(select(JournalEntry.id, JournalEntry.request_hash).where(JournalEntry.key == key))).one()
    if first.request_hash != digest:
        raise EntryKeyReused(_("This was already booked with other figures."), key=key)
    found: UUID = first.id
    return found


async def _write_legs(tx: AsyncSession, entries: Sequence[tuple[UUID, Sequence[Leg]]]) -> None:
    """All legs in one statement, so that the trigger locks their balances in one order."""
    accounts = await _accounts(tx, [leg for _id, legs in entries for leg in legs])
    rows = [
        {
            "entry_id": entry_id,
            "number": number,
            "account_id": accounts[leg.account.code, leg.amount.currency],
            "amount_minor": leg.amount.minor,
            "amount_currency": leg.amount.currency,
        }
        for entry_id, legs in entries
        for number, leg in enumerate(legs, start=1)
    ]
    try:
        await tx.execute(_WRITE_LEGS, _columns(rows))
    except IntegrityError as error:
        if constraint(error) != FLOOR:
            raise
        raise InsufficientFunds(_("The account does not hold this much.")) from error


async def _accounts(tx: AsyncSession, legs: Sequence[Leg]) -> dict[tuple[str, str], UUID]:
    """(code, currency) → id of every account the legs touch; opened on first use."""
    wanted = {(leg.account.code, leg.amount.currency): leg.account for leg in legs}
    found = await _known(tx, list(wanted))
    missing = sorted(set(wanted) - set(found))
    if missing:
        await tx.execute(
            insert(AccountRow)
            .values([_new_account(wanted[name], name[1]) for name in missing])
            .on_conflict_do_nothing(index_elements=["code", "currency"])
        )
        found |= await _known(tx, missing)
    return found


async def _known(tx: AsyncSession, names: list[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    query = select(AccountRow.code, AccountRow.currency, AccountRow.id).where(
        tuple_(AccountRow.code, AccountRow.currency).in_(names)
    )
    return {(row.code, row.currency): row.id for row in await tx.execute(query)}


def _new_account(account: Account, currency: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "code": account.code,
        "kind": account.kind,
        "currency": currency,
        "owner_type": account.owner.type if account.owner else None,
        "owner_id": account.owner.id if account.owner else None,
        "side": account.side,
        "floor_zero": account.floored,
        "hot": not account.floored,
        "created_at": clock.now(),
    }
