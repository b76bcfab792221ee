"""Passkeys (WebAuthn Level 3): a key pair at the member's authenticator that answers to this site alone.

What the authenticator signs is a challenge of ours: random, kept here, good once, for five minutes, for one purpose,
one browser and, where we know them, one member. It must have made sure of its user (PIN, finger, face), so that a
passkey is two steps in one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from cryptography.exceptions import UnsupportedAlgorithm
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn.helpers import base64url_to_bytes, options_to_json_dict, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.core import clock, crypto, post
from app.core.db import Database
from app.core.errors import Conflict
from app.core.i18n import _
from trust.access import Member
from trust.identity.errors import LastWayIn, PasskeyCopied, PasskeyNotFound, PasskeyRefused
from trust.identity.models import MemberRow, Passkey, PasskeyChallenge
from trust.identity.service.notices import audit

Credential = dict[str, Any]
"""What a browser's `PublicKeyCredential` says of itself as JSON, its bytes in base64url."""

LIFETIME = timedelta(minutes=5)
MOST_PASSKEYS = 20
NOT_OF_IT = (
    WebAuthnException,
    UnsupportedAlgorithm,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RecursionError,
)
"""What is raised over a credential that somebody bent."""


class Purpose(StrEnum):
    REGISTER = "register"
    SIGN_IN = "sign_in"
    SECOND_STEP = "second_step"
    STEP_UP = "step_up"


@dataclass(frozen=True, slots=True)
class Site:
    """For whom a passkey is good: the host's name, and the one origin (RFC 6454) that may ask for it."""

    id: str
    origin: str

    @classmethod
    def at(cls, base_url: str) -> "Site":
        parts = urlsplit(base_url)
        return cls(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")


@dataclass(frozen=True, slots=True)
class PasskeyView:
    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A challenge that is used up now, and whom it was for."""

    challenge: bytes
    member_id: UUID | None


async def ask(
    tx: AsyncSession, site: Site, purpose: Purpose, *, browser: str, member: MemberRow | None
) -> dict[str, Any]:
    """A new challenge, as the options that `navigator.credentials` takes (WebAuthn Level 3, §5.4 and §5.5, as JSON)."""
    challenge = crypto.new_token().encode()
    tx.add(
        PasskeyChallenge(
            mark=crypto.mark(challenge.decode()),
            purpose=purpose,
            member_id=member.id if member else None,
            browser=crypto.mark(browser),
            expires_at=clock.now() + LIFETIME,
        )
    )
    known = await _rows(tx, member.id) if member else []
    if purpose is Purpose.REGISTER and member is not None:
        return options_to_json_dict(
            webauthn.generate_registration_options(
                rp_id=site.id,
                rp_name="Portolan",
                user_id=member.id.bytes,
                user_name=member.email,
                user_display_name=member.name,
                challenge=challenge,
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
                ),
                exclude_credentials=[_descriptor(row) for row in known],
            )
        )
    return options_to_json_dict(
        webauthn.generate_authentication_options(
            rp_id=site.id,
            challenge=challenge,
            allow_credentials=[_descriptor(row) for row in known],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


async def take(db: Database, credential: Credential, purpose: Purpose, *, browser: str) -> Asked:
    """The challenge that a credential answers, used up whatever becomes of the answer. Raises PasskeyRefused."""
    try:
        said = base64url_to_bytes(credential["response"]["clientDataJSON"])
        challenge = parse_client_data_json(said).challenge
        mark = crypto.mark(challenge.decode())
    except NOT_OF_IT as error:
        raise _refused() from error
    async with db.aside.transaction() as tx:
        query = delete(PasskeyChallenge).where(PasskeyChallenge.mark == mark)
        row = (await tx.execute(query.returning(*PasskeyChallenge.__table__.c))).first()
    good = row is not None and row.expires_at > clock.now() and row.purpose == purpose
    if row is None or not good or row.browser != crypto.mark(browser):
        raise PasskeyRefused(_("This took too long, or was asked elsewhere. Please try again."))
    return Asked(challenge, row.member_id)


async def register(tx: AsyncSession, site: Site, asked: Asked, credential: Credential, name: str, by: Member) -> UUID:
    """Keep a new passkey of this member's. Raises PasskeyRefused, and Conflict for too many or one that is known."""
    if asked.member_id != by.id:
        raise _refused()
    if len(await _rows(tx, by.id)) >= MOST_PASSKEYS:
        raise Conflict(_("You have as many passkeys as can be. Remove one first."))
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=asked.challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except NOT_OF_IT as error:
        raise _refused() from error
    given = credential["response"].get("transports")
    kinds = {kind.value for kind in AuthenticatorTransport}
    row = Passkey(
        member_id=by.id,
        name=name,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=[kind for kind in given if kind in kinds] if isinstance(given, list) else [],
    )
    tx.add(row)
    try:
        await tx.flush()
    except IntegrityError as error:
        raise Conflict(_("This passkey is registered already.")) from error
    await _tell(tx, by.id, "passkey_added", row)
    return row.id


async def prove(
    tx: AsyncSession, site: Site, asked: Asked, credential: Credential, *, member_id: UUID | None = None
) -> UUID:
    """Whose passkey answered. `member_id` is who it must be; where nobody is known, the passkey says it.

    Locks the passkey. Raises PasskeyRefused, and PasskeyCopied when its count of uses went back.
    """
    row = await _answering(tx, credential)
    if row is None or asked.member_id != member_id or member_id not in (None, row.member_id):
        raise _refused()
    try:
        handle = credential["response"].get("userHandle")
        if (handle or member_id is None) and base64url_to_bytes(handle) != row.member_id.bytes:
            raise _refused()
        # The library looks at the count before the signature: anybody could then make us believe in a copy.
        told = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=asked.challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except NOT_OF_IT as error:
        raise _refused() from error
    if max(told.new_sign_count, row.sign_count) > 0 and told.new_sign_count <= row.sign_count:
        raise PasskeyCopied(
            _("This passkey may have been copied, so it was not accepted. Please use another way, and remove it."),
            passkey=row.id,
            member=row.member_id,
        )
    row.sign_count, row.last_used_at = told.new_sign_count, clock.now()
    return UUID(str(row.member_id))


async def _answering(tx: AsyncSession, credential: Credential) -> Passkey | None:
    try:
        id_ = base64url_to_bytes(credential["rawId"])
    except NOT_OF_IT as error:
        raise _refused() from error
    query = (
        select(Passkey)
        .join(MemberRow, MemberRow.id == Passkey.member_id)
        .where(Passkey.credential_id == id_, Passkey.removed_at.is_(None), MemberRow.removed_at.is_(None))
    )
    row: Passkey | None = await tx.scalar(query.with_for_update(of=Passkey))
    return row


async def note_copy(db: Database, fault: PasskeyCopied) -> None:
    """Tell a member, and note, that their passkey may have been copied: in a transaction that outlives the refusal."""
    async with db.aside.transaction() as tx:
        row = await tx.get_one(Passkey, fault.facts["passkey"])
        await _tell(tx, fault.facts["member"], "passkey_suspected", row)


async def passkeys(tx: AsyncSession, member_id: UUID) -> list[PasskeyView]:
    """A member's passkeys, newest first."""
    return [PasskeyView(row.id, row.name, row.created_at, row.last_used_at) for row in await _rows(tx, member_id)]


async def has_passkey(tx: AsyncSession, member_id: UUID) -> bool:
    return await count(tx, member_id) > 0


async def count(tx: AsyncSession, member_id: UUID) -> int:
    query = select(func.count()).where(Passkey.member_id == member_id, Passkey.removed_at.is_(None))
    return (await tx.execute(query)).scalar_one()


async def remove(tx: AsyncSession, passkey_id: UUID, *, by: Member) -> None:
    """The passkey opens nothing any more. The caller has made sure by step-up that this is the member.

    Locks the member. Raises PasskeyNotFound for another member's, LastWayIn for the last of one without a password.
    """
    query = select(MemberRow).where(MemberRow.id == by.id).with_for_update()
    member = (await tx.scalars(query)).one()
    rows = await _rows(tx, by.id)
    row = next((row for row in rows if row.id == passkey_id), None)
    if row is None:
        raise PasskeyNotFound(_("There is no such passkey."))
    if len(rows) == 1 and not member.password_hash:
        raise LastWayIn(_("You have no password: without this passkey you could not sign in. Set a password first."))
    row.removed_at = clock.now()
    await _tell(tx, by.id, "passkey_removed", row)


async def remove_password(tx: AsyncSession, *, by: Member) -> None:
    """The member signs in by passkey alone from now on. The caller has made sure by step-up that this is the member.

    Locks the member. Raises LastWayIn for a member without a passkey.
    """
    member = (await tx.scalars(select(MemberRow).where(MemberRow.id == by.id).with_for_update())).one()
    if not await count(tx, by.id):
        raise LastWayIn(_("Register a passkey first: without it and without a password you could not sign in."))
    await tx.execute(update(MemberRow).where(MemberRow.id == member.id).values(password_hash=""))
    await _tell(tx, by.id, "password_removed", None)


async def _rows(tx: AsyncSession, member_id: UUID) -> list[Passkey]:
    query = select(Passkey).where(Passkey.member_id == member_id, Passkey.removed_at.is_(None))
    return list(await tx.scalars(query.order_by(Passkey.id.desc())))


def _descriptor(row: Passkey) -> PublicKeyCredentialDescriptor:
    kinds = [AuthenticatorTransport(kind) for kind in row.transports]
    return PublicKeyCredentialDescriptor(id=row.credential_id, transports=kinds or None)


async def _tell(tx: AsyncSession, member_id: UUID, what: str, row: Passkey | None) -> None:
    """Write down what happened to a member's passkeys, and to the member."""
    member = await tx.get_one(MemberRow, member_id)
    facts = {"passkey": str(row.id), "name": row.name} if row else {}
    audit(tx, member.organisation_id, member.id, what, **facts)
    at = f"{clock.now():%Y-%m-%d %H:%M} UTC"
    context = {"recipient": member.name, "what": what, "passkey": row.name if row else "", "at": at}
    await post.send(tx, to=member.email, locale=member.locale, template="passkey_changed", context=context)


def _refused() -> PasskeyRefused:
    return PasskeyRefused(_("This passkey was not accepted. Please try again, or use another way."))
