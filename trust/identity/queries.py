"""What others may ask about companies and their people: frozen values, never rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from trust.access import GRANTS, Permission, Role
from trust.identity.errors import MemberNotFound, OrganisationNotFound
from trust.identity.models import MemberRow, Organisation
from trust.identity.states import OrganisationState


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """A company as everybody may see it. `level` is 0 to 3; `country` is ISO 3166-1 alpha-2."""

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
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MemberView:
    id: UUID
    organisation_id: UUID
    name: str
    email: str
    roles: tuple[Role, ...]
    locale: str
    email_confirmed: bool
    two_step: bool
    created_at: datetime
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who gets a letter, in their language."""

    email: str
    locale: str
    name: str
    member_id: UUID


async def organisation(tx: AsyncSession, organisation_id: UUID) -> OrganisationView:
    """Raises OrganisationNotFound."""
    row = await tx.get(Organisation, organisation_id)
    if row is None:
        raise OrganisationNotFound(_("There is no such company."))
    return _organisation(row)


async def organisations(tx: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, OrganisationView]:
    """Those of `ids` that exist, in one query."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = await tx.scalars(select(Organisation).where(Organisation.id.in_(wanted)))
    return {row.id: _organisation(row) for row in rows}


async def by_slug(tx: AsyncSession, slug: str) -> OrganisationView:
    """Raises OrganisationNotFound."""
    row = await tx.scalar(select(Organisation).where(Organisation.slug == slug))
    if row is None:
        raise OrganisationNotFound(_("There is no such company."))
    return _organisation(row)


async def member_view(tx: AsyncSession, member_id: UUID) -> MemberView:
    """A member, also one who has left: old documents still name them. Raises MemberNotFound."""
    row = await tx.get(MemberRow, member_id)
    if row is None:
        raise MemberNotFound(_("There is no such member."))
    return _member(row)


async def members(tx: AsyncSession, organisation_id: UUID) -> list[MemberView]:
    """The members of one company who have not left, longest there first."""
    rows = await tx.scalars(
        select(MemberRow)
        .where(MemberRow.organisation_id == organisation_id, MemberRow.removed_at.is_(None))
        .order_by(MemberRow.id)
    )
    return [_member(row) for row in rows]


async def members_to_notify(tx: AsyncSession, organisation_id: UUID, permission: Permission) -> list[Recipient]:
    """The members with a confirmed address whose roles grant `permission`."""
    rows = await _granted(tx, organisation_id, permission)
    return [Recipient(r.email, r.locale, r.name, r.id) for r in rows if r.email_confirmed_at is not None]


async def signatories(tx: AsyncSession, organisation_id: UUID) -> list[MemberView]:
    """The members who may sign for the company."""
    return [_member(row) for row in await _granted(tx, organisation_id, Permission.SIGN)]


async def _granted(tx: AsyncSession, organisation_id: UUID, permission: Permission) -> list[MemberRow]:
    roles = [role.value for role, grants in GRANTS.items() if permission in grants]
    query = (
        select(MemberRow)
        .where(MemberRow.organisation_id == organisation_id, MemberRow.removed_at.is_(None))
        .where(MemberRow.roles.overlap(roles))
        .order_by(MemberRow.id)
    )
    return list(await tx.scalars(query))


def _organisation(row: Organisation) -> OrganisationView:
    return OrganisationView(
        id=row.id,
        slug=row.slug,
        name_original=row.name_original,
        name_latin=row.name_latin,
        country=row.country,
        registration_kind=row.registration_kind,
        registration_number=row.registration_number,
        lei=row.lei,
        address=row.address,
        phone=row.phone,
        website=row.website,
        description=row.description,
        level=row.level,
        state=OrganisationState(row.state),
        buys=row.buys,
        sells=row.sells,
        created_at=row.created_at,
    )


def _member(row: MemberRow) -> MemberView:
    return MemberView(
        id=row.id,
        organisation_id=row.organisation_id,
        name=row.name,
        email=row.email,
        roles=tuple(Role(role) for role in row.roles),
        locale=row.locale,
        email_confirmed=row.email_confirmed_at is not None,
        two_step=row.totp_confirmed_at is not None,
        created_at=row.created_at,
        removed_at=row.removed_at,
    )
