"""The proof: every invariant of the books, with its figures. A proof that fails stops payouts until one holds again."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.ids import new_id
from app.core.money import Money
from payments.cases.queries import suspense_is_cases
from payments.escrow.queries import milestones_match_books
from payments.events import ProofFailed
from payments.ledger import queries
from payments.ledger.models import ProofRow
from payments.ledger.queries import Invariant
from payments.reconciliation.queries import lines_agree


@dataclass(frozen=True, slots=True)
class Proof:
    """`invariants` are JSON-able; their names are `Invariant.name`.

    at  when the looking began: all that was booked before it was seen
    """

    holds: bool
    invariants: list[dict[str, Any]]
    at: datetime


COVERED = "owed_is_covered"
_ROOM = text("SET LOCAL work_mem = '64MB'")  # sums over all postings without a detour over the disk


async def proof(tx: AsyncSession) -> Proof:
    """Check everything now, changing nothing. Reads all postings.

    tx  a transaction: the memory that the sums need is set for it.
    """
    began = clock.now()
    await tx.execute(_ROOM)
    invariants: list[Invariant] = [
        await queries.entries_balance(tx),
        await queries.balances_are_sums(tx),
        await queries.deals_add_up(tx),
        await queries.owed_is_covered(tx),
        await milestones_match_books(tx),
        await lines_agree(tx),
        await suspense_is_cases(tx),
    ]
    return Proof(all(i.holds for i in invariants), [asdict(i) for i in invariants], began)


async def prove(tx: AsyncSession, *, by: UUID | None) -> Proof:
    """Check everything and keep the result; a failure is told to whoever listens."""
    id_ = new_id()  # the last proof is the one that began last: it saw most, whichever was done first
    made = await proof(tx)
    row = ProofRow(id=id_, holds=made.holds, invariants=made.invariants, run_by=by, at=made.at)
    tx.add(row)
    await tx.flush()
    if not made.holds:
        await outbox.publish(tx, ProofFailed(row.id))
    return made


@dataclass(frozen=True, slots=True)
class OwnMoney:
    """What of the cash in a currency nobody else owns, as of `at`. Below zero where something is wrong."""

    amount: Money
    at: datetime


async def own_money(tx: AsyncSession, currency: str) -> OwnMoney:
    """By the last proof, for to look anew reads all postings; where none was run yet, by a look now."""
    last = await tx.scalar(select(ProofRow).order_by(ProofRow.id.desc()).limit(1))
    known = next((one for one in last.invariants if one["name"] == COVERED), None) if last is not None else None
    if last is None or known is None:
        at = clock.now()
        figures = (await queries.owed_is_covered(tx)).figures
    else:
        figures, at = known["figures"], last.at
    left = sum(row["cash"] + row["open_fx"] - row["owed"] for row in figures if row["currency"] == currency)
    return OwnMoney(Money(left, currency), at)


async def last_one_held(tx: AsyncSession) -> bool:
    """True while no proof has been run."""
    held = await tx.scalar(select(ProofRow.holds).order_by(ProofRow.id.desc()).limit(1))
    return held is not False
