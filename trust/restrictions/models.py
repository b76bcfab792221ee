"""Tables of restrictions: what was placed and why, what the company said, breaches and their points, and what
authorities found."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, Integer, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from trust.restrictions.states import APPEAL_MOVES, MOVES, AppealState, RestrictionState

_WAITING = "state IN ('proposed', 'refused')"


class Restriction(Stateful, Base):
    """One measure against one company. What it is never changes once it is written; only where it stands (trigger).

    scopes     what it takes away; kept in `organisation.bound` while it is in force (trigger)
    statement  of facts, as the company reads it
    rests_on   the subjects whose evidence chains show it, as text
    agreed_by  the second person of a suspension
    publish_by until when it must be public; None where it is not for an illegal act
    """

    __tablename__ = "restriction"
    __table_args__ = (
        CheckConstraint("kind IN ('remind', 'partial', 'full', 'terminated')", name="kind"),
        CheckConstraint(
            "CASE kind WHEN 'remind' THEN scopes = '{}'"
            " WHEN 'partial' THEN cardinality(scopes) > 0"
            " AND scopes <@ ARRAY['publish', 'quote', 'message_first', 'receive_order', 'payout']::varchar[]"
            " ELSE scopes @> ARRAY['publish', 'quote', 'message_first', 'receive_order', 'ads', 'finance']::varchar[]"
            " AND NOT 'payout' = ANY (scopes) END",
            name="scopes",
        ),
        CheckConstraint(f"({_WAITING}) = (starts_at IS NULL)", name="starts"),
        CheckConstraint(
            "CASE kind WHEN 'remind' THEN days BETWEEN 1 AND 30 WHEN 'partial' THEN days BETWEEN 1 AND 90"
            " ELSE days IS NULL END IS TRUE",
            name="proportion",
        ),
        CheckConstraint(
            "(expires_at IS NULL) = (starts_at IS NULL OR days IS NULL)"
            " AND (expires_at IS NULL OR expires_at - starts_at <= make_interval(days => days))",
            name="expires",
        ),
        CheckConstraint("(review_on IS NOT NULL) = (kind = 'partial' AND starts_at IS NOT NULL)", name="review"),
        CheckConstraint(
            f"agreed_by <> placed_by AND (agreed_by IS NOT NULL OR {_WAITING} OR kind IN ('remind', 'partial'))"
            " IS TRUE",
            name="two_people",
        ),
        CheckConstraint(
            f"(ended_at IS NOT NULL) = (state NOT IN ('proposed', 'in_force')) AND (ended_because <> '' OR {_WAITING}"
            " OR state IN ('in_force', 'expired'))",
            name="ended",
        ),
        CheckConstraint("(published_at IS NULL) = (published_name = '')", name="published"),
        Index("ix_restriction_organisation", "organisation_id", "id"),
        Index("ix_restriction_state", "state", "id"),
        Index("ix_restriction_expires", "expires_at", postgresql_where=text("state = 'in_force'")),
        Index("ix_restriction_review", "review_on", postgresql_where=text("state = 'in_force'")),
        Index("ix_restriction_publish", "publish_by", postgresql_where=text("published_at IS NULL")),
        Index("ix_restriction_published", "published_at", postgresql_where=text("published_at IS NOT NULL")),
    )
    MOVES = MOVES
    SUBJECT = "restriction"

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    kind: Mapped[str] = mapped_column(String(20))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(20)))
    days: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(40))
    statement: Mapped[str] = mapped_column(Text)
    rests_on: Mapped[list[str]] = jsonb()
    finding_id: Mapped[UUID | None] = ref("authority_finding.id", nullable=True, index=False, unique=True)
    replaces_id: Mapped[UUID | None] = ref("restriction.id", nullable=True, index=False, unique=True)
    state: Mapped[RestrictionState] = mapped_column(String(20))
    placed_by: Mapped[UUID] = ref("member.id", index=False)
    placed_at: Mapped[datetime] = created()
    agreed_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    starts_at: Mapped[datetime | None] = moment(nullable=True)
    expires_at: Mapped[datetime | None] = moment(nullable=True)
    review_on: Mapped[date | None] = mapped_column(Date)
    appeal_until: Mapped[datetime | None] = moment(nullable=True)
    read_at: Mapped[datetime | None] = moment(nullable=True)
    read_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    ended_at: Mapped[datetime | None] = moment(nullable=True)
    ended_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    ended_because: Mapped[str] = mapped_column(Text, default="")
    publish_by: Mapped[datetime | None] = moment(nullable=True)
    published_at: Mapped[datetime | None] = moment(nullable=True)
    published_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    published_name: Mapped[str] = mapped_column(String(200), default="")


class Statement(Base):
    """What a company said to a restriction, with files that lie sealed in the store. Insert-only."""

    __tablename__ = "restriction_statement"

    id: Mapped[UUID] = pk()
    restriction_id: Mapped[UUID] = ref("restriction.id")
    member_id: Mapped[UUID] = ref("member.id", index=False)
    text: Mapped[str] = mapped_column(Text)
    files: Mapped[list[dict[str, Any]]] = jsonb()
    at: Mapped[datetime] = created()


class Appeal(Stateful, Base):
    """A company's appeal, once for a restriction; decided by somebody who neither placed it nor agreed (trigger)."""

    __tablename__ = "restriction_appeal"
    __table_args__ = (
        CheckConstraint(
            "(state = 'filed') = (decided_by IS NULL) AND (state = 'filed') = (decided_at IS NULL)"
            " AND (state = 'filed') = (outcome = '')",
            name="decided",
        ),
    )
    MOVES = APPEAL_MOVES
    SUBJECT = "restriction_appeal"

    id: Mapped[UUID] = pk()
    restriction_id: Mapped[UUID] = ref("restriction.id", index=False, unique=True)
    statement_id: Mapped[UUID] = ref("restriction_statement.id", index=False)
    state: Mapped[AppealState] = mapped_column(String(20), default=AppealState.FILED)
    filed_at: Mapped[datetime] = created()
    due_at: Mapped[datetime] = moment()
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)
    outcome: Mapped[str] = mapped_column(Text, default="")


class ViolationPoint(Base):
    """Points given for one breach. Insert-only; they count for twelve months."""

    __tablename__ = "violation_point"
    __table_args__ = (
        CheckConstraint("points > 0", name="points"),
        Index("ix_violation_point_organisation", "organisation_id", "given_at"),
    )

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    breach: Mapped[str] = mapped_column(String(30))
    points: Mapped[int] = mapped_column(Integer)
    proposes: Mapped[str] = mapped_column(String(20), default="")
    facts: Mapped[str] = mapped_column(Text)
    given_by: Mapped[UUID] = ref("member.id", index=False)
    given_at: Mapped[datetime] = moment()


class AuthorityFinding(Base):
    """An authority's final decision against a company, with its document sealed in the store. Insert-only."""

    __tablename__ = "authority_finding"
    __table_args__ = (Index("uq_authority_finding_document", "organ", "document_number", unique=True),)

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id")
    organ: Mapped[str] = mapped_column(String(200))
    document_number: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(40))
    decided_on: Mapped[date] = mapped_column(Date)
    files: Mapped[list[dict[str, Any]]] = jsonb()
    recorded_by: Mapped[UUID] = ref("member.id", index=False)
    recorded_at: Mapped[datetime] = created()
