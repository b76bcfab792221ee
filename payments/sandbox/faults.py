"""Planned misbehaviour towards the client: one middleware, one small function per kind of fault."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from payments.sandbox.models import Fault

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

    async def swallow(message: Message) -> None:
        return None

    await app(scope, receive, swallow)
    await _silence(receive)


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
    "status_429": _refusing(
        429, {"type": "invalid_request_error", "code": "rate_limit", "message": "Too many requests."}
    ),
    "status_500": _refusing(500, {"type": "api_error", "message": "Something went wrong on the sandbox's end."}),
}


class FaultMiddleware:
    """Consumes one planned fault per matching `/v1` request; without one, passes the request on."""

    def __init__(self, app: ASGIApp, sessions: Callable[[], async_sessionmaker[AsyncSession]]) -> None:
        self.app = app
        self.sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = None
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            async with self.sessions().begin() as tx:
                kind = await consume(tx, scope["method"], scope["path"])
        await (FAULTS[kind](self.app, scope, receive, send) if kind else self.app(scope, receive, send))


async def consume(tx: AsyncSession, method: str, path: str) -> str | None:
    """Use up one planned fault for this request, the oldest first. Returns its kind."""
    matching = (
        select(Fault.id)
        .where(Fault.remaining > 0, Fault.method == method, literal(path).startswith(Fault.path, autoescape=False))
        .order_by(Fault.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    used = update(Fault).where(Fault.id == matching.scalar_subquery()).values(remaining=Fault.remaining - 1)
    return await tx.scalar(used.returning(Fault.kind).execution_options(synchronize_session=False))
