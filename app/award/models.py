"""Tables of applications for the title. What was handed in, found and scored is insert-only; the rest moves through
tables of moves."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CHAR,
    Boolean,
    CheckConstraint,
    Date,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.award.states import (
    APPLICATION_MOVES,
    OBJECTION_MOVES,
    PROPOSAL_MOVES,
    REVIEWER_MOVES,
    ApplicationState,
    ObjectionState,
    Outcome,
    ProposalState,
    Result,
    ReviewerState,
)
from app.core.columns import jsonb, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from app.core.subject import Subject


class AwardRules(Base):
    """Parts, weights, bounds and times (app.award.rules.Rules) from a day on, with their source. Insert-only."""

    __tablename__ = "award_rules"
    __table_args__ = (Index("ix_award_rules_from", "effective_from", "id"),)

    id: Mapped[UUID] = pk()
    effective_from: Mapped[date] = mapped_column(Date)
    said: Mapped[dict[str, Any]] = jsonb()
    source: Mapped[str] = mapped_column(Text)
    set_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    set_at: Mapped[datetime] = moment()


class Application(Stateful, Base):
    """An application for the title.

    rules_id       the rules of the day on which it was begun
    last           the last of the twelve months whose figures it rests on
    digest         SHA-256 over the dossier as it was handed in last, as canonical JSON
    returns        how often it was returned; complete_by: the last day to complete it
    round          of the committee; another one begins when an objection is upheld
    result         what was published; publicity_from and publicity_until: the days for objections
    told_at        when it was told that the time for objections is over while some are open
    certificate    with valid_from and valid_until, of the title that came of it
    """

    __tablename__ = "award_application"
    __table_args__ = (
        Index("ix_award_application_state", "state", "id"),
        CheckConstraint("state IN ('draft', 'withdrawn') OR digest IS NOT NULL", name="submitted"),
        CheckConstraint("state <> 'returned' OR complete_by IS NOT NULL", name="returned"),
        CheckConstraint("(result IS NULL) = (publicity_until IS NULL)", name="published"),
        CheckConstraint("state <> 'publicity' OR result IS NOT NULL", name="publicity"),
        CheckConstraint("(state = 'awarded') = (title_id IS NOT NULL)", name="awarded"),
        CheckConstraint("(state IN ('awarded', 'rejected', 'withdrawn')) = (ended_at IS NOT NULL)", name="ended"),
    )
    MOVES = APPLICATION_MOVES
    SUBJECT = "award_application"

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[ApplicationState] = mapped_column(String(20), default=ApplicationState.DRAFT)
    rules_id: Mapped[UUID] = ref("award_rules.id", index=False)
    last: Mapped[date] = mapped_column(Date)
    opened_by: Mapped[UUID] = ref("member.id", index=False)
    opened_at: Mapped[datetime] = moment()
    digest: Mapped[str | None] = mapped_column(CHAR(64))
    returns: Mapped[int] = mapped_column(SmallInteger, default=0)
    complete_by: Mapped[date | None] = mapped_column(Date)
    round: Mapped[int] = mapped_column(SmallInteger, default=1)
    result: Mapped[Result | None] = mapped_column(String(20))
    publicity_from: Mapped[date | None] = mapped_column(Date)
    publicity_until: Mapped[date | None] = mapped_column(Date)
    told_at: Mapped[datetime | None] = moment(nullable=True)
    title_id: Mapped[UUID | None] = ref("assessment_title.id", nullable=True, index=False)
    ended_at: Mapped[datetime | None] = moment(nullable=True)

    @property
    def itself(self) -> Subject:
        return Subject(self.SUBJECT, self.id)


class AwardPart(Base):
    """A part of a dossier as it is being written. `scores`: {chapter: {score, reason}}, of the self-assessment."""

    __tablename__ = "award_part"
    __table_args__ = (Index("uq_award_part_code", "application_id", "code", unique=True),)

    id: Mapped[UUID] = pk()
    application_id: Mapped[UUID] = ref("award_application.id", index=False)
    code: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    scores: Mapped[dict[str, Any] | None] = jsonb(nullable=True)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    at: Mapped[datetime] = moment()


class AwardFile(Base):
    """A file of a part or of an objection, sealed in the store; taken out it stays on record.

    sha256   of what was handed in
    """

    __tablename__ = "award_file"
    __table_args__ = (
        Index("ix_award_file_application", "application_id", "id"),
        Index("ix_award_file_objection", "objection_id"),
        CheckConstraint("(part = '') = (objection_id IS NOT NULL)", name="of_one"),
    )

    id: Mapped[UUID] = pk()
    application_id: Mapped[UUID] = ref("award_application.id", index=False)
    objection_id: Mapped[UUID | None] = ref("award_objection.id", nullable=True, index=False)
    part: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(CHAR(64))
    member_id: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    at: Mapped[datetime] = moment()
    removed_at: Mapped[datetime | None] = moment(nullable=True)


class AwardSubmission(Base):
    """A dossier as it was handed in, with the figures of the closes it names. Insert-only.

    digest   SHA-256 over `dossier` as canonical JSON
    """

    __tablename__ = "award_submission"

    id: Mapped[UUID] = pk()
    application_id: Mapped[UUID] = ref("award_application.id")
    dossier: Mapped[dict[str, Any]] = jsonb()
    digest: Mapped[str] = mapped_column(CHAR(64))
    member_id: Mapped[UUID] = ref("member.id", index=False)
    at: Mapped[datetime] = moment()


class AwardCheck(Base):
    """What came of a formal check: parts {code: reason it is not complete}, "" where it is. Insert-only."""

    __tablename__ = "award_check"

    id: Mapped[UUID] = pk()
    application_id: Mapped[UUID] = ref("award_application.id")
    outcome: Mapped[Outcome] = mapped_column(String(20))
    parts: Mapped[dict[str, str]] = jsonb()
    demonstration: Mapped[bool] = mapped_column(Boolean)
    reference: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)
    complete_by: Mapped[date | None] = mapped_column(Date)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    at: Mapped[datetime] = moment()


class AwardReviewer(Stateful, Base):
    """A member of the committee of one round, with what they say of conflicts of interest."""

    __tablename__ = "award_reviewer"
    __table_args__ = (
        Index("uq_award_reviewer_member", "application_id", "round", "member_id", unique=True),
        Index("ix_award_reviewer_member", "member_id"),
    )
    MOVES = REVIEWER_MOVES
    SUBJECT = "award_reviewer"

    id: Mapped[UUID] = pk()
    application_id: Mapped[UUID] = ref("award_application.id", index=False)
    round: Mapped[int] = mapped_column(SmallInteger)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    state: Mapped[ReviewerState] = mapped_column(String(20), default=ReviewerState.NAMED)
    statement: Mapped[str] = mapped_column(Text, default="")
    named_by: Mapped[UUID] = ref("member.id", index=False)
    named_at: Mapped[datetime] = moment()


class AwardSheet(Base):
    """One reviewer's scores of 0 to 100 by chapter with reasons: {chapter: {score, reason}}. Insert-only."""

    __tablename__ = "award_sheet"

    id: Mapped[UUID] = pk()
    reviewer_id: Mapped[UUID] = ref("award_reviewer.id", unique=True, index=False)
    scores: Mapped[dict[str, Any]] = jsonb()
    at: Mapped[datetime] = moment()


class AwardProposal(Stateful, Base):
    """A result that somebody proposes and another person agrees to or not; what is proposed never changes (trigger)."""

    __tablename__ = "award_proposal"
    __table_args__ = (
        Index("ix_award_proposal_application", "application_id", "id"),
        Index("uq_award_proposal_open", "application_id", unique=True, postgresql_where=text("state = 'open'")),
        CheckConstraint("(state = 'open') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("decided_by <> proposed_by", name="second_person"),
    )
    MOVES = PROPOSAL_MOVES
    SUBJECT = "award_proposal"

    id: Mapped[UUID] = pk()
    application_id: Mapped[UUID] = ref("award_application.id", index=False)
    round: Mapped[int] = mapped_column(SmallInteger)
    result: Mapped[Result] = mapped_column(String(20))
    score: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[ProposalState] = mapped_column(String(20), default=ProposalState.OPEN)
    proposed_by: Mapped[UUID] = ref("member.id", index=False)
    proposed_at: Mapped[datetime] = moment()
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)


class Objection(Stateful, Base):
    """What somebody says against a published result. Who it was lies sealed; what was said never changes (trigger).

    sealed   canonical JSON {name, email}
    upheld   what followed, where it was upheld
    reason   of the decision, published
    forgotten_at  since when it is gone who it was, what was written, and the files
    """

    __tablename__ = "award_objection"
    __table_args__ = (
        Index("ix_award_objection_application", "application_id", "id"),
        CheckConstraint("(state = 'open') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(state = 'upheld') = (upheld <> '')", name="upheld"),
        CheckConstraint("(objector_sealed IS NULL) = (forgotten_at IS NOT NULL)", name="forgotten"),
    )
    MOVES = OBJECTION_MOVES
    SUBJECT = "award_objection"

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(40), unique=True)
    application_id: Mapped[UUID] = ref("award_application.id", index=False)
    state: Mapped[ObjectionState] = mapped_column(String(20), default=ObjectionState.OPEN)
    objector_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    locale: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = moment()
    upheld: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)
    forgotten_at: Mapped[datetime | None] = moment(nullable=True)
