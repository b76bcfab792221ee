"""Tables of the register of authorities' requests."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from app.core.subject import Subject
from trust.authorities.states import (
    APPROVAL_MOVES,
    PACKAGE_MOVES,
    REQUEST_MOVES,
    ApprovalState,
    Organ,
    PackageState,
    RequestState,
)


class AuthorityRequest(Stateful, Base):
    """What an authority asks for. E-Commerce Law (PRC) art. 25; PIPL art. 41; GDPR art. 6(1)(c).

    country          of the organ; another than CN makes it foreign: what lies in China goes there with the approval of
                     the competent Chinese authority alone (trigger)
    asked, about     which data, and about whom, in the words of who entered it
    letter           receipt of the sealed letter: key, name, content_type, size, sha256
    tell_after       where the request forbids telling the companies: the day from which they are told
    """

    __tablename__ = "authority_request"
    __table_args__ = (
        Index("ix_authority_request_state", "state", "id"),
        Index("ix_authority_request_received", "received_at"),
        Index("ix_authority_request_over", "ended_at", postgresql_where=text("forgotten_at IS NULL")),
        CheckConstraint("(state IN ('answered', 'partly', 'refused')) = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("secret = (tell_after IS NOT NULL)", name="told_later"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
    )
    MOVES = REQUEST_MOVES
    SUBJECT = "authority_request"

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[RequestState] = mapped_column(String(20), default=RequestState.RECEIVED)
    kind: Mapped[Organ] = mapped_column(String(20))
    organ: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    document_number: Mapped[str] = mapped_column(String(120))
    basis: Mapped[str] = mapped_column(String(400))
    asked: Mapped[str] = mapped_column(Text)
    about: Mapped[str] = mapped_column(Text)
    letter: Mapped[dict[str, Any] | None] = jsonb(nullable=True)
    secret: Mapped[bool] = mapped_column(Boolean)
    tell_after: Mapped[date | None] = mapped_column(Date)
    received_at: Mapped[datetime] = moment()
    due_at: Mapped[datetime | None] = moment(nullable=True)
    entered_by: Mapped[UUID] = ref("member.id", index=False)
    entered_at: Mapped[datetime] = created()
    handler_id: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    answer: Mapped[str] = mapped_column(Text, default="")
    ended_at: Mapped[datetime | None] = moment(nullable=True)
    forgotten_at: Mapped[datetime | None] = moment(nullable=True)

    @property
    def itself(self) -> Subject:
        return Subject(self.SUBJECT, self.id)

    @property
    def foreign(self) -> bool:
        return self.country != "CN"


class AuthorityApproval(Stateful, Base):
    """The competent Chinese authority's approval to give data to a foreign organ; agreed by a second person."""

    __tablename__ = "authority_approval"
    __table_args__ = (
        Index("ix_authority_approval_request", "request_id", "id"),
        CheckConstraint("decided_by <> entered_by", name="second_person"),
        CheckConstraint("(state = 'entered') = (decided_by IS NULL)", name="decided"),
    )
    MOVES = APPROVAL_MOVES
    SUBJECT = "authority_approval"

    id: Mapped[UUID] = pk()
    request_id: Mapped[UUID] = ref("authority_request.id", index=False)
    state: Mapped[ApprovalState] = mapped_column(String(20), default=ApprovalState.ENTERED)
    organ: Mapped[str] = mapped_column(String(200))
    document_number: Mapped[str] = mapped_column(String(120))
    issued_on: Mapped[date] = mapped_column(Date)
    file: Mapped[dict[str, Any] | None] = jsonb(nullable=True)
    entered_by: Mapped[UUID] = ref("member.id", index=False)
    entered_at: Mapped[datetime] = created()
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)


class AuthorityPackage(Stateful, Base):
    """What the system composed of a scope for an authority; leaves once a second person agreed, to one person.

    scope        companies, orders, days and parts, as chosen
    files        what lies in it: name, size, sha256
    digest       SHA-256 of the ZIP; file_key: the ZIP, sealed
    sent_digest  SHA-256 of what leaves: the same, or CMS EnvelopedData for the organ's certificate under sent_key
    """

    __tablename__ = "authority_package"
    __table_args__ = (
        Index("ix_authority_package_request", "request_id", "id"),
        Index("ix_authority_package_kept", "composed_at", postgresql_where=text("file_key <> ''")),
        CheckConstraint("decided_by <> composed_by", name="second_person"),
        CheckConstraint("(state = 'composed') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(state = 'given') = (given_to IS NOT NULL AND given_at IS NOT NULL)", name="given"),
    )
    MOVES = PACKAGE_MOVES
    SUBJECT = "authority_package"

    id: Mapped[UUID] = pk()
    request_id: Mapped[UUID] = ref("authority_request.id", index=False)
    state: Mapped[PackageState] = mapped_column(String(20), default=PackageState.COMPOSED)
    scope: Mapped[dict[str, Any]] = jsonb()
    files: Mapped[list[dict[str, Any]]] = jsonb()
    size: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    file_key: Mapped[str] = mapped_column(String(67))
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    sent_digest: Mapped[str] = mapped_column(String(64))
    sent_key: Mapped[str] = mapped_column(String(67), default="")
    composed_by: Mapped[UUID] = ref("member.id", index=False)
    composed_at: Mapped[datetime] = created()
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)
    given_to: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    given_at: Mapped[datetime | None] = moment(nullable=True)

    @property
    def itself(self) -> Subject:
        return Subject(self.SUBJECT, self.id)


class AuthorityTelling(Base):
    """A company whose data are in a package, and when it is told that they were given."""

    __tablename__ = "authority_telling"
    __table_args__ = (Index("ix_authority_telling_due", "tell_at", postgresql_where=text("told_at IS NULL")),)

    package_id: Mapped[UUID] = mapped_column(ForeignKey("authority_package.id", ondelete="RESTRICT"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), primary_key=True)
    tell_at: Mapped[datetime | None] = moment(nullable=True)
    told_at: Mapped[datetime | None] = moment(nullable=True)
