"""Addresses of contracts: reading, adjusting, agreeing, signing, the document, and the evidence of all of it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import evidence, transparency
from app.core.i18n import N_, _, current_locale
from app.core.subject import Subject
from app.core.web import Answer, HouseRouter, Submitted, Tx
from orders import conditions
from orders.contracts import clauses, queries, rating, service
from orders.contracts.errors import ContractNotFound
from orders.contracts.queries import ContractView
from orders.contracts.revising import Adjustments
from orders.contracts.schemas import (
    AgreementIn,
    ContractLineOut,
    ContractOut,
    EvidenceChainOut,
    EvidenceOut,
    InclusionOut,
    RefusalIn,
)
from orders.contracts.sealing import PlatformSigner
from orders.contracts.states import LABELS
from orders.contracts.terms import DocumentKind, Inspector
from orders.contracts.values import Language
from orders.negotiation import words
from payments.approvals import queries as approvals
from trust.access import CurrentMember, Member, Permission
from trust.identity import queries as identity
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

MEANS = {
    "passkey": N_("a passkey"),
    "code": N_("a code of their authenticator"),
    "password": N_("their password"),
    "step-up": N_("a second proof of identity"),
}
"""How a signatory proved who they are, as signatures tell it."""


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
    return answer.show("orders/contract.html", out, rate=rate, **await page_of(tx, view, member))


async def page_of(tx: AsyncSession, view: ContractView, member: Member) -> dict[str, Any]:
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
        "means": MEANS,
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
    return await done(answer, tx, contract_id, member, _("The terms are changed. The other side must agree to them."))


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
    return await done(answer, tx, contract_id, member, _("You agreed to this text."))


@router.post("/contracts/{contract_id}/refusal", response_model=ContractOut)
async def refuse(
    answer: Answer, tx: Tx, member: CurrentMember, contract_id: UUID, data: Annotated[RefusalIn, Submitted(RefusalIn)]
) -> Response:
    """Decline the contract before it is in force."""
    await service.decline(tx, contract_id, data.reason, by=member)
    return await done(answer, tx, contract_id, member, _("The contract is declined and void."))


@router.get("/contracts/{contract_id}/document.pdf", include_in_schema=False)
async def document(request: Request, answer: Answer, tx: Tx, member: CurrentMember, contract_id: UUID) -> Response:
    """The document as it is now, with the signatures that stand in it."""
    view = await queries.contract(tx, contract_id, party=member.organisation_id)
    if not view.pdf_key:
        raise ContractNotFound(_("The document is not ready yet."))
    data = await request.app.state.files.get(view.file_key or view.pdf_key)
    return answer.file(data, f"{view.number}.pdf", "application/pdf", inline=True)


@router.get("/contracts/{contract_id}/evidence", response_model=EvidenceChainOut)
async def chain(request: Request, answer: Answer, tx: Tx, member: CurrentMember, contract_id: UUID) -> Response:
    """Every step of the contract as a hash chain, checked now, with the key that checks its seals."""
    view = await queries.contract(tx, contract_id, party=member.organisation_id)
    about = Subject("contract", view.id)
    verdict = await evidence.verify(tx, about)
    links = await evidence.chain(tx, about)
    key = PlatformSigner(request.app.state.settings.secret_key.get_secret_value())
    logged = await transparency.inclusion(tx, about)
    out = EvidenceChainOut(
        logged=logged and InclusionOut.of(logged, holds=logged.agrees(about, links)),
        whole=verdict.whole,
        links=[EvidenceOut(seq=k.seq, kind=k.kind, data=k.data, actor=k.actor, at=k.at, hash=k.hash) for k in links],
        public_key=key.public_key.hex(),
    )
    return answer.show("orders/evidence.html", out, contract=view, links=links, verdict=verdict, steps=STEPS)


async def done(answer: Answer, tx: AsyncSession, contract_id: UUID, member: Member, text: str) -> Response:
    await tx.flush()
    view = await queries.contract(tx, contract_id, party=member.organisation_id)
    return answer.done(f"/contracts/{contract_id}", ContractOut.of(view), flash=text)
