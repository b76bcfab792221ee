"""Who speaks for a right: a member for their company, or somebody whom a code in a letter to their address let in.

The address itself lies sealed; it is found again by its mark. No account, no password: who can read the letters that
we send there is whom we have to reach, and so is the address confirmed.
"""

import secrets
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, post
from app.core.crypto import Vault, mark
from app.core.i18n import _, current_locale
from app.core.ids import new_id
from trust.access import Member, Permission, require
from trust.cases.filing import CODE, grouped, plain_code
from trust.rights.errors import NotEntered
from trust.rights.models import Notifier, NotifierAccess
from trust.rights.periods import CODE_GOOD

EMAIL = "rights:email"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Speaker:
    """A notifier who is here now; `member` None for one without an account."""

    notifier_id: UUID
    member: Member | None = None

    @property
    def actor(self) -> UUID | None:
        return self.member.id if self.member else None


async def send_code(tx: AsyncSession, vault: Vault, email: str) -> None:
    """Send a code that lets the owner of the address in. The same answer for every address: nobody learns from it who
    has given notice before."""
    found = email.strip().lower()
    marked = vault.mark(found, EMAIL)
    fresh = {
        "id": new_id(),
        "organisation_id": None,
        "email_mark": marked,
        "email_sealed": vault.seal(found, EMAIL),
        "locale": current_locale(),
        "created_at": clock.now(),
    }
    await tx.execute(insert(Notifier).values(fresh).on_conflict_do_nothing(index_elements=["email_mark"]))
    owner = await tx.scalar(select(Notifier.id).where(Notifier.email_mark == marked))
    code = "".join(secrets.choice(_ALPHABET) for _place in range(CODE))
    tx.add(NotifierAccess(notifier_id=owner, mark=mark(code), expires_at=clock.now() + CODE_GOOD))
    await post.send(
        tx,
        to=found,
        locale=current_locale(),
        template="notifier_code",
        context={"code": grouped(code), "why": _("Somebody gave this address to speak for a right on Portolan.")},
    )


async def let_in(tx: AsyncSession, code: str) -> Speaker:
    """The notifier to whose address this code was sent within the last day. Raises NotEntered."""
    query = select(NotifierAccess.notifier_id).where(NotifierAccess.mark == mark(plain_code(code)))
    found = await tx.scalar(query.where(NotifierAccess.expires_at > clock.now()))
    if found is None:
        raise NotEntered(_("There is no such code, or it is older than a day. Ask for another one."))
    return Speaker(found)


async def speaker(tx: AsyncSession, code: str, member: Member | None) -> Speaker | None:
    """Who asks, if they speak for rights: by the code in their browser, or as their company. Reads only."""
    if member is not None:
        query = select(Notifier.id).where(Notifier.organisation_id == member.organisation_id)
        found = None if member.is_staff else await tx.scalar(query)
        return Speaker(found, member) if found else None
    return await let_in(tx, code) if code else None


async def enter(tx: AsyncSession, code: str, member: Member | None) -> Speaker:
    """As `speaker`, but a company becomes one by its first step. Raises NotEntered, NotPermitted."""
    if member is None or member.is_staff:
        if member is not None or not code:
            raise NotEntered(_("Sign in, or enter the code from your letter on the page of rights first."))
        return await let_in(tx, code)
    require(member, Permission.NEGOTIATE)
    fresh = {
        "id": new_id(),
        "organisation_id": member.organisation_id,
        "locale": member.locale,
        "created_at": clock.now(),
    }
    await tx.execute(insert(Notifier).values(fresh).on_conflict_do_nothing(index_elements=["organisation_id"]))
    query = select(Notifier.id).where(Notifier.organisation_id == member.organisation_id)
    return Speaker((await tx.scalars(query)).one(), member)


def address_of(vault: Vault, row: Notifier) -> str:
    """The e-mail address of one without an account; "" once it was forgotten."""
    return vault.open(row.email_sealed, EMAIL) if row.email_sealed else ""


async def forget_codes(tx: AsyncSession) -> None:
    await tx.execute(delete(NotifierAccess).where(NotifierAccess.expires_at <= clock.now()))
