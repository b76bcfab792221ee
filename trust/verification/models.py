"""Tables of verification: what a company claims, with which documents, and which facts stand, since and until when."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Date, DateTime, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from trust.verification.states import MOVES, RequestState


class VerificationRequest(Stateful, Base):
    """Facts claimed and documents shown. Documents lie sealed in the file store, what is about persons sealed here.

    claims    public facts by name, as `facts.said` reads them
    representative_mark  of the representative's name, by which it is told from another one while it lies sealed
    private_sealed  owners and signatories as JSON
    accepted  facts that a reviewer has accepted: name → {by, at, method}; they are not asked for again
    verdicts  of the last decision: name of a fact, or `document_` and a kind of document → why it is not accepted
    renews    the accepted request whose facts are confirmed anew; `unchanged` that the company states them so
    """

    __tablename__ = "verification_request"
    __table_args__ = (
        Index(
            "uq_verification_request_pending",
            "organisation_id",
            unique=True,
            postgresql_where=text("state IN ('submitted', 'more')"),
        ),
    )
    MOVES = MOVES
    SUBJECT = "verification_request"

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id")
    submitted_by: Mapped[UUID] = ref("member.id", index=False)
    renews: Mapped[UUID | None] = ref("verification_request.id", nullable=True, index=False)
    unchanged: Mapped[bool] = mapped_column(Boolean, default=False)
    form: Mapped[str] = mapped_column(String(20), default="other")
    claims: Mapped[dict[str, Any]] = jsonb()
    representative_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    representative_mark: Mapped[bytes] = mapped_column(LargeBinary(32), default=b"")
    private_sealed: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    documents: Mapped[list[dict[str, Any]]] = jsonb()
    note: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[RequestState] = mapped_column(String(20), default=RequestState.SUBMITTED)
    created_at: Mapped[datetime] = created()
    decided_at: Mapped[datetime | None] = moment(nullable=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    verdicts: Mapped[dict[str, Any]] = jsonb()
    accepted: Mapped[dict[str, Any]] = jsonb()
    forgotten_at: Mapped[datetime | None] = moment(nullable=True)


class VerificationDraft(Base):
    """What a company has typed and uploaded so far: one draft a company, sealed whole."""

    __tablename__ = "verification_draft"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    documents: Mapped[list[dict[str, Any]]] = jsonb()
    saved_by: Mapped[UUID] = ref("member.id", index=False)
    saved_at: Mapped[datetime] = moment()


class VerifiedFact(Base):
    """One fact as it was confirmed: what, how, by whom, when, until when. A newer row supersedes an older one.

    request_id, confirmed_by  unset where no request or no person was needed: a bank account
    document  the kind of document it was read in; "" where there was none
    """

    __tablename__ = "verified_fact"
    __table_args__ = (
        Index("ix_verified_fact_organisation", "organisation_id", "fact", "confirmed_at"),
        Index("ix_verified_fact_until", "fact", "valid_until"),
    )

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    request_id: Mapped[UUID | None] = ref("verification_request.id", nullable=True, index=False)
    fact: Mapped[str] = mapped_column(String(30))
    value: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(String(30))
    document: Mapped[str] = mapped_column(String(30), default="", server_default="")
    confirmed_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    confirmed_at: Mapped[datetime] = moment()
    valid_until: Mapped[datetime] = moment()


class RegisterEntry(Base):
    """What a public register says of a company, as somebody looked it up; sealed, for it names persons.

    mark   of the company's country and number, by which it is found again
    agrees  facts with which it agrees → digest of what was claimed then (`register.claim_digest`)
    screenshot  key of the sealed picture of the register's page; "" where there is none
    """

    __tablename__ = "register_entry"
    __table_args__ = (Index("ix_register_entry_mark", "mark", "looked_at"),)

    id: Mapped[UUID] = pk()
    request_id: Mapped[UUID] = ref("verification_request.id")
    mark: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    agrees: Mapped[dict[str, Any]] = jsonb()
    screenshot: Mapped[str] = mapped_column(String(80), default="")
    screenshot_type: Mapped[str] = mapped_column(String(40), default="")
    source: Mapped[str] = mapped_column(String(200))
    looked_by: Mapped[UUID] = ref("member.id", index=False)
    looked_at: Mapped[datetime] = moment()


class VerificationLook(Base):
    """Somebody looked at a document or at what is sealed: who, at what, when, why. Insert-only."""

    __tablename__ = "verification_look"
    __table_args__ = (Index("ix_verification_look_organisation", "organisation_id", "id"),)

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    request_id: Mapped[UUID | None] = ref("verification_request.id", nullable=True, index=False)
    what: Mapped[str] = mapped_column(String(30))
    name: Mapped[str] = mapped_column(String(120), default="")
    member_id: Mapped[UUID] = ref("member.id")
    purpose: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = moment()


class SiteVisit(Base):
    """Somebody was there, staff or a representative, with a report and photographs, sealed. Insert-only.

    confirms  whether the site is what the company says it is
    """

    __tablename__ = "site_visit"

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id")
    kind: Mapped[str] = mapped_column(String(20))
    visited_on: Mapped[date] = mapped_column(Date)
    address: Mapped[str] = mapped_column(String(400))
    confirms: Mapped[bool] = mapped_column(Boolean)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    documents: Mapped[list[dict[str, Any]]] = jsonb()
    recorded_by: Mapped[UUID] = ref("member.id", index=False)
    recorded_at: Mapped[datetime] = moment()


class ExpiryStep(Base):
    """A step that was taken because a company's verification ends or has ended on a day: once each. Insert-only."""

    __tablename__ = "expiry_step"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), primary_key=True)
    valid_until: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    step: Mapped[str] = mapped_column(String(20), primary_key=True)
    taken_at: Mapped[datetime] = moment()


class ReportRecipient(Base):
    """The authority that gets identity reports, by its certificate (X.509, PEM). The newest counts. Insert-only."""

    __tablename__ = "report_recipient"

    id: Mapped[UUID] = pk()
    name: Mapped[str] = mapped_column(String(200))
    certificate: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(String(64))
    added_by: Mapped[UUID] = ref("member.id", index=False)
    added_at: Mapped[datetime] = moment()


class IdentityReport(Base):
    """One half-yearly report as it was prepared: encrypted for its recipient, with its hash. Insert-only.

    period   first day of the half-year it reports on; `number` counts its preparations
    prepared_by  unset where the job prepared it
    findings what was found missing or double, by kind → how many
    """

    __tablename__ = "identity_report"
    __table_args__ = (Index("uq_identity_report_period", "period", "number", unique=True),)

    id: Mapped[UUID] = pk()
    period: Mapped[date] = mapped_column(Date)
    number: Mapped[int]
    recipient_id: Mapped[UUID] = ref("report_recipient.id", index=False)
    sellers: Mapped[int]
    findings: Mapped[dict[str, Any]] = jsonb()
    digest: Mapped[str] = mapped_column(String(64))
    file_key: Mapped[str] = mapped_column(String(80))
    prepared_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    prepared_at: Mapped[datetime] = moment()
