"""Who of the platform looked at what is a person's: written down before it is shown, and read by the person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Database
from app.core.i18n import N_
from trust.access import STAFF_ROLES, Member, Permission, require
from trust.identity.models import MemberRow, Organisation
from trust.privacy.models import PrivacyLook

REQUEST = "request"
MEMBER = "member"
BANK_ACCOUNT = "bank_account"
MESSAGES = "messages"
BUNDLE = "bundle"
AUTHORITY = "authority"
STATUTORY = "statutory"
WHATS = {
    REQUEST: N_("Your request about your data"),
    MEMBER: N_("Who handed a verification in"),
    BANK_ACCOUNT: N_("Bank account in full"),
    MESSAGES: N_("Messages before they were masked"),
    BUNDLE: N_("The evidence of a deal"),
    AUTHORITY: N_("What an authority asked for"),
    STATUTORY: N_("Particulars of all sellers, for an authority"),
}


@dataclass(frozen=True, slots=True)
class LookView:
    """`viewer` is the name, for compliance alone; the person reads the role."""

    id: UUID
    what: str
    about: str
    purpose: str
    at: datetime
    role: str
    viewer: str
    person: str
    company: str


def role_of(by: Member) -> str:
    """As what somebody looked: the first of their roles on the platform, or of their company."""
    return next((str(role) for role in STAFF_ROLES if role in by.roles), next(iter(sorted(by.roles)), ""))


def note(
    tx: AsyncSession,
    what: str,
    about: str,
    purpose: str,
    *,
    by: Member,
    member_id: UUID | None = None,
    organisation_id: UUID | None = None,
) -> None:
    """Write a look down in the caller's transaction. Of one's own it is none."""
    if by.id == member_id or by.organisation_id == organisation_id:
        return
    tx.add(
        PrivacyLook(
            viewer_id=by.id,
            viewer_role=role_of(by),
            member_id=member_id,
            organisation_id=organisation_id,
            what=what,
            about=about[:80],
            purpose=purpose[:200],
            at=clock.now(),
        )
    )


async def note_now(
    db: Database,
    what: str,
    about: str,
    purpose: str,
    *,
    by: Member,
    member_id: UUID | None = None,
    organisation_id: UUID | None = None,
) -> None:
    """The same in a transaction of its own, for a page that only reads: nothing is shown before it is written."""
    async with db.aside.transaction() as tx:
        note(tx, what, about, purpose, by=by, member_id=member_id, organisation_id=organisation_id)


_VIEWER = MemberRow.__table__.alias("viewer")
_PERSON = MemberRow.__table__.alias("person")


async def of_member(
    tx: AsyncSession, member: Member, *, offset: int = 0, limit: int = 20
) -> tuple[list[LookView], int]:
    """Looks at what is this member's, or at what their company handed in as a whole, the newest first."""
    mine = or_(
        PrivacyLook.member_id == member.id,
        and_(PrivacyLook.member_id.is_(None), PrivacyLook.organisation_id == member.organisation_id),
    )
    total = (await tx.execute(select(func.count()).select_from(PrivacyLook).where(mine))).scalar_one()
    rows = await tx.execute(_views().where(mine).order_by(PrivacyLook.id.desc()).offset(offset).limit(limit))
    return [_view(row) for row in rows], total


async def all_looks(tx: AsyncSession, *, by: Member, offset: int, limit: int) -> tuple[list[LookView], int]:
    """Every look, the newest first."""
    require(by, Permission.ANSWER_PRIVACY)
    total = (await tx.execute(select(func.count()).select_from(PrivacyLook))).scalar_one()
    rows = await tx.execute(_views().order_by(PrivacyLook.id.desc()).offset(offset).limit(limit))
    return [_view(row) for row in rows], total


def _views() -> Select[PrivacyLook, str, str, str]:
    return (
        select(
            PrivacyLook,
            _VIEWER.c.name.label("viewer"),
            func.coalesce(_PERSON.c.name, "").label("person"),
            func.coalesce(Organisation.name_latin, "").label("company"),
        )
        .join(_VIEWER, _VIEWER.c.id == PrivacyLook.viewer_id)
        .outerjoin(_PERSON, _PERSON.c.id == PrivacyLook.member_id)
        .outerjoin(Organisation, Organisation.id == PrivacyLook.organisation_id)
    )


def _view(row: Row[PrivacyLook, str, str, str]) -> LookView:
    look, viewer, person, company = row
    return LookView(look.id, look.what, look.about, look.purpose, look.at, look.viewer_role, viewer, person, company)
