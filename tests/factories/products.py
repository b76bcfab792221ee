"""Products for tests, made through the services as a supplier and a moderator would."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.core.subject import Subject
from listings import queries, service
from listings.models import Product
from listings.schemas import ProductIn
from tests.factories.people import Actor
from trust.reviews import service as desk


def product_data(**changes: Any) -> dict[str, Any]:
    """A whole, sound product as the JSON API takes it."""
    return {
        "category": "mugs",
        "title_en": "Ceramic mug with bamboo lid, 350 ml",
        "title_zh": "350毫升陶瓷马克杯 竹盖",
        "description_en": "White glazed stoneware. Packed one by one in a gift box.",
        "description_zh": "白釉炻器，单个礼盒包装。",
        "attributes": {"ceramic_body": "stoneware", "capacity_ml": "350"},
        "hs_code": "691200",
        "origin": "CN",
        "unit": "H87",
        "currency": "USD",
        "tiers": [
            {"min_quantity": "500", "price": "1.25"},
            {"min_quantity": "2000", "price": "1.18"},
            {"min_quantity": "10000", "price": "0.985"},
        ],
        "lead_time_days": 25,
        "port": "Shenzhen Yantian",
        "port_code": "CNYTN",
        "incoterms": ["FOB", "CIF"],
        "sample_price": "15",
        "sample_days": 5,
        "certificates": [{"name": "LFGB", "number": "L-2026-118", "valid_until": "2028-03-31"}],
        **changes,
    }


def form_data(**changes: Any) -> dict[str, str | list[str]]:
    """The same as a browser's form sends it, in dotted names."""
    flat: dict[str, str | list[str]] = {}

    def put(name: str, value: Any) -> None:
        match value:
            case dict():
                for key, inner in value.items():
                    put(f"{name}.{key}" if name else key, inner)
            case list() if value and isinstance(value[0], dict):
                for number, inner in enumerate(value):
                    put(f"{name}.{number}", inner)
            case list():
                flat[name] = [str(v) for v in value]
            case _:
                flat[name] = str(value)

    put("", product_data(**changes))
    return flat


async def make_draft(tx: AsyncSession, supplier: Actor, **changes: Any) -> Product:
    return await service.create(tx, ProductIn(**product_data(**changes)).content(), by=supplier.member)


async def make_product(tx: AsyncSession, supplier: Actor, **changes: Any) -> UUID:
    """A published product; its id."""
    product = await make_draft(tx, supplier, **changes)
    await service.submit(tx, product.id, by=supplier.member)
    newest = await queries.newest(tx, product.id, reader=supplier.member)
    await service.publish(tx, newest.revision_id, by=new_id())
    await desk.drop(tx, Subject(service.REVIEW_SUBJECT, newest.revision_id), by=None)
    return product.id
