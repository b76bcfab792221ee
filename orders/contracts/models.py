"""Tables of contracts and of their signatures."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CHAR,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    inspect,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, money, pk, ref
from app.core.db import Base
from app.core.money import Money
from app.core.states import Stateful
from orders.contracts.states import MOVES, REQUEST_MOVES, ContractState, RequestKind, RequestState
from orders.contracts.terms import ContractTerms


class Contract(Stateful, Base):
    """One contract. `terms` may change only while it is a draft; `revision` counts those changes.

    `amends_id` is the contract whose place this one takes once both have signed; one amendment at a time is under way.
    `terms_hash` is the SHA-256 of the canonical terms and `pdf_hash` that of the document; both stand from the lock on.
    `file_key` is the document as it is now, with the signatures that stand in it; it only grows. `archived_at` is when
    a timestamp was last set over all of it.
    `ends_at` is when a contract that is not signed ends by itself; `reminders` counts those sent before that moment.
    `rules` are the platform's rules that bind the deal, {code: number of its version}: those in force on `rules_on`,
    the day the first contract of the deal was drawn up, which its text names. They never change (trigger).
    """

    __tablename__ = "contract"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'void') OR terms_hash <> ''", name="locked_has_hash"),
        CheckConstraint(
            "state NOT IN ('signing', 'effective', 'performed') OR pdf_hash <> ''", name="signable_has_pdf"
        ),
        Index("uq_contract_inquiry", "inquiry_id", unique=True, postgresql_where=text("amends_id IS NULL")),
        Index("uq_contract_quotation", "quotation_id", unique=True, postgresql_where=text("amends_id IS NULL")),
        Index(
            "uq_contract_amendment_open",
            "amends_id",
            unique=True,
            postgresql_where=text("state <> 'void'"),
        ),
        Index("ix_contract_buyer", "buyer_id", "state", "id"),
        Index("ix_contract_supplier", "supplier_id", "state", "id"),
        Index("ix_contract_archived_at", "archived_at", postgresql_where=text("sealed_at IS NOT NULL")),
        Index("ix_contract_annexes", text("(terms -> 'annexes')"), postgresql_using="gin"),
        Index("ix_contract_ends_at", "ends_at", postgresql_where=text("state IN ('draft', 'locked', 'signing')")),
    )
    MOVES = MOVES
    SUBJECT = "contract"

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(40), unique=True)
    amends_id: Mapped[UUID | None] = ref("contract.id", nullable=True, index=False)
    inquiry_id: Mapped[UUID] = ref("inquiry.id", index=False)
    quotation_id: Mapped[UUID] = ref("quotation.id", index=False)
    buyer_id: Mapped[UUID] = ref("organisation.id", index=False)
    supplier_id: Mapped[UUID] = ref("organisation.id", index=False)
    title: Mapped[str] = mapped_column(String(200))
    total: Mapped[Money] = money("total")
    terms: Mapped[dict[str, Any]] = jsonb()
    rules: Mapped[dict[str, int]] = jsonb()
    rules_on: Mapped[date] = mapped_column(Date)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    buyer_agreed: Mapped[int] = mapped_column(Integer, default=0)
    supplier_agreed: Mapped[int] = mapped_column(Integer, default=0)
    terms_hash: Mapped[str] = mapped_column(String(64), default="")
    pdf_hash: Mapped[str] = mapped_column(String(64), default="")
    pdf_key: Mapped[str] = mapped_column(String(200), default="")
    file_key: Mapped[str] = mapped_column(String(200), default="", server_default="")
    sealed_at: Mapped[datetime | None] = moment(nullable=True)
    archived_at: Mapped[datetime | None] = moment(nullable=True)
    fault: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[ContractState] = mapped_column(String(20), default=ContractState.DRAFT)
    created_at: Mapped[datetime] = created()
    locked_at: Mapped[datetime | None] = moment(nullable=True)
    effective_at: Mapped[datetime | None] = moment(nullable=True)
    ends_at: Mapped[datetime | None] = moment(nullable=True)
    reminders: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    buyer_extended: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    supplier_extended: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")

    def read(self) -> ContractTerms:
        """What it says. Checked once however often it is asked: that takes as long as several statements."""
        kept = inspect(self).info
        if kept.get("said") is not self.terms:
            kept["said"], kept["read"] = self.terms, ContractTerms.model_validate(self.terms)
        terms: ContractTerms = kept["read"]
        return terms


class Revision(Base):
    """The whole terms as they stood at one revision of a contract. Insert-only.

    `member_id` is who made it, None for the platform; `note` is what they said of it.
    """

    __tablename__ = "contract_revision"

    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contract.id", ondelete="RESTRICT"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    terms: Mapped[dict[str, Any]] = jsonb()
    member_id: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = moment()


class Comment(Base):
    """What somebody said about one place of the text. Insert-only; numbered in each contract from 1.

    `place` is a key of `places.places`, `revision` the one that was being read.
    """

    __tablename__ = "contract_comment"

    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contract.id", ondelete="RESTRICT"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    place: Mapped[str] = mapped_column(String(60))
    revision: Mapped[int] = mapped_column(Integer)
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = moment()


class CommentResolution(Base):
    """All comments on a place up to this number are settled. Insert-only; a later comment opens the thread again."""

    __tablename__ = "contract_comment_resolution"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract_id", "number"],
            ["contract_comment.contract_id", "contract_comment.number"],
            name="fk_contract_comment_resolution_comment",
            ondelete="RESTRICT",
        ),
    )

    contract_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    place: Mapped[str] = mapped_column(String(60))
    member_id: Mapped[UUID] = ref("member.id", index=False)
    at: Mapped[datetime] = moment()


class ContractRequest(Stateful, Base):
    """What one side asks and the other assents to; one at a time. Of what was asked, nothing changes."""

    __tablename__ = "contract_request"
    __table_args__ = (
        Index("uq_contract_request_open", "contract_id", unique=True, postgresql_where=text("state = 'open'")),
    )
    MOVES = REQUEST_MOVES
    SUBJECT = "contract_request"

    id: Mapped[UUID] = pk()
    contract_id: Mapped[UUID] = ref("contract.id")
    kind: Mapped[RequestKind] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    state: Mapped[RequestState] = mapped_column(String(20), default=RequestState.OPEN)
    at: Mapped[datetime] = moment()
    answered_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    answered_at: Mapped[datetime | None] = moment(nullable=True)


class ContractFile(Base):
    """A state that a contract's document was ever in, by its SHA-256. Insert-only.

    `kind` is the kind of the evidence link that tells of it, such as `contract.sealed`.
    """

    __tablename__ = "contract_file"

    file_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    contract_id: Mapped[UUID] = ref("contract.id")
    kind: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = moment()


class ContractRate(Base):
    """The reference rate of a contract's currency to the platform's on the day it took effect. Insert-only.

    It stands beside the contract, not in what was signed: for reports, never for what is owed. One unit of `base` is
    `rate` of `quote`, as `source` had it for `day`.
    """

    __tablename__ = "contract_rate"

    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contract.id", ondelete="RESTRICT"), primary_key=True)
    base: Mapped[str] = mapped_column(CHAR(3))
    quote: Mapped[str] = mapped_column(CHAR(3))
    rate: Mapped[Decimal] = mapped_column(Numeric)
    day: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(100))
    recorded_at: Mapped[datetime] = moment()


class Signature(Base):
    """One party's signature and all that was true when it was given. Of an act that was done, nothing changes.

    `certificate` (DER) and `affixed_at` follow, once, when the signature stands in the document. `own_certificate`:
    it is the signatory's own, not one that the platform issued for this act.
    """

    __tablename__ = "signature"
    __table_args__ = (UniqueConstraint("contract_id", "organisation_id"),)

    id: Mapped[UUID] = pk()
    contract_id: Mapped[UUID] = ref("contract.id", index=False)
    organisation_id: Mapped[UUID] = ref("organisation.id")
    member_id: Mapped[UUID] = ref("member.id", index=False)
    side: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(120))
    terms_hash: Mapped[str] = mapped_column(String(64))
    pdf_hash: Mapped[str] = mapped_column(String(64))
    consent: Mapped[str] = mapped_column(Text)
    consent_hash: Mapped[str] = mapped_column(String(64))
    statement: Mapped[str] = mapped_column(Text)
    seal: Mapped[bytes] = mapped_column(LargeBinary)
    seal_kind: Mapped[str] = mapped_column(String(30))
    own_certificate: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    certificate: Mapped[bytes | None] = mapped_column(LargeBinary)
    affixed_at: Mapped[datetime | None] = moment(nullable=True)
    at: Mapped[datetime] = moment()
