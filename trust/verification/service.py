"""Verification of companies: asked for with documents, judged fact by fact in the moderation queue, dated, expiring."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.crypto import Vault
from app.core.errors import Gone
from app.core.i18n import _
from app.core.images import sniff_document
from app.core.storage import FileStore
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.identity import queries as identity
from trust.identity import service as people
from trust.retention import service as retention
from trust.reviews import service as reviews
from trust.reviews.events import ReviewDecided, Verdict
from trust.verification import queries
from trust.verification.errors import AlreadyUnderReview, DocumentNotFound
from trust.verification.facts import EXPECTED_WITHIN, GOOD_FOR, PRIVATE, DocumentKind, Fact
from trust.verification.models import VerificationRequest, VerifiedFact
from trust.verification.queries import RequestView
from trust.verification.states import RequestMove, RequestState

LEVEL = 2


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as it was handed in."""

    kind: DocumentKind
    filename: str
    data: bytes


def _context(organisation_id: UUID) -> str:
    return f"verification:{organisation_id}"


async def keep_papers(
    store: FileStore, vault: Vault, organisation_id: UUID, papers: list[Paper]
) -> list[dict[str, object]]:
    """Seal the documents and keep them. Raises WrongFileType or FileTooLarge naming the document's field."""
    sniffed = [(paper, sniff_document(paper.data, field=paper.kind)) for paper in papers]
    kept: list[dict[str, object]] = []
    for paper, found in sniffed:
        sealed = vault.seal_bytes(paper.data, _context(organisation_id))
        stored = await store.put(sealed, content_type="application/octet-stream")
        kept.append(
            {
                "kind": paper.kind.value,
                "name": paper.filename[-120:],
                "key": stored.key,
                "content_type": found.content_type,
                "size": len(paper.data),
            }
        )
    return kept


async def submit(
    tx: AsyncSession,
    vault: Vault,
    *,
    representative: str,
    documents: list[dict[str, object]],
    note: str,
    by: Member,
) -> UUID:
    """Ask to be verified with the registered particulars and these documents. Raises AlreadyUnderReview."""
    require(by, Permission.VERIFY_COMPANY)
    company = await identity.organisation(tx, by.organisation_id)
    pending = await tx.scalar(
        select(VerificationRequest.id).where(
            VerificationRequest.organisation_id == company.id, VerificationRequest.state == RequestState.SUBMITTED
        )
    )
    if pending is not None:
        raise AlreadyUnderReview(_("Your documents are being reviewed already."))
    names = dict.fromkeys(name for name in (company.name_original, company.name_latin) if name)
    request = VerificationRequest(
        organisation_id=company.id,
        submitted_by=by.id,
        claims={
            Fact.LEGAL_NAME: " / ".join(names),
            Fact.REGISTRATION: f"{company.registration_kind.upper()} {company.registration_number}",
            Fact.ADDRESS: company.address,
        },
        representative_sealed=vault.seal(representative, _context(company.id)),
        documents=documents,
        note=note,
        verdicts={},
    )
    tx.add(request)
    await tx.flush()
    about = Subject("verification_request", request.id)
    said = {"claims": request.claims, "documents": [document["key"] for document in documents]}
    await evidence.record(tx, about, "verification.submitted", said, actor=by.id)
    await reviews.open(
        tx,
        kind="verification",
        subject=about,
        organisation_id=company.id,
        title=company.name_latin,
        within=EXPECTED_WITHIN,
    )
    return request.id


def representative(vault: Vault, request: VerificationRequest) -> str:
    return vault.open(request.representative_sealed, _context(request.organisation_id))


async def forget(tx: AsyncSession, request_id: UUID) -> None:
    """Erase what a company sent in that was not accepted; that it asked, and the verdict, stay."""
    request = await queries.request_for_update(tx, request_id)
    if request.forgotten_at is None:
        await retention.give_up(tx, {document["key"] for document in request.documents})
        request.claims, request.documents, request.representative_sealed = {}, [], b""
        request.note, request.reason, request.verdicts = "", "", {}
        request.forgotten_at = clock.now()


async def read_representative(tx: AsyncSession, vault: Vault, request_id: UUID, *, by: Member) -> str:
    """The legal representative's name, for a moderator; looking is on the record."""
    require(by, Permission.MODERATE)
    request = await queries.request_for_update(tx, request_id)
    if request.forgotten_at is not None:
        raise Gone(_("What this company sent in was erased when the time to keep it was over."))
    people.audit(tx, request.organisation_id, by.id, "verification_person_read", request=str(request.id))
    return representative(vault, request)


async def read_document(
    tx: AsyncSession, store: FileStore, vault: Vault, request: RequestView, number: int, *, by: Member
) -> tuple[bytes, str, str]:
    """A document's bytes, name and content type, for its company or a moderator; looking is on the record."""
    if by.organisation_id != request.organisation_id:
        require(by, Permission.MODERATE)
    if not 0 <= number < len(request.documents):
        raise DocumentNotFound
    document = request.documents[number]
    sealed = await store.get(document["key"])
    seen = {"request": str(request.id), "document": document["kind"]}
    people.audit(tx, request.organisation_id, by.id, "verification_document_read", **seen)
    data = vault.open_bytes(sealed, _context(request.organisation_id))
    return data, document["name"], document["content_type"]


async def decided(tx: AsyncSession, event: ReviewDecided) -> None:
    """Carry out a moderator's decision: write the confirmed facts, raise the level, tell the company."""
    request = await queries.request_for_update(tx, event.subject.id)
    move = {
        Verdict.ACCEPT: RequestMove.ACCEPT,
        Verdict.REJECT: RequestMove.REJECT,
        Verdict.MORE: RequestMove.ASK_MORE,
    }[event.verdict]
    request.move(move, by=event.decided_by, note=event.reason)
    request.decided_at, request.reason, request.verdicts = clock.now(), event.reason, event.facts
    if event.verdict is Verdict.ACCEPT:
        for fact in Fact:
            tx.add(_confirmed(request, fact, event.decided_by))
        await people.set_level(tx, request.organisation_id, LEVEL, by=event.decided_by)
    context = {"verdict": str(event.verdict), "reason": event.reason, "path": "/verification"}
    await people.notify(tx, request.organisation_id, Permission.VERIFY_COMPANY, "verification_decided", context)


def _confirmed(request: VerificationRequest, fact: Fact, by: UUID) -> VerifiedFact:
    now = clock.now()
    return VerifiedFact(
        organisation_id=request.organisation_id,
        request_id=request.id,
        fact=fact,
        value="" if fact in PRIVATE else request.claims[fact],
        method="check_digit" if fact is Fact.REGISTRATION else "document",
        confirmed_by=by,
        confirmed_at=now,
        valid_until=now + GOOD_FOR,
    )
