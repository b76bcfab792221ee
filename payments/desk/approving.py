"""What finance decides about operations, with a second person over the limit."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.i18n import N_
from payments.approvals.queries import ApprovalView
from payments.approvals.service import WORKS, Asked, Seen, Work
from payments.desk import service
from trust.access import Member, Permission

GIVE_UP, REFUND_AGAIN = "give_up", "refund_again"


async def _stuck(tx: AsyncSession, asked: Asked) -> Seen:
    operation = await service.stuck(tx, asked.subject.id)
    return Seen(operation.amount, {"state": str(operation.state), "escalated_at": str(operation.escalated_at)})


async def _give_up(tx: AsyncSession, row: ApprovalView, by: Member, settings: Settings) -> None:
    await service.give_up(tx, row.subject.id, by=by, reason=row.reason)


async def _still_due(tx: AsyncSession, asked: Asked) -> Seen:
    failed, due = await service.still_due(tx, asked.subject.id)
    return Seen(failed.amount, {"due": due})


async def _refund_again(tx: AsyncSession, row: ApprovalView, by: Member, settings: Settings) -> None:
    await service.refund_again(tx, row.subject.id, rail=row.wanted["rail"], by=by)


WORKS[GIVE_UP] = Work(
    label=N_("An operation never happened"),
    look=_stuck,
    do=_give_up,
    asks=Permission.APPROVE_MONEY,
    agrees=Permission.APPROVE_MONEY,
    place=lambda _approval: "/finance",
)
WORKS[REFUND_AGAIN] = Work(
    label=N_("Send a failed refund again"),
    look=_still_due,
    do=_refund_again,
    asks=Permission.APPROVE_MONEY,
    agrees=Permission.APPROVE_MONEY,
    place=lambda _approval: "/finance",
)
