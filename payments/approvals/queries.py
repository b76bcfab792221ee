"""What waits for a second person, what was decided, and over which amount two are needed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from app.core.money import Money
from app.core.subject import Subject
from payments.approvals.models import Approval, ApprovalLimit
from payments.approvals.states import ApprovalState
from payments.errors import ApprovalNotFound


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """`organisation_id` is None for a decision of the platform's own people."""

    id: UUID
    organisation_id: UUID | None
    kind: str
    subject: Subject
    amount: Money
    wanted: dict[str, Any]
    basis: dict[str, Any]
    reason: str
    two_people: bool
    state: ApprovalState
    proposed_by: UUID
    decided_by: UUID | None
    decided_at: datetime | None
    note: str
    created_at: datetime


async def approval_row(tx: AsyncSession, approval_id: UUID) -> Approval:
    """Raises ApprovalNotFound."""
    row = await tx.scalar(select(Approval).where(Approval.id == approval_id))
    if row is None:
        raise ApprovalNotFound(_("There is no such decision."))
    return row


async def approval_for_update(tx: AsyncSession, approval_id: UUID) -> Approval:
    """Locks it. Raises ApprovalNotFound."""
    query = select(Approval).where(Approval.id == approval_id).with_for_update()
    row = await tx.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise ApprovalNotFound(_("There is no such decision."))
    return row


async def standing(tx: AsyncSession, kind: str, subject: Subject) -> Approval | None:
    """What waits for a second person, locked; there is one at most."""
    query = select(Approval).where(
        Approval.kind == kind,
        Approval.subject_type == subject.type,
        Approval.subject_id == subject.id,
        Approval.state == ApprovalState.PROPOSED,
    )
    return await tx.scalar(query.with_for_update().execution_options(populate_existing=True))


async def approval(tx: AsyncSession, approval_id: UUID) -> ApprovalView:
    """Raises ApprovalNotFound."""
    return view(await approval_row(tx, approval_id))


async def of_company(
    tx: AsyncSession,
    organisation_id: UUID | None,
    *,
    waiting: bool,
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[ApprovalView], int]:
    """A company's decisions, or (None) the platform's own, newest first; those that wait, or those that are over."""
    proposed = Approval.state == ApprovalState.PROPOSED
    query = select(Approval).where(Approval.organisation_id == organisation_id, proposed if waiting else ~proposed)
    total = (await tx.execute(select(func.count()).select_from(query.subquery()))).scalar_one()
    rows = await tx.scalars(query.order_by(Approval.id.desc()).offset(offset).limit(limit))
    return [view(row) for row in rows], total


async def waiting_about(tx: AsyncSession, ids: Collection[UUID]) -> list[ApprovalView]:
    """What waits for a second person about any of these things, oldest first."""
    query = select(Approval).where(Approval.subject_id.in_(ids), Approval.state == ApprovalState.PROPOSED)
    return [view(row) for row in await tx.scalars(query.order_by(Approval.id))]


async def waiting_for(tx: AsyncSession, ids: Collection[UUID]) -> dict[UUID, ApprovalView]:
    """As `waiting_about`, by the thing."""
    return {seen.subject.id: seen for seen in await waiting_about(tx, ids)}


async def last_agreed(tx: AsyncSession, kind: str, subject: Subject) -> ApprovalView | None:
    """The newest that two people agreed to."""
    query = select(Approval).where(
        Approval.kind == kind,
        Approval.subject_type == subject.type,
        Approval.subject_id == subject.id,
        Approval.state == ApprovalState.AGREED,
        Approval.decided_by.is_not(None),
    )
    row = await tx.scalar(query.order_by(Approval.id.desc()).limit(1))
    return view(row) if row else None


async def unfinished(tx: AsyncSession) -> list[UUID]:
    """Everything that waits, oldest first."""
    query = select(Approval.id).where(Approval.state == ApprovalState.PROPOSED)
    return list(await tx.scalars(query.order_by(Approval.id)))


async def platform_limits(tx: AsyncSession) -> dict[str, Money]:
    """What one of the platform's own people may decide alone, by currency."""
    query = select(ApprovalLimit).where(ApprovalLimit.organisation_id.is_(None)).order_by(ApprovalLimit.id)
    found = {row.amount.currency: row.amount for row in await tx.scalars(query) if row.amount is not None}
    return dict(sorted(found.items()))


async def platform_limit_id(tx: AsyncSession, currency: str) -> UUID | None:
    """The row that counts for a currency."""
    query = select(ApprovalLimit.id).where(
        ApprovalLimit.organisation_id.is_(None),
        ApprovalLimit.amount_currency == currency,  # type: ignore[attr-defined]
    )
    return await tx.scalar(query.order_by(ApprovalLimit.id.desc()).limit(1))


async def company_limit(tx: AsyncSession, organisation_id: UUID) -> Money | None:
    """Over which amount a company wants two of its people; None: it does not."""
    query = select(ApprovalLimit).where(ApprovalLimit.organisation_id == organisation_id)
    row = await tx.scalar(query.order_by(ApprovalLimit.id.desc()).limit(1))
    return row.amount if row else None


def view(row: Approval) -> ApprovalView:
    return ApprovalView(
        id=row.id,
        organisation_id=row.organisation_id,
        kind=row.kind,
        subject=Subject(row.subject_type, row.subject_id),
        amount=row.amount,
        wanted=row.wanted,
        basis=row.basis,
        reason=row.reason,
        two_people=row.two_people,
        state=ApprovalState(row.state),
        proposed_by=row.proposed_by,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        note=row.note,
        created_at=row.created_at,
    )
