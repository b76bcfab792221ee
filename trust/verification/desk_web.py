"""Addresses of verification, for the platform's reviewers."""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx, Upload, not_replayed
from trust.access import CurrentMember, Member, Permission, require
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported
from trust.identity import queries as identity
from trust.identity.words import level_label
from trust.verification import looking, queries, reviewing
from trust.verification.errors import DocumentNotFound, RequestNotFound
from trust.verification.facts import DOCUMENTS, FACTS, METHODS, said
from trust.verification.papers import Paper, Sealed, said_of, seal_papers, store_papers
from trust.verification.register import ManualRegistry, Noted, RegistryEntry
from trust.verification.schemas import LookIn, RegisterIn, VisitIn
from trust.verification.shown import copied, may_open, may_send

router = HouseRouter(tags=["verification"])


@router.post("/verification/{request_id}/persons", include_in_schema=False)
@not_replayed
async def persons(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    request_id: UUID,
    data: Annotated[LookIn, Submitted(LookIn)],
) -> Response:
    """The names that are kept sealed. A POST, because looking is written down."""
    view = await looking.request_seen(tx, request_id, by=member)
    found = looking.persons(tx, request.app.state.vault, view, purpose=data.purpose, by=member)
    company = await identity.organisation(tx, view.organisation_id)
    out = {"representative": found.representative, "owners": found.owners, "signatories": found.signatories}
    return answer.show("trust/persons.html", out, persons=found, company=company)


@router.post("/verification/{request_id}/register")
async def note(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    request_id: UUID,
    data: Annotated[RegisterIn, Submitted(RegisterIn)],
) -> Response:
    """Write down what the public register says."""
    require(member, Permission.MODERATE)
    view = await queries.request(tx, request_id)
    company = await identity.organisation(tx, view.organisation_id)
    entry = RegistryEntry(
        company.country, data.number, data.name, data.status, data.address, data.representative, data.established
    )
    papers, state = await _papers(request, company.id, [("screenshot", data.screenshot)], member), request.app.state
    shot = papers[0].said if papers else None
    await reviewing.note_register(tx, state.vault, request_id, entry, source=data.source, screenshot=shot, by=member)
    await store_papers(state.files, papers)
    return answer.done("/moderation", {}, created=True, flash=_("Written down. The desk shows it beside the claims."))


async def _papers(request: Request, company: UUID, files: list[tuple[str, Upload | None]], by: Member) -> list[Sealed]:
    papers = [Paper("site", file.filename, file.data, field) for field, file in files if file is not None]
    if papers:
        await may_send(request, by)
    return await seal_papers(request.app.state.vault, company, papers)


@router.post(
    "/verification/{request_id}/register/copy", include_in_schema=False, dependencies=[counted(Exported.IDENTITY)]
)
@not_replayed
async def screenshot(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    request_id: UUID,
    data: Annotated[LookIn, Submitted(LookIn)],
) -> Response:
    """A marked copy of the register's page."""
    require(member, Permission.MODERATE)
    view = await queries.request(tx, request_id)
    noted = await newest_entry(tx, request, view.organisation_id)
    if noted is None or not noted.screenshot:
        raise DocumentNotFound
    kept = {"key": noted.screenshot, "content_type": noted.screenshot_type, "name": "register.pdf"}
    seen = looking.screenshot(tx, view, kept, purpose=data.purpose, by=member)
    await may_open(request, member)
    return copied(request, answer, seen)


async def newest_entry(tx: AsyncSession, request: Request, organisation_id: UUID) -> Noted | None:
    """What somebody wrote down of this company's register in the last thirty days."""
    company = await identity.organisation(tx, organisation_id)
    registry = ManualRegistry(tx, request.app.state.vault)
    return await registry.newest(company.country, company.registration_number)


@router.get("/site-visits/{organisation_id}")
async def visits(request: Request, answer: Answer, tx: Tx, member: CurrentMember, organisation_id: UUID) -> Response:
    """Visits to a company, with their reports, and the form to record one."""
    if member.organisation_id != organisation_id and not member.may(Permission.MODERATE):
        raise RequestNotFound
    company = await identity.organisation(tx, organisation_id)
    found = await reviewing.visits(tx, organisation_id)
    out = [
        {"id": v.id, "kind": v.kind, "visited_on": v.visited_on, "address": v.address, "confirms": v.confirms}
        for v in found
    ]
    return answer.show(
        "trust/site_visits.html",
        out,
        company=company,
        visits=found,
        facts=await queries.facts(tx, company.id),
        may_record=member.may(Permission.MODERATE) and member.organisation_id != organisation_id,
        fact_names=FACTS,
        document_names=DOCUMENTS,
        methods=METHODS,
        said=said,
        level_label=level_label,
    )


@router.post("/site-visits/{organisation_id}")
async def record(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    organisation_id: UUID,
    data: Annotated[VisitIn, Submitted(VisitIn)],
) -> Response:
    """Record a visit with its report and photographs."""
    require(member, Permission.MODERATE)
    await identity.organisation(tx, organisation_id)
    files = [("file", data.file), ("photo", data.photo), ("photo_2", data.photo_2)]
    papers, state = await _papers(request, organisation_id, files, member), request.app.state
    made = await reviewing.record_visit(
        tx,
        state.vault,
        organisation_id,
        kind=data.kind,
        visited_on=data.visited_on,
        address=data.address,
        confirms=data.confirms,
        report=data.report,
        documents=said_of(papers),
        by=member,
    )
    await store_papers(state.files, papers)
    where = f"/site-visits/{organisation_id}"
    return answer.done(where, {"id": made}, created=True, flash=_("Recorded. The company was told."))


@router.post(
    "/site-visits/{visit_id}/documents/{number}/copy",
    include_in_schema=False,
    dependencies=[counted(Exported.IDENTITY)],
)
@not_replayed
async def visit_document(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    visit_id: UUID,
    number: int,
    data: Annotated[LookIn, Submitted(LookIn)],
) -> Response:
    """A marked copy of a visit's report or photograph."""
    found = await reviewing.visit(tx, visit_id, by=member)
    seen = looking.visit_document(tx, found, number, purpose=data.purpose, by=member)
    await may_open(request, member)
    return copied(request, answer, seen)
