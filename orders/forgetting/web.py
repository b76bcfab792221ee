"""Addresses of the retention desk: what is kept how long, and legal holds."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.core import clock
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from orders.forgetting import queries, service
from orders.forgetting.schemas import ClassOut, HoldIn, HoldOut, LiftIn, RetentionOut
from trust.access import CurrentMember, Permission, require
from trust.retention import queries as retention
from trust.retention import service as holding
from trust.retention.classes import AS_OF, CLASSES
from trust.verification import queries as verification

router = HouseRouter(tags=["retention"])


@router.get("/retention", response_model=RetentionOut)
async def show(answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """The classes of records, how many deals were forgotten, wait and are held, and the holds."""
    require(member, Permission.KEEP_RECORDS)
    holds, total, in_force = await retention.holds(tx, offset=page.offset, limit=page.per_page)
    waiting = await queries.waiting(tx, service.cutoffs(clock.now()))
    out = RetentionOut(
        as_of=AS_OF,
        classes=[
            ClassOut(
                key=kind.key,
                kept_days=kind.kept.days if kind.kept else None,
                floor_days=kind.floor.days if kind.floor else None,
            )
            for kind in CLASSES
        ],
        holds=[HoldOut.model_validate(hold) for hold in holds],
        total_holds=total,
        holds_in_force=in_force,
        forgotten_deals=await queries.forgotten_count(tx),
        forgotten_verifications=await verification.forgotten_count(tx),
        due=sum(deals.due for deals in waiting.values()),
        held=sum(deals.held for deals in waiting.values()),
    )
    return answer.show("trust/retention.html", out, holds=holds, classes=CLASSES, page=page)


@router.post("/retention/holds", response_model=HoldOut)
async def place(tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[HoldIn, Submitted(HoldIn)]) -> Response:
    """Keep everything of a deal or company, whatever its time."""
    require(member, Permission.KEEP_RECORDS)
    made = await service.place(tx, data.called, reason=data.reason, reference=data.reference, by=member)
    hold = await retention.hold(tx, made)
    text = _("Held. Nothing of it is erased until a second person lifts the hold.")
    return answer.done("/retention", HoldOut.model_validate(hold), created=True, flash=text)


@router.post("/retention/holds/{hold_id}/lifting", response_model=HoldOut)
async def lift(
    hold_id: UUID, tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[LiftIn, Submitted(LiftIn)]
) -> Response:
    """Let time run again; another person than the one who placed it."""
    await holding.lift(tx, hold_id, reason=data.reason, by=member)
    hold = await retention.hold(tx, hold_id)
    return answer.done("/retention", HoldOut.model_validate(hold), flash=_("Lifted. Time runs again."))
