"""Addresses of answers by mail: where the mail server brings them, and where their writers own what was held back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from app.core import crypto, log
from app.core.errors import NotFound
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx
from orders.negotiation import answering, queries
from orders.negotiation.answers import HeldLetterOut, MessageOut
from orders.negotiation.errors import SecretWrong
from orders.negotiation.schemas import MessageTextIn
from orders.negotiation.views import message_view
from orders.negotiation.web.pages import LABELS
from trust.access import CurrentMember

router = HouseRouter(tags=["negotiation"])
door = APIRouter()
logger = log.get("portolan.letters")


@door.post("/mail/incoming", include_in_schema=False)
async def incoming(request: Request) -> Response:
    """One letter, `message/rfc822`, from the mail server of the domain for answers, which shows its secret as a bearer.

    It is done with when this answers 200; anything else means: bring it again.
    """
    settings = request.app.state.settings
    secret = settings.answers_secret.get_secret_value()
    _scheme, _space, shown = request.headers.get("authorization", "").partition(" ")
    if not settings.answers_domain or not secret:
        raise NotFound
    if not crypto.same(shown.strip(), secret):
        logger.warning("letter_without_secret")
        raise SecretWrong
    outcome = await answering.receive(request.app.state.jobs, await request.body())
    return JSONResponse({"outcome": outcome})


@router.get("/inquiries/{inquiry_id}/held-letters", response_model=list[HeldLetterOut])
async def held(answer: Answer, tx: Tx, member: CurrentMember, inquiry_id: UUID) -> Response:
    """One's own answers by mail that were held back, because somebody else may have written them."""
    view = await queries.inquiry(tx, inquiry_id, party=member.organisation_id)
    letters = await answering.held_of(tx, inquiry_id, by=member)
    out = [HeldLetterOut.of(letter) for letter in letters]
    return answer.show("negotiation/held.html", out, inquiry=view, letters=letters, **LABELS)


@router.post("/held-letters/{letter_id}/sending", response_model=MessageOut)
async def own(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    letter_id: UUID,
    data: Annotated[MessageTextIn, Submitted(MessageTextIn)],
) -> Response:
    """It is one's own: its text becomes a message."""
    message, notice = await answering.own(tx, letter_id, data.text, by=member)
    out = MessageOut.of(message_view(message), notice=notice)
    return answer.done(f"/inquiries/{message.inquiry_id}#m-{message.id}", out, created=True, flash=notice)


@router.post("/held-letters/{letter_id}/removal")
async def disown(answer: Answer, tx: Tx, member: CurrentMember, letter_id: UUID) -> Response:
    """It is somebody else's, or not wanted: it goes."""
    inquiry_id = await answering.disown(tx, letter_id, by=member)
    return answer.done(f"/inquiries/{inquiry_id}", None, flash=_("The letter was removed."))
