"""Tables of verification: what a company claims, with which documents, and which facts stand, since and until when."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from trust.verification.states import MOVES, RequestState


class VerificationRequest(Stateful, Base):
    """Facts claimed and documents shown. Documents lie sealed in the file store, the representative sealed here."""

    __tablename__ = "verification_request"
    __table_args__ = (
        Index(
            "uq_verification_request_pending",
            "organisation_id",
            unique=True,
            postgresql_where=text("state = 'submitted'"),
        ),
    )
    MOVES = MOVES
    SUBJECT = "verification_request"

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id")
    submitted_by: Mapped[UUID] = ref("member.id", index=False)
    claims: Mapped[dict[str, Any]] = jsonb()
    representative_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    documents: Mapped[list[dict[str, Any]]] = jsonb()
    note: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[RequestState] = mapped_column(String(20), default=RequestState.SUBMITTED)
    created_at: Mapped[datetime] = created()
    decided_at: Mapped[datetime | None] = moment(nullable=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    verdicts: Mapped[dict[str, Any]] = jsonb()
    forgotten_at: Mapped[datetime | None] = moment(nullable=True)


class VerifiedFact(Base):
    """One fact as it was confirmed: what, how, by whom, when, until when. A newer row supersedes an older one."""

    __tablename__ = "verified_fact"
    __table_args__ = (Index("ix_verified_fact_organisation", "organisation_id", "fact", "confirmed_at"),)

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    request_id: Mapped[UUID] = ref("verification_request.id", index=False)
    fact: Mapped[str] = mapped_column(String(30))
    value: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(String(30))
    confirmed_by: Mapped[UUID] = ref("member.id", index=False)
    confirmed_at: Mapped[datetime] = moment()
    valid_until: Mapped[datetime] = moment()
