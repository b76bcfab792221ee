"""Sanctions lists as they came, version after version: what was on a list on any day can be said for good."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, pk, ref
from app.core.db import Base


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
    """A name of an entry that a list says still, folded, to be looked up."""

    __tablename__ = "listed_name"
    __table_args__ = (
        Index("ix_listed_name_folded", "folded", postgresql_using="gin", postgresql_ops={"folded": "gin_trgm_ops"}),
    )

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("listed_entry.id", ondelete="RESTRICT"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    folded: Mapped[str] = mapped_column(Text)
