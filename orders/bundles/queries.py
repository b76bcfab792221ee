"""What is asked of bundles: a company sees its own."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from orders.bundles.errors import BundleNotFound
from orders.bundles.models import Bundle
from orders.bundles.states import BundleState


@dataclass(frozen=True, slots=True)
class BundleView:
    id: UUID
    inquiry_id: UUID
    organisation_id: UUID
    member_id: UUID
    number: str
    title: str
    state: BundleState
    done: int
    total: int
    file_key: str
    size: int
    created_at: datetime
    expires_at: datetime


async def bundle(tx: AsyncSession, bundle_id: UUID, *, organisation_id: UUID | None = None) -> BundleView:
    """Raises BundleNotFound, also for another company's."""
    return view(await _row(tx, bundle_id, organisation_id))


async def bundle_for_update(tx: AsyncSession, bundle_id: UUID) -> Bundle:
    """Locks the row. Raises BundleNotFound."""
    return await _row(tx, bundle_id, None, lock=True)


async def _row(tx: AsyncSession, bundle_id: UUID, organisation_id: UUID | None, *, lock: bool = False) -> Bundle:
    query = select(Bundle).where(Bundle.id == bundle_id)
    if organisation_id is not None:
        query = query.where(Bundle.organisation_id == organisation_id)
    row = await tx.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise BundleNotFound(_("There is no such bundle."))
    return row


async def bundles_of(
    tx: AsyncSession, organisation_id: UUID, *, offset: int, limit: int
) -> tuple[list[BundleView], int]:
    """A company's bundles, newest first, and how many there are."""
    mine = Bundle.organisation_id == organisation_id
    rows = await tx.scalars(select(Bundle).where(mine).order_by(Bundle.id.desc()).offset(offset).limit(limit))
    total = await tx.scalar(select(func.count()).select_from(Bundle).where(mine))
    return [view(row) for row in rows], total or 0


async def being_made(tx: AsyncSession, inquiry_id: UUID, organisation_id: UUID) -> Bundle | None:
    """The bundle of this deal that is being made for this company."""
    query = select(Bundle).where(
        Bundle.inquiry_id == inquiry_id,
        Bundle.organisation_id == organisation_id,
        Bundle.state == BundleState.MAKING,
    )
    return await tx.scalar(query.order_by(Bundle.id.desc()).limit(1))


async def past(tx: AsyncSession, now: datetime, *, limit: int = 200) -> list[UUID]:
    """Those whose time is over."""
    query = select(Bundle.id).where(Bundle.state != BundleState.GONE, Bundle.expires_at <= now)
    return list(await tx.scalars(query.order_by(Bundle.expires_at).limit(limit)))


def view(row: Bundle) -> BundleView:
    return BundleView(
        id=row.id,
        inquiry_id=row.inquiry_id,
        organisation_id=row.organisation_id,
        member_id=row.member_id,
        number=row.number,
        title=row.title,
        state=BundleState(row.state),
        done=row.done,
        total=row.total,
        file_key=row.file_key,
        size=row.size,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
