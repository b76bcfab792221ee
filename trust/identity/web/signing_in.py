"""Signing in and out, the second step, step-up, and forgotten passwords."""

from functools import partial
from typing import Annotated
from urllib.parse import quote

from fastapi import Query, Request
from starlette.responses import Response

from app.core.errors import TooMany
from app.core.i18n import _
from app.core.security import SESSION
from app.core.web import Answer, HouseRouter, Submitted, Tx, not_replayed
from trust.access import CurrentMember
from trust.identity import queries
from trust.identity.errors import CodeNeeded, LinkSpent
from trust.identity.schemas import (
    LONGEST_TOKEN,
    CheckMail,
    EmailIn,
    PasskeySignInIn,
    ResetIn,
    SecondStepIn,
    SignedInOut,
    SignInIn,
    StepUpIn,
)
from trust.identity.service import passkeys, signing_in
from trust.identity.service.passkeys import Purpose
from trust.identity.service.signing_in import SignedIn
from trust.identity.web.door import (
    SECOND_STEP,
    TheVault,
    address_of,
    browser_of,
    half_way_in,
    limit,
    onward,
    people_only,
    show_out,
    welcome_in,
)
from trust.identity.web.passkeys import accepted, asked, site_of

router = HouseRouter(tags=["session"])
MOST_TRIES = 10
"""Passwords of one account within a quarter of an hour."""
people = HouseRouter(include_in_schema=False)
Next = Annotated[str, Query(alias="next", max_length=2000)]


@people.get("/session/new")
async def sign_in_page(request: Request, answer: Answer, tx: Tx, onto: Next = "") -> Response:
    if request.state.member is not None:
        return answer.done(onward(onto))
    return answer.show("identity/sign_in.html", onto=onto)


@router.post("/session")
@not_replayed
async def sign_in(
    request: Request, answer: Answer, tx: Tx, vault: TheVault, data: Annotated[SignInIn, Submitted(SignInIn)]
) -> Response:
    """Sign in. A member with a second step sends its code along, or, in a browser, on the page that follows."""
    email = data.email.strip().lower()
    await _limit(request, email)
    result = await signing_in.sign_in(tx, vault, email, data.password, data.code, browser_of(request))
    if isinstance(result, SignedIn):
        return await _inside(request, answer, tx, result, data.next)
    if answer.json:
        raise CodeNeeded(_("Please enter the code of your authenticator."), field="code")
    return half_way_in(request, answer.done(f"/session/code?next={quote(data.next)}"), result.token)


async def _limit(request: Request, email: str) -> None:
    """Raises TooMany; of the first such refusal of an account in a quarter of an hour the desk of risk hears."""
    try:
        await limit(request, "sign-in", email, at_most=MOST_TRIES, per_minutes=15, from_address=100)
    except TooMany as refused:
        if refused.first_of.startswith("sign-in:for:"):
            refused.leaves = partial(signing_in.tell_of_tries, email=email, tries=MOST_TRIES + 1)
        raise


async def _inside(request: Request, answer: Answer, tx: Tx, signed_in: SignedIn, onto: str) -> Response:
    """A fresh session; the one this browser had before, if any, ends."""
    if before := request.cookies.get(SESSION):
        await signing_in.end_session(tx, before)
    out = SignedInOut(member_id=signed_in.member_id, name=signed_in.name, locale=signed_in.locale)
    return welcome_in(request, answer.done(onward(onto), out, created=True), signed_in)


@router.post("/session/passkey")
@not_replayed
async def sign_in_by_passkey(
    request: Request, answer: Answer, tx: Tx, data: Annotated[PasskeySignInIn, Submitted(PasskeySignInIn)]
) -> Response:
    """Sign in by a passkey alone: it is password and second step in one."""
    await limit(request, "passkey-sign-in", request.state.visitor, at_most=20, per_minutes=15, from_address=100)
    challenge = await asked(request, data.credential, Purpose.SIGN_IN)
    entering = signing_in.sign_in_by_passkey(tx, site_of(request), challenge, data.credential, browser_of(request))
    return await _inside(request, answer, tx, await accepted(request, entering), data.next)


@people.get("/session/code")
async def code_page(request: Request, answer: Answer, tx: Tx, onto: Next = "") -> Response:
    try:
        who = await signing_in.half_way(tx, request.cookies.get(SECOND_STEP, ""))
    except LinkSpent:  # the answer to the code will say so
        return answer.show("identity/code.html", onto=onto, authenticator=True, has_passkey=False)
    authenticator = (await queries.member_view(tx, who)).authenticator
    has_passkey = await passkeys.has_passkey(tx, who)
    return answer.show("identity/code.html", onto=onto, authenticator=authenticator, has_passkey=has_passkey)


@people.post("/session/code")
@not_replayed
async def send_code(
    request: Request, answer: Answer, tx: Tx, vault: TheVault, data: Annotated[SecondStepIn, Submitted(SecondStepIn)]
) -> Response:
    """The second step of a sign-in that a browser has begun."""
    token = request.cookies.get(SECOND_STEP, "")
    await limit(request, "code", await signing_in.half_way(tx, token), at_most=5, per_minutes=15)
    browser = browser_of(request)
    if data.credential is not None:
        challenge = await asked(request, data.credential, Purpose.SECOND_STEP)
        going = signing_in.finish_by_passkey(tx, site_of(request), token, challenge, data.credential, browser)
        result = await accepted(request, going)
    else:
        result = await signing_in.finish(tx, vault, token, data.code, browser)
    return await _inside(request, answer, tx, result, data.next)


@router.post("/session/removal", include_in_schema=False)
@router.delete("/session")
@not_replayed
async def sign_out(request: Request, answer: Answer, tx: Tx) -> Response:
    """Sign out of this browser."""
    if cookie := request.cookies.get(SESSION):
        await signing_in.end_session(tx, cookie)
    return show_out(request, answer.done("/", flash=_("You are signed out.")))


@people.get("/session/step-up")
async def step_up_page(answer: Answer, tx: Tx, member: CurrentMember, onto: Next = "") -> Response:
    people_only(member)
    me = await queries.member_view(tx, member.id)
    return answer.show("identity/step_up.html", me=me, has_passkey=await passkeys.has_passkey(tx, member.id), onto=onto)


@router.post("/session/step-up")
@not_replayed
async def step_up(
    request: Request,
    answer: Answer,
    tx: Tx,
    vault: TheVault,
    member: CurrentMember,
    data: Annotated[StepUpIn, Submitted(StepUpIn)],
) -> Response:
    """Prove once more who you are, before signing and the like: by passkey, by code, or by password."""
    session_id = people_only(member)
    await limit(request, "code", member.id, at_most=5, per_minutes=15)
    if data.credential is not None:
        challenge = await asked(request, data.credential, Purpose.STEP_UP)
        site = site_of(request)
        proving = signing_in.step_up_by_passkey(tx, site, member.id, session_id, challenge, data.credential)
        await accepted(request, proving)
    else:
        await signing_in.step_up(tx, vault, member.id, session_id, code=data.code, password=data.password)
    return answer.done(onward(data.next))


@people.get("/password/forgotten")
async def forgotten_page(answer: Answer, tx: Tx) -> Response:
    return answer.show("identity/forgotten.html")


@router.post("/password-resets")
@not_replayed
async def forgot(request: Request, answer: Answer, tx: Tx, data: Annotated[EmailIn, Submitted(EmailIn)]) -> Response:
    """Ask for a link to set a new password. The answer is the same whether or not the address is known."""
    await limit(request, "forgot", data.email, at_most=3, per_minutes=60, from_address=20)
    await signing_in.forgot(tx, data.email)
    return answer.done("/password/sent", CheckMail())


@people.get("/password/sent")
async def sent_page(answer: Answer, tx: Tx) -> Response:
    return answer.show("identity/mail_sent.html", CheckMail(), purpose="reset")


@people.get("/password-resets/completion")
async def reset_page(answer: Answer, tx: Tx, token: Annotated[str, Query(max_length=LONGEST_TOKEN)]) -> Response:
    await signing_in.may_reset(tx, token)
    return answer.show("identity/reset.html", token=token)


@router.post("/password-resets/completion")
@not_replayed
async def reset(request: Request, answer: Answer, tx: Tx, data: Annotated[ResetIn, Submitted(ResetIn)]) -> Response:
    """Set a new password by the token of the letter. Every session of the member ends."""
    await limit(request, "reset", address_of(request), at_most=60, per_minutes=60)
    await signing_in.reset(tx, data.token, data.password)
    return answer.done("/session/new", flash=_("Your new password is set. Please sign in."))
