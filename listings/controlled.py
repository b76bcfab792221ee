"""A listing as goods that lists may control."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.subject import Subject
from listings import categories
from listings.content import Content
from trust.access import Member
from trust.goods import checking
from trust.goods.checking import Asked, Line
from trust.goods.matching import Goods
from trust.goods.states import Point


def goods_of(content: Content) -> Goods:
    return Goods(
        title=content.title.en or content.title.zh,
        texts=(
            ("title_en", content.title.en),
            ("title_zh", content.title.zh),
            ("description_en", content.description.en),
            ("description_zh", content.description.zh),
            ("attributes", "\n".join(_said(value) for value in content.attributes.values())),
        ),
        hs_code=content.hs_code,
        hs_field="hs_code",
        origin=content.origin,
        categories=_branch(content.category),
    )


def _branch(slug: str) -> tuple[str, ...]:
    """A category and what it stands under."""
    parent = categories.category(slug).parent
    return (slug, *_branch(parent)) if parent else (slug,)


def _said(value: object) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def asked(product_id: UUID, content: Content, supplier: UUID) -> Asked:
    return Asked(Point.LISTING, [Line(goods_of(content))], supplier, Subject("product", product_id))


async def check_listing(tx: AsyncSession, product_id: UUID, content: Content, *, by: Member) -> None:
    """Raises GoodsRefused, GoodsHeld."""
    await checking.check(tx, asked(product_id, content, by.organisation_id), by=by)
