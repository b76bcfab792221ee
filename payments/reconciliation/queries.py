"""The provider's lines and the comparisons made of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from app.core.money import Money
from payments.errors import LineNotFound
from payments.ledger.queries import Invariant
from payments.reconciliation.models import ProviderLine, ReconciliationRun
from payments.reconciliation.states import OPEN, LineState


@dataclass(frozen=True, slots=True)
class LineView:
    id: UUID
    provider: str
    line_ref: str
    provider_kind: str
    amount: Money
    fee: Money
    source_ref: str
    state: LineState
    reason: str
    settle_as: str
    proposed_by: UUID | None
    happened_at: datetime


async def line_for_update(tx: AsyncSession, line_id: UUID) -> ProviderLine:
    """Raises LineNotFound."""
    query = select(ProviderLine).where(ProviderLine.id == line_id).with_for_update()
    found = await tx.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise LineNotFound(_("There is no such line."))
    return found


async def open_lines(tx: AsyncSession, provider: str) -> list[UUID]:
    """Those to be looked at again, oldest first."""
    query = select(ProviderLine.id).where(
        ProviderLine.provider == provider, ProviderLine.state.in_([LineState.WAITING, LineState.UNEXPLAINED])
    )
    return list(await tx.scalars(query.order_by(ProviderLine.id)))


async def received(tx: AsyncSession, operation_id: UUID) -> Money | None:
    """What came by a pay-in over a provider, as our books took it: for its milestone, or into suspense."""
    row = (await tx.execute(text(_RECEIVED), {"keys": [f"{kind}:{operation_id}" for kind in _TAKEN_AS]})).first()
    return Money(row.minor, row.currency) if row else None


_TAKEN_AS = ("fund", "suspend")
_RECEIVED = """
SELECT p.amount_minor AS minor, p.amount_currency AS currency
  FROM journal_entry e JOIN posting p ON p.entry_id = e.id JOIN account a ON a.id = p.account_id
 WHERE e.key = ANY (:keys) AND a.kind = 'psp'"""


async def opposite(tx: AsyncSession, line: ProviderLine) -> ProviderLine | None:
    """The line that put this one back, or that this one puts back: the same operation, the other sign."""
    query = select(ProviderLine).where(
        ProviderLine.operation_id == line.operation_id,
        ProviderLine.amount_minor == -line.amount.minor,  # type: ignore[attr-defined]
        ProviderLine.amount_currency == line.amount.currency,  # type: ignore[attr-defined]
    )
    found: ProviderLine | None = await tx.scalar(query.limit(1).with_for_update())
    return found


async def unknown(tx: AsyncSession, provider: str, line_refs: Collection[str]) -> set[str]:
    """Those of the provider's lines that were not read yet."""
    query = select(ProviderLine.line_ref).where(ProviderLine.provider == provider, ProviderLine.line_ref.in_(line_refs))
    return set(line_refs) - set(await tx.scalars(query))


async def lines(
    tx: AsyncSession, *, states: Sequence[LineState] = (), offset: int = 0, limit: int = 50
) -> tuple[list[LineView], int]:
    """Those that need people first, then the newest; and how many there are."""
    query = select(ProviderLine)
    if states:
        query = query.where(ProviderLine.state.in_(states))
    total = (await tx.execute(select(func.count()).select_from(query.subquery()))).scalar_one()
    order = case((ProviderLine.state.in_([LineState.UNEXPLAINED, LineState.PROPOSED]), 0), else_=1)
    rows = await tx.scalars(
        query.order_by(order, ProviderLine.happened_at.desc(), ProviderLine.id.desc()).offset(offset).limit(limit)
    )
    return [_view(row) for row in rows], total


def _view(row: ProviderLine) -> LineView:
    return LineView(
        id=row.id,
        provider=row.provider,
        line_ref=row.line_ref,
        provider_kind=row.provider_kind,
        amount=row.amount,
        fee=row.fee,
        source_ref=row.source_ref,
        state=LineState(row.state),
        reason=row.reason,
        settle_as=row.settle_as,
        proposed_by=row.proposed_by,
        happened_at=row.happened_at,
    )


async def last_run(tx: AsyncSession, provider: str) -> ReconciliationRun | None:
    query = select(ReconciliationRun).where(ReconciliationRun.provider == provider)
    return await tx.scalar(query.order_by(ReconciliationRun.id.desc()).limit(1))


async def runs(tx: AsyncSession, *, limit: int = 24) -> list[ReconciliationRun]:
    return list(await tx.scalars(select(ReconciliationRun).order_by(ReconciliationRun.id.desc()).limit(limit)))


async def count_open(tx: AsyncSession, provider: str) -> int:
    query = select(func.count()).where(ProviderLine.provider == provider, ProviderLine.state.in_(OPEN))
    return (await tx.execute(query)).scalar_one()


async def missing(tx: AsyncSession, provider: str, *, patience: timedelta) -> list[str]:
    """Operations that we hold for done and the provider's books do not show, by our key (20 at most)."""
    rows = await tx.execute(text(_MISSING), {"provider": provider, "before": clock.now() - patience})
    return [row.provider_key for row in rows]


_MISSING = """
SELECT o.provider_key FROM operation o
 WHERE o.provider = :provider AND o.state = 'confirmed' AND o.kind <> 'pay_out' AND o.settled_at < :before
   AND NOT EXISTS (SELECT FROM provider_line l WHERE l.operation_id = o.id)
 ORDER BY o.id LIMIT 20"""


async def figures(tx: AsyncSession) -> list[dict[str, Any]]:
    """By provider and currency, in minor units: the sum of its lines, and what our books say that sum must be.

    Our books count money on a supplier's account at the provider as there until the supplier's bank has it; the
    platform's lines do not; what the provider paid to our bank leaves our books when the bank's statement shows it, and
    the lines at once. Operations whose lines were not read yet, and lines that are not booked yet, are left out
    on the side that has them. A currency of which no line was ever read has nothing to be compared with.
    """
    rows = await tx.execute(text(_FIGURES))
    return [dict(row) for row in rows.mappings()]


_FIGURES = """
WITH booked AS (
    SELECT substr(a.code, 5) AS provider, a.currency,
           sum(p.amount_minor) FILTER (WHERE e.kind NOT IN ('bank_swept', 'case_swept')) AS books
      FROM account a JOIN posting p ON p.account_id = a.id JOIN journal_entry e ON e.id = p.entry_id
     WHERE a.kind = 'psp' GROUP BY 1, 2
), asked AS (
    SELECT o.provider, o.amount_currency AS currency,
           sum(o.amount_minor * CASE o.kind WHEN 'refund' THEN -1 WHEN 'return' THEN -1 ELSE 0 END)
               FILTER (WHERE NOT seen.read) AS unread,
           sum(o.amount_minor * CASE o.kind WHEN 'transfer' THEN -1 WHEN 'reversal' THEN 1 WHEN 'pay_out' THEN 1
                                ELSE 0 END) FILTER (WHERE seen.read OR o.kind = 'pay_out') AS passed_on
      FROM operation o CROSS JOIN LATERAL (
           SELECT EXISTS (SELECT FROM provider_line l WHERE l.operation_id = o.id AND l.state = 'explained')
      ) seen (read)
     WHERE o.state = 'confirmed' AND o.provider <> 'bank' AND o.kind <> 'pay_in' GROUP BY 1, 2
), received AS (
    SELECT o.provider, p.amount_currency AS currency, sum(p.amount_minor) AS unread
      FROM operation o JOIN journal_entry e ON e.key IN ('fund:' || o.id, 'suspend:' || o.id)
      JOIN posting p ON p.entry_id = e.id JOIN account a ON a.id = p.account_id AND a.kind = 'psp'
     WHERE o.kind = 'pay_in' AND o.state = 'confirmed' AND o.provider <> 'bank'
       AND NOT EXISTS (SELECT FROM provider_line l WHERE l.operation_id = o.id AND l.state = 'explained')
     GROUP BY 1, 2
), charged AS (
    SELECT c.provider, c.amount_currency AS currency,
           sum(CASE WHEN seen.taken THEN 0 ELSE -c.taken_minor END
               + CASE WHEN seen.returned THEN 0 ELSE c.returned_minor END) AS unread
      FROM chargeback c CROSS JOIN LATERAL (
           SELECT coalesce(bool_or(l.amount_minor < 0), false), coalesce(bool_or(l.amount_minor > 0), false)
             FROM provider_line l
            WHERE l.provider = c.provider AND l.source_ref = c.dispute_ref AND l.kind = 'dispute'
              AND l.state = 'explained'
      ) seen (taken, returned)
     GROUP BY 1, 2
), told AS (
    SELECT l.provider, l.net_currency AS currency, sum(l.net_minor) AS lines,
           sum(CASE WHEN l.kind = 'pay_out' OR l.state IN ('waiting', 'unexplained', 'proposed') THEN l.net_minor
                    ELSE 0 END) AS unbooked
      FROM provider_line l GROUP BY 1, 2
), both_sides AS (
    SELECT provider, currency, coalesce(lines, 0)::bigint AS lines,
           (coalesce(books, 0) - coalesce(asked.unread, 0) - coalesce(received.unread, 0) - coalesce(charged.unread, 0)
            + coalesce(passed_on, 0) + coalesce(unbooked, 0))::bigint
               AS expected
      FROM told LEFT JOIN booked USING (provider, currency) LEFT JOIN asked USING (provider, currency)
      LEFT JOIN received USING (provider, currency) LEFT JOIN charged USING (provider, currency)
)
SELECT provider, currency, lines, expected, lines = expected AS agrees FROM both_sides ORDER BY 1, 2"""


async def lines_agree(tx: AsyncSession) -> Invariant:
    """Our books say of a provider's balance what its own lines say, as far as they were read."""
    found = await figures(tx)
    broken = [f"{row['provider']} {row['currency']}" for row in found if not row["agrees"]]
    shown = [{name: row[name] for name in ("currency", "lines", "expected")} for row in found]
    count = (await tx.execute(select(func.count()).select_from(ProviderLine))).scalar_one()
    return Invariant("provider_agrees", not broken, count, figures=shown, broken=broken)
