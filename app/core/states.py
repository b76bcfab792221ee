"""States move through tables. Nothing assigns `.state` but `Stateful.move`, which writes who, when and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, cast
from uuid import UUID

from sqlalchemy import Index, Select, String, Table, Text, event, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from app.core import clock
from app.core.columns import moment, pk
from app.core.db import Base, once
from app.core.errors import Conflict
from app.core.i18n import _
from app.core.ids import new_id
from app.core.subject import Subject


class IllegalMove(Conflict):
    """The thing is no longer (or not yet) in a state from which this can be done."""

    code = "illegal_move"


class StateChange(Base):
    """One move of one thing. Insert-only."""

    __tablename__ = "state_change"
    __table_args__ = (Index("ix_state_change_subject", "subject_type", "subject_id", "id"),)

    id: Mapped[UUID] = pk()
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    move: Mapped[str] = mapped_column(String(40))
    from_state: Mapped[str] = mapped_column(String(40))
    to_state: Mapped[str] = mapped_column(String(40))
    actor: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = moment()


_WRITE = insert(cast(Table, StateChange.__table__))
_MADE = "moves"


class Stateful:
    """A model with a `state` column and a table of moves.

    MOVES   (state, move) → state; the whole truth about what may happen, printable for the parties
    SUBJECT the subject type under which history is kept, such as "order"
    """

    MOVES: ClassVar[Mapping[tuple[Any, Any], Any]]
    SUBJECT: ClassVar[str]
    id: Mapped[UUID]
    state: Mapped[Any]

    def can(self, move: StrEnum) -> bool:
        return (self.state, move) in self.MOVES

    def check(self, move: StrEnum) -> None:
        """Raises IllegalMove unless the move can be made now."""
        if not self.can(move):
            raise IllegalMove(
                _("This cannot be done any more: the state has changed."),
                subject=self.SUBJECT,
                state=str(self.state),
                move=str(move),
            )

    def move(self, move: StrEnum, *, by: UUID | None, note: str = "") -> None:
        """Make a move. Raises IllegalMove, changing nothing. The caller holds the row's lock."""
        self.check(move)
        before = self.state
        after = self.MOVES[before, move]
        self.state = after
        session = object_session(self)
        if session is None:
            raise LookupError("a move is made inside the transaction that loaded the thing")
        change = {
            "id": new_id(),
            "subject_type": self.SUBJECT,
            "subject_id": self.id,
            "move": str(move),
            "from_state": str(before),
            "to_state": str(after),
            "actor": by,
            "note": note,
            "at": clock.now(),
        }
        session.info.setdefault(_MADE, []).append(change)


@event.listens_for(Session, "before_flush")
def _write_moves(session: Session, _context: object, _instances: object) -> None:
    """Moves are written with the states that they changed, in one statement however many there are."""
    if made := session.info.pop(_MADE, None):
        session.execute(_WRITE, made)


@event.listens_for(Session, "after_soft_rollback")
def _forget_moves(session: Session, _before: object) -> None:
    """So are they undone with them, to the savepoint or altogether: at a savepoint everything is written first."""
    session.info.pop(_MADE, None)


@dataclass(frozen=True, slots=True)
class Change:
    move: str
    from_state: str
    to_state: str
    actor: UUID | None
    note: str
    at: datetime


async def history(tx: AsyncSession, subject: Subject) -> list[Change]:
    """Every move of one thing, oldest first."""
    rows = await tx.scalars(*_changes(subject.type, subject.id))
    return [Change(r.move, r.from_state, r.to_state, r.actor, r.note, r.at) for r in rows]


@once
def _changes(type_: str, id_: UUID) -> Select[StateChange]:
    return (
        select(StateChange)
        .where(StateChange.subject_type == type_, StateChange.subject_id == id_)
        .order_by(StateChange.id)
    )
