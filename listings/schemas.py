"""What a supplier sends as a product (form, JSON, or a row of a sheet) and what is told about one."""

import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import pycountry
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from app.core.display import ConvertedOut
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.money import CURRENCIES, UnitPrice
from app.core.payload import Upload, as_list
from listings import categories
from listings.categories import AttributeValue
from listings.content import (
    HS_VERSION,
    INCOTERMS,
    LOCODE,
    Certificate,
    Content,
    Picture,
    Sample,
    Text,
    Tier,
)
from listings.errors import ListingInvalid

MOST_TIERS = 10
MOST_PICTURES = 12
MOST_CERTIFICATES = 20
BREAKS = "\t\n\r"


def plain(value: str) -> str:
    """Text without control characters. Line breaks are left alone; the caller says whether they belong there."""
    if any(unicodedata.category(char) == "Cc" and char not in BREAKS for char in value):
        raise ValueError(_("Write this as plain text."))
    return value.replace("\r\n", "\n").strip()


def one_line(value: str) -> str:
    return " ".join(plain(value).split())


def decimal_text(value: Any) -> Any:
    """Numbers arrive as people write them: `1,250.50`. JSON numbers arrive as text already."""
    if isinstance(value, bool | float):
        return "?"
    return value.replace(",", "").replace(" ", "") if isinstance(value, str) else value


def short(value: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent."""
    return Decimal(f"{value.normalize():f}")


Line = Annotated[str, AfterValidator(one_line)]
Lines = Annotated[str, AfterValidator(plain)]
Upper = Annotated[str, BeforeValidator(lambda v: v.strip().upper() if isinstance(v, str) else v)]
Quantity = Annotated[
    Decimal, BeforeValidator(decimal_text), Field(gt=0, lt=1_000_000_000, decimal_places=3, allow_inf_nan=False)
]
Price = Annotated[
    Decimal, BeforeValidator(decimal_text), Field(gt=0, lt=1_000_000_000, decimal_places=6, allow_inf_nan=False)
]
SamplePrice = Annotated[
    Decimal, BeforeValidator(decimal_text), Field(ge=0, lt=1_000_000_000, decimal_places=6, allow_inf_nan=False)
]


class In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TierIn(In):
    min_quantity: Quantity
    price: Price


class CertificateIn(In):
    name: Line = Field(min_length=1, max_length=120)
    number: Line = Field("", max_length=80)
    valid_until: date | None = None


def named(value: Any) -> Any:
    """Names alone will do: `CE; RoHS`."""
    return [{"name": entry} if isinstance(entry, str) else entry for entry in as_list(value)]


class PictureIn(In):
    """A picture the listing has already: what it shows, its place, or that it goes."""

    key: str = Field(max_length=67)
    alt_en: Line = Field("", max_length=200)
    alt_zh: Line = Field("", max_length=200)
    position: int = Field(0, ge=0, le=1000)
    remove: bool = False


class PictureFields(In):
    """Pictures of a form: those that are there, and files that come with it."""

    pictures: Annotated[list[PictureIn], BeforeValidator(as_list)] | None = Field(None, max_length=MOST_PICTURES)
    uploads: Annotated[list[Upload], BeforeValidator(as_list)] = Field([], max_length=MOST_PICTURES)


class ProductIn(PictureFields):
    """A whole listing. Field names are those of the sheet's columns.

    tiers         price by quantity, the smallest quantity first: it is the MOQ; prices to six decimals in `currency`
    sample_price  of one sample; 0 is free; absent: no samples
    certificates  entries, or names parted by `;`
    """

    reference: Line = Field("", max_length=60)
    category: str = Field(max_length=60)
    title_en: Line = Field("", max_length=120)
    title_zh: Line = Field("", max_length=120)
    description_en: Lines = Field("", max_length=6000)
    description_zh: Lines = Field("", max_length=6000)
    attributes: dict[str, Any] = Field({}, max_length=60)
    hs_code: str = Field(pattern=r"^[0-9]{6}([0-9]{2}){0,2}$")
    origin: Upper = "CN"
    unit: Upper = Field(max_length=3)
    currency: Upper = Field(max_length=3)
    tiers: list[TierIn] = Field(min_length=1, max_length=MOST_TIERS)
    lead_time_days: int = Field(ge=0, le=730)
    port: Line = Field(min_length=2, max_length=120)
    port_code: Upper = Field("", max_length=5)
    incoterms: Annotated[list[Upper], BeforeValidator(as_list)] = Field(min_length=1, max_length=len(INCOTERMS))
    sample_price: SamplePrice | None = None
    sample_days: int | None = Field(None, ge=0, le=365)
    certificates: Annotated[list[CertificateIn], BeforeValidator(named)] = Field([], max_length=MOST_CERTIFICATES)

    def content(self, pictures: Iterable[Picture] = ()) -> Content:
        """The listing as it is kept. Raises ListingInvalid naming every field that does not fit the others."""
        errors = dict(self._errors())
        attributes: dict[str, AttributeValue] = {}
        try:
            attributes = categories.check_attributes(categories.category(self.category), self.attributes)
        except categories.CategoryNotFound:
            pass  # told at `category` already
        except Invalid as error:
            errors |= error.errors
        if errors:
            raise ListingInvalid.many(errors, _("Please check the marked fields."))
        code = self.port_code or (self.port if LOCODE.fullmatch(self.port) else "")
        return Content(
            category=self.category,
            title=Text(en=self.title_en, zh=self.title_zh),
            description=Text(en=self.description_en, zh=self.description_zh),
            attributes=attributes,
            hs_code=self.hs_code,
            origin=self.origin,
            unit=self.unit,
            tiers=tuple(Tier(min_quantity=short(t.min_quantity), price=self._price(t.price)) for t in self.tiers),
            lead_time_days=self.lead_time_days,
            port=self.port,
            port_code=code,
            incoterms=tuple(rule for rule in INCOTERMS if rule in self.incoterms),
            sample=self._sample(),
            certificates=tuple(Certificate(**entry.model_dump()) for entry in self.certificates),
            pictures=tuple(pictures),
        )

    def _price(self, amount: Decimal) -> UnitPrice:
        return UnitPrice(amount, self.currency)

    def _sample(self) -> Sample | None:
        if self.sample_price is None:
            return None
        return Sample(price=self._price(self.sample_price), days=self.sample_days or 0)

    def _errors(self) -> Iterable[tuple[str, str]]:
        category = next((leaf for leaf in categories.leaves() if leaf.slug == self.category), None)
        if category is None:
            yield "category", _("Choose a category from the list.")
        if not (self.title_en or self.title_zh):
            yield "title_en", _("Give a title in English or in Chinese.")
        if not (self.description_en or self.description_zh):
            yield "description_en", _("Describe the product in English or in Chinese.")
        if self.currency not in CURRENCIES:
            yield "currency", _("Use an ISO currency code, such as USD.")
        if self.unit not in categories.units():
            yield "unit", _("Choose a unit from the list.")
        if pycountry.countries.get(alpha_2=self.origin) is None:
            yield "origin", _("Use a two-letter country code, such as CN.")
        chapter = int(self.hs_code[:2])
        if not 1 <= chapter <= 97 or chapter == 77:
            yield "hs_code", _("No such HS chapter: codes begin with 01 to 97.")
        if self.port_code and not LOCODE.fullmatch(self.port_code):
            yield "port_code", _("A UN/LOCODE is a country and three characters, such as CNYTN.")
        if unknown := [rule for rule in self.incoterms if rule not in INCOTERMS]:
            yield "incoterms", _("%(rule)s is no Incoterms 2020 rule.") % {"rule": unknown[0][:10]}
        if self.sample_days is not None and self.sample_price is None:
            yield "sample_price", _("Give the price of a sample, or 0 when it is free.")
        yield from self._tier_errors()

    def _tier_errors(self) -> Iterable[tuple[str, str]]:
        for number, (before, tier) in enumerate(zip(self.tiers, self.tiers[1:], strict=False), start=1):
            if tier.min_quantity <= before.min_quantity:
                yield (
                    f"tiers.{number}.min_quantity",
                    _("Each tier must begin at a larger quantity than the one before."),
                )
            if tier.price > before.price:
                yield f"tiers.{number}.price", _("A larger quantity cannot cost more for each unit.")
        for number, tier in enumerate(self.tiers):
            if self.currency in CURRENCIES and self.unit in COUNTED and tier.min_quantity % 1:
                yield f"tiers.{number}.min_quantity", _("This unit is counted in whole numbers.")


COUNTED = frozenset({"H87", "PR", "SET", "DZN", "CEN", "MIL"})


class SupplierOut(BaseModel):
    organisation_id: UUID
    slug: str
    name: str
    name_original: str
    country: str
    level: int


class ProductOut(BaseModel):
    """A listing as programs read it. Prices are unit prices; `image` is an address on this site.

    converted  the price of each tier in the currency asked for
    """

    id: UUID
    reference: str | None = None
    state: str
    revision: int
    revision_state: str
    title: dict[str, str]
    description: dict[str, str]
    category: str
    attributes: dict[str, Any]
    hs_code: str
    hs_version: str = HS_VERSION
    origin: str
    unit: str
    moq: str
    tiers: list[dict[str, Any]]
    lead_time_days: int
    port: str
    port_code: str
    incoterms: list[str]
    sample: dict[str, Any] | None
    certificates: list[dict[str, Any]]
    pictures: list[dict[str, Any]]
    reason: str = ""
    published_at: datetime | None
    supplier: SupplierOut | None = None
    converted: ConvertedOut | None = None


class ProductLine(BaseModel):
    """A product in its supplier's own list."""

    id: UUID
    reference: str | None
    state: str
    revision: int
    revision_state: str
    title: dict[str, str]
    category: str
    changed_at: datetime


class CardOut(BaseModel):
    """A product in a list of results; `title_html` and `snippet_html` carry the words found in <mark>.

    converted  lowest and highest price in the currency asked for
    """

    id: UUID
    title: dict[str, str]
    title_html: str = ""
    snippet_html: str = ""
    image: str
    unit: str
    currency: str
    price_low: str
    price_high: str
    moq: str
    incoterm: str
    port: str
    lead_time_days: int
    supplier: SupplierOut
    converted: ConvertedOut | None = None


__all__ = ["HS_VERSION", "CardOut", "ProductIn", "ProductLine", "ProductOut", "SupplierOut"]
