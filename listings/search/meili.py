"""The index in Meilisearch, by its official package; a synchronous client, run in threads.

Typos, prefixes and Chinese are Meilisearch's own. Two indexes stand behind one: the one that is searched, and while
it is built anew `<name>_next`; `swap` exchanges them in one step.
"""

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from markupsafe import escape
from meilisearch import Client
from meilisearch.errors import MeilisearchApiError, MeilisearchCommunicationError, MeilisearchTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from listings.search.errors import SearchUnavailable
from listings.search.index import Document, Hit, SearchQuery, SearchResult, Sort, Suggestion
from listings.search.words import normal, query_tokens

T = TypeVar("T")
PATIENCE = 60_000  # milliseconds for a task to be done
OPEN, CLOSE = "\ue000", "\ue001"  # private characters, replaced by <mark> after escaping
MARKED = re.compile(f"{OPEN}(.*?){CLOSE}")
SETTINGS = {
    "searchableAttributes": ["title_en", "title_zh", "words_en", "words_zh", "body_en", "body_zh"],
    "filterableAttributes": [
        "category", "country", "incoterm", "certificate", "trait", "currency",
        "price_low", "price_high", "moq", "verified_at", "key",
    ],
    "sortableAttributes": ["published_at", "price_low", "moq", "key", "repeats"],
    "rankingRules": ["sort", "words", "typo", "proximity", "attribute", "exactness", "published_at:desc"],
    "localizedAttributes": [
        {"attributePatterns": ["*_zh"], "locales": ["cmn"]},
        {"attributePatterns": ["*_en"], "locales": ["eng"]},
    ],
    "pagination": {"maxTotalHits": 1_000_000},
    "faceting": {"maxValuesPerFacet": 60, "sortFacetValuesBy": {"*": "count"}},
}  # fmt: skip
FACETS = {"category": "categories", "country": "countries", "incoterm": "incoterms", "certificate": "certificates"}
ORDERS = {
    Sort.RELEVANCE: ["repeats:asc"],
    Sort.NEWEST: ["published_at:desc", "key:desc"],
    Sort.PRICE: ["price_low:asc", "key:asc"],
    Sort.MOQ: ["moq:asc", "key:asc"],
}


class MeiliIndex:
    """SearchIndex in Meilisearch 1.10 or later."""

    def __init__(self, url: str, key: str, *, name: str = "products") -> None:
        self._client = Client(url, key or None, timeout=10)
        self._name = name
        self._next = f"{name}_next"

    async def put(self, documents: Sequence[Document]) -> None:
        await self._run(lambda: self._put(list(documents)))

    async def remove(self, product_ids: Iterable[UUID]) -> None:
        ids = [str(product_id) for product_id in product_ids]

        def forget() -> None:
            for name in self._names():
                self._done(self._client.index(name).delete_documents(ids))

        await self._run(forget)

    async def search(self, tx: AsyncSession, query: SearchQuery) -> SearchResult:  # noqa: ARG002  the protocol's
        if query.q.strip() and not query_tokens(query.q):
            return SearchResult((), 0, dict.fromkeys(FACETS, ()))
        return await self._run(lambda: self._search(query))

    async def suggest(
        self,
        tx: AsyncSession,  # noqa: ARG002  as above
        typed: str,
        *,
        locale: str,
        limit: int = 8,
    ) -> list[Suggestion]:
        return await self._run(lambda: self._suggest(typed, locale, limit))

    async def begin(self) -> None:
        def start() -> None:
            self._make(self._name)
            self._done(self._client.delete_index(self._next))
            self._make(self._next)

        await self._run(start)

    async def fill(self, documents: Sequence[Document]) -> None:
        await self._run(lambda: self._write(self._next, list(documents)))

    async def swap(self) -> None:
        def exchange() -> None:
            self._done(self._client.swap_indexes([{"indexes": [self._name, self._next]}]))
            self._done(self._client.delete_index(self._next))

        await self._run(exchange)

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except (MeilisearchApiError, MeilisearchCommunicationError, MeilisearchTimeoutError) as error:
            raise SearchUnavailable(_("The search does not answer just now. Please try again in a minute.")) from error

    def _done(self, task: Any) -> None:
        """Wait for a task. One that failed because its index is not there has nothing left to do."""
        result = self._client.wait_for_task(task.task_uid, timeout_in_ms=PATIENCE)
        code = (result.error or {}).get("code", "")
        if result.status != "succeeded" and code != "index_not_found":
            raise SearchUnavailable(_("The search does not answer just now. Please try again in a minute."), task=code)

    def _make(self, name: str) -> None:
        if name not in self._names():
            self._done(self._client.create_index(name, {"primaryKey": "id"}))
        self._done(self._client.index(name).update_settings(SETTINGS))

    def _names(self) -> list[str]:
        """Which of the two indexes exist."""
        there = {index.uid for index in self._client.get_indexes({"limit": 1000})["results"]}
        return [name for name in (self._name, self._next) if name in there]

    def _put(self, documents: list[Document]) -> None:
        if self._name not in self._names():
            self._make(self._name)
        for name in self._names():
            self._write(name, documents)

    def _write(self, name: str, documents: list[Document]) -> None:
        """Leaves alone what the index has in a newer version."""
        if not documents:
            return
        ids = [str(d.product_id) for d in documents]
        there = self._client.index(name).get_documents({"ids": ids, "fields": ["id", "version"], "limit": len(ids)})
        newer = {row.id: row.version for row in there.results}
        rows = [_row(d) for d in documents if newer.get(str(d.product_id), 0) <= d.version]
        self._done(self._client.index(name).add_documents(rows))

    def _search(self, query: SearchQuery) -> SearchResult:
        """The page, and each facet in force once more without its own filter, in one request."""
        chosen = query.chosen()
        bodies = ["body_en", "body_zh"] if query.snippets else []
        main = self._request(query, skip="") | {
            "page": query.page,
            "hitsPerPage": query.per_page,
            "attributesToRetrieve": ["id"],
            "attributesToHighlight": ["title_en", "title_zh", *bodies],
            "attributesToCrop": ["body_en:30", "body_zh:60"] if bodies else [],
            "highlightPreTag": OPEN,
            "highlightPostTag": CLOSE,
            "sort": ORDERS[query.sort if query.q.strip() or query.sort is not Sort.RELEVANCE else Sort.NEWEST],
        }
        others = [self._request(query, skip=name) | {"page": 1, "hitsPerPage": 0} for name in chosen]
        first, *rest = self._client.multi_search([main, *others])["results"]
        facets = _facets(query, first, dict(zip(chosen, rest, strict=True)))
        hits = tuple(_hit(row, query.locale) for row in first["hits"])
        return SearchResult(hits, first["totalHits"], facets, _marks(first["hits"]))

    def _request(self, query: SearchQuery, *, skip: str) -> dict[str, Any]:
        return {
            "indexUid": self._name,
            "q": " ".join(query_tokens(query.q)),
            "matchingStrategy": "all",
            "facets": [*FACETS, "trait"],
            "filter": _filters(query, skip=skip),
        }

    def _suggest(self, typed: str, locale: str, limit: int) -> list[Suggestion]:
        options = {"limit": limit, "attributesToSearchOn": ["title_en", "title_zh"], "matchingStrategy": "all"}
        found = self._client.index(self._name).search(" ".join(query_tokens(typed)), options)
        return [Suggestion(UUID(row["id"]), _of(locale, row["title_en"], row["title_zh"])) for row in found["hits"]]


def _row(d: Document) -> dict[str, Any]:
    return {
        "id": str(d.product_id),
        "key": d.product_id.int % 2**53,
        "version": d.version,
        "title_en": d.title_en,
        "title_zh": d.title_zh,
        "body_en": d.body_en,
        "body_zh": d.body_zh,
        "words_en": d.words_en,
        "words_zh": d.words_zh,
        "category": d.category,
        "country": d.country,
        "incoterm": list(d.incoterms),
        "certificate": list(d.certificates),
        "trait": list(d.traits),
        "currency": d.currency,
        "price_low": _micro(d.price_low),
        "price_high": _micro(d.price_high),
        "moq": int(d.moq * 1000),
        "published_at": int(d.published_at.timestamp()),
        "verified_at": int(d.verified_at.timestamp()) if d.verified_at else None,
        "repeats": int(d.repeats),
    }


def _micro(price: Decimal) -> int:
    """Meilisearch compares numbers as binary fractions: whole millionths stay exact."""
    return int(price * 1_000_000)


def _filters(query: SearchQuery, *, skip: str) -> list[Any]:
    """Lists inside the list are alternatives; the outer ones must all hold."""
    filters: list[Any] = []
    for name, values in query.chosen().items():
        if name != skip:
            attribute = name.partition(":")[0]
            filters.append([f"{attribute} = {json.dumps(value, ensure_ascii=False)}" for value in values])
    if query.currency:
        filters.append(f"currency = {json.dumps(query.currency)}")
    if query.price_min is not None:
        filters.append(f"price_high >= {_micro(query.price_min)}")
    if query.price_max is not None:
        filters.append(f"price_low <= {_micro(query.price_max)}")
    if query.moq_max is not None:
        filters.append(f"moq <= {int(query.moq_max * 1000)}")
    if query.verified_since is not None:
        filters.append(f"verified_at >= {int(query.verified_since.timestamp())}")
    return filters


def _facets(query: SearchQuery, first: Any, others: dict[str, Any]) -> dict[str, list[tuple[str, int]]]:
    def counts(answer: Any, name: str) -> list[tuple[str, int]]:
        found = answer["facetDistribution"].get(name, {})
        return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))

    told = {name: counts(others.get(name, first), name) for name in FACETS}
    if len(query.categories) == 1:
        for value, count in counts(first, "trait"):
            name = f"trait:{value.partition('=')[0]}"
            if name not in others:
                told.setdefault(name, []).append((value, count))
        for name, answer in others.items():
            if name.startswith("trait:"):
                told[name] = [pair for pair in counts(answer, "trait") if pair[0].startswith(f"{name[6:]}=")]
    return told


def _hit(row: Any, locale: str) -> Hit:
    shown = row["_formatted"]
    return Hit(
        UUID(row["id"]),
        _html(_of(locale, shown.get("body_en", ""), shown.get("body_zh", ""))),
    )


def _marks(rows: list[Any]) -> tuple[str, ...]:
    """What Meilisearch found in the titles, slips and all."""
    titles = (row["_formatted"][name] for row in rows for name in ("title_en", "title_zh"))
    return tuple(sorted({normal(word) for title in titles for word in MARKED.findall(title)} - {""}))


def _of(locale: str, en: str, zh: str) -> str:
    return (zh or en) if locale.startswith("zh") else (en or zh)


def _html(text: str) -> str:
    return str(escape(text)).replace(OPEN, "<mark>").replace(CLOSE, "</mark>")
