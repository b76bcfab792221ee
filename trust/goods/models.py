"""Tables of controlled goods: lists, what was met, licences and their use, statements of end users, and reports."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
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
from trust.goods.states import (
    FINDING_MOVES,
    LICENCE_MOVES,
    REPORT_MOVES,
    STATEMENT_MOVES,
    FindingState,
    LicenceState,
    ReportState,
    StatementState,
)


class ControlEntry(Base):
    """One entry of a list: proposed by one, in force once another agreed, and never changed (trigger). See
    trust.goods.matching.Entry for what its columns mean. Entries that came with the platform were set by nobody.
    """

    __tablename__ = "control_entry"
    __table_args__ = (
        CheckConstraint("kind IN ('prohibited', 'licence', 'dual_use')", name="kind"),
        CheckConstraint("binds_from IN ('listing', 'quotation', 'contract', 'shipment')", name="binds_from"),
        CheckConstraint("until IS NULL OR until >= since", name="until"),
        CheckConstraint("decided_by <> set_by", name="maker_is_not_checker"),
        CheckConstraint("(agreed IS NULL) = (decided_at IS NULL)", name="decided"),
        CheckConstraint("agreed IS NULL OR set_by IS NULL OR decided_by IS NOT NULL", name="second_person"),
        CheckConstraint(
            "jsonb_array_length(hs) + jsonb_array_length(categories) + jsonb_array_length(keywords)"
            " + jsonb_array_length(cas) > 0",
            name="known_by_something",
        ),
        Index("ix_control_entry_waiting", "id", postgresql_where=text("agreed IS NULL")),
        Index("ix_control_entry_decided", "decided_at", postgresql_where=text("agreed")),
    )

    id: Mapped[UUID] = pk()
    kind: Mapped[str] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(40))
    hs: Mapped[list[str]] = jsonb()
    categories: Mapped[list[str]] = jsonb()
    keywords: Mapped[list[str]] = jsonb()
    unless: Mapped[list[str]] = jsonb()
    cas: Mapped[list[str]] = jsonb()
    origins: Mapped[list[str]] = jsonb()
    destinations: Mapped[list[str]] = jsonb()
    binds_from: Mapped[str] = mapped_column(String(10))
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(300))
    text_en: Mapped[str] = mapped_column(Text)
    text_zh: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    set_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    set_at: Mapped[datetime] = created()
    agreed: Mapped[bool | None]
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)


class ControlEnding(Base):
    """After `last_day` an entry is not in force any more: proposed by one, agreed by another."""

    __tablename__ = "control_ending"
    __table_args__ = (
        CheckConstraint("decided_by <> set_by", name="maker_is_not_checker"),
        CheckConstraint("(agreed IS NULL) = (decided_by IS NULL)", name="decided"),
        Index("uq_control_ending_standing", "entry_id", unique=True, postgresql_where=text("agreed IS NOT FALSE")),
        Index("ix_control_ending_waiting", "id", postgresql_where=text("agreed IS NULL")),
    )

    id: Mapped[UUID] = pk()
    entry_id: Mapped[UUID] = ref("control_entry.id")
    last_day: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    set_by: Mapped[UUID] = ref("member.id", index=False)
    set_at: Mapped[datetime] = created()
    agreed: Mapped[bool | None]
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)


class ControlSweep(Base):
    """How far what is published was compared with an entry that came into force. `reached`: the last product."""

    __tablename__ = "control_sweep"

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("control_entry.id", ondelete="RESTRICT"), primary_key=True)
    reached: Mapped[UUID | None]
    found: Mapped[int] = mapped_column(Integer, default=0)
    started_at: Mapped[datetime] = created()
    finished_at: Mapped[datetime | None] = moment(nullable=True)


class GoodsFinding(Stateful, Base):
    """An entry met a company's goods, described in these very words (`digest`), and what a person said of it.

    subject  where they were met first; `said` is what reviewers read: {field: text}
    """

    __tablename__ = "goods_finding"
    __table_args__ = (
        UniqueConstraint("organisation_id", "entry_id", "digest"),
        CheckConstraint("(state = 'open') = (decided_by IS NULL)", name="decided"),
        Index("ix_goods_finding_subject", "subject_type", "subject_id"),
        Index("ix_goods_finding_entry_id", "entry_id"),
        Index("ix_goods_finding_found_at", "found_at"),
    )
    MOVES = FINDING_MOVES
    SUBJECT = "goods_finding"

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("control_entry.id", ondelete="RESTRICT"))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(String(300))
    field: Mapped[str] = mapped_column(String(60))
    matched: Mapped[str] = mapped_column(String(200))
    certain: Mapped[bool]
    said: Mapped[dict[str, str]] = jsonb()
    state: Mapped[FindingState] = mapped_column(String(10), default=FindingState.OPEN)
    reason: Mapped[str] = mapped_column(Text, default="")
    found_at: Mapped[datetime] = created()
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)


class GoodsLicence(Stateful, Base):
    """A licence as its holder handed it in. What it says never changes (trigger); another licence is another row.

    hs            prefixes it covers; `codes` of control lists, none: those of the entries that its HS codes meet
    destinations  empty: any
    quantity_limit in `unit` (UN/ECE Rec 20), and value_limit: None where there is no limit
    document      sealed: key, name, content type, size
    """

    __tablename__ = "goods_licence"
    __table_args__ = (
        CheckConstraint("form IN ('single', 'general', 'record', 'other')", name="form"),
        CheckConstraint("valid_from <= valid_until", name="validity"),
        CheckConstraint("quantity_limit > 0 AND value_limit_minor > 0", name="limits"),
        CheckConstraint("(quantity_limit IS NULL) = (unit = '')", name="unit"),
        CheckConstraint("(value_limit_minor IS NULL) = (value_limit_currency IS NULL)", name="value_limit"),
        CheckConstraint("(state = 'submitted') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("decided_by <> handed_in_by", name="another_person"),
        Index(
            "uq_goods_licence_number",
            "organisation_id",
            "authority",
            "number",
            unique=True,
            postgresql_where=text("state <> 'refused'"),
        ),
        Index("ix_goods_licence_state", "state", "id"),
        Index("ix_goods_licence_organisation", "organisation_id", "id"),
        Index("ix_goods_licence_ending", "valid_until", postgresql_where=text("state = 'accepted'")),
    )
    MOVES = LICENCE_MOVES
    SUBJECT = "goods_licence"

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    form: Mapped[str] = mapped_column(String(10))
    number: Mapped[str] = mapped_column(String(60))
    authority: Mapped[str] = mapped_column(String(120))
    holder: Mapped[str] = mapped_column(String(200))
    hs: Mapped[list[str]] = jsonb()
    codes: Mapped[list[str]] = jsonb()
    destinations: Mapped[list[str]] = jsonb()
    quantity_limit: Mapped[Decimal | None] = mapped_column(Numeric(18, 6))
    unit: Mapped[str] = mapped_column(String(3), default="")
    value_limit: Mapped[Money | None] = money("value_limit", nullable=True)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)
    document: Mapped[dict[str, Any]] = jsonb()
    state: Mapped[LicenceState] = mapped_column(String(10), default=LicenceState.SUBMITTED)
    handed_in_by: Mapped[UUID] = ref("member.id", index=False)
    handed_in_at: Mapped[datetime] = created()
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)


class LicenceUse(Base):
    """What a shipment took of a licence. Insert-only; the database refuses what goes beyond the limits (trigger)."""

    __tablename__ = "goods_licence_use"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        UniqueConstraint("licence_id", "shipment_id", "position"),
        Index("ix_goods_licence_use_shipment", "shipment_id"),
    )

    id: Mapped[UUID] = pk()
    licence_id: Mapped[UUID] = mapped_column(ForeignKey("goods_licence.id", ondelete="RESTRICT"))
    order_id: Mapped[UUID]
    shipment_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    quantity: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    unit: Mapped[str] = mapped_column(String(3))
    value: Mapped[Money] = money("value")
    used_at: Mapped[datetime] = created()


class LicenceReminder(Base):
    """A reminder that a licence ends, sent once. `days` before its last day; 0: it is over."""

    __tablename__ = "goods_licence_reminder"

    licence_id: Mapped[UUID] = mapped_column(ForeignKey("goods_licence.id", ondelete="RESTRICT"), primary_key=True)
    days: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    sent_at: Mapped[datetime] = created()


class EndUserStatement(Stateful, Base):
    """What the buyer says of who uses a line's goods, where and for what. One version counts at a time.

    content  trust.goods.statements.Statement as JSON; what it says never changes (trigger)
    flags    what compliance has to look at: see trust.goods.statements.FLAGS
    """

    __tablename__ = "end_user_statement"
    __table_args__ = (
        UniqueConstraint("order_id", "position", "version"),
        CheckConstraint("state NOT IN ('accepted', 'more') OR decided_by IS NOT NULL", name="decided"),
        Index(
            "uq_end_user_statement_standing",
            "order_id",
            "position",
            unique=True,
            postgresql_where=text("state <> 'replaced'"),
        ),
        Index("ix_end_user_statement_state", "state", "id"),
    )
    MOVES = STATEMENT_MOVES
    SUBJECT = "end_user_statement"

    id: Mapped[UUID] = pk()
    order_id: Mapped[UUID]
    order_number: Mapped[str] = mapped_column(String(40))
    position: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[int] = mapped_column(SmallInteger)
    buyer_id: Mapped[UUID] = ref("organisation.id", index=False)
    supplier_id: Mapped[UUID] = ref("organisation.id", index=False)
    content: Mapped[dict[str, Any]] = jsonb()
    flags: Mapped[list[str]] = jsonb()
    document: Mapped[dict[str, Any] | None] = jsonb(nullable=True)
    state: Mapped[StatementState] = mapped_column(String(10), default=StatementState.SUBMITTED)
    submitted_by: Mapped[UUID] = ref("member.id", index=False)
    submitted_at: Mapped[datetime] = created()
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)


class ExportReport(Stateful, Base):
    """A suspicion against export control rules, and the report to the authority (dual-use regulation (PRC) art. 36).

    dossier   what was known when it was raised, as JSON: parties, goods, money, papers
    due_at    by when the authority is to be told, once another person agreed
    Only what comes later is ever added (trigger). Nothing of it is shown to the parties.
    """

    __tablename__ = "export_report"
    __table_args__ = (
        CheckConstraint("decided_by <> raised_by", name="another_person"),
        CheckConstraint("(state = 'suspected') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("state NOT IN ('sent', 'closed') OR (sent_at IS NOT NULL AND receipt <> '')", name="sent"),
        Index(
            "uq_export_report_open",
            "order_id",
            unique=True,
            postgresql_where=text("state IN ('suspected', 'due', 'sent')"),
        ),
        Index("ix_export_report_state", "state", "id"),
    )
    MOVES = REPORT_MOVES
    SUBJECT = "export_report"

    id: Mapped[UUID] = pk()
    order_id: Mapped[UUID]
    order_number: Mapped[str] = mapped_column(String(40))
    supplier_id: Mapped[UUID] = ref("organisation.id", index=False)
    buyer_id: Mapped[UUID] = ref("organisation.id", index=False)
    suspicion: Mapped[str] = mapped_column(Text)
    dossier: Mapped[dict[str, Any]] = jsonb()
    state: Mapped[ReportState] = mapped_column(String(10), default=ReportState.SUSPECTED)
    raised_by: Mapped[UUID] = ref("member.id", index=False)
    raised_at: Mapped[datetime] = created()
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)
    decision: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[datetime | None] = moment(nullable=True)
    sent_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    sent_at: Mapped[datetime | None] = moment(nullable=True)
    sent_to: Mapped[str] = mapped_column(String(200), default="")
    receipt: Mapped[str] = mapped_column(String(80), default="")
    closed_at: Mapped[datetime | None] = moment(nullable=True)
    outcome: Mapped[str] = mapped_column(Text, default="")
