"""Planned misbehaviour towards the client: one middleware, one small function per kind of fault."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import exists, literal, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from payments.sandbox.models import RequestFault, WebhookFault

ANY = "*"
Misbehave = Callable[[ASGIApp, Scope, Receive, Send], Awaitable[None]]


async def _silence(receive: Receive) -> None:
    """Say nothing until the client gives up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def fail_before(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """A time-out before anything was done."""
    await _silence(receive)


async def fail_after(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """A time-out after everything was done and committed."""
    await app(scope, receive, _swallow)
    await _silence(receive)


async def reset_before(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The connection breaks before anything was done."""
    await _break(send)


async def reset_after(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The connection breaks after everything was done and committed."""
    await app(scope, receive, _swallow)
    await _break(send)


async def _swallow(message: Message) -> None:
    return None


async def _break(send: Send) -> None:
    """Begin an answer and leave it there: the server then closes the connection in the middle of it."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"id": "', "more_body": True})


def _refusing(status: int, error: dict[str, Any]) -> Misbehave:
    async def refuse(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        body = json.dumps({"error": error}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return refuse


FAULTS: dict[str, Misbehave] = {
    "fail_before": fail_before,
    "fail_after": fail_after,
    "reset_before": reset_before,
    "reset_after": reset_after,
    "status_409": _refusing(
        409,
        {
            "type": "invalid_request_error",
            "code": "lock_timeout",
            "message": "Another request is working on this object. Try again later.",
        },
    ),
    "status_429": _refusing(
        429, {"type": "invalid_request_error", "code": "rate_limit", "message": "Too many requests."}
    ),
    "status_500": _refusing(500, {"type": "api_error", "message": "Something went wrong on the sandbox's end."}),
}


class Plans:
    """Whether anything is planned at all, in memory: while nothing is, a request costs no query.

    Whoever changes what is planned calls `look` after the commit; looks follow one another, so the last one is right.
    """

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self.sessions = sessions
        self.requests = True
        self.webhooks = True
        self._turn = asyncio.Lock()

    async def look(self) -> None:
        async with self._turn, self.sessions.begin() as tx:
            planned = select(exists().where(RequestFault.waiting()), exists().where(WebhookFault.waiting()))
            self.requests, self.webhooks = (await tx.execute(planned)).one()


class FaultMiddleware:
    """Consumes one planned fault per matching `/v1` request; without one, passes the request on."""

    def __init__(self, app: ASGIApp, plans: Callable[[], Plans]) -> None:
        self.app = app
        self.plans = plans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = None
        if scope["type"] == "http" and scope["path"].startswith("/v1/") and (plans := self.plans()).requests:
            async with plans.sessions.begin() as tx:
                kind = await consume(tx, scope["method"], scope["path"])
            if kind is None:
                await plans.look()
        await (FAULTS[kind](self.app, scope, receive, send) if kind else self.app(scope, receive, send))


async def consume(tx: AsyncSession, method: str, path: str) -> str | None:
    """Use up one planned fault for this request, the oldest first. Returns its kind.

    Locks what matches, so that requests at the same moment draw from the stream one after the other.
    """
    matching = (
        select(RequestFault)
        .where(
            RequestFault.waiting(),
            RequestFault.method.in_((method, ANY)),
            literal(path).startswith(RequestFault.path, autoescape=False),
        )
        .order_by(RequestFault.id)
        .with_for_update()
    )
    for fault in await tx.scalars(matching):
        if fault.strike():
            return fault.kind
    return None
