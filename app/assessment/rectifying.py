"""Putting things right in time, and answering a notice: the operator's part, and what evaluators say to it."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import queries, telling
from app.assessment.errors import NotReady
from app.assessment.models import Assessment, AssessmentItem, AssessmentProgress, AssessmentStatement
from app.assessment.states import AssessmentMove, AssessmentState, ItemMove, ItemState
from app.core import clock, evidence
from app.core.i18n import _
from app.core.ids import new_id
from app.core.periods import day_of
from trust.access import Member, Permission, require

S = AssessmentState
NOTED = {
    "": "assessment.item_noted",
    ItemMove.DO: "assessment.item_done",
    ItemMove.ACCEPT: "assessment.item_accepted",
    ItemMove.REFUSE: "assessment.item_refused",
}


async def note(tx: AsyncSession, assessment_id: UUID, item_id: UUID, text: str, *, done: bool, by: Member) -> None:
    """Say how far it is, and `done` that it is put right. Raises NotPermitted, NotReady, IllegalMove."""
    require(by, Permission.ANSWER_ASSESSMENT)
    row, item = await _item(tx, assessment_id, item_id, S.RECTIFY)
    await _say(tx, row, item, ItemMove.DO if done else None, text, by)


async def accept(tx: AsyncSession, assessment_id: UUID, item_id: UUID, text: str, *, by: Member) -> None:
    """It is put right. Raises NotReady, IllegalMove, ProposalWaits."""
    queries.lead(by)
    row, item = await _item(tx, assessment_id, item_id, S.RECTIFY, S.RECHECK)
    await queries.unproposed(tx, row)
    await _say(tx, row, item, ItemMove.ACCEPT, text, by)


async def refuse(tx: AsyncSession, assessment_id: UUID, item_id: UUID, text: str, *, by: Member) -> None:
    """It is not put right yet; while time remains it may be said to be done again. Raises NotReady, IllegalMove."""
    queries.lead(by)
    row, item = await _item(tx, assessment_id, item_id, S.RECTIFY)
    await _say(tx, row, item, ItemMove.REFUSE, text, by)
    await telling.tell(tx, row, "item_refused")


async def _item(
    tx: AsyncSession, assessment_id: UUID, item_id: UUID, *states: AssessmentState
) -> tuple[Assessment, AssessmentItem]:
    row = await queries.for_update(tx, assessment_id)
    item = await queries.part(tx, AssessmentItem, item_id, row)
    if row.state not in states:
        raise NotReady(_("The time to put this right is over, or it is decided."))
    return row, item


async def _say(
    tx: AsyncSession, row: Assessment, item: AssessmentItem, move: ItemMove | None, text: str, by: Member
) -> None:
    if move is not None:
        item.move(move, by=by.id)
    said = move or ""
    tx.add(AssessmentProgress(id=new_id(), item_id=item.id, text=text, move=said, member_id=by.id, at=clock.now()))
    told = {"item": item.id, "text": text}
    await evidence.record(tx, row.itself, NOTED[said], told, actor=by.id)


async def hand_in(tx: AsyncSession, assessment_id: UUID, *, by: Member) -> None:
    """Everything is said to be put right: let it be checked again before the time is over. Raises NotReady."""
    require(by, Permission.ANSWER_ASSESSMENT)
    row = await queries.for_update(tx, assessment_id)
    row.check(AssessmentMove.HAND_IN)
    if any(item.state == ItemState.OPEN for item in await queries.items(tx, row)):
        raise NotReady(_("Something is still open: say of each item that it is done."))
    row.move(AssessmentMove.HAND_IN, by=by.id)
    await evidence.record(tx, row.itself, "assessment.handed_in", {}, actor=by.id)
    await telling.tell(tx, row, "handed_in", to=telling.EVALUATORS)


async def expire(tx: AsyncSession, assessment_id: UUID, *, zone: str) -> None:
    """The time to put things right is over, by the clock: it is checked as it stands. Does nothing before."""
    row = await queries.for_update(tx, assessment_id)
    if row.state != S.RECTIFY or not _over(row.rectify_by, zone):
        return
    row.move(AssessmentMove.EXPIRE, by=None)
    await evidence.record(tx, row.itself, "assessment.expired", {"until": str(row.rectify_by)}, actor=None)
    await telling.tell(tx, row, "expired", to=telling.OPERATOR)
    await telling.tell(tx, row, "expired", to=telling.EVALUATORS)


def _over(last: date | None, zone: str) -> bool:
    return last is not None and day_of(clock.now(), zone) > last


async def state(tx: AsyncSession, assessment_id: UUID, text: str, *, zone: str, by: Member) -> None:
    """Answer the notice of revocation, up to its last day. Raises NotPermitted, NotReady."""
    require(by, Permission.ANSWER_ASSESSMENT)
    row = await queries.for_update(tx, assessment_id)
    if row.state != S.NOTICE or _over(row.statement_by, zone):
        raise NotReady(_("There is no notice to answer, or its time is over."))
    tx.add(AssessmentStatement(id=new_id(), assessment_id=row.id, text=text, member_id=by.id, at=clock.now()))
    await evidence.record(tx, row.itself, "assessment.statement", {"text": text}, actor=by.id)
    await telling.tell(tx, row, "statement", to=telling.EVALUATORS)


async def end_of_hearing(tx: AsyncSession, assessment_id: UUID, *, zone: str) -> None:
    """The time for a statement is over: those who decide are told, once. Does nothing before."""
    row = await queries.for_update(tx, assessment_id)
    if row.state != S.NOTICE or row.told_at is not None or not _over(row.statement_by, zone):
        return
    row.told_at = clock.now()
    await evidence.record(tx, row.itself, "assessment.statement_over", {"until": str(row.statement_by)}, actor=None)
    await telling.tell(tx, row, "statement_over", to=telling.EVALUATORS)
