"""Published results of applications for everybody, and objections to them, without an account."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.award import objecting, presenting, queries, schemas
from app.award.errors import NotReady
from app.award.schemas import ReceiptOut, ToldLineOut, ToldOut
from app.award.web import WORDS, zone_of
from app.core import limits
from app.core.i18n import _
from app.core.ids import new_id
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx, not_replayed
from trust.cases import exhibits

router = HouseRouter(tags=["title applications"])
PLACE = "/assessment/applications"


@router.get(PLACE, response_model=list[ToldLineOut])
async def results(answer: Answer, tx: Tx, page: Annotated[PageQuery, Query()]) -> Response:
    """Applications whose result was published, the newest first."""
    found, total = await queries.public(tx, offset=page.offset, limit=page.per_page)
    return answer.show("award/results.html", presenting.told_lines(found), total=total, page=page, **WORDS)


@router.get(PLACE + "/{title_application_id}", response_model=ToldOut)
async def result(request: Request, answer: Answer, tx: Tx, title_application_id: UUID) -> Response:
    """One published result: who applied, what it is and why, until when anybody may object, and what came of it."""
    row = await queries.published(tx, title_application_id)
    return answer.show("award/result.html", await presenting.told(tx, row, zone_of(request)), **WORDS)


@router.get(PLACE + "/{title_application_id}/objections/new", include_in_schema=False)
async def form(request: Request, answer: Answer, tx: Tx, title_application_id: UUID) -> Response:
    """The form of an objection; nobody needs an account for it."""
    row = await queries.published(tx, title_application_id)
    if not objecting.may_object(row, zone_of(request)):
        raise NotReady(_("The time for objections is over."))
    return answer.show("award/objection.html", None, row=row)


@router.post(PLACE + "/{title_application_id}/objections", response_model=ReceiptOut)
@not_replayed
async def object_(
    request: Request,
    answer: Answer,
    tx: Tx,
    title_application_id: UUID,
    data: Annotated[schemas.ObjectionIn, Submitted(schemas.ObjectionIn)],
) -> Response:
    """Object to a published result. The answer and a letter hold the receipt's number."""
    state, zone = request.app.state, zone_of(request)
    address = request.client.host if request.client else ""
    await limits.hit(state.db, f"objections:{address}", at_most=5, per_minutes=60)
    await limits.hit(state.db, f"objections-to:{title_application_id}", at_most=200, per_minutes=1440)
    await queries.published(tx, title_application_id)
    files = await exhibits.keep(state.files, state.vault, title_application_id, data.files)
    made = await objecting.object_(
        tx, state.vault, title_application_id, new_id(), data.text, files, zone=zone, by=data.objector
    )
    text = _("Received as %(number)s. A receipt is on its way to you.") % {"number": made.number}
    out = ReceiptOut(number=made.number)
    return answer.done(f"{PLACE}/{title_application_id}", out, created=True, flash=text)
