"""Addresses of the screening desk: sanctions lists, their versions, and looking a name up in them."""

import asyncio
from typing import Annotated

from fastapi import Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from trust.access import CurrentMember, Member, Permission, require
from trust.screening import desk, queries, service
from trust.screening.entries import KINDS, STRENGTHS
from trust.screening.formats import ofac, sheet, un
from trust.screening.schemas import DeltaOut, FoundOut, Looked, OfacIn, ScreeningOut, SheetIn, UnIn
from trust.screening.service import Taken

router = HouseRouter(tags=["screening"])
UN = "UN Security Council Consolidated List"
OFAC = {"sdn": "OFAC Specially Designated Nationals", "consolidated": "OFAC Consolidated Non-SDN List"}


class ScreeningQuery(Looked, PageQuery):
    """A name to look up, and the page of versions."""


@router.get("/screening", response_model=ScreeningOut)
async def show(answer: Answer, tx: Tx, member: CurrentMember, asked: Annotated[ScreeningQuery, Query()]) -> Response:
    """The lists in force, a name looked up in them, and how they came to be."""
    require(member, Permission.SCREEN)
    lists = await queries.newest(tx)
    versions, total = await queries.versions(tx, offset=asked.offset, limit=asked.per_page)
    found = await queries.alike(tx, asked.name, day=asked.day) if asked.name else None
    runs, due = await desk.progress(tx)
    out = ScreeningOut(
        lists=lists,
        versions=versions,
        total=total,
        runs=runs,
        due=due,
        waiting=await desk.waiting(tx),
        found=None
        if found is None
        else [
            FoundOut(
                list_key=hit.list_key,
                reference=hit.entry.reference,
                kind=hit.entry.kind,
                name=hit.entry.name,
                matched=hit.matched,
                alike=round(hit.alike, 3),
            )
            for hit in found
        ],
    )
    return answer.show(
        "trust/screening.html",
        out,
        found=found,
        looked=asked.name,
        day=asked.day,
        may_set=member.may(Permission.SET_POLICY),
        kinds=KINDS,
        strengths=STRENGTHS,
        ofac=OFAC,
        page=asked,
    )


@router.get("/screening/template.csv", include_in_schema=False)
async def template(answer: Answer, member: CurrentMember) -> Response:
    """An empty list to fill in."""
    require(member, Permission.SCREEN)
    return answer.file(("\ufeff" + sheet.TEMPLATE).encode(), "list.csv", "text/csv; charset=utf-8")


@router.post("/screening/un", response_model=DeltaOut)
async def take_un(tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[UnIn, Submitted(UnIn)]) -> Response:
    """A new version of the United Nations' list."""
    require(member, Permission.SCREEN)
    made, found = await asyncio.to_thread(un.read, data.un.data)
    taken = Taken("un", UN, "un", made, found, service.digest(data.un.data))
    return await _take(tx, answer, taken, member, much_gone=data.much_gone)


@router.post("/screening/ofac", response_model=DeltaOut)
async def take_ofac(
    tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[OfacIn, Submitted(OfacIn)]
) -> Response:
    """A new version of one of OFAC's lists."""
    require(member, Permission.SCREEN)
    found = await asyncio.to_thread(ofac.read, data.sdn.data, data.alt.data, data.add.data)
    hashed = service.digest(data.sdn.data, data.alt.data, data.add.data)
    taken = Taken(f"ofac-{data.which}", OFAC[data.which], "ofac", data.published_on, found, hashed)
    return await _take(tx, answer, taken, member, much_gone=data.much_gone)


@router.post("/screening/sheets", response_model=DeltaOut)
async def take_sheet(
    tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[SheetIn, Submitted(SheetIn)]
) -> Response:
    """A new version of any other list."""
    require(member, Permission.SCREEN)
    found = await asyncio.to_thread(sheet.read, data.sheet.data)
    taken = Taken(data.key, data.name, "sheet", data.published_on, found, service.digest(data.sheet.data))
    return await _take(tx, answer, taken, member, much_gone=data.much_gone)


async def _take(tx: AsyncSession, answer: Answer, taken: Taken, member: Member, *, much_gone: bool) -> Response:
    delta = await service.take_in(tx, taken, by=member, much_gone=much_gone)
    said = {"added": len(delta.added), "changed": len(delta.changed), "removed": len(delta.removed)}
    text = _("Taken in: %(added)s new, %(changed)s changed, %(removed)s gone.") % said
    return answer.done("/screening", DeltaOut.model_validate(delta), created=True, flash=text)
