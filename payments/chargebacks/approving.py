"""Bearing what a company owes after a lost chargeback always takes two people."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.i18n import N_
from app.core.subject import Subject
from payments.approvals import service as approvals
from payments.approvals.queries import ApprovalView
from payments.approvals.service import WORKS, Asked, Seen, Work
from payments.chargebacks import service
from trust.access import Member, Permission

WRITE_OFF = "write_off"


async def ask(tx: AsyncSession, chargeback_id: UUID, settings: Settings, *, by: Member, reason: str) -> None:
    """Propose that the platform bears it. Raises NotPermitted, ChargebackNotFound, Conflict."""
    asked = Asked(kind=WRITE_OFF, subject=Subject("chargeback", chargeback_id), reason=reason)
    await approvals.ask(tx, asked, settings, by=by)


async def _look(tx: AsyncSession, asked: Asked) -> Seen:
    return Seen(await service.owed(tx, asked.subject.id))


async def _write_off(tx: AsyncSession, row: ApprovalView, by: Member, settings: Settings) -> None:
    await service.write_off(tx, row.subject.id, by=by, reason=row.reason)


WORKS[WRITE_OFF] = Work(
    label=N_("Bear what is owed after a chargeback"),
    look=_look,
    do=_write_off,
    asks=Permission.BOOK_MONEY,
    agrees=Permission.APPROVE_MONEY,
    place=lambda approval: f"/finance/chargebacks/{approval.subject.id}",
)
