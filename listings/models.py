"""Tables of listings: a product, the versions of what it says, and the pictures anyone may load."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Computed,
    Dialect,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from app.core.columns import created, jsonb, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from listings.content import Card, Content, dumped
from listings.states import PRODUCT_MOVES, REVISION_MOVES, ProductState, RevisionState


class ContentColumn(TypeDecorator[Content]):
    """A whole listing as one JSON value."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(self, value: Content | None, dialect: Dialect) -> Any:  # noqa: ARG002  SQLAlchemy's signature
        return None if value is None else dumped(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Content | None:  # noqa: ARG002  as above
        return None if value is None else Content.model_validate(value)


def of_card(kind: Any, expression: str) -> Any:
    """A column that the database fills from the card; read only where it is asked for."""
    return mapped_column(kind, Computed(expression, persisted=True), nullable=True, deferred=True)


class Product(Stateful, Base):
    """A thing on offer. `card` and `category` follow the live version; before the first, `category` is the draft's.

    kept_first  stays online before others when the company's plan has room for fewer
    subheading  the HS code's first six digits; it, `unit`, `currency` and `price_low` are the card's, apart: the
                market is compared by them in indexes alone, without reading five hundred cards
    """

    __tablename__ = "product"
    __table_args__ = (
        UniqueConstraint("organisation_id", "reference"),
        CheckConstraint("state <> 'published' OR (card IS NOT NULL AND published_at IS NOT NULL)", name="published"),
        Index("ix_product_organisation_state", "organisation_id", "state", "id"),
        *(
            Index(
                f"ix_product_{name}",
                *columns,
                "published_at",
                postgresql_include=["organisation_id", *read],
                postgresql_where=text("state = 'published'"),
            )
            for name, columns, read in (
                ("category_published", ("category",), ("subheading",)),
                ("category_market", ("category", "currency", "unit"), ("price_low",)),
                ("subheading_market", ("subheading", "currency", "unit"), ("price_low",)),
            )
        ),
    )
    MOVES = PRODUCT_MOVES
    SUBJECT = "product"

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    reference: Mapped[str | None] = mapped_column(String(60))
    category: Mapped[str] = mapped_column(String(60))
    state: Mapped[ProductState] = mapped_column(String(20), default=ProductState.DRAFT)
    card: Mapped[Card | None] = jsonb(nullable=True)
    created_at: Mapped[datetime] = created()
    changed_at: Mapped[datetime] = created()
    published_at: Mapped[datetime | None] = moment(nullable=True)
    kept_first: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    subheading: Mapped[str | None] = of_card(String(6), "left(card ->> 'hs_code', 6)")
    unit: Mapped[str | None] = of_card(String(3), "card ->> 'unit'")
    currency: Mapped[str | None] = of_card(String(3), "card ->> 'currency'")
    price_low: Mapped[Decimal | None] = of_card(Numeric, "(card ->> 'price_low')::numeric")


class ProductRevision(Stateful, Base):
    """One version of a product's content; the database keeps it as it is from the moment it is submitted.

    repeats  how many of the company's own listings read nearly the same when it was sent in, where the rules of risk
             count them; it then stands behind others in searches
    """

    __tablename__ = "product_revision"
    __table_args__ = (
        UniqueConstraint("product_id", "number"),
        *(
            Index(
                f"uq_product_revision_{state}", "product_id", unique=True, postgresql_where=text(f"state = '{state}'")
            )
            for state in (RevisionState.DRAFT, RevisionState.SUBMITTED, RevisionState.LIVE)
        ),
    )
    MOVES = REVISION_MOVES
    SUBJECT = "product_revision"

    id: Mapped[UUID] = pk()
    product_id: Mapped[UUID] = ref("product.id", index=False)
    number: Mapped[int] = mapped_column(Integer)
    content: Mapped[Content] = mapped_column(ContentColumn)
    state: Mapped[RevisionState] = mapped_column(String(20), default=RevisionState.DRAFT)
    reason: Mapped[str] = mapped_column(Text, default="")
    saved_by: Mapped[UUID] = ref("member.id", index=False)
    saved_at: Mapped[datetime] = created()
    decided_at: Mapped[datetime | None] = moment(nullable=True)
    repeats: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))


class PictureFile(Base):
    """A stored size of a product picture: what `/files/…` may give to anybody. Keys are SHA-256 of the content."""

    __tablename__ = "picture_file"

    key: Mapped[str] = mapped_column(String(67), primary_key=True)
    content_type: Mapped[str] = mapped_column(String(40))
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    stored_at: Mapped[datetime] = created()
