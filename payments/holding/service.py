"""The clock of held money: both parties are told in time, and it is moved to our bank before the provider's limit.

Nobody's money is decided upon here: it stays held for the same milestone. Only where it lies changes, and with that the
way a refund would take.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.i18n import _
from app.core.ids import new_id
from payments.errors import SamePerson
from payments.events import HoldingEnds
from payments.holding import queries
from payments.holding.models import Holding
from payments.holding.queries import PRESS, WARN, HeldView
from payments.holding.states import HoldingMove, HoldingState
from trust.access import Member, Permission, require


async def look_at(tx: AsyncSession, seen: HeldView) -> None:
    """Take the step that is due for one payment, if any; taken before, it is not taken again."""
    if seen.state is None:
        if seen.past(WARN):
            holding = Holding(
                id=new_id(),
                operation_id=seen.operation_id,
                milestone_id=seen.milestone_id,
                ends_at=seen.ends_at,
                state=HoldingState.WARNED,
            )
            tx.add(holding)
            await tx.flush()
            await _tell(tx, seen)
        return
    if seen.holding_id is None:
        return
    row = await queries.holding_for_update(tx, seen.holding_id)
    if row.state == HoldingState.MOVED:
        return
    if clock.now() >= seen.decided_at:
        row.move(HoldingMove.RUN_OUT, by=None, note="nobody decided")
        await _moved(tx, seen, by=None)
    elif row.state == HoldingState.WARNED and seen.past(PRESS):
        row.move(HoldingMove.PRESS, by=None)
        await _tell(tx, seen)


async def _tell(tx: AsyncSession, seen: HeldView) -> None:
    await outbox.publish(tx, HoldingEnds(seen.subject, seen.milestone_id, seen.amount, seen.ends_at))


async def _moved(tx: AsyncSession, seen: HeldView, *, by: UUID | None) -> None:
    said = {"milestone": seen.milestone_id, "amount": seen.amount, "from": seen.provider, "to": "bank"}
    await evidence.record(tx, seen.subject, "escrow_moved", said, actor=by)


async def propose(tx: AsyncSession, holding_id: UUID, note: str, *, by: Member) -> None:
    """Propose to move the money to our bank before time does. Raises NotPermitted, HoldingNotFound, IllegalMove."""
    require(by, Permission.BOOK_MONEY)
    row = await queries.holding_for_update(tx, holding_id)
    row.move(HoldingMove.PROPOSE, by=by.id, note=note)
    row.decided_by, row.note = by.id, note


async def approve(tx: AsyncSession, seen: HeldView, *, by: Member) -> None:
    """A second person agrees. Raises NotPermitted, HoldingNotFound, SamePerson, IllegalMove."""
    row = await _second(tx, seen, by)
    row.move(HoldingMove.APPROVE, by=by.id)
    row.approved_by = by.id
    await _moved(tx, seen, by=by.id)


async def reject(tx: AsyncSession, seen: HeldView, note: str, *, by: Member) -> None:
    """It stays with the provider for now. Raises NotPermitted, HoldingNotFound, SamePerson, IllegalMove."""
    row = await _second(tx, seen, by)
    row.move(HoldingMove.REJECT, by=by.id, note=note)
    row.decided_by, row.note = None, ""


async def _second(tx: AsyncSession, seen: HeldView, by: Member) -> Holding:
    require(by, Permission.APPROVE_MONEY)
    row = await queries.holding_for_update(tx, seen.holding_id or seen.operation_id)
    if row.decided_by == by.id:
        raise SamePerson(_("You proposed this yourself. Another person has to decide."))
    return row
