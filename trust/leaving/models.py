"""Tables of leaving."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from app.core.subject import Subject
from trust.leaving.states import MOVES, DepartureState


class Departure(Stateful, Base):
    """A company leaves. Of what was said nothing changes, only how it ended; when nothing is open any more (trigger).

    change_id   the announced change of a rule for which it leaves, or None
    rules       the rules in force when it said so, {code: number}: it leaves under these
    closes_at   when its notice to the public is over; what is open then is waited for
    ended_by    who said that it stays; None for the job that closed it
    `organisation.closes_at` and `.left_at` follow (trigger).
    """

    __tablename__ = "departure"
    __table_args__ = (
        CheckConstraint("closes_at >= announced_at + interval '30 days'", name="notice"),
        CheckConstraint("(ended_at IS NULL) = (state = 'announced')", name="ended"),
        CheckConstraint("state <> 'left' OR ended_at >= closes_at", name="not_before"),
        CheckConstraint("(ended_by IS NOT NULL) = (state = 'withdrawn')", name="who_ended"),
        Index("uq_departure_standing", "organisation_id", unique=True, postgresql_where=text("state <> 'withdrawn'")),
        Index("ix_departure_organisation", "organisation_id", "id"),
        Index("ix_departure_due", "closes_at", postgresql_where=text("state = 'announced'")),
        Index("ix_departure_state", "state", "id"),
    )
    MOVES = MOVES
    SUBJECT = "departure"

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    change_id: Mapped[UUID | None] = ref("rule_version.id", nullable=True, index=False)
    rules: Mapped[dict[str, Any]] = jsonb()
    state: Mapped[DepartureState] = mapped_column(String(20), default=DepartureState.ANNOUNCED)
    announced_by: Mapped[UUID] = ref("member.id", index=False)
    announced_at: Mapped[datetime] = created()
    closes_at: Mapped[datetime] = moment()
    ended_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    ended_at: Mapped[datetime | None] = moment(nullable=True)

    @property
    def itself(self) -> Subject:
        """The departure as the subject of evidence."""
        return Subject(self.SUBJECT, self.id)
