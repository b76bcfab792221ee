"""Addresses of contracts: reading, adjusting, agreeing, signing, the document, and the evidence of all of it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import evidence
from app.core.i18n import N_, _
from app.core.subject import Subject
from app.core.typesetting import check_printable
from app.core.web import Answer, HouseRouter, Submitted, Tx
from orders import conditions
from orders.contracts import clauses, content_web, form, queries, rating, requesting, room, service
from orders.contracts.errors import ContractNotFound
from orders.contracts.negotiating_schemas import AdjustmentsIn
from orders.contracts.promised import DOCUMENTS
from orders.contracts.queries import ContractView
from orders.contracts.schemas import (
    AgreementIn,
    ContractLineOut,
    ContractOut,
    RefusalIn,
)
from orders.contracts.states import LABELS, ContractState
from orders.contracts.terms import Inspector
from orders.contracts.values import Language, read_in
from orders.negotiation import words
from payments.approvals import queries as approvals
from trust.access import CurrentMember, Member, Permission
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported
from trust.identity import queries as identity
from trust.identity.words import countries, country_name
from trust.risk import holds
from trust.risk import service as risk
from trust.rules.codes import LABELS as RULES

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
    "contract.commented": N_("Comment"),
    "contract.comment_settled": N_("Comments settled"),
    "contract.unlock_asked": N_("Asked to open the text again"),
    "contract.annul_asked": N_("Asked to let the contract go"),
    "contract.request_refused": N_("Request refused"),
    "contract.request_withdrawn": N_("Request withdrawn"),
    "contract.annulled": N_("Let go by both sides"),
    "contract.extended": N_("More time given"),
    "contract.expired": N_("Not signed in time"),
    "contract.amendment_proposed": N_("Amendment proposed"),
    "contract.amended": N_("Replaced by an amendment"),
    "contract.termination_proposed": N_("End by agreement proposed"),
    "contract.terminated": N_("Ended by agreement"),
    "contract.performed": N_("Performed"),
    evidence.ERASED: N_("What people had written was erased"),
}
BESIDE = {"contract.commented", "contract.comment_settled"}
"""What is shown at the places of the text that it is about."""
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
async def contract(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    contract_id: UUID,
    place: Annotated[str, Query(alias="comment", max_length=60)] = "",
) -> Response:
    """One contract of the company. On the page, `comment` names the place that is being commented on."""
    view = await queries.contract(tx, contract_id, party=member.organisation_id)
    rate = await rating.rate_of(tx, view.id)
    out = ContractOut.of(view, rate, await requesting.open_request(tx, view.id))
    if answer.json:
        warnings = await _warnings(tx, view, member) if member.may(Permission.SIGN) else []
        return answer.show("", out.model_copy(update={"warnings": warnings}))
    refused = getattr(request.state, "form_state", {}).get("terms")
    shown = await room.negotiation(tx, view, member, place=place, refused=refused)
    page = "orders/termination.html" if view.terms.ending else "orders/contract.html"
    return answer.show(page, out, rate=rate, **shown, **await page_of(tx, view, member))


async def page_of(tx: AsyncSession, view: ContractView, member: Member) -> dict[str, Any]:
    language = read_in()
    versions = await queries.versions(tx, view.inquiry_id)
    return {
        "contract": view,
        "warnings": await _warnings(tx, view, member),
        "held": await holds.standing(tx, Subject("contract", view.id)) if view.effective_at is None else [],
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
        "given": form.values(view.terms),
        "conditions": conditions,
        "moves": _moves(view, language),
        "versions": [version for version in versions if not version.ends],
        "ending": next((v for v in versions if v.ends and v.state != ContractState.VOID), None),
        "history": [k for k in await evidence.chain(tx, Subject("contract", view.id)) if k.kind not in BESIDE],
        **content_web.tools(view, member),
        "waiting": await approvals.waiting_about(tx, [view.id]) if view.buyer_id == member.organisation_id else [],
        "rule_labels": RULES,
        "steps": STEPS,
        "means": MEANS,
        "names": await _names(tx, view),
        "quantity": words.quantity,
        "country_name": country_name,
        "countries": countries(),
    }


async def _warnings(tx: AsyncSession, view: ContractView, member: Member) -> list[str]:
    other = view.supplier_id if view.side_of(member.organisation_id) == "buyer" else view.buyer_id
    rules = await risk.warnings(tx, Subject("contract", view.id), other) if view.effective_at is None else []
    return risk.told(rules)


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
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    contract_id: UUID,
    data: Annotated[AdjustmentsIn, Submitted(AdjustmentsIn)],
) -> Response:
    """Change open terms of a draft, from the revision that was read."""
    check_printable(data.model_dump(mode="json"), font_dir=request.app.state.settings.font_dir)
    await service.adjust(tx, contract_id, data.changes, revision=data.revision, note=data.note, by=member)
    return await done(answer, tx, contract_id, member, _("The terms are changed. The other side must agree to them."))


@router.post("/contracts/{contract_id}/agreements", response_model=ContractOut)
async def agree(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    contract_id: UUID,
    data: Annotated[AgreementIn, Submitted(AgreementIn)],
) -> Response:
    """Agree to one revision of the draft; when both sides have, the text is frozen.

    Raises UnprintableText, naming where in the terms it stands, while the document could not be printed.
    """
    view = await queries.contract(tx, contract_id, party=member.organisation_id)
    check_printable(view.terms.model_dump(mode="json"), font_dir=request.app.state.settings.font_dir)
    await service.agree(tx, contract_id, data.revision, by=member)
    return await done(answer, tx, contract_id, member, _("You agreed to this text."))


@router.post("/contracts/{contract_id}/refusal", response_model=ContractOut)
async def refuse(
    answer: Answer, tx: Tx, member: CurrentMember, contract_id: UUID, data: Annotated[RefusalIn, Submitted(RefusalIn)]
) -> Response:
    """Decline the contract before it is in force."""
    await service.decline(tx, contract_id, data.reason, by=member)
    return await done(answer, tx, contract_id, member, _("The contract is declined and void."))


@router.get(
    "/contracts/{contract_id}/document.pdf", include_in_schema=False, dependencies=[counted(Exported.CONTRACTS)]
)
async def document(request: Request, answer: Answer, tx: Tx, member: CurrentMember, contract_id: UUID) -> Response:
    """The document as it is now, with the signatures that stand in it."""
    view = await queries.contract(tx, contract_id, party=member.organisation_id)
    if not view.pdf_key:
        raise ContractNotFound(_("The document is not ready yet."))
    data = await request.app.state.files.get(view.file_key or view.pdf_key)
    return answer.file(data, f"{view.number}.pdf", "application/pdf", inline=True)


async def done(answer: Answer, tx: AsyncSession, contract_id: UUID, member: Member, text: str) -> Response:
    await tx.flush()
    view = await queries.contract(tx, contract_id, party=member.organisation_id)
    asked = await requesting.open_request(tx, view.id)
    return answer.done(f"/contracts/{contract_id}", ContractOut.of(view, request=asked), flash=text)
