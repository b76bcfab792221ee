"""Finance at the clock of held money."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from payments.errors import HoldingNotFound
from payments.gateway import Gateway
from payments.holding import queries, service
from payments.holding.queries import HeldView
from payments.holding.schemas import HeldOut, HoldingsOut
from payments.holding.states import LABELS
from payments.schemas import ReasonIn
from trust.access import CurrentMember, Permission, require

router = HouseRouter(tags=["finance"])


async def _one(request: Request, tx: AsyncSession, holding_id: UUID) -> HeldView:
    gateway: Gateway = request.app.state.jobs.gateway
    found = await queries.held(tx, gateway.capabilities.max_hold_days, holding_id=holding_id)
    if not found:
        raise HoldingNotFound(_("There is no such payment."))
    return found[0]


@router.get("/finance/holdings", response_model=HoldingsOut)
async def show(
    request: Request, tx: Tx, answer: Answer, member: CurrentMember, page: Annotated[PageQuery, Query()]
) -> Response:
    """Money held at a provider, the next to end first."""
    require(member, Permission.BOOK_MONEY)
    gateway: Gateway = request.app.state.jobs.gateway
    found = await queries.held(tx, gateway.capabilities.max_hold_days)
    shown = found[page.offset : page.offset + page.per_page]
    out = HoldingsOut(holdings=[HeldOut.model_validate(seen) for seen in shown], total=len(found))
    labels = {state: _(label) for state, label in LABELS.items()}
    return answer.show("payments/holdings.html", out, labels=labels, page=page)


@router.post("/finance/holdings/{holding_id}/move")
async def propose(
    holding_id: UUID, tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[ReasonIn, Submitted(ReasonIn)]
) -> Response:
    """Propose to move the money to our bank now."""
    await service.propose(tx, holding_id, data.reason, by=member)
    return answer.done("/finance/holdings", flash=_("Noted. A second person has to approve it."))


@router.post("/finance/holdings/{holding_id}/approval")
async def approve(holding_id: UUID, request: Request, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Agree: from now on it is held at our bank."""
    require(member, Permission.APPROVE_MONEY)
    await service.approve(tx, await _one(request, tx, holding_id), by=member)
    return answer.done("/finance/holdings", flash=_("Approved. Please have the provider pay this money to our bank."))


@router.post("/finance/holdings/{holding_id}/rejection")
async def reject(
    holding_id: UUID,
    request: Request,
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    data: Annotated[ReasonIn, Submitted(ReasonIn)],
) -> Response:
    """Disagree: it stays with the provider for now."""
    require(member, Permission.APPROVE_MONEY)
    await service.reject(tx, await _one(request, tx, holding_id), data.reason, by=member)
    return answer.done("/finance/holdings", flash=_("Rejected. The money stays where it is."))
