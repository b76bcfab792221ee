"""Addresses of rights and notices for those who decide on them."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx, not_replayed
from trust.access import CurrentMember, Permission, require
from trust.cases.schemas import HandlingIn, ReasonIn
from trust.rights import desk, pages, queries, registry
from trust.rights.models import Right
from trust.rights.queries import Line
from trust.rights.schemas import DecisionIn, FaultIn, LineOut, NoticeOut, OutcomeIn, RightOut, RoomOut, SupplierIn
from trust.rights.states import NoticeState

router = HouseRouter(tags=["rights"])


@router.get("/rights/desk", response_model=RoomOut)
async def overview(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    page: Annotated[PageQuery, Query()],
    show: Literal["filed", "decided", "withdrawn", "rights"] = "filed",
) -> Response:
    """Notices and rights that wait to be checked, and notices that were decided."""
    require(member, Permission.JUDGE)
    part = {"offset": page.offset, "limit": page.per_page}
    rights: list[Right] = []
    lines: list[Line] = []
    if show == "rights":
        rights, total = await queries.rights_waiting(tx, **part)
    else:
        lines, total = await queries.notices_in(tx, NoticeState(show), **part)
    out = RoomOut(
        total=total,
        rights=[RightOut.model_validate(r) for r in rights],
        notices=[LineOut.model_validate(n) for n in lines],
    )
    return answer.show(
        "rights/desk.html", out, rights=rights, lines=lines, total=total, page=page, shown=show, **pages.WORDS
    )


@router.post("/rights/registry/{right_id}/acceptance", response_model=RightOut)
async def accept(request: Request, answer: Answer, tx: Tx, member: CurrentMember, right_id: UUID) -> Response:
    """Enter a right in the registry for good."""
    await registry.accept(tx, right_id, zone=request.app.state.settings.reporting_zone, by=member)
    return await _right(answer, tx, member, right_id, _("Registered. Its holder is told."))


@router.post("/rights/registry/{right_id}/refusal", response_model=RightOut)
async def refuse(
    answer: Answer, tx: Tx, member: CurrentMember, right_id: UUID, data: Annotated[ReasonIn, Submitted(ReasonIn)]
) -> Response:
    """Do not register a right, and say why."""
    await registry.refuse(tx, right_id, data.reason, by=member)
    return await _right(answer, tx, member, right_id, _("Refused. Its holder is told why."))


async def _right(answer: Answer, tx: Tx, member: CurrentMember, right_id: UUID, text: str) -> Response:
    await tx.flush()
    row = await queries.right(tx, right_id, member, None)
    return answer.done(f"/rights/registry/{right_id}", RightOut.model_validate(row), flash=text)


@router.post("/rights/notices/{notice_id}/handling", response_model=NoticeOut)
async def take(
    answer: Answer, tx: Tx, member: CurrentMember, notice_id: UUID, data: Annotated[HandlingIn, Submitted(HandlingIn)]
) -> Response:
    """Take a notice on, stating that nothing ties one to its sides."""
    await desk.take(tx, notice_id, by=member)
    return await pages.done(answer, tx, notice_id, member, None, _("The notice is yours."))


@router.post("/rights/notices/{notice_id}/decision", response_model=NoticeOut)
async def decide(
    answer: Answer, tx: Tx, member: CurrentMember, notice_id: UUID, data: Annotated[DecisionIn, Submitted(DecisionIn)]
) -> Response:
    """Decide at which listings the evidence suffices; these come down at once."""
    await desk.decide(tx, notice_id, data.items, data.reason, by=member)
    return await pages.done(answer, tx, notice_id, member, None, _("Decided. Both sides are told."))


@router.post("/rights/notices/{notice_id}/outcomes", response_model=NoticeOut)
async def outcome(
    answer: Answer, tx: Tx, member: CurrentMember, notice_id: UUID, data: Annotated[OutcomeIn, Submitted(OutcomeIn)]
) -> Response:
    """Note what became of it: the infringement is confirmed, or there was none."""
    infringes = data.outcome == "confirm"
    await desk.note_outcome(tx, notice_id, data.supplier, infringes=infringes, reason=data.reason, by=member)
    return await pages.done(answer, tx, notice_id, member, None, _("The outcome is noted. Both sides are told."))


@router.post("/rights/notices/{notice_id}/fault", response_model=NoticeOut)
async def fault(
    answer: Answer, tx: Tx, member: CurrentMember, notice_id: UUID, data: Annotated[FaultIn, Submitted(FaultIn)]
) -> Response:
    """Note that a notice was wrong or malicious."""
    await desk.note_fault(tx, notice_id, data.fault, data.reason, by=member)
    return await pages.done(answer, tx, notice_id, member, None, _("It counts against who sent it."))


@router.post("/rights/notices/{notice_id}/points", response_model=NoticeOut)
async def points(
    answer: Answer, tx: Tx, member: CurrentMember, notice_id: UUID, data: Annotated[SupplierIn, Submitted(SupplierIn)]
) -> Response:
    """Write points down for a supplier whose infringement stands."""
    await desk.give_points(tx, notice_id, data.supplier, by=member)
    return await pages.done(answer, tx, notice_id, member, None, _("Points are written down."))


@router.post("/rights/notices/{notice_id}/contact", include_in_schema=False)
@not_replayed
async def contact(request: Request, answer: Answer, tx: Tx, member: CurrentMember, notice_id: UUID) -> Response:
    """Show how to reach who sent a notice once; looking is written down."""
    said = await desk.contact(tx, request.app.state.vault, notice_id, by=member)
    text = _("Sent by: %(contact)s") % {"contact": said}
    return answer.done(f"/rights/notices/{notice_id}", {"contact": said}, flash=text)
