"""What takes both sides: one asks, with a reason, and the other assents or refuses.

A frozen text is opened again only before anybody has signed it. Once one side has, what both can still do together is
to let the contract go; with the second signature it is in force, and neither is possible any more.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import once
from app.core.errors import Forbidden
from app.core.i18n import _
from orders.contracts import lasting, queries, revisions
from orders.contracts.errors import AlreadyAsked, AlreadySigned, NotHere, RequestGone
from orders.contracts.models import Contract, ContractRequest
from orders.contracts.record import note, other, tell
from orders.contracts.states import ContractMove, RequestKind, RequestMove, RequestState
from trust.access import Member, Permission, require

MOVES = {RequestKind.UNLOCK: ContractMove.UNLOCK, RequestKind.ANNUL: ContractMove.ANNUL}


@dataclass(frozen=True, slots=True)
class RequestView:
    id: UUID
    kind: RequestKind
    reason: str
    organisation_id: UUID
    at: datetime


async def open_request(tx: AsyncSession, contract_id: UUID) -> RequestView | None:
    """The request that waits for an answer, if one does."""
    row = await tx.scalar(*_open(contract_id))
    if row is None:
        return None
    return RequestView(row.id, RequestKind(row.kind), row.reason, row.organisation_id, row.at)


async def ask(tx: AsyncSession, contract_id: UUID, kind: RequestKind, reason: str, *, by: Member) -> ContractRequest:
    """Ask the other side to open the text again, or to let the contract go.

    Raises AlreadyAsked, IllegalMove in another state, AlreadySigned and NotHere for a text that cannot be opened.
    """
    require(by, Permission.NEGOTIATE)
    contract = await queries.contract_for_update(tx, contract_id, party=by.organisation_id)
    await _check(tx, contract, kind)
    if await tx.scalar(*_open(contract.id)) is not None:
        raise AlreadyAsked(_("A request is open already. It is answered or withdrawn first."))
    request = ContractRequest(
        contract_id=contract.id,
        kind=kind,
        reason=reason,
        organisation_id=by.organisation_id,
        member_id=by.id,
        at=clock.now(),
    )
    tx.add(request)
    await tx.flush()
    await note(tx, contract, f"contract.{kind}_asked", {"request": request.id, "reason": reason}, by=by.id)
    await tell(tx, contract, other(contract, by.organisation_id), "contract_request", kind=kind, reason=reason)
    return request


async def assent(tx: AsyncSession, contract_id: UUID, request_id: UUID, *, by: Member) -> Contract:
    """Agree to what the other side asked; it happens at once. Raises RequestGone, and what `ask` raises."""
    contract, request = await _answered(tx, contract_id, request_id, RequestMove.ASSENT, by=by)
    await _check(tx, contract, RequestKind(request.kind))
    if request.kind == RequestKind.UNLOCK:
        await revisions.open_again(tx, contract, by=by.id, note=request.reason)
    else:
        contract.move(ContractMove.ANNUL, by=by.id, note=request.reason)
        await note(tx, contract, "contract.annulled", {"reason": request.reason}, by=by.id)
    await tell(tx, contract, request.organisation_id, "contract_request_answered", kind=request.kind, answer="assented")
    return contract


async def refuse(tx: AsyncSession, contract_id: UUID, request_id: UUID, *, by: Member) -> Contract:
    """Refuse what the other side asked; everything stays as it is. Raises RequestGone."""
    contract, request = await _answered(tx, contract_id, request_id, RequestMove.REFUSE, by=by)
    await note(tx, contract, "contract.request_refused", {"request": request.id}, by=by.id)
    await tell(tx, contract, request.organisation_id, "contract_request_answered", kind=request.kind, answer="refused")
    return contract


async def withdraw(tx: AsyncSession, contract_id: UUID, request_id: UUID, *, by: Member) -> Contract:
    """Take back what one's own side asked. Raises RequestGone."""
    contract, request = await _answered(tx, contract_id, request_id, RequestMove.WITHDRAW, by=by)
    await note(tx, contract, "contract.request_withdrawn", {"request": request.id}, by=by.id)
    return contract


async def lapse(tx: AsyncSession, contract: Contract) -> None:
    """The contract has moved on: what was asked about it is asked no more. The caller holds the row's lock."""
    request_id: UUID | None = await tx.scalar(*_open_id(contract.id))
    if request_id is not None:
        (await tx.get_one(ContractRequest, request_id)).move(RequestMove.LAPSE, by=None)


async def _answered(
    tx: AsyncSession, contract_id: UUID, request_id: UUID, move: RequestMove, *, by: Member
) -> tuple[Contract, ContractRequest]:
    """The open request, moved; the asker withdraws and the other side answers. Raises RequestGone, Forbidden."""
    require(by, Permission.NEGOTIATE)
    contract = await queries.contract_for_update(tx, contract_id, party=by.organisation_id)
    request = await tx.scalar(*_open(contract.id))
    if request is None or request.id != request_id:
        raise RequestGone(_("This request is no longer open."))
    if (move == RequestMove.WITHDRAW) != (request.organisation_id == by.organisation_id):
        raise Forbidden(_("This step belongs to the other party."))
    request.answered_by, request.answered_at = by.id, clock.now()
    request.move(move, by=by.id)
    return contract, request


async def _check(tx: AsyncSession, contract: Contract, kind: RequestKind) -> None:
    """That what is asked can still be done."""
    contract.check(MOVES[kind])
    lasting.check_running(contract)
    if kind == RequestKind.ANNUL:
        return
    if contract.amends_id is not None:
        raise NotHere(_("Decline the amendment and propose another."))
    if await queries.signed_by(tx, contract.id):
        raise AlreadySigned(_("One side has signed: the text cannot be opened again."))


@once
def _open(contract_id: UUID) -> Select[ContractRequest]:
    return select(ContractRequest).where(*_is_open(contract_id))


@once
def _open_id(contract_id: UUID) -> Select[UUID]:
    return select(ContractRequest.id).where(*_is_open(contract_id))


def _is_open(contract_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return ContractRequest.contract_id == contract_id, ContractRequest.state == RequestState.OPEN
