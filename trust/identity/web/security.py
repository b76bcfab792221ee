"""The member's own security: sessions, second step, recovery codes, password and API keys."""

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx, not_replayed
from trust.access import CurrentMember, Member, Permission, granted
from trust.identity import queries, sessions, words
from trust.identity.schemas import (
    ApiKeyIn,
    ApiKeyOut,
    CodeIn,
    NewApiKeyOut,
    PasskeyOut,
    PasswordIn,
    RecoveryCodesOut,
    SecurityOut,
    SessionOut,
)
from trust.identity.service import keys, passkeys, second_step, signing_in
from trust.identity.service.keys import KeyView
from trust.identity.service.step_up import require_step_up, stepped_up
from trust.identity.web.door import TheVault, limit, people_only

router = HouseRouter(tags=["security"])
people = HouseRouter(include_in_schema=False)
PAGE = "/security"


@router.get("/security", response_model=SecurityOut)
async def security(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """How you sign in, where you are signed in, and your API keys."""
    people_only(member)
    out = await _security(tx, member)
    return answer.show("identity/security.html", out, **_choices(member))


async def _security(tx: AsyncSession, member: Member) -> SecurityOut:
    me = await queries.member_view(tx, member.id)
    return SecurityOut(
        two_step=me.two_step,
        authenticator=me.authenticator,
        password=me.password,
        passkeys=[PasskeyOut(**asdict(passkey)) for passkey in await passkeys.passkeys(tx, member.id)],
        recovery_codes_left=await second_step.recovery_codes_left(tx, member.id),
        stepped_up=await stepped_up(tx, member),
        sessions=[
            SessionOut(**asdict(session), current=session.id == member.session_id)
            for session in await sessions.open_sessions(tx, member.id)
        ],
        api_keys=[_key(key) for key in await keys.issued(tx, member.id)],
    )


def _choices(member: Member) -> dict[str, Any]:
    """What the form for a new key offers: the member's own permissions, reading aside."""
    mine = [scope for scope in Permission if scope in granted(member) and scope is not Permission.READ]
    return {"scopes": [(scope.value, words.scope_label(scope)) for scope in mine], "scope_label": words.scope_label}


def _key(key: KeyView) -> ApiKeyOut:
    return ApiKeyOut(**asdict(key))


@router.post("/sessions/{session_id}/removal", include_in_schema=False)
@router.delete("/sessions/{session_id}")
async def end_session(answer: Answer, tx: Tx, member: CurrentMember, session_id: UUID) -> Response:
    """Sign out another browser of yours."""
    people_only(member)
    await sessions.end(tx, session_id, member.id)
    return answer.done(PAGE, flash=_("That browser is signed out."))


@router.post("/sessions/removal", include_in_schema=False)
@router.delete("/sessions")
async def end_others(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Sign out every browser of yours but this one."""
    await sessions.end_all(tx, member.id, keep=people_only(member))
    return answer.done(PAGE, flash=_("All other browsers are signed out."))


@router.post("/password")
@not_replayed
async def change_password(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[PasswordIn, Submitted(PasswordIn)]
) -> Response:
    """Set a new password; every other session ends."""
    session_id = people_only(member)
    await limit(request, "password", member.id, at_most=5, per_minutes=15)
    await signing_in.change_password(tx, member.id, data.current_password, data.password, keep=session_id)
    return answer.done(PAGE, flash=_("Your password is changed. All other browsers are signed out."))


@people.get("/security/second-step")
async def second_step_page(answer: Answer, tx: Tx, vault: TheVault, member: CurrentMember) -> Response:
    """The QR code of a secret that waits to be confirmed."""
    people_only(member)
    await require_step_up(tx, member)
    enrolment = await second_step.enrolment(tx, vault, member.id)
    if enrolment is None:
        return answer.done(PAGE)
    return answer.show("identity/second_step.html", asdict(enrolment), enrolment=enrolment)


@router.post("/security/second-step")
@not_replayed
async def begin_second_step(answer: Answer, tx: Tx, vault: TheVault, member: CurrentMember) -> Response:
    """Make a secret for an authenticator; it counts once a first code has confirmed it. Needs step-up."""
    people_only(member)
    await require_step_up(tx, member)
    await second_step.begin(tx, vault, member.id)
    return answer.done("/security/second-step")


@router.post("/security/second-step/confirmation", response_model=RecoveryCodesOut)
@not_replayed
async def confirm_second_step(
    request: Request,
    answer: Answer,
    tx: Tx,
    vault: TheVault,
    member: CurrentMember,
    data: Annotated[CodeIn, Submitted(CodeIn)],
) -> Response:
    """Turn the second step on with a first code; the answer shows the recovery codes, this once."""
    people_only(member)
    await require_step_up(tx, member)
    await limit(request, "code", member.id, at_most=5, per_minutes=15)
    codes = RecoveryCodesOut(codes=await second_step.confirm(tx, vault, member.id, data.code))
    return answer.show("identity/recovery_codes.html", codes)


@router.post("/security/second-step/removal", include_in_schema=False)
@router.delete("/security/second-step")
@not_replayed
async def remove_second_step(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Turn the authenticator off. Needs step-up."""
    people_only(member)
    await require_step_up(tx, member)
    await second_step.remove(tx, member.id)
    return answer.done(PAGE, flash=_("The authenticator is off."))


@router.post("/security/recovery-codes", response_model=RecoveryCodesOut)
@not_replayed
async def renew_recovery_codes(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Ten new recovery codes, shown this once; the old ones are void. Needs step-up."""
    people_only(member)
    await require_step_up(tx, member)
    return answer.show(
        "identity/recovery_codes.html", RecoveryCodesOut(codes=await second_step.renew_recovery_codes(tx, member.id))
    )


@router.post("/api-keys", response_model=NewApiKeyOut)
@not_replayed
async def issue_key(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[ApiKeyIn, Submitted(ApiKeyIn)]
) -> Response:
    """A new API key; the answer shows it, this once. Needs step-up."""
    people_only(member)
    await require_step_up(tx, member)
    await limit(request, "api-key", member.id, at_most=20, per_minutes=60)
    view, text = await keys.issue(tx, data.label, data.scopes, data.days, by=member)
    out = NewApiKeyOut(**asdict(view), key=text)
    may = ", ".join(words.scope_label(scope) for scope in view.scopes)
    base_url = request.app.state.settings.base_url
    return answer.show("identity/new_api_key.html", out, status=201, may=may, base_url=base_url)


@router.post("/api-keys/{key_id}/removal", include_in_schema=False)
@router.delete("/api-keys/{key_id}")
async def revoke_key(answer: Answer, tx: Tx, member: CurrentMember, key_id: UUID) -> Response:
    """Revoke a key of yours; programs that use it are refused from now on."""
    people_only(member)
    await keys.revoke(tx, key_id, by=member)
    return answer.done(PAGE, flash=_("The key is revoked."))
