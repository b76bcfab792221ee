"""API keys: how a program acts for a member."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, crypto
from app.core.errors import Conflict, Invalid
from app.core.i18n import _
from trust.access import Member, Permission, granted
from trust.identity.errors import ApiKeyNotFound
from trust.identity.models import ApiKey
from trust.identity.service.notices import audit

PREFIX = "portolan_"
LONGEST_LIFE_DAYS = 365
MOST_KEYS = 50
HINT = 4


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key as its member sees it again; `hint` is its end, so that it can be told from others."""

    id: UUID
    label: str
    hint: str
    scopes: tuple[Permission, ...]
    created_at: datetime
    expires_at: datetime

    @property
    def expired(self) -> bool:
        return self.expires_at <= clock.now()


async def issue(
    tx: AsyncSession, label: str, scopes: list[Permission], days: int, *, by: Member
) -> tuple[KeyView, str]:
    """A new key for this member and the text of it, which is kept nowhere. Reading is always among its scopes.

    days    until it expires, 1 to 365
    raises  Invalid for scopes that the member's own roles do not grant; Conflict for too many keys
    """
    wanted = {Permission.READ, *scopes}
    if not wanted <= granted(by):
        raise Invalid(_("A key cannot do more than you may do yourself."), field="scopes")
    if len(await issued(tx, by.id)) >= MOST_KEYS:
        raise Conflict(_("You have as many keys as can be. Revoke one first."))
    text = crypto.new_token(PREFIX)
    row = ApiKey(
        member_id=by.id,
        label=label,
        hint=f"…{text[-HINT:]}",
        mark=crypto.mark(text),
        scopes=sorted(scope.value for scope in wanted),
        expires_at=clock.now() + timedelta(days=min(days, LONGEST_LIFE_DAYS)),
    )
    tx.add(row)
    await tx.flush()
    audit(tx, by.organisation_id, by.id, "api_key_issued", key=str(row.id), scopes=row.scopes)
    return _view(row), text


async def issued(tx: AsyncSession, member_id: UUID) -> list[KeyView]:
    """A member's keys that are not revoked, newest first; also the expired ones, which say why a program stopped."""
    rows = await tx.scalars(
        select(ApiKey).where(ApiKey.member_id == member_id, ApiKey.revoked_at.is_(None)).order_by(ApiKey.id.desc())
    )
    return [_view(row) for row in rows]


async def revoke(tx: AsyncSession, key_id: UUID, *, by: Member) -> None:
    """The key opens nothing any more. Raises ApiKeyNotFound for another member's."""
    revoked = await tx.execute(
        update(ApiKey)
        .where(ApiKey.id == key_id, ApiKey.member_id == by.id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .returning(ApiKey.id)
    )
    if revoked.first() is None:
        raise ApiKeyNotFound(_("There is no such key."))
    audit(tx, by.organisation_id, by.id, "api_key_revoked", key=str(key_id))


def _view(row: ApiKey) -> KeyView:
    scopes = tuple(Permission(scope) for scope in row.scopes)
    return KeyView(row.id, row.label, row.hint, scopes, row.created_at, row.expires_at)
