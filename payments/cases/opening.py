"""Opening a case. The entry that brings its money into the ledger is posted by whoever opens it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.core.money import Money
from payments.cases.models import BankCase, CaseDecision
from payments.cases.states import Action, CaseKind, CaseMove


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """As the columns of BankCase. `apply_by`: the one who proposes at once to apply it to its payment."""

    kind: CaseKind
    held: Money
    reasons: list[dict[str, Any]] = field(default_factory=list)
    line_id: UUID | None = None
    booking_id: UUID | None = None
    operation_id: UUID | None = None
    milestone_id: UUID | None = None
    apply_by: UUID | None = None


async def open_cases(tx: AsyncSession, wanted: Sequence[NewCase]) -> list[UUID]:
    """Open each of them; their ids, in order."""
    if not wanted:
        return []
    rows = [
        BankCase(
            id=new_id(),
            kind=new.kind,
            held=new.held,
            reasons=new.reasons,
            line_id=new.line_id,
            booking_id=new.booking_id,
            operation_id=new.operation_id,
            milestone_id=new.milestone_id,
        )
        for new in wanted
    ]
    tx.add_all(rows)
    await tx.flush()
    for row, new in zip(rows, wanted, strict=True):
        if new.apply_by is not None:
            row.move(CaseMove.PROPOSE, by=new.apply_by)
            tx.add(
                CaseDecision(
                    case_id=row.id, action=Action.APPLY, milestone_id=row.milestone_id, proposed_by=new.apply_by
                )
            )
    await tx.flush()
    return [row.id for row in rows]
