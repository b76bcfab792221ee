"""The door's side: which answers count as a page view."""

from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import clock
from app.traffic.recording import Recorder, Seen

WANTED = {
    name.encode(): name
    for name in (
        *("user-agent", "referer", "host", "authorization"),
        *("sec-purpose", "purpose", "x-moz", "hx-request", "hx-boosted"),
    )
}
Subjects = Mapping[str, tuple[str, str]]
"""Routes that show one thing: the route's pattern, the thing's type, and the path parameter that names it."""


class Watch:
    """Pure ASGI middleware inside the door: notes pages that were shown, after they were sent.

    Counted are answers 200 with HTML to GET, of a whole page. Not counted: what a browser fetches ahead, parts of pages
    that htmx asks for, and whatever comes with an API key. A handler may say of itself what it is, by
    `request.state.sighting`: a beacon or the trap.
    """

    def __init__(self, app: ASGIApp, *, recorder: Recorder, subjects: Subjects) -> None:
        self.app, self.recorder, self.subjects = app, recorder, subjects

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        shown = False

        async def look(message: Message) -> None:
            nonlocal shown
            if message["type"] == "http.response.start" and message["status"] == 200:
                shown = _is_page(message["headers"])
            await send(message)

        await self.app(scope, receive, look)
        kind = scope["state"].get("sighting", "view" if shown else "")
        if kind:
            self._note(scope, kind)

    def _note(self, scope: Scope, kind: str) -> None:
        said = {WANTED[name]: value.decode("latin-1") for name, value in scope["headers"] if name in WANTED}
        if kind == "view" and (_ahead(said) or _part(said) or "authorization" in said):
            return
        state: dict[str, Any] = scope["state"]
        member, route = state.get("member"), getattr(scope.get("route"), "path", "other")
        self.recorder.note(
            Seen(
                at=clock.now(),
                kind=kind,
                address=scope["client"][0] if scope.get("client") else "",
                agent=said.get("user-agent", "")[:400],
                member=member.id if member else None,
                staff=bool(member and member.is_staff),
                host=said.get("host", ""),
                referer=said.get("referer", ""),
                path=scope["path"],
                query=scope.get("query_string", b"").decode("latin-1"),
                route=route,
                subject=self._subject(route, scope.get("path_params", {})),
            )
        )

    def _subject(self, route: str, parameters: Mapping[str, object]) -> tuple[str, str]:
        kind, parameter = self.subjects.get(route, ("", ""))
        return kind, str(parameters.get(parameter, ""))


def _is_page(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in headers)


def _ahead(said: Mapping[str, str]) -> bool:
    """Fetched ahead of a click that may never come."""
    purposes = " ".join(said.get(name, "") for name in ("sec-purpose", "purpose", "x-moz")).lower()
    return "prefetch" in purposes or "preview" in purposes or "prerender" in purposes


def _part(said: Mapping[str, str]) -> bool:
    """A part of a page that htmx puts into the one that is open."""
    return said.get("hx-request") == "true" and "hx-boosted" not in said
