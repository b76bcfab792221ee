"""What the operator of this installation publishes of itself, and its licences.

MOFCOM announcement 2011 No. 18, 5.3; E-Commerce Law (PRC) art. 15.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.i18n import _
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.rules.errors import BadLicence, LicenceNotFound
from trust.rules.events import LicenceEnds
from trust.rules.models import OperatorFacts, OperatorLicence

ALARMS = (60, 30, 7)
"""Days before a licence ends on which the administrators are told."""


@dataclass(frozen=True, slots=True)
class Facts:
    """`service_address`: where papers may be served; `complaints`: whom to write to, or to call."""

    name: str
    registration: str
    address: str
    postcode: str
    phone: str
    email: str
    service_address: str
    complaints: str


@dataclass(frozen=True, slots=True)
class Licence:
    name: str
    number: str
    issuer: str
    valid_from: date
    valid_to: date | None
    verified_url: str


@dataclass(frozen=True, slots=True)
class LicenceView(Licence):
    """`left`: how many days until its last one, when that is near; below zero once it is over."""

    id: UUID
    left: int | None


async def facts(tx: AsyncSession) -> Facts | None:
    """What the operator says of itself now; None before it has said anything."""
    row = await tx.scalar(select(OperatorFacts).order_by(OperatorFacts.id.desc()).limit(1))
    return Facts(**row.said) if row else None


async def changed(tx: AsyncSession, since: datetime) -> list[datetime]:
    """When the operator said something else of itself than before, from a moment on; the oldest first."""
    first = select(func.min(OperatorFacts.at)).scalar_subquery()
    query = select(OperatorFacts.at).where(OperatorFacts.at >= since, OperatorFacts.at > first)
    return list(await tx.scalars(query.order_by(OperatorFacts.at)))


async def licences(tx: AsyncSession) -> list[LicenceView]:
    """Those that stand on the page, the one that ends next first."""
    query = select(OperatorLicence).where(OperatorLicence.ended_at.is_(None))
    rows = await tx.scalars(query.order_by(OperatorLicence.valid_to, OperatorLicence.id).limit(200))
    return [_view(row) for row in rows]


def _view(row: OperatorLicence) -> LicenceView:
    left = (row.valid_to - clock.now().date()).days if row.valid_to else None
    return LicenceView(
        name=row.name,
        number=row.number,
        issuer=row.issuer,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        verified_url=row.verified_url,
        id=row.id,
        left=left if left is not None and left <= ALARMS[0] else None,
    )


async def say(tx: AsyncSession, said: Facts, *, by: Member) -> None:
    """Publish what the operator says of itself."""
    require(by, Permission.ADMINISTER)
    row = OperatorFacts(said=asdict(said), said_by=by.id)
    tx.add(row)
    await tx.flush()
    await evidence.record(tx, Subject("operator_facts", row.id), "operator.said", asdict(said), actor=by.id)


async def add(tx: AsyncSession, licence: Licence, *, by: Member) -> UUID:
    """Put a licence on the page. Raises BadLicence."""
    require(by, Permission.ADMINISTER)
    if licence.valid_to is not None and licence.valid_to < licence.valid_from:
        raise BadLicence(_("It ends before it begins."), field="valid_to")
    if licence.verified_url and not licence.verified_url.startswith(("https://", "http://")):
        raise BadLicence(
            _("This is not the address of a website, such as https://www.company.com."), field="verified_url"
        )
    row = OperatorLicence(**asdict(licence), added_by=by.id)
    tx.add(row)
    await tx.flush()
    await evidence.record(tx, Subject("operator_licence", row.id), "licence.added", asdict(licence), actor=by.id)
    return row.id


async def end(tx: AsyncSession, licence_id: UUID, *, by: Member) -> None:
    """Take a licence off the page; it stays known. Raises LicenceNotFound, also for one that was taken off."""
    require(by, Permission.ADMINISTER)
    query = select(OperatorLicence).where(OperatorLicence.id == licence_id, OperatorLicence.ended_at.is_(None))
    row = await tx.scalar(query.with_for_update())
    if row is None:
        raise LicenceNotFound(_("There is no such licence."))
    row.ended_at, row.ended_by = clock.now(), by.id
    await evidence.record(tx, Subject("operator_licence", row.id), "licence.ended", {}, actor=by.id)


async def ending(tx: AsyncSession) -> list[tuple[UUID, int]]:
    """Licences that end within the alarms' days, each with the alarm that is due; none for those that are over."""
    today = clock.now().date()
    rows = await tx.execute(
        select(OperatorLicence.id, OperatorLicence.valid_to).where(
            OperatorLicence.ended_at.is_(None),
            OperatorLicence.valid_to >= today,
            OperatorLicence.valid_to <= today + timedelta(days=ALARMS[0]),
        )
    )
    left = [(id_, (last - today).days) for id_, last in rows if last is not None]
    return [(id_, min(days for days in ALARMS if due <= days)) for id_, due in left]


async def warn(tx: AsyncSession, licence_id: UUID, days: int) -> None:
    """Say that a licence ends; nothing when it was taken off meanwhile."""
    row = await tx.scalar(select(OperatorLicence).where(OperatorLicence.id == licence_id))
    if row is not None and row.ended_at is None and row.valid_to is not None:
        await outbox.publish(tx, LicenceEnds(row.id, row.name, row.number, row.valid_to, days))
