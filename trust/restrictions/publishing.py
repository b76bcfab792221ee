"""The public register of measures against illegal acts. E-Commerce Law (PRC) art. 36."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.i18n import _
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.identity.queries import OrganisationView
from trust.restrictions import queries
from trust.restrictions.errors import NotForPublication
from trust.restrictions.states import FOR_THE_REGISTER

SOLE_TRADERS = ("个体工商户", "個體工商戶")
LEGAL_FORMS = ("公司", "有限", "合伙", "企业", "厂", "集团", "合作社", "中心")
MASK = "**"


def public_name(company: OrganisationView) -> str:
    """A company's name for the register. A sole trader's registered name may be a person's: all but its first sign is
    left out then, and whoever publishes reads it first."""
    name = company.name_original or company.name_latin
    if any(word in name for word in SOLE_TRADERS) or not _is_firm(company):
        return name[:1] + MASK
    latin = company.name_latin
    return name if latin == name else f"{name} ({latin})"[:200]


def _is_firm(company: OrganisationView) -> bool:
    """Chinese names of two to four signs without a word for a firm are people's."""
    name = company.name_original
    han = all("\u4e00" <= sign <= "\u9fff" for sign in name)
    return not (han and 2 <= len(name) <= 4) or any(word in name for word in LEGAL_FORMS)


async def publish(tx: AsyncSession, restriction_id: UUID, name: str, *, by: Member) -> None:
    """Put a measure on the public register under a name without personal data. Locks the restriction.

    Raises NotPermitted, RestrictionNotFound, NotForPublication.
    """
    require(by, Permission.RESTRICT)
    row = await queries.restriction_for_update(tx, restriction_id)
    if row.publish_by is None or row.published_at is not None or row.state not in FOR_THE_REGISTER:
        raise NotForPublication(_("This is not for publication, or is public already."))
    row.published_at, row.published_by, row.published_name = clock.now(), by.id, name
    said = {"measure": row.kind, "code": row.reason}
    await evidence.record(tx, Subject("restriction", row.id), "restriction.published", said, actor=by.id)
