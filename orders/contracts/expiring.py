"""A contract that nobody signs ends by itself; both sides are told in time, and each may ask once for more."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from orders.contracts import lasting, queries, requesting
from orders.contracts.errors import AlreadyExtended
from orders.contracts.models import Contract
from orders.contracts.record import note, other, tell
from orders.contracts.states import UNSIGNED, ContractMove, ContractState
from trust.access import Member, Permission, require

REMINDERS = (timedelta(days=7), timedelta(days=1))
"""How long before its end the sides that have still to act are reminded."""


async def extend(tx: AsyncSession, contract_id: UUID, *, by: Member) -> Contract:
    """One more period on top of what is left, once for each side. Raises AlreadyExtended, Lapsed, IllegalMove."""
    require(by, Permission.NEGOTIATE)
    contract = await queries.contract_for_update(tx, contract_id, party=by.organisation_id)
    contract.check(ContractMove.EXPIRE)
    lasting.check_running(contract)
    buying = by.organisation_id == contract.buyer_id
    if contract.buyer_extended if buying else contract.supplier_extended:
        raise AlreadyExtended(_("Your company has extended this contract already."))
    if buying:
        contract.buyer_extended = True
    else:
        contract.supplier_extended = True
    now = clock.now()
    contract.ends_at, contract.reminders = (contract.ends_at or now) + lasting.period(now.date()), 0
    await note(tx, contract, "contract.extended", {"until": contract.ends_at}, by=by.id)
    await _tell_of(tx, contract, other(contract, by.organisation_id), "contract_extended")
    return contract


async def due(tx: AsyncSession, *, limit: int = 200) -> list[UUID]:
    """Unsigned contracts that have a reminder due, or whose time is over; those that end first, first."""
    now = clock.now()
    steps = [and_(Contract.ends_at <= now + left, Contract.reminders <= n) for n, left in enumerate(REMINDERS)]
    query = select(Contract.id).where(Contract.state.in_(UNSIGNED), or_(Contract.ends_at <= now, *steps))
    return list(await tx.scalars(query.order_by(Contract.ends_at).limit(limit)))


async def look_at(tx: AsyncSession, contract_id: UUID) -> None:
    """Take the step that is due now, if one still is: end the contract, or remind of its end. Locks it.

    The letters are written in the same transaction as what says that they were, so none is sent twice.
    """
    contract = await queries.contract_for_update(tx, contract_id)
    now = clock.now()
    if contract.state not in UNSIGNED or contract.ends_at is None:
        return
    if contract.ends_at <= now:
        await _end(tx, contract)
        return
    passed = sum(contract.ends_at - left <= now for left in REMINDERS)
    if passed > contract.reminders:
        contract.reminders = passed
        for party in await _idle(tx, contract):
            await _tell_of(tx, contract, party, "contract_ends_soon")


async def _end(tx: AsyncSession, contract: Contract) -> None:
    contract.move(ContractMove.EXPIRE, by=None, note="not signed in time")
    await requesting.lapse(tx, contract)
    await note(tx, contract, "contract.expired", {"ended": contract.ends_at})
    for party in (contract.buyer_id, contract.supplier_id):
        await _tell_of(tx, contract, party, "contract_expired")


async def _idle(tx: AsyncSession, contract: Contract) -> list[UUID]:
    """Those whose agreement or signature is still missing; of a text whose document is being made, nobody's."""
    parties = {contract.buyer_id: contract.buyer_agreed, contract.supplier_id: contract.supplier_agreed}
    if contract.state == ContractState.DRAFT:
        return [party for party, agreed in parties.items() if agreed != contract.revision]
    if contract.state == ContractState.SIGNING:
        signed = await queries.signed_by(tx, contract.id)
        return [party for party in parties if party not in signed]
    return []


async def _tell_of(tx: AsyncSession, contract: Contract, party: UUID, template: str) -> None:
    ends: datetime = contract.ends_at or clock.now()
    await tell(tx, contract, party, template, ends=f"{ends:%Y-%m-%d %H:%M} UTC")
