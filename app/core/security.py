"""What stands at the door of every request: headers, CSRF, body size, request id, language, and the API's address."""

import hmac
from time import perf_counter
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import crypto, log, metrics
from app.core.errors import Forbidden, TooLarge
from app.core.i18n import LOCALES, _, choose, speaking
from app.core.ids import new_id

SESSION = "session"
VISITOR = "visitor"
LOCALE = "locale"
ZONE = "zone"
FLASH = "flash"
API = "/api/v1"
LARGEST_BODY = 25 * 2**20
LINGER = 10 * LARGEST_BODY
"""Up to where the rest of a body that is too large is taken from the line and let go, so that the answer is read: a
browser that is still sending when the connection closes shows an error of its own."""
ZONES = available_timezones()

CONTENT_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class CsrfRefused(Forbidden):
    code = "csrf"


def csrf_token(request: Request) -> str:
    """Bound to the session where there is one, else to the visitor's cookie."""
    secret: str = request.app.state.settings.secret_key.get_secret_value()
    who = request.cookies.get(SESSION) or request.state.visitor
    return hmac.digest(crypto.derive(secret, "csrf"), who.encode(), "sha256").hex()


def check_csrf(request: Request, housekeeping: dict[str, str]) -> None:
    """A browser's unsafe request must carry our token and come from our own pages. Raises CsrfRefused.

    A request that authenticates by an API key is exempt: no browser adds that header by itself.
    """
    if request.headers.get("authorization"):
        return
    origin = request.headers.get("origin")
    foreign = bool(origin) and origin != "null" and urlsplit(str(origin)).netloc != request.headers.get("host")
    token = housekeeping.get("csrf_token") or request.headers.get("x-csrf-token", "")
    if foreign or not crypto.same(token, csrf_token(request)):
        raise CsrfRefused(_("This form has expired. Please open the page again and repeat."))


class Door:
    """Pure ASGI middleware, outermost of the house's own."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        request = Request(scope)
        state: dict[str, Any] = scope.setdefault("state", {})
        self._enter(scope, request, state)
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._dress(MutableHeaders(scope=message), state)
            await send(message)

        locale = choose(request.cookies.get(LOCALE), request.headers.get("accept-language"))
        with log.bound(request_id=state["request_id"]), speaking(locale, _zone_of(request)):
            try:
                await self.app(scope, _bounded(request, receive), answer)
            finally:
                metrics.observe_request(scope, status, perf_counter() - started)

    def _enter(self, scope: Scope, request: Request, state: dict[str, Any]) -> None:
        given = request.headers.get("x-request-id", "")
        state["request_id"] = (
            given if given.isascii() and given.isprintable() and 8 <= len(given) <= 64 else str(new_id())
        )
        visitor = request.cookies.get(VISITOR, "")
        state["new_visitor"] = not visitor
        state["visitor"] = visitor[:80] or crypto.new_token()
        state["flashes"] = [("done", unquote(text))] if (text := request.cookies.get(FLASH)) else []
        path: str = scope["path"]
        if path == API or path.startswith(f"{API}/"):
            scope["path"] = path[len(API) :] or "/"
            scope["raw_path"] = scope["path"].encode()
            state["api"] = True

    def _dress(self, headers: MutableHeaders, state: dict[str, Any]) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers["x-request-id"] = state["request_id"]
        if self.secure:
            headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"
        if not headers.get("cache-control"):
            headers["cache-control"] = "no-store"
        page = headers.get("content-type", "").startswith("text/html")
        flags = "; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if self.secure else "")
        if page and state["new_visitor"]:
            headers.append("set-cookie", f"{VISITOR}={state['visitor']}; Max-Age=31536000{flags}")
        if page and state["flashes"]:
            headers.append("set-cookie", f"{FLASH}=; Max-Age=0{flags}")


def _bounded(request: Request, receive: Receive) -> Receive:
    """The request's body, piece by piece, up to LARGEST_BODY; then TooLarge, before more of it is kept anywhere."""
    declared = request.headers.get("content-length", "")
    too_large = declared.isdecimal() and int(declared) > LARGEST_BODY
    taken, told = 0, False

    async def piece() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return message

    async def bounded() -> Message:
        nonlocal told
        message = await piece()
        if told or not (too_large or taken > LARGEST_BODY):
            return message
        while message.get("more_body") and taken <= LINGER:
            message = await piece()
        told = True
        raise TooLarge(_("This is more than we can take at once (25 MB)."))

    return bounded


def _zone_of(request: Request) -> str:
    zone = unquote(request.cookies.get(ZONE, ""))
    return str(ZoneInfo(zone)) if zone in ZONES else "UTC"


def set_locale_cookie(locale: str) -> tuple[str, str]:
    """The Set-Cookie header that remembers a language for a year."""
    known = locale if locale in LOCALES else choose(locale)
    return "set-cookie", f"{LOCALE}={known}; Max-Age=31536000; Path=/; SameSite=Lax"
