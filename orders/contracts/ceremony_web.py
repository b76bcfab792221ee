"""The ceremony of signing: read, confirm that it is you, sign; afterwards the receipt."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock, limits
from app.core.i18n import _
from app.core.signing.own import opened
from app.core.typesetting import check_printable
from app.core.web import Answer, HouseRouter, Submitted, Tx, not_replayed
from orders.contracts import affixing, clauses, queries, room, service, signing
from orders.contracts.canonical import digest
from orders.contracts.models import Contract
from orders.contracts.schemas import ContractOut, SignatureIn
from orders.contracts.sealing import PlatformSigner
from orders.contracts.service import Ceremony
from orders.contracts.web import page_of
from trust.access import CurrentMember, Member
from trust.identity import queries as identity
from trust.identity import service as people

router = HouseRouter(tags=["contracts"])

READ, CONFIRM, SIGN = range(3)


def signer(request: Request) -> PlatformSigner:
    return PlatformSigner(request.app.state.settings.secret_key.get_secret_value())


@router.get("/contracts/{contract_id}/signing", include_in_schema=False)
async def signing_page(
    answer: Answer, tx: Tx, member: CurrentMember, contract_id: UUID, read: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """The step that comes next. `read` is the hash of the document that was read, once it was."""
    view = await queries.contract(tx, contract_id, party=member.organisation_id)
    proven = await people.stepped_up(tx, member)
    page = await page_of(tx, view, member)
    consent = clauses.consent(view.terms, member.organisation_name, view.pdf_hash)
    mine = view.terms.buyer if page["side"] == "buyer" else view.terms.supplier
    return answer.show(
        "orders/signing.html",
        ContractOut.of(view),
        step=READ if not view.pdf_hash or read != view.pdf_hash else SIGN if proven else CONFIRM,
        other_read=bool(read) and read != view.pdf_hash,
        consent=consent.said(page["language"]),
        consent_hash=digest(clauses.whole(consent).encode()),
        title=mine.signatory.title if mine.signatory.name == member.name else "",
        onto=f"/contracts/{view.id}/signing?read={view.pdf_hash}",
        me=await identity.member_view(tx, member.id),
        has_passkey=await people.has_passkey(tx, member.id),
        authority=await people.signing_authority(tx, member.id),
        hindrance=await people.signing_hindrance(tx, member.id, view.total),
        own_possible=bool(signing.fields(view.terms.edition)),
        proven_by=await people.means(tx, member),
        **room.as_read(view),
        **page,
    )


@router.post("/contracts/{contract_id}/signatures", response_model=ContractOut)
@not_replayed
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
    contract = await service.sign(tx, contract_id, ceremony, by=member, signer=signer(request))
    return await signed(request, answer, tx, contract, member, ceremony)


async def attend(request: Request, tx: AsyncSession, member: Member, data: SignatureIn) -> Ceremony:
    """What the signatory saw and said, once they have proven afresh who they are.

    Raises UnprintableText for a name that could not be shown in the document, Invalid for a certificate that cannot
    sign.
    """
    if data.proof:
        await limits.hit(request.app.state.db, f"proof:{member.id}", at_most=5, per_minutes=10)
        await people.prove(tx, request.app.state.vault, member.id, data.proof)
        method = "code"
    else:
        method = await people.require_step_up(tx, member)
    check_printable({"name": member.name}, font_dir=request.app.state.settings.font_dir)
    own = None
    if data.own_certificate is not None:
        own = await asyncio.to_thread(opened, data.own_certificate.data, data.passphrase, at=clock.now())
    return Ceremony(
        terms_hash=data.terms_hash,
        pdf_hash=data.pdf_hash,
        title=data.title,
        consent=data.consent,
        method=method,
        own=own,
        warned=data.warned,
    )


async def signed(
    request: Request, answer: Answer, tx: AsyncSession, contract: Contract, member: Member, ceremony: Ceremony
) -> Response:
    """The receipt: on the page of the ceremony, or the contract as JSON.

    A certificate of their own makes its signature in the document now: its key is gone after this request.
    """
    if ceremony.own is not None:
        side = "buyer" if member.organisation_id == contract.buyer_id else "supplier"
        await tx.flush()
        await affixing.by_own(tx, request.app.state.jobs, contract.id, side, ceremony.own)
    text = (
        _("Signed by both: the contract is in force.")
        if contract.effective_at
        else _("Signed. Now the other side signs.")
    )
    await tx.flush()
    out = ContractOut.of(await queries.shown(tx, contract)) if answer.json else None
    return answer.done(f"/contracts/{contract.id}/signing", out, flash=text)
