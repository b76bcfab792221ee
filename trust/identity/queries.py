"""What others may ask about companies and their people: frozen values, never rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, bindparam, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from trust.access import GRANTS, Bound, Member, Permission, Role, binding
from trust.identity.errors import MemberNotFound, OrganisationNotFound
from trust.identity.models import MemberRow, Organisation, Passkey, SessionRow
from trust.identity.states import OrganisationState


class OrganisationView(NamedTuple):
    """A company as everybody may see it. `level` is 0 to 3; `country` is ISO 3166-1 alpha-2. `closes_at`: it leaves,
    not before then; `left_at`: since when it is gone."""

    id: UUID
    slug: str
    name_original: str
    name_latin: str
    country: str
    registration_kind: str
    registration_number: str
    lei: str
    address: str
    phone: str
    website: str
    description: str
    level: int
    state: OrganisationState
    buys: bool
    sells: bool
    bound: tuple[Bound, ...]
    closes_at: datetime | None
    left_at: datetime | None
    created_at: datetime

    @property
    def leaves(self) -> bool:
        """Whether it is leaving, or has left."""
        return self.closes_at is not None


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member as colleagues see one. `two_step`: a password alone does not let them in."""

    id: UUID
    organisation_id: UUID
    name: str
    email: str
    roles: tuple[Role, ...]
    locale: str
    email_confirmed: bool
    two_step: bool
    authenticator: bool
    password: bool
    created_at: datetime
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who gets a letter, in their language."""

    email: str
    locale: str
    name: str
    member_id: UUID


# Written once, for many pages ask it: putting a query together costs more than asking it.
_company = Organisation.__table__.c
COLUMNS = tuple(_company[name] for name in OrganisationView._fields)
"""What `organisation_of` reads; for queries that join companies with what else is known of them."""
_STATE, _BINDS = (OrganisationView._fields.index(name) for name in ("state", "bound"))
_COMPANIES = select(*COLUMNS)
_NAMED = _COMPANIES.where(_company.id == func.any(bindparam("ids", type_=ARRAY(Uuid))))
_BOUND = select(_company.id, _company.bound).where(_company.id == func.any(bindparam("ids", type_=ARRAY(Uuid))))
_LEAVING = (
    select(_company.id, _company.closes_at)
    .where(_company.id == func.any(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(_company.id)
    .with_for_update(read=True)
)
_BOUND_FOR_NOW = _BOUND.order_by(_company.id).with_for_update(read=True)
_CALLED = _COMPANIES.where(_company.slug == bindparam("slug"))
_HAS_PASSKEY = exists().where(Passkey.member_id == MemberRow.id, Passkey.removed_at.is_(None))
_MEMBERS = select(MemberRow, _HAS_PASSKEY)
_GRANTS = (
    MemberRow.organisation_id == bindparam("organisation"),
    MemberRow.removed_at.is_(None),
    MemberRow.roles.overlap(bindparam("roles", type_=MemberRow.roles.type)),
)
_GRANTED = _MEMBERS.where(*_GRANTS).order_by(MemberRow.id)
_TO_NOTIFY = (
    select(MemberRow.email, MemberRow.locale, MemberRow.name, MemberRow.id)
    .where(*_GRANTS, MemberRow.email_confirmed_at.is_not(None))
    .order_by(MemberRow.id)
)


async def organisation(tx: AsyncSession, organisation_id: UUID) -> OrganisationView:
    """Raises OrganisationNotFound."""
    found = await organisations(tx, [organisation_id])
    if not found:
        raise OrganisationNotFound(_("There is no such company."))
    return found[organisation_id]


async def organisations(tx: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, OrganisationView]:
    """Those of `ids` that exist, in one query."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    return {row.id: organisation_of(row) for row in await tx.execute(_NAMED, {"ids": wanted})}


async def bound(tx: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, tuple[Bound, ...]]:
    """What binds each of these companies now. Who places a restriction waits until this transaction is over, and this
    one for who is placing it: what is begun or paid is so before the restriction, or not at all."""
    rows = await tx.execute(_BOUND_FOR_NOW, {"ids": list(set(ids))})
    return {row.id: binding(row.bound, clock.now()) for row in rows}


async def bound_now(tx: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, tuple[Bound, ...]]:
    """As `bound`, without waiting for anybody: for pages."""
    rows = await tx.execute(_BOUND, {"ids": list(set(ids))})
    return {row.id: binding(row.bound, clock.now()) for row in rows}


async def leaving(tx: AsyncSession, ids: Iterable[UUID]) -> set[UUID]:
    """Those of these companies that are leaving or have left. Who says so meanwhile waits, as in `bound`."""
    rows = await tx.execute(_LEAVING, {"ids": list(set(ids))})
    return {row.id for row in rows if row.closes_at is not None}


async def lock(tx: AsyncSession, organisation_id: UUID) -> None:
    """Whoever else locks this company waits until this transaction is over."""
    await tx.execute(select(_company.id).where(_company.id == organisation_id).with_for_update(key_share=True))


async def is_platform(tx: AsyncSession, organisation_id: UUID) -> bool:
    """Whether this is the platform's own organisation."""
    return bool(await tx.scalar(select(_company.is_platform).where(_company.id == organisation_id)))


async def platform_id(tx: AsyncSession) -> UUID:
    """The platform's own organisation, the first where there are several."""
    query = select(_company.id).where(_company.is_platform).order_by(_company.id).limit(1)
    return UUID(str((await tx.scalars(query)).one()))


async def lock_member(tx: AsyncSession, member_id: UUID) -> None:
    """Whoever else locks this member waits until this transaction is over."""
    await tx.execute(select(MemberRow.id).where(MemberRow.id == member_id).with_for_update())


async def by_slug(tx: AsyncSession, slug: str) -> OrganisationView:
    """Raises OrganisationNotFound."""
    row = (await tx.execute(_CALLED, {"slug": slug})).first()
    if row is None:
        raise OrganisationNotFound(_("There is no such company."))
    return organisation_of(row)


async def member_view(tx: AsyncSession, member_id: UUID) -> MemberView:
    """A member, also one who has left: old documents still name them. Raises MemberNotFound."""
    row = (await tx.execute(_MEMBERS.where(MemberRow.id == member_id))).first()
    if row is None:
        raise MemberNotFound(_("There is no such member."))
    return _member(*row)


async def on_new_device(tx: AsyncSession, by: Member, *, within: timedelta) -> bool:
    """Whether the member's browser was first seen with them so lately, though others were before. Not for programs."""
    if by.session_id is None:
        return False
    here = select(SessionRow.device).where(SessionRow.id == by.session_id).scalar_subquery()
    since = clock.now() - within
    mine, this = SessionRow.member_id == by.id, SessionRow.device == here
    older = exists().where(mine, SessionRow.created_at < since)
    row = (await tx.execute(select(older, older.where(this)))).one()
    return bool(row[0]) and not row[1]


async def companies_of(tx: AsyncSession, members: Iterable[UUID]) -> dict[UUID, UUID]:
    """The company of each of these members, also of those who have left; one query."""
    query = select(MemberRow.id, MemberRow.organisation_id).where(MemberRow.id.in_(list(members)))
    return {row.id: row.organisation_id for row in await tx.execute(query)}


async def members(tx: AsyncSession, organisation_id: UUID) -> list[MemberView]:
    """The members of one company who have not left, longest there first."""
    query = _MEMBERS.where(MemberRow.organisation_id == organisation_id, MemberRow.removed_at.is_(None))
    return [_member(*row) for row in await tx.execute(query.order_by(MemberRow.id))]


async def members_to_notify(tx: AsyncSession, organisation_id: UUID, permission: Permission) -> list[Recipient]:
    """The members with a confirmed address whose roles grant `permission`."""
    return [Recipient(*row) for row in await tx.execute(_TO_NOTIFY, _granting(organisation_id, permission))]


async def first_contact(tx: AsyncSession, organisation_id: UUID) -> Recipient | None:
    """Who was the company's first contact, also when they have left or mind other things since."""
    query = select(MemberRow).where(MemberRow.organisation_id == organisation_id).order_by(MemberRow.id).limit(1)
    row = await tx.scalar(query)
    return Recipient(row.email, row.locale, row.name, row.id) if row and row.email_confirmed_at else None


async def signatories(tx: AsyncSession, organisation_id: UUID) -> list[MemberView]:
    """The members who may sign for the company."""
    return [_member(*row) for row in await _granted(tx, organisation_id, Permission.SIGN)]


async def _granted(tx: AsyncSession, organisation_id: UUID, permission: Permission) -> list[Row[MemberRow, bool]]:
    return list(await tx.execute(_GRANTED, _granting(organisation_id, permission)))


def _granting(organisation_id: UUID, permission: Permission) -> dict[str, Any]:
    roles = [role.value for role, grants in GRANTS.items() if permission in grants]
    return {"organisation": organisation_id, "roles": roles}


def organisation_of(row: Row[Any]) -> OrganisationView:
    """A company from a row that begins with COLUMNS."""
    values = list(row[: len(COLUMNS)])
    values[_STATE] = OrganisationState(values[_STATE])
    values[_BINDS] = binding(values[_BINDS], clock.now()) if values[_BINDS] else ()
    return OrganisationView._make(values)


def _member(row: MemberRow, has_passkey: bool) -> MemberView:
    return MemberView(
        id=row.id,
        organisation_id=row.organisation_id,
        name=row.name,
        email=row.email,
        roles=tuple(Role(role) for role in row.roles),
        locale=row.locale,
        email_confirmed=row.email_confirmed_at is not None,
        two_step=row.totp_confirmed_at is not None or has_passkey,
        authenticator=row.totp_confirmed_at is not None,
        password=bool(row.password_hash),
        created_at=row.created_at,
        removed_at=row.removed_at,
    )
