"""Tables of privacy: what people agreed to, what they asked of us, and who of the platform looked at what is theirs."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from app.core.subject import Subject
from trust.privacy.states import (
    ERASURE_MOVES,
    EXPORT_MOVES,
    REQUEST_MOVES,
    ErasureState,
    ExportState,
    Kind,
    RequestState,
)


class Consent(Base):
    """A member's consent to one purpose, in the version and words that were shown. Given once, withdrawn once
    (trigger); given again, it is another row. PIPL art. 14-16, 29; GDPR art. 7.

    digest   SHA-256 of the purpose as it was shown, in both languages
    channel  where it was said: `settings`, or the form with which something was handed in
    """

    __tablename__ = "consent"
    __table_args__ = (
        Index(
            "uq_consent_in_force", "member_id", "purpose", unique=True, postgresql_where=text("withdrawn_at IS NULL")
        ),
        Index("ix_consent_member", "member_id", "id"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_through = '')", name="withdrawn"),
        CheckConstraint("withdrawn_at >= given_at", name="order"),
    )

    id: Mapped[UUID] = pk()
    member_id: Mapped[UUID] = ref("member.id", index=False)
    purpose: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64))
    locale: Mapped[str] = mapped_column(String(10))
    channel: Mapped[str] = mapped_column(String(20))
    given_at: Mapped[datetime] = created()
    withdrawn_at: Mapped[datetime | None] = moment(nullable=True)
    withdrawn_through: Mapped[str] = mapped_column(String(20), default="")


class PrivacyRequest(Stateful, Base):
    """What a person asks about their own data, with or without an account. PIPL art. 44-50; GDPR art. 12, 15-21.

    sealed         name, e-mail address and words of the person, as JSON
    email_mark     the same for the same address
    confirm_mark   of the link in the first letter, `link_mark` of that to the status page: only marks are kept
    due_at         the first moment after the time that the law leaves; runs from the confirmation
    target_at      ours
    member_id      whose address it is, if anybody's
    """

    __tablename__ = "privacy_request"
    __table_args__ = (
        Index("ix_privacy_request_due", "due_at", "id", postgresql_where=text("state IN ('open', 'taken')")),
        Index("ix_privacy_request_member", "member_id", "id"),
        Index("ix_privacy_request_state", "state", "id"),
        Index("ix_privacy_request_decided", "decided_at", "id", postgresql_where=text("decided_at IS NOT NULL")),
        CheckConstraint(
            "(confirmed_at IS NULL) = (state IN ('filed', 'lapsed')) AND (confirmed_at IS NULL) = (due_at IS NULL)"
            " AND (confirmed_at IS NULL) = (target_at IS NULL) AND (confirmed_at IS NULL) = (link_mark IS NULL)",
            name="confirmed",
        ),
        CheckConstraint(
            "(decided_at IS NULL) = (state NOT IN ('granted', 'partly', 'refused'))"
            " AND (decided_at IS NULL) = (decided_by IS NULL)",
            name="decided",
        ),
        CheckConstraint("decided_by <> member_id AND handler_id <> member_id", name="not_their_own"),
    )
    MOVES = REQUEST_MOVES
    SUBJECT = "privacy_request"

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[Kind] = mapped_column(String(20))
    state: Mapped[RequestState] = mapped_column(String(20), default=RequestState.FILED)
    member_id: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    email_mark: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    locale: Mapped[str] = mapped_column(String(10))
    zone: Mapped[str] = mapped_column(String(60))
    confirm_mark: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    link_mark: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    filed_at: Mapped[datetime] = created()
    confirm_until: Mapped[datetime] = moment()
    confirmed_at: Mapped[datetime | None] = moment(nullable=True)
    due_at: Mapped[datetime | None] = moment(nullable=True)
    target_at: Mapped[datetime | None] = moment(nullable=True)
    extended_at: Mapped[datetime | None] = moment(nullable=True)
    extension_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    handler_id: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)
    ended_at: Mapped[datetime | None] = moment(nullable=True)
    forgotten_at: Mapped[datetime | None] = moment(nullable=True)

    @property
    def itself(self) -> Subject:
        return Subject(self.SUBJECT, self.id)


class PersonalExport(Stateful, Base):
    """Everything about one member, packed for them alone; the file lies sealed.

    done, total  kinds of records packed, and to pack; total is 0 until that is known
    size         of the ZIP, in bytes
    fetched      how often it was fetched
    """

    __tablename__ = "personal_export"
    __table_args__ = (
        CheckConstraint("(state = 'ready') = (file_key <> '')", name="ready_has_file"),
        Index("ix_personal_export_member", "member_id", "id"),
        Index("uq_personal_export_making", "member_id", unique=True, postgresql_where=text("state = 'making'")),
        Index("ix_personal_export_expires_at", "expires_at", postgresql_where=text("state <> 'gone'")),
    )
    MOVES = EXPORT_MOVES
    SUBJECT = "personal_export"

    id: Mapped[UUID] = pk()
    member_id: Mapped[UUID] = ref("member.id", index=False)
    state: Mapped[ExportState] = mapped_column(String(20), default=ExportState.MAKING)
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    file_key: Mapped[str] = mapped_column(String(67), default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    fetched: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = created()
    expires_at: Mapped[datetime] = moment()


class Erasure(Stateful, Base):
    """That a member asked to be erased, and when it is done. `request_id`: through a request that was granted.

    logs_erased_at  what the law keeps of their sign-ins is gone too
    """

    __tablename__ = "erasure"
    __table_args__ = (
        Index("uq_erasure_asked", "member_id", unique=True, postgresql_where=text("state = 'asked'")),
        Index("ix_erasure_due", "due_at", postgresql_where=text("state = 'asked'")),
        Index("ix_erasure_logs", "ended_at", postgresql_where=text("state = 'done' AND logs_erased_at IS NULL")),
        Index("ix_erasure_member", "member_id", "id"),
        CheckConstraint("due_at >= asked_at + interval '7 days'", name="cooling_off"),
        CheckConstraint("(ended_at IS NULL) = (state = 'asked')", name="ended"),
    )
    MOVES = ERASURE_MOVES
    SUBJECT = "erasure"

    id: Mapped[UUID] = pk()
    member_id: Mapped[UUID] = ref("member.id", index=False)
    request_id: Mapped[UUID | None] = ref("privacy_request.id", nullable=True, index=False)
    state: Mapped[ErasureState] = mapped_column(String(20), default=ErasureState.ASKED)
    asked_at: Mapped[datetime] = created()
    due_at: Mapped[datetime] = moment()
    ended_at: Mapped[datetime | None] = moment(nullable=True)
    logs_erased_at: Mapped[datetime | None] = moment(nullable=True)

    @property
    def itself(self) -> Subject:
        return Subject(self.SUBJECT, self.id)


class PrivacyLook(Base):
    """Somebody of the platform looked at what is a person's, or at what a company handed in about its people.
    Append-only, until its time is over (trigger). PIPL art. 51.

    about    of what: a number or subject that tells nothing by itself
    purpose  why, in the words of who looked
    """

    __tablename__ = "privacy_look"
    __table_args__ = (
        Index("ix_privacy_look_member", "member_id", "id", postgresql_where=text("member_id IS NOT NULL")),
        Index("ix_privacy_look_organisation", "organisation_id", "id"),
        Index("ix_privacy_look_at", "at"),
        CheckConstraint("purpose <> ''", name="has_a_purpose"),
    )

    id: Mapped[UUID] = pk()
    viewer_id: Mapped[UUID] = ref("member.id", index=False)
    viewer_role: Mapped[str] = mapped_column(String(20))
    member_id: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    organisation_id: Mapped[UUID | None] = ref("organisation.id", nullable=True, index=False)
    what: Mapped[str] = mapped_column(String(30))
    about: Mapped[str] = mapped_column(String(80))
    purpose: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = moment()
