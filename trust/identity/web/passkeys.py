"""Passkeys over the web: what an authenticator is asked, a member's own ones, and an account without a password."""

from collections.abc import Awaitable
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.core.errors import SignInNeeded
from app.core.i18n import _
from app.core.security import SESSION
from app.core.web import Answer, HouseRouter, Submitted, Tx, not_replayed
from trust.access import CurrentMember
from trust.identity.errors import PasskeyCopied
from trust.identity.schemas import ChallengeIn, PasskeyAddedOut, PasskeyIn, RecoveryCodesOut
from trust.identity.service import passkeys, second_step, signing_in
from trust.identity.service.passkeys import Asked, Credential, Purpose, Site
from trust.identity.service.step_up import require_step_up
from trust.identity.web.door import SECOND_STEP, limit, people_only

router = HouseRouter(tags=["security"])
PAGE = "/security"
T = TypeVar("T")


def site_of(request: Request) -> Site:
    return Site.at(request.app.state.settings.base_url)


async def asked(request: Request, credential: Credential, purpose: Purpose) -> Asked:
    """The challenge that a credential answers, if this browser was asked it for this purpose. Raises PasskeyRefused."""
    return await passkeys.take(request.app.state.db, credential, purpose, browser=_browser(request))


def _browser(request: Request) -> str:
    """By what the asking browser is known: its session, or before there is one its visitor cookie."""
    known: str = request.cookies.get(SESSION) or request.state.visitor
    return known


async def accepted(request: Request, proving: Awaitable[T]) -> T:
    """What a passkey proves. That it may have been copied is noted although the request is refused."""
    try:
        return await proving
    except PasskeyCopied as fault:
        await passkeys.note_copy(request.app.state.db, fault)
        raise


@router.post("/session/passkey/challenge", response_model=dict[str, Any])
@not_replayed
async def challenge(
    request: Request, answer: Answer, tx: Tx, data: Annotated[ChallengeIn, Submitted(ChallengeIn)]
) -> Response:
    """What to hand to the browser's `navigator.credentials` (WebAuthn); good once, for five minutes."""
    member = request.state.member
    await limit(request, "passkey", member.id if member else request.state.visitor, at_most=60, per_minutes=15)
    who: UUID | None = None
    match data.purpose:
        case Purpose.SECOND_STEP:
            who = await signing_in.half_way(tx, request.cookies.get(SECOND_STEP, ""))
        case Purpose.STEP_UP | Purpose.REGISTER:
            if member is None:
                raise SignInNeeded(_("Please sign in first."))
            people_only(member)
            who = member.id
            if data.purpose is Purpose.REGISTER:
                await require_step_up(tx, member)
    person = await signing_in.present(tx, who) if who else None
    options = await passkeys.ask(tx, site_of(request), data.purpose, browser=_browser(request), member=person)
    answer.json = True
    return answer.show("", options)


@router.post("/security/passkeys", response_model=PasskeyAddedOut)
@not_replayed
async def register(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[PasskeyIn, Submitted(PasskeyIn)]
) -> Response:
    """Register a passkey. With the first one come recovery codes, shown this once. Needs step-up."""
    people_only(member)
    await require_step_up(tx, member)
    challenge = await asked(request, data.credential, Purpose.REGISTER)
    made = await passkeys.register(tx, site_of(request), challenge, data.credential, data.name, member)
    codes = await second_step.first_recovery_codes(tx, member.id)
    if codes and not answer.json:
        return answer.show("identity/recovery_codes.html", RecoveryCodesOut(codes=codes))
    return answer.done(PAGE, PasskeyAddedOut(id=made, codes=codes), created=True, flash=_("The passkey is registered."))


@router.post("/security/passkeys/{passkey_id}/removal", include_in_schema=False)
@router.delete("/security/passkeys/{passkey_id}")
@not_replayed
async def remove(answer: Answer, tx: Tx, member: CurrentMember, passkey_id: UUID) -> Response:
    """A passkey of yours opens nothing any more. Needs step-up."""
    people_only(member)
    await require_step_up(tx, member)
    await passkeys.remove(tx, passkey_id, by=member)
    return answer.done(PAGE, flash=_("The passkey is removed."))


@router.post("/password/removal", include_in_schema=False)
@router.delete("/password")
@not_replayed
async def remove_password(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Sign in by passkey alone from now on. Needs step-up, and a passkey."""
    people_only(member)
    await require_step_up(tx, member)
    await passkeys.remove_password(tx, by=member)
    return answer.done(PAGE, flash=_("The password is gone. You sign in with a passkey."))
