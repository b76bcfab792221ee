"""Verification of companies: asked for with documents, judged fact by fact in the moderation queue, dated, expiring."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.crypto import Vault
from app.core.errors import Gone, Invalid
from app.core.i18n import _
from app.core.periods import latest_today
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.identity import queries as identity
from trust.identity import service as people
from trust.identity.queries import OrganisationView
from trust.retention import service as retention
from trust.reviews import service as reviews
from trust.reviews.events import ReviewDecided, Verdict
from trust.verification import drafts, guarding, levels, queries
from trust.verification.claims import TYPED, Claimed, Typed, read
from trust.verification.errors import AlreadyUnderReview, NotYetDue, RequestNotFound
from trust.verification.events import FactsChanged
from trust.verification.facts import (
    EXPECTED_WITHIN,
    GOOD_FOR,
    PRIVATE,
    SEEN_IN,
    DocumentKind,
    Fact,
    Form,
    needed,
)
from trust.verification.models import RegisterEntry, VerificationRequest, VerifiedFact
from trust.verification.papers import context
from trust.verification.queries import RequestView
from trust.verification.register import FRESH, claim_digest
from trust.verification.states import OPEN, RequestMove, RequestState

RENEWED_FROM = timedelta(days=60)
"""Before the end of a verification: from then on it can be renewed."""
MANUFACTURES = frozenset({"manufacturer", "both"})


@dataclass(frozen=True, slots=True)
class Handed:
    """What a company hands in: what it typed, its documents as `papers.keep_papers` kept them, a note.

    unchanged   that all facts are as they were confirmed; then nothing is typed
    """

    typed: Typed
    documents: list[dict[str, Any]] = field(default_factory=list)
    note: str = ""
    unchanged: bool = False


async def submit(tx: AsyncSession, vault: Vault, handed: Handed, *, by: Member) -> UUID:
    """Ask to be verified, or to be verified anew.

    Raises NotPermitted, AlreadyUnderReview, NotYetDue, Invalid naming the fields. Takes up the draft, if there is one.
    """
    require(by, Permission.VERIFY_COMPANY)
    company = await identity.organisation(tx, by.organisation_id)
    if await queries.pending(tx, company.id) is not None:
        raise AlreadyUnderReview(_("Your documents are being reviewed already."))
    drafted = await drafts.take(tx, company.id)
    documents = drafts.joined(drafted, handed.documents)
    await retention.give_up(tx, {d["key"] for d in drafted} - {d["key"] for d in documents})
    if handed.unchanged:
        request = await _renewal(tx, company, documents, handed.note, by)
    else:
        request = await _fresh(tx, vault, company, handed.typed, documents, handed.note, by)
    tx.add(request)
    await tx.flush()
    about = Subject("verification_request", request.id)
    said = {"claims": request.claims, "documents": [d["key"] for d in documents], "unchanged": request.unchanged}
    await evidence.record(tx, about, "verification.submitted", said, actor=by.id)
    await guarding.check_request(tx, vault, request, _persons(vault, request), by=by)
    await _queue(tx, request, company)
    return request.id


async def renewable_from(tx: AsyncSession, organisation_id: UUID) -> datetime | None:
    """From when the company may hand in anew; None while its legal entity is not confirmed."""
    until = levels.entity_until(await queries.facts(tx, organisation_id, public=False))
    return until - RENEWED_FROM if until else None


async def _check_due(tx: AsyncSession, organisation_id: UUID) -> None:
    first = await renewable_from(tx, organisation_id)
    if first is not None and clock.now() < first:
        text = _("Your company is verified. You can renew it from %(day)s.") % {"day": first.date().isoformat()}
        raise NotYetDue(text, **{"from": first.isoformat()})


def _particulars(company: OrganisationView) -> dict[str, Any]:
    """What the company registered with, as facts."""
    names = dict.fromkeys(name for name in (company.name_original, company.name_latin) if name)
    return {
        Fact.LEGAL_NAME: " / ".join(names),
        Fact.REGISTRATION: f"{company.registration_kind.upper()} {company.registration_number}",
        Fact.ADDRESS: company.address,
    }


async def _fresh(
    tx: AsyncSession,
    vault: Vault,
    company: OrganisationView,
    typed: Typed,
    documents: list[dict[str, Any]],
    note: str,
    by: Member,
) -> VerificationRequest:
    today = clock.now().date()
    must = needed(company.country, typed.form, today)
    claimed = read(typed, country=company.country, among=TYPED, must=must, today=latest_today(clock.now()))
    _check_documents({DocumentKind.LICENCE}, claimed.values, documents)
    private = claimed.private
    if _has(documents, DocumentKind.AUTHORITY):
        private["signatories"] = await _signatories(tx, company.id)
    made = VerificationRequest(
        organisation_id=company.id,
        submitted_by=by.id,
        form=typed.form.value,
        claims=_particulars(company) | dict(claimed.values) | _named(private),
        private_sealed=vault.seal(json.dumps(private), context(company.id)) if private else b"",
        documents=documents,
        note=note,
        verdicts={},
        accepted={},
    )
    _name(vault, made, claimed.representative)
    return made


def _name(vault: Vault, request: VerificationRequest, representative: str) -> None:
    sealed_for = context(request.organisation_id)
    request.representative_sealed = vault.seal(representative, sealed_for)
    request.representative_mark = vault.mark(representative, sealed_for)


def _named(private: Mapping[str, Any]) -> dict[str, str]:
    """That private facts are claimed, without what they say."""
    held = {"owners": Fact.OWNERS, "signatories": Fact.AUTHORITY}
    return {fact.value: "" for fact in (*(held[key] for key in private), Fact.REPRESENTATIVE)}


async def _signatories(tx: AsyncSession, organisation_id: UUID) -> list[str]:
    """Who may sign for the company by the authorities it has granted, each on one line."""
    found = []
    for member in await identity.signatories(tx, organisation_id):
        held = await people.signing_authority(tx, member.id)
        if held is not None:
            found.append(f"{member.name}: {held.said}")
    return found


async def _renewal(
    tx: AsyncSession, company: OrganisationView, documents: list[dict[str, Any]], note: str, by: Member
) -> VerificationRequest:
    """The newest accepted request once more, for a company that states that nothing has changed."""
    earlier_id = await queries.newest_accepted(tx, company.id)
    if earlier_id is None:
        raise Invalid(_("Nothing has been confirmed yet that could be unchanged."), field="unchanged")
    await _check_due(tx, company.id)
    earlier = await queries.request_for_update(tx, earlier_id)
    if any(earlier.claims.get(fact) != value for fact, value in _particulars(company).items()):
        text = _("Your registered particulars have changed since. Please hand in the facts and documents anew.")
        raise Invalid(text, field="unchanged")
    if needed(company.country, Form(earlier.form), clock.now().date()) - {Fact(fact) for fact in earlier.claims}:
        text = _("More is asked by now than when you were confirmed. Please hand in the facts and documents anew.")
        raise Invalid(text, field="unchanged")
    return VerificationRequest(
        organisation_id=company.id,
        submitted_by=by.id,
        renews=earlier.id,
        unchanged=True,
        form=earlier.form,
        claims=earlier.claims,
        representative_sealed=earlier.representative_sealed,
        representative_mark=earlier.representative_mark,
        private_sealed=earlier.private_sealed,
        documents=documents,
        note=note,
        verdicts={},
        accepted={},
    )


def _has(documents: list[dict[str, Any]], kind: DocumentKind) -> bool:
    return any(document["kind"] == kind for document in documents)


def _check_documents(kinds: set[DocumentKind], values: Mapping[Fact, str], documents: list[dict[str, Any]]) -> None:
    """Raises Invalid naming each document that is needed and not there."""
    errors = {kind.value: _("This document is needed.") for kind in kinds if not _has(documents, kind)}
    if values.get(Fact.TRADE) in MANUFACTURES and not _has(documents, DocumentKind.SITE):
        errors[DocumentKind.SITE] = _("A manufacturer shows its factory: please add a photograph or document.")
    if errors:
        raise Invalid.many(errors, _("Please check the marked fields."))


async def _queue(tx: AsyncSession, request: VerificationRequest, company: OrganisationView) -> None:
    await reviews.open(
        tx,
        kind="verification",
        subject=Subject("verification_request", request.id),
        organisation_id=company.id,
        title=company.name_latin,
        within=EXPECTED_WITHIN,
    )


async def _own(tx: AsyncSession, request_id: UUID, by: Member) -> VerificationRequest:
    """Locks the row. Raises RequestNotFound for another company's."""
    request = await queries.request_for_update(tx, request_id)
    if request.organisation_id != by.organisation_id:
        raise RequestNotFound
    return request


async def answer(tx: AsyncSession, vault: Vault, request_id: UUID, handed: Handed, *, by: Member) -> None:
    """Answer what more was asked of, and only that; facts accepted before stay. Locks the request.

    Raises NotPermitted, RequestNotFound, Gone, IllegalMove, Invalid naming what is still missing.
    """
    require(by, Permission.VERIFY_COMPANY)
    request = await _own(tx, request_id, by)
    if request.forgotten_at is not None:
        raise Gone(_("What was sent in was erased when the time to keep it was over."))
    request.check(RequestMove.ANSWER)
    asked = queries.view(request)
    company = await identity.organisation(tx, request.organisation_id)
    facts, today = asked.asked_facts, latest_today(clock.now())
    claimed = read(handed.typed, country=company.country, among=facts & TYPED, must=facts, today=today)
    documents = [*request.documents, *handed.documents]
    wanted = set(asked.asked_documents)
    _check_documents(wanted, {}, handed.documents)
    _check_documents(set(), claimed.values, documents)
    _take_up(vault, request, claimed, facts)
    request.claims = request.claims | {f: v for f, v in _particulars(company).items() if f in facts}
    if DocumentKind.AUTHORITY in wanted or Fact.AUTHORITY in facts:
        _put_private(vault, request, {"signatories": await _signatories(tx, company.id)})
    request.documents, request.note, request.unchanged = documents, handed.note, False
    request.move(RequestMove.ANSWER, by=by.id)
    said = {
        "claims": {fact: request.claims.get(fact, "") for fact in sorted(facts)},
        "documents": [document["key"] for document in handed.documents],
    }
    await evidence.record(tx, Subject("verification_request", request.id), "verification.answered", said, actor=by.id)
    await guarding.check_request(tx, vault, request, _persons(vault, request), by=by)
    await _queue(tx, request, company)


def _take_up(vault: Vault, request: VerificationRequest, claimed: Claimed, facts: frozenset[Fact]) -> None:
    request.claims = request.claims | dict(claimed.values)
    if Fact.REPRESENTATIVE in facts:
        _name(vault, request, claimed.representative)
    if Fact.OWNERS in facts:
        _put_private(vault, request, claimed.private)


def _put_private(vault: Vault, request: VerificationRequest, said: dict[str, Any]) -> None:
    held = private_of(vault, request.organisation_id, request.private_sealed) | said
    request.private_sealed = vault.seal(json.dumps(held), context(request.organisation_id))
    request.claims = request.claims | _named(held)


def _persons(vault: Vault, request: VerificationRequest) -> list[str]:
    """Whom a company names: its representative and owners."""
    sealed_for = context(request.organisation_id)
    named = [vault.open(request.representative_sealed, sealed_for)] if request.representative_sealed else []
    owners = private_of(vault, request.organisation_id, request.private_sealed).get("owners", ())
    return [*named, *(owner["name"] for owner in owners)]


def private_of(vault: Vault, organisation_id: UUID, sealed: bytes) -> dict[str, Any]:
    """Owners and signatories as they were sealed."""
    found: dict[str, Any] = json.loads(vault.open(sealed, context(organisation_id))) if sealed else {}
    return found


async def withdraw(tx: AsyncSession, request_id: UUID, *, by: Member) -> None:
    """The company does not ask any more. Locks the request. Raises NotPermitted, RequestNotFound, IllegalMove."""
    require(by, Permission.VERIFY_COMPANY)
    request = await _own(tx, request_id, by)
    request.move(RequestMove.WITHDRAW, by=by.id)
    request.decided_at = clock.now()
    about = Subject("verification_request", request.id)
    await reviews.drop(tx, about, by=by.id)
    await evidence.record(tx, about, "verification.withdrawn", {}, actor=by.id)


def judged(request: RequestView, said: Mapping[str, str], verdict: Verdict) -> dict[str, str]:
    """A reviewer's verdict over each fact still open: "" accepts it, anything else says why not; and which documents
    are asked for, under `document_` and their kind.

    Raises Invalid where facts and verdict do not fit together.
    """
    open_facts = [fact for fact in request.claimed if fact not in request.accepted]
    facts = {fact.value: said.get(fact, "").strip() for fact in open_facts}
    for kind in DocumentKind:
        if why := said.get(f"document_{kind}", "").strip():
            facts[f"document_{kind}"] = why
    refused = [name for name, why in facts.items() if why]
    if verdict is Verdict.ACCEPT and refused:
        raise Invalid(_("A fact is refused: choose “Refuse” or “Ask for more”."), field="verdict")
    if verdict is Verdict.MORE and not refused:
        raise Invalid(_("Say at a fact or document what more is needed of it."), field="verdict")
    return facts


async def decided(tx: AsyncSession, event: ReviewDecided) -> None:
    """Carry out a moderator's decision: keep what was accepted, raise the level when all is, tell the company."""
    request = await queries.request_for_update(tx, event.subject.id)
    if request.state not in OPEN:
        return  # withdrawn while the decision was on its way
    await identity.lock(tx, request.organisation_id)
    move = {
        Verdict.ACCEPT: RequestMove.ACCEPT,
        Verdict.REJECT: RequestMove.REJECT,
        Verdict.MORE: RequestMove.ASK_MORE,
    }[event.verdict]
    request.move(move, by=event.decided_by, note=event.reason)
    request.decided_at, request.reason, request.verdicts = clock.now(), event.reason, event.facts
    await _accept(tx, request, event)
    if event.verdict is Verdict.ACCEPT:
        _confirm(tx, request)
        await outbox.publish(tx, FactsChanged(request.organisation_id))
        await levels.settle(tx, request.organisation_id, by=event.decided_by)
    told = {"verdict": str(event.verdict), "reason": event.reason, "path": f"/verification/{request.id}"}
    await people.notify(tx, request.organisation_id, Permission.VERIFY_COMPANY, "verification_decided", told)


async def _accept(tx: AsyncSession, request: VerificationRequest, event: ReviewDecided) -> None:
    """Remember which facts this reviewer accepted, and by what."""
    noted = await queries.noted(tx, request.organisation_id, clock.now() - FRESH)
    at = clock.now().isoformat()  # one moment for all, so that they end together
    for fact in queries.view(request).claimed:
        if fact in request.accepted or event.facts.get(fact, ""):
            continue
        said = {"by": str(event.decided_by), "at": at, "method": _method(fact, request, noted)}
        request.accepted = {**request.accepted, fact.value: said}


def _method(fact: Fact, request: VerificationRequest, noted: RegisterEntry | None) -> str:
    """By what a fact is confirmed: the register where it was looked up and says what is claimed now."""
    if noted is not None and noted.agrees.get(fact) == claim_digest(fact, request.claims, request.representative_mark):
        return "register"
    return "check_digit" if fact in {Fact.REGISTRATION, Fact.LEI, Fact.VAT} else "document"


def _confirm(tx: AsyncSession, request: VerificationRequest) -> None:
    """Write each accepted fact, with who accepted it and when; renewed ones hold from now on as well."""
    for fact in queries.view(request).claimed:
        how = request.accepted[fact]
        at = datetime.fromisoformat(how["at"])
        kind = SEEN_IN.get(fact, DocumentKind.LICENCE)
        tx.add(
            VerifiedFact(
                organisation_id=request.organisation_id,
                request_id=request.id,
                fact=fact,
                value="" if fact in PRIVATE else request.claims[fact],
                method=how["method"],
                document=kind if _has(request.documents, kind) else "",
                confirmed_by=UUID(how["by"]),
                confirmed_at=at,
                valid_until=at + GOOD_FOR,
            )
        )


async def forget(tx: AsyncSession, request_id: UUID) -> None:
    """Erase what a company sent in that was not accepted; that it asked, and the verdict, stay.

    What waits for an answer waits no more: there is nothing left to answer, and the company may ask anew.
    """
    request = await queries.request_for_update(tx, request_id)
    if request.forgotten_at is None:
        if request.state == RequestState.MORE:
            request.move(RequestMove.WITHDRAW, by=None, note="never answered")
        shots = await queries.screenshots(tx, request.id)
        await retention.give_up(tx, {document["key"] for document in request.documents} | shots)
        request.claims, request.documents, request.accepted = {}, [], {}
        request.representative_sealed = request.representative_mark = request.private_sealed = b""
        request.note, request.reason, request.verdicts = "", "", {}
        request.forgotten_at = clock.now()
        await tx.flush()
        await tx.execute(delete(RegisterEntry).where(RegisterEntry.request_id == request.id))
