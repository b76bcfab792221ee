"""Sanctions lists as they came, version after version: what was on a list on any day can be said for good."""

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
    Numeric,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, pk, ref
from app.core.db import Base
from app.core.ids import new_id
from app.core.states import Stateful
from trust.screening.states import MOVES, MatchState


class SanctionsList(Base):
    """One list. `form` is how its files are read: `un`, `ofac` or `sheet`; `name` is what people call it."""

    __tablename__ = "sanctions_list"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    form: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime] = created()


class ListVersion(Base):
    """A list as it was taken in once. Insert-only. `digest` is the SHA-256 over its files, in their order."""

    __tablename__ = "list_version"
    __table_args__ = (UniqueConstraint("list_key", "number"),)

    id: Mapped[UUID] = pk()
    list_key: Mapped[str] = mapped_column(ForeignKey("sanctions_list.key", ondelete="RESTRICT"))
    number: Mapped[int] = mapped_column(Integer)
    published_on: Mapped[date] = mapped_column(Date)
    digest: Mapped[str] = mapped_column(String(64))
    entries: Mapped[int] = mapped_column(Integer)
    added: Mapped[int] = mapped_column(Integer)
    changed: Mapped[int] = mapped_column(Integer)
    removed: Mapped[int] = mapped_column(Integer)
    taken_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    taken_at: Mapped[datetime] = created()


class ListedEntry(Base):
    """What a list said of one subject from version `since` until before `until` (None: it says so still).

    Only the end is ever added (trigger).
    """

    __tablename__ = "listed_entry"
    __table_args__ = (
        Index("uq_listed_entry_standing", "list_key", "reference", unique=True, postgresql_where=text("until IS NULL")),
    )

    id: Mapped[UUID] = pk()
    list_key: Mapped[str] = mapped_column(ForeignKey("sanctions_list.key", ondelete="RESTRICT"))
    reference: Mapped[str] = mapped_column(String(80))
    since: Mapped[int] = mapped_column(Integer)
    until: Mapped[int | None] = mapped_column(Integer)
    content: Mapped[dict[str, Any]] = jsonb()
    digest: Mapped[str] = mapped_column(String(64))


class ListedName(Base):
    """A name of an entry, folded, to be looked up: also of one that its list does not have any more."""

    __tablename__ = "listed_name"
    __table_args__ = (
        Index("ix_listed_name_folded", "folded", postgresql_using="gin", postgresql_ops={"folded": "gin_trgm_ops"}),
    )

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("listed_entry.id", ondelete="RESTRICT"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    folded: Mapped[str] = mapped_column(Text)


class ScreenedParty(Base):
    """A company as it was last compared with all lists: the digest of its names and numbers then."""

    __tablename__ = "screened_party"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    screened_at: Mapped[datetime] = moment()


class ScreeningDue(Base):
    """A company is to be compared (again), because a name or number of it came or changed (triggers)."""

    __tablename__ = "screening_due"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, server_default=text("uuidv7()"))
    organisation_id: Mapped[UUID] = ref("organisation.id")


class NamedParty(Base):
    """Somebody who is no company of ours and takes part in a deal, or a ship: as it was named, whoever named it and
    however often. Never changed: who is named otherwise is another one.

    digest       SHA-256 of all the rest, so that the same particulars are compared, and cleared, once
    names        one at least
    country      ISO 3166-1, "" where nobody says
    identifiers  such as `IMO 9187629` or `BIC HANSDEHH`
    screened_at  compared with all lists; None: it is to be
    """

    __tablename__ = "named_party"
    __table_args__ = (Index("ix_named_party_due", "id", postgresql_where=text("screened_at IS NULL")),)

    id: Mapped[UUID] = pk()
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    names: Mapped[list[str]] = jsonb()
    country: Mapped[str] = mapped_column(String(2), default="")
    identifiers: Mapped[list[str]] = jsonb()
    screened_at: Mapped[datetime | None] = moment(nullable=True)
    created_at: Mapped[datetime] = created()


class NamedIn(Base):
    """What a party is to one contract, order, account or case, which stands still while a match of it does.

    organisation_id  the company that named it, or whose account or payment it is
    label            the number that people know the thing by
    ended_at         it is over, or names somebody else by now: it is not compared again for its sake
    """

    __tablename__ = "named_in"
    __table_args__ = (
        Index("ix_named_in_open", "named_id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_named_in_ended", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
    )

    subject_type: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    named_id: Mapped[UUID] = mapped_column(ForeignKey("named_party.id", ondelete="RESTRICT"), primary_key=True)
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    label: Mapped[str] = mapped_column(String(80))
    named_at: Mapped[datetime] = created()
    ended_at: Mapped[datetime | None] = moment(nullable=True)


class ScreeningRun(Base):
    """All companies, and who else is named in open deals, compared with a list's new version or with all lists: how
    far it is.

    number   of the version whose new and changed entries they are compared with; None: with all entries of all lists
    reached  the company that was compared last; they are taken in the order of their ids, and then the others are
    """

    __tablename__ = "screening_run"
    __table_args__ = (
        CheckConstraint("(list_key IS NULL) = (number IS NULL)", name="version"),
        Index("ix_screening_run_unfinished", "id", postgresql_where=text("finished_at IS NULL")),
    )

    id: Mapped[UUID] = pk()
    list_key: Mapped[str | None] = mapped_column(ForeignKey("sanctions_list.key", ondelete="RESTRICT"))
    number: Mapped[int | None] = mapped_column(Integer)
    total: Mapped[int] = mapped_column(Integer)
    done: Mapped[int] = mapped_column(Integer, default=0)
    found: Mapped[int] = mapped_column(Integer, default=0)
    reached: Mapped[UUID | None]
    reached_named: Mapped[UUID | None]
    asked_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    started_at: Mapped[datetime] = created()
    finished_at: Mapped[datetime | None] = moment(nullable=True)


class Match(Stateful, Base):
    """A company, a person who acts for it, or somebody named in deals, is like an entry of a list; what was decided of
    it. It is either a company's (`organisation_id`) or that of a named party (`named_id`).

    role, names   who: the company itself or what the person is to it, as it was called then
    party_digest  of all that was known of them: with another, this match is over
    list_version  that was in force when it was found
    reasons       [{feature, part, ours, theirs}], whose parts add up to the score
    tier          what the score alone asks for: log, review or block; what happens is the policy's
    proposed      what the first person proposes: clear or confirm; `decided_by` is another one, who agreed
    cleared_until then it must be decided again
    """

    __tablename__ = "screening_match"
    __table_args__ = (
        CheckConstraint("num_nonnulls(organisation_id, named_id) = 1", name="whose"),
        CheckConstraint("score BETWEEN 0 AND 1", name="score"),
        CheckConstraint("tier IN ('log', 'review', 'block')", name="tier"),
        CheckConstraint("decided_by <> proposed_by", name="maker_is_not_checker"),
        CheckConstraint("state NOT IN ('cleared', 'confirmed') OR decided_by IS NOT NULL", name="second_person"),
        CheckConstraint("(state = 'cleared') <= (cleared_until IS NOT NULL)", name="cleared"),
        Index(
            "uq_screening_match_pair",
            "organisation_id",
            "party_digest",
            "entry_id",
            unique=True,
            postgresql_where=text("state <> 'lapsed'"),
        ),
        Index(
            "uq_screening_match_named",
            "named_id",
            "party_digest",
            "entry_id",
            unique=True,
            postgresql_where=text("state <> 'lapsed'"),
        ),
        Index("ix_screening_match_queue", "state", "score", "id"),
        Index("ix_screening_match_entry", "entry_id"),
    )
    MOVES = MOVES
    SUBJECT = "screening_match"

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID | None] = ref("organisation.id", nullable=True)
    named_id: Mapped[UUID | None] = ref("named_party.id", nullable=True)
    role: Mapped[str] = mapped_column(String(20))
    names: Mapped[list[str]] = jsonb()
    known: Mapped[dict[str, Any]] = jsonb()
    party_digest: Mapped[str] = mapped_column(String(64))
    entry_id: Mapped[UUID] = ref("listed_entry.id", index=False)
    list_key: Mapped[str] = mapped_column(ForeignKey("sanctions_list.key", ondelete="RESTRICT"))
    list_version: Mapped[int] = mapped_column(Integer)
    score: Mapped[Decimal] = mapped_column(Numeric(4, 3))
    reasons: Mapped[list[dict[str, Any]]] = jsonb()
    tier: Mapped[str] = mapped_column(String(10))
    action: Mapped[str] = mapped_column(String(10))
    state: Mapped[MatchState] = mapped_column(String(10))
    found_at: Mapped[datetime] = created()
    proposal: Mapped[str] = mapped_column(String(10), default="")
    proposed_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    proposed_at: Mapped[datetime | None] = moment(nullable=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)
    cleared_until: Mapped[datetime | None] = moment(nullable=True)


class ListPolicy(Base):
    """What a match with a list means, from a day on: proposed by one, in force once another agreed (trigger).

    list_key, entity, jurisdiction, currency   "" means any; entity and jurisdiction are countries (ISO 3166-1)
    """

    __tablename__ = "list_policy"
    __table_args__ = (
        CheckConstraint("action IN ('ignore', 'inform', 'review', 'block')", name="action"),
        CheckConstraint("decided_by <> set_by", name="maker_is_not_checker"),
        CheckConstraint("(agreed IS NULL) = (decided_by IS NULL)", name="decided"),
    )

    id: Mapped[UUID] = pk()
    list_key: Mapped[str] = mapped_column(String(40), default="")
    entity: Mapped[str] = mapped_column(String(2), default="")
    jurisdiction: Mapped[str] = mapped_column(String(2), default="")
    currency: Mapped[str] = mapped_column(String(3), default="")
    action: Mapped[str] = mapped_column(String(10))
    effective_from: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    set_by: Mapped[UUID] = ref("member.id", index=False)
    set_at: Mapped[datetime] = created()
    agreed: Mapped[bool | None]
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)


class Thresholds(Base):
    """From which score on a match is kept, reviewed, blocks; from a day on, proposed and agreed like a policy."""

    __tablename__ = "screening_thresholds"
    __table_args__ = (
        CheckConstraint("0.5 <= log AND log <= review AND review <= block AND block <= 1", name="order"),
        CheckConstraint("decided_by <> set_by", name="maker_is_not_checker"),
        CheckConstraint("(agreed IS NULL) = (decided_by IS NULL)", name="decided"),
    )

    id: Mapped[UUID] = pk()
    log: Mapped[Decimal] = mapped_column(Numeric(4, 3))
    review: Mapped[Decimal] = mapped_column(Numeric(4, 3))
    block: Mapped[Decimal] = mapped_column(Numeric(4, 3))
    effective_from: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    set_by: Mapped[UUID] = ref("member.id", index=False)
    set_at: Mapped[datetime] = created()
    agreed: Mapped[bool | None]
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)
