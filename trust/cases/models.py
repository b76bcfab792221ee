"""Tables of cases: one shape for complaints, reports and disputes, with their clocks, words, exhibits and rulings."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, money, pk, ref
from app.core.db import Base
from app.core.money import Money
from app.core.states import Stateful
from app.core.subject import Subject
from trust.cases.clocks import Length, Pause, Unit
from trust.cases.states import MOVES, CaseState, Kind

_OPEN = "state NOT IN ('closed', 'withdrawn', 'settled')"


class Case(Stateful, Base):
    """One case about `subject`. A reporter has no company here: `code_mark` is the one-way mark of their access code,
    and how to reach them lies sealed.

    topic       what it is about (Topic); side: who the complainant is in the deal: buyer, supplier or visitor
    amount      what is at stake, where it is money: of a dispute, all that is held
    checklist   what the contract said would be checked: [reference, text], of a dispute
    rules       the versions of our rules that bind the deal it is about, {code: number}; {} for no deal
    origins     things whose earlier reviewers may not judge this, as Subjects
    round       2 once somebody else looks again
    told_at     since when the respondent knows of it, and sees it
    zone        the zone in which its clocks count days
    """

    __tablename__ = "case_file"  # CASE is a reserved word of SQL
    __table_args__ = (
        CheckConstraint("complainant_id <> respondent_id", name="two_parties"),
        CheckConstraint("(complainant_id IS NULL) = (kind = 'report')", name="reporter_without_company"),
        CheckConstraint("(code_mark IS NULL) = (kind <> 'report')", name="code_of_reporter"),
        CheckConstraint("round IN (1, 2)", name="rounds"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        Index(
            "uq_case_file_open",
            "kind",
            "subject_type",
            "subject_id",
            "complainant_id",
            unique=True,
            postgresql_where=text(_OPEN),
        ),
        Index("ix_case_file_complainant", "complainant_id", "id"),
        Index("ix_case_file_respondent", "respondent_id", "id"),
        Index("ix_case_file_subject", "subject_type", "subject_id"),
        Index("ix_case_file_opened", "opened_at"),
        Index("ix_case_file_ended", "ended_at", postgresql_where=text("forgotten_at IS NULL")),
    )
    MOVES = MOVES
    SUBJECT = "case"

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[Kind] = mapped_column(String(20))
    topic: Mapped[str] = mapped_column(String(20))
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(String(300))
    path: Mapped[str] = mapped_column(String(300))
    origins: Mapped[list[str]] = jsonb()
    rules: Mapped[dict[str, int]] = jsonb()
    complainant_id: Mapped[UUID | None] = ref("organisation.id", nullable=True, index=False)
    filed_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    side: Mapped[str] = mapped_column(String(10))
    respondent_id: Mapped[UUID] = ref("organisation.id", index=False)
    code_mark: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    contact_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    statement: Mapped[str] = mapped_column(Text)
    wanted: Mapped[str] = mapped_column(Text)
    amount: Mapped[Money | None] = money("amount", nullable=True)
    checklist: Mapped[list[list[str]]] = jsonb()
    zone: Mapped[str] = mapped_column(String(60))
    complex: Mapped[bool] = mapped_column(default=False)
    state: Mapped[CaseState] = mapped_column(String(20), default=CaseState.OPENED)
    round: Mapped[int] = mapped_column(SmallInteger, default=1)
    handler_id: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    opened_at: Mapped[datetime] = created()
    first_answer_at: Mapped[datetime | None] = moment(nullable=True)
    accepted_at: Mapped[datetime | None] = moment(nullable=True)
    told_at: Mapped[datetime | None] = moment(nullable=True)
    complainant_agreed_at: Mapped[datetime | None] = moment(nullable=True)
    respondent_agreed_at: Mapped[datetime | None] = moment(nullable=True)
    ended_at: Mapped[datetime | None] = moment(nullable=True)
    forgotten_at: Mapped[datetime | None] = moment(nullable=True)

    @property
    def about(self) -> Subject:
        """What the case is about."""
        return Subject(self.subject_type, self.subject_id)

    @property
    def itself(self) -> Subject:
        """The case as the subject of evidence and of the queue."""
        return Subject(self.SUBJECT, self.id)


class CaseClock(Base):
    """One period that runs, ran or stands still. `due_at` is None while it stands still."""

    __tablename__ = "case_clock"
    __table_args__ = (
        Index("ix_case_clock_due", "due_at", postgresql_where=text("stopped_at IS NULL")),
        CheckConstraint("number > 0", name="length"),
    )

    id: Mapped[UUID] = pk()
    case_id: Mapped[UUID] = ref("case_file.id")
    name: Mapped[str] = mapped_column(String(20))
    number: Mapped[int] = mapped_column(SmallInteger)
    unit: Mapped[str] = mapped_column(String(20))
    calendar: Mapped[str] = mapped_column(String(2))
    began_at: Mapped[datetime] = moment()
    pauses: Mapped[list[list[str | None]]] = jsonb()
    due_at: Mapped[datetime | None] = moment(nullable=True)
    stopped_at: Mapped[datetime | None] = moment(nullable=True)

    @property
    def length(self) -> Length:
        return Length(self.number, Unit(self.unit), self.calendar)

    @property
    def stood_still(self) -> list[Pause]:
        return [
            Pause(datetime.fromisoformat(since), datetime.fromisoformat(until) if until else None)
            for since, until in self.pauses
            if since
        ]


class CaseMessage(Base):
    """What one side said. `audience` is who beside the platform may read it; "" for both sides."""

    __tablename__ = "case_message"

    id: Mapped[UUID] = pk()
    case_id: Mapped[UUID] = ref("case_file.id")
    side: Mapped[str] = mapped_column(String(12))
    audience: Mapped[str] = mapped_column(String(12))
    member_id: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = created()


class CaseExhibit(Base):
    """A file that one side shows, sealed in the file store. `label` is how it is cited: C1, R2, P1.

    of, how   the exhibit of which this is a translation, made by a `human` or a `machine`
    """

    __tablename__ = "case_exhibit"
    __table_args__ = (
        UniqueConstraint("case_id", "label"),
        UniqueConstraint("case_id", "id"),
        CheckConstraint("(translation_of IS NULL) = (\"how\" = '')", name="translation"),
        ForeignKeyConstraint(
            ["case_id", "translation_of"],
            ["case_exhibit.case_id", "case_exhibit.id"],
            name="fk_case_exhibit_translation_of",
            ondelete="RESTRICT",
        ),
    )

    id: Mapped[UUID] = pk()
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id", ondelete="RESTRICT"))
    label: Mapped[str] = mapped_column(String(8))
    side: Mapped[str] = mapped_column(String(12))
    audience: Mapped[str] = mapped_column(String(12))
    member_id: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    key: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    translation_of: Mapped[UUID | None]
    how: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime] = created()


class CaseHandling(Base):
    """A member of staff took a case up, stating that nothing ties them to its parties. Insert-only."""

    __tablename__ = "case_handling"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id", ondelete="RESTRICT"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id", ondelete="RESTRICT"), primary_key=True)
    stated_at: Mapped[datetime] = moment()


class CaseRuling(Base):
    """A case decided: not taken up (stage `intake`), or ruled on (`merits`). Insert-only.

    Whoever decides has stated that nothing ties them, has not decided this case before, and is of neither side
    (trigger).
    rules      what is cited, as {code, version, clause}; exhibits: their labels
    """

    __tablename__ = "case_ruling"
    __table_args__ = (
        UniqueConstraint("case_id", "stage", "round"),
        ForeignKeyConstraint(
            ["case_id", "decided_by"],
            ["case_handling.case_id", "case_handling.member_id"],
            name="fk_case_ruling_handling",
            ondelete="RESTRICT",
        ),
        CheckConstraint("(to_complainant_minor IS NULL) = (remedy <> 'share')", name="shares"),
        CheckConstraint("to_complainant_minor >= 0 AND to_respondent_minor >= 0", name="no_debts"),
    )

    id: Mapped[UUID] = pk()
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id", ondelete="RESTRICT"))
    stage: Mapped[str] = mapped_column(String(10))
    round: Mapped[int] = mapped_column(SmallInteger)
    remedy: Mapped[str] = mapped_column(String(20))
    facts: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    rules: Mapped[list[dict[str, Any]]] = jsonb()
    exhibits: Mapped[list[str]] = jsonb()
    to_complainant: Mapped[Money | None] = money("to_complainant", nullable=True)
    to_respondent: Mapped[Money | None] = money("to_respondent", nullable=True)
    decided_by: Mapped[UUID]
    decided_at: Mapped[datetime] = created()


class CaseSatisfaction(Base):
    """What one side says of how its case was handled, once, when it is over."""

    __tablename__ = "case_satisfaction"
    __table_args__ = (CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id", ondelete="RESTRICT"), primary_key=True)
    side: Mapped[str] = mapped_column(String(12), primary_key=True)
    stars: Mapped[int] = mapped_column(SmallInteger)
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = created()
