"""Reading the live generation into memory: all of it in one statement, or what changed since.

PostgreSQL puts the places together, for a row in Python costs as much as fifty there.
"""

import sys
from array import array
from collections import defaultdict
from typing import Any

from pyroaring import BitMap
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from listings.search.bitmaps import Bitmaps, Changed, Column, Stamp

FEW = 200
"""Changes that are followed one by one, 0.1 ms each among 100,000 products; more of them are read with all the rest."""
_MICROS = "CAST(extract(epoch FROM {}) * 1000000 AS bigint)"
_KINDS = {
    "category": "ARRAY[CAST(category AS text)]",
    "country": "ARRAY[CAST(country AS text)]",
    "incoterm": "incoterms",
    "certificate": "certificates",
    "trait": "traits",
    "currency": "ARRAY[CAST(currency AS text)]",
    "verified": f"array_remove(ARRAY[CAST({_MICROS.format('verified_at')} AS text)], NULL)",
}
_NUMBERS = {
    "published": _MICROS.format("published_at"),
    "price_low": "CAST(price_low * 1000000 AS bigint)",
    "price_high": "CAST(price_high * 1000000 AS bigint)",
    "moq": "CAST(moq * 1000 AS bigint)",
}
_PRODUCT = ", ".join(
    ["place", "product_id", "gone", *(f"{sql} AS {name}" for name, sql in {**_KINDS, **_NUMBERS}.items())]
)


def packed(number: str, order: str = "") -> str:
    """SQL that joins many numbers to one value, which `unpacked` reads at once."""
    return f"string_agg({number}, CAST('' AS bytea){order and f' ORDER BY {order}'})"


def unpacked(code: str, numbers: bytes | None) -> "array[int]":
    """code  "I" for int4send, "q" for int8send"""
    found = array(code)
    found.frombytes(numbers or b"")
    if sys.byteorder == "little":
        found.byteswap()
    return found


def _aggregates() -> list[str]:
    """One row each: everything; products by place; kinds and their values; numbers by place, and places by number."""
    places = packed("int4send(place)")
    kinds = [f"'{kind}', value, {places}, 0, 0 FROM found, unnest({kind}) AS value GROUP BY value" for kind in _KINDS]
    numbers = [f"'{name}', 'number', {packed(f'int8send({name})', 'place')}, 0, 0 FROM product" for name in _NUMBERS]
    ranks = [f"'{name}', 'rank', {packed('int4send(place)', f'{name}, place')}, 0, 0 FROM found" for name in _NUMBERS]
    products = f"'product', '', {packed('uuid_send(product_id)', 'place')}, 0, 0 FROM product"
    return [f"'', '', {places}, 0, 0 FROM found", products, *kinds, *numbers, *ranks]


_WHOLE = text(f"""
WITH live AS (SELECT number, changes FROM search_generation WHERE live),
product AS MATERIALIZED (SELECT {_PRODUCT} FROM product_search WHERE generation = (SELECT number FROM live)),
found AS (SELECT * FROM product WHERE NOT gone)
SELECT 'live', '', CAST(NULL AS bytea), number, changes FROM live
UNION ALL SELECT {" UNION ALL SELECT ".join(_aggregates())}""")  # noqa: S608  names, no values
_SINCE = text(f"""
WITH live AS MATERIALIZED (SELECT number, changes FROM search_generation WHERE live LIMIT 1)
SELECT number, changes, product.*
FROM live LEFT JOIN (
    SELECT {_PRODUCT} FROM product_search
    WHERE generation = (SELECT number FROM live) AND changed > :changes
    ORDER BY changed LIMIT {FEW + 1}) AS product ON true""")  # noqa: S608


async def current(tx: AsyncSession, held: Bitmaps | None) -> Bitmaps:
    """The live generation as it is now: `held`, which follows what changed, or another."""
    if held is None or not await _follow(tx, held):
        return await _read(tx)
    return held


async def _follow(tx: AsyncSession, held: Bitmaps) -> bool:
    """Whether it was few changes of the same generation."""
    generation, changes = held.stamp
    rows = (await tx.execute(_SINCE, {"changes": changes})).all()
    if not rows or rows[0].number != generation or len(rows) > FEW:
        return False
    changed = (_changed(row) for row in rows if row.place is not None)
    held.follow((generation, rows[0].changes), sorted(changed, key=lambda product: product.place))
    return True


def _changed(row: Any) -> Changed:
    told = row._mapping
    values: dict[str, list[str]] = defaultdict(list)
    for kind in _KINDS:
        for value in told[kind]:
            values[_group(kind, value)].append(value)
    return Changed(row.place, row.product_id, not row.gone, values, {name: told[name] for name in _NUMBERS})


async def _read(tx: AsyncSession) -> Bitmaps:
    stamp: Stamp = (0, 0)
    everything = BitMap()
    products = bytearray()
    values: dict[str, dict[str, BitMap]] = defaultdict(dict)
    numbers: dict[str, dict[str, array[int]]] = defaultdict(dict)
    for kind, value, places, number, changes in await tx.execute(_WHOLE):
        if kind == "live":
            stamp = (number, changes)
        elif kind == "product":
            products = bytearray(places or b"")
        elif kind in _NUMBERS:
            numbers[kind][value] = unpacked("q" if value == "number" else "I", places)
        elif kind:
            values[_group(kind, value)][value] = BitMap(unpacked("I", places))
        else:
            everything = BitMap(unpacked("I", places))
    columns = {name: Column(found["number"], found["rank"]) for name, found in numbers.items()}
    return Bitmaps(stamp, products, everything, values, columns)


def _group(kind: str, value: str) -> str:
    """An attribute's values stand under that attribute."""
    return f"trait:{value.partition('=')[0]}" if kind == "trait" else kind
