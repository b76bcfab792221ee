"""A company says that it leaves, thinks better of it, and has left once nothing is open.

It leaves under the rules in force when it says so, and what was signed stays under those of its own day: E-Commerce Law
(PRC) art. 34. Thirty days before it closes it says so on its shop: art. 16. No fee is taken for it, and what it has
earned is paid out at any time.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.i18n import _
from trust.access import CompanyLeaving, Member, NotPermitted, Permission, require
from trust.identity import queries as identity
from trust.identity import service as people
from trust.identity.parting import read_until
from trust.leaving import matters, queries
from trust.leaving.errors import BadReason, NotConfirmed, NotLeaving, PartnerLeaving
from trust.leaving.events import DepartureChanged
from trust.leaving.models import Departure
from trust.leaving.periods import notice
from trust.leaving.states import DepartureMove, DepartureState
from trust.rules import queries as rules

PAGE = "/company/leaving"


async def announce(tx: AsyncSession, change_id: UUID | None, *, confirmed: bool, by: Member) -> Departure:
    """The company leaves: from now on it begins nothing, and the public is told. Said twice, the first time counts.

    change_id  the announced change of a rule for which it leaves, if it is for one
    raises     NotPermitted for who is no owner, StepUpNeeded, NotConfirmed, BadReason, NotLeaving when it has left
    """
    _owner(by)
    await people.require_step_up(tx, by)
    if not confirmed:
        raise NotConfirmed(_("Please tick that your company leaves."), field="confirmed")
    await identity.lock(tx, by.organisation_id)
    known = await queries.announced_for_update(tx, by.organisation_id)
    if known is not None:
        return known
    if (await identity.organisation(tx, by.organisation_id)).left_at is not None:
        raise NotLeaving(_("Your company has left already."))
    if change_id is not None and change_id not in {view.id for view in await queries.announced_changes(tx)}:
        raise BadReason(_("This change is in force already, or is not on its way."), field="change_id")
    now = clock.now()
    row = Departure(
        organisation_id=by.organisation_id,
        change_id=change_id,
        rules=await rules.numbers_in_force(tx, now.date()),
        announced_by=by.id,
        announced_at=now,
        closes_at=now + notice(now.date()),
    )
    tx.add(row)
    await tx.flush()
    await _changed(tx, row, "departure.announced", by=by.id, change=change_id, rules=row.rules)
    people.audit(tx, row.organisation_id, by.id, "leaving_announced")
    return row


async def stay(tx: AsyncSession, *, by: Member) -> Departure:
    """Think better of it, until the company has left. Raises NotPermitted, StepUpNeeded, NotLeaving."""
    _owner(by)
    await people.require_step_up(tx, by)
    await identity.lock(tx, by.organisation_id)
    row = await queries.announced_for_update(tx, by.organisation_id)
    if row is None:
        raise NotLeaving(_("Your company is not leaving."))
    row.move(DepartureMove.STAY, by=by.id)
    row.ended_at, row.ended_by = clock.now(), by.id
    await tx.flush()
    await _changed(tx, row, "departure.withdrawn", by=by.id)
    people.audit(tx, row.organisation_id, by.id, "leaving_withdrawn")
    return row


async def close(tx: AsyncSession, departure_id: UUID) -> bool:
    """The company has left, if its notice is over and nothing is waited for; whether it has. Run twice, once."""
    row = await queries.for_update(tx, departure_id)
    if not row.can(DepartureMove.LEAVE) or row.closes_at > clock.now():
        return False
    await identity.lock(tx, row.organisation_id)
    if any(matter.waits for matter in await matters.open_matters(tx, row.organisation_id)):
        return False
    row.move(DepartureMove.LEAVE, by=None)
    row.ended_at = clock.now()
    await tx.flush()
    await _changed(tx, row, "departure.left", by=None)
    people.audit(tx, row.organisation_id, None, "left")
    return True


async def refuse_new_deal(tx: AsyncSession, parties: Sequence[UUID], *, by: Member) -> None:
    """Raises CompanyLeaving when the member's company is leaving or has left, PartnerLeaving when the other is. Whoever
    says meanwhile that it leaves waits for this transaction.
    """
    gone = await identity.leaving(tx, parties)
    if by.organisation_id in gone:
        raise CompanyLeaving(_("Your company is leaving Portolan: it begins nothing new."), address=PAGE)
    if gone:
        raise partner_leaving()


def partner_leaving() -> PartnerLeaving:
    return PartnerLeaving(_("The other company is leaving Portolan and enters into no new deals."))


def _owner(by: Member) -> None:
    require(by, Permission.MANAGE_MEMBERS)
    if by.is_staff:
        raise NotPermitted(_("This is for companies that trade here."))


async def _changed(tx: AsyncSession, row: Departure, kind: str, *, by: UUID | None, **more: Any) -> None:
    """It goes on the chain, its members are told, and whom else it concerns by the event."""
    said = {"organisation": row.organisation_id, "closes_at": row.closes_at, **more}
    await evidence.record(tx, row.itself, kind, said, actor=by)
    state = DepartureState(row.state)
    await outbox.publish(tx, DepartureChanged(row.organisation_id, row.id, state.value))
    facts = {"state": state.value, "closes": f"{row.closes_at:%Y-%m-%d}", "path": PAGE}
    if state is DepartureState.LEFT and row.ended_at is not None:
        facts["until"] = f"{read_until(row.ended_at):%Y-%m-%d}"
    await people.notify(tx, row.organisation_id, Permission.READ, "departure_news", {"until": "", **facts})
