"""The desk: what waits for a second person, and what one person may decide alone."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from payments.approvals import limits, pages, queries, service
from payments.approvals.schemas import ApprovalsOut, LimitIn
from payments.schemas import ReasonIn
from trust.access import CurrentMember, Permission, require

router = HouseRouter(tags=["finance"])


@router.get("/finance/approvals", response_model=ApprovalsOut)
async def show(tx: Tx, answer: Answer, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """What waits for a second person of the platform, what was decided, and the limits."""
    require(member, Permission.BOOK_MONEY)
    current = await queries.platform_limits(tx)
    out, context = await pages.shown(tx, None, list(current.values()), page)
    return answer.show("payments/finance_approvals.html", out, **context)


@router.post("/finance/approvals/{approval_id}/approval")
async def agree(approval_id: UUID, request: Request, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Agree with what another person proposed; it happens."""
    require(member, Permission.APPROVE_MONEY)
    state = await service.agree(tx, approval_id, request.app.state.settings, by=member)
    return answer.done("/finance/approvals", {"state": state}, flash=pages.told(state))


@router.post("/finance/approvals/{approval_id}/rejection")
async def send_back(
    approval_id: UUID, tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[ReasonIn, Submitted(ReasonIn)]
) -> Response:
    """Send it back with a reason; nothing happens."""
    require(member, Permission.APPROVE_MONEY)
    await service.send_back(tx, approval_id, data.reason, by=member)
    return answer.done("/finance/approvals", flash=_("Sent back. Nothing was done."))


@router.post("/finance/limits")
async def limit(
    request: Request, tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[LimitIn, Submitted(LimitIn)]
) -> Response:
    """Propose another amount that one person may decide alone."""
    await limits.ask_platform(tx, data.amount, data.reason, request.app.state.settings, by=member)
    return answer.done("/finance/approvals", flash=_("Proposed. A second person has to agree."))
