"""Who may sign for a company: granted by somebody who manages its members, if need be up to an amount or until a day.

The role of a signatory comes with an authority without bounds; who takes the role away ends it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, Table, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core import clock
from app.core.db import once
from app.core.errors import Invalid
from app.core.i18n import _, format_money
from app.core.money import Money
from trust.access import GRANTS, Member, Permission, Role, require
from trust.identity.errors import NoAuthority
from trust.identity.models import MemberRow, SigningAuthority
from trust.identity.service.notices import audit

_Grantor = aliased(MemberRow)


@dataclass(frozen=True, slots=True)
class AuthorityView:
    """An authority in force. `limit` bounds each contract; `until` is its last day (UTC)."""

    id: UUID
    member_id: UUID
    grantor: str
    granted_at: datetime
    limit: Money | None
    until: date | None

    @property
    def said(self) -> str:
        """One line of English, as it stands in the signatory's certificate."""
        parts = [f"granted by {self.grantor} on {self.granted_at:%Y-%m-%d}"]
        if self.limit is not None:
            parts.append(f"up to {self.limit.currency} {self.limit.decimal}")
        if self.until is not None:
            parts.append(f"until {self.until.isoformat()}")
        return ", ".join(parts)

    def hindrance(self, total: Money) -> str:
        """Why a contract of this amount cannot be signed by it today; "" when it can."""
        if self.until is not None and clock.now().date() > self.until:
            return _("Your authority to sign has ended on %(day)s. Ask an owner of your company to grant it anew.") % {
                "day": self.until.isoformat()
            }
        if self.limit is None:
            return ""
        if self.limit.currency != total.currency or total.minor > self.limit.minor:
            return _(
                "Your authority to sign goes up to %(limit)s; this contract is about %(total)s. Ask an owner of your"
                " company to sign, or to grant you more."
            ) % {"limit": format_money(self.limit), "total": format_money(total)}
        return ""


async def of_member(tx: AsyncSession, member_id: UUID) -> AuthorityView | None:
    """The authority a member has on file, if any."""
    row = (await tx.execute(*_held(member_id))).first()
    if row is None:
        return None
    limit = None if row.limit_minor is None else Money(row.limit_minor, row.limit_currency)
    return AuthorityView(row.id, row.member_id, row.grantor, row.granted_at, limit, row.until)


async def hindrance(tx: AsyncSession, member_id: UUID, total: Money) -> str:
    """Why this member cannot sign a contract of this amount today, in the reader's words; "" when they can."""
    return _hindrance(await of_member(tx, member_id), total)


def _hindrance(held: AuthorityView | None, total: Money) -> str:
    if held is None:
        return _("No authority to sign for your company is on file for you. Ask an owner of your company to grant it.")
    return held.hindrance(total)


async def require_authority(tx: AsyncSession, by: Member, total: Money) -> AuthorityView:
    """The authority by which a member signs a contract of this amount. Raises NoAuthority, saying what hinders."""
    held = await of_member(tx, by.id)
    why = _hindrance(held, total)
    if why or held is None:
        raise NoAuthority(why)
    return held


async def grant(tx: AsyncSession, member_id: UUID, *, limit: Money | None, until: date | None, by: Member) -> None:
    """Another authority takes the place of the one a colleague has. Raises NotPermitted, Invalid.

    The caller has made sure that the member is a colleague.
    """
    require(by, Permission.MANAGE_MEMBERS)
    if await of_member(tx, member_id) is None:
        raise Invalid(_("Give the person a role that signs first."))
    if until is not None and until < clock.now().date():
        raise Invalid(_("This day is over."), field="until")
    await _end(tx, member_id)
    await _begin(tx, by.organisation_id, member_id, by=by.id, limit=limit, until=until)
    facts = {"limit": str(limit) if limit else None, "until": until.isoformat() if until else None}
    audit(tx, by.organisation_id, by.id, "signing_authority_granted", member=str(member_id), **facts)


async def follow_roles(
    tx: AsyncSession, organisation_id: UUID, member_id: UUID, roles: tuple[Role, ...], *, by: UUID
) -> None:
    """A member's roles are these now: who signs has an authority on file, and nobody else."""
    signs = any(Permission.SIGN in GRANTS[role] for role in roles)
    held = await of_member(tx, member_id)
    if signs and held is None:
        await _begin(tx, organisation_id, member_id, by=by)
    elif held is not None and not signs:
        await _end(tx, member_id)


async def _begin(
    tx: AsyncSession,
    organisation_id: UUID,
    member_id: UUID,
    *,
    by: UUID,
    limit: Money | None = None,
    until: date | None = None,
) -> None:
    tx.add(
        SigningAuthority(organisation_id=organisation_id, member_id=member_id, granted_by=by, limit=limit, until=until)
    )
    await tx.flush()


async def _end(tx: AsyncSession, member_id: UUID) -> None:
    query = update(SigningAuthority).where(SigningAuthority.member_id == member_id, SigningAuthority.ended_at.is_(None))
    await tx.execute(query.values(ended_at=clock.now()))


@once
def _held(member_id: UUID) -> Select[Any]:
    held = cast(Table, SigningAuthority.__table__).c
    columns = (held.id, held.member_id, held.granted_at, held.limit_minor, held.limit_currency, held.until)
    return (
        select(*columns, _Grantor.name.label("grantor"))
        .join(_Grantor, _Grantor.id == held.granted_by)
        .where(held.ended_at.is_(None), held.member_id == member_id)
    )
