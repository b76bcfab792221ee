"""The web's side of the kernel: one transaction per request, one answer for HTML and JSON, nothing done twice."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from markupsafe import Markup
from pydantic import BaseModel, Field, TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from app.core import clock, idempotency, payload
from app.core.db import Database
from app.core.i18n import current_locale, direction
from app.core.ids import new_id
from app.core.inputs import Addressed, FromAddress, FromBody, Submitted
from app.core.payload import Upload
from app.core.security import check_csrf, csrf_token
from app.core.storage import noted
from app.core.templates import Here, writing

__all__ = [
    "Addressed",
    "Afterwards",
    "Answer",
    "HouseRouter",
    "PageQuery",
    "Reply",
    "Submitted",
    "Tx",
    "Upload",
    "unit_of_work",
]

M = TypeVar("M", bound=BaseModel)
SAFE = {"GET", "HEAD", "OPTIONS"}
ANYWHERE = "*"


@asynccontextmanager
async def unit_of_work(request: Request) -> AsyncIterator[AsyncSession]:
    """The request's one transaction, committed before the answer leaves; safe methods read without one. Files that it
    put while it failed are given up.
    """
    db: Database = request.app.state.db
    put = noted()
    try:
        async with db.reading() if request.method in SAFE else db.transaction() as tx:
            yield tx
            await _keep_answer(request, tx)
    except BaseException:
        if put:
            await request.app.state.left_behind(db, put)
        raise


async def _keep_answer(request: Request, tx: AsyncSession) -> None:
    claim: idempotency.Claim | None = getattr(request.state, "claim", None)  # routes outside the house have none
    answer: Response | None = getattr(request.state, "answer", None)
    if claim is not None and answer is not None:
        await idempotency.store(tx, claim, answer)


async def _tx(request: Request) -> AsyncSession:  # async, for the framework would make anything else in a thread
    tx: AsyncSession = request.state.tx
    return tx


Tx = Annotated[AsyncSession, Depends(_tx)]
"""The unit of work that the route opened."""


async def entrance(request: Request, tx: AsyncSession) -> None:
    """Who asks, may this form be believed, and has this been asked before. Runs before every route of the house."""
    request.state.tx = tx
    payload.check_address(request)
    if getattr(request.scope.get("endpoint"), "__sessionless__", False) and Reply(request).json:
        request.state.member = request.state.claim = None
        return
    if request.method not in SAFE:  # before the database is asked for anything: a slow sender holds no connection
        await payload.read(request)
    request.state.member = await request.app.state.authenticate(request, tx)
    request.state.claim = None  # a refused form's page is asked for with the state of the request that was refused
    if request.method in SAFE:
        return
    said = await payload.read(request)
    check_csrf(request, said.housekeeping)
    key = request.headers.get("idempotency-key") or said.housekeeping.get("idempotency_key")
    if not key or not getattr(request.scope.get("endpoint"), "__idempotent__", True):
        return
    claim = idempotency.Claim(_caller(request), f"{request.method} {request.url.path}"[:200], key)
    await idempotency.begin(tx, claim, said.digest())
    request.state.claim = claim


def _caller(request: Request) -> str:
    """Whose keys these are: the organisation's, or the anonymous visitor's own."""
    member = request.state.member
    return str(member.organisation_id) if member else f"anonymous:{request.state.visitor[:40]}"


F = TypeVar("F", bound=Callable[..., Any])


def not_replayed(endpoint: F) -> F:
    """Mark an endpoint whose answers hold secrets (sessions, keys): they are never stored for replay."""
    endpoint.__idempotent__ = False  # type: ignore[attr-defined]
    return endpoint


def sessionless(endpoint: F) -> F:
    """Mark an endpoint that changes nothing: a program is answered as a stranger, whatever session or key it sends.

    So it needs no CSRF token: another site's page that made a browser post here would learn and do nothing by it.
    """
    endpoint.__sessionless__ = True  # type: ignore[attr-defined]
    return endpoint


class HouseRoute(APIRoute):
    """A route within a unit of work, behind the entrance; it documents the schema of what it takes.

    Both stand around the framework's handler, not among its dependencies: each of those costs more than it does, and
    one that ends after the answer could not change it when its commit fails.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def within(request: Request) -> Response:
            async with unit_of_work(request) as tx:
                await entrance(request, tx)
                return await answer(request)

        return within

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        for dependant in self.dependant.dependencies:
            if isinstance(dependant.call, FromBody | FromAddress):
                self.openapi_extra = {**(self.openapi_extra or {}), **dependant.call.documented()}


class BySegment:
    """Asks of a router's routes only those whose path begins with the address's first segment, in their order.

    Asked one after the other, hundreds of routes take longer than many a page does. No route begins with a parameter.
    """

    def __init__(self, router: APIRouter) -> None:
        self._router = router
        self._parts: dict[str, APIRouter] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope.get("root_path"):
            await self._router.app(scope, receive, send)
            return
        if not self._parts:
            self._divide()
        scope.setdefault("router", self._router)
        await self._parts.get(_segment(scope["path"]), self._parts[""]).app(scope, receive, send)

    def _divide(self) -> None:
        """A route without a path of its own, such as a whole router, is asked whatever the address."""
        routes = [(_segment(getattr(route, "path", ANYWHERE)), route) for route in self._router.routes]
        for part in {"", *(segment for segment, _route in routes)}:
            self._parts[part] = APIRouter(routes=[route for segment, route in routes if segment in {part, ANYWHERE}])


def _segment(path: str) -> str:
    return path.split("/", 2)[1] if "/" in path else path


class HouseRouter(APIRouter):
    """An APIRouter of such routes. Routes for people only take `include_in_schema=False`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(route_class=HouseRoute, default_response_class=JSONResponse, **options)


class PageQuery(BaseModel):
    """Which page of a list; numbers from 1."""

    page: int = Field(1, ge=1, le=10_000)
    per_page: int = Field(24, ge=1, le=100)

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page


class Problem(BaseModel):
    """RFC 9457 problem details; `errors` maps dotted field names to sentences."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    errors: dict[str, str] = {}
    request_id: str = ""


class Reply:
    """Answers as the asker reads: a page for people, JSON for programs, from one handler and one schema."""

    def __init__(self, request: Request) -> None:
        self.request = request
        accept = request.headers.get("accept", "")
        self.json = bool(getattr(request.state, "api", False)) or (
            "application/json" in accept and "text/html" not in accept
        )
        self.fragment = request.headers.get("hx-request") == "true" and not request.headers.get("hx-boosted")

    def show(self, template: str, out: Any = None, *, block: str = "", status: int = 200, **context: Any) -> Response:
        """A page or JSON.

        template  rendered with `out` and `context`; ignored for JSON
        out       a schema, list or dict of them: the whole JSON answer
        block     the template's block to send alone when htmx asks for a fragment
        """
        if self.json:
            return self._keep(JSONResponse(dumped(out), status_code=status))
        html = written(self.request, template, {"out": out, **context}, block=block if self.fragment else "")
        response = Response(html, status_code=status, media_type="text/html; charset=utf-8")
        response.headers["Vary"] = "Accept, Cookie, HX-Request, Accept-Language"
        return self._keep(response)

    def done(self, location: str, out: Any = None, *, created: bool = False, flash: str = "") -> Response:
        """The move is made: people go to `location` and read `flash` there; programs get `out` and the address."""
        if self.json:
            headers = {"location": f"/api/v1{location}"} if location.startswith("/") else {}
            return self._keep(JSONResponse(dumped(out), status_code=201 if created else 200, headers=headers))
        response = RedirectResponse(location, status_code=303)
        if flash:
            response.set_cookie("flash", quote(flash), max_age=60, httponly=True, samesite="lax", path="/")
        return self._keep(response)

    def file(self, data: bytes, filename: str, media_type: str, *, inline: bool = False) -> Response:
        how = "inline" if inline else "attachment"
        disposition = f"{how}; filename*=UTF-8''{quote(filename)}"
        return Response(data, media_type=media_type, headers={"Content-Disposition": disposition})

    def _keep(self, response: Response) -> Response:
        self.request.state.answer = response
        return response


class Afterwards(Response):
    """An answer that is made once the request's transaction is over: for handlers that ask somebody else's server.

    The handler has checked who asks; `make` opens transactions of its own where it needs any.
    """

    def __init__(self, make: Callable[[], Awaitable[Response]]) -> None:
        super().__init__()
        self._make = make

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._make()
        await answer(scope, receive, send)


async def _reply(request: Request) -> Reply:  # async, for the framework would make anything else in a thread
    return Reply(request)


Answer = Annotated[Reply, Depends(_reply)]


_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)


def dumped(out: Any) -> Any:
    return None if out is None else _ANYTHING.dump_python(out, mode="json")


def written(request: Request, template: str, values: dict[str, Any], *, block: str = "") -> str:
    """A page as HTML, or one block of it alone."""
    page = request.app.state.templates.get_template(template)
    known = _page_context(request)
    with writing(Here(known["request_path"], known["csrf_token"], known["form_state"])):
        if not block:
            html: str = page.render({**known, **values})
            return html
        return "".join(page.blocks[block](page.new_context({**known, **values})))


def _page_context(request: Request) -> dict[str, Any]:
    """What every page knows."""
    state, path = request.state, request.scope["path"]
    locale = current_locale()
    query = request.scope.get("query_string", b"").decode("latin-1")
    member = getattr(state, "member", None)
    return {
        "member": member,
        "locale": locale,
        "dir": direction(locale),
        "csrf_token": csrf_token(request),
        "request_path": f"{path}?{query}" if query else path,
        "request_id": getattr(state, "request_id", ""),
        "address": f"{request.app.state.settings.base_url}{path}",
        "now": clock.now(),
        "display": request.cookies.get("currency", ""),
        "form_state": getattr(state, "form_state", {}),
        "flashes": getattr(state, "flashes", []),
        "live": request.app.state.settings.environment != "test",
        **request.app.state.navigation(request, member),
    }


def local_path(address: str) -> str:
    """The path and query of an address of this site, or "" for anything else (no open redirects)."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith("//") or "\\" in address:
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


def new_visitor() -> str:
    return str(new_id())


def marked(html: str) -> Markup:
    """HTML that our own code has escaped (search highlights)."""
    return Markup(html)  # noqa: S704  every caller escapes what it wraps
