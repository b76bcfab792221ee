"""What others may ask about listings: frozen values; and the row locks of this domain."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, and_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import LateralFromClause

from app.core.i18n import _
from app.core.money import UnitPrice
from listings.content import Card, Content, Tier, in_locale
from listings.errors import ProductNotFound
from listings.models import Product, ProductRevision
from listings.states import ProductState, RevisionState
from trust.access import Member, Permission


@dataclass(frozen=True, slots=True)
class ProductView:
    """A published product as an inquiry needs it. `title` is in the reader's language; tiers ascend in quantity."""

    id: UUID
    organisation_id: UUID
    revision_id: UUID
    title: str
    title_en: str
    title_zh: str
    category: str
    hs_code: str
    hs_version: str
    origin: str
    unit: str
    currency: str
    tiers: tuple[Tier, ...]
    incoterms: tuple[str, ...]
    port: str
    port_code: str
    lead_time_days: int
    moq: Decimal
    sample_price: UnitPrice | None
    image: str


class CardView(NamedTuple):
    """A published product as lists show it. `image` is an address here, or ""; `title` in the reader's language."""

    id: UUID
    organisation_id: UUID
    category: str
    published_at: datetime
    facts: Card

    @property
    def title(self) -> str:
        return in_locale(self.facts["title"]["en"], self.facts["title"]["zh"])

    @property
    def image(self) -> str:
        return f"/files/{self.facts['image']}" if self.facts["image"] else ""

    @property
    def price_low(self) -> UnitPrice:
        return UnitPrice(Decimal(self.facts["price_low"]), self.facts["currency"])

    @property
    def price_high(self) -> UnitPrice:
        return UnitPrice(Decimal(self.facts["price_high"]), self.facts["currency"])

    @property
    def moq(self) -> Decimal:
        return Decimal(self.facts["moq"])


@dataclass(frozen=True, slots=True)
class Listing:
    """One version of a product with the product's own facts: what its page shows."""

    id: UUID
    organisation_id: UUID
    reference: str | None
    state: ProductState
    published_at: datetime | None
    revision_id: UUID
    revision: int
    revision_state: RevisionState
    reason: str
    saved_at: datetime
    content: Content
    kept_first: bool
    repeats: int


@dataclass(frozen=True, slots=True)
class Line:
    """A product in its supplier's own list, by its newest version. `live` tells whether buyers see an earlier one."""

    id: UUID
    reference: str | None
    state: ProductState
    category: str
    changed_at: datetime
    revision: int
    revision_state: RevisionState
    reason: str
    title_en: str
    title_zh: str
    image: str

    @property
    def title(self) -> str:
        return in_locale(self.title_en, self.title_zh)


_LISTING: tuple[Any, ...] = (
    *(Product.id, Product.organisation_id, Product.reference, Product.state, Product.published_at),
    ProductRevision.id.label("revision_id"),
    *(ProductRevision.number, ProductRevision.state.label("revision_state"), ProductRevision.reason),
    *(ProductRevision.saved_at, ProductRevision.content, Product.kept_first, ProductRevision.repeats),
)
_LIVE = and_(ProductRevision.product_id == Product.id, ProductRevision.state == RevisionState.LIVE)
# Written once, for putting it together costs more than asking it; and over the tables' own columns, which are read
# faster than the models'.
_product, _revision = Product.__table__, ProductRevision.__table__
_PUBLISHED = (
    select(
        *(_product.c[name] for name in ("id", "organisation_id", "reference", "state", "published_at")),
        *(_revision.c[name] for name in ("id", "number", "state", "reason", "saved_at", "content")),
        *(_product.c.kept_first, _revision.c.repeats),
    )
    .join_from(_product, _revision, _revision.c.product_id == _product.c.id)
    .where(_product.c.id == bindparam("product_id"), _product.c.state == ProductState.PUBLISHED)
    .where(_revision.c.state == RevisionState.LIVE)
)

_REVISION = (
    select(*_LISTING)
    .join(ProductRevision, ProductRevision.product_id == Product.id)
    .where(ProductRevision.id == bindparam("revision_id"))
)


def _listing(row: Any) -> Listing:
    state, revision_state = ProductState(row[3]), RevisionState(row[7])
    return Listing(row[0], row[1], row[2], state, row[4], row[5], row[6], revision_state, *row[8:13])


async def listing(tx: AsyncSession, product_id: UUID, *, reader: Member | None) -> Listing:
    """The live version for everybody; for its own company the newest one of a product that is not published.

    Raises ProductNotFound, for a stranger's unpublished product too.
    """
    row = (await tx.execute(_PUBLISHED, {"product_id": product_id})).first()
    if row is not None:
        return _listing(row)
    if reader is None:
        raise ProductNotFound(_("There is no such product."))
    return await newest(tx, product_id, reader=reader)


async def newest(tx: AsyncSession, product_id: UUID, *, reader: Member) -> Listing:
    """The newest version, for the product's own company and for moderators. Raises ProductNotFound."""
    query = _readable(product_id, reader).order_by(ProductRevision.number.desc()).limit(1)
    return _one(await tx.execute(query))


async def version(tx: AsyncSession, product_id: UUID, number: int, *, reader: Member) -> Listing:
    """One version, for the product's own company and for moderators. Raises ProductNotFound."""
    return _one(await tx.execute(_readable(product_id, reader).where(ProductRevision.number == number)))


async def revision(tx: AsyncSession, revision_id: UUID) -> Listing:
    """The version a review is about. For the moderation desk; raises ProductNotFound."""
    return _one(await tx.execute(_REVISION, {"revision_id": revision_id}))


def _readable(product_id: UUID, reader: Member) -> Select[Any]:
    query: Any = select(*_LISTING).join(ProductRevision, ProductRevision.product_id == Product.id)
    if not reader.may(Permission.MODERATE):
        query = query.where(Product.organisation_id == reader.organisation_id)
    narrowed: Select[Any] = query.where(Product.id == product_id)
    return narrowed


def _one(result: Any) -> Listing:
    row = result.first()
    if row is None:
        raise ProductNotFound(_("There is no such product."))
    return _listing(row)


async def published(tx: AsyncSession, product_id: UUID) -> ProductView:
    """A product that may be asked about. Raises ProductNotFound."""
    found = _one(await tx.execute(_PUBLISHED, {"product_id": product_id}))
    content = found.content
    return ProductView(
        id=found.id,
        organisation_id=found.organisation_id,
        revision_id=found.revision_id,
        title=str(content.title),
        title_en=content.title.en,
        title_zh=content.title.zh,
        category=content.category,
        hs_code=content.hs_code,
        hs_version=content.hs_version,
        origin=content.origin,
        unit=content.unit,
        currency=content.currency,
        tiers=content.tiers,
        incoterms=content.incoterms,
        port=content.port,
        port_code=content.port_code,
        lead_time_days=content.lead_time_days,
        moq=content.moq,
        sample_price=content.sample.price if content.sample else None,
        image=content.pictures[0].url("card") if content.pictures else "",
    )


_CARD = tuple(_product.c[name] for name in ("id", "organisation_id", "category", "published_at", "card"))
_IN = _product.c.id == func.any(bindparam("products", type_=ARRAY(Uuid)))
_CARDS = select(*_CARD).where(_IN, _product.c.state == ProductState.PUBLISHED)


async def product_cards(tx: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, CardView]:
    """Those of `ids` that are published now, in one query."""
    wanted = list(ids)
    return {row[0]: _card(row) for row in await tx.execute(_CARDS, {"products": wanted})} if wanted else {}


async def product_card(tx: AsyncSession, product_id: UUID) -> CardView:
    """Raises ProductNotFound unless it is published now."""
    found = (await product_cards(tx, [product_id])).get(product_id)
    if found is None:
        raise ProductNotFound(_("There is no such product."))
    return found


async def cards_of_supplier(
    tx: AsyncSession, organisation_id: UUID, *, offset: int, limit: int
) -> tuple[list[CardView], int]:
    """The published products of one supplier, newest first, and how many there are."""
    whole = func.count().over()
    rows = await tx.execute(
        select(*_CARD, whole)
        .where(Product.organisation_id == organisation_id, Product.state == ProductState.PUBLISHED)
        .order_by(Product.published_at.desc(), Product.id.desc())
        .offset(offset)
        .limit(limit)
    )
    found = rows.all()
    return [_card(row) for row in found], (found[0][-1] if found else 0)


async def newest_in(tx: AsyncSession, slugs: Iterable[str], *, limit: int) -> list[CardView]:
    """The newest published products of some leaf categories."""
    rows = await tx.execute(
        select(*_CARD)
        .where(Product.category.in_(list(slugs)), Product.state == ProductState.PUBLISHED)
        .order_by(Product.published_at.desc(), Product.id.desc())
        .limit(limit)
    )
    return [_card(row) for row in rows]


def _card(row: Any) -> CardView:
    return CardView(row[0], row[1], row[2], row[3], row[4])


async def suppliers_in_category(tx: AsyncSession, slugs: Iterable[str], limit: int) -> list[UUID]:
    """Organisations with published products in any of these leaf categories, those with the most products first."""
    rows = await tx.execute(
        select(Product.organisation_id)
        .where(Product.category.in_(list(slugs)), Product.state == ProductState.PUBLISHED)
        .group_by(Product.organisation_id)
        .order_by(func.count().desc(), Product.organisation_id)
        .limit(limit)
    )
    return list(rows.scalars())


_BY_STATE = (
    select(_product.c.state, func.count())
    .where(_product.c.organisation_id == bindparam("organisation_id"))
    .group_by(_product.c.state)
)


async def count_by_state(tx: AsyncSession, organisation_id: UUID) -> dict[ProductState, int]:
    """How many products of a company are in each state; states without any are left out."""
    rows = await tx.execute(_BY_STATE, {"organisation_id": organisation_id})
    return {ProductState(state): count for state, count in rows}


async def count_by_category(tx: AsyncSession) -> dict[str, int]:
    """How many products are published in each leaf category."""
    rows = await tx.execute(
        select(Product.category, func.count()).where(Product.state == ProductState.PUBLISHED).group_by(Product.category)
    )
    return {row[0]: row[1] for row in rows}


async def own(
    tx: AsyncSession, organisation_id: UUID, *, state: ProductState | None, q: str, offset: int, limit: int
) -> tuple[list[Line], int]:
    """A company's own products by their newest version, last changed first, and how many match."""
    latest = _newest_of_each()
    title_en = latest.c.content["title"]["en"].astext
    title_zh = latest.c.content["title"]["zh"].astext
    query = (
        select(
            Product.id,
            Product.reference,
            Product.state,
            Product.category,
            Product.changed_at,
            latest.c.number,
            latest.c.state,
            latest.c.reason,
            title_en,
            title_zh,
            func.coalesce(latest.c.content["pictures"][0]["sizes"]["thumb"]["key"].astext, ""),
            func.count().over(),
        )
        .join(latest, latest.c.product_id == Product.id)
        .where(Product.organisation_id == organisation_id)
        .order_by(Product.changed_at.desc(), Product.id.desc())
    )
    if state:
        query = query.where(Product.state == state)
    if q:
        like = f"%{_literal(q)}%"
        query = query.where(or_(title_en.ilike(like), title_zh.ilike(like), Product.reference.ilike(like)))
    rows = (await tx.execute(query.offset(offset).limit(limit))).all()
    lines = [
        Line(r[0], r[1], ProductState(r[2]), r[3], r[4], r[5], RevisionState(r[6]), r[7], r[8], r[9], r[10])
        for r in rows
    ]
    return lines, (rows[0][-1] if rows else 0)


def _newest_of_each() -> LateralFromClause:
    rows = select(ProductRevision).where(ProductRevision.product_id == Product.id)
    return rows.order_by(ProductRevision.number.desc()).limit(1).lateral("newest")


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def published_ids(tx: AsyncSession, *, after: UUID | None, limit: int) -> list[UUID]:
    """Ids of published products in id order, for walking through all of them."""
    query = select(Product.id).where(Product.state == ProductState.PUBLISHED).order_by(Product.id).limit(limit)
    return list(await tx.scalars(query.where(Product.id > after) if after else query))


async def published_ids_of(tx: AsyncSession, organisation_id: UUID) -> list[UUID]:
    query = select(Product.id).where(Product.organisation_id == organisation_id)
    return list(await tx.scalars(query.where(Product.state == ProductState.PUBLISHED)))


async def changed_since(tx: AsyncSession, moment: datetime) -> list[UUID]:
    return list(await tx.scalars(select(Product.id).where(Product.changed_at >= moment)))


async def live(tx: AsyncSession, ids: Iterable[UUID]) -> list[Listing]:
    """The live versions of those of `ids` that are published."""
    query = select(*_LISTING).join(ProductRevision, _LIVE).where(Product.id.in_(list(ids)))
    return [_listing(row) for row in await tx.execute(query.where(Product.state == ProductState.PUBLISHED))]


async def by_reference(tx: AsyncSession, organisation_id: UUID, references: Iterable[str]) -> dict[str, UUID]:
    """Item number → product, of those the company has."""
    rows = await tx.execute(
        select(Product.reference, Product.id).where(
            Product.organisation_id == organisation_id, Product.reference.in_(list(references))
        )
    )
    return {reference: id_ for reference, id_ in rows if reference}
