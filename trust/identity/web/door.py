"""What the routes of identity share: where a request comes from, how often it may, and the cookies it leaves with."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Request
from starlette.responses import Response

from app.core import crypto, limits
from app.core.crypto import Vault
from app.core.i18n import _
from app.core.networks import networks
from app.core.security import SESSION, ZONE, set_locale_cookie
from app.core.web import local_path
from trust.access import Member
from trust.identity.errors import ForPeopleOnly
from trust.identity.service.signing_in import SignedIn
from trust.identity.sessions import LIFETIME, Browser

SECOND_STEP = "second_step"
SECOND_STEP_SECONDS = 300
YEAR_SECONDS = 31_536_000


def _vault(request: Request) -> Vault:
    vault: Vault = request.app.state.vault
    return vault


TheVault = Annotated[Vault, Depends(_vault)]


def browser_of(request: Request) -> Browser:
    address, folder = address_of(request), request.app.state.settings.networks
    country = networks(folder).whereabouts(address)
    return Browser(request.headers.get("user-agent", ""), address, request.state.visitor, country)


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


async def limit(
    request: Request, what: str, account: object, *, at_most: int, per_minutes: int, from_address: int = 0
) -> None:
    """Count one try of `what` for an account and, where `from_address` says how many, for the asker's address.

    Accounts are counted under a mark, so that the table holds no e-mail addresses. Raises TooMany.
    """
    db = request.app.state.db
    if from_address:
        await limits.hit(db, f"{what}:from:{address_of(request)}", at_most=from_address, per_minutes=per_minutes)
    key = crypto.mark(str(account)).hex()[:32]
    await limits.hit(db, f"{what}:for:{key}", at_most=at_most, per_minutes=per_minutes)


def people_only(member: Member) -> UUID:
    """The member's session. Raises ForPeopleOnly for an API key."""
    if member.session_id is None:
        raise ForPeopleOnly(_("An API key cannot do this. Sign in with your browser."))
    return member.session_id


def onward(address: str) -> str:
    """Where to go after signing in: an address of ours, else the front page."""
    return local_path(address) or "/"


def welcome_in(request: Request, response: Response, signed_in: SignedIn) -> Response:
    """Give the browser its session, and the member's language and time zone."""
    secure = _secure(request)
    response.set_cookie(
        SESSION,
        signed_in.cookie,
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=secure,
    )
    response.delete_cookie(SECOND_STEP, path="/session", httponly=True, samesite="lax", secure=secure)
    remember(response, signed_in.locale, signed_in.zone)
    return response


def remember(response: Response, locale: str, zone: str) -> None:
    """Language and time zone in this browser, as the member likes them."""
    response.headers.append(*set_locale_cookie(locale))
    response.set_cookie(ZONE, quote(zone, safe=""), max_age=YEAR_SECONDS, samesite="lax")


def half_way_in(request: Request, response: Response, token: str) -> Response:
    """Give the browser the token with which it may send the code."""
    response.set_cookie(
        SECOND_STEP,
        token,
        max_age=SECOND_STEP_SECONDS,
        path="/session",
        httponly=True,
        samesite="lax",
        secure=_secure(request),
    )
    return response


def show_out(request: Request, response: Response) -> Response:
    response.delete_cookie(SESSION, httponly=True, samesite="lax", secure=_secure(request))
    return response


def _secure(request: Request) -> bool:
    base_url: str = request.app.state.settings.base_url
    return base_url.startswith("https://")
