"""A company's own second person: what waits for one, and over which amount one is needed."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.money import Money, MoneyError
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from payments.approvals import limits, pages, queries, service
from payments.approvals.schemas import ApprovalsOut, CompanyLimitIn
from payments.approvals.states import ApprovalState
from payments.schemas import ReasonIn
from trust.access import CurrentMember, Permission, require

router = HouseRouter(tags=["approvals"])


@router.get("/approvals", response_model=ApprovalsOut)
async def show(tx: Tx, answer: Answer, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """What waits for a second person of the company, what was decided, and its limit."""
    require(member, Permission.PAY)
    limit = await queries.company_limit(tx, member.organisation_id)
    out, context = await pages.shown(tx, member.organisation_id, [] if limit is None else [limit], page)
    return answer.show("payments/approvals.html", out, limit=limit, **context)


@router.post("/approvals/limit")
async def set_limit(
    request: Request,
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    data: Annotated[CompanyLimitIn, Submitted(CompanyLimitIn)],
) -> Response:
    """Set, change or switch off the amount over which the company wants two of its people."""
    require(member, Permission.PAY)
    amount = _read(data) if data.amount.strip() else None
    state = await limits.set_company(tx, amount, data.reason, request.app.state.settings, by=member)
    done = state is ApprovalState.AGREED
    flash = _("Saved.") if done else _("Proposed. A second person of your company has to agree.")
    return answer.done("/approvals", {"state": state}, flash=flash)


def _read(data: CompanyLimitIn) -> Money:
    try:
        return Money.of(data.amount.strip().replace(",", ""), data.amount_currency)
    except MoneyError as error:
        raise Invalid(_("This is not a valid amount."), field="amount") from error


@router.post("/approvals/{consent_id}/approval")
async def agree(consent_id: UUID, request: Request, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Agree with what another member of the company proposed; it happens."""
    require(member, Permission.PAY)
    state = await service.agree(tx, consent_id, request.app.state.settings, by=member)
    return answer.done(await pages.place(tx, consent_id), {"state": state}, flash=pages.told(state))


@router.post("/approvals/{consent_id}/rejection")
async def send_back(
    consent_id: UUID, tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[ReasonIn, Submitted(ReasonIn)]
) -> Response:
    """Send it back with a reason; nothing happens."""
    require(member, Permission.PAY)
    await service.send_back(tx, consent_id, data.reason, by=member)
    return answer.done(await pages.place(tx, consent_id), flash=_("Sent back. Nothing was done."))
