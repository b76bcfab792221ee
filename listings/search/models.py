"""Tables of the index in PostgreSQL; rows of them are copies, and may be built anew at any time."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CHAR, BigInteger, Boolean, Index, Integer, Numeric, String, Text, Uuid, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import moment
from app.core.db import Base

AT_ONCE = {"fastupdate": "off"}
"""A list of what is not yet in the index, which each search would walk, costs more than it spares the few who write."""


class ProductSearch(Base):
    """A published product as the index knows it, once in each generation.

    place    counted from 0 in each generation, without gaps: rows go only with their generation
    changed  number of the generation's change that wrote this
    gone     removed: only its place is kept
    """

    __tablename__ = "product_search"
    __table_args__ = (
        Index("uq_product_search_place", "generation", "place", unique=True),
        Index("ix_product_search_changed", "generation", "changed"),
        Index("ix_product_search_document", "document", postgresql_using="gin", postgresql_with=AT_ONCE),
    )

    generation: Mapped[int] = mapped_column(Integer, primary_key=True)
    product_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    place: Mapped[int] = mapped_column(Integer)
    changed: Mapped[int] = mapped_column(BigInteger)
    gone: Mapped[bool] = mapped_column(Boolean)
    version: Mapped[int] = mapped_column(Integer)
    category: Mapped[str] = mapped_column(String(60))
    country: Mapped[str] = mapped_column(CHAR(2))
    currency: Mapped[str] = mapped_column(CHAR(3))
    price_low: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    price_high: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    moq: Mapped[Decimal] = mapped_column(Numeric(18, 3))
    incoterms: Mapped[list[str]] = mapped_column(ARRAY(Text))
    certificates: Mapped[list[str]] = mapped_column(ARRAY(Text))
    traits: Mapped[list[str]] = mapped_column(ARRAY(Text))
    published_at: Mapped[datetime] = moment()
    verified_at: Mapped[datetime | None] = moment(nullable=True)
    repeats: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    title_en: Mapped[str] = mapped_column(Text)
    title_zh: Mapped[str] = mapped_column(Text)
    body_en: Mapped[str] = mapped_column(Text)
    body_zh: Mapped[str] = mapped_column(Text)
    document: Mapped[Any] = mapped_column(TSVECTOR)


class SearchWord(Base):
    """A word the index knows, for mending typos."""

    __tablename__ = "search_word"
    __table_args__ = (
        Index(
            "ix_search_word_trgm",
            "word",
            postgresql_using="gin",
            postgresql_ops={"word": "gin_trgm_ops"},
            postgresql_with=AT_ONCE,
        ),
    )

    generation: Mapped[int] = mapped_column(Integer, primary_key=True)
    word: Mapped[str] = mapped_column(String(60), primary_key=True)


class SearchGeneration(Base):
    """Which generations there are: one live, at most one being built. `changes` counts what was done to each."""

    __tablename__ = "search_generation"
    __table_args__ = (
        Index("uq_search_generation_live", "live", unique=True, postgresql_where=text("live")),
        Index("uq_search_generation_building", "live", unique=True, postgresql_where=text("NOT live")),
    )

    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    live: Mapped[bool] = mapped_column(Boolean)
    changes: Mapped[int] = mapped_column(BigInteger, default=0)
