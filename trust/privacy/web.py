"""The privacy notice, and requests of persons: for everybody, with or without an account."""

from typing import Annotated, Any

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx, not_replayed
from trust.access import MaybeMember
from trust.identity.web.door import TheVault, address_of, limit
from trust.privacy import queries, requests
from trust.privacy.columns import LEVELS, of_purpose
from trust.privacy.erasing import BY_KEY
from trust.privacy.models import PrivacyRequest
from trust.privacy.purposes import BASES, Purpose, in_force
from trust.privacy.requests import Asked
from trust.privacy.schemas import PurposeOut, RequestIn, RequestOut, StatusOut, TokenIn
from trust.privacy.states import KINDS, LAWS, MOVES, NAMES, STATES, TONES, Kind

router = HouseRouter(tags=["privacy"])
WORDS: dict[str, Any] = {
    "kinds": KINDS,
    "names": NAMES,
    "laws": LAWS,
    "states": STATES,
    "tones": TONES,
    "moves": MOVES,
    "bases": BASES,
    "periods": BY_KEY,
    "levels": LEVELS,
}


@router.get("/privacy", response_model=list[PurposeOut])
async def notice(answer: Answer) -> Response:
    """The privacy notice: why what is kept of whom, how long, and what one can do. PIPL art. 17; GDPR art. 13, 14."""
    register = in_force()
    return answer.show(
        "privacy/notice.html",
        [PurposeOut.of(one) for one in register],
        register=register,
        since=max(one.since for one in register),
        fields={one.code: _fields(one) for one in register},
        **WORDS,
    )


def _fields(one: Purpose) -> dict[str, int]:
    """How many columns of each level are kept for a purpose."""
    found: dict[str, int] = {}
    for column in of_purpose(one.code):
        found[column.level] = found.get(column.level, 0) + 1
    return found


@router.get("/privacy/requests", include_in_schema=False)
async def form(answer: Answer, member: MaybeMember, kind: Kind | None = None) -> Response:
    """The form in which somebody asks about their own data."""
    return answer.show("privacy/request_form.html", None, wanted=kind or Kind.ACCESS, asker=member, **WORDS)


@router.post("/privacy/requests", response_model=RequestOut)
@not_replayed
async def file(
    request: Request, answer: Answer, tx: Tx, vault: TheVault, data: Annotated[RequestIn, Submitted(RequestIn)]
) -> Response:
    """Ask about one's own data; a letter with a link goes to the address. The same answer for every address."""
    await limit(request, "privacy-request", data.email, at_most=5, per_minutes=1440, from_address=20)
    asked = Asked(data.kind, data.name, data.email, data.statement)
    row, _token = await requests.file(tx, vault, asked, zone=request.app.state.settings.reporting_zone)
    text = _("A letter with a link is on its way to %(email)s. The request counts once you open it.")
    return answer.done("/privacy/requests", RequestOut.of(row), created=True, flash=text % {"email": data.email})


@router.get("/privacy/requests/confirmation", include_in_schema=False)
async def confirmation(answer: Answer, tx: Tx, token: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Where the link of the letter leads; nothing happens before the button is pressed."""
    row = await requests.awaiting(tx, token)
    return answer.show("privacy/request_confirm.html", RequestOut.of(row), row=row, token=token, **WORDS)


@router.post("/privacy/requests/confirmation")
@not_replayed
async def confirm(
    request: Request, answer: Answer, tx: Tx, vault: TheVault, data: Annotated[TokenIn, Submitted(TokenIn)]
) -> Response:
    """The address is the person's: the time to answer begins."""
    await limit(request, "privacy-confirm", address_of(request), at_most=20, per_minutes=60)
    key = await requests.confirm(tx, vault, data.token)
    return answer.done(f"/privacy/requests/{key}", {"key": key}, flash=_("Confirmed. The time to answer runs."))


@router.get("/privacy/requests/{link}", response_model=StatusOut)
async def status(answer: Answer, tx: Tx, vault: TheVault, link: str) -> Response:
    """How far a request is; whoever has the link of our letter reads it."""
    row = await requests.by_key(tx, link)
    return await _status(answer, tx, vault, row, link)


async def _status(answer: Answer, tx: AsyncSession, vault: TheVault, row: PrivacyRequest, key: str) -> Response:
    words: dict[str, Any] = {
        "extension": requests.opened(vault, row, row.extension_sealed),
        "answer": requests.opened(vault, row, row.answer_sealed),
    }
    out = StatusOut(**RequestOut.of(row).model_dump(), **words)
    response = answer.show(
        "privacy/request_status.html",
        out,
        row=row,
        key=key,
        said=requests.person(vault, row),
        steps=await queries.steps(tx, row),
        **words,
        **WORDS,
    )
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is the key
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/privacy/requests/{link}/withdrawal", response_model=RequestOut)
@not_replayed  # an answer that is kept would keep the link with it
async def withdraw(request: Request, answer: Answer, tx: Tx, link: str) -> Response:
    """Take a request back."""
    await limit(request, "privacy-withdraw", address_of(request), at_most=30, per_minutes=60)
    row = await requests.withdraw(tx, link)
    return answer.done(f"/privacy/requests/{link}", RequestOut.of(row), flash=_("The request is taken back."))
