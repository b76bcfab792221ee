"""The only place that knows status numbers: turns the kinds of error into a page or RFC 9457 problem JSON.

A form that was refused is shown again: the page it came from is rendered anew with status 422 or 409, what was typed
still in its fields and each sentence at its field. No handler has to do anything for that.
"""

from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import log
from app.core.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    SignInNeeded,
    TooLarge,
    TooMany,
    Unavailable,
)
from app.core.i18n import _
from app.core.idempotency import Replayed
from app.core.payload import Payload, sentence
from app.core.security import SESSION, CsrfRefused
from app.core.web import Problem, Reply, local_path, written
from trust.access import Restricted

STATUS: list[tuple[type[DomainError], int]] = [
    (Gone, 410),
    (NotFound, 404),
    (SignInNeeded, 401),
    (Forbidden, 403),
    (TooLarge, 413),
    (Invalid, 422),
    (Conflict, 409),
    (TooMany, 429),
    (Unavailable, 503),
]
SHOWN_IN_THEIR_FORM = (Invalid, Conflict, TooMany, CsrfRefused)
logger = log.get("portolan.failures")


def install(app: FastAPI) -> None:
    app.add_exception_handler(DomainError, domain_error)
    app.add_exception_handler(Replayed, replayed)
    app.add_exception_handler(RequestValidationError, bad_parameters)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(DBAPIError, database_error)
    app.add_exception_handler(OSError, connection_error)
    app.add_middleware(CrashGuard)


def status_of(error: DomainError) -> int:
    return next(status for kind, status in STATUS if isinstance(error, kind))


async def domain_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, DomainError):
        raise error
    if not hasattr(request.state, "member"):  # refused before anybody asked who it is
        await _recognise(request)
    if isinstance(error, SignInNeeded) and not Reply(request).json:
        path = request.url.path if request.method == "GET" else "/"
        return RedirectResponse(f"/session/new?next={quote(path)}", status_code=303)
    if isinstance(error, SHOWN_IN_THEIR_FORM) and (again := await form_again(request, error)) is not None:
        return again
    return answer(request, status_of(error), error.code, error.message, error)


def answer(request: Request, status: int, code: str, message: str, error: DomainError | None = None) -> Response:
    """One failure, as the asker reads."""
    headers = {"retry-after": str(error.retry_after)} if isinstance(error, TooMany) else {}
    title = title_of(status)
    if Reply(request).json:
        problem = Problem(
            type=f"/problems/{code}",
            title=title,
            status=status,
            code=code,
            detail=message,
            errors=error.errors if isinstance(error, Invalid) else {},
            request_id=request.state.request_id,
        )
        body = problem.model_dump() | ({"facts": _jsonable(error.facts)} if error and error.facts else {})
        return JSONResponse(body, status_code=status, headers=headers, media_type="application/problem+json")
    facts: dict[str, Any] = {"title": title, "message": message, "code": code, "action": action_of(request, error)}
    facts["remains"] = error.remains if isinstance(error, Gone) else []
    html = written(request, "errors/error.html", facts)
    return Response(html, status_code=status, headers=headers, media_type="text/html; charset=utf-8")


def _jsonable(facts: dict[str, Any]) -> dict[str, Any]:
    return {k: v if isinstance(v, bool | int | str | None) else str(v) for k, v in facts.items()}


def action_of(request: Request, error: DomainError | None) -> tuple[str, str] | None:
    """The one thing that helps, where the error knows its address; from there people come back to their page."""
    address = error.facts.get("address") if error else None
    if not address:
        return None
    said: Payload | None = getattr(request.state, "payload", None)
    page = local_path(said.housekeeping.get("_page", "")) if said else request.url.path
    label = _("Read why, and how to appeal") if isinstance(error, Restricted) else _("Continue")
    return label, f"{address}?next={quote(page or '/')}"


def title_of(status: int) -> str:
    match status:
        case 401:
            return _("Please sign in")
        case 403:
            return _("Not allowed")
        case 404:
            return _("Nothing here")
        case 410:
            return _("No longer kept")
        case 409:
            return _("It has changed meanwhile")
        case 413:
            return _("Too large")
        case 429:
            return _("Too often")
        case 503:
            return _("Not available right now")
        case status if status >= 500:
            return _("Something broke on our side")
    return _("This cannot be so")


async def form_again(request: Request, error: DomainError) -> Response | None:
    """The page that the refused form came from, with its input; None for JSON, or when there is no such page."""
    said: Payload | None = getattr(request.state, "payload", None)
    if said is None or not said.is_form or Reply(request).json or getattr(request.state, "form_state", None):
        return None
    page = local_path(said.housekeeping.get("_page", ""))
    if not page:
        return None
    errors = error.errors if isinstance(error, Invalid) else {}
    state = {"values": said.typed(), "errors": errors or {"": error.message}}
    form_state = {said.housekeeping.get("_form", ""): state}
    shown = await _get(request, page, {"form_state": form_state}, status_of(error))
    if shown is not None and isinstance(error, TooMany):
        shown.headers["retry-after"] = str(error.retry_after)
    return shown


async def _get(request: Request, page: str, state: dict[str, Any], status: int) -> Response | None:
    """Serve a GET of our own inside this request, in a transaction of its own."""
    parts = urlsplit(page)
    scope: Scope = {
        **request.scope,
        "method": "GET",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "headers": [(k, v) for k, v in request.scope["headers"] if k not in {b"content-type", b"content-length"}],
        "state": {k: v for k, v in request.scope["state"].items() if k != "payload"} | state,
    }
    for leftover in ("route", "endpoint", "path_params", "fastapi_inner_astack", "fastapi_function_astack"):
        scope.pop(leftover, None)
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await request.app.router(scope, receive, send)
    start = next(m for m in sent if m["type"] == "http.response.start")
    body = b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body")
    if start["status"] != 200:
        return None
    return Response(body, status_code=status, media_type="text/html; charset=utf-8")


async def replayed(request: Request, error: Exception) -> Response:
    if not isinstance(error, Replayed):
        raise error
    return error.response


async def bad_parameters(request: Request, error: Exception) -> Response:
    """A query or path parameter that does not fit. A path that cannot be is simply not there."""
    if not isinstance(error, RequestValidationError):
        raise error
    details: Any = error.errors()
    if any(detail["loc"][0] == "path" for detail in details):
        return answer(request, 404, NotFound.code, _("There is nothing at this address."))
    errors = {".".join(str(s) for s in d["loc"][1:]): sentence(d) for d in details}
    return answer(
        request, 422, Invalid.code, _("Please check the marked fields."), Invalid.many(errors) if errors else None
    )


async def http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    messages = {
        404: ("not_found", _("There is nothing at this address.")),
        405: ("method_not_allowed", _("This cannot be done at this address.")),
    }
    code, message = messages.get(error.status_code, ("http_error", ""))
    await _recognise(request)
    response = answer(request, error.status_code, code, message)
    response.headers.update(error.headers or {})
    return response


async def _recognise(request: Request) -> None:
    """Nobody asked yet who sent this request; the page about it has the member's own menu still."""
    if hasattr(request.state, "member"):
        return
    request.state.member = None
    if Reply(request).json or SESSION not in request.cookies:
        return
    try:
        async with request.app.state.db.reading() as tx:
            request.state.member = await request.app.state.authenticate(request, tx)
    except (DomainError, DBAPIError, OSError):
        logger.info("visitor_not_recognised")


async def database_error(request: Request, error: Exception) -> Response:
    """The database is away (503); anything else it says is our own fault (500)."""
    away = isinstance(error, OperationalError | InterfaceError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
    if not away:
        return await crash(request, error)
    return await connection_error(request, error)


async def connection_error(request: Request, error: Exception) -> Response:
    logger.error("dependency_away", error=repr(error))
    message = _("A part of Portolan is away. Nothing was changed; please try again in a minute.")
    return answer(request, 503, Unavailable.code, message)


async def crash(request: Request, error: Exception) -> Response:
    logger.error("crash", exc_info=error)
    message = _("Nothing was changed. Please try again; if it stays so, tell us the number below.")
    return answer(request, 500, "internal", message)


class CrashGuard:
    """Innermost middleware: whatever no handler knew becomes a 500 that still wears the house's headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            if started or scope["type"] != "http":
                raise
            response = await crash(Request(scope, receive), error)
            await response(scope, receive, send)
