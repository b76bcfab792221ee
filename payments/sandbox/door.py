"""The way in for every `/v1` call: key, account, parameters, idempotency, one transaction, the answer's headers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Concatenate, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from payments.sandbox import idempotency
from payments.sandbox.errors import ApiError, unauthorised
from payments.sandbox.models import PLATFORM, Body
from payments.sandbox.params import Params, parse, read
from payments.sandbox.settings import Settings
from payments.sandbox.store import Call, new_id

P = TypeVar("P", bound=Params)
Handler = Callable[Concatenate[Call, P, ...], Awaitable[Body]]


class Door:
    """A router whose handlers take a `Call`, their checked parameters and the path's names, and return a document."""

    def __init__(self) -> None:
        self.router = APIRouter()

    def get(self, path: str, model: type[P]) -> Callable[[Handler[P]], Handler[P]]:
        """Register a reading handler; parameters come from the query."""
        return self._register("GET", path, model)

    def post(self, path: str, model: type[P]) -> Callable[[Handler[P]], Handler[P]]:
        """Register a changing handler; parameters come form-encoded in the body; idempotency keys are honoured."""
        return self._register("POST", path, model)

    def _register(self, method: str, path: str, model: type[P]) -> Callable[[Handler[P]], Handler[P]]:
        def register(handler: Handler[P]) -> Handler[P]:
            async def endpoint(request: Request) -> Response:
                return await _answer(request, model, handler)

            self.router.add_api_route(path, endpoint, methods=[method], name=handler.__name__, response_model=None)
            return handler

        return register


async def _answer(request: Request, model: type[P], handler: Handler[P]) -> Response:
    _authenticate(request)
    writes = request.method == "POST"
    given = parse(await request.body() if writes else request.url.query.encode())
    async with _call(request) as call:
        params = read(model, given)

        async def work() -> Body:
            return await call.expand(await handler(call, params, **request.path_params), params.expand)

        call.key = request.headers.get("idempotency-key") if writes else None
        print_ = idempotency.fingerprint(request.method, request.url.path, given)
        outcome = await idempotency.once(call, print_, work)
    if writes:
        request.app.state.doorbell.set()
    headers = {"idempotency-key": call.key} if call.key else {}
    if outcome.replayed:
        headers |= {"idempotent-replayed": "true", "original-request": outcome.original or ""}
    return Response(outcome.body, outcome.status, headers, "application/json")


def _authenticate(request: Request) -> None:
    settings: Settings = request.app.state.settings
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or key != settings.api_key:
        raise unauthorised()


@asynccontextmanager
async def _call(request: Request) -> AsyncIterator[Call]:
    sessions: async_sessionmaker[AsyncSession] = request.app.state.sessions
    async with sessions.begin() as tx:
        call = Call(tx, request.app.state.settings, request_id=request.state.request_id)
        account = request.headers.get("stripe-account", PLATFORM)
        if account != PLATFORM:
            try:
                await call.find("account", account)
            except ApiError:
                raise ApiError(
                    f"The provided key does not have access to account '{account}'.",
                    status=403,
                    code="account_invalid",
                ) from None
        yield call.on_behalf_of(account)


class RequestIds:
    """Gives every request its id: shown in `request-id`, and in the events it causes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = new_id("req")
        scope.setdefault("state", {})["request_id"] = request_id

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"request-id", request_id.encode())]
            await send(message)

        await self.app(scope, receive, named)


async def on_api_error(request: Request, error: Exception) -> Response:
    """A refusal as JSON in Stripe's envelope."""
    assert isinstance(error, ApiError)  # noqa: S101  registered for this class alone
    return JSONResponse(error.body, error.status)


async def on_unknown_url(request: Request, error: Exception) -> Response:
    """No such route."""
    refusal = ApiError(f"Unrecognized request URL ({request.method}: {request.url.path}).", status=404)
    return JSONResponse(refusal.body, refusal.status)


async def on_crash(request: Request, error: Exception) -> Response:
    """Our own mistake; the transaction is rolled back and the key free."""
    return JSONResponse({"error": {"type": "api_error", "message": "The sandbox failed."}}, 500)
