"""Which deals are due to be forgotten, and how many are, were, or are held back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.subject import Subject
from trust.retention.classes import CONTESTED_DEAL, DEAL

CLASSES = (DEAL, CONTESTED_DEAL)

# `moved_at` finds the few that may be due, by ix_inquiry_kept; each of these is then looked at in whole.
_CANDIDATES = """
    SELECT i.id, i.moved_at, held('inquiry', i.id) AS held,
           CASE WHEN EXISTS (SELECT FROM orders o JOIN order_milestone m ON m.order_id = o.id
                               JOIN chargeback c ON c.milestone_id = m.id WHERE o.inquiry_id = i.id)
                THEN 'contested_deal' ELSE 'deal' END AS class
      FROM inquiry i
     WHERE i.forgotten_at IS NULL AND i.moved_at < :deal
       AND NOT EXISTS (SELECT FROM orders o WHERE o.inquiry_id = i.id
                          AND o.state NOT IN ('completed', 'refunded', 'cancelled', 'terminated'))
       AND NOT EXISTS (SELECT FROM contract c WHERE c.inquiry_id = i.id AND c.state IN ('draft', 'locked', 'signing'))
       AND NOT EXISTS (SELECT FROM orders o JOIN escrow e ON (e.subject_type, e.subject_id) = ('order', o.id)
                         JOIN escrow_milestone m ON m.escrow_id = e.id
                        WHERE o.inquiry_id = i.id AND m.state IN ('funding', 'funded', 'frozen', 'refund_due'))
"""
_DUE = f"""
    SELECT d.id, d.class, d.held, d.moved_at FROM ({_CANDIDATES}) AS d
     WHERE NOT EXISTS (
           SELECT FROM (SELECT 'inquiry' AS type, d.id AS id
                        UNION ALL SELECT 'contract', c.id FROM contract c WHERE c.inquiry_id = d.id
                        UNION ALL SELECT 'order', o.id FROM orders o WHERE o.inquiry_id = d.id) AS s
             JOIN evidence_link l ON (l.subject_type, l.subject_id) = (s.type, s.id)
            WHERE l.kind <> 'evidence.erased'
              AND l.at >= CASE d.class WHEN 'deal' THEN :deal ELSE :contested_deal END)
"""  # noqa: S608  our own words
_TO_FORGET = text(f"SELECT id, class FROM ({_DUE}) AS due WHERE NOT held ORDER BY moved_at LIMIT :limit")  # noqa: S608
_COUNTED = text(f"""
    SELECT class, count(*) FILTER (WHERE NOT held) AS due, count(*) FILTER (WHERE held) AS held
      FROM ({_DUE}) AS due GROUP BY class
""")  # noqa: S608
_CHAINS = text("""
    SELECT 'inquiry' AS type, CAST(:inquiry AS uuid) AS id
     UNION ALL SELECT 'contract', id FROM contract WHERE inquiry_id = :inquiry
     UNION ALL SELECT 'order', id FROM orders WHERE inquiry_id = :inquiry
""")
_NOW = text("SELECT EXISTS (SELECT FROM inquiry WHERE id = :inquiry AND forgotten_at = now())")
_FORGOTTEN = text("SELECT count(*) FROM inquiry WHERE forgotten_at IS NOT NULL")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Deals whose time is over: `due` are forgotten tonight, `held` are kept by a hold."""

    due: int = 0
    held: int = 0


async def due(tx: AsyncSession, cutoffs: dict[str, datetime], *, limit: int) -> list[tuple[UUID, str]]:
    """Deals to forget, with the class they were kept by, the one that rested longest first."""
    found = await tx.execute(_TO_FORGET, {**cutoffs, "limit": limit})
    return [(row.id, row[1]) for row in found]


async def waiting(tx: AsyncSession, cutoffs: dict[str, datetime]) -> dict[str, Waiting]:
    """By class."""
    return {row[0]: Waiting(row.due, row.held) for row in await tx.execute(_COUNTED, cutoffs)}


async def forgotten_count(tx: AsyncSession) -> int:
    return int((await tx.execute(_FORGOTTEN)).scalar_one())


async def chains(tx: AsyncSession, inquiry_id: UUID) -> list[Subject]:
    """The subjects whose chains tell of a deal."""
    return [Subject(row.type, row.id) for row in await tx.execute(_CHAINS, {"inquiry": inquiry_id})]


async def is_forgotten_now(tx: AsyncSession, inquiry_id: UUID) -> bool:
    """Whether this very transaction forgot it."""
    return bool(await tx.scalar(_NOW, {"inquiry": inquiry_id}))
