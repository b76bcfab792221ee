"""A supplier's products from a spreadsheet: last season's sheet was written, this one waits with a fault in it."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from app.core.i18n import speaking
from app.demo import goods
from app.demo.cast import Stage
from app.demo.goods import Product
from app.demo.timeline import DAY, Story
from listings.imports import service
from trust.access import Role

SAME = ("category", "title_en", "title_zh", "description_en", "description_zh", "hs_code", "unit", "currency")


async def price_lists(stage: Stage, supplier: str) -> Story:
    """The first sheet is confirmed and written as drafts; the second has been read through and waits."""
    own = [good for good in goods.products() if good.supplier == supplier]
    yield stage.now - 11 * DAY
    import_id = await _upload(stage, supplier, "autumn-range.csv", [_row(good, "-A") for good in own[:2]])
    yield stage.now - 11 * DAY + timedelta(minutes=20)
    async with stage.ctx.db.transaction() as tx:
        by = await stage.member(tx, stage.firms[supplier], Role.SALES)
        await service.confirm(tx, import_id, send=False, by=by)
    yield stage.now - timedelta(hours=3)
    rows = [_row(good, "-S") for good in own]
    rows[-1] |= {"hs_code": "12"}
    await _upload(stage, supplier, "spring-range.csv", rows)


async def _upload(stage: Stage, supplier: str, name: str, rows: Sequence[Mapping[str, str]]) -> UUID:
    kept = await stage.ctx.files.put(_sheet(rows), content_type="text/csv")
    async with stage.ctx.db.transaction() as tx:
        by = await stage.member(tx, stage.firms[supplier], Role.SALES)
        with speaking(by.locale):
            return (await service.upload(tx, kept.key, name, by=by)).id


def _row(good: Product, suffix: str) -> dict[str, str]:
    """A new item like this one, at a new price, by the columns of the template."""
    row = {name: str(getattr(good, name)) for name in SAME} | {
        "reference": good.reference + suffix,
        "lead_time_days": str(good.lead_time_days),
        "port": good.port_code,
        "incoterms": ";".join(good.incoterms),
        "sample_price": good.sample_price,
        "sample_days": str(good.sample_days),
        "certificates": ";".join(good.certificates),
    }
    for number, tier in enumerate(good.tiers):
        row |= {f"tiers.{number}.min_quantity": tier.min_quantity, f"tiers.{number}.price": tier.price}
    return row | {f"attributes.{key}": _cell(value) for key, value in good.attributes.items()}


def _cell(value: str | bool | list[str]) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return ";".join(value) if isinstance(value, list) else value


def _sheet(rows: Sequence[Mapping[str, str]]) -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()
