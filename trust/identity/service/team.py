"""The people of a company: invited, given roles, and gone again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, crypto, post
from app.core.errors import Invalid
from app.core.i18n import _
from trust.access import COMPANY_ROLES, GRANTS, STAFF_ROLES, Member, Permission, Role, require
from trust.entitlements import service as entitlements
from trust.entitlements.limits import Limit
from trust.identity import passwords, queries, sessions, tokens
from trust.identity.errors import InvitationNotFound, LastOwner, LinkSpent, MemberNotFound
from trust.identity.models import ApiKey, Invitation, MemberRow, Organisation
from trust.identity.queries import MemberView
from trust.identity.service.authority import follow_roles
from trust.identity.service.joining import Person, add_member, email_taken
from trust.identity.service.notices import audit
from trust.identity.tokens import Purpose

LINK_LIFETIME = timedelta(days=7)
KEEPERS = frozenset(role for role, grants in GRANTS.items() if Permission.MANAGE_MEMBERS in grants)
"""Roles that manage members; somebody must always hold one."""


@dataclass(frozen=True, slots=True)
class InvitationView:
    id: UUID
    email: str
    roles: tuple[Role, ...]
    company: str
    invited_by: str
    created_at: datetime
    expires_at: datetime


def roles_for(by: Member) -> tuple[Role, ...]:
    """The roles that exist in this member's organisation."""
    return STAFF_ROLES if by.is_staff else COMPANY_ROLES


async def colleague(tx: AsyncSession, member_id: UUID, *, by: Member) -> MemberView:
    """A member of the asker's own company. Raises MemberNotFound for anybody else."""
    view = await queries.member_view(tx, member_id)
    if view.organisation_id != by.organisation_id or view.removed_at is not None:
        raise MemberNotFound(_("There is no such member."))
    return view


async def give_roles(tx: AsyncSession, member_id: UUID, roles: list[Role], *, by: Member) -> None:
    """A member has exactly these roles from now on. Locks the company's members.

    Raises MemberNotFound for another company's, Invalid for no role or a foreign one, LastOwner.
    """
    require(by, Permission.MANAGE_MEMBERS)
    wanted = _checked(roles, by)
    row = await _colleague(tx, member_id, by)
    if not KEEPERS & set(wanted):
        await _refuse_if_last(tx, row)
    before, row.roles = row.roles, [role.value for role in wanted]
    await follow_roles(tx, by.organisation_id, row.id, wanted, by=by.id)
    audit(tx, by.organisation_id, by.id, "roles_changed", member=str(row.id), before=before, after=row.roles)


async def remove(tx: AsyncSession, member_id: UUID, *, by: Member) -> None:
    """A member leaves: sessions and keys end at once, what they did stays. Raises MemberNotFound, LastOwner."""
    require(by, Permission.MANAGE_MEMBERS)
    row = await _colleague(tx, member_id, by)
    await _refuse_if_last(tx, row)
    row.removed_at = clock.now()
    await sessions.end_all(tx, row.id, keep=None)
    await tx.execute(
        update(ApiKey).where(ApiKey.member_id == row.id, ApiKey.revoked_at.is_(None)).values(revoked_at=clock.now())
    )
    for purpose in Purpose:
        await tokens.void(tx, row.id, purpose)
    await follow_roles(tx, by.organisation_id, row.id, (), by=by.id)
    audit(tx, by.organisation_id, by.id, "member_removed", member=str(row.id), before=row.roles)


async def invite(tx: AsyncSession, email: str, roles: list[Role], *, by: Member) -> InvitationView:
    """Send an invitation that is good for seven days; an earlier one to the same address is withdrawn.

    That an address belongs to a member of another company is told to its owner by mail, not to the inviter.
    Raises Invalid for a colleague's address and for the roles.
    """
    require(by, Permission.MANAGE_MEMBERS)
    wanted = _checked(roles, by)
    colleagues = await tx.scalars(
        select(MemberRow.email).where(MemberRow.organisation_id == by.organisation_id, MemberRow.removed_at.is_(None))
    )
    if email in set(colleagues):
        raise Invalid(_("This person is a member already."), field="email")
    await _withdraw(tx, Invitation.email == email, Invitation.organisation_id == by.organisation_id)
    await _check_room(tx, by)
    token = crypto.new_token()
    row = Invitation(
        organisation_id=by.organisation_id,
        invited_by=by.id,
        email=email,
        roles=[role.value for role in wanted],
        mark=crypto.mark(token),
        expires_at=clock.now() + LINK_LIFETIME,
    )
    tx.add(row)
    await tx.flush()
    audit(tx, by.organisation_id, by.id, "invited", email=email, roles=row.roles)
    context = {
        "inviter": by.name,
        "company": by.organisation_name,
        "roles": [role.value for role in wanted],
        "token": "" if await email_taken(tx, email) else token,
    }
    await post.send(tx, to=email, locale=by.locale, template="invitation", context=context)
    return InvitationView(row.id, email, wanted, by.organisation_name, by.name, row.created_at, row.expires_at)


async def _check_room(tx: AsyncSession, by: Member) -> None:
    """Raises LimitReached when the company's plan has no room for one more, those invited counted."""

    async def count() -> int:
        there = select(func.count()).where(
            MemberRow.organisation_id == by.organisation_id, MemberRow.removed_at.is_(None)
        )
        return (await tx.execute(there)).scalar_one() + len(await invitations(tx, by.organisation_id))

    if not by.is_staff:
        await entitlements.check(tx, by.organisation_id, Limit.MEMBERS, count)


async def invitations(tx: AsyncSession, organisation_id: UUID) -> list[InvitationView]:
    """The invitations of a company that can still be accepted, newest first."""
    rows = await tx.execute(_views().where(Invitation.organisation_id == organisation_id))
    return [_view(row) for row in rows]


async def withdraw(tx: AsyncSession, invitation_id: UUID, *, by: Member) -> None:
    """Raises InvitationNotFound for one that is accepted, withdrawn, expired or another company's."""
    require(by, Permission.MANAGE_MEMBERS)
    own = (Invitation.id == invitation_id, Invitation.organisation_id == by.organisation_id)
    if not await _withdraw(tx, *own):
        raise InvitationNotFound(_("There is no such open invitation."))
    audit(tx, by.organisation_id, by.id, "invitation_withdrawn", invitation=str(invitation_id))


async def invited(tx: AsyncSession, token: str) -> InvitationView:
    """What a good invitation link offers. Raises LinkSpent."""
    row = (await tx.execute(_views().where(Invitation.mark == crypto.mark(token)))).first()
    if row is None:
        raise _spent()
    return _view(row)


async def accept(tx: AsyncSession, token: str, *, name: str, password: str, locale: str) -> UUID:
    """Become a member by an invitation's link; returns the member. Locks the invitation. Raises LinkSpent."""
    row = await tx.scalar(select(Invitation).where(Invitation.mark == crypto.mark(token), *_open()).with_for_update())
    if row is None or await email_taken(tx, row.email):
        raise _spent()
    row.accepted_at = clock.now()
    person = Person(name, row.email, await passwords.hashed(password), locale)
    roles = tuple(Role(role) for role in row.roles)
    try:
        member_id = await add_member(tx, row.organisation_id, person, roles, by=row.invited_by)
    except IntegrityError as error:
        raise _spent() from error
    audit(tx, row.organisation_id, member_id, "invitation_accepted", invitation=str(row.id))
    return member_id


def _checked(roles: list[Role], by: Member) -> tuple[Role, ...]:
    wanted = tuple(role for role in roles_for(by) if role in roles)
    if not wanted or len(wanted) != len(set(roles)):
        raise Invalid(_("Choose at least one of the offered roles."), field="roles")
    return wanted


async def _colleague(tx: AsyncSession, member_id: UUID, by: Member) -> MemberRow:
    """A member of the asker's company, the company's row locked so that two owners cannot demote each other."""
    await tx.execute(
        select(Organisation.id).where(Organisation.id == by.organisation_id).with_for_update(key_share=True)
    )
    row = await tx.scalar(
        select(MemberRow).where(
            MemberRow.id == member_id,
            MemberRow.organisation_id == by.organisation_id,
            MemberRow.removed_at.is_(None),
        )
    )
    if row is None:
        raise MemberNotFound(_("There is no such member."))
    return row


async def _refuse_if_last(tx: AsyncSession, row: MemberRow) -> None:
    keepers = await tx.scalars(
        select(MemberRow.id).where(
            MemberRow.organisation_id == row.organisation_id,
            MemberRow.removed_at.is_(None),
            MemberRow.roles.overlap([role.value for role in KEEPERS]),
        )
    )
    if set(keepers) == {row.id}:
        raise LastOwner(_("A company needs at least one owner. Make somebody else an owner first."))


def _open() -> tuple[ColumnElement[bool], ...]:
    return (
        Invitation.accepted_at.is_(None),
        Invitation.withdrawn_at.is_(None),
        Invitation.expires_at > clock.now(),
    )


async def _withdraw(tx: AsyncSession, *which: ColumnElement[bool]) -> bool:
    withdrawn = await tx.execute(
        update(Invitation).where(*which, *_open()).values(withdrawn_at=clock.now()).returning(Invitation.id)
    )
    return withdrawn.first() is not None


def _views() -> Select[Invitation, str, str]:
    return (
        select(Invitation, Organisation.name_latin, MemberRow.name)
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .join(MemberRow, MemberRow.id == Invitation.invited_by)
        .where(*_open())
        .order_by(Invitation.id.desc())
    )


def _view(row: Row[Invitation, str, str]) -> InvitationView:
    invitation, company, inviter = row
    roles = tuple(Role(role) for role in invitation.roles)
    return InvitationView(
        invitation.id, invitation.email, roles, company, inviter, invitation.created_at, invitation.expires_at
    )


def _spent() -> LinkSpent:
    return LinkSpent(_("This invitation was used, withdrawn or has expired. Please ask for a new one."))
