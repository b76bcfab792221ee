"""Who a request comes from: a session cookie or an API key, looked up by its mark in one query."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fastapi import Request
from sqlalchemy import Date, Row, Select, and_, bindparam, func, not_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, crypto
from app.core.errors import Forbidden
from app.core.i18n import _
from app.core.security import SESSION
from trust.access import Member, Permission, Role, Standing, binding
from trust.identity import parting
from trust.identity.errors import MemberNotFound, SessionNotFound
from trust.identity.models import ApiKey, MemberRow, Organisation, SessionRow

LIFETIME = timedelta(days=14)
STEP_UP = timedelta(minutes=10)


class KeyRefused(Forbidden):
    """The API key is unknown, expired or revoked."""

    code = "key_refused"


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a session is opened from, as far as we keep it. `device` is the value of its visitor cookie; `country` that
    of its address, "" where it is not known."""

    user_agent: str
    address: str
    device: str = ""
    country: str = ""

    @property
    def mark(self) -> bytes:
        """By which the browser is known again; empty for one without the cookie."""
        return crypto.mark(self.device) if self.device else b""


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
    Organisation.lapsed_at,
    Organisation.is_platform,
    Organisation.buys,
    Organisation.sells,
    and_(
        not_(Organisation.is_platform),
        func.agreement_due(Organisation.id, Organisation.sells, bindparam("today", type_=Date)),
    ).label("agreement_due"),
    Organisation.bound,
    Organisation.closes_at,
    Organisation.left_at,
)


# Written once, for they are asked with every request: putting a query together costs more than asking it.
_BY_SESSION: Select[tuple[UUID]] = (
    select(SessionRow.id.label("session_id"), *_WHO)
    .join(MemberRow, MemberRow.id == SessionRow.member_id)
    .join(Organisation, Organisation.id == MemberRow.organisation_id)
    .where(SessionRow.mark == bindparam("mark"), SessionRow.ended_at.is_(None))
    .where(SessionRow.expires_at > bindparam("now"), MemberRow.removed_at.is_(None))
)
_BY_KEY: Select[tuple[UUID]] = (
    select(ApiKey.scopes, *_WHO)
    .join(MemberRow, MemberRow.id == ApiKey.member_id)
    .join(Organisation, Organisation.id == MemberRow.organisation_id)
    .where(ApiKey.mark == bindparam("mark"), ApiKey.revoked_at.is_(None))
    .where(ApiKey.expires_at > bindparam("now"), MemberRow.removed_at.is_(None))
)
_BY_ID: Select[tuple[UUID]] = (
    select(*_WHO)
    .join(Organisation, Organisation.id == MemberRow.organisation_id)
    .where(MemberRow.id == bindparam("member"), MemberRow.removed_at.is_(None))
)


async def by_session(tx: AsyncSession, cookie: str) -> Member | None:
    row = (
        await tx.execute(_BY_SESSION, {"mark": crypto.mark(cookie), "now": clock.now(), "today": clock.now().date()})
    ).first()
    return _member(row, session_id=row.session_id) if row and not parting.is_over(row.left_at) else None


async def by_key(tx: AsyncSession, key: str) -> Member:
    row = (
        await tx.execute(_BY_KEY, {"mark": crypto.mark(key), "now": clock.now(), "today": clock.now().date()})
    ).first()
    if row is None or parting.is_over(row.left_at):
        raise KeyRefused(_("This API key is unknown, expired or revoked."))
    return _member(row, scopes=frozenset(Permission(scope) for scope in row.scopes))


async def acting(tx: AsyncSession, member_id: UUID) -> Member:
    """A member as the services know one, for a program of ours that acts in their name. Raises MemberNotFound."""
    row = (await tx.execute(_BY_ID, {"member": member_id, "today": clock.now().date()})).first()
    if row is None:
        raise MemberNotFound(_("There is no such member."))
    return _member(row)


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
        lapsed=row.lapsed_at is not None,
        roles=frozenset(Role(role) for role in row.roles),
        locale=row.locale,
        is_staff=row.is_platform,
        buys=row.buys,
        sells=row.sells,
        session_id=session_id,
        scopes=scopes,
        agreement_due=row.agreement_due and row.closes_at is None,
        standing=Standing.LEFT if row.left_at else Standing.LEAVING if row.closes_at else Standing.HERE,
        bound=binding(row.bound, clock.now()) if row.bound else (),
    )


async def open_session(tx: AsyncSession, member_id: UUID, browser: Browser) -> str:
    """Open a session; returns the cookie's value, which is kept nowhere else."""
    token = crypto.new_token()
    tx.add(
        SessionRow(
            member_id=member_id,
            mark=crypto.mark(token),
            user_agent=browser.user_agent[:300],
            address=browser.address[:64],
            device=browser.mark,
            country=browser.country,
            expires_at=clock.now() + LIFETIME,
        )
    )
    await tx.flush()
    return token


@dataclass(frozen=True, slots=True)
class SessionView:
    id: UUID
    device: str
    address: str
    created_at: datetime


async def open_sessions(tx: AsyncSession, member_id: UUID) -> list[SessionView]:
    """Where a member is signed in, newest first."""
    rows = await tx.scalars(
        select(SessionRow)
        .where(SessionRow.member_id == member_id, SessionRow.ended_at.is_(None), SessionRow.expires_at > clock.now())
        .order_by(SessionRow.id.desc())
    )
    return [SessionView(row.id, device_of(row.user_agent), row.address, row.created_at) for row in rows]


async def end(tx: AsyncSession, session_id: UUID, member_id: UUID) -> None:
    """End one session of this member. Raises SessionNotFound for another's."""
    ended = await tx.execute(
        update(SessionRow)
        .where(SessionRow.id == session_id, SessionRow.member_id == member_id, SessionRow.ended_at.is_(None))
        .values(ended_at=clock.now())
        .returning(SessionRow.id)
    )
    if ended.first() is None:
        raise SessionNotFound(_("There is no such session."))


async def end_all(tx: AsyncSession, member_id: UUID, *, keep: UUID | None) -> None:
    """End every session of a member but `keep`."""
    query = update(SessionRow).where(SessionRow.member_id == member_id, SessionRow.ended_at.is_(None))
    if keep is not None:
        query = query.where(SessionRow.id != keep)
    await tx.execute(query.values(ended_at=clock.now()))


BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")  # in this order: each also claims to be those after it
BROWSER_NAMES = {"Edg": "Edge", "OPR": "Opera"}
SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux")
SYSTEM_NAMES = {"Mac OS X": "macOS"}


def device_of(user_agent: str) -> str:
    """A browser and its system in words, such as `Firefox, Windows`; the product's own name for anything else."""
    browser = next((BROWSER_NAMES.get(b, b) for b in BROWSERS if b in user_agent), "")
    system = next((SYSTEM_NAMES.get(s, s) for s in SYSTEMS if s in user_agent), "")
    return ", ".join(filter(None, (browser, system))) or user_agent.split(" ")[0][:40] or "?"
