"""Tables of risk: what rules are in force, what they found, what people made of it, and what stands still."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, pk, ref
from app.core.db import Base


class RiskSetting(Base):
    """Parameters of one rule from `effective_from` on, once a second person has agreed (`verdict` 'approved').

    The first come with the database and were set by nobody. Decided once, else never changed (trigger).
    trial  other parameters to be tried beside these, without effect
    """

    __tablename__ = "risk_setting"
    __table_args__ = (
        CheckConstraint("mode IN ('live', 'shadow', 'off')", name="mode"),
        CheckConstraint("verdict IN ('', 'approved', 'refused')", name="verdict"),
        CheckConstraint("(verdict = '') = (decided_at IS NULL)", name="decided"),
        CheckConstraint(
            "verdict <> 'approved' OR set_by IS NULL OR (decided_by IS NOT NULL AND decided_by <> set_by)",
            name="maker_is_not_checker",
        ),
        Index("uq_risk_setting_waiting", "rule", unique=True, postgresql_where=text("verdict = ''")),
        Index("ix_risk_setting_rule", "rule", "effective_from"),
    )

    id: Mapped[UUID] = pk()
    rule: Mapped[str] = mapped_column(String(10))
    mode: Mapped[str] = mapped_column(String(10))
    parameters: Mapped[dict[str, Any]] = jsonb()
    trial: Mapped[dict[str, Any] | None] = jsonb(nullable=True)
    effective_from: Mapped[datetime] = moment()
    source: Mapped[str] = mapped_column(Text)
    set_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    set_at: Mapped[datetime] = created()
    verdict: Mapped[str] = mapped_column(String(10), default="")
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)


class RiskHit(Base):
    """One rule's answer at one decision. Insert-only; goes when its time to be kept is over (trigger).

    assessment_id  the same for all hits of one decision; `decided` and `score` are the whole decision's
    inputs         what was judged, enough to judge it again; hashes and masked words instead of texts
    """

    __tablename__ = "risk_hit"
    __table_args__ = (
        Index("ix_risk_hit_subject", "subject_type", "subject_id", "id"),
        Index("ix_risk_hit_organisation", "organisation_id", "id"),
        Index("ix_risk_hit_rule", "rule", "at"),
        Index("ix_risk_hit_at", "at", postgresql_using="brin"),
    )

    id: Mapped[UUID] = pk()
    assessment_id: Mapped[UUID]
    point: Mapped[str] = mapped_column(String(20))
    rule: Mapped[str] = mapped_column(String(10))
    version: Mapped[int] = mapped_column(SmallInteger)
    setting_id: Mapped[UUID] = ref("risk_setting.id", index=False)
    mode: Mapped[str] = mapped_column(String(10))
    action: Mapped[int] = mapped_column(SmallInteger)
    notice: Mapped[str] = mapped_column(String(10), default="")
    hours: Mapped[int] = mapped_column(Integer, default=0)
    value: Mapped[str] = mapped_column(String(200))
    inputs: Mapped[dict[str, Any]] = jsonb()
    threshold: Mapped[dict[str, Any]] = jsonb()
    decided: Mapped[int] = mapped_column(SmallInteger)
    score: Mapped[int] = mapped_column(SmallInteger)
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    member_id: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    at: Mapped[datetime] = created()


class RiskOutcome(Base):
    """What a reviewer found of a hit. Insert-only."""

    __tablename__ = "risk_outcome"

    hit_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("risk_hit.id", ondelete="CASCADE"), primary_key=True)
    harm: Mapped[bool] = mapped_column(Boolean)
    review_id: Mapped[UUID] = ref("review.id", index=False)
    decided_by: Mapped[UUID] = ref("member.id", index=False)
    at: Mapped[datetime] = created()


class RiskHold(Base):
    """Its subject stands still until `until`, or until one person has asked to let it go and another agreed.

    Nothing else of it ever changes (trigger). A hold moves no money: it only keeps what it names from being done.
    """

    __tablename__ = "risk_hold"
    __table_args__ = (
        CheckConstraint("until > placed_at", name="until"),
        CheckConstraint("(asked_by IS NULL) = (asked_at IS NULL)", name="asked"),
        CheckConstraint("(released_by IS NULL) = (released_at IS NULL)", name="released"),
        CheckConstraint("released_by IS NULL OR (asked_by IS NOT NULL AND asked_by <> released_by)", name="two_people"),
        Index("ix_risk_hold_subject", "subject_type", "subject_id", "until"),
        Index("ix_risk_hold_running", "until", postgresql_where=text("ended_at IS NULL")),
        Index("ix_risk_hold_released", "released_at", postgresql_where=text("released_at IS NOT NULL")),
    )

    id: Mapped[UUID] = pk()
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = ref("organisation.id")
    rule: Mapped[str] = mapped_column(String(10))
    hit_id: Mapped[UUID]
    placed_at: Mapped[datetime] = moment()
    until: Mapped[datetime] = moment()
    asked_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    asked_at: Mapped[datetime | None] = moment(nullable=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    released_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    released_at: Mapped[datetime | None] = moment(nullable=True)
    ended_at: Mapped[datetime | None] = moment(nullable=True)


class RiskOverrideReport(Base):
    """What people let go before its time in a week of the platform's zone, as it was known when that was written down.
    Insert-only.

    lines  one for each hold, as `overrides.Override` has it
    """

    __tablename__ = "risk_override_report"
    __table_args__ = (CheckConstraint("extract(isodow FROM first_day) = 1", name="begins_on_monday"),)

    id: Mapped[UUID] = pk()
    first_day: Mapped[date] = mapped_column(Date, unique=True)
    made_at: Mapped[datetime] = moment()
    lines: Mapped[list[dict[str, Any]]] = jsonb()


class RiskCount(Base):
    """How many decisions a process has made at a point on a day: what hits are a part of. Written once a minute."""

    __tablename__ = "risk_count"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    point: Mapped[str] = mapped_column(String(20), primary_key=True)
    process: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    decisions: Mapped[int] = mapped_column(Integer)


class RiskTrait(Base):
    """Something by which a company can be known again, as a keyed hash: two with the same one belong together."""

    __tablename__ = "risk_trait"
    __table_args__ = (Index("ix_risk_trait_organisation_id", "organisation_id"),)

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("organisation.id", ondelete="RESTRICT"), primary_key=True
    )
    since: Mapped[datetime] = created()
