"""What assessments ask: rows with their locks, what counts of what was said, and what everybody may see."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment.errors import AssessmentNotFound, NotReady, OwnAssessment, ProposalWaits, TitleNotFound
from app.assessment.models import (
    Assessment,
    AssessmentFinding,
    AssessmentItem,
    AssessmentProgress,
    AssessmentProposal,
    AssessmentReport,
    AssessmentRules,
    AssessmentSample,
    AssessmentSheet,
    AssessmentStatement,
    AssessmentTitle,
    AssessmentVeto,
)
from app.assessment.rules import Rules
from app.assessment.states import Chapter, ItemState, ProposalState, TitleState, Veto
from app.core.i18n import _
from app.indicators import definitions
from app.indicators import queries as indicators
from app.indicators.figures.base import WHOLE
from trust.access import Member, Permission, require

Row = TypeVar("Row", AssessmentItem, AssessmentProposal)
SPAN = "r12m"
SHOWN = (TitleState.HELD, TitleState.EXPIRED, TitleState.REVOKED)


def lead(by: Member) -> None:
    """Raises NotPermitted, or OwnAssessment for whoever also answers for the operator."""
    require(by, Permission.LEAD_ASSESSMENT)
    if by.may(Permission.ANSWER_ASSESSMENT):
        raise OwnAssessment(_("You answer for the operator; others assess it."))


async def alone(tx: AsyncSession, what: str) -> None:
    """Whoever else does the same waits until this transaction is over."""
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"assessment:{what}", 0))))


async def one(tx: AsyncSession, assessment_id: UUID) -> Assessment:
    """Raises AssessmentNotFound."""
    row = await tx.scalar(select(Assessment).where(Assessment.id == assessment_id))
    if row is None:
        raise AssessmentNotFound(_("There is no such assessment."))
    return row


async def for_update(tx: AsyncSession, assessment_id: UUID) -> Assessment:
    """Locks the assessment, and with it all that belongs to it. Raises AssessmentNotFound."""
    row = await tx.scalar(select(Assessment).where(Assessment.id == assessment_id).with_for_update())
    if row is None:
        raise AssessmentNotFound(_("There is no such assessment."))
    return row


async def page(tx: AsyncSession, *, offset: int, limit: int) -> tuple[list[Assessment], int]:
    """The newest first, and how many there are."""
    total = (await tx.execute(select(func.count()).select_from(Assessment))).scalar_one()
    query = select(Assessment).order_by(Assessment.id.desc()).offset(offset).limit(limit)
    return list(await tx.scalars(query)), total


async def rules_rows(tx: AsyncSession) -> list[AssessmentRules]:
    """The newest first."""
    query = select(AssessmentRules).order_by(AssessmentRules.effective_from.desc(), AssessmentRules.id.desc())
    return list(await tx.scalars(query.limit(50)))


async def rules_on(tx: AsyncSession, day: date) -> AssessmentRules:
    """Those in force on a day. Raises NotReady for a day before the first."""
    query = select(AssessmentRules).where(AssessmentRules.effective_from <= day)
    newest = query.order_by(AssessmentRules.effective_from.desc(), AssessmentRules.id.desc()).limit(1)
    row = await tx.scalar(newest)
    if row is None:
        raise NotReady(_("No rules of assessment are in force yet."))
    return row


async def rules_of(tx: AsyncSession, row: Assessment) -> Rules:
    found = await tx.get_one(AssessmentRules, row.rules_id)
    return Rules.load(found.said)


async def rules_by_id(tx: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Rules]:
    found = await tx.scalars(select(AssessmentRules).where(AssessmentRules.id.in_(ids)))
    return {row.id: Rules.load(row.said) for row in found}


async def counted(tx: AsyncSession, row: Assessment) -> dict[str, Decimal]:
    """The main figures of the twelve months that were counted, from the closes that the lock names: code → figure."""
    return await counted_in(tx, [UUID(said["id"]) for said in (row.closes or {}).values()], row.last)


async def counted_in(tx: AsyncSession, closes: Collection[UUID], last: date) -> dict[str, Decimal]:
    """The main figures of the twelve months up to `last` that these closes counted: code → figure."""
    found = (await indicators.figures(tx, closes)).get(SPAN, [])
    values = {one.code: one.value for one in found if one.cut == WHOLE and one.value is not None}
    known = definitions.on(last)
    return {code: values[code] for code, definition in known.items() if definition.main and code in values}


async def report(tx: AsyncSession, row: Assessment) -> AssessmentReport | None:
    return await tx.get(AssessmentReport, row.id)


async def sample(tx: AsyncSession, row: Assessment) -> list[AssessmentSample]:
    """In the order in which they were drawn."""
    query = select(AssessmentSample).where(AssessmentSample.assessment_id == row.id)
    return list(await tx.scalars(query.order_by(AssessmentSample.place)))


async def findings(tx: AsyncSession, row: Assessment) -> dict[int, AssessmentFinding]:
    """What counts of each order of the sample: place → its newest finding."""
    query = (
        select(AssessmentFinding)
        .where(AssessmentFinding.assessment_id == row.id)
        .ext(distinct_on(AssessmentFinding.place))
        .order_by(AssessmentFinding.place, AssessmentFinding.id.desc())
    )
    return {found.place: found for found in await tx.scalars(query)}


async def sheets(tx: AsyncSession, row: Assessment) -> list[AssessmentSheet]:
    """The newest first."""
    query = select(AssessmentSheet).where(AssessmentSheet.assessment_id == row.id)
    return list(await tx.scalars(query.order_by(AssessmentSheet.id.desc())))


def scores(sheet: AssessmentSheet) -> dict[Chapter, int]:
    return {chapter: sheet.scores[chapter]["score"] for chapter in Chapter}


async def vetoes(tx: AsyncSession, row: Assessment) -> dict[Veto, AssessmentVeto]:
    """What counts of each kind of veto that was entered or set aside."""
    query = (
        select(AssessmentVeto)
        .where(AssessmentVeto.assessment_id == row.id)
        .ext(distinct_on(AssessmentVeto.kind))
        .order_by(AssessmentVeto.kind, AssessmentVeto.id.desc())
    )
    return {Veto(found.kind): found for found in await tx.scalars(query)}


async def proposals(tx: AsyncSession, row: Assessment) -> list[AssessmentProposal]:
    """The newest first."""
    query = select(AssessmentProposal).where(AssessmentProposal.assessment_id == row.id)
    return list(await tx.scalars(query.order_by(AssessmentProposal.id.desc())))


async def agreed(tx: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[AssessmentProposal]]:
    """What was decided about these assessments, the oldest first."""
    query = select(AssessmentProposal).where(
        AssessmentProposal.assessment_id.in_(ids), AssessmentProposal.state == ProposalState.AGREED
    )
    found: dict[UUID, list[AssessmentProposal]] = {}
    for row in await tx.scalars(query.order_by(AssessmentProposal.id)):
        found.setdefault(row.assessment_id, []).append(row)
    return found


async def unproposed(tx: AsyncSession, row: Assessment) -> None:
    """Raises ProposalWaits."""
    query = select(AssessmentProposal.id).where(
        AssessmentProposal.assessment_id == row.id, AssessmentProposal.state == ProposalState.OPEN
    )
    if await tx.scalar(query) is not None:
        raise ProposalWaits(_("A proposed decision waits for a second person; decide it first."))


async def items(tx: AsyncSession, row: Assessment) -> list[AssessmentItem]:
    query = select(AssessmentItem).where(AssessmentItem.assessment_id == row.id)
    return list(await tx.scalars(query.order_by(AssessmentItem.due_on, AssessmentItem.id)))


async def put_right(tx: AsyncSession, row: Assessment) -> bool:
    return all(item.state == ItemState.ACCEPTED for item in await items(tx, row))


async def progress(tx: AsyncSession, row: Assessment) -> dict[UUID, list[AssessmentProgress]]:
    """What was said of each item, the oldest first."""
    mine = select(AssessmentItem.id).where(AssessmentItem.assessment_id == row.id)
    query = select(AssessmentProgress).where(AssessmentProgress.item_id.in_(mine)).order_by(AssessmentProgress.id)
    found: dict[UUID, list[AssessmentProgress]] = {}
    for said in await tx.scalars(query):
        found.setdefault(said.item_id, []).append(said)
    return found


async def part(tx: AsyncSession, kind: type[Row], id_: UUID, row: Assessment) -> Row:
    """An item or proposal of an assessment that is locked. Raises AssessmentNotFound."""
    found = await tx.scalar(select(kind).where(kind.id == id_, kind.assessment_id == row.id).with_for_update())
    if found is None:
        raise AssessmentNotFound(_("There is no such entry in this assessment."))
    return found


async def statements(tx: AsyncSession, row: Assessment) -> list[AssessmentStatement]:
    query = select(AssessmentStatement).where(AssessmentStatement.assessment_id == row.id)
    return list(await tx.scalars(query.order_by(AssessmentStatement.id)))


async def titles(tx: AsyncSession) -> list[AssessmentTitle]:
    """All there were, the newest first."""
    return list(await tx.scalars(select(AssessmentTitle).order_by(AssessmentTitle.id.desc()).limit(50)))


async def title(tx: AsyncSession) -> AssessmentTitle | None:
    """The one that is held; None without one."""
    return await tx.scalar(select(AssessmentTitle).where(AssessmentTitle.state == TitleState.HELD))


async def title_for_update(tx: AsyncSession, title_id: UUID) -> AssessmentTitle:
    """Locks it. Raises TitleNotFound."""
    row = await tx.scalar(select(AssessmentTitle).where(AssessmentTitle.id == title_id).with_for_update())
    if row is None:
        raise TitleNotFound(_("There is no such title."))
    return row


@dataclass(frozen=True, slots=True)
class Told:
    """What everybody may know of an assessment: `decided` the oldest first."""

    row: Assessment
    decided: list[AssessmentProposal]


async def public(tx: AsyncSession) -> tuple[list[AssessmentTitle], list[Told]]:
    """Titles that are or were held, and assessments with what was decided, the newest first."""
    rows, _total = await page(tx, offset=0, limit=50)
    decided = await agreed(tx, [row.id for row in rows])
    held = [row for row in await titles(tx) if row.state in SHOWN]
    return held, [Told(row, decided.get(row.id, [])) for row in rows]
