"""What is asked of cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from app.core.money import Money
from payments.cases.models import BankCase, CaseDecision
from payments.cases.states import Action, CaseKind, CaseState, DecisionState
from payments.errors import CaseNotFound
from payments.ledger import fx
from payments.ledger.queries import Invariant


@dataclass(frozen=True, slots=True)
class CaseView:
    id: UUID
    kind: CaseKind
    state: CaseState
    held: Money
    reasons: list[dict[str, Any]]
    line_id: UUID | None
    booking_id: UUID | None
    operation_id: UUID | None
    milestone_id: UUID | None
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class DecisionView:
    id: UUID
    case_id: UUID
    action: Action
    milestone_id: UUID | None
    operation_id: UUID | None
    others: tuple[UUID, ...]
    reason: str
    letter: str
    masked: str
    state: DecisionState
    proposed_by: UUID
    decided_by: UUID | None
    note: str
    created_at: datetime


async def case(tx: AsyncSession, case_id: UUID) -> CaseView:
    """Raises CaseNotFound."""
    row = await tx.scalar(select(BankCase).where(BankCase.id == case_id))
    if row is None:
        raise CaseNotFound(_("There is no such case."))
    return view(row)


async def case_for_update(tx: AsyncSession, case_id: UUID) -> BankCase:
    """Raises CaseNotFound."""
    return (await cases_for_update(tx, [case_id]))[0]


async def cases_for_update(tx: AsyncSession, case_ids: Sequence[UUID]) -> list[BankCase]:
    """Several cases, locked in the order of their ids; returned in the order asked. Raises CaseNotFound."""
    query = select(BankCase).where(BankCase.id.in_(case_ids)).order_by(BankCase.id).with_for_update()
    found = {row.id: row for row in await tx.scalars(query.execution_options(populate_existing=True))}
    if found.keys() != set(case_ids):
        raise CaseNotFound(_("There is no such case."))
    return [found[case_id] for case_id in case_ids]


async def cases(
    tx: AsyncSession, *, states: Sequence[CaseState], offset: int = 0, limit: int = 50
) -> tuple[list[CaseView], int]:
    """Newest first, and how many there are."""
    query = select(BankCase).where(BankCase.state.in_(states))
    total = (await tx.execute(select(func.count()).select_from(query.subquery()))).scalar_one()
    rows = await tx.scalars(query.order_by(BankCase.id.desc()).offset(offset).limit(limit))
    return [view(row) for row in rows], total


async def of_milestone(tx: AsyncSession, milestone_id: UUID) -> list[CaseView]:
    """Open cases of money that seems to be meant for a milestone, oldest first."""
    query = select(BankCase).where(
        BankCase.milestone_id == milestone_id,
        BankCase.state != CaseState.CLOSED,
        BankCase.held_minor > 0,  # type: ignore[attr-defined]
    )
    return [view(row) for row in await tx.scalars(query.order_by(BankCase.id))]


async def of_lines(tx: AsyncSession, line_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Line → its case."""
    rows = await tx.execute(select(BankCase.line_id, BankCase.id).where(BankCase.line_id.in_(line_ids)))
    return {line_id: case_id for line_id, case_id in rows if line_id is not None}


async def opposite(tx: AsyncSession, seen: CaseView) -> list[CaseView]:
    """Open cases of exactly as much in the other direction: the bank may have put a mistake right."""
    query = select(BankCase).where(
        BankCase.state.in_([CaseState.OPEN, CaseState.WAITING]),
        BankCase.held_minor == -seen.held.minor,  # type: ignore[attr-defined]
        BankCase.held_currency == seen.held.currency,  # type: ignore[attr-defined]
    )
    return [view(row) for row in await tx.scalars(query.order_by(BankCase.id).limit(10))] if seen.held else []


async def other_side(tx: AsyncSession, seen: CaseView) -> list[CaseView]:
    """Open cases in the other direction and another currency, where money between the two is open: the bank may have
    changed one into the other."""
    if not seen.held:
        return []
    pairs = {(p.sold.currency, p.bought.currency) for p in await fx.open_positions(tx)}
    query = select(BankCase).where(
        BankCase.state.in_([CaseState.OPEN, CaseState.WAITING]),
        (BankCase.held_minor > 0) if seen.held.minor < 0 else (BankCase.held_minor < 0),  # type: ignore[attr-defined]
    )
    found = [view(row) for row in await tx.scalars(query.order_by(BankCase.id).limit(100))]
    return [other for other in found if sides(seen.held, other.held)[2] in pairs][:10]


def sides(one: Money, other: Money) -> tuple[Money, Money, tuple[str, str]]:
    """Of two cases: what left our bank and what came, both above zero, and their currencies."""
    left, came = (one, other) if one.minor < 0 else (other, one)
    return -left, came, (left.currency, came.currency)


async def decisions(tx: AsyncSession, case_id: UUID) -> list[DecisionView]:
    """What was proposed and decided, oldest first."""
    rows = await tx.scalars(select(CaseDecision).where(CaseDecision.case_id == case_id).order_by(CaseDecision.id))
    return [decision_view(row) for row in rows]


async def decision_for_update(tx: AsyncSession, decision_id: UUID) -> CaseDecision:
    """Raises CaseNotFound."""
    query = select(CaseDecision).where(CaseDecision.id == decision_id).with_for_update()
    row = await tx.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise CaseNotFound(_("There is no such decision."))
    return row


async def return_account(tx: AsyncSession, case_id: UUID) -> CaseDecision | None:
    """The decision by which a case's money is sent back."""
    query = select(CaseDecision).where(
        CaseDecision.case_id == case_id,
        CaseDecision.state == DecisionState.APPROVED,
        CaseDecision.action.in_([Action.SEND_BACK, Action.APPLY_AND_RETURN]),
    )
    return await tx.scalar(query.order_by(CaseDecision.id.desc()).limit(1))


def view(row: BankCase) -> CaseView:
    return CaseView(
        id=row.id,
        kind=CaseKind(row.kind),
        state=CaseState(row.state),
        held=row.held,
        reasons=row.reasons,
        line_id=row.line_id,
        booking_id=row.booking_id,
        operation_id=row.operation_id,
        milestone_id=row.milestone_id,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
    )


def decision_view(row: CaseDecision) -> DecisionView:
    return DecisionView(
        id=row.id,
        case_id=row.case_id,
        action=Action(row.action),
        milestone_id=row.milestone_id,
        operation_id=row.operation_id,
        others=tuple(row.others),
        reason=row.reason,
        letter=row.letter,
        masked=row.masked,
        state=DecisionState(row.state),
        proposed_by=row.proposed_by,
        decided_by=row.decided_by,
        note=row.note,
        created_at=row.created_at,
    )


async def suspense_is_cases(tx: AsyncSession) -> Invariant:
    """What lies in suspense is what the open cases hold, and what left unexplained what the cases of debits say."""
    rows = list(await tx.execute(text(_SUSPENSE)))
    figures = [
        {
            "currency": row.currency,
            "suspense": int(row.suspense),
            "in_cases": int(row.in_cases),
            "unexplained": int(row.unexplained),
            "in_debit_cases": int(row.in_debit_cases),
        }
        for row in rows
    ]
    broken = [
        str(f["currency"]) for f in figures if f["suspense"] != f["in_cases"] or f["unexplained"] != f["in_debit_cases"]
    ]
    count = (await tx.execute(select(func.count()).where(BankCase.state != CaseState.CLOSED))).scalar_one()
    return Invariant("suspense_is_cases", not broken, count, figures=figures, broken=broken)


_SUSPENSE = """
SELECT currency, sum(suspense) AS suspense, sum(in_cases) AS in_cases,
       sum(unexplained) AS unexplained, sum(in_debit_cases) AS in_debit_cases
  FROM (
    SELECT a.currency,
           CASE WHEN a.code = 'suspense' THEN p.amount_minor * a.side ELSE 0 END AS suspense, 0 AS in_cases,
           CASE WHEN a.kind = 'unexplained' THEN p.amount_minor * a.side ELSE 0 END AS unexplained, 0 AS in_debit_cases
      FROM account a JOIN posting p ON p.account_id = a.id WHERE a.code IN ('suspense', 'unexplained')
     UNION ALL
    SELECT held_currency, 0, greatest(held_minor, 0), 0, greatest(-held_minor, 0)
      FROM bank_case WHERE state <> 'closed'
  ) AS said
 GROUP BY currency ORDER BY currency
"""
