"""Addresses of rights and notices for their two sides. A right holder needs no account: a code that was sent to their
address lets them in, and travels in a cookie of these addresses alone."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import limits
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx, not_replayed
from trust.access import CurrentMember, MaybeMember, Member, Permission, require
from trust.cases import exhibits
from trust.cases.filing import plain_code
from trust.cases.schemas import CodeIn
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported
from trust.rights import countering, notices, notifiers, pages, papers, publishing, queries, registry
from trust.rights.errors import NotEntered
from trust.rights.models import Right
from trust.rights.notifiers import Speaker
from trust.rights.queries import Line
from trust.rights.registry import Registration
from trust.rights.schemas import (
    CounterIn,
    EmailIn,
    LineOut,
    NoticeOut,
    ProceedingIn,
    PublicNoticeOut,
    RightIn,
    RightOut,
    RoomOut,
)

router = HouseRouter(tags=["rights"])
COOKIE = "rights"
PLACE = "/rights"
OPEN_SECONDS = 7200


async def here(request: Request, tx: AsyncSession, member: Member | None) -> Speaker | None:
    """Who speaks for rights in this browser; a code that has run out lets nobody in."""
    try:
        return await notifiers.speaker(tx, request.cookies.get(COOKIE, ""), member)
    except NotEntered:
        return None


async def entered(request: Request, tx: AsyncSession, member: Member | None) -> Speaker:
    """Who takes a step here. Raises NotEntered, NotPermitted."""
    return await notifiers.enter(tx, request.cookies.get(COOKIE, ""), member)


@router.get("/transparency/notices", response_model=list[PublicNoticeOut])
async def register(answer: Answer, tx: Tx, page: Annotated[PageQuery, Query()]) -> Response:
    """Notices, counter-statements and what became of them, for everybody to read. E-Commerce Law (PRC) art. 44."""
    found, total = await publishing.published(tx, offset=page.offset, limit=page.per_page)
    out = [PublicNoticeOut.model_validate(one) for one in found]
    return answer.show("rights/published.html", out, found=found, total=total, page=page, **pages.WORDS)


@router.get("/rights", response_model=RoomOut)
async def room(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: MaybeMember,
    page: Annotated[PageQuery, Query()],
    show: Literal["notices", "received", "rights"] = "notices",
) -> Response:
    """What one can do here, and what one has: notices sent, notices received, rights."""
    by = await here(request, tx, member)
    part = {"offset": page.offset, "limit": page.per_page}
    rights: list[Right] = []
    lines: list[Line] = []
    total = 0
    if show == "received" and member is not None and not member.is_staff:
        lines, total = await queries.notices_about(tx, member.organisation_id, **part)
    elif show == "notices" and by is not None:
        lines, total = await queries.notices_of(tx, by.notifier_id, **part)
    elif show == "rights" and by is not None:
        rights, total = await queries.rights_of(tx, by.notifier_id, **part)
    out = RoomOut(
        total=total,
        rights=[RightOut.model_validate(r) for r in rights],
        notices=[LineOut.model_validate(n) for n in lines],
    )
    company = member is not None and not member.is_staff
    return answer.show(
        "rights/room.html",
        out,
        rights=rights,
        lines=lines,
        total=total,
        page=page,
        shown=show,
        company=company,
        inside=company or by is not None,
        speaks=company and member is not None and member.may(Permission.NEGOTIATE) if member else by is not None,
        **pages.WORDS,
    )


@router.post("/rights/codes")
@not_replayed
async def send_code(request: Request, answer: Answer, tx: Tx, data: Annotated[EmailIn, Submitted(EmailIn)]) -> Response:
    """Send a code to an address; whoever reads it there may speak for rights here."""
    state = request.app.state
    address = request.client.host if request.client else ""
    await limits.hit(state.db, f"rights-code:{address}", at_most=10, per_minutes=60)
    marked = state.vault.mark(str(data.email).lower(), notifiers.EMAIL).hex()
    await limits.hit(state.db, f"rights-code-to:{marked}", at_most=5, per_minutes=60)
    await notifiers.send_code(tx, state.vault, str(data.email))
    return answer.done("/rights", {"sent": True}, flash=_("A letter with a code is on its way. It is good for a day."))


@router.post("/rights/access")
@not_replayed
async def enter(request: Request, answer: Answer, tx: Tx, data: Annotated[CodeIn, Submitted(CodeIn)]) -> Response:
    """Open one's rights and notices with a code."""
    address = request.client.host if request.client else ""
    await limits.hit(request.app.state.db, f"rights-access:{address}", at_most=10, per_minutes=10)
    code = plain_code(data.code)
    await notifiers.let_in(tx, code)
    response = answer.done("/rights", {"entered": True}, flash=_("You are in, for two hours."))
    secure = request.app.state.settings.base_url.startswith("https:")
    for path in (PLACE, f"/api/v1{PLACE}"):
        response.set_cookie(
            COOKIE, code, max_age=OPEN_SECONDS, httponly=True, samesite="strict", path=path, secure=secure
        )
    return response


@router.get("/rights/registry/new", include_in_schema=False)
async def right_form(request: Request, answer: Answer, tx: Tx, member: MaybeMember) -> Response:
    """The form in which a right is entered."""
    if (member is None or member.is_staff) and await here(request, tx, member) is None:
        return answer.done("/rights")
    return answer.show("rights/right_form.html", None, **pages.WORDS)


@router.post("/rights/registry", response_model=RightOut)
async def register_right(
    request: Request, answer: Answer, tx: Tx, member: MaybeMember, data: Annotated[RightIn, Submitted(RightIn)]
) -> Response:
    """Enter a right in the registry; a person checks it."""
    state, by = request.app.state, await entered(request, tx, member)
    await limits.hit(state.db, f"rights-registry:{by.notifier_id}", at_most=50, per_minutes=1440)
    asked = Registration(data.claim(), [])
    asked.ownership.extend(await exhibits.keep(state.files, state.vault, asked.id, data.ownership, field="ownership"))
    asked.authority.extend(await exhibits.keep(state.files, state.vault, asked.id, data.authority, field="authority"))
    row = await registry.register(tx, asked, zone=state.settings.reporting_zone, by=by)
    await tx.flush()
    text = _("Entered. Somebody checks it, and you get a letter.")
    return answer.done(f"/rights/registry/{row.id}", RightOut.model_validate(row), created=True, flash=text)


@router.get("/rights/registry/{right_id}", response_model=RightOut)
async def right(request: Request, answer: Answer, tx: Tx, member: MaybeMember, right_id: UUID) -> Response:
    """One right, for whoever entered it and for the desk."""
    row = await queries.right(tx, right_id, member, await here(request, tx, member))
    shown = [queries.paper_view(paper) for paper in await papers.of(tx, row.itself)]
    desk = await pages.for_right(tx, row, member)
    zone = request.app.state.settings.reporting_zone
    expired = row.valid_until is not None and row.valid_until < registry.today(zone)
    return answer.show(
        "rights/right.html",
        RightOut.model_validate(row),
        right=row,
        papers=shown,
        expired=expired,
        **desk,
        **pages.WORDS,
    )


@router.get(
    "/rights/registry/{right_id}/papers/{label}", include_in_schema=False, dependencies=[counted(Exported.RIGHTS)]
)
async def right_paper(
    request: Request, answer: Answer, tx: Tx, member: MaybeMember, right_id: UUID, label: str
) -> Response:
    """A document of a right."""
    row = await queries.right(tx, right_id, member, await here(request, tx, member))
    paper = await papers.one(tx, row.itself, label)
    state = request.app.state
    data = await exhibits.opened(state.files, state.vault, right_id, paper.key)
    return answer.file(data, paper.name, paper.content_type)


@router.post("/rights/registry/{right_id}/withdrawal", response_model=RightOut)
async def withdraw_right(request: Request, answer: Answer, tx: Tx, member: MaybeMember, right_id: UUID) -> Response:
    """Take a right out of the registry."""
    by = await entered(request, tx, member)
    await registry.withdraw(tx, right_id, by=by)
    row = await queries.right(tx, right_id, member, by)
    return answer.done(
        "/rights?show=rights", RightOut.model_validate(row), flash=_("The right is out of the registry.")
    )


@router.get("/rights/notices/{notice_id}", response_model=NoticeOut)
async def notice(request: Request, answer: Answer, tx: Tx, member: MaybeMember, notice_id: UUID) -> Response:
    """One notice, as its reader may see it: its sender, a supplier whom it names, or the desk."""
    file = await queries.file(tx, notice_id, member, await here(request, tx, member))
    return answer.show("rights/notice.html", NoticeOut.of(file), **await pages.context(tx, file, member))


@router.get(
    "/rights/notices/{notice_id}/papers/{label}", include_in_schema=False, dependencies=[counted(Exported.RIGHTS)]
)
async def notice_paper(
    request: Request, answer: Answer, tx: Tx, member: MaybeMember, notice_id: UUID, label: str
) -> Response:
    """A document of a notice, for those who may see it."""
    row, _reader, company = await queries.reading(tx, notice_id, member, await here(request, tx, member))
    paper = await papers.one(tx, row.itself, label, supplier_id=company)
    state = request.app.state
    data = await exhibits.opened(state.files, state.vault, notice_id, paper.key)
    return answer.file(data, paper.name, paper.content_type)


@router.post("/rights/notices/{notice_id}/counter-statements", response_model=NoticeOut)
async def counter(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    notice_id: UUID,
    data: Annotated[CounterIn, Submitted(CounterIn)],
) -> Response:
    """State that listings do not infringe."""
    require(member, Permission.LIST_PRODUCTS)
    state = request.app.state
    await queries.file(tx, notice_id, member, None)
    files = await exhibits.keep(state.files, state.vault, notice_id, data.files)
    said = countering.Answer(data.statement, tuple(data.items), data.true, files)
    await countering.counter(tx, notice_id, said, by=member)
    return await pages.done(answer, tx, notice_id, member, None, _("Sent on to the right holder."))


@router.post("/rights/notices/{notice_id}/proceedings", response_model=NoticeOut)
async def prove(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: MaybeMember,
    notice_id: UUID,
    data: Annotated[ProceedingIn, Submitted(ProceedingIn)],
) -> Response:
    """Say and show that one has complained to an authority or sued."""
    state, by = request.app.state, await entered(request, tx, member)
    await limits.hit(state.db, f"rights-proceedings:{by.notifier_id}", at_most=60, per_minutes=60)
    await queries.reading(tx, notice_id, None, by)
    files = await exhibits.keep(state.files, state.vault, notice_id, data.files)
    said = countering.Proven(data.supplier, data.kind, data.authority, data.reference, data.filed_on, files)
    await countering.prove(tx, notice_id, said, by=by)
    text = _("Noted. What is down stays down until the outcome is known.")
    return await pages.done(answer, tx, notice_id, member, by, text)


@router.post("/rights/notices/{notice_id}/withdrawal", response_model=NoticeOut)
async def withdraw(request: Request, answer: Answer, tx: Tx, member: MaybeMember, notice_id: UUID) -> Response:
    """Take a notice back."""
    by = await entered(request, tx, member)
    await notices.withdraw(tx, notice_id, by=by)
    return await pages.done(answer, tx, notice_id, member, by, _("The notice is taken back."))
