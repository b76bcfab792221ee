"""The index in PostgreSQL: full text in English and Chinese, forgiving of one typo, counted by facets.

One row per product and generation. English is stemmed by the database, Chinese is cut by `listings.search.words`;
both stand in one weighted `tsvector`. Typos are mended on the side of the query: a word the index does not know is
looked up by its trigrams among those it knows.

PostgreSQL says which products hold a text, best first, once for each text; filters, counts, orders and pages are
reckoned in memory (`listings.search.bitmaps`). Every change bumps a counter, which is read with each page: what is in
memory serves for exactly as long as it is true, and then follows.
"""

import asyncio
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Database
from app.core.recent import Recent
from listings.search import finding, reading
from listings.search.bitmaps import Bitmaps, Stamp, Text
from listings.search.index import FACETS, Document, Hit, SearchQuery, SearchResult, Suggestion
from listings.search.models import ProductSearch, SearchGeneration, SearchWord
from listings.search.words import index_text, normal, query_tokens

BODY = 2000
"""Characters of the description kept for snippets; all of it is searched."""
KEPT_PLACES = 400_000
"""Matches of the texts last asked for that are kept, in all; 6 bytes each."""
KEPT_PAGES = 64  # a full page of hits takes some 40 kB, in each process
LONGEST_WORD = 60
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('product_search', 0))")


class PostgresIndex:
    """SearchIndex in the application's own database. Reads in the caller's transaction, writes in its own."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._reading = asyncio.Lock()
        self._forget()

    def _forget(self) -> None:
        self._bitmaps: Bitmaps | None = None
        self._texts: Recent[str, Text] = Recent(KEPT_PLACES, lambda text: 100 + len(text.order))
        self._pages: Recent[SearchQuery, tuple[Stamp, SearchResult]] = Recent(KEPT_PAGES)

    async def search(self, tx: AsyncSession, query: SearchQuery) -> SearchResult:
        page = self._pages.get(query)
        if page is not None and page[0] == await finding.live(tx):
            return page[1]
        worded = bool(query.q.strip())
        if worded and not query_tokens(query.q):
            return SearchResult((), 0, dict.fromkeys(FACETS, ()))
        needed: Stamp | None = None
        while True:
            text = await self._text(tx, query.q, needed) if worded else None
            bitmaps = await self._current(tx, needed)
            of = min(bitmaps.stamp, text.stamp) if text else bitmaps.stamp
            found = bitmaps.find(query, text)
            stems = text.stems if text else ()
            if query.snippets:
                live, said = await finding.pieces(tx, query, found, stems)
            else:
                live, said = await finding.live(tx), {}
            if needed is None or needed[0] != live[0]:
                needed = live
            if of > live:  # the database is an older one, restored
                self._forget()
            elif of >= needed:
                hits = [
                    Hit(product, said.get(place, ""))
                    for place, product in zip(found.places, found.products, strict=True)
                ]
                return self._pages.keep(query, (of, SearchResult(hits, found.total, found.facets, stems)))[1]

    async def _text(self, tx: AsyncSession, q: str, needed: Stamp | None) -> Text:
        """Where a text is found, not older than `needed`."""
        kept = self._texts.get(q)
        if kept is None or (needed and kept.stamp < needed):
            kept = self._texts.keep(q, await finding.text_of(tx, q, kept))
        return kept

    async def _current(self, tx: AsyncSession, needed: Stamp | None) -> Bitmaps:
        """What is in memory, not older than `needed`; read once for all that wait for it."""
        if self._bitmaps is None or (needed and self._bitmaps.stamp < needed):
            async with self._reading:
                if self._bitmaps is None or (needed and self._bitmaps.stamp < needed):
                    self._bitmaps = await reading.current(tx, self._bitmaps)
        return self._bitmaps

    async def suggest(self, tx: AsyncSession, typed: str, *, locale: str, limit: int = 8) -> list[Suggestion]:
        return await finding.suggest(tx, typed, locale=locale, limit=limit)

    async def put(self, documents: Sequence[Document]) -> None:
        async with self._db.transaction() as tx:
            for stamp in await _changing(tx):
                await _write(tx, stamp, documents)

    async def remove(self, product_ids: Iterable[UUID]) -> None:
        async with self._db.transaction() as tx:
            await _changing(tx)
            await tx.execute(_REMOVE, {"ids": list(product_ids)})

    async def begin(self) -> None:
        async with self._db.transaction() as tx:
            await tx.execute(LOCK)
            await tx.execute(delete(SearchGeneration).where(SearchGeneration.live.is_(False)))
            live = await tx.scalar(select(SearchGeneration.number).where(SearchGeneration.live)) or 0
            await _drop_all_but(tx, live)
            tx.add(SearchGeneration(number=live + 1, live=False, changes=0))

    async def fill(self, documents: Sequence[Document]) -> None:
        async with self._db.transaction() as tx:
            for stamp in await _changing(tx, only_building=True):
                await _write(tx, stamp, documents)

    async def swap(self) -> None:
        async with self._db.transaction() as tx:
            await tx.execute(LOCK)
            building = await tx.get(SearchGeneration, await _building(tx))
            if building is not None:
                await tx.execute(delete(SearchGeneration).where(SearchGeneration.live.is_(True)))
                building.live = True
                await tx.flush()
                await _drop_all_but(tx, building.number)


async def _building(tx: AsyncSession) -> int:
    return await tx.scalar(select(SearchGeneration.number).where(SearchGeneration.live.is_(False))) or -1


async def _changing(tx: AsyncSession, *, only_building: bool = False) -> list[Stamp]:
    """Every generation that must hear of a change, and the change's number there. Writers take turns on these rows."""
    await tx.execute(insert(SearchGeneration).values(number=0, live=True, changes=0).on_conflict_do_nothing())
    change = update(SearchGeneration).values(changes=SearchGeneration.changes + 1)
    if only_building:
        change = change.where(SearchGeneration.live.is_(False))
    rows = await tx.execute(change.returning(SearchGeneration.number, SearchGeneration.changes))
    return [(number, changes) for number, changes in rows]


async def _drop_all_but(tx: AsyncSession, generation: int) -> None:
    await tx.execute(delete(ProductSearch).where(ProductSearch.generation != generation))
    await tx.execute(delete(SearchWord).where(SearchWord.generation != generation))


_WRITE = text("""
INSERT INTO product_search AS kept (
    generation, product_id, version, category, country, currency, price_low, price_high, moq, incoterms, certificates,
    traits, published_at, verified_at, repeats, title_en, title_zh, body_en, body_zh, changed, gone, place, document)
VALUES (
    :generation, :product_id, :version, :category, :country, :currency, :price_low, :price_high, :moq, :incoterms,
    :certificates, :traits, :published_at, :verified_at, :repeats, :title_en, :title_zh, :body_en, :body_zh,
    :changed, false,
    (SELECT coalesce(max(place) + 1, 0) FROM product_search WHERE generation = :generation),
    setweight(to_tsvector('english', :find_title) || to_tsvector('simple', :cut_title), 'A') ||
    setweight(to_tsvector('english', :find_words) || to_tsvector('simple', :cut_words), 'B') ||
    setweight(to_tsvector('english', :find_text) || to_tsvector('simple', :cut_text), 'D'))
ON CONFLICT (generation, product_id) DO UPDATE SET
    version = excluded.version, category = excluded.category, country = excluded.country,
    currency = excluded.currency, price_low = excluded.price_low, price_high = excluded.price_high,
    moq = excluded.moq, incoterms = excluded.incoterms, certificates = excluded.certificates,
    traits = excluded.traits, published_at = excluded.published_at, verified_at = excluded.verified_at,
    repeats = excluded.repeats,
    title_en = excluded.title_en, title_zh = excluded.title_zh, body_en = excluded.body_en,
    body_zh = excluded.body_zh, document = excluded.document, changed = excluded.changed, gone = false
WHERE kept.version <= excluded.version""")
# What is removed keeps its place until its generation ends, and none of its words.
_REMOVE = text("""
UPDATE product_search
SET gone = true, changed = changes, version = 0, document = '', title_en = '', title_zh = '', body_en = '', body_zh = ''
FROM search_generation
WHERE generation = number AND product_id = ANY (CAST(:ids AS uuid[])) AND NOT gone""")


async def _write(tx: AsyncSession, stamp: Stamp, documents: Sequence[Document]) -> None:
    if not documents:
        return
    generation, changed = stamp
    rows = [
        _row(generation, document) | {"changed": changed} for document in sorted(documents, key=lambda d: d.product_id)
    ]
    await tx.execute(_WRITE, rows)
    words = sorted({word for row in rows for word in str(row["learned"]).split() if 2 < len(word) <= LONGEST_WORD})
    if words:
        pairs = [{"generation": generation, "word": word} for word in words]
        await tx.execute(insert(SearchWord).on_conflict_do_nothing(), pairs)


def _row(generation: int, d: Document) -> dict[str, object]:
    """Beside the columns: the texts to be indexed, Chinese already cut, and the words to be learned for typos."""
    title, words = index_text(d.title_zh), index_text(d.words_zh)
    learned = index_text(f"{d.title_en} {d.words_en}")
    return {
        "generation": generation,
        "product_id": d.product_id,
        "version": d.version,
        "category": d.category,
        "country": d.country,
        "currency": d.currency,
        "price_low": d.price_low,
        "price_high": d.price_high,
        "moq": d.moq,
        "incoterms": list(d.incoterms),
        "certificates": list(d.certificates),
        "traits": list(d.traits),
        "published_at": d.published_at,
        "verified_at": d.verified_at,
        "repeats": d.repeats,
        "title_en": d.title_en,
        "find_title": normal(d.title_en),
        "find_words": normal(d.words_en),
        "find_text": normal(d.body_en),
        "cut_title": title,
        "cut_words": words,
        "cut_text": index_text(d.body_zh),
        "learned": learned,
        "body_en": d.body_en[:BODY],
        "body_zh": d.body_zh[:BODY],
        "title_zh": d.title_zh,
    }
