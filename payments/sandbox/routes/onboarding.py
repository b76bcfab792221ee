"""Hosted onboarding: a link that opens a page of the provider, where the account supplies what is still due."""

from html import escape
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse

from payments.sandbox.door import Door
from payments.sandbox.models import Body
from payments.sandbox.params import Params
from payments.sandbox.routes import accounts
from payments.sandbox.routes.admin import Admin
from payments.sandbox.store import Call, new_id

door = Door()
router = APIRouter(prefix="/_sandbox/onboarding")
_VALID_SECONDS = 300
_SEE_OTHER = 303
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sandbox onboarding</title><body><main><h1>Sandbox onboarding</h1>
<p>Account {account} in {country} still has to supply:</p><ul>{due}</ul>
<form method="post"><button>Supply everything</button></form></main></body></html>"""


class LinkIn(Params):
    account: str
    type: Literal["account_onboarding", "account_update"]
    refresh_url: str
    return_url: str


@door.post("/v1/account_links", LinkIn)
async def create(call: Call, given: LinkIn) -> Body:
    """A link for one visit, valid for five minutes."""
    await call.find("account", given.account, param="account")
    token, host = new_id("link"), f"{call.settings.host}:{call.settings.port}"
    expires = call.now + _VALID_SECONDS
    kept = given.model_dump(include={"account", "refresh_url", "return_url"})
    call.add("account_link", {"id": token, "expires_at": expires}, used=False, **kept)
    return {
        "object": "account_link",
        "created": call.now,
        "expires_at": expires,
        "url": f"http://{host}/_sandbox/onboarding/{token}",
    }


@router.get("/{token}")
async def show(call: Admin, token: str) -> HTMLResponse:
    """The page: what is still due, and one button that supplies it."""
    link = await call.find("account_link", token)
    account = (await call.find("account", link.private["account"])).body
    due = "".join(f"<li>{escape(name)}</li>" for name in account["requirements"]["currently_due"])
    return HTMLResponse(_PAGE.format(account=escape(account["id"]), country=escape(account["country"]), due=due))


@router.post("/{token}")
async def supply(call: Admin, token: str) -> RedirectResponse:
    """Supply everything and go back; a used or stale link goes to the address that makes a new one."""
    link = await call.lock("account_link", token)
    if link.private["used"] or call.now > link.body["expires_at"]:
        return RedirectResponse(link.private["refresh_url"], _SEE_OTHER)
    link.private = {**link.private, "used": True}
    await accounts.verify(call, link.private["account"])
    return RedirectResponse(link.private["return_url"], _SEE_OTHER)
