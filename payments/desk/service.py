"""What people decide when a provider's answer cannot be had, or was no."""

from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Conflict
from app.core.i18n import _
from app.core.subject import Subject
from payments import settling
from payments.chargebacks import queries as chargebacks
from payments.escrow import queries as escrows
from payments.escrow import service as escrow
from payments.operations import queries as operations
from payments.operations.models import Operation
from payments.operations.states import UNDER_WAY, OperationKind, OperationState
from payments.runs import queries as runs
from trust.access import Member, Permission, require


async def stuck(tx: AsyncSession, operation_id: UUID) -> Operation:
    """The operation, locked. Raises OperationNotFound, Conflict unless it was handed to people."""
    operation = await settling.locked(tx, operation_id)
    if operation.state not in UNDER_WAY or operation.escalated_at is None:
        raise Conflict(_("This is not waiting for a decision."))
    return operation


async def give_up(tx: AsyncSession, operation_id: UUID, *, by: Member, reason: str) -> None:
    """The provider was asked by other means and never did it: the operation has failed.

    From the page this goes through `payments.desk.approving`. Raises NotPermitted and as `stuck`. If the provider says
    later that it did happen, its word wins.
    """
    require(by, Permission.APPROVE_MONEY)
    operation = await stuck(tx, operation_id)
    await settling.fail(tx, operation, reason, by=by.id)
    await runs.over(tx, [operation.id])


async def still_due(tx: AsyncSession, operation_id: UUID) -> tuple[Operation, int]:
    """A failed refund, locked, and what of its milestone is due back and not on its way, in minor units.

    Raises OperationNotFound, Conflict unless this refund failed, is still due and has no successor.
    """
    failed = await settling.locked(tx, operation_id)
    subject = Subject(failed.subject_type, failed.subject_id)
    if failed.kind != OperationKind.REFUND or failed.state != OperationState.FAILED:
        raise Conflict(_("Only a failed refund can be tried again."))
    _escrow, milestone = await escrows.locked(tx, subject, failed.part_id)
    due = milestone.due_minor - await operations.open_amount_of_part(tx, milestone.id, OperationKind.REFUND)
    if due < failed.amount.minor:
        raise Conflict(_("This refund is already on its way or done."))
    if await chargebacks.taken_twice(tx, milestone.id):
        raise Conflict(_("The buyer's bank has taken this payment back. A refund would pay it twice."))
    return failed, due


async def refund_again(tx: AsyncSession, operation_id: UUID, *, rail: Literal["same", "bank"], by: Member) -> None:
    """Try a failed refund once more, the way the money came or by bank transfer.

    From the page this goes through `payments.desk.approving`. Raises NotPermitted and as `still_due`.
    """
    require(by, Permission.APPROVE_MONEY)
    failed, _due = await still_due(tx, operation_id)
    subject = Subject(failed.subject_type, failed.subject_id)
    await escrow.plan_refund(tx, subject, failed.part_id, failed.amount, by=by.id, by_bank=rail == "bank")
