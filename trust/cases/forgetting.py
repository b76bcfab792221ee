"""What people wrote and showed in a case goes five years after its end; between whom it was, and the ruling, stay."""

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from trust.cases import queries
from trust.cases.models import Case, CaseExhibit, CaseMessage, CaseSatisfaction
from trust.retention import service as retention
from trust.retention.classes import CASES


async def due(tx: AsyncSession, *, limit: int) -> list[UUID]:
    """Cases whose time is over and that no hold keeps: neither on their deal nor on one of the sides."""
    over = (Case.ended_at < clock.now() - CASES.period, Case.forgotten_at.is_(None), ~func.held(Case.SUBJECT, Case.id))
    query = select(Case.id).where(*over)
    return list(await tx.scalars(query.order_by(Case.ended_at).limit(limit)))


async def forget(tx: AsyncSession, case_id: UUID) -> None:
    """Erase one case's words and files. May be done twice. Raises IntegrityError while it must be kept."""
    case = await queries.for_update(tx, case_id)
    if case.forgotten_at is not None:
        return
    keys = set(await tx.scalars(select(CaseExhibit.key).where(CaseExhibit.case_id == case.id)))
    await retention.give_up(tx, keys)
    await tx.execute(update(CaseMessage).where(CaseMessage.case_id == case.id).values(text=""))
    await tx.execute(update(CaseExhibit).where(CaseExhibit.case_id == case.id).values(name=""))
    await tx.execute(update(CaseSatisfaction).where(CaseSatisfaction.case_id == case.id).values(text=""))
    case.statement = case.wanted = ""
    case.checklist, case.contact_sealed, case.forgotten_at = [], None, clock.now()
    await evidence.erase(tx, case.itself, basis=CASES.key, actor=None)
