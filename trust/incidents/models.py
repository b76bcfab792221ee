"""Tables of the register of incidents."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, money, pk, ref
from app.core.db import Base
from app.core.money import Money
from app.core.states import Stateful
from app.core.subject import Subject
from trust.incidents.duties import Duty
from trust.incidents.states import (
    DUTY_MOVES,
    INCIDENT_MOVES,
    DutyState,
    Grade,
    Harm,
    IncidentState,
    Nature,
)


class Incident(Stateful, Base):
    """A security or data incident. GDPR art. 33(5); E-Commerce Law art. 30.

    detected_at   when the platform came to know: every clock runs from here (trigger: never changed)
    purposes      codes of the register of purposes whose data it touches
    people        how many people; companies: how many companies; records: how many rows, as far as known
    drill         runs the same way, sends nothing outside, and never counts
    """

    __tablename__ = "incident"
    __table_args__ = (
        Index("ix_incident_state", "state", "id"),
        Index("ix_incident_detected", "detected_at", postgresql_where=text("NOT drill")),
        Index("ix_incident_over", "ended_at", postgresql_where=text("forgotten_at IS NULL")),
        CheckConstraint("(state IN ('closed', 'dismissed')) = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("state <> 'contained' AND state <> 'closed' OR contained_at IS NOT NULL", name="contained"),
        CheckConstraint("(state = 'dismissed') = (dismissed_by IS NOT NULL)", name="dismissed"),
        CheckConstraint("dismissed_by <> reported_by", name="second_person"),
        CheckConstraint("people >= 0 AND companies >= 0 AND records >= 0", name="counts"),
        CheckConstraint("detected_at <= reported_at", name="order"),
        CheckConstraint("(loss_minor IS NULL) = (loss_currency IS NULL)", name="loss"),
        CheckConstraint("loss_currency = 'CNY' AND loss_minor >= 0", name="loss_in_yuan"),
    )
    MOVES = INCIDENT_MOVES
    SUBJECT = "incident"

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[IncidentState] = mapped_column(String(20), default=IncidentState.REPORTED)
    drill: Mapped[bool] = mapped_column(Boolean, default=False)
    nature: Mapped[Nature] = mapped_column(String(20))
    grade: Mapped[Grade] = mapped_column(String(20), default=Grade.GENERAL)
    harm: Mapped[Harm] = mapped_column(String(20), default=Harm.UNLIKELY)
    personal: Mapped[bool] = mapped_column(Boolean, default=False)
    in_cn: Mapped[bool] = mapped_column(Boolean, default=False)
    in_eu: Mapped[bool] = mapped_column(Boolean, default=False)
    crime: Mapped[bool] = mapped_column(Boolean, default=False)
    title: Mapped[str] = mapped_column(String(200))
    happened: Mapped[str] = mapped_column(Text)
    consequences: Mapped[str] = mapped_column(Text, default="")
    measures: Mapped[str] = mapped_column(Text, default="")
    purposes: Mapped[list[str]] = jsonb()
    people: Mapped[int] = mapped_column(Integer, default=0)
    companies: Mapped[int] = mapped_column(Integer, default=0)
    records: Mapped[int] = mapped_column(BigInteger, default=0)
    loss: Mapped[Money | None] = money("loss", nullable=True)
    detected_at: Mapped[datetime] = moment()
    reported_at: Mapped[datetime] = created()
    reported_by: Mapped[UUID] = ref("member.id")
    assessed_at: Mapped[datetime | None] = moment(nullable=True)
    dismissed_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    contained_at: Mapped[datetime | None] = moment(nullable=True)
    ended_at: Mapped[datetime | None] = moment(nullable=True)
    forgotten_at: Mapped[datetime | None] = moment(nullable=True)

    @property
    def itself(self) -> Subject:
        return Subject(self.SUBJECT, self.id)


class IncidentDuty(Stateful, Base):
    """One thing the law asks for, with its time. Kept once done or found not to be needed (trigger).

    began_at       the clock's beginning; due_at: the last moment
    reference      number under which the authority received it, or of the notice that was sent
    file           receipt of the sealed document: key, name, content_type, size, sha256
    delay          why it is late
    """

    __tablename__ = "incident_duty"
    __table_args__ = (
        Index("uq_incident_duty_kind", "incident_id", "kind", unique=True),
        Index("ix_incident_duty_due", "due_at", postgresql_where=text("state IN ('due', 'proposed')")),
        Index(
            "ix_incident_duty_alarm",
            "alarm_at",
            postgresql_where=text("state IN ('due', 'proposed') AND alarmed_at IS NULL"),
        ),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL AND done_by IS NOT NULL)", name="done"),
        CheckConstraint("state <> 'done' OR done_at <= due_at OR delay <> ''", name="late_says_why"),
        CheckConstraint("state <> 'done' OR reference <> ''", name="done_has_reference"),
        CheckConstraint(
            "(state IN ('proposed', 'waived')) <= (proposed_by IS NOT NULL AND reason <> '')", name="proposed"
        ),
        CheckConstraint("(state = 'waived') = (agreed_by IS NOT NULL AND agreed_at IS NOT NULL)", name="agreed"),
        CheckConstraint("agreed_by <> proposed_by", name="second_person"),
    )
    MOVES = DUTY_MOVES
    SUBJECT = "incident_duty"

    id: Mapped[UUID] = pk()
    incident_id: Mapped[UUID] = ref("incident.id", index=False)
    kind: Mapped[Duty] = mapped_column(String(30))
    state: Mapped[DutyState] = mapped_column(String(20), default=DutyState.DUE)
    began_at: Mapped[datetime] = moment()
    due_at: Mapped[datetime] = moment()
    done_at: Mapped[datetime | None] = moment(nullable=True)
    done_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    recipient: Mapped[str] = mapped_column(String(200), default="")
    reference: Mapped[str] = mapped_column(String(120), default="")
    file: Mapped[dict[str, Any] | None] = jsonb(nullable=True)
    delay: Mapped[str] = mapped_column(Text, default="")
    proposed_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    reason: Mapped[str] = mapped_column(Text, default="")
    agreed_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    agreed_at: Mapped[datetime | None] = moment(nullable=True)
    alarm_at: Mapped[datetime] = moment()
    alarmed_at: Mapped[datetime | None] = moment(nullable=True)


class IncidentCompany(Base):
    """A company whose data an incident touches."""

    __tablename__ = "incident_company"

    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id", ondelete="RESTRICT"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), primary_key=True)
    at: Mapped[datetime] = created()


class IncidentNotice(Base):
    """A notice in both languages, as it was sent to the companies that were named until then. Append-only.

    everybody   to all members of the companies, else to their owners
    companies   how many it goes to; of a drill it goes to none
    """

    __tablename__ = "incident_notice"
    __table_args__ = (Index("ix_incident_notice_incident", "incident_id", "id"),)

    id: Mapped[UUID] = pk()
    incident_id: Mapped[UUID] = ref("incident.id", index=False)
    everybody: Mapped[bool] = mapped_column(Boolean)
    companies: Mapped[int] = mapped_column(Integer)
    title_en: Mapped[str] = mapped_column(String(200))
    title_zh: Mapped[str] = mapped_column(String(200))
    text_en: Mapped[str] = mapped_column(Text)
    text_zh: Mapped[str] = mapped_column(Text)
    sent_by: Mapped[UUID] = ref("member.id", index=False)
    sent_at: Mapped[datetime] = created()

    @property
    def itself(self) -> Subject:
        return Subject("incident_notice", self.id)
