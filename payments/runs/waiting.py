"""Why a payment that waits for the bank may not leave now."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from payments.operations import queries as operations
from payments.operations.queries import OperationView
from payments.operations.service import LEAVING
from payments.payouts import service as payouts
from trust.risk import holds


async def held_back(tx: AsyncSession, seen: Sequence[OperationView]) -> dict[UUID, str]:
    """Operation → why it stands still, for those that do. Takes no lock: for pages; `runs.service` looks again."""
    leaving = [operation for operation in seen if operation.kind in LEAVING]
    parts = [operation.part_id for operation in leaving]
    names = await operations.may_be_held(tx, parts)
    holding = await holds.standing(tx, *(name for several in names.values() for name in several))
    said = {held.subject: str(holds.on_hold(held)) for held in reversed(holding)}
    withheld = await payouts.withheld(tx, parts, lock=False)
    found: dict[UUID, str] = {}
    for operation in leaving:
        why = [said[name] for name in names.get(operation.part_id, ()) if name in said]
        if operation.part_id in withheld:
            why.append(_("The company may not be paid out at present."))
        if why:
            found[operation.id] = why[-1]
    return found
