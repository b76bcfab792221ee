"""A listing as its page, its form and programs read it."""

from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale

from app.core.display import Lens
from app.core.i18n import current_locale, format_number
from listings import categories
from listings.categories import Category
from listings.content import INCOTERMS, Content, dumped
from listings.queries import Listing
from listings.schemas import ProductOut, SupplierOut
from trust.identity.queries import OrganisationView

CURRENCIES = ("USD", "EUR", "CNY", "GBP", "JPY", "HKD", "AUD", "CAD", "CHF", "SGD", "AED", "KRW", "KWD", "BHD")
"""Offered in the form; any ISO currency is accepted."""


def country_name(code: str) -> str:
    """A country in the reader's language; the code itself when it is unknown."""
    return _territory(code, current_locale())


@lru_cache(maxsize=1024)
def _territory(code: str, locale: str) -> str:
    return str(Locale.parse(locale.replace("-", "_")).territories.get(code, code))


def counted(quantity: Decimal, unit: str) -> str:
    """A quantity with its unit: `500 pieces`, `1 set`, `20 dozen`, `500 件`."""
    name = categories.units()[unit]
    many = quantity != 1 and not current_locale().startswith("zh") and name.en not in SAME_IN_PLURAL
    return f"{format_number(quantity)}\u00a0{name}{'s' if many else ''}"


SAME_IN_PLURAL = frozenset({"dozen", "hundred", "thousand"})


def supplier_out(supplier: OrganisationView) -> SupplierOut:
    return SupplierOut(
        organisation_id=supplier.id,
        slug=supplier.slug,
        name=supplier.name_latin,
        name_original=supplier.name_original,
        country=supplier.country,
        level=supplier.level,
    )


def out(found: Listing, supplier: OrganisationView | None = None, *, lens: Lens | None = None) -> ProductOut:
    """A version of a product for programs."""
    content = dumped(found.content)
    pictures = [
        {"key": p.key, "alt": p.alt.model_dump(), "images": {size: p.url(size) for size in p.sizes}}
        for p in found.content.pictures
    ]
    return ProductOut(
        id=found.id,
        reference=found.reference,
        state=found.state,
        revision=found.revision,
        revision_state=found.revision_state,
        moq=f"{found.content.moq:f}",
        reason=found.reason,
        published_at=found.published_at,
        supplier=supplier_out(supplier) if supplier else None,
        converted=lens.prices(*(tier.price for tier in found.content.tiers)) if lens else None,
        **(content | {"pictures": pictures}),
    )


def product_context(found: Listing, supplier: OrganisationView) -> dict[str, Any]:
    """What the product page shows besides the listing itself; `sheet` is what is written once and kept."""
    category = categories.category(found.content.category)
    return {
        "listing": found,
        "content": found.content,
        "supplier": supplier,
        "category": category,
        "parent": categories.category(category.parent) if category.parent else None,
        "sheet": lambda: _sheet(found.content, category, supplier),
    }


def _sheet(content: Content, category: Category, supplier: OrganisationView) -> dict[str, Any]:
    return {
        "supplier_country": country_name(supplier.country),
        "origin": country_name(content.origin),
        "moq": counted(content.moq, content.unit),
        "unit": str(categories.units()[content.unit]),
        "tiers": _spans(content),
        "attributes": [
            (str(attribute.label), attribute.show(content.attributes[attribute.key]))
            for attribute in category.attributes
            if attribute.key in content.attributes
        ],
    }


def _spans(content: Content) -> list[dict[str, Any]]:
    """Tiers as from … to …; the last has no end."""
    starts = [tier.min_quantity for tier in content.tiers]
    whole = all(start == start.to_integral_value() for start in starts)
    ends = [start - 1 if whole else start for start in starts[1:]]
    return [
        {"from": tier.min_quantity, "to": end, "price": tier.price}
        for tier, end in zip(content.tiers, [*ends, None], strict=True)
    ]


def form_values(found: Listing | None, category: Category) -> dict[str, Any]:
    """What stands in the fields of the form before anybody types."""
    content = found.content if found else None
    attributes = content.attributes if content else {}
    return {
        "reference": (found.reference if found else "") or "",
        "content": content,
        "hs_code": content.hs_code if content else next(iter(category.hs), ""),
        "unit": content.unit if content else category.unit,
        "currency": content.currency if content else CURRENCIES[0],
        "sample_price": f"{content.sample.price.amount.normalize():f}" if content and content.sample else "",
        "sample_days": content.sample.days if content and content.sample else "",
        "tiers": [(f"{t.min_quantity:f}", f"{t.price.amount.normalize():f}") for t in content.tiers] if content else [],
        "attributes": {key: _typed(value) for key, value in attributes.items()},
        "units": [(code, f"{name} ({code})") for code, name in categories.units().items()],
        "currencies": _with(CURRENCIES, content.currency if content else ""),
        "countries": _countries(),
        "choices": {
            attribute.key: [(code, str(name)) for code, name in attribute.choices.items()]
            for attribute in category.attributes
        },
        "incoterms": [(rule, rule) for rule in INCOTERMS],
    }


def _typed(value: categories.AttributeValue) -> str | list[str]:
    return ("true" if value else "false") if isinstance(value, bool) else value


def _with(offered: tuple[str, ...], chosen: str) -> list[tuple[str, str]]:
    return [(code, code) for code in (*offered, *([chosen] if chosen and chosen not in offered else []))]


def _countries() -> list[tuple[str, str]]:
    names = Locale.parse(current_locale().replace("-", "_")).territories
    found = [
        (code, str(name)) for code, name in names.items() if len(code) == 2 and code.isalpha() and code not in SUPRA
    ]
    return sorted(found, key=lambda pair: pair[1])


SUPRA = {"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB"}
"""Codes that CLDR names and that are no country."""
