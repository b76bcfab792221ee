"""The applicant's part, and the formal check of what was handed in."""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.assessment.queries import lead
from app.award import applying, checking, presenting, queries, schemas, states
from app.award.applying import Said
from app.award.errors import ApplicationNotFound
from app.award.models import AwardFile
from app.award.schemas import DossierOut
from app.award.web import WORDS, back, zone_of
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx
from trust.access import CurrentMember, Permission, require
from trust.cases import exhibits
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported

router = HouseRouter(tags=["title applications"])


@router.get("/title-applications/{title_application_id}/dossier", response_model=DossierOut)
async def dossier(answer: Answer, tx: Tx, member: CurrentMember, title_application_id: UUID) -> Response:
    """The dossier while it is written."""
    applying.answers(member)
    row = await queries.one(tx, title_application_id)
    if row.state not in states.WRITTEN_IN and not answer.json:
        return answer.done(f"/title-applications/{row.id}")
    known = await queries.rules_of(tx, row)
    return answer.show("award/dossier.html", await presenting.dossier(tx, row, known), **WORDS)


@router.post("/title-applications/{title_application_id}/parts/{dossier_part}")
async def write(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    title_application_id: UUID,
    dossier_part: str,
    data: Annotated[schemas.PartIn, Submitted(schemas.PartIn)],
) -> Response:
    """Write a part of the dossier; files are added to those that are there."""
    applying.answers(member)
    await applying.known_part(tx, await queries.one(tx, title_application_id), dossier_part)
    state = request.app.state
    files = await exhibits.keep(state.files, state.vault, title_application_id, data.files)
    said = Said(data.text, data.by_chapter, files)
    await applying.write(tx, title_application_id, dossier_part, said, zone=zone_of(request), by=member)
    return answer.done(f"/title-applications/{title_application_id}/dossier#{dossier_part}", flash=_("Saved."))


@router.post("/title-applications/{title_application_id}/files/{award_file_id}/removal")
async def take_out(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, title_application_id: UUID, award_file_id: UUID
) -> Response:
    """Leave a file out of the dossier."""
    await applying.take_out(tx, title_application_id, award_file_id, zone=zone_of(request), by=member)
    return answer.done(f"/title-applications/{title_application_id}/dossier", flash=_("Taken out."))


@router.get(
    "/title-applications/{title_application_id}/files/{award_file_id}",
    include_in_schema=False,
    dependencies=[counted(Exported.INDICATORS)],
)
async def file(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, title_application_id: UUID, award_file_id: UUID
) -> Response:
    """A file of the dossier for its readers, of an objection for evaluators."""
    require(member, Permission.READ_INDICATORS)
    row = await queries.one(tx, title_application_id)
    found = await queries.of(tx, AwardFile, award_file_id, row)
    if not await presenting.may_read(tx, row, found, member):
        raise ApplicationNotFound(_("There is no such entry in this application."))
    state = request.app.state
    data = await exhibits.opened(state.files, state.vault, row.id, found.key)
    return answer.file(data, found.name, found.content_type)


@router.post("/title-applications/{title_application_id}/submission")
async def submit(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, title_application_id: UUID
) -> Response:
    """Hand the dossier in; from then on it is fixed."""
    await applying.submit(tx, title_application_id, zone=zone_of(request), by=member)
    return back(answer, title_application_id, _("Handed in. It cannot be changed any more."))


@router.post("/title-applications/{title_application_id}/withdrawal")
async def withdraw(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    title_application_id: UUID,
    data: Annotated[schemas.ReasonIn, Submitted(schemas.ReasonIn)],
) -> Response:
    """Take the application back, before its result is published."""
    await applying.withdraw(tx, title_application_id, data.reason, by=member)
    return back(answer, title_application_id, _("Withdrawn."))


@router.post("/title-applications/{title_application_id}/formal-check")
async def take_up(answer: Answer, tx: Tx, member: CurrentMember, title_application_id: UUID) -> Response:
    """Begin the formal check."""
    await checking.take_up(tx, title_application_id, by=member)
    return back(answer, title_application_id, _("Begun."))


@router.post("/title-applications/{title_application_id}/formal-check/outcome")
async def check(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    title_application_id: UUID,
    data: Annotated[schemas.CheckIn, Submitted(schemas.CheckIn)],
) -> Response:
    """Admit it, return it to be completed, or refuse it."""
    lead(member)
    await checking.check(tx, title_application_id, data.found, zone=zone_of(request), by=member)
    return back(answer, title_application_id, _("Written down. The applicant is told."))
