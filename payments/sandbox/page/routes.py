"""`/`: the page, and one address behind all its forms. They pull the same levers as `/_sandbox/…` in JSON."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import NoResultFound

from payments.sandbox.errors import ApiError
from payments.sandbox.models import Body
from payments.sandbox.page.view import view
from payments.sandbox.routes import admin
from payments.sandbox.store import Call

router = APIRouter()
_HERE = Path(__file__).parent
TEMPLATES = Environment(
    loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
SEE_OTHER = 303
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Lever:
    """What a form does: the function behind it, what it takes besides an id, and what is said of its outcome."""

    pull: Callable[..., Awaitable[Body]]
    said: str
    takes: type[BaseModel] | None = None


LEVERS = {
    "settle": Lever(admin.settle, "Settled {settled}."),
    "forget": Lever(admin.expire_keys, "Forgot {expired} idempotency keys."),
    "tell": Lever(admin.resend_all, "Queued {queued} events once more."),
    "fault": Lever(admin.plan, "Planned: {kind}.", admin.FaultIn),
    "no-faults": Lever(admin.clear, "Cleared {cleared} faults."),
    "webhook-fault": Lever(admin.plan_webhook_fault, "Planned: {kind}.", admin.WebhookFaultIn),
    "no-webhook-faults": Lever(admin.clear_webhook_faults, "Cleared {cleared} webhook faults."),
    "dispute": Lever(admin.dispute, "Opened {id}.", admin.DisputeIn),
    "decide": Lever(admin.decide, "{id} is {status}.", admin.DecisionIn),
    "escalate": Lever(admin.escalate, "{id} is a chargeback now."),
    "fail": Lever(admin.fail, "{id} failed: {failure_code}.", admin.FailureIn),
    "verify": Lever(admin.verify, "{id} has supplied everything."),
}


@router.get("/")
@router.get("/_sandbox/")
async def show(request: Request, said: str = "", trouble: str = "") -> HTMLResponse:
    """The state and the levers; `said` and `trouble` tell of the last one pulled."""
    async with request.app.state.sessions.begin() as tx:
        shown = await view(Call(tx, request.app.state.settings))
        html = TEMPLATES.get_template("page.html").render(shown, said=said, trouble=trouble)
    return HTMLResponse(html, headers=HEADERS)


@router.get("/_sandbox/page.css")
async def style() -> FileResponse:
    return FileResponse(_HERE / "page.css", media_type="text/css", headers={"cache-control": "no-cache"})


@router.post("/_sandbox/levers/{name}")
async def pull(request: Request, name: str) -> Response:
    """Pull one lever, all or nothing, and go back to the page."""
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return PlainTextResponse("Only the sandbox's own page may pull its levers.", 403)
    lever = LEVERS.get(name)
    if lever is None:
        return PlainTextResponse("There is no such lever.", 404)
    given = {field: value for field, value in parse_qsl((await request.body()).decode()) if value}
    about = [given.pop("id")] if "id" in given else []
    try:
        asked = [lever.takes.model_validate(given)] if lever.takes else []
        async with request.app.state.sessions.begin() as tx:
            outcome = await lever.pull(Call(tx, request.app.state.settings), *about, *asked)
        told = {"said": lever.said.format(**outcome)}
    except ValidationError as wrong:
        first = wrong.errors()[0]
        told = {"trouble": f"{'.'.join(map(str, first['loc']))}: {first['msg']}"}
    except (ApiError, NoResultFound) as refused:
        told = {"trouble": str(refused)}
    await request.app.state.plans.look()
    request.app.state.doorbell.set()
    return RedirectResponse(f"/?{urlencode(told)}", SEE_OTHER)
