"""Tables of assessments. What was said, found and decided is insert-only; the rest moves through tables of moves."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CHAR,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.assessment.states import (
    ASSESSMENT_MOVES,
    ITEM_MOVES,
    PROPOSAL_MOVES,
    TITLE_MOVES,
    AssessmentMove,
    AssessmentState,
    Finding,
    ItemState,
    ProposalState,
    TitleState,
    Veto,
)
from app.core.columns import jsonb, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from app.core.subject import Subject


class AssessmentRules(Base):
    """Weights, bounds and times (app.assessment.rules.Rules) from a day on, with their source. Insert-only."""

    __tablename__ = "assessment_rules"
    __table_args__ = (Index("ix_assessment_rules_from", "effective_from", "id"),)

    id: Mapped[UUID] = pk()
    effective_from: Mapped[date] = mapped_column(Date)
    said: Mapped[dict[str, Any]] = jsonb()
    source: Mapped[str] = mapped_column(Text)
    set_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    set_at: Mapped[datetime] = moment()


class Assessment(Stateful, Base):
    """A periodic assessment of the platform over the twelve months up to `last`.

    rules_id       the rules of the day on which it was scheduled
    seed_source    where the seed will come from, said before the data are locked
    closes         closing → {id, revision, rows, figures}: what the figures were counted from (app.indicators)
    lock           SHA-256 over `closes` and the list of orders, as canonical JSON
    orders         how many are on the list; orders_key, orders_digest: the file of their marks
    seed           published, never changed (trigger), before orders are drawn
    rectify_by     the last day to put things right; statement_by: the last day to answer the notice
    told_at        when it was told that the time for a statement is over
    """

    __tablename__ = "assessment"
    __table_args__ = (
        Index("ix_assessment_state", "state", "id"),
        Index("uq_assessment_standing", "last", unique=True, postgresql_where=text("state <> 'revoked'")),
        CheckConstraint("(lock IS NULL) = (state = 'scheduled')", name="locked"),
        CheckConstraint("(seed IS NULL) = (seed_at IS NULL)", name="seed"),
        CheckConstraint("(state IN ('passed', 'revoked')) = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("state <> 'rectify' OR rectify_by IS NOT NULL", name="rectify"),
        CheckConstraint("state <> 'notice' OR statement_by IS NOT NULL", name="notice"),
    )
    MOVES = ASSESSMENT_MOVES
    SUBJECT = "assessment"

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[AssessmentState] = mapped_column(String(20), default=AssessmentState.SCHEDULED)
    last: Mapped[date] = mapped_column(Date)
    rules_id: Mapped[UUID] = ref("assessment_rules.id", index=False)
    seed_source: Mapped[str] = mapped_column(String(300))
    scheduled_by: Mapped[UUID] = ref("member.id", index=False)
    scheduled_at: Mapped[datetime] = moment()
    closes: Mapped[dict[str, Any] | None] = jsonb(nullable=True)
    lock: Mapped[str | None] = mapped_column(CHAR(64))
    locked_at: Mapped[datetime | None] = moment(nullable=True)
    orders: Mapped[int | None] = mapped_column(Integer)
    orders_key: Mapped[str | None] = mapped_column(String(80))
    orders_digest: Mapped[str | None] = mapped_column(CHAR(64))
    seed: Mapped[str | None] = mapped_column(String(200))
    seed_at: Mapped[datetime | None] = moment(nullable=True)
    drawn_at: Mapped[datetime | None] = moment(nullable=True)
    rectify_by: Mapped[date | None] = mapped_column(Date)
    statement_by: Mapped[date | None] = mapped_column(Date)
    told_at: Mapped[datetime | None] = moment(nullable=True)
    ended_at: Mapped[datetime | None] = moment(nullable=True)

    @property
    def itself(self) -> Subject:
        return Subject(self.SUBJECT, self.id)


class AssessmentReport(Base):
    """What the operator itself says: figures by code as decimal text, and words. One each, insert-only."""

    __tablename__ = "assessment_report"

    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessment.id", ondelete="RESTRICT"), primary_key=True)
    figures: Mapped[dict[str, str]] = jsonb()
    text: Mapped[str] = mapped_column(Text)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    at: Mapped[datetime] = moment()


class AssessmentSample(Base):
    """One order that was drawn, in the place its hash gave it. `order_id` unset where the mark belongs to none here."""

    __tablename__ = "assessment_sample"

    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessment.id", ondelete="RESTRICT"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    mark: Mapped[str] = mapped_column(String(40))
    order_id: Mapped[UUID | None]


class AssessmentFinding(Base):
    """What came of looking at one order of the sample; the newest counts. Insert-only."""

    __tablename__ = "assessment_finding"
    __table_args__ = (Index("ix_assessment_finding_place", "assessment_id", "place", "id"),)

    id: Mapped[UUID] = pk()
    assessment_id: Mapped[UUID] = ref("assessment.id", index=False)
    place: Mapped[int] = mapped_column(Integer)
    finding: Mapped[Finding] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    at: Mapped[datetime] = moment()


class AssessmentSheet(Base):
    """Scores of 0 to 100 by chapter with reasons: {chapter: {score, reason}}; the newest counts. Insert-only."""

    __tablename__ = "assessment_sheet"

    id: Mapped[UUID] = pk()
    assessment_id: Mapped[UUID] = ref("assessment.id")
    scores: Mapped[dict[str, Any]] = jsonb()
    member_id: Mapped[UUID] = ref("member.id", index=False)
    at: Mapped[datetime] = moment()


class AssessmentVeto(Base):
    """That a veto stands, or that it was set aside; of each kind the newest counts. Insert-only."""

    __tablename__ = "assessment_veto"

    id: Mapped[UUID] = pk()
    assessment_id: Mapped[UUID] = ref("assessment.id")
    kind: Mapped[Veto] = mapped_column(String(20))
    stands: Mapped[bool] = mapped_column(Boolean)
    curable: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(Text)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    at: Mapped[datetime] = moment()


class AssessmentProposal(Stateful, Base):
    """A decision that somebody proposes and another person agrees to or not; what is proposed never changes (trigger).

    score   as it stood, with the vetoes that stood: [{kind, curable}]
    items   what is to be put right: [{what, owner, due_on}], for RECTIFY
    """

    __tablename__ = "assessment_proposal"
    __table_args__ = (
        Index("ix_assessment_proposal_assessment", "assessment_id", "id"),
        Index("uq_assessment_proposal_open", "assessment_id", unique=True, postgresql_where=text("state = 'open'")),
        CheckConstraint("(state = 'open') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("decided_by <> proposed_by", name="second_person"),
    )
    MOVES = PROPOSAL_MOVES
    SUBJECT = "assessment_proposal"

    id: Mapped[UUID] = pk()
    assessment_id: Mapped[UUID] = ref("assessment.id", index=False)
    decision: Mapped[AssessmentMove] = mapped_column(String(20))
    score: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    vetoes: Mapped[list[dict[str, Any]]] = jsonb()
    items: Mapped[list[dict[str, Any]]] = jsonb()
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[ProposalState] = mapped_column(String(20), default=ProposalState.OPEN)
    proposed_by: Mapped[UUID] = ref("member.id", index=False)
    proposed_at: Mapped[datetime] = moment()
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)


class AssessmentItem(Stateful, Base):
    """One thing to be put right. What, by whom and until when never changes (trigger)."""

    __tablename__ = "assessment_item"
    MOVES = ITEM_MOVES
    SUBJECT = "assessment_item"

    id: Mapped[UUID] = pk()
    assessment_id: Mapped[UUID] = ref("assessment.id")
    what: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(String(120))
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[ItemState] = mapped_column(String(20), default=ItemState.OPEN)


class AssessmentProgress(Base):
    """What was said of an item, by the operator or by who checks it. Insert-only."""

    __tablename__ = "assessment_progress"

    id: Mapped[UUID] = pk()
    item_id: Mapped[UUID] = ref("assessment_item.id")
    text: Mapped[str] = mapped_column(Text)
    move: Mapped[str] = mapped_column(String(20))
    member_id: Mapped[UUID] = ref("member.id", index=False)
    at: Mapped[datetime] = moment()


class AssessmentStatement(Base):
    """What the operator says to a notice of revocation. Insert-only."""

    __tablename__ = "assessment_statement"

    id: Mapped[UUID] = pk()
    assessment_id: Mapped[UUID] = ref("assessment.id")
    text: Mapped[str] = mapped_column(Text)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    at: Mapped[datetime] = moment()


class AssessmentTitle(Stateful, Base):
    """A title that the authority awarded: entered by one person, confirmed by another, held until it ends.

    valid_until  the last day, where the certificate names one
    revoked_by   the assessment that ended it
    """

    __tablename__ = "assessment_title"
    __table_args__ = (
        Index(
            "uq_assessment_title_state", "state", unique=True, postgresql_where=text("state IN ('proposed', 'held')")
        ),
        CheckConstraint("agreed_by <> proposed_by", name="second_person"),
        CheckConstraint("(state = 'revoked') = (revoked_by IS NOT NULL AND ended_at IS NOT NULL)", name="revoked"),
    )
    MOVES = TITLE_MOVES
    SUBJECT = "assessment_title"

    id: Mapped[UUID] = pk()
    name_en: Mapped[str] = mapped_column(String(200))
    name_zh: Mapped[str] = mapped_column(String(200))
    authority: Mapped[str] = mapped_column(String(200))
    certificate: Mapped[str] = mapped_column(String(80), unique=True)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    state: Mapped[TitleState] = mapped_column(String(20), default=TitleState.PROPOSED)
    proposed_by: Mapped[UUID] = ref("member.id", index=False)
    proposed_at: Mapped[datetime] = moment()
    agreed_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    agreed_at: Mapped[datetime | None] = moment(nullable=True)
    revoked_by: Mapped[UUID | None] = ref("assessment.id", nullable=True, index=False)
    ended_at: Mapped[datetime | None] = moment(nullable=True)

    @property
    def itself(self) -> Subject:
        return Subject(self.SUBJECT, self.id)
