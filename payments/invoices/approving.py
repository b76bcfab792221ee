"""Giving a fee back always takes two people."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.i18n import N_
from app.core.subject import Subject
from payments.approvals import service as approvals
from payments.approvals.queries import ApprovalView
from payments.approvals.service import WORKS, Asked, Seen, Work
from payments.invoices import service
from trust.access import Member, Permission

FEE_BACK = "fee_back"


async def ask(
    tx: AsyncSession, invoice_id: UUID, position: int, settings: Settings, *, by: Member, reason: str
) -> None:
    """Propose to give the fee of one line back. Raises NotPermitted, InvoiceNotFound, Invalid, Conflict."""
    service.books(settings)
    line = await service.line_to_give_back(tx, invoice_id, position)
    asked = Asked(
        kind=FEE_BACK,
        subject=Subject("escrow_milestone", line.milestone_id),
        reason=reason,
        wanted={"invoice": str(invoice_id), "position": position},
    )
    await approvals.ask(tx, asked, settings, by=by)


async def _look(tx: AsyncSession, asked: Asked) -> Seen:
    line = await service.line_to_give_back(tx, UUID(asked.wanted["invoice"]), asked.wanted["position"])
    return Seen(line.amount)


async def _give_back(tx: AsyncSession, row: ApprovalView, by: Member, settings: Settings) -> None:
    invoice_id, position = UUID(row.wanted["invoice"]), row.wanted["position"]
    await service.give_back(tx, service.books(settings), invoice_id, position, by=by, reason=row.reason)


WORKS[FEE_BACK] = Work(
    label=N_("Give a fee back"),
    look=_look,
    do=_give_back,
    asks=Permission.APPROVE_MONEY,
    agrees=Permission.APPROVE_MONEY,
    place=lambda approval: f"/invoices/{approval.wanted['invoice']}",
)
