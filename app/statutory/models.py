"""Tables of the calendar of statutory reports."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from app.core.subject import Subject
from app.statutory.rules import Kind
from app.statutory.states import MOVES, FilingState


class StatutoryFiling(Stateful, Base):
    """A report the law asks for: about the days `first_day` to `last_day`, due on `due_on`. It stays (trigger).

    deferred_to   the day to which an authority put it off; it counts in place of `due_on`
    told_on       up to which day letters went out
    held_up       why the job could not prepare it: the error's code, and its facts
    waiver_reason why somebody holds that it is not due; a second person agrees, or it is blank again
    """

    __tablename__ = "statutory_filing"
    __table_args__ = (
        Index("uq_statutory_filing_period", "kind", "first_day", unique=True),
        Index("ix_statutory_filing_due", "due_on", "id"),
        Index(
            "ix_statutory_filing_outstanding",
            text("coalesce(deferred_to, due_on)"),
            postgresql_where=text("state IN ('open', 'prepared', 'deferred')"),
        ),
        CheckConstraint("kind IN ('identity', 'tax', 'basic')", name="kind"),
        CheckConstraint("first_day <= last_day AND last_day <= opens_on AND opens_on <= due_on", name="days"),
        CheckConstraint("deferred_to > due_on", name="deferred_to"),
        CheckConstraint("state <> 'deferred' OR deferred_to IS NOT NULL", name="deferred"),
        CheckConstraint("(waiver_by IS NULL) = (waiver_reason = '')", name="waiver"),
        CheckConstraint("(state = 'not_due') = (waived_by IS NOT NULL)", name="waived"),
        CheckConstraint("waived_by <> waiver_by", name="second_person"),
    )
    MOVES = MOVES
    SUBJECT = "statutory_filing"

    id: Mapped[UUID] = pk()
    kind: Mapped[Kind] = mapped_column(String(20))
    state: Mapped[FilingState] = mapped_column(String(20), default=FilingState.UPCOMING)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    opens_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    deferred_to: Mapped[date | None] = mapped_column(Date)
    told_on: Mapped[date | None] = mapped_column(Date)
    held_up: Mapped[dict[str, Any] | None] = jsonb(nullable=True)
    waiver_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    waiver_reason: Mapped[str] = mapped_column(Text, default="")
    waived_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    created_at: Mapped[datetime] = created()

    @property
    def itself(self) -> Subject:
        return Subject(self.SUBJECT, self.id)

    @property
    def until(self) -> date:
        """The last day on which it is in time."""
        return self.deferred_to or self.due_on


class StatutoryVersion(Base):
    """A report as it was prepared: one snapshot, never changed; it is filed once (trigger).

    number      1, and one more for each time it was prepared again; `reason`: why
    file        receipt of the sealed snapshot: key, name, content_type, size, sha256. None of particulars of sellers,
                which `report_id` names
    digest      SHA-256 of the snapshot, or of that report's table
    counts      what is in it: sellers, income, orders
    findings    what is wrong with sellers in it, by kind → how many
    prepared_by None for the job
    filed_on    the day of the receipt; `receipt`: its document, sealed
    forgotten_at  since when snapshot and receipt are gone, for their time is over
    """

    __tablename__ = "statutory_version"
    __table_args__ = (
        Index("uq_statutory_version_number", "filing_id", "number", unique=True),
        Index("ix_statutory_version_over", "prepared_at", postgresql_where=text("forgotten_at IS NULL")),
        CheckConstraint("(file IS NULL) <> (report_id IS NULL) OR forgotten_at IS NOT NULL", name="content"),
        CheckConstraint(
            "(filed_on IS NULL) = (filed_by IS NULL) AND (filed_on IS NULL) = (filed_at IS NULL)"
            " AND (filed_on IS NULL) = (receipt_number = '')",
            name="filed",
        ),
        CheckConstraint("receipt IS NULL OR filed_on IS NOT NULL", name="receipt"),
        CheckConstraint("filed_by <> prepared_by", name="second_person"),
    )

    id: Mapped[UUID] = pk()
    filing_id: Mapped[UUID] = ref("statutory_filing.id", index=False)
    number: Mapped[int]
    reason: Mapped[str] = mapped_column(Text, default="")
    file: Mapped[dict[str, Any] | None] = jsonb(nullable=True)
    report_id: Mapped[UUID | None] = ref("identity_report.id", nullable=True, index=False, unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    counts: Mapped[dict[str, Any]] = jsonb()
    findings: Mapped[dict[str, Any]] = jsonb()
    prepared_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    prepared_at: Mapped[datetime] = moment()
    filed_on: Mapped[date | None] = mapped_column(Date)
    filed_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    filed_at: Mapped[datetime | None] = moment(nullable=True)
    receipt_number: Mapped[str] = mapped_column(String(120), default="")
    receipt: Mapped[dict[str, Any] | None] = jsonb(nullable=True)
    forgotten_at: Mapped[datetime | None] = moment(nullable=True)


class StatutoryRecipient(Base):
    """The tax authority, by its certificate (X.509, PEM). The newest counts. Insert-only."""

    __tablename__ = "statutory_recipient"

    id: Mapped[UUID] = pk()
    name: Mapped[str] = mapped_column(String(200))
    certificate: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(String(64))
    added_by: Mapped[UUID] = ref("member.id", index=False)
    added_at: Mapped[datetime] = moment()
