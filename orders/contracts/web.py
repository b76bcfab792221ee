"""Addresses of contracts: reading, adjusting, agreeing, signing, the document, and the evidence of all of it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import evidence, limits
from app.core.i18n import N_, _, current_locale
from app.core.subject import Subject
from app.core.typesetting import check_printable
from app.core.web import Answer, HouseRouter, Submitted, Tx
from orders import conditions
from orders.contracts import clauses, queries, rating, service
from orders.contracts.errors import ContractNotFound
from orders.contracts.models import Contract
from orders.contracts.queries import ContractView
from orders.contracts.revising import Adjustments
from orders.contracts.schemas import (
    AgreementIn,
    ContractLineOut,
    ContractOut,
    RefusalIn,
    SignatureIn,
)
from orders.contracts.sealing import PlatformSigner
from orders.contracts.service import Ceremony
from orders.contracts.states import LABELS, ContractState
from orders.contracts.terms import DocumentKind, Inspector
from orders.contracts.values import Language
from orders.negotiation import words
from payments.approvals import queries as approvals
from trust.access import CurrentMember, Member, Permission
from trust.identity import queries as identity
from trust.identity import service as people
from trust.identity.words import country_name

router = HouseRouter(tags=["contracts"])

STEPS = {
    "contract.drawn_up": N_("Drawn up from the agreed quotation"),
    "contract.adjusted": N_("Terms adjusted"),
    "contract.agreed": N_("Text agreed"),
    "contract.locked": N_("Text frozen"),
    "contract.unlocked": N_("Text opened again"),
    "contract.prepared": N_("Document prepared"),
    "contract.signed": N_("Signed"),
    "contract.affixed": N_("Signature put into the document"),
    "contract.sealed": N_("Sealed by the platform"),
    "contract.timestamped": N_("Timestamp put over the document"),
    "contract.effective": N_("In force"),
    "contract.declined": N_("Declined"),
    "contract.amendment_proposed": N_("Amendment proposed"),
    "contract.amended": N_("Replaced by an amendment"),
    "contract.performed": N_("Performed"),
}
DOCUMENTS = {
    DocumentKind.COMMERCIAL_INVOICE: N_("Commercial invoice"),
    DocumentKind.PACKING_LIST: N_("Packing list"),
    DocumentKind.TRANSPORT_DOCUMENT: N_("Transport document"),
    DocumentKind.CERTIFICATE_OF_ORIGIN: N_("Certificate of origin"),
    DocumentKind.INSPECTION_CERTIFICATE: N_("Inspection certificate"),
    DocumentKind.INSURANCE_CERTIFICATE: N_("Insurance certificate"),
}
INSPECTORS = {
    Inspector.SELLER: N_("The supplier"),
    Inspector.BUYER: N_("The buyer"),
    Inspector.THIRD_PARTY: N_("A third party"),
}


def signer(request: Request) -> PlatformSigner:
    return PlatformSigner(request.app.state.settings.secret_key.get_secret_value())


@router.get("/contracts", response_model=list[ContractLineOut])
async def contracts(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """The company's contracts, newest first."""
    lines = await queries.contracts_of(tx, member.organisation_id)
    return answer.show(
        "orders/contracts.html", [ContractLineOut.of(line) for line in lines], contracts=lines, states=LABELS
    )


@router.get("/contracts/{contract_id}", response_model=ContractOut)
async def contract(answer: Answer, tx: Tx, member: CurrentMember, contract_id: UUID) -> Response:
    """One contract of the company."""
    view = await queries.contract(tx, contract_id, party=member.organisation_id)
    rate = await rating.rate_of(tx, view.id)
    out = ContractOut.of(view, rate)
    return answer.show("orders/contract.html", out, rate=rate, **await _page(tx, view, member))


async def _page(tx: AsyncSession, view: ContractView, member: Member) -> dict[str, Any]:
    language: Language = "zh" if current_locale().startswith("zh") else "en"
    own = next((c.body for c in view.terms.own_clauses if c.key == "special_terms"), None)
    return {
        "contract": view,
        "states": LABELS,
        "language": language,
        "side": view.side_of(member.organisation_id),
        "agreed": view.agreed_by(member.organisation_id),
        "signed": view.signed_by(member.organisation_id),
        "may_negotiate": member.may(Permission.NEGOTIATE),
        "may_sign": member.may(Permission.SIGN),
        "institutions": clauses.institutions(language),
        "documents": DOCUMENTS,
        "inspectors": INSPECTORS,
        "special": own,
        "conditions": conditions,
        "moves": _moves(view, language),
        "versions": await queries.versions(tx, view.inquiry_id),
        "history": await evidence.chain(tx, Subject("contract", view.id)),
        "waiting": await approvals.waiting_about(tx, [view.id]) if view.buyer_id == member.organisation_id else [],
        "steps": STEPS,
        "names": await _names(tx, view),
        "quantity": words.quantity,
        "country_name": country_name,
    }


def _moves(view: ContractView, language: Language) -> list[dict[str, Any]]:
    """What may happen to a payment, in the words of the contract itself."""
    edition = view.terms.edition
    return [
        {
            "before": [clauses.word("state", state, language, edition=edition) for state in move.before],
            "name": move.name.said(language),
            "after": clauses.word("state", move.after, language, edition=edition),
        }
        for move in clauses.moves(edition)
    ]


async def _names(tx: AsyncSession, view: ContractView) -> dict[str, str]:
    """Whose act a step was: the company of each of the two parties' members, by the member's id."""
    parties = {view.buyer_id: view.terms.buyer, view.supplier_id: view.terms.supplier}
    return {
        str(person.id): party.latin_name
        for company, party in parties.items()
        for person in await identity.members(tx, company)
    }


@router.post("/contracts/{contract_id}/terms", response_model=ContractOut)
async def adjust(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    contract_id: UUID,
    data: Annotated[Adjustments, Submitted(Adjustments)],
) -> Response:
    """Change open terms of a draft."""
    await service.adjust(tx, contract_id, data, by=member)
    return await _done(answer, tx, contract_id, member, _("The terms are changed. The other side must agree to them."))


@router.post("/contracts/{contract_id}/agreements", response_model=ContractOut)
async def agree(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    contract_id: UUID,
    data: Annotated[AgreementIn, Submitted(AgreementIn)],
) -> Response:
    """Agree to one revision of the draft; when both sides have, the text is frozen."""
    await service.agree(tx, contract_id, data.revision, by=member)
    return await _done(answer, tx, contract_id, member, _("You agreed to this text."))


@router.post("/contracts/{contract_id}/refusal", response_model=ContractOut)
async def refuse(
    answer: Answer, tx: Tx, member: CurrentMember, contract_id: UUID, data: Annotated[RefusalIn, Submitted(RefusalIn)]
) -> Response:
    """Decline the contract before it is in force."""
    await service.decline(tx, contract_id, data.reason, by=member)
    return await _done(answer, tx, contract_id, member, _("The contract is declined and void."))


@router.get("/contracts/{contract_id}/signing", include_in_schema=False)
async def signing_page(answer: Answer, tx: Tx, member: CurrentMember, contract_id: UUID) -> Response:
    """The ceremony: read, confirm who you are, sign."""
    view = await queries.contract(tx, contract_id, party=member.organisation_id)
    proven = await people.stepped_up(tx, member)
    page = await _page(tx, view, member)
    consent = clauses.consent(view.terms, member.organisation_name, view.pdf_hash)
    return answer.show(
        "orders/signing.html", ContractOut.of(view), proven=proven, consent=consent.said(page["language"]), **page
    )


@router.post("/contracts/{contract_id}/signatures", response_model=ContractOut)
async def sign(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    contract_id: UUID,
    data: Annotated[SignatureIn, Submitted(SignatureIn)],
) -> Response:
    """Sign for the company, having just proven who you are."""
    ceremony = await attend(request, tx, member, data)
    view = await service.sign(tx, contract_id, ceremony, by=member, signer=signer(request))
    return await signed(answer, tx, view, member)


async def attend(request: Request, tx: AsyncSession, member: Member, data: SignatureIn) -> Ceremony:
    """What the signatory saw and said, once they have proven afresh who they are.

    Raises UnprintableText for a name that could not be shown in the document.
    """
    if data.proof:
        await limits.hit(request.app.state.db, f"proof:{member.id}", at_most=5, per_minutes=10)
        await people.prove(tx, request.app.state.vault, member.id, data.proof)
    else:
        await people.require_step_up(tx, member)
    check_printable({"name": member.name}, font_dir=request.app.state.settings.font_dir)
    return Ceremony(
        terms_hash=data.terms_hash,
        pdf_hash=data.pdf_hash,
        title=data.title,
        consent=data.consent,
        method="code" if data.proof else "step-up",
    )


async def signed(answer: Answer, tx: AsyncSession, contract: Contract, member: Member) -> Response:
    done = contract.state == ContractState.EFFECTIVE
    text = _("Signed by both: the contract is in force.") if done else _("Signed. Now the other side signs.")
    return await _done(answer, tx, contract.id, member, text)


@router.get("/contracts/{contract_id}/document.pdf", include_in_schema=False)
async def document(request: Request, answer: Answer, tx: Tx, member: CurrentMember, contract_id: UUID) -> Response:
    """The document as it is now, with the signatures that stand in it."""
    view = await queries.contract(tx, contract_id, party=member.organisation_id)
    if not view.pdf_key:
        raise ContractNotFound(_("The document is not ready yet."))
    data = await request.app.state.files.get(view.file_key or view.pdf_key)
    return answer.file(data, f"{view.number}.pdf", "application/pdf", inline=True)


async def _done(answer: Answer, tx: AsyncSession, contract_id: UUID, member: Member, text: str) -> Response:
    await tx.flush()
    view = await queries.contract(tx, contract_id, party=member.organisation_id)
    return answer.done(f"/contracts/{contract_id}", ContractOut.of(view), flash=text)
