"""Finance's desk: what providers were asked, what is stuck, and whether the books are true."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.db import home
from app.core.i18n import N_, _
from app.core.money import Money
from app.core.subject import Subject
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from payments import proof
from payments.approvals import queries as approvals
from payments.approvals import service as deciding
from payments.approvals.service import Asked
from payments.approvals.states import ApprovalState
from payments.desk import approving
from payments.operations import queries as operations
from payments.operations.queries import OperationView
from payments.operations.states import OperationKind, OperationState
from payments.schemas import DeskOperationOut, FinanceOut, InvariantOut, ProofOut, ReasonIn, RefundAgainIn
from trust.access import CurrentMember, Permission, require
from trust.identity import queries as identity

router = HouseRouter(tags=["finance"])

KINDS = {
    OperationKind.PAY_IN: N_("Payment in"),
    OperationKind.REFUND: N_("Refund"),
    OperationKind.TRANSFER: N_("Transfer to a supplier"),
    OperationKind.REVERSAL: N_("Transfer taken back"),
    OperationKind.PAY_OUT: N_("Payout"),
    OperationKind.RETURN: N_("Return to the sender"),
    OperationKind.MICRO_DEPOSIT: N_("Test transfer"),
}
STATES = {
    OperationState.PLANNED: N_("Planned"),
    OperationState.SENT: N_("Sent to the provider"),
    OperationState.UNKNOWN: N_("Unknown"),
    OperationState.CONFIRMED: N_("Confirmed"),
    OperationState.FAILED: N_("Failed"),
    OperationState.CANCELLED: N_("Cancelled"),
}
INVARIANTS = {
    "entries_balance": N_("Every entry has two legs or more, and they sum to zero in each currency."),
    "balances_are_sums": N_("Every cached balance is the sum of its postings."),
    "deals_add_up": N_("Per deal: funded = held + frozen + released + fees + refund due + refunded + charged back."),
    "milestones_match_books": N_("Every milestone's state says what the books say of its money."),
    "provider_agrees": N_("A provider's own lines, as far as they were read, sum to what our books say it holds."),
    "suspense_is_cases": N_("What lies in suspense, and what left unexplained, is what the open cases say."),
    "owed_is_covered": N_("What belongs to others is never more than the cash of its currency."),
}
FIGURES = {
    "cash": N_("Cash"),
    "open_fx": N_("Open between currencies"),
    "owed": N_("Owed to others"),
    "funded": N_("Funded"),
    "held": N_("Held"),
    "frozen": N_("Frozen"),
    "released": N_("Released"),
    "fees": N_("Fees"),
    "refund_due": N_("Refund due"),
    "refunded": N_("Refunded"),
    "charged_back": N_("Charged back"),
    "lines": N_("The provider's lines"),
    "expected": N_("Our books"),
    "suspense": N_("In suspense"),
    "in_cases": N_("In open cases"),
    "unexplained": N_("Left unexplained"),
    "in_debit_cases": N_("In cases of debits"),
}


def _out(seen: OperationView) -> DeskOperationOut:
    return DeskOperationOut(
        id=seen.id,
        kind=seen.kind,
        provider=seen.provider,
        state=seen.state,
        subject=str(seen.subject),
        amount=seen.amount,
        reason=seen.last_error,
        created_at=seen.created_at,
        settled_at=seen.settled_at,
        provider_key=seen.provider_key,
        provider_ref=seen.provider_ref,
        attempts=seen.attempts,
        escalated_at=seen.escalated_at,
    )


async def _known_as(tx: AsyncSession, found: Sequence[OperationView]) -> dict[str, str]:
    """What people know the subjects of operations by: a company's name, otherwise the number."""
    about = {row.subject for row in found}
    companies = await identity.organisations(tx, {one.id for one in about if one.type == "organisation"})
    return {str(one): companies[one.id].name_latin if one.id in companies else one.number for one in about}


@router.get("/finance", response_model=FinanceOut)
async def show(
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    page: Annotated[PageQuery, Query()],
    state: Annotated[OperationState | None, Query()] = None,
) -> Response:
    """Every operation, those that need people first."""
    require(member, Permission.BOOK_MONEY)
    states = [state] if state else []
    found, total = await operations.operations(tx, states=states, offset=page.offset, limit=page.per_page)
    return answer.show(
        "payments/finance.html",
        FinanceOut(operations=[_out(row) for row in found], total=total),
        kinds={kind: _(label) for kind, label in KINDS.items()},
        states={name: _(label) for name, label in STATES.items()},
        chosen=state,
        known_as=await _known_as(tx, found),
        waiting=await approvals.waiting_for(tx, [row.id for row in found]),
        page=page,
    )


@router.post("/finance/operations/{operation_id}/failure")
async def give_up(
    operation_id: UUID,
    request: Request,
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    data: Annotated[ReasonIn, Submitted(ReasonIn)],
) -> Response:
    """The provider never did it: people have looked. Over the limit a second one has to agree."""
    asked = Asked(kind=approving.GIVE_UP, subject=Subject("operation", operation_id), reason=data.reason)
    state = await deciding.ask(tx, asked, request.app.state.settings, by=member)
    return _decided(answer, state, _("Marked as failed."))


@router.post("/finance/operations/{operation_id}/refund")
async def refund_again(
    operation_id: UUID,
    request: Request,
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    data: Annotated[RefundAgainIn, Submitted(RefundAgainIn)],
) -> Response:
    """Try a failed refund once more. Over the limit a second person has to agree."""
    asked = Asked(
        kind=approving.REFUND_AGAIN,
        subject=Subject("operation", operation_id),
        reason="the refund failed",
        wanted={"rail": data.rail},
    )
    state = await deciding.ask(tx, asked, request.app.state.settings, by=member)
    return _decided(answer, state, _("The refund is tried again."))


def _decided(answer: Answer, state: ApprovalState, done: str) -> Response:
    flash = done if state is ApprovalState.AGREED else _("Proposed. A second person has to agree.")
    return answer.done("/finance", {"state": state}, flash=flash)


@router.get("/finance/proof", response_model=ProofOut)
async def show_proof(tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Check the books now, changing nothing."""
    require(member, Permission.BOOK_MONEY)
    async with home(tx).transaction(read_only=True) as whole:  # its memory is set for one transaction
        made = await proof.proof(whole)
    out = ProofOut(holds=made.holds, at=made.at, invariants=[InvariantOut(**i) for i in made.invariants])
    return answer.show(
        "payments/proof.html",
        out,
        sentences={name: _(sentence) for name, sentence in INVARIANTS.items()},
        tables={i.name: [_amounts(row) for row in i.figures] for i in out.invariants},
        figures={name: _(label) for name, label in FIGURES.items()},
        allowed=await proof.last_one_held(tx),
    )


def _amounts(row: dict[str, Any]) -> dict[str, Any]:
    """One line of an invariant's figures, its minor units as money."""
    currency = row["currency"]
    return {name: value if name == "currency" else Money(value, currency) for name, value in row.items()}


@router.post("/finance/proof")
async def keep_proof(tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Check the books and keep the result: payouts stop when it fails and go on when it holds."""
    require(member, Permission.APPROVE_MONEY)
    made = await proof.prove(tx, by=member.id)
    flash = _("The books are true.") if made.holds else _("The books do not add up. Payouts are stopped.")
    return answer.done("/finance/proof", {"holds": made.holds}, flash=flash)
