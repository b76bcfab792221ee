"""`/c/pay/…`: the page of a Checkout Session, where a developer is the payer and picks a test card."""

from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from payments.sandbox import currencies
from payments.sandbox.errors import ApiError
from payments.sandbox.methods import METHODS
from payments.sandbox.models import Resource
from payments.sandbox.page.routes import HEADERS, SEE_OTHER, TEMPLATES
from payments.sandbox.routes import checkout
from payments.sandbox.store import Call

router = APIRouter(prefix="/c/pay")
CHOICES = (
    ("pm_card_visa", "Card that pays", "The money is pending for a while, as usual."),
    ("pm_card_bypassPending", "Card that pays, available at once", ""),
    ("pm_card_authenticationRequired", "Card that needs 3-D Secure", "The bank asks whether it is you."),
    ("pm_card_visa_chargeDeclinedInsufficientFunds", "Card without enough money", "Declined."),
    ("pm_card_chargeDeclinedExpiredCard", "Card that has expired", "Declined."),
    ("pm_card_createDisputeProductNotReceived", "Card that pays, then disputes", "“Product not received.”"),
    ("pm_usBankAccount_success", "Bank debit that takes a while", "Paid when it settles."),
    ("pm_usBankAccount_insufficientFunds", "Bank debit that fails later", "Fails when it settles."),
)


@router.get("/{session}")
async def show(request: Request, session: str) -> Response:
    """What is to be paid, and with what; or the bank's question; or that it is over."""
    async with request.app.state.sessions.begin() as tx:
        call = Call(tx, request.app.state.settings)
        try:
            found = await call.lock(checkout.KIND, session)
        except ApiError:
            return PlainTextResponse("There is no such page.", 404)
        open_ = await checkout.is_open(call, found)
        intent = await checkout.intent_of(call, found)
        html = TEMPLATES.get_template("pay.html").render(
            session=found.body,
            names=found.private["names"],
            trouble=found.private["trouble"],
            open=open_,
            asks=intent is not None and intent.body["status"] == "requires_action",
            choices=CHOICES,
            amount=currencies.shown(found.body["amount_total"], found.body["currency"]).upper(),
        )
    return HTMLResponse(html, headers=HEADERS | {"content-security-policy": _policy(found)})


@router.post("/{session}")
async def pay(request: Request, session: str) -> Response:
    """Pay with `method`, or answer the bank's question with `bank`; then back to whoever asked, or here again."""
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return PlainTextResponse("Only the sandbox's own page may pay here.", 403)
    said = {name: values[-1] for name, values in parse_qs((await request.body()).decode()).items()}
    async with request.app.state.sessions.begin() as tx:
        call = Call(tx, request.app.state.settings)
        try:
            found = await call.lock(checkout.KIND, session)
        except ApiError:
            return PlainTextResponse("There is no such page.", 404)
        if await checkout.is_open(call, found):
            if "bank" in said:
                await checkout.answer(call, found, agreed=said["bank"] == "yes")
            elif said.get("method") in METHODS:
                await checkout.pay(call, found, METHODS[said["method"]])
        complete = found.body["status"] == "complete"
    request.app.state.doorbell.set()
    return RedirectResponse(found.body["success_url"] if complete else f"/c/pay/{session}", SEE_OTHER)


def _policy(session: Resource) -> str:
    """A browser follows a form's answer only where `form-action` allows: to whoever opened the session, too."""
    back = urlsplit(session.body["success_url"])
    return HEADERS["content-security-policy"].replace(
        "form-action 'self'", f"form-action 'self' {back.scheme}://{back.netloc}"
    )
