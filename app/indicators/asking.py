"""What evaluators ask the operator, and its answers: on record, and never taken back."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.errors import NotFound
from app.core.i18n import _
from app.core.ids import new_id
from app.core.subject import Subject
from app.indicators.models import IndicatorAnswer, IndicatorQuestion
from app.indicators.presenting import definition
from trust.access import Member, Permission, require

SUBJECT = "indicator_question"


class QuestionNotFound(NotFound):
    """There is no such question."""


async def ask(tx: AsyncSession, text: str, *, code: str, last: date | None, by: Member) -> UUID:
    """Ask of a figure, or with code "" of anything. Raises NotPermitted, NoSuchFigure."""
    require(by, Permission.READ_INDICATORS)
    if code:
        definition(code)
    row = IndicatorQuestion(id=new_id(), code=code, last=last, text=text, member_id=by.id, asked_at=clock.now())
    tx.add(row)
    await tx.flush()
    said = {"code": code, "last": last.isoformat() if last else "", "text": text}
    await evidence.record(tx, Subject(SUBJECT, row.id), "question.asked", said, actor=by.id)
    return row.id


async def answer(tx: AsyncSession, question_id: UUID, text: str, *, by: Member) -> None:
    """Raises NotPermitted, QuestionNotFound."""
    require(by, Permission.KEEP_INDICATORS)
    if await tx.get(IndicatorQuestion, question_id) is None:
        raise QuestionNotFound(_("There is no such question."))
    tx.add(IndicatorAnswer(question_id=question_id, text=text, member_id=by.id, answered_at=clock.now()))
    await tx.flush()
    await evidence.record(tx, Subject(SUBJECT, question_id), "question.answered", {"text": text}, actor=by.id)


async def questions(
    tx: AsyncSession, *, code: str | None = None, offset: int = 0, limit: int = 50
) -> tuple[list[IndicatorQuestion], int]:
    """The newest first, and how many there are; of one figure, or of all."""
    where = [IndicatorQuestion.code == code] if code is not None else []
    total = (await tx.execute(select(func.count()).select_from(IndicatorQuestion).where(*where))).scalar_one()
    query = select(IndicatorQuestion).where(*where).order_by(IndicatorQuestion.id.desc()).offset(offset).limit(limit)
    return list(await tx.scalars(query)), total


async def answers(tx: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[IndicatorAnswer]]:
    """Answers to these questions, the oldest first."""
    query = select(IndicatorAnswer).where(IndicatorAnswer.question_id.in_(ids)).order_by(IndicatorAnswer.id)
    found: dict[UUID, list[IndicatorAnswer]] = {}
    for row in await tx.scalars(query):
        found.setdefault(row.question_id, []).append(row)
    return found
