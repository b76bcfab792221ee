"""Companies and people for tests, as they stand after registration and verification."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Database
from app.core.ids import new_id
from trust.access import Member, Permission, Role, granted
from trust.identity import sessions
from trust.identity.models import MemberRow, Organisation, SessionRow
from trust.identity.service import keys
from trust.identity.service.authority import follow_roles
from trust.identity.sessions import Browser


@dataclass(frozen=True)
class Actor:
    """A member as the domain sees one, for calling services and for opening browsers."""

    member: Member

    @property
    def id(self) -> UUID:
        return self.member.id

    @property
    def organisation_id(self) -> UUID:
        return self.member.organisation_id


async def make_company(
    tx: AsyncSession,
    name: str = "Lantern Works",
    *,
    country: str = "CN",
    level: int = 2,
    roles: tuple[Role, ...] = (Role.OWNER,),
    buys: bool = True,
    sells: bool = True,
    platform: bool = False,
) -> Actor:
    """A company with one member; verified (level 2) unless said otherwise."""
    number = new_id()
    company = Organisation(
        slug=f"{name.lower().replace(' ', '-')}-{number}",
        name_original=name,
        name_latin=name,
        country=country,
        registration_kind="registry",
        registration_number=str(number)[-12:],
        phone="+8675512345678",
        address="1 Harbour Road",
        level=level,
        buys=buys,
        sells=sells,
        is_platform=platform,
    )
    tx.add(company)
    await tx.flush()
    return await make_member(tx, company, roles=roles)


async def make_member(tx: AsyncSession, company: Organisation, *, roles: tuple[Role, ...]) -> Actor:
    row = MemberRow(
        organisation_id=company.id,
        name="Wei Lin",
        email=f"{new_id()}@example.com",
        email_confirmed_at=clock.now(),
        password_hash="unused",
        roles=list(roles),
    )
    tx.add(row)
    await tx.flush()
    await follow_roles(tx, company.id, row.id, roles, by=row.id)
    return Actor(
        Member(
            id=row.id,
            organisation_id=company.id,
            organisation_name=company.name_latin,
            name=row.name,
            email=row.email,
            country=company.country,
            level=company.level,
            roles=frozenset(roles),
            is_staff=company.is_platform,
            buys=company.buys,
            sells=company.sells,
        )
    )


async def make_staff(tx: AsyncSession, *roles: Role) -> Actor:
    """A member of the platform's own organisation."""
    return await make_company(
        tx, "Portolan Desk", roles=roles or (Role.MODERATOR,), platform=True, buys=False, sells=False
    )


async def open_browser(db: Database, actor: Actor) -> str:
    """A signed-in session's cookie."""
    async with db.transaction() as tx:
        return await sessions.open_session(tx, actor.id, Browser("test", "127.0.0.1"))


async def stepped_up(tx: AsyncSession, actor: Actor) -> Actor:
    """The same person with a session that has just given the second step."""
    now = clock.now()
    row = SessionRow(member_id=actor.id, mark=actor.id.bytes + new_id().bytes, expires_at=now, stepped_up_at=now)
    tx.add(row)
    await tx.flush()
    return Actor(replace(actor.member, session_id=row.id))


async def make_key(db: Database, actor: Actor, *scopes: Permission) -> str:
    """An API key of the member's, with all that its roles grant unless scopes are named."""
    async with db.transaction() as tx:
        wanted = list(scopes) or sorted(granted(actor.member))
        _view, secret = await keys.issue(tx, "tests", wanted, 30, by=actor.member)
    return secret


__all__ = ["Actor", "Permission", "make_company", "make_key", "make_member", "make_staff", "open_browser", "stepped_up"]
