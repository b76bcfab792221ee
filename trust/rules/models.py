"""Tables of the rule book: versions for good, what was said of them before, and who accepted which."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Date, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from trust.rules.states import MOVES, VersionState


class RuleVersion(Stateful, Base):
    """One version of one rule: `content` as trust.rules.text.Text, `why` it changes as {"en", "zh"}.

    Once it is up for comments its text stays; once published, all of it (trigger). It is in force from the beginning
    of `effective_from` (UTC) until that of the next.
    """

    __tablename__ = "rule_version"
    __table_args__ = (
        UniqueConstraint("code", "number"),
        Index(
            "uq_rule_version_pending",
            "code",
            unique=True,
            postgresql_where=text("state IN ('draft', 'consultation')"),
        ),
        Index(
            "uq_rule_version_effective",
            "code",
            "effective_from",
            unique=True,
            postgresql_where=text("state = 'published'"),
        ),
    )
    MOVES = MOVES
    SUBJECT = "rule_version"

    id: Mapped[UUID] = pk()
    code: Mapped[str] = mapped_column(String(40))
    number: Mapped[int] = mapped_column(Integer)
    content: Mapped[dict[str, Any]] = jsonb()
    digest: Mapped[str] = mapped_column(String(64))
    why: Mapped[dict[str, Any]] = jsonb()
    state: Mapped[VersionState] = mapped_column(String(20), default=VersionState.DRAFT)
    drafted_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    drafted_at: Mapped[datetime] = created()
    opened_at: Mapped[datetime | None] = moment(nullable=True)
    comments_until: Mapped[datetime | None] = moment(nullable=True)
    published_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    published_at: Mapped[datetime | None] = moment(nullable=True)
    effective_from: Mapped[date | None] = mapped_column(Date)


class RuleComment(Base):
    """What somebody said of a change while it was up for comments; `author` is a company, or how a visitor signs.

    The answer comes to it once (trigger). `withheld`: the public does not read the text, only that there was one.
    """

    __tablename__ = "rule_comment"
    __table_args__ = (Index("ix_rule_comment_version", "version_id", "id"),)

    id: Mapped[UUID] = pk()
    version_id: Mapped[UUID] = ref("rule_version.id", index=False)
    member_id: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    author: Mapped[str] = mapped_column(String(200))
    clause: Mapped[str] = mapped_column(String(10), default="")
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = created()
    answer: Mapped[str] = mapped_column(Text, default="")
    withheld: Mapped[bool] = mapped_column(Boolean, default=False)
    answered_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    answered_at: Mapped[datetime | None] = moment(nullable=True)


class Acceptance(Base):
    """A company accepted a version of an agreement by one of its members. Insert-only; the address it came from is a
    private part of its evidence.

    `way`: "registration" or "page". `locale`: in which language it was read.
    """

    __tablename__ = "rule_acceptance"
    __table_args__ = (UniqueConstraint("organisation_id", "version_id"),)

    id: Mapped[UUID] = pk()
    version_id: Mapped[UUID] = ref("rule_version.id")
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    digest: Mapped[str] = mapped_column(String(64))
    locale: Mapped[str] = mapped_column(String(10))
    way: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = created()


class OperatorFacts(Base):
    """What the operator says of itself, as trust.rules.disclosure.Facts; the newest counts. Insert-only."""

    __tablename__ = "operator_facts"

    id: Mapped[UUID] = pk()
    said: Mapped[dict[str, Any]] = jsonb()
    said_by: Mapped[UUID] = ref("member.id", index=False)
    at: Mapped[datetime] = created()


class OperatorLicence(Base):
    """A licence, permit or filing of the operator. It stays as it was written; one that is no longer right is taken
    off the page and another put there (trigger).

    `valid_to`: the last day, or None; `verified_url`: where an authority confirms it.
    """

    __tablename__ = "operator_licence"
    __table_args__ = (Index("ix_operator_licence_valid", "valid_to", postgresql_where=text("ended_at IS NULL")),)

    id: Mapped[UUID] = pk()
    name: Mapped[str] = mapped_column(String(200))
    number: Mapped[str] = mapped_column(String(80))
    issuer: Mapped[str] = mapped_column(String(200))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    verified_url: Mapped[str] = mapped_column(String(300), default="")
    added_by: Mapped[UUID] = ref("member.id", index=False)
    added_at: Mapped[datetime] = created()
    ended_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    ended_at: Mapped[datetime | None] = moment(nullable=True)
