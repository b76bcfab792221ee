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
_OVER = """
    SELECT d.*, kept_because(d.id, CASE d.class WHEN 'deal' THEN :deal ELSE :contested_deal END) AS why
      FROM (SELECT i.id, i.moved_at,
                   CASE WHEN EXISTS (SELECT FROM orders o JOIN order_milestone m ON m.order_id = o.id
                                       JOIN chargeback c ON c.milestone_id = m.id WHERE o.inquiry_id = i.id)
                        THEN 'contested_deal' ELSE 'deal' END AS class
              FROM inquiry i WHERE i.forgotten_at IS NULL AND i.moved_at < :deal) AS d
"""
_TO_FORGET = text(f"SELECT id, class FROM ({_OVER}) AS over WHERE why IS NULL ORDER BY moved_at LIMIT :limit")  # noqa: S608
_COUNTED = text(f"""
    SELECT class, count(*) FILTER (WHERE why IS NULL) AS due, count(*) FILTER (WHERE why = 'held') AS held
      FROM ({_OVER}) AS over WHERE why IS NULL OR why = 'held' GROUP BY class
""")  # noqa: S608  our own words
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
