"""Addresses of evidence bundles: asking for one, seeing how far it is, fetching it; and the script that checks it."""

from datetime import datetime
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from app.core import limits
from app.core.i18n import N_, _
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from orders.bundles import contents, queries, service
from orders.bundles.errors import BundleNotFound
from orders.bundles.states import BundleState
from trust.access import CurrentMember
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported
from trust.identity import queries as identity

router = HouseRouter(tags=["evidence"])
STATES = {
    BundleState.MAKING: N_("Being packed"),
    BundleState.READY: N_("Ready"),
    BundleState.GONE: N_("No longer kept"),
}


class BundleIn(BaseModel):
    """The number of a contract or order, such as `PO-7F3K-2M9Q`."""

    number: str = Field(min_length=3, max_length=40)


class BundleOut(BaseModel):
    """`done` of `total` files are packed; `size` is in bytes."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    title: str
    state: BundleState
    done: int
    total: int
    size: int
    created_at: datetime
    expires_at: datetime


@router.get("/bundles", response_model=list[BundleOut])
async def bundles(answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """What the company had packed, newest first."""
    service.party_of(member)
    found, total = await queries.bundles_of(tx, member.organisation_id, offset=page.offset, limit=page.per_page)
    out = [BundleOut.model_validate(bundle) for bundle in found]
    return answer.show("bundles/bundles.html", out, bundles=found, total=total, page=page, states=STATES)


@router.post("/bundles", response_model=BundleOut)
async def ask(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[BundleIn, Submitted(BundleIn)]
) -> Response:
    """Have the evidence of a deal packed; a company may ask thirty times an hour."""
    inquiry_id = await service.inquiry_called(tx, data.number, by=member)
    await limits.hit(request.app.state.db, f"bundle:{member.organisation_id}", at_most=30, per_minutes=60)
    row = await service.ask(tx, inquiry_id, by=member)
    return answer.done(f"/bundles/{row.id}", BundleOut.model_validate(queries.view(row)), created=True)


@router.get("/bundles/{bundle_id}", response_model=BundleOut)
async def bundle(answer: Answer, tx: Tx, member: CurrentMember, bundle_id: UUID) -> Response:
    """How far it is."""
    service.party_of(member)
    found = await queries.bundle(tx, bundle_id, organisation_id=member.organisation_id)
    company = await identity.organisation(tx, found.organisation_id)
    out = BundleOut.model_validate(found)
    return answer.show("bundles/bundle.html", out, block="status", bundle=found, company=company.name_latin)


@router.get("/bundles/{bundle_id}/file", include_in_schema=False, dependencies=[counted(Exported.BUNDLES)])
async def file(request: Request, tx: Tx, member: CurrentMember, bundle_id: UUID) -> Response:
    """The ZIP, a piece at a time."""
    service.party_of(member)
    found = await queries.bundle(tx, bundle_id, organisation_id=member.organisation_id)
    if found.state is not BundleState.READY:
        raise BundleNotFound(_("This bundle is not there."))
    name = quote(f"{found.number}-evidence.zip")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Content-Length": str(found.size)}
    pieces = request.app.state.files.pieces(found.file_key)
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


@router.get("/verify/verify.py", include_in_schema=False)
async def script(answer: Answer) -> Response:
    """The script that checks a bundle, for those who would rather not take it from there."""
    return answer.file(contents.script(), "verify.py", "text/x-python; charset=utf-8")
