"""Writing to the books: `post`, and nothing else."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CHAR,
    BigInteger,
    Boolean,
    DateTime,
    Row,
    SmallInteger,
    Text,
    Uuid,
    bindparam,
    select,
    text,
)
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
from payments.ledger.models import JournalEntry

FLOOR = "ck_balance_floor"


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


# One statement for any number: what opens an account's balance runs once for a statement.
_OPEN = text("""
    INSERT INTO account (id, code, kind, currency, owner_type, owner_id, side, floor_zero, hot, created_at)
    SELECT a.id, code, kind, currency, owner_type, owner_id, side, floored, NOT floored, :at
      FROM unnest(:ids, :codes, :kinds, :currencies, :owner_types, :owner_ids, :sides, :floored)
           AS a (id, code, kind, currency, owner_type, owner_id, side, floored)
     ORDER BY code, currency
    ON CONFLICT (code, currency) DO NOTHING
""").bindparams(
    *(bindparam(name, type_=ARRAY(Uuid())) for name in ("ids", "owner_ids")),
    *(bindparam(name, type_=ARRAY(Text())) for name in ("codes", "kinds", "owner_types")),
    bindparam("currencies", type_=ARRAY(CHAR(3))),
    bindparam("sides", type_=ARRAY(SmallInteger())),
    bindparam("floored", type_=ARRAY(Boolean())),
    bindparam("at", type_=DateTime(timezone=True)),
)
POST = text("""
    WITH wanted AS (
        SELECT * FROM unnest(:leg_keys, :numbers, :codes, :currencies, :minors)
                   AS leg (key, number, code, currency, minor)
    ), known AS (
        SELECT wanted.key, number, id, currency, minor FROM wanted JOIN account USING (code, currency)
    ), entry AS (
        INSERT INTO journal_entry (id, key, request_hash, kind, reason, actor, subject_type, subject_id, part_id,
                                   contract_hash, request_id, facts, at)
        SELECT e.id, key, request_hash, kind, reason, actor, subject_type, subject_id, part_id,
               contract_hash, request_id, CAST(facts AS jsonb), :at
          FROM unnest(:ids, :keys, :request_hashes, :kinds, :reasons, :actors, :subject_types, :subject_ids, :part_ids,
                      :contract_hashes, :request_ids, :facts)
                   AS e (id, key, request_hash, kind, reason, actor, subject_type, subject_id, part_id,
                         contract_hash, request_id, facts)
         WHERE (SELECT count(*) FROM known) = cardinality(:codes)
            ON CONFLICT (key) DO NOTHING
        RETURNING id, key
    ), legs AS (
        INSERT INTO posting (entry_id, number, account_id, amount_minor, amount_currency)
        SELECT entry.id, number, known.id, minor, currency FROM entry JOIN known USING (key)
    )
    SELECT array(SELECT key FROM entry) AS written, (SELECT count(*) FROM known) AS known
""").bindparams(
    *(bindparam(name, type_=ARRAY(Uuid())) for name in ("ids", "actors", "subject_ids", "part_ids")),
    *(
        bindparam(name, type_=ARRAY(Text()))
        for name in (
            "keys",
            "request_hashes",
            "kinds",
            "reasons",
            "subject_types",
            "contract_hashes",
            "request_ids",
            "facts",
            "leg_keys",
            "codes",
        )
    ),
    bindparam("numbers", type_=ARRAY(SmallInteger())),
    bindparam("currencies", type_=ARRAY(CHAR(3))),
    bindparam("minors", type_=ARRAY(BigInteger())),
    bindparam("at", type_=DateTime(timezone=True)),
)
"""Entries and their legs in one statement: half an entry is never there to be seen, and the books are asked once.
Nothing is written while one of the accounts is missing."""


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
    facts = _columns(entries)
    done = await _write(tx, facts)
    if done.known < len(facts["codes"]):
        await _open_accounts(tx, [leg for entry in entries for leg in entry.moving])
        done = await _write(tx, facts)
    written = set(done.written)
    return [
        id_ if entry.key in written else await _existing(tx, entry.key, digest)
        for entry, id_, digest in zip(entries, facts["ids"], facts["request_hashes"], strict=True)
    ]


def _columns(entries: Sequence[Entry]) -> dict[str, Any]:
    """One array for each column: any number of entries is the same statement, prepared once."""
    legs = [(entry.key, number, leg) for entry in entries for number, leg in enumerate(entry.moving, start=1)]
    return {
        "ids": [new_id() for _ in entries],
        "keys": [entry.key for entry in entries],
        "request_hashes": [entry.digest() for entry in entries],
        "kinds": [entry.kind for entry in entries],
        "reasons": [entry.reason for entry in entries],
        "actors": [entry.actor for entry in entries],
        "subject_types": [entry.subject.type if entry.subject else None for entry in entries],
        "subject_ids": [entry.subject.id if entry.subject else None for entry in entries],
        "part_ids": [entry.part_id for entry in entries],
        "contract_hashes": [entry.contract_hash for entry in entries],
        "request_ids": [log.request_id() for _ in entries],
        "facts": [json.dumps(entry.facts) for entry in entries],
        "at": clock.now(),
        "leg_keys": [key for key, _number, _leg in legs],
        "numbers": [number for _key, number, _leg in legs],
        "codes": [leg.account.code for _key, _number, leg in legs],
        "currencies": [leg.amount.currency for _key, _number, leg in legs],
        "minors": [leg.amount.minor for _key, _number, leg in legs],
    }


async def _write(tx: AsyncSession, facts: dict[str, Any]) -> Row[Any]:
    try:
        return (await tx.execute(POST, facts)).one()
    except IntegrityError as error:
        if constraint(error) != FLOOR:
            raise
        raise InsufficientFunds(_("The account does not hold this much.")) from error


async def _existing(tx: AsyncSession, key: str, digest: str) -> UUID:
    first = (await tx.execute(select(JournalEntry.id, JournalEntry.request_hash).where(JournalEntry.key == key))).one()
    if first.request_hash != digest:
        raise EntryKeyReused(_("This was already booked with other figures."), key=key)
    found: UUID = first.id
    return found


async def _open_accounts(tx: AsyncSession, legs: Sequence[Leg]) -> None:
    """Every account the legs touch, on its first use. In one order, so that two openings never wait for each other."""
    wanted = {(leg.account.code, leg.amount.currency): leg.account for leg in legs}
    names = sorted(wanted)
    accounts = [wanted[name] for name in names]
    facts = {
        "ids": [new_id() for _ in accounts],
        "codes": [code for code, _currency in names],
        "kinds": [account.kind for account in accounts],
        "currencies": [currency for _code, currency in names],
        "owner_types": [account.owner.type if account.owner else None for account in accounts],
        "owner_ids": [account.owner.id if account.owner else None for account in accounts],
        "sides": [account.side for account in accounts],
        "floored": [account.floored for account in accounts],
        "at": clock.now(),
    }
    await tx.execute(_OPEN, facts)
