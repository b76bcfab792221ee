"""What the index is told about products, read from the database."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from listings import categories, queries
from listings.categories import Category, Kind
from listings.queries import Listing
from listings.search.index import Document
from listings.suppliers import is_shown, verified_at
from trust.identity import queries as identity
from trust.identity.queries import OrganisationView
from trust.verification import queries as verification
from trust.verification.queries import FactView


async def documents(tx: AsyncSession, product_ids: Iterable[UUID]) -> list[Document]:
    """Documents of those products that buyers may see now; in three queries."""
    found = await queries.live(tx, product_ids)
    suppliers = await identity.organisations(tx, {listing.organisation_id for listing in found})
    facts = await verification.facts_of(tx, suppliers)
    return [
        document(listing, suppliers[listing.organisation_id], facts.get(listing.organisation_id, ()))
        for listing in found
        if is_shown(suppliers.get(listing.organisation_id))
    ]


def document(listing: Listing, supplier: OrganisationView, facts: Iterable[FactView]) -> Document:
    content = listing.content
    leaf = categories.category(content.category)
    names_en, names_zh = _attribute_words(leaf, content.attributes)
    top = categories.category(leaf.parent) if leaf.parent else leaf
    certificates = tuple(sorted({certificate.name for certificate in content.certificates}))
    return Document(
        product_id=listing.id,
        version=listing.revision,
        category=content.category,
        country=supplier.country,
        title_en=content.title.en,
        title_zh=content.title.zh,
        body_en=content.description.en,
        body_zh=content.description.zh,
        words_en=" ".join([leaf.name.en, top.name.en, *names_en, supplier.name_latin, *certificates]),
        words_zh=" ".join([leaf.name.zh, top.name.zh, *names_zh, supplier.name_original]),
        currency=content.currency,
        price_low=content.price_low.amount,
        price_high=content.price_high.amount,
        moq=content.moq,
        incoterms=content.incoterms,
        certificates=certificates,
        traits=tuple(traits(leaf, content.attributes)),
        published_at=listing.published_at or listing.saved_at,
        verified_at=verified_at(facts),
        repeats=listing.repeats > 0,
    )


def _attribute_words(leaf: Category, values: dict[str, categories.AttributeValue]) -> tuple[list[str], list[str]]:
    """The names of chosen values in both languages, and texts as they stand."""
    en: list[str] = []
    zh: list[str] = []
    for attribute in leaf.attributes:
        value = values.get(attribute.key)
        if attribute.kind is Kind.TEXT and isinstance(value, str):
            en.append(value)
        for code in _codes(value) if attribute.choices else ():
            if code in attribute.choices:
                en.append(attribute.choices[code].en)
                zh.append(attribute.choices[code].zh)
    return en, zh


def traits(leaf: Category, values: dict[str, categories.AttributeValue]) -> list[str]:
    """`key=code` for every filterable attribute that has few values."""
    return [
        f"{attribute.key}={code}"
        for attribute in leaf.attributes
        if attribute.filterable and attribute.kind in {Kind.CHOICE, Kind.CHOICES, Kind.BOOLEAN}
        for code in _codes(values.get(attribute.key))
    ]


def _codes(value: categories.AttributeValue | None) -> list[str]:
    if value is None:
        return []
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    return value if isinstance(value, list) else [value]
