"""What a company says of itself without proof, and how a member likes to read."""

from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from trust.access import Member, Permission, require
from trust.identity.models import MemberRow, Organisation
from trust.identity.service.notices import audit


@dataclass(frozen=True, slots=True)
class Profile:
    """The unverified part of a company; `phone` is E.164, `website` an address or ""."""

    phone: str
    website: str
    description: str
    buys: bool
    sells: bool


@dataclass(frozen=True, slots=True)
class Preferences:
    name: str
    locale: str
    zone: str


async def describe(tx: AsyncSession, profile: Profile, *, by: Member) -> None:
    """Change what the company says of itself. Locks the company."""
    require(by, Permission.VERIFY_COMPANY)
    row = (await tx.scalars(select(Organisation).where(Organisation.id == by.organisation_id).with_for_update())).one()
    after = asdict(profile)
    before = {field: getattr(row, field) for field in after}
    for field, value in after.items():
        setattr(row, field, value)
    changed = {field for field in after if before[field] != after[field]}
    if changed:
        facts = {"before": {f: before[f] for f in changed}, "after": {f: after[f] for f in changed}}
        audit(tx, by.organisation_id, by.id, "profile_changed", **facts)


async def preferences(tx: AsyncSession, member_id: UUID) -> Preferences:
    row = (await tx.scalars(select(MemberRow).where(MemberRow.id == member_id))).one()
    return Preferences(row.name, row.locale, row.zone)


async def prefer(tx: AsyncSession, member_id: UUID, chosen: Preferences) -> None:
    """Remember a member's name, language and time zone (an IANA name)."""
    row = (await tx.scalars(select(MemberRow).where(MemberRow.id == member_id).with_for_update())).one()
    row.name, row.locale, row.zone = chosen.name, chosen.locale, chosen.zone
