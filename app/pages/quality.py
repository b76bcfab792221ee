"""Addresses of the register of quality and brand work."""

import re
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.errors import Invalid, NotFound
from app.core.i18n import _
from app.core.ids import new_id
from app.core.periods import day_of
from app.core.subject import Subject
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx, not_replayed
from listings import counted as listings
from orders.deals import queries as orders
from trust import sealed
from trust.access import CurrentMember, Member, Permission, require
from trust.identity import queries as identity
from trust.identity.web.door import TheVault
from trust.quality import queries, schemas, service, showing, states
from trust.quality.schemas import RecordOut, WorkIn, WorkOut
from trust.quality.service import Found, Work
from trust.quality.states import FACTS, Kind

router = HouseRouter(tags=["quality"])
_THING = re.compile(r"^/(products|orders)/([0-9a-fA-F-]{36})/?$")
_COMPANY = re.compile(r"^/suppliers/([a-z0-9-]+)/?$")
WORDS: dict[str, Any] = {
    "kinds": states.KINDS,
    "days": states.DAYS,
    "states": states.STATES,
    "tones": states.TONES,
    "results": states.RESULTS,
    "sources": states.SOURCES,
    "events": states.EVENTS,
    "happened": states.HAPPENED,
}


class KindQuery(PageQuery):
    """`kind`: of these entries alone."""

    kind: Kind | None = None


def _today(request: Request) -> date:
    return day_of(clock.now(), request.app.state.settings.reporting_zone)


async def _thing(tx: AsyncSession, address: str, *places: str) -> Subject | None:
    """The listing or order at an address of this site, whatever has become of it; None for "". Raises Invalid."""
    if not address:
        return None
    try:
        at = _THING.match(urlsplit(address).path)
        if at is not None and at[1] in places and await _is_there(tx, at[1], UUID(at[2])):
            return Subject("product" if at[1] == "products" else "order", UUID(at[2]))
    except (NotFound, ValueError):
        pass
    raise Invalid(_("Nothing of this kind stands at this address."), field="about")


async def _is_there(tx: AsyncSession, place: str, id_: UUID) -> bool:
    if place == "orders":
        return bool(await orders.order(tx, id_))
    return bool(await listings.categories_of(tx, {id_}))


async def _company(tx: AsyncSession, address: str) -> UUID | None:
    """The company whose page is at an address; None for "". Raises Invalid."""
    if not address:
        return None
    try:
        at = _COMPANY.match(urlsplit(address).path)
        if at is not None:
            return (await identity.by_slug(tx, at[1])).id
    except (NotFound, ValueError):
        pass
    raise Invalid(_("This is not the address of a company's page."), field="company")


@router.get("/quality", response_model=list[WorkOut])
async def register(answer: Answer, tx: Tx, member: CurrentMember, asked: Annotated[KindQuery, Query()]) -> Response:
    """Entries, the newest first."""
    found, total = await queries.works(tx, asked.kind, by=member, offset=asked.offset, limit=asked.per_page)
    out = [WorkOut.listed(line) for line in found]
    return answer.show("quality/register.html", out, total=total, page=asked, shown=asked.kind, **WORDS)


@router.get("/quality/new", include_in_schema=False)
async def form(request: Request, answer: Answer, member: CurrentMember, kind: Kind = Kind.INSPECTION) -> Response:
    """The form for an entry of a kind."""
    require(member, Permission.KEEP_QUALITY)
    fields = (*FACTS[kind], "document")
    return answer.show("quality/new.html", None, kind=kind, fields=fields, today=_today(request), **WORDS)


@router.post("/quality", response_model=RecordOut)
async def record(
    request: Request,
    answer: Answer,
    tx: Tx,
    vault: TheVault,
    member: CurrentMember,
    data: Annotated[WorkIn, Submitted(WorkIn)],
) -> Response:
    """Enter what was done, or an inspection that is planned."""
    require(member, Permission.KEEP_QUALITY)
    service.check(data.kind, data.facts, documented=data.document is not None)
    about = await _thing(tx, data.about, "products", "orders") if "about" in FACTS[data.kind] else None
    company = await _company(tx, data.company) if "company" in FACTS[data.kind] else None
    id_, kept = new_id(), None
    if data.document is not None:
        context = service.sealed_for(id_)
        kept = await sealed.keep(request.app.state.files, vault, context, data.document, field="document")
    work = Work(data.kind, data.title, data.day, data.facts, about, company, kept, id_)
    row = await service.record(tx, work, today=_today(request), by=member)
    return answer.done(
        f"/quality/{row.id}", await showing.record(tx, row), created=True, flash=_("Entered in the register.")
    )


@router.get("/quality/{quality_work_id}", response_model=RecordOut)
async def one(request: Request, answer: Answer, tx: Tx, member: CurrentMember, quality_work_id: UUID) -> Response:
    """One entry, what was found under it, and what happened to it."""
    row = await queries.work(tx, quality_work_id, by=member)
    out = await showing.record(tx, row)
    actors = {link.actor for link in out.timeline if link.actor}
    return answer.show(
        "quality/work.html",
        out,
        row=row,
        place=_place(row.about),
        company=await identity.organisation(tx, row.organisation_id) if row.organisation_id else None,
        names={id_: (await identity.member_view(tx, id_)).name for id_ in actors},
        finds=row.kind in states.FINDS and row.state == states.WorkState.DONE,
        today=_today(request),
        **WORDS,
    )


def _place(about: Subject | None) -> str:
    return f"/{about.type}s/{about.id}" if about else ""


@router.post("/quality/{quality_work_id}/document", include_in_schema=False)
@not_replayed
async def document(
    request: Request, answer: Answer, tx: Tx, vault: TheVault, member: CurrentMember, quality_work_id: UUID
) -> Response:
    """An entry's document. A POST, because fetching is written down."""
    file = await service.document(tx, quality_work_id, by=member)
    data = await sealed.opened(request.app.state.files, vault, service.sealed_for(quality_work_id), file["key"])
    return answer.file(data, file["name"], file["content_type"])


@router.post("/quality/{quality_work_id}/completion", response_model=RecordOut)
async def do(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    quality_work_id: UUID,
    data: Annotated[schemas.DoneIn, Submitted(schemas.DoneIn)],
) -> Response:
    """A planned inspection took place."""
    await service.do(tx, quality_work_id, data.done_on, today=_today(request), by=member)
    return await _done(answer, tx, member, quality_work_id, _("Written down."))


@router.post("/quality/{quality_work_id}/withdrawal", response_model=RecordOut)
async def withdraw(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    quality_work_id: UUID,
    data: Annotated[schemas.ReasonIn, Submitted(schemas.ReasonIn)],
) -> Response:
    """It was entered by mistake."""
    await service.withdraw(tx, quality_work_id, data.text, by=member)
    return await _done(answer, tx, member, quality_work_id, _("Withdrawn: it counts no more."))


@router.post("/quality/{quality_work_id}/findings", response_model=RecordOut)
async def find(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    quality_work_id: UUID,
    data: Annotated[schemas.FoundIn, Submitted(schemas.FoundIn)],
) -> Response:
    """A listing was found under a recall, or an authority objects to something."""
    require(member, Permission.KEEP_QUALITY)
    about = await _thing(tx, data.about, "products")
    found = Found(data.found_at, "" if about else data.what, about.id if about else None)
    await service.find(tx, quality_work_id, found, by=member)
    return await _done(answer, tx, member, quality_work_id, _("Written down."))


@router.post("/quality/{quality_work_id}/findings/{quality_finding_id}/end", response_model=RecordOut)
async def end(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    quality_work_id: UUID,
    quality_finding_id: UUID,
    data: Annotated[schemas.EndIn, Submitted(schemas.EndIn)],
) -> Response:
    """What was found is settled."""
    await service.end(tx, quality_work_id, quality_finding_id, data.over_at, data.how, by=member)
    return await _done(answer, tx, member, quality_work_id, _("Written down."))


async def _done(answer: Answer, tx: AsyncSession, member: Member, quality_work_id: UUID, text: str) -> Response:
    await tx.flush()
    row = await queries.work(tx, quality_work_id, by=member)
    return answer.done(f"/quality/{quality_work_id}", await showing.record(tx, row), flash=text)
