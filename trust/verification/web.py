"""Addresses of verification, for the company that asks."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.i18n import _
from app.core.subject import Subject
from app.core.web import Afterwards, Answer, HouseRouter, PageQuery, Submitted, Tx, not_replayed
from trust.access import CurrentMember, Member, Permission, require
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported
from trust.identity import queries as identity
from trust.identity.words import countries, level_label
from trust.privacy import consents
from trust.privacy.purposes import IDENTITY_DOCUMENTS
from trust.reviews import queries as reviews
from trust.verification import drafts, expiry, letters, levels, looking, queries, reviewing, service
from trust.verification.drafts import Draft
from trust.verification.errors import RequestNotFound
from trust.verification.facts import DOCUMENTS, FACTS, FORMS, METHODS, TRADES, DocumentKind, Form, needed, said
from trust.verification.papers import Paper, Sealed, said_of, seal_papers, store_papers
from trust.verification.queries import RequestView
from trust.verification.schemas import FactOut, LookIn, LookOut, OwnerIn, RequestOut, VerificationIn, VerificationOut
from trust.verification.service import Handed
from trust.verification.shown import copied, may_open, may_send
from trust.verification.states import LABELS, RequestState

router = HouseRouter(tags=["verification"])
CURRENCIES = ("CNY", "USD", "EUR", "GBP", "HKD", "JPY", "SGD", "CHF")
WORDS = {
    "fact_names": FACTS,
    "document_names": DOCUMENTS,
    "methods": METHODS,
    "labels": LABELS,
    "forms": FORMS,
    "trades": TRADES,
    "said": said,
}
"""What every page of verification says."""


@router.get("/verification", response_model=VerificationOut)
async def verification(request: Request, answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Where the company stands, what was confirmed, what was asked, and the form to ask."""
    company = await identity.organisation(tx, member.organisation_id)
    facts = await queries.facts(tx, company.id, public=False)
    asked = await queries.requests(tx, company.id)
    out = VerificationOut(
        level=company.level, facts=[FactOut.of(f) for f in facts], requests=[RequestOut.of(r) for r in asked]
    )
    draft = await drafts.of(tx, request.app.state.vault, company.id) if member.may(Permission.VERIFY_COMPANY) else None
    until = levels.entity_until(facts)
    renewable = until is not None and clock.now() >= until - service.RENEWED_FROM
    return answer.show(
        "trust/verification.html",
        out,
        company=company,
        facts=facts,
        requests=asked,
        open=next((r for r in asked if r.state in {RequestState.SUBMITTED, RequestState.MORE}), None),
        draft=draft,
        until=until,
        renewable=renewable,
        renewable_from=until - service.RENEWED_FROM if until else None,
        notice=expiry.notice(until),
        visits=await reviewing.visits(tx, company.id),
        may_ask=member.may(Permission.VERIFY_COMPANY),
        agreed=await consents.holds(tx, IDENTITY_DOCUMENTS, member.id),
        level_label=level_label,
        **_form(company.country, draft),
    )


def _form(country: str, draft: Draft | None = None) -> dict[str, Any]:
    today = clock.now().date()
    asked = {form.value: needed(country, form, today) for form in FORMS}
    blank = VerificationIn(company_form=Form.LIMITED, capital_currency=_currency(country)).kept()
    return {
        **WORDS,
        "countries": countries(),
        "currencies": CURRENCIES,
        "asked": asked,
        "typed": blank | (draft.typed if draft else {}),
        "no_owner": OwnerIn().model_dump(),
    }


def _currency(country: str) -> str:
    return {"CN": "CNY", "GB": "GBP", "HK": "HKD", "JP": "JPY", "SG": "SGD", "CH": "CHF", "US": "USD"}.get(
        country, "EUR"
    )


async def _agreed(tx: AsyncSession, member: Member, data: VerificationIn) -> None:
    """Documents and names of people are kept with a consent of its own (PIPL art. 29). Raises ConsentNeeded."""
    if data.names_people:
        await consents.at_hand_in(tx, IDENTITY_DOCUMENTS, data.consent, channel="verification", by=member)


async def _sealed(request: Request, member: Member, data: VerificationIn) -> list[Sealed]:
    papers = [Paper(kind, file.filename, file.data) for kind, file in data.uploads()]
    if papers:
        await may_send(request, member)
    return await seal_papers(request.app.state.vault, member.organisation_id, papers)


@router.post("/verification", response_model=RequestOut)
async def submit(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    data: Annotated[VerificationIn, Submitted(VerificationIn)],
) -> Response:
    """Ask to be verified; with `save` = draft, keep what was typed for later."""
    require(member, Permission.VERIFY_COMPANY)
    await _agreed(tx, member, data)
    papers, state = await _sealed(request, member, data), request.app.state
    if data.save == "draft":
        await drafts.save(tx, state.vault, data.kept(), said_of(papers), by=member)
        await store_papers(state.files, papers)
        return answer.done("/verification", {"saved": True}, flash=_("Saved as a draft. Nothing was sent yet."))
    handed = Handed(data.typed(), said_of(papers), data.note, data.unchanged)
    made = await service.submit(tx, state.vault, handed, by=member)
    await store_papers(state.files, papers)
    view = await queries.request(tx, made)
    return answer.done(
        "/verification",
        RequestOut.of(view),
        created=True,
        flash=_("Thank you. A person reads your documents within a day; you get a mail."),
    )


@router.post("/verification/draft/removal")
async def discard(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Erase the draft with its documents."""
    require(member, Permission.VERIFY_COMPANY)
    await drafts.discard(tx, member.organisation_id)
    return answer.done("/verification", {}, flash=_("The draft was erased."))


class LooksQuery(PageQuery):
    """`called`: a piece of a company's, a person's or a document's name; for the platform's staff."""

    called: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""


@router.get("/verification/looks", response_model=list[LookOut])
async def looks(answer: Answer, tx: Tx, member: CurrentMember, asked: Annotated[LooksQuery, Query()]) -> Response:
    """Who looked at a company's documents: its own log, or for reviewers that of all companies."""
    own = not member.may(Permission.MODERATE)
    if own:
        require(member, Permission.VERIFY_COMPANY)
    found, total = await looking.looks(
        tx,
        organisation_id=member.organisation_id if own else None,
        called=asked.called,
        offset=asked.offset,
        limit=asked.per_page,
    )
    rows = [
        LookOut(company=look.company, what=look.what, name=look.name, who=look.who, purpose=look.purpose, at=look.at)
        for look in found
    ]
    return answer.show(
        "trust/looks.html", rows, looks=found, total=total, page=asked, own=own, kinds=looking.LOOKS, mine=looking.OWN
    )


@router.get("/verification/{request_id}", response_model=RequestOut)
async def one(request: Request, answer: Answer, tx: Tx, member: CurrentMember, request_id: UUID) -> Response:
    """One request: what became of each fact, what was said on the way, and the form to answer in."""
    found = await _own(tx, request_id, member)
    company = await identity.organisation(tx, found.organisation_id)
    shown = None
    if found.forgotten_at is None and member.may(Permission.VERIFY_COMPANY):
        shown = looking.own_persons(request.app.state.vault, found, by=member)
    return answer.show(
        "trust/verification_request.html",
        RequestOut.of(found),
        request=found,
        company=company,
        persons=shown,
        has_letter=letters.outcome(found) is not None,
        decisions=await reviews.decisions(tx, Subject("verification_request", found.id)),
        may_ask=member.may(Permission.VERIFY_COMPANY),
        agreed=await consents.holds(tx, IDENTITY_DOCUMENTS, member.id),
        kinds=tuple(DocumentKind),
        **_form(company.country),
    )


async def _own(tx: AsyncSession, request_id: UUID, member: Member) -> RequestView:
    found = await queries.request(tx, request_id)
    if found.organisation_id != member.organisation_id:
        raise RequestNotFound
    return found


@router.post("/verification/{request_id}/answer", response_model=RequestOut)
async def respond(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    request_id: UUID,
    data: Annotated[VerificationIn, Submitted(VerificationIn)],
) -> Response:
    """Hand in what more was asked for."""
    await _own(tx, request_id, member)
    require(member, Permission.VERIFY_COMPANY)
    await _agreed(tx, member, data)
    papers, state = await _sealed(request, member, data), request.app.state
    handed = Handed(data.typed(), said_of(papers), data.note)
    await service.answer(tx, state.vault, request_id, handed, by=member)
    await store_papers(state.files, papers)
    view = await queries.request(tx, request_id)
    text = _("Thank you. A person reads your documents within a day; you get a mail.")
    return answer.done(f"/verification/{request_id}", RequestOut.of(view), flash=text)


@router.post("/verification/{request_id}/withdrawal", response_model=RequestOut)
async def withdraw(answer: Answer, tx: Tx, member: CurrentMember, request_id: UUID) -> Response:
    """Ask no more."""
    await service.withdraw(tx, request_id, by=member)
    await tx.flush()
    return answer.done("/verification", RequestOut.of(await queries.request(tx, request_id)), flash=_("Withdrawn."))


@router.get("/verification/{request_id}/letter.pdf", include_in_schema=False)
async def letter(request: Request, answer: Answer, tx: Tx, member: CurrentMember, request_id: UUID) -> Response:
    """The decision as a letter in English and Chinese."""
    found = await _own(tx, request_id, member)
    company = await identity.organisation(tx, found.organisation_id)

    async def write() -> Response:
        data = await letters.decision(found, company, font_dir=request.app.state.settings.font_dir)
        return answer.file(data, f"verification-{found.id}.pdf", "application/pdf")

    return Afterwards(write)


@router.post(
    "/verification/{request_id}/documents/{number}/copy",
    include_in_schema=False,
    dependencies=[counted(Exported.IDENTITY)],
)
@not_replayed
async def document(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    request_id: UUID,
    number: int,
    data: Annotated[LookIn, Submitted(LookIn)],
) -> Response:
    """A marked copy of a document that was handed in. A POST, because looking is written down."""
    view = await looking.request_seen(tx, request_id, by=member)
    seen = looking.document(tx, view, number, purpose=data.purpose, by=member)
    await may_open(request, member)
    return copied(request, answer, seen)
