"""What a listing says: the value that a supplier writes, a moderator reviews and a buyer reads, unchanged between."""

import hashlib
import re
from datetime import date
from decimal import Decimal
from typing import Any, TypedDict

from pydantic import BaseModel, ConfigDict

from app.core.evidence import canonical_json
from app.core.i18n import current_locale
from app.core.money import UnitPrice
from listings.categories import AttributeValue

HS_VERSION = "2022"
INCOTERMS = ("EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF")
LOCODE = re.compile(r"[A-Z]{2}[A-Z2-9]{3}", re.ASCII)


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Frozen):
    """A text in English, in Chinese, or in both."""

    en: str = ""
    zh: str = ""

    def __bool__(self) -> bool:
        return bool(self.en or self.zh)

    def __str__(self) -> str:
        """In the reader's language, or in the one there is."""
        return in_locale(self.en, self.zh)

    @property
    def language(self) -> str:
        """The language of `str(self)`, for the `lang` attribute."""
        return "zh-Hans" if self.zh and (_chinese() or not self.en) else "en"


def _chinese() -> bool:
    return current_locale().startswith("zh")


def in_locale(en: str, zh: str) -> str:
    return (zh or en) if _chinese() else (en or zh)


class Tier(Frozen):
    """From `min_quantity` units on, one unit costs `price`."""

    min_quantity: Decimal
    price: UnitPrice


class Sample(Frozen):
    """One sample at `price` (zero: free), sent within `days`."""

    price: UnitPrice
    days: int


class Certificate(Frozen):
    name: str
    number: str = ""
    valid_until: date | None = None

    def is_over(self, today: date) -> bool:
        return self.valid_until is not None and self.valid_until < today


class Shown(Frozen):
    """One stored size of a picture: its key in the file store, its width and height in pixels."""

    key: str
    width: int
    height: int


class Picture(Frozen):
    """A picture in all its sizes, by name of size (`thumb`, `card`, `page`, `full`)."""

    alt: Text = Text()
    sizes: dict[str, Shown]

    @property
    def key(self) -> str:
        """What the picture is called in forms: the key of its largest size."""
        return self.sizes["full"].key

    def url(self, size: str) -> str:
        return f"/files/{self.sizes[size].key}"


class Content(Frozen):
    """One complete listing. Tiers ascend in quantity, share one currency, and never ascend in price.

    hs_code  6, 8 or 10 digits of the edition `hs_version`
    port     the port or place of loading as written; `port_code` its UN/LOCODE, or ""
    """

    category: str
    title: Text
    description: Text
    attributes: dict[str, AttributeValue] = {}
    hs_code: str
    hs_version: str = HS_VERSION
    origin: str
    unit: str
    tiers: tuple[Tier, ...]
    lead_time_days: int
    port: str
    port_code: str = ""
    incoterms: tuple[str, ...]
    sample: Sample | None = None
    certificates: tuple[Certificate, ...] = ()
    pictures: tuple[Picture, ...] = ()

    @property
    def moq(self) -> Decimal:
        return self.tiers[0].min_quantity

    @property
    def currency(self) -> str:
        return self.tiers[0].price.currency

    @property
    def price_high(self) -> UnitPrice:
        return self.tiers[0].price

    @property
    def price_low(self) -> UnitPrice:
        return self.tiers[-1].price

    def digest(self) -> str:
        """SHA-256 over the canonical JSON, in hex: what evidence says was reviewed."""
        return hashlib.sha256(canonical_json(self.model_dump(mode="json")).encode()).hexdigest()


class Card(TypedDict):
    """The few facts of a live listing that lists show; JSON-able, kept beside the product."""

    title: dict[str, str]
    image: str
    unit: str
    currency: str
    price_low: str
    price_high: str
    moq: str
    incoterm: str
    port: str
    lead_time_days: int
    hs_code: str


def card(content: Content) -> Card:
    return Card(
        title={"en": content.title.en, "zh": content.title.zh},
        image=content.pictures[0].sizes["card"].key if content.pictures else "",
        unit=content.unit,
        currency=content.currency,
        price_low=str(content.price_low.amount),
        price_high=str(content.price_high.amount),
        moq=f"{content.moq:f}",
        incoterm=preferred(content.incoterms),
        port=content.port,
        lead_time_days=content.lead_time_days,
        hs_code=content.hs_code,
    )


def preferred(incoterms: tuple[str, ...]) -> str:
    """The rule a list names first: FOB where it is offered, as the trade quotes by it."""
    return "FOB" if "FOB" in incoterms else incoterms[0]


def dumped(content: Content) -> dict[str, Any]:
    return content.model_dump(mode="json")
