"""What applications ask: rows with their locks, and who may do what of them."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.award.errors import ApplicationNotFound, NotReady
from app.award.models import (
    Application,
    AwardCheck,
    AwardFile,
    AwardPart,
    AwardProposal,
    AwardReviewer,
    AwardRules,
    AwardSheet,
    AwardSubmission,
    Objection,
)
from app.award.rules import Rules
from app.award.states import GONE, OVER, ObjectionState, ProposalState
from app.core.i18n import _

Row = TypeVar("Row", AwardFile, AwardProposal, AwardReviewer, Objection)


async def one(tx: AsyncSession, application_id: UUID) -> Application:
    """Raises ApplicationNotFound."""
    row = await tx.scalar(select(Application).where(Application.id == application_id))
    if row is None:
        raise ApplicationNotFound(_("There is no such application."))
    return row


async def for_update(tx: AsyncSession, application_id: UUID) -> Application:
    """Locks the application, and with it all that belongs to it. Raises ApplicationNotFound."""
    row = await tx.scalar(select(Application).where(Application.id == application_id).with_for_update())
    if row is None:
        raise ApplicationNotFound(_("There is no such application."))
    return row


async def page(tx: AsyncSession, *, offset: int, limit: int) -> tuple[list[Application], int]:
    """The newest first, and how many there are."""
    total = (await tx.execute(select(func.count()).select_from(Application))).scalar_one()
    query = select(Application).order_by(Application.id.desc()).offset(offset).limit(limit)
    return list(await tx.scalars(query)), total


async def standing(tx: AsyncSession) -> Application | None:
    """The one that is not over; at most one is."""
    return await tx.scalar(select(Application).where(Application.state.not_in(OVER)).limit(1))


async def rules_rows(tx: AsyncSession) -> list[AwardRules]:
    """The newest first."""
    query = select(AwardRules).order_by(AwardRules.effective_from.desc(), AwardRules.id.desc())
    return list(await tx.scalars(query.limit(50)))


async def rules_on(tx: AsyncSession, day: date) -> AwardRules:
    """Those in force on a day. Raises NotReady for a day before the first."""
    query = select(AwardRules).where(AwardRules.effective_from <= day)
    row = await tx.scalar(query.order_by(AwardRules.effective_from.desc(), AwardRules.id.desc()).limit(1))
    if row is None:
        raise NotReady(_("No rules of awarding are in force yet."))
    return row


async def rules_of(tx: AsyncSession, row: Application) -> Rules:
    return Rules.load((await tx.get_one(AwardRules, row.rules_id)).said)


async def parts(tx: AsyncSession, row: Application) -> dict[str, AwardPart]:
    """What was written of each part: code → part."""
    query = select(AwardPart).where(AwardPart.application_id == row.id)
    return {part.code: part for part in await tx.scalars(query)}


async def files(tx: AsyncSession, row: Application) -> dict[str, list[AwardFile]]:
    """The files of each part that were not taken out, in the order in which they came."""
    query = select(AwardFile).where(
        AwardFile.application_id == row.id, AwardFile.part != "", AwardFile.removed_at.is_(None)
    )
    found: dict[str, list[AwardFile]] = {}
    for file in await tx.scalars(query.order_by(AwardFile.id)):
        found.setdefault(file.part, []).append(file)
    return found


async def submission(tx: AsyncSession, row: Application) -> AwardSubmission | None:
    """The newest."""
    query = select(AwardSubmission).where(AwardSubmission.application_id == row.id)
    return await tx.scalar(query.order_by(AwardSubmission.id.desc()).limit(1))


async def checks(tx: AsyncSession, row: Application) -> list[AwardCheck]:
    """The newest first."""
    query = select(AwardCheck).where(AwardCheck.application_id == row.id)
    return list(await tx.scalars(query.order_by(AwardCheck.id.desc())))


async def reviewers(tx: AsyncSession, row: Application) -> list[AwardReviewer]:
    """Of all rounds, in the order in which they were named."""
    query = select(AwardReviewer).where(AwardReviewer.application_id == row.id)
    return list(await tx.scalars(query.order_by(AwardReviewer.id)))


def seated(known: Sequence[AwardReviewer], row: Application) -> list[AwardReviewer]:
    """Those of the round that lasts who are not gone."""
    return [one for one in known if one.round == row.round and one.state not in GONE]


async def sheets(tx: AsyncSession, ids: Collection[UUID]) -> dict[UUID, AwardSheet]:
    """Of these reviewers: reviewer → sheet. Whoever calls has seen that they are open, or the reader's own."""
    query = select(AwardSheet).where(AwardSheet.reviewer_id.in_(ids))
    return {sheet.reviewer_id: sheet for sheet in await tx.scalars(query)}


async def proposals(tx: AsyncSession, row: Application) -> list[AwardProposal]:
    """The newest first."""
    query = select(AwardProposal).where(AwardProposal.application_id == row.id)
    return list(await tx.scalars(query.order_by(AwardProposal.id.desc())))


async def agreed(tx: AsyncSession, ids: Collection[UUID]) -> dict[UUID, AwardProposal]:
    """What was published last of each application."""
    query = select(AwardProposal).where(
        AwardProposal.application_id.in_(ids), AwardProposal.state == ProposalState.AGREED
    )
    return {row.application_id: row for row in await tx.scalars(query.order_by(AwardProposal.id))}


async def objections(tx: AsyncSession, row: Application) -> list[Objection]:
    query = select(Objection).where(Objection.application_id == row.id)
    return list(await tx.scalars(query.order_by(Objection.id)))


async def open_objections(tx: AsyncSession, row: Application) -> int:
    query = select(func.count()).where(Objection.application_id == row.id, Objection.state == ObjectionState.OPEN)
    return int((await tx.execute(query)).scalar_one())


async def objection_files(tx: AsyncSession, row: Application) -> dict[UUID, list[AwardFile]]:
    """Objection → its files."""
    query = select(AwardFile).where(AwardFile.application_id == row.id, AwardFile.objection_id.is_not(None))
    found: dict[UUID, list[AwardFile]] = {}
    for file in await tx.scalars(query.order_by(AwardFile.id)):
        if file.objection_id:
            found.setdefault(file.objection_id, []).append(file)
    return found


async def of(tx: AsyncSession, kind: type[Row], id_: UUID, row: Application) -> Row:
    """Something that belongs to this application. Raises ApplicationNotFound."""
    found = await tx.scalar(select(kind).where(kind.id == id_, kind.application_id == row.id))
    if found is None:
        raise ApplicationNotFound(_("There is no such entry in this application."))
    return found


async def public(tx: AsyncSession, *, offset: int, limit: int) -> tuple[list[Application], int]:
    """Those whose result was published, the newest first, and how many there are."""
    known = Application.result.is_not(None)
    total = (await tx.execute(select(func.count()).select_from(Application).where(known))).scalar_one()
    query = select(Application).where(known).order_by(Application.id.desc()).offset(offset).limit(limit)
    return list(await tx.scalars(query)), total


async def published(tx: AsyncSession, application_id: UUID) -> Application:
    """One whose result was published. Raises ApplicationNotFound."""
    row = await one(tx, application_id)
    if row.result is None:
        raise ApplicationNotFound(_("There is no such application."))
    return row
