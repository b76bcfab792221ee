"""The rows behind a move, each loaded through its party's right to it, and locked.

Locks are taken in one order, the request before its inquiries and these by id, so that no two moves wait for each
other.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import once
from app.core.i18n import _, format_date
from app.core.periods import Period, day_of
from app.core.subject import Subject
from orders.forgotten import forgotten
from orders.negotiation.errors import InquiryNotFound, QuotationNotFound, RfqNotFound
from orders.negotiation.models import Inquiry, Quotation, Rfq
from orders.negotiation.states import INQUIRY_LABELS, InquiryState, QuotationState, RfqState
from trust.entitlements import service as entitlements
from trust.entitlements.limits import Limit

ZONE = "Asia/Shanghai"
"""In which a month of answers is counted, as memberships are."""


@dataclass(frozen=True, slots=True)
class Ground:
    """An inquiry, and the request to several suppliers that it belongs to."""

    inquiry: Inquiry
    rfq: Rfq | None


async def inquiry_for_update(tx: AsyncSession, inquiry_id: UUID, *, party: UUID | None = None) -> Inquiry:
    """Raises InquiryNotFound, also for a stranger's; DealForgotten."""
    row: Inquiry | None = await tx.scalar(*(_locked(inquiry_id) if party is None else _locked_of(inquiry_id, party)))
    if row is None:
        raise InquiryNotFound(_("There is no such inquiry."))
    check_kept(row)
    return row


@once
def _locked(inquiry_id: UUID) -> Select[Inquiry]:
    return select(Inquiry).where(Inquiry.id == inquiry_id).with_for_update()


@once
def _locked_of(inquiry_id: UUID, party: UUID) -> Select[Inquiry]:
    own = or_(Inquiry.buyer_id == party, Inquiry.supplier_id == party)
    return select(Inquiry).where(Inquiry.id == inquiry_id, own).with_for_update()


def check_kept(inquiry: Inquiry) -> None:
    """Raises DealForgotten."""
    if inquiry.forgotten_at is not None:
        about = [(_("About"), inquiry.title), (_("State"), _(INQUIRY_LABELS[InquiryState(inquiry.state)]))]
        asked = (_("Asked on"), format_date(inquiry.created_at))
        raise forgotten(Subject("inquiry", inquiry.id).number, inquiry.forgotten_at, [*about, asked])


async def ground_of_inquiry(tx: AsyncSession, inquiry_id: UUID, *, party: UUID | None = None) -> Ground:
    """Raises InquiryNotFound, also for a stranger's."""
    rfq_id = await tx.scalar(select(Inquiry.rfq_id).where(Inquiry.id == inquiry_id))
    rfq = await rfq_for_update(tx, rfq_id) if rfq_id else None
    return Ground(await inquiry_for_update(tx, inquiry_id, party=party), rfq)


async def ground_of_quotation(
    tx: AsyncSession, quotation_id: UUID, *, party: UUID | None = None
) -> tuple[Ground, Quotation]:
    """Raises QuotationNotFound, also for a stranger's."""
    inquiry_id = await tx.scalar(select(Quotation.inquiry_id).where(Quotation.id == quotation_id))
    if inquiry_id is None:
        raise QuotationNotFound(_("There is no such quotation."))
    try:
        ground = await ground_of_inquiry(tx, inquiry_id, party=party)
    except InquiryNotFound as error:
        raise QuotationNotFound(_("There is no such quotation.")) from error
    return ground, (await tx.scalars(select(Quotation).where(Quotation.id == quotation_id))).one()


async def open_offer(tx: AsyncSession, inquiry_id: UUID) -> Quotation | None:
    query = select(Quotation).where(Quotation.inquiry_id == inquiry_id, Quotation.state == QuotationState.OFFERED)
    return await tx.scalar(query)


async def next_version(tx: AsyncSession, inquiry_id: UUID) -> int:
    """Versions count from 1, over both sides' offers."""
    last = await tx.scalar(select(func.max(Quotation.version)).where(Quotation.inquiry_id == inquiry_id))
    return (last or 0) + 1


async def rfq_for_update(tx: AsyncSession, rfq_id: UUID) -> Rfq:
    """Raises RfqNotFound."""
    row = await tx.scalar(select(Rfq).where(Rfq.id == rfq_id).with_for_update())
    if row is None:
        raise RfqNotFound(_("There is no such request."))
    return row


async def inquiries_of_rfq_for_update(tx: AsyncSession, rfq_id: UUID) -> list[Inquiry]:
    query = select(Inquiry).where(Inquiry.rfq_id == rfq_id).order_by(Inquiry.id).with_for_update()
    return list(await tx.scalars(query.execution_options(populate_existing=True)))


async def overdue_offers(tx: AsyncSession, today: date) -> list[UUID]:
    """Open offers whose last day is before `today`."""
    query = select(Quotation.id).where(Quotation.valid_until < today, Quotation.state == QuotationState.OFFERED)
    return list(await tx.scalars(query.order_by(Quotation.id)))


async def overdue_rfqs(tx: AsyncSession, at: datetime) -> list[UUID]:
    query = select(Rfq.id).where(Rfq.state == RfqState.OPEN, Rfq.closes_at <= at)
    return list(await tx.scalars(query.order_by(Rfq.id)))


async def check_room(tx: AsyncSession, inquiry: Inquiry) -> None:
    """Whether the supplier may answer one more request this month; an inquiry to it alone is always free to answer.

    Raises LimitReached.
    """
    if inquiry.rfq_id is None:
        return
    month = Period.month(day_of(clock.now(), ZONE), ZONE)

    async def count() -> int:
        return await answered_in(tx, inquiry.supplier_id, month, but=inquiry.id)

    await entitlements.check(tx, inquiry.supplier_id, Limit.ANSWERS, count)


async def answered_in(tx: AsyncSession, supplier_id: UUID, month: Period, *, but: UUID | None = None) -> int:
    """How many requests a supplier answered in a month with a quotation; `but`: without that inquiry."""
    query = (
        select(func.count(Inquiry.id.distinct()))
        .join(Quotation, Quotation.inquiry_id == Inquiry.id)
        .where(
            Inquiry.supplier_id == supplier_id,
            Inquiry.rfq_id.is_not(None),
            Quotation.made_by == supplier_id,
            Quotation.created_at >= month.begin,
            Quotation.created_at < month.end,
        )
    )
    if but is not None:
        query = query.where(Inquiry.id != but)
    return (await tx.execute(query)).scalar_one()
