"""What figures of brands are counted from: trade marks that staff have checked, and who speaks for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.states import StateChange
from trust.rights.models import BARE, Notifier, Right
from trust.rights.states import RightKind, RightState

_ACCEPTED, _WITHDRAWN = aliased(StateChange), aliased(StateChange)


@dataclass(frozen=True, slots=True)
class TradeMark:
    """A trade mark of the registry. `bare`: its words as `marks.phrases` has them; `own`: the company holds it, and
    does not act for somebody else."""

    id: UUID
    organisation_id: UUID
    office: str
    bare: str
    own: bool
    accepted_at: datetime
    withdrawn_at: datetime | None
    valid_until: date | None

    def in_force(self, at: datetime, day: date) -> bool:
        """At a moment, which lies on `day`."""
        held = self.accepted_at <= at and (self.withdrawn_at is None or self.withdrawn_at > at)
        return held and (self.valid_until is None or self.valid_until >= day)


async def trade_marks(tx: AsyncSession, before: datetime) -> list[TradeMark]:
    """All that companies had accepted before a moment, by id."""
    moved = [
        and_(to.subject_type == Right.SUBJECT, to.subject_id == Right.id, to.to_state == state)
        for to, state in ((_ACCEPTED, RightState.ACCEPTED), (_WITHDRAWN, RightState.WITHDRAWN))
    ]
    bare: ColumnElement[str] = literal_column(BARE)
    own = Right.agent == ""
    query = (
        select(
            Right.id, Notifier.organisation_id, Right.office, bare, own, _ACCEPTED.at, _WITHDRAWN.at, Right.valid_until
        )
        .join(Notifier, Notifier.id == Right.notifier_id)
        .join(_ACCEPTED, moved[0])
        .outerjoin(_WITHDRAWN, moved[1])
        .where(Right.kind == RightKind.TRADE_MARK, Notifier.organisation_id.is_not(None), _ACCEPTED.at < before)
        .order_by(Right.id)
    )
    found: Sequence[Any] = (await tx.execute(query)).all()
    return [TradeMark(*row) for row in found]
