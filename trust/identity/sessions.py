"""Who a request comes from: a session cookie or an API key, looked up by its mark in one query."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from fastapi import Request
from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, crypto
from app.core.errors import Forbidden
from app.core.i18n import _
from app.core.security import SESSION
from trust.access import Member, Permission, Role
from trust.identity.models import ApiKey, MemberRow, Organisation, SessionRow

LIFETIME = timedelta(days=14)
STEP_UP = timedelta(minutes=10)


class KeyRefused(Forbidden):
    """The API key is unknown, expired or revoked."""

    code = "key_refused"


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a session is opened from, as far as we keep it."""

    user_agent: str
    address: str


async def authenticate(request: Request, tx: AsyncSession) -> Member | None:
    """The member behind the request; None for a visitor. Raises KeyRefused for a bad API key."""
    scheme, _space, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return await by_key(tx, credential.strip())
    cookie = request.cookies.get(SESSION)
    return await by_session(tx, cookie) if cookie else None


_WHO = (
    MemberRow.id,
    MemberRow.organisation_id,
    MemberRow.name,
    MemberRow.email,
    MemberRow.roles,
    MemberRow.locale,
    Organisation.name_latin,
    Organisation.country,
    Organisation.level,
    Organisation.is_platform,
    Organisation.buys,
    Organisation.sells,
)


async def by_session(tx: AsyncSession, cookie: str) -> Member | None:
    query: Select[tuple[UUID]] = (
        select(SessionRow.id.label("session_id"), *_WHO)  # type: ignore[assignment]
        .join(MemberRow, MemberRow.id == SessionRow.member_id)
        .join(Organisation, Organisation.id == MemberRow.organisation_id)
        .where(SessionRow.mark == crypto.mark(cookie), SessionRow.ended_at.is_(None))
        .where(SessionRow.expires_at > clock.now(), MemberRow.removed_at.is_(None))
    )
    row = (await tx.execute(query)).first()
    return _member(row, session_id=row.session_id) if row else None


async def by_key(tx: AsyncSession, key: str) -> Member:
    query: Select[tuple[UUID]] = (
        select(ApiKey.scopes, *_WHO)  # type: ignore[assignment]
        .join(MemberRow, MemberRow.id == ApiKey.member_id)
        .join(Organisation, Organisation.id == MemberRow.organisation_id)
        .where(ApiKey.mark == crypto.mark(key), ApiKey.revoked_at.is_(None))
        .where(ApiKey.expires_at > clock.now(), MemberRow.removed_at.is_(None))
    )
    row = (await tx.execute(query)).first()
    if row is None:
        raise KeyRefused(_("This API key is unknown, expired or revoked."))
    return _member(row, scopes=frozenset(Permission(scope) for scope in row.scopes))


def _member(
    row: Row[tuple[UUID]], *, session_id: UUID | None = None, scopes: frozenset[Permission] | None = None
) -> Member:
    return Member(
        id=row.id,
        organisation_id=row.organisation_id,
        organisation_name=row.name_latin,
        name=row.name,
        email=row.email,
        country=row.country,
        level=row.level,
        roles=frozenset(Role(role) for role in row.roles),
        locale=row.locale,
        is_staff=row.is_platform,
        buys=row.buys,
        sells=row.sells,
        session_id=session_id,
        scopes=scopes,
    )


async def open_session(tx: AsyncSession, member_id: UUID, browser: Browser) -> str:
    """Open a session; returns the cookie's value, which is kept nowhere else."""
    token = crypto.new_token()
    now = clock.now()
    tx.add(
        SessionRow(
            member_id=member_id,
            mark=crypto.mark(token),
            user_agent=browser.user_agent[:300],
            address=browser.address[:64],
            seen_at=now,
            expires_at=now + LIFETIME,
        )
    )
    await tx.flush()
    return token
