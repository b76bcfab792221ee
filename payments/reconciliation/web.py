"""Finance beside the provider's books: what agrees, and what two people must decide."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core import outbox
from app.core.i18n import _
from app.core.money import Money
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from payments.gateway import Gateway
from payments.reconciliation import queries, service
from payments.reconciliation.jobs import reconcile
from payments.reconciliation.models import ReconciliationRun
from payments.reconciliation.schemas import AnswerIn, FigureOut, LineOut, LinesOut, RunOut
from payments.reconciliation.states import LABELS, LineState
from payments.schemas import ReasonIn
from trust.access import CurrentMember, Permission, require

router = HouseRouter(tags=["finance"])


def _run(row: ReconciliationRun) -> RunOut:
    figures = [
        FigureOut(**{
            name: figure[name] if name == "currency" else Money(figure[name], figure["currency"])
            for name in ("currency", "balance", "lines", "expected")
        })
        for figure in row.figures
    ]  # fmt: skip
    return RunOut(
        at=row.at,
        agrees=row.agrees,
        steady=row.steady,
        new_lines=row.new_lines,
        open_lines=row.open_lines,
        missing=row.missing,
        figures=figures,
    )


@router.get("/finance/reconciliation", response_model=LinesOut)
async def show(
    request: Request,
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    page: Annotated[PageQuery, Query()],
    state: Annotated[LineState | None, Query()] = None,
) -> Response:
    """The last comparison with the provider, and its lines: those that need people first."""
    require(member, Permission.BOOK_MONEY)
    gateway: Gateway = request.app.state.jobs.gateway
    provider = gateway.capabilities.name
    last = await queries.last_run(tx, provider)
    found, total = await queries.lines(tx, states=[state] if state else [], offset=page.offset, limit=page.per_page)
    lost = await queries.missing(tx, provider, patience=service.PATIENCE)
    out = LinesOut(
        last=_run(last) if last else None,
        missing=lost,
        lines=[LineOut.model_validate(row) for row in found],
        total=total,
    )
    return answer.show(
        "payments/reconciliation.html",
        out,
        labels={name: _(label) for name, label in LABELS.items()},
        answers=[(name, _(label)) for name, (label, _account) in service.ANSWERS.items()],
        chosen=state,
        page=page,
    )


@router.post("/finance/reconciliation")
async def compare(tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Read the provider's books now, not only at the full hour."""
    require(member, Permission.BOOK_MONEY)
    await outbox.enqueue(tx, reconcile)
    return answer.done("/finance/reconciliation", flash=_("The provider's books are being read."))


@router.post("/finance/reconciliation/lines/{line_id}/answer")
async def propose(
    line_id: UUID, tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[AnswerIn, Submitted(AnswerIn)]
) -> Response:
    """Say what an unexplained line was."""
    await service.propose(tx, line_id, data.answer, data.reason, by=member)
    return answer.done("/finance/reconciliation", flash=_("Noted. A second person has to approve it."))


@router.post("/finance/reconciliation/lines/{line_id}/approval")
async def approve(line_id: UUID, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Agree with what another person said; the books follow."""
    await service.approve(tx, line_id, by=member)
    return answer.done("/finance/reconciliation", flash=_("Approved and booked."))


@router.post("/finance/reconciliation/lines/{line_id}/rejection")
async def reject(
    line_id: UUID, tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[ReasonIn, Submitted(ReasonIn)]
) -> Response:
    """Disagree; the line is unexplained again."""
    await service.reject(tx, line_id, data.reason, by=member)
    return answer.done("/finance/reconciliation", flash=_("Rejected. Nothing was booked."))
