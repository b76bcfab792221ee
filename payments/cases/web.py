"""Finance decides about money whose place is not clear: one proposes, another agrees."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import _
from app.core.money import Money
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from payments.cases import options, queries, service
from payments.cases.queries import CaseView, DecisionView
from payments.cases.service import Proposal
from payments.cases.states import ACTION_LABELS, KIND_LABELS, STATE_LABELS, Action, CaseState, DecisionState
from payments.desk.web import KINDS
from payments.payouts import numbers
from payments.schemas import Reason, ReasonIn
from payments.statements import queries as statements
from payments.statements.words import sentence
from trust.access import CurrentMember, Permission, require
from trust.identity import queries as identity

router = HouseRouter(tags=["finance"])
OPEN = (CaseState.OPEN, CaseState.PROPOSED, CaseState.WAITING)
Number = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)]


class DecisionIn(BaseModel):
    """What to do. `scheme`, `bank_code`, `number`, `holder` name an account to send back to, where none is known."""

    action: Action
    reason: Reason
    milestone_id: UUID | None = None
    operation_id: UUID | None = None
    others: list[UUID] | UUID | None = None
    letter: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""
    scheme: Annotated[str, StringConstraints(pattern=r"^(iban|cnaps)?$")] = ""
    bank_code: Number = ""
    number: Number = ""
    holder: Annotated[str, StringConstraints(strip_whitespace=True, max_length=140)] = ""


class DecisionOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    action: str
    milestone_id: UUID | None
    operation_id: UUID | None
    others: list[UUID]
    reason: str
    letter: str
    masked: str
    state: str
    proposed_by: UUID
    decided_by: UUID | None
    note: str
    created_at: datetime


class CaseOut(BaseModel):
    """`held` is what lies in suspense for it; below zero what left without explanation. `why` are sentences."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str
    state: str
    held: Money
    why: list[str] = []
    line_id: UUID | None
    booking_id: UUID | None
    operation_id: UUID | None
    milestone_id: UUID | None
    opened_at: datetime
    closed_at: datetime | None


class CaseWholeOut(CaseOut):
    actions: list[str] = []
    decisions: list[DecisionOut] = []


class CasesOut(BaseModel):
    cases: list[CaseOut]
    total: int


def _out(seen: CaseView) -> CaseOut:
    why = [sentence(reason) for reason in seen.reasons]
    return CaseOut.model_validate(seen).model_copy(update={"why": why})


def _labels() -> dict[str, Any]:
    return {
        "kinds": {kind: _(label) for kind, label in KIND_LABELS.items()},
        "states": {state: _(label) for state, label in STATE_LABELS.items()},
        "action_labels": {action: _(label) for action, label in ACTION_LABELS.items()},
    }


@router.get("/finance/cases", response_model=CasesOut)
async def show(
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    page: Annotated[PageQuery, Query()],
    closed: Annotated[bool, Query()] = False,
) -> Response:
    """Cases, newest first: the open ones, or those that are closed."""
    require(member, Permission.BOOK_MONEY)
    states = (CaseState.CLOSED,) if closed else OPEN
    found, total = await queries.cases(tx, states=states, offset=page.offset, limit=page.per_page)
    names = {seen.id: await _from_whom(tx, seen) for seen in found}
    out = CasesOut(cases=[_out(seen) for seen in found], total=total)
    return answer.show("payments/cases.html", out, closed=closed, page=page, names=names, **_labels())


async def _from_whom(tx: AsyncSession, seen: CaseView) -> str:
    return (await statements.line(tx, seen.line_id)).name if seen.line_id else ""


@router.get("/finance/cases/{case_id}", response_model=CaseWholeOut)
async def one(case_id: UUID, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """One case: the line, what it may be for and why, and what can be done."""
    require(member, Permission.BOOK_MONEY)
    seen = await queries.case(tx, case_id)
    around = await options.surroundings(tx, seen)
    decided = await queries.decisions(tx, case_id)
    people = {person: (await identity.member_view(tx, person)).name for person in _people(decided)}
    out = CaseWholeOut(
        **_out(seen).model_dump(),
        actions=[str(action) for action in around.actions],
        decisions=[DecisionOut.model_validate(row) for row in decided],
    )
    return answer.show(
        "payments/case.html",
        out.model_copy(update={"held": seen.held}),
        around=around,
        people=people,
        waiting=next((row for row in decided if row.state is DecisionState.PROPOSED), None),
        operation_kinds={kind: _(label) for kind, label in KINDS.items()},
        needs_account=around.line is None or not around.line.masked or not around.line.bank_code,
        **_labels(),
    )


def _people(decided: list[DecisionView]) -> set[UUID]:
    return {person for row in decided for person in (row.proposed_by, row.decided_by) if person}


@router.post("/finance/cases/{case_id}/decisions")
async def propose(
    case_id: UUID,
    request: Request,
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    data: Annotated[DecisionIn, Submitted(DecisionIn)],
) -> Response:
    """Propose what to do; another person has to agree."""
    require(member, Permission.BOOK_MONEY)
    account = numbers.read(data.scheme, data.bank_code, data.number) if data.scheme and data.number else None
    others = (data.others,) if isinstance(data.others, UUID) else tuple(data.others or ())
    wanted = Proposal(
        action=data.action,
        reason=data.reason,
        milestone_id=data.milestone_id,
        operation_id=data.operation_id,
        others=others,
        letter=data.letter,
        account=account,
        holder=data.holder,
    )
    decision = await service.propose(tx, request.app.state.vault, case_id, wanted, by=member)
    flash = _("Proposed. A second person has to agree.")
    return answer.done(f"/finance/cases/{case_id}", {"id": str(decision)}, created=True, flash=flash)


@router.post("/finance/decisions/{decision_id}/approval")
async def approve(decision_id: UUID, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Agree with what another person proposed; it happens."""
    case_id = await service.approve(tx, decision_id, by=member)
    return answer.done(f"/finance/cases/{case_id}", flash=_("Agreed and done."))


@router.post("/finance/decisions/{decision_id}/rejection")
async def reject(
    decision_id: UUID, tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[ReasonIn, Submitted(ReasonIn)]
) -> Response:
    """Disagree; nothing moves."""
    case_id = await service.reject(tx, decision_id, by=member, note=data.reason)
    return answer.done(f"/finance/cases/{case_id}", flash=_("Rejected. Nothing was moved."))
