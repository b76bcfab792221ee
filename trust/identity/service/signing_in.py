"""Signing in and out: password, second step, session; and the way back for those who forgot."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, crypto, outbox, post
from app.core.crypto import Vault
from app.core.i18n import _
from trust.identity import parting, passwords, sessions, tokens
from trust.identity.errors import CodeNeeded, MemberNotFound, PasswordRefused, SignInRefused
from trust.identity.events import CountryChanged, SignInsRefused
from trust.identity.models import MemberRow, Organisation, SessionRow
from trust.identity.service import passkeys, second_step
from trust.identity.service.notices import audit
from trust.identity.service.passkeys import Asked, Credential, Site
from trust.identity.service.step_up import Means
from trust.identity.service.step_up import step_up as proven
from trust.identity.sessions import Browser
from trust.identity.tokens import Purpose

DAY = timedelta(days=1)
"""In that time anybody gets anywhere."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has begun. `cookie` is the browser's key to it and is kept nowhere else."""

    cookie: str
    member_id: UUID
    name: str
    locale: str
    zone: str


@dataclass(frozen=True, slots=True)
class HalfWay:
    """The password was right and a second step is needed. `token` lets the same browser give it."""

    token: str


async def sign_in(
    tx: AsyncSession, vault: Vault, email: str, password: str, code: str, browser: Browser
) -> SignedIn | HalfWay:
    """Check the password, and the code where the member has a second step: an authenticator, or passkeys.

    Takes the same time for an unknown address. Raises SignInRefused without saying which of the two is wrong, and
    CodeRefused for a wrong code.
    """
    member = await tx.scalar(select(MemberRow).where(MemberRow.email == email, MemberRow.removed_at.is_(None)))
    if not await passwords.matches(member.password_hash if member else None, password) or member is None:
        raise SignInRefused(_("E-mail address or password is wrong."))
    if passwords.outdated(member.password_hash):
        member.password_hash = await passwords.hashed(password)
    if member.totp_confirmed_at is not None or await passkeys.count(tx, member.id):
        if not code:
            return HalfWay(await tokens.make(tx, member.id, Purpose.SECOND_STEP))
        await second_step.check(tx, vault, member.id, code)
    return await _begin(tx, member, browser)


async def tell_of_tries(tx: AsyncSession, *, email: str, tries: int) -> None:
    """Somebody has tried passwords of this address so often that no more are taken for a time."""
    member = await tx.scalar(select(MemberRow).where(MemberRow.email == email, MemberRow.removed_at.is_(None)))
    if member is not None:
        await outbox.publish(tx, SignInsRefused(member.organisation_id, member.id, tries))


async def finish(tx: AsyncSession, vault: Vault, token: str, code: str, browser: Browser) -> SignedIn:
    """The second step of a sign-in. Raises LinkSpent when the first is too long ago, CodeRefused."""
    member_id = await tokens.bearer(tx, token, Purpose.SECOND_STEP, spend=True)
    member = await present(tx, member_id)
    await second_step.check(tx, vault, member.id, code)
    return await _begin(tx, member, browser)


async def finish_by_passkey(
    tx: AsyncSession, site: Site, token: str, asked: Asked, credential: Credential, browser: Browser
) -> SignedIn:
    """The same by a passkey of the same member. Raises LinkSpent, PasskeyRefused, PasskeyCopied."""
    member_id = await tokens.bearer(tx, token, Purpose.SECOND_STEP, spend=True)
    await passkeys.prove(tx, site, asked, credential, member_id=member_id)
    return await _begin(tx, await present(tx, member_id), browser)


async def sign_in_by_passkey(
    tx: AsyncSession, site: Site, asked: Asked, credential: Credential, browser: Browser
) -> SignedIn:
    """Sign in whose passkey answers; it is password and second step in one. Raises PasskeyRefused, PasskeyCopied."""
    member_id = await passkeys.prove(tx, site, asked, credential)
    return await _begin(tx, await present(tx, member_id), browser)


async def half_way(tx: AsyncSession, token: str) -> UUID:
    """Whose second step is awaited. Raises LinkSpent."""
    return await tokens.bearer(tx, token, Purpose.SECOND_STEP, spend=False)


async def _begin(tx: AsyncSession, member: MemberRow, browser: Browser) -> SignedIn:
    """Raises SignInRefused once the company has left and its time to read is over."""
    left_at = await tx.scalar(select(Organisation.left_at).where(Organisation.id == member.organisation_id))
    if parting.is_over(left_at):
        raise SignInRefused(
            _("Your company has left Portolan, and its time to read is over. Ask us for what is kept of you.")
        )
    if await _new_device(tx, member.id, browser):
        await post.send(
            tx,
            to=member.email,
            locale=member.locale,
            template="new_sign_in",
            context={
                "recipient": member.name,
                "device": sessions.device_of(browser.user_agent),
                "address": browser.address,
                "at": f"{clock.now():%Y-%m-%d %H:%M} UTC",
            },
        )
    await _tell_of_country(tx, member, browser)
    cookie = await sessions.open_session(tx, member.id, browser)
    audit(tx, member.organisation_id, member.id, "signed_in", address=browser.address)
    return SignedIn(cookie, member.id, member.name, member.locale, member.zone)


async def _new_device(tx: AsyncSession, member_id: UUID, browser: Browser) -> bool:
    """Whether this browser was never seen with the member, though others were."""
    seen = exists().where(SessionRow.member_id == member_id)
    row = (await tx.execute(select(seen, seen.where(SessionRow.device == browser.mark)))).one()
    return bool(row[0]) and not row[1]


async def _tell_of_country(tx: AsyncSession, member: MemberRow, browser: Browser) -> None:
    """Say so where the latest sign-in of the last day was from another country. A browser that came from here before
    is let be: an office abroad is news only once.
    """
    if not browser.country:
        return
    lately = clock.now() - DAY
    mine = SessionRow.member_id == member.id
    same = (mine, SessionRow.country == browser.country, SessionRow.device == browser.mark)
    latest = await tx.execute(
        select(SessionRow.country, SessionRow.created_at)
        .where(mine, SessionRow.country != "", SessionRow.created_at >= lately, ~exists().where(*same))
        .order_by(SessionRow.created_at.desc())
        .limit(1)
    )
    before = latest.first()
    if before is not None and before.country != browser.country:
        minutes = int((clock.now() - before.created_at).total_seconds() // 60)
        told = CountryChanged(member.organisation_id, member.id, before.country, browser.country, minutes)
        await outbox.publish(tx, told)


async def present(tx: AsyncSession, member_id: UUID) -> MemberRow:
    """A member who has not left, locked. Raises MemberNotFound."""
    member = await tx.scalar(
        select(MemberRow).where(MemberRow.id == member_id, MemberRow.removed_at.is_(None)).with_for_update()
    )
    if member is None:
        raise MemberNotFound(_("There is no such member."))
    return member


async def end_session(tx: AsyncSession, cookie: str) -> None:
    """Sign out: this cookie opens nothing any more."""
    await tx.execute(
        update(SessionRow)
        .where(SessionRow.mark == crypto.mark(cookie), SessionRow.ended_at.is_(None))
        .values(ended_at=clock.now())
    )


async def forgot(tx: AsyncSession, email: str) -> None:
    """Send a link to set a new password, if somebody has this address; the asker is not told."""
    member = await tx.scalar(select(MemberRow).where(MemberRow.email == email, MemberRow.removed_at.is_(None)))
    if member is None:
        return
    token = await tokens.make(tx, member.id, Purpose.RESET_PASSWORD)
    context = {"recipient": member.name, "token": token}
    await post.send(tx, to=member.email, locale=member.locale, template="reset_password", context=context)


async def may_reset(tx: AsyncSession, token: str) -> None:
    """Raises LinkSpent unless the token of a letter is still good."""
    await tokens.bearer(tx, token, Purpose.RESET_PASSWORD, spend=False)


async def reset(tx: AsyncSession, token: str, password: str) -> None:
    """Set a new password by the link of a letter; every session ends. Raises LinkSpent."""
    member = await present(tx, await tokens.bearer(tx, token, Purpose.RESET_PASSWORD, spend=True))
    await _set_password(tx, member, password, keep=None, how="password_reset")


async def change_password(tx: AsyncSession, member_id: UUID, current: str, password: str, *, keep: UUID | None) -> None:
    """Set a new password, knowing the old one; every session but `keep` ends. Raises PasswordRefused."""
    member = await present(tx, member_id)
    if not await passwords.matches(member.password_hash, current):
        raise PasswordRefused(_("This is not your current password."), field="current_password")
    await _set_password(tx, member, password, keep=keep, how="password_changed")


async def _set_password(tx: AsyncSession, member: MemberRow, password: str, *, keep: UUID | None, how: str) -> None:
    member.password_hash = await passwords.hashed(password)
    await sessions.end_all(tx, member.id, keep=keep)
    for purpose in Purpose:
        await tokens.void(tx, member.id, purpose)
    audit(tx, member.organisation_id, member.id, how)
    await post.send(
        tx,
        to=member.email,
        locale=member.locale,
        template="password_changed",
        context={"recipient": member.name, "at": f"{clock.now():%Y-%m-%d %H:%M} UTC"},
    )


async def step_up(
    tx: AsyncSession, vault: Vault, member_id: UUID, session_id: UUID, *, code: str, password: str
) -> None:
    """Prove once more who one is: by a code where the member has an authenticator, else by the password.

    Raises CodeNeeded, CodeRefused or PasswordRefused.
    """
    member = await present(tx, member_id)
    if member.totp_confirmed_at is not None:
        if not code:
            raise CodeNeeded(_("Please enter the code of your authenticator."), field="code")
        await second_step.check(tx, vault, member.id, code)
    elif not await passwords.matches(member.password_hash, password):
        raise PasswordRefused(_("This is not your current password."), field="password")
    await proven(tx, session_id, Means.CODE if member.totp_confirmed_at else Means.PASSWORD)


async def step_up_by_passkey(
    tx: AsyncSession, site: Site, member_id: UUID, session_id: UUID, asked: Asked, credential: Credential
) -> None:
    """The same by a passkey. Raises PasskeyRefused, PasskeyCopied."""
    await passkeys.prove(tx, site, asked, credential, member_id=member_id)
    await proven(tx, session_id, Means.PASSKEY)
