"""Who objected, and what they wrote and showed, goes three years after the application is over; the decision stays."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.award.models import Application, AwardFile, Objection
from app.core import clock
from trust.retention import service as retention
from trust.retention.classes import OBJECTIONS


async def due(tx: AsyncSession, *, limit: int) -> list[UUID]:
    """Objections whose time is over."""
    query = (
        select(Objection.id)
        .join(Application, Application.id == Objection.application_id)
        .where(Application.ended_at <= clock.now() - OBJECTIONS.period, Objection.forgotten_at.is_(None))
    )
    return list(await tx.scalars(query.order_by(Objection.id).limit(limit)))


async def forget(tx: AsyncSession, objection_id: UUID) -> None:
    """May be done twice. Its files leave the store once this is written (trust.retention)."""
    row = (await tx.scalars(select(Objection).where(Objection.id == objection_id).with_for_update())).one()
    if row.forgotten_at is not None:
        return
    row.objector_sealed, row.text, row.forgotten_at = None, "", clock.now()
    await tx.flush()
    files = list(await tx.scalars(select(AwardFile).where(AwardFile.objection_id == row.id)))
    for file in files:
        file.name = ""
    await retention.give_up(tx, {file.key for file in files})
