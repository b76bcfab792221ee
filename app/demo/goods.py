"""The goods of the demo world, and what is said about them: product lines, questions and conversations.

Plain data: a line of goods shares maker, category and terms; its products differ in size, look and price. All
texts are our own.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
PORTS: Mapping[str, tuple[str, str]] = {
    "CNYTN": ("Yantian", "盐田"),
    "CNSHG": ("Shanghai", "上海"),
    "CNNBG": ("Ningbo", "宁波"),
    "CNXMG": ("Xiamen", "厦门"),
    "CNQDG": ("Qingdao", "青岛"),
    "CNNSA": ("Nansha", "南沙"),
    "CNSTG": ("Shantou", "汕头"),
    "CNTXG": ("Tianjin Xingang", "天津新港"),
}
"""UN/LOCODE of each port of loading → its name in English and Chinese."""
STEPS = ((1, Decimal(1)), (5, Decimal("0.95")), (20, Decimal("0.9")))
"""Price tiers: from so many times the MOQ on, this share of the first price."""


@dataclass(frozen=True)
class Tier:
    """From `min_quantity` units on, one unit costs `price`; both are decimal digits."""

    min_quantity: str
    price: str


@dataclass(frozen=True)
class Product:
    """One listing, in the words and fields of the product form. `colour` and `seed` paint its picture."""

    supplier: str
    reference: str
    category: str
    title_en: str
    title_zh: str
    description_en: str
    description_zh: str
    attributes: Mapping[str, str | bool | list[str]]
    hs_code: str
    unit: str
    currency: str
    tiers: tuple[Tier, ...]
    lead_time_days: int
    port: str
    port_code: str
    incoterms: tuple[str, ...]
    sample_price: str
    sample_days: int
    certificates: tuple[str, ...]
    colour: str
    seed: int


@dataclass(frozen=True)
class Message:
    """One turn of a conversation, in the language it was written in."""

    side: str
    """`buyer` or `supplier`."""
    text: str


@dataclass(frozen=True)
class Conversation:
    """What a buyer asks about a product of `category`, and what is said until somebody quotes or gives up."""

    category: str
    title: str
    quantity: str
    text: str
    messages: tuple[Message, ...]


def _tiers(moq: int, price: str) -> tuple[Tier, ...]:
    """Three tiers; prices to four decimals, never rising."""
    prices = ((Decimal(price) * share).quantize(Decimal("0.0001"), ROUND_HALF_EVEN).normalize() for _, share in STEPS)
    return tuple(
        Tier(str(moq * factor), format(unit_price, "f")) for (factor, _), unit_price in zip(STEPS, prices, strict=True)
    )


def _read(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


@cache
def products() -> tuple[Product, ...]:
    """Every listing, line by line."""
    return tuple(
        _product(line, number, entry) for line in _read("goods.json") for number, entry in enumerate(line["products"])
    )


def _product(line: Mapping[str, Any], number: int, entry: Mapping[str, Any]) -> Product:
    attributes = line["attributes"] | entry["attributes"]
    colours = attributes.get("colours", [""])
    return Product(
        supplier=line["supplier"],
        reference=entry["reference"],
        category=line["category"],
        title_en=entry["title"][0],
        title_zh=entry["title"][1],
        description_en=f"{line['text'][0]} {entry['text'][0]}",
        description_zh=line["text"][1] + entry["text"][1],
        attributes=attributes,
        hs_code=line["hs_code"],
        unit=line["unit"],
        currency=line["currency"],
        tiers=_tiers(entry["moq"], entry["price"]),
        lead_time_days=line["days"],
        port=PORTS[line["port"]][0],
        port_code=line["port"],
        incoterms=tuple(line["incoterms"]),
        sample_price=format((Decimal(entry["price"]) * 2).quantize(Decimal("0.01")), "f"),
        sample_days=line["sample_days"],
        certificates=tuple(line["certificates"]),
        colour=next((colour for colour in colours if colour != "custom"), ""),
        seed=number,
    )


@cache
def conversations() -> tuple[Conversation, ...]:
    """Inquiries with what followed, in English, Chinese, or each side in its own language."""
    return tuple(
        Conversation(
            row["category"],
            row["title"],
            row["quantity"],
            row["text"],
            tuple(Message(side, text) for side, text in row["messages"]),
        )
        for row in _read("talk.json")
    )
