"""The search index in our own words; PostgreSQL and Meilisearch stand behind it, held to one contract by one suite.

An index holds only what is needed to find and to count. What a result shows is read from the database when it is shown,
so that nothing unpublished ever shows, however old the index is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession


class Sort(StrEnum):
    RELEVANCE = "relevance"
    NEWEST = "newest"
    PRICE = "price"
    MOQ = "moq"


FACETS = ("category", "country", "incoterm", "certificate")
"""What every search is counted by; `trait` joins them when the category says which attributes matter."""


@dataclass(frozen=True, slots=True)
class Document:
    """One published product as the index knows it.

    version   number of the live revision; an older version never replaces a newer one
    words     further searchable words (category, attributes, supplier) in each language
    traits    filterable attributes as `key=code`
    price_low, price_high   per unit, in `currency`
    repeats   says what many others of its supplier say; by relevance it comes after all that does not
    """

    product_id: UUID
    version: int
    category: str
    country: str
    title_en: str
    title_zh: str
    body_en: str
    body_zh: str
    words_en: str
    words_zh: str
    currency: str
    price_low: Decimal
    price_high: Decimal
    moq: Decimal
    incoterms: tuple[str, ...]
    certificates: tuple[str, ...]
    traits: tuple[str, ...]
    published_at: datetime
    verified_at: datetime | None = None
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is looked for. Several values of one facet mean any of them; different facets mean all of them.

    locale      of the reader: which language snippets are shown in
    categories  leaf slugs; empty: all
    currency    prices are compared in it, nothing is converted: with a price bound, other currencies do not match
    traits      `key=code`; several codes of one key mean any of them
    per_page    results a page; `page` counts from 1
    snippets    whether hits come with the piece of their text that shows the words
    """

    q: str = ""
    locale: str = "en"
    categories: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    incoterms: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    currency: str = ""
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    moq_max: Decimal | None = None
    verified_since: datetime | None = None
    sort: Sort = Sort.RELEVANCE
    page: int = 1
    per_page: int = 24
    snippets: bool = True

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page

    def chosen(self) -> dict[str, tuple[str, ...]]:
        """The facets in force, by name; each attribute is a facet of its own, `trait:<key>`."""
        facets = {
            "category": self.categories,
            "country": self.countries,
            "incoterm": self.incoterms,
            "certificate": self.certificates,
        }
        for trait in self.traits:
            name = f"trait:{trait.partition('=')[0]}"
            facets[name] = (*facets.get(name, ()), trait)
        return {name: values for name, values in facets.items() if values}


class Hit(NamedTuple):
    """One result. `snippet_html` is escaped HTML with the words found in <mark>; "" unless asked for."""

    product_id: UUID
    snippet_html: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A product that continues what is being typed; `title` is plain text in the reader's language."""

    product_id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of hits.

    facets  counts each value under all the *other* filters, the commonest first
    marks   beginnings of the words that were found: by them a product's own title is marked (`marking.marked`)
    """

    hits: Sequence[Hit]
    total: int
    facets: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    marks: tuple[str, ...] = ()


class SearchIndex(Protocol):
    """Finds published products. All calls may raise SearchUnavailable."""

    async def put(self, documents: Sequence[Document]) -> None:
        """Add or replace, in the index that is searched and in one being rebuilt. May be repeated."""
        ...

    async def remove(self, product_ids: Iterable[UUID]) -> None:
        """Forget, in both. An id that is not there is no error."""
        ...

    async def search(self, tx: AsyncSession, query: SearchQuery) -> SearchResult:
        """tx  the caller's transaction, for an index that lives in the same database"""
        ...

    async def suggest(self, tx: AsyncSession, typed: str, *, locale: str, limit: int = 8) -> list[Suggestion]:
        """Products whose title holds what was typed so far, its last word perhaps not finished."""
        ...

    async def begin(self) -> None:
        """Start an empty index beside the one that is searched; an unfinished earlier one is dropped."""
        ...

    async def fill(self, documents: Sequence[Document]) -> None:
        """Put into the index begun, unless `put` or an earlier `fill` brought a newer version."""
        ...

    async def swap(self) -> None:
        """From now on search what was begun and filled; the old one is dropped."""
        ...
