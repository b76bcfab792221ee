"""Addresses of trade documents: the checklist of an order, packing details, issuing, handing in, and the files."""

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import _, gettext
from app.core.payload import Upload
from app.core.web import Answer, HouseRouter, Submitted, Tx
from orders import files
from orders.deals import queries as deals
from orders.documents import papers, queries, service, words
from orders.documents.checklist import Checklist, checklist
from orders.documents.content import SCHEMAS
from orders.documents.errors import DocumentNotFound
from orders.documents.kinds import LABELS, Kind
from orders.documents.packing import CRITERIA, PackingIn
from orders.documents.papers import Facts
from orders.documents.schemas import (
    DocumentsOut,
    InspectionIn,
    InsuranceIn,
    IssueIn,
    OriginIn,
    ShipmentFileOut,
    TransportIn,
)
from orders.documents.service import Press
from orders.negotiation.words import CURRENCIES, quantity
from trust.access import CurrentMember, Member, Permission
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported
from trust.identity.words import countries

router = HouseRouter(tags=["trade documents"])

Form = Literal["pdf", "xml", "json"]
MEDIA: dict[Form, str] = {"pdf": "application/pdf", "xml": "application/xml", "json": "application/json"}


def _press(request: Request) -> Press:
    settings = request.app.state.settings
    return Press(request.app.state.files, settings.font_dir, settings.base_url)


async def _checklist(tx: AsyncSession, order_id: UUID, member: Member) -> Checklist:
    return checklist(await queries.dossier(tx, order_id, party=member.organisation_id))


def _page(found: Checklist, member: Member) -> dict[str, Any]:
    return {
        "order": found.dossier.order,
        "contract": found.dossier.contract,
        "papers": found,
        "labels": LABELS,
        "findings": words.rows,
        "acts": member.organisation_id == found.dossier.order.supplier_id
        and member.may(Permission.SHIP)
        and found.open,
        "choices": {
            "ladings": _translated(papers.LADINGS),
            "freight": _translated(papers.FREIGHT),
            "conditions": _translated(papers.CONDITIONS),
            "verdicts": _translated(papers.VERDICTS),
            "countries": countries(),
            "currencies": [(code, code) for code in CURRENCIES],
        },
    }


def _translated(choices: dict[Any, str]) -> list[tuple[str, str]]:
    return [(str(key), gettext(label)) for key, label in choices.items()]


async def _done(answer: Answer, tx: AsyncSession, order_id: UUID, member: Member, text: str) -> Response:
    await tx.flush()
    out = DocumentsOut.of(await _checklist(tx, order_id, member))
    return answer.done(f"/orders/{order_id}/documents", out, flash=text)


@router.get("/orders/{order_id}/documents", response_model=DocumentsOut)
async def documents(answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID) -> Response:
    """Which documents the contract requires, what is there, and on what they disagree; the same for both parties."""
    found = await _checklist(tx, order_id, member)
    return answer.show("documents/checklist.html", DocumentsOut.of(found), **_page(found, member))


@router.post("/orders/{order_id}/documents", response_model=DocumentsOut)
async def issue(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    order_id: UUID,
    data: Annotated[IssueIn, Submitted(IssueIn)],
) -> Response:
    """Issue a document from what is known; it takes the place of its former version."""
    made = await service.issue(tx, order_id, Kind(data.kind), data.shipment_id, _press(request), by=member)
    return await _done(answer, tx, order_id, member, _("Issued: %(number)s.") % {"number": made.number})


@router.get(
    "/orders/{order_id}/documents/{document_id}/file.{form}",
    include_in_schema=False,
    dependencies=[counted(Exported.TRADE_PAPERS)],
)
async def file(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID, document_id: UUID, form: Form
) -> Response:
    """An issued document as PDF, as UBL 2.1, or its content as canonical JSON."""
    await deals.order(tx, order_id, party=member.organisation_id)
    found = await queries.issued(tx, order_id, document_id)
    if form == "json":
        data = found.canonical.encode()
    else:
        data = await request.app.state.files.get(found.pdf_key if form == "pdf" else found.ubl_key)
    return answer.file(data, f"{found.number}.{form}", MEDIA[form], inline=form == "pdf")


@router.get(
    "/orders/{order_id}/papers/{paper_id}", include_in_schema=False, dependencies=[counted(Exported.TRADE_PAPERS)]
)
async def paper(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID, paper_id: UUID
) -> Response:
    """The file of a document that was handed in."""
    await deals.order(tx, order_id, party=member.organisation_id)
    found = await queries.received(tx, order_id, paper_id)
    data = await request.app.state.files.get(found.file["key"])
    return answer.file(data, found.file["name"], found.file["content_type"])


@router.get("/documents/schemas/{kind}.json", include_in_schema=False)
async def schema(answer: Answer, kind: str) -> Response:
    """The JSON Schema (2020-12) of a document's content."""
    known = {made.value: made for made in SCHEMAS}
    if kind not in known:
        raise DocumentNotFound
    shape = json.dumps(SCHEMAS[known[kind]].model_json_schema(), ensure_ascii=False, indent=1)
    return answer.file(shape.encode(), f"{kind}.schema.json", "application/schema+json", inline=True)


@router.get("/orders/{order_id}/shipments/{shipment_id}/packing", response_model=ShipmentFileOut)
async def packing(answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID, shipment_id: UUID) -> Response:
    """How a shipment is packed and where it goes."""
    found = await _checklist(tx, order_id, member)
    file = found.of(shipment_id)
    return answer.show(
        "documents/packing.html",
        ShipmentFileOut.of(file),
        file=file,
        packages=words.packages(),
        countries=countries(),
        criteria=_translated(CRITERIA),
        lines=[(p, found.dossier.contract.terms.lines[p], q) for p, q in file.shipment.lines],
        quantity=quantity,
        **_page(found, member),
    )


@router.post("/orders/{order_id}/shipments/{shipment_id}/packing", response_model=DocumentsOut)
async def say_packing(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    order_id: UUID,
    shipment_id: UUID,
    data: Annotated[PackingIn, Submitted(PackingIn)],
) -> Response:
    """Say it; every document issued from now on uses it."""
    fonts = request.app.state.settings.font_dir
    await service.say_packing(tx, order_id, shipment_id, data, by=member, font_dir=fonts)
    return await _done(answer, tx, order_id, member, _("Kept. The documents can be issued now."))


@dataclass(frozen=True)
class Desk:
    """Where somebody hands in a file about a shipment."""

    request: Request
    answer: Answer
    tx: Tx
    member: CurrentMember
    order_id: UUID
    shipment_id: UUID

    async def take(self, data: TransportIn | InsuranceIn | InspectionIn | OriginIn) -> Response:
        facts: Facts = papers.read(data.model_dump(exclude={"file"}))
        upload: Upload = data.file
        [kept] = await files.keep(self.request.app.state.files, [upload], field="file")
        await service.hand_in(self.tx, self.order_id, self.shipment_id, facts, kept, by=self.member)
        text = _("The document is kept and compared with the others.")
        return await _done(self.answer, self.tx, self.order_id, self.member, text)


AtDesk = Annotated[Desk, Depends()]


@router.post("/orders/{order_id}/shipments/{shipment_id}/transport-document", response_model=DocumentsOut)
async def transport(desk: AtDesk, data: Annotated[TransportIn, Submitted(TransportIn)]) -> Response:
    """Hand in the bill of lading or waybill."""
    return await desk.take(data)


@router.post("/orders/{order_id}/shipments/{shipment_id}/insurance-certificate", response_model=DocumentsOut)
async def insurance(desk: AtDesk, data: Annotated[InsuranceIn, Submitted(InsuranceIn)]) -> Response:
    """Hand in the insurance certificate."""
    return await desk.take(data)


@router.post("/orders/{order_id}/shipments/{shipment_id}/inspection-certificate", response_model=DocumentsOut)
async def inspection(desk: AtDesk, data: Annotated[InspectionIn, Submitted(InspectionIn)]) -> Response:
    """Hand in the inspection certificate."""
    return await desk.take(data)


@router.post("/orders/{order_id}/shipments/{shipment_id}/certificate-of-origin", response_model=DocumentsOut)
async def origin(desk: AtDesk, data: Annotated[OriginIn, Submitted(OriginIn)]) -> Response:
    """Hand in the certified certificate of origin."""
    return await desk.take(data)


@router.post("/orders/{order_id}/shipments/{shipment_id}/documents/completion", response_model=DocumentsOut)
async def complete(answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID, shipment_id: UUID) -> Response:
    """Declare a shipment's documents complete; refused while one is missing or they disagree."""
    await service.declare_complete(tx, order_id, shipment_id, by=member)
    return await _done(answer, tx, order_id, member, _("The documents are complete. The buyer was told."))
