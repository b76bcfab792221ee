"""The second step: an authenticator or passkeys, and the codes for the day they are lost."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, crypto
from app.core.crypto import Vault
from app.core.errors import Conflict
from app.core.i18n import _
from trust.identity import codes
from trust.identity.errors import CodeRefused
from trust.identity.models import MemberRow, RecoveryCode
from trust.identity.service import passkeys
from trust.identity.service.notices import audit


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A secret to be read into an authenticator: as text, as an otpauth:// address, as a picture (data: address)."""

    secret: str
    address: str
    picture: str


async def begin(tx: AsyncSession, vault: Vault, member_id: UUID) -> None:
    """Make a new secret, which counts only after `confirm`. Raises Conflict when the second step is on already."""
    member = await _locked(tx, member_id)
    if member.totp_confirmed_at is not None:
        raise Conflict(_("The second step is on already."))
    member.totp_sealed = vault.seal(codes.new_secret(), sealed_for(member_id))
    member.totp_last_step = None


async def enrolment(tx: AsyncSession, vault: Vault, member_id: UUID) -> Enrolment | None:
    """The secret that waits to be confirmed; a confirmed one is never shown again."""
    member = (await tx.scalars(select(MemberRow).where(MemberRow.id == member_id))).one()
    if member.totp_sealed is None or member.totp_confirmed_at is not None:
        return None
    secret = vault.open(member.totp_sealed, sealed_for(member_id))
    address = codes.address(secret, member.email)
    return Enrolment(secret, address, codes.picture(address))


async def confirm(tx: AsyncSession, vault: Vault, member_id: UUID, code: str) -> list[str]:
    """Turn the second step on with a first code; returns the recovery codes, which are shown this once.

    Raises CodeRefused, and Conflict when there is nothing to confirm.
    """
    member = await _locked(tx, member_id)
    if member.totp_sealed is None or member.totp_confirmed_at is not None:
        raise Conflict(_("There is no new authenticator to confirm."))
    _use(member, vault, code)
    member.totp_confirmed_at = clock.now()
    audit(tx, member.organisation_id, member.id, "second_step_on")
    return await _new_recovery_codes(tx, member.id)


async def renew_recovery_codes(tx: AsyncSession, member_id: UUID) -> list[str]:
    """Ten new codes; the old ones are void. Raises Conflict without a second step."""
    member = await _locked(tx, member_id)
    if member.totp_confirmed_at is None and not await passkeys.count(tx, member_id):
        raise Conflict(_("Turn the second step on first."))
    audit(tx, member.organisation_id, member.id, "recovery_codes_renewed")
    return await _new_recovery_codes(tx, member.id)


async def remove(tx: AsyncSession, member_id: UUID) -> None:
    """Turn the authenticator off. The caller has made sure by step-up that this is the member.

    Recovery codes stay while passkeys can be lost.
    """
    member = await _locked(tx, member_id)
    member.totp_sealed = member.totp_confirmed_at = member.totp_last_step = None
    if not await passkeys.count(tx, member_id):
        await tx.execute(delete(RecoveryCode).where(RecoveryCode.member_id == member_id))
    audit(tx, member.organisation_id, member.id, "second_step_off")


async def check(tx: AsyncSession, vault: Vault, member_id: UUID, code: str) -> None:
    """Use up one code, of the authenticator or of the recovery list. Locks the member. Raises CodeRefused."""
    member = await _locked(tx, member_id)
    typed = codes.plain(code)
    if len(typed) > LONGEST_TOTP:
        await _use_recovery(tx, member, typed)
    elif member.totp_sealed is None or member.totp_confirmed_at is None:
        raise CodeRefused(_("This code is not right."), field="code")
    else:
        _use(member, vault, typed)


async def first_recovery_codes(tx: AsyncSession, member_id: UUID) -> list[str]:
    """Ten recovery codes for a member who has none left; nothing for one who has."""
    member = await _locked(tx, member_id)
    return [] if await recovery_codes_left(tx, member.id) else await _new_recovery_codes(tx, member.id)


LONGEST_TOTP = 6


def _use(member: MemberRow, vault: Vault, code: str) -> None:
    secret = vault.open(member.totp_sealed or b"", sealed_for(member.id))
    step = codes.matching_step(secret, codes.plain(code), at=clock.now(), after=member.totp_last_step)
    if step is None:
        message = _("This code is not right, or was used already. Wait for the next one and try again.")
        raise CodeRefused(message, field="code")
    member.totp_last_step = step


async def _use_recovery(tx: AsyncSession, member: MemberRow, typed: str) -> None:
    used = await tx.execute(
        update(RecoveryCode)
        .where(RecoveryCode.member_id == member.id, RecoveryCode.mark == crypto.mark(typed))
        .where(RecoveryCode.used_at.is_(None))
        .values(used_at=clock.now())
        .returning(RecoveryCode.id)
    )
    if used.first() is None:
        raise CodeRefused(_("This recovery code is not right, or was used already."), field="code")
    audit(tx, member.organisation_id, member.id, "recovery_code_used")


async def recovery_codes_left(tx: AsyncSession, member_id: UUID) -> int:
    query = select(func.count()).where(RecoveryCode.member_id == member_id, RecoveryCode.used_at.is_(None))
    return (await tx.execute(query)).scalar_one()


async def _new_recovery_codes(tx: AsyncSession, member_id: UUID) -> list[str]:
    await tx.execute(delete(RecoveryCode).where(RecoveryCode.member_id == member_id))
    made = codes.recovery_codes()
    tx.add_all(RecoveryCode(member_id=member_id, mark=crypto.mark(codes.plain(code))) for code in made)
    await tx.flush()
    return made


async def _locked(tx: AsyncSession, member_id: UUID) -> MemberRow:
    query = select(MemberRow).where(MemberRow.id == member_id, MemberRow.removed_at.is_(None)).with_for_update()
    return (await tx.scalars(query.execution_options(populate_existing=True))).one()


def sealed_for(member_id: UUID) -> str:
    """The context under which the secret of a member's authenticator lies sealed."""
    return f"totp:{member_id}"
