"""Tables of rights and of notices about them: E-Commerce Law (PRC) art. 41-45."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from app.core.subject import Subject
from trust.rights.states import (
    ITEM_MOVES,
    NOTICE_MOVES,
    RIGHT_MOVES,
    Fault,
    ItemState,
    Measure,
    NoticeState,
    Proof,
    RightKind,
    RightState,
    right_key,
)

_OPEN = "state IN ('filed', 'stopped', 'countered', 'held')"
BARE = "translate(lower(title), ' -.,''&+/·®™', '')"
"""A mark without spaces and signs, as a text is searched for it."""
_DOWN = "state IN ('stopped', 'countered', 'held', 'confirmed')"


class Notifier(Base):
    """Who speaks for rights: a company, or somebody known by a confirmed e-mail address alone, which lies sealed."""

    __tablename__ = "ip_notifier"
    __table_args__ = (CheckConstraint("(organisation_id IS NULL) = (email_mark IS NOT NULL)", name="one_of_two"),)

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID | None] = ref("organisation.id", nullable=True, index=False, unique=True)
    email_mark: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    email_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    locale: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime] = created()


class NotifierAccess(Base):
    """A code that was sent to a notifier's address; kept as its one-way mark alone."""

    __tablename__ = "ip_notifier_access"

    id: Mapped[UUID] = pk()
    notifier_id: Mapped[UUID] = ref("ip_notifier.id")
    mark: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    expires_at: Mapped[datetime] = moment()


class Right(Stateful, Base):
    """A right in the registry. `classes` are Nice classes of a trade mark, Locarno classes of a design.

    office    where it is registered: ISO 3166 or WIPO ST.3, two letters
    number    its number there; of a copyright that nobody registered, ""
    person    the holder is a natural person, so that the public register masks the name
    agent     who acts for the holder; "" for the holder itself
    """

    __tablename__ = "ip_right"
    __table_args__ = (
        Index("ix_ip_right_notifier", "notifier_id", "id"),
        Index("ix_ip_right_state", "state", "id"),
        Index("ix_ip_right_forget", "filed_at", postgresql_where=text("forgotten_at IS NULL")),
        Index(
            "uq_ip_right_open",
            "notifier_id",
            "kind",
            "office",
            "number",
            "title",
            unique=True,
            postgresql_where=text("state IN ('submitted', 'accepted')"),
        ),
        Index("ix_ip_right_mark", text(BARE), postgresql_where=text("kind = 'trade_mark' AND state = 'accepted'")),
        CheckConstraint("number <> '' OR kind = 'copyright'", name="numbered"),
        CheckConstraint("valid_until IS NOT NULL OR kind = 'copyright'", name="dated"),
        CheckConstraint(
            "(decided_by IS NULL) = (state = 'submitted' OR (state = 'withdrawn' AND decided_at IS NULL))",
            name="decided",
        ),
    )
    MOVES = RIGHT_MOVES
    SUBJECT = "ip_right"

    id: Mapped[UUID] = pk()
    notifier_id: Mapped[UUID] = ref("ip_notifier.id", index=False)
    kind: Mapped[RightKind] = mapped_column(String(20))
    office: Mapped[str] = mapped_column(String(2))
    number: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    classes: Mapped[list[int]] = jsonb()
    holder: Mapped[str] = mapped_column(String(200))
    person: Mapped[bool]
    agent: Mapped[str] = mapped_column(String(200))
    valid_until: Mapped[date | None] = mapped_column(Date)
    state: Mapped[RightState] = mapped_column(String(20), default=RightState.SUBMITTED)
    reason: Mapped[str] = mapped_column(Text, default="")
    filed_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    filed_at: Mapped[datetime] = created()
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)
    forgotten_at: Mapped[datetime | None] = moment(nullable=True)

    @property
    def itself(self) -> Subject:
        return Subject(self.SUBJECT, self.id)

    @property
    def key(self) -> str:
        return right_key(self.kind, self.office, self.number, self.title)


class Notice(Stateful, Base):
    """A notice about up to 300 listings. What it says of the right stands here as it was said, registered or not.

    contact_sealed   how to reach who sent it: for the desk alone
    zone             in which its clocks count days
    last_at          the last thing that happened to it
    """

    __tablename__ = "ip_notice"
    __table_args__ = (
        Index("ix_ip_notice_notifier", "notifier_id", "id"),
        Index("ix_ip_notice_state", "state", "id"),
        Index("ix_ip_notice_decided", "decided_at", "id", postgresql_where=text("decided_at IS NOT NULL")),
        Index("ix_ip_notice_last", "last_at", postgresql_where=text("forgotten_at IS NULL")),
        CheckConstraint("(fault = '') = (fault_by IS NULL)", name="fault"),
    )
    MOVES = NOTICE_MOVES
    SUBJECT = "ip_notice"

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(40), unique=True)
    notifier_id: Mapped[UUID] = ref("ip_notifier.id", index=False)
    right_id: Mapped[UUID | None] = ref("ip_right.id", nullable=True)
    kind: Mapped[RightKind] = mapped_column(String(20))
    office: Mapped[str] = mapped_column(String(2))
    right_number: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    holder: Mapped[str] = mapped_column(String(200))
    person: Mapped[bool]
    agent: Mapped[str] = mapped_column(String(200))
    measure: Mapped[Measure] = mapped_column(String(20))
    statement: Mapped[str] = mapped_column(Text)
    contact_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    zone: Mapped[str] = mapped_column(String(60))
    state: Mapped[NoticeState] = mapped_column(String(20), default=NoticeState.FILED)
    handler_id: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    filed_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    filed_at: Mapped[datetime] = created()
    due_at: Mapped[datetime] = moment()
    decided_at: Mapped[datetime | None] = moment(nullable=True)
    fault: Mapped[Fault | str] = mapped_column(String(20), default="")
    fault_reason: Mapped[str] = mapped_column(Text, default="")
    fault_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    last_at: Mapped[datetime] = created()
    forgotten_at: Mapped[datetime | None] = moment(nullable=True)

    @property
    def itself(self) -> Subject:
        return Subject(self.SUBJECT, self.id)

    @property
    def right_key(self) -> str:
        return right_key(self.kind, self.office, self.right_number, self.title)


class NoticeItem(Stateful, Base):
    """One listing that a notice names, with its own outcome.

    listing_id   of the domain of listings; `origin` the version of it that was published then
    stopped_at   since when it has to be down, and its supplier knows of the notice
    ended_at     the measure ended, or was never taken; `how` by which move
    """

    __tablename__ = "ip_notice_item"
    __table_args__ = (
        UniqueConstraint("notice_id", "listing_id"),
        Index("ix_ip_notice_item_supplier", "supplier_id", "notice_id"),
        Index("ix_ip_notice_item_counter", "counter_id"),
        Index("ix_ip_notice_item_down", "listing_id", postgresql_where=text(_DOWN)),
        Index(
            "uq_ip_notice_item_open",
            "listing_id",
            "notifier_id",
            "right_key",
            unique=True,
            postgresql_where=text(_OPEN),
        ),
        CheckConstraint("(stopped_at IS NULL) = (state IN ('filed', 'refused', 'withdrawn'))", name="stopped"),
        CheckConstraint(
            "(ended_at IS NULL) = (state IN ('filed', 'stopped', 'countered', 'held'))",
            name="ended",
        ),
    )
    MOVES = ITEM_MOVES
    SUBJECT = "ip_notice_item"

    id: Mapped[UUID] = pk()
    notice_id: Mapped[UUID] = ref("ip_notice.id", index=False)
    notifier_id: Mapped[UUID] = ref("ip_notifier.id", index=False)
    right_key: Mapped[str] = mapped_column(String(300))
    place: Mapped[int]
    listing_id: Mapped[UUID]
    origin_id: Mapped[UUID]
    supplier_id: Mapped[UUID] = ref("organisation.id", index=False)
    title: Mapped[str] = mapped_column(String(300))
    state: Mapped[ItemState] = mapped_column(String(20), default=ItemState.FILED)
    reason: Mapped[str] = mapped_column(Text, default="")
    counter_id: Mapped[UUID | None] = ref("ip_counter.id", nullable=True, index=False)
    stopped_at: Mapped[datetime | None] = moment(nullable=True)
    ended_at: Mapped[datetime | None] = moment(nullable=True)
    how: Mapped[str] = mapped_column(String(20), default="")


class Counter(Base):
    """A supplier's statement that it does not infringe, about some or all of its listings of one notice.

    arrived_at   when it reached the right holder: then the fifteen days begin, and `due_at` is the first moment after
    """

    __tablename__ = "ip_counter"
    __table_args__ = (
        UniqueConstraint("notice_id", "number"),
        Index("ix_ip_counter_due", "due_at", postgresql_where=text("settled_at IS NULL")),
        CheckConstraint("(arrived_at IS NULL) = (due_at IS NULL)", name="runs_from_arrival"),
        CheckConstraint("due_at > arrived_at", name="time"),
    )

    id: Mapped[UUID] = pk()
    notice_id: Mapped[UUID] = ref("ip_notice.id", index=False)
    number: Mapped[int]
    supplier_id: Mapped[UUID] = ref("organisation.id", index=False)
    statement: Mapped[str] = mapped_column(Text)
    filed_by: Mapped[UUID] = ref("member.id", index=False)
    filed_at: Mapped[datetime] = created()
    arrived_at: Mapped[datetime | None] = moment(nullable=True)
    due_at: Mapped[datetime | None] = moment(nullable=True)
    settled_at: Mapped[datetime | None] = moment(nullable=True)


class Proceeding(Base):
    """What the right holder says that it brought before an authority or court against one supplier of a notice."""

    __tablename__ = "ip_proceeding"
    __table_args__ = (Index("ix_ip_proceeding_notice", "notice_id", "supplier_id"),)

    id: Mapped[UUID] = pk()
    notice_id: Mapped[UUID] = ref("ip_notice.id", index=False)
    supplier_id: Mapped[UUID] = ref("organisation.id", index=False)
    kind: Mapped[Proof] = mapped_column(String(20))
    authority: Mapped[str] = mapped_column(String(200))
    reference: Mapped[str] = mapped_column(String(100))
    filed_on: Mapped[date] = mapped_column(Date)
    received_at: Mapped[datetime] = created()
    closed_at: Mapped[datetime | None] = moment(nullable=True)


class Paper(Base):
    """A document, sealed in the file store. `supplier_id`: of or about one supplier, so that no other sees it."""

    __tablename__ = "ip_paper"
    __table_args__ = (UniqueConstraint("subject_id", "label"),)

    id: Mapped[UUID] = pk()
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    label: Mapped[str] = mapped_column(String(8))
    part: Mapped[str] = mapped_column(String(20))
    supplier_id: Mapped[UUID | None] = ref("organisation.id", nullable=True, index=False)
    key: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = created()


class NoticeHandling(Base):
    """A member of staff took a notice up, stating that nothing ties them to its sides. Insert-only."""

    __tablename__ = "ip_notice_handling"

    notice_id: Mapped[UUID] = mapped_column(ForeignKey("ip_notice.id", ondelete="RESTRICT"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id", ondelete="RESTRICT"), primary_key=True)
    stated_at: Mapped[datetime] = moment()


class NoticeDecision(Base):
    """The decision on a notice: at how many of its listings the evidence suffices. Insert-only.

    Whoever decides has stated that nothing ties them, and is of neither side (trigger).
    """

    __tablename__ = "ip_notice_decision"
    __table_args__ = (
        ForeignKeyConstraint(
            ["notice_id", "decided_by"],
            ["ip_notice_handling.notice_id", "ip_notice_handling.member_id"],
            name="fk_ip_notice_decision_handling",
            ondelete="RESTRICT",
        ),
        CheckConstraint("stopped >= 0 AND refused >= 0 AND stopped + refused > 0", name="counts"),
    )

    notice_id: Mapped[UUID] = mapped_column(ForeignKey("ip_notice.id", ondelete="RESTRICT"), primary_key=True)
    stopped: Mapped[int]
    refused: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[UUID]
    decided_at: Mapped[datetime] = created()


class Strike(Base):
    """Points that a supplier was given for one notice, once. Insert-only."""

    __tablename__ = "ip_strike"

    notice_id: Mapped[UUID] = mapped_column(ForeignKey("ip_notice.id", ondelete="RESTRICT"), primary_key=True)
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), primary_key=True)
    point_id: Mapped[UUID] = ref("violation_point.id", index=False)
    given_at: Mapped[datetime] = moment()
