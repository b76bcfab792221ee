"""Addresses of verification, for the company that asks."""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx
from trust.access import CurrentMember, Permission
from trust.identity import queries as identity
from trust.verification import queries, service
from trust.verification.errors import RequestNotFound
from trust.verification.facts import DOCUMENTS, FACTS, METHODS, DocumentKind
from trust.verification.schemas import FactOut, RequestOut, VerificationIn, VerificationOut
from trust.verification.service import Paper
from trust.verification.states import LABELS, RequestState

router = HouseRouter(tags=["verification"])


@router.get("/verification", response_model=VerificationOut)
async def verification(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Where the company stands, what was confirmed, what was asked, and the form to ask."""
    company = await identity.organisation(tx, member.organisation_id)
    facts = await queries.facts(tx, company.id, public=False)
    asked = await queries.requests(tx, company.id)
    out = VerificationOut(
        level=company.level, facts=[FactOut.of(f) for f in facts], requests=[RequestOut.of(r) for r in asked]
    )
    return answer.show(
        "trust/verification.html",
        out,
        company=company,
        facts=facts,
        requests=asked,
        pending=any(r.state == RequestState.SUBMITTED for r in asked),
        may_ask=member.may(Permission.VERIFY_COMPANY),
        fact_names=FACTS,
        document_names=DOCUMENTS,
        methods=METHODS,
        labels=LABELS,
    )


@router.post("/verification", response_model=RequestOut)
async def submit(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    data: Annotated[VerificationIn, Submitted(VerificationIn)],
) -> Response:
    """Ask to be verified."""
    given = {
        DocumentKind.LICENCE: data.licence,
        DocumentKind.AUTHORITY: data.authority,
        DocumentKind.OTHER: data.other,
    }
    papers = [Paper(kind, file.filename, file.data) for kind, file in given.items() if file is not None]
    state = request.app.state
    documents = await service.keep_papers(state.files, state.vault, member.organisation_id, papers)
    made = await service.submit(
        tx,
        state.vault,
        representative=data.representative,
        documents=documents,
        note=data.note,
        by=member,
    )
    view = await queries.request(tx, made)
    return answer.done(
        "/verification",
        RequestOut.of(view),
        created=True,
        flash=_("Thank you. A person reads your documents within a day; you get a mail."),
    )


@router.post("/verification/{request_id}/documents/{number}/copy", include_in_schema=False)
async def document(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, request_id: UUID, number: int
) -> Response:
    """A document that was handed in. A POST, because looking is written down."""
    view = await queries.request(tx, request_id)
    if view.organisation_id != member.organisation_id and not member.may(Permission.MODERATE):
        raise RequestNotFound
    state = request.app.state
    data, name, content_type = await service.read_document(tx, state.files, state.vault, view, number, by=member)
    return answer.file(data, name, content_type)
