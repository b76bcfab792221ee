"""Tables of the credit file: its entries, links between companies, appeals against entries, and files taken along."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from trust.credit.states import APPEAL_MOVES, LINK_MOVES, AppealState, LinkState


class CreditEntry(Base):
    """One thing that happened, as trust.credit.kinds names it. Insert-only; a wrong one gets a counter-entry.

    source    what it was read from, such as `order:…:delivered`: it is entered once however often it is read
    at        when it happened, not when it was entered
    other_id  the company on the other side; never shown
    made_by   who of the platform decided what it rests on; another person decides an appeal
    corrects  the entry that this one takes back
    """

    __tablename__ = "credit_entry"
    __table_args__ = (
        UniqueConstraint("organisation_id", "source"),
        CheckConstraint("(kind = 'correction') = (corrects IS NOT NULL)", name="correction"),
        CheckConstraint("other_id <> organisation_id", name="other"),
        Index("ix_credit_entry_organisation", "organisation_id", "at", "id"),
        Index(
            "ix_credit_entry_other",
            "organisation_id",
            "other_id",
            postgresql_where=text("other_id IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    source: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime] = moment()
    other_id: Mapped[UUID | None] = ref("organisation.id", nullable=True, index=False)
    facts: Mapped[dict[str, Any]] = jsonb()
    made_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    corrects: Mapped[UUID | None] = ref("credit_entry.id", nullable=True, index=False, unique=True)
    entered_at: Mapped[datetime] = created()


class PartyLink(Stateful, Base):
    """Two companies that may be one hand's, in the order of their ids. It is never deleted.

    reasons   what they share (trust.credit.linking.Reason)
    strong    what they share proves it: it counts unless somebody dismisses it; otherwise only once confirmed
    words     why it was decided so
    """

    __tablename__ = "party_link"
    __table_args__ = (
        UniqueConstraint("a_id", "b_id"),
        CheckConstraint("a_id < b_id", name="order"),
        CheckConstraint("cardinality(reasons) > 0", name="reasons"),
        CheckConstraint(
            "(state = 'found') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)"
            " AND (decided_by IS NULL) = (words = '')",
            name="decided",
        ),
        Index("ix_party_link_b", "b_id"),
        Index("ix_party_link_state", "state", "id"),
    )
    MOVES = LINK_MOVES
    SUBJECT = "party_link"

    id: Mapped[UUID] = pk()
    a_id: Mapped[UUID] = ref("organisation.id", index=False)
    b_id: Mapped[UUID] = ref("organisation.id", index=False)
    reasons: Mapped[list[str]] = mapped_column(ARRAY(String(20)))
    strong: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[LinkState] = mapped_column(String(20), default=LinkState.FOUND)
    found_at: Mapped[datetime] = created()
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)
    words: Mapped[str] = mapped_column(Text, default="")


class CreditAppeal(Stateful, Base):
    """A company says that an entry is wrong, once; decided by another person than whose decision it rests on (trigger).

    The entry stays either way: where the company is right, a counter-entry follows.
    """

    __tablename__ = "credit_appeal"
    __table_args__ = (
        CheckConstraint(
            "(state = 'filed') = (decided_by IS NULL) AND (state = 'filed') = (decided_at IS NULL)"
            " AND (state = 'filed') = (outcome = '')",
            name="decided",
        ),
        Index("ix_credit_appeal_organisation", "organisation_id", "id"),
    )
    MOVES = APPEAL_MOVES
    SUBJECT = "credit_appeal"

    id: Mapped[UUID] = pk()
    entry_id: Mapped[UUID] = ref("credit_entry.id", index=False, unique=True)
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    filed_by: Mapped[UUID] = ref("member.id", index=False)
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[AppealState] = mapped_column(String(20), default=AppealState.FILED)
    filed_at: Mapped[datetime] = created()
    due_at: Mapped[datetime] = moment()
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)
    outcome: Mapped[str] = mapped_column(Text, default="")


class CreditExport(Base):
    """A credit file as it was taken along: canonical JSON, and a sealed PDF with its hash. Made once (trigger).

    content, pdf   gone after a while; the hashes stay, so that old ones can be recognised
    """

    __tablename__ = "credit_export"
    __table_args__ = (
        CheckConstraint(
            "(made_at IS NULL) = (content_hash = '') AND (made_at IS NULL) = (pdf_hash = '')"
            " AND (content IS NULL) = (pdf IS NULL)",
            name="made",
        ),
        Index("ix_credit_export_organisation", "organisation_id", "id"),
        Index("uq_credit_export_content", "content_hash", unique=True, postgresql_where=text("content_hash <> ''")),
        Index("uq_credit_export_pdf", "pdf_hash", unique=True, postgresql_where=text("pdf_hash <> ''")),
    )

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    asked_by: Mapped[UUID] = ref("member.id", index=False)
    asked_at: Mapped[datetime] = created()
    made_at: Mapped[datetime | None] = moment(nullable=True)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    pdf: Mapped[bytes | None] = mapped_column(LargeBinary)
    content_hash: Mapped[str] = mapped_column(String(64), default="")
    pdf_hash: Mapped[str] = mapped_column(String(64), default="")
