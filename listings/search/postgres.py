"""The index in PostgreSQL: full text in English and Chinese, forgiving of one typo, counted by facets.

One row per product and generation. English is stemmed by the database, Chinese is cut by `listings.search.words`;
both stand in one weighted `tsvector`. Typos are mended on the side of the query: a word the index does not know is
looked up by its trigrams among those it knows. Every change bumps a counter, so that results may be kept in memory
for exactly as long as they are true.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Database
from app.core.recent import Recent
from listings.search import finding
from listings.search.finding import Stamp, Wanted
from listings.search.index import FACETS, Document, SearchQuery, SearchResult, Suggestion
from listings.search.models import ProductSearch, SearchGeneration, SearchWord
from listings.search.words import index_text, normal

BODY = 2000
"""Characters of the description kept for snippets; all of it is searched."""
KEPT_RESULTS = 64  # a full page of hits takes some 40 kB, in each process
LONGEST_WORD = 60
_LIVE = text("SELECT number, changes FROM search_generation WHERE live")
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('product_search', 0))")


class PostgresIndex:
    """SearchIndex in the application's own database. Reads in the caller's transaction, writes in its own."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._kept: Recent[SearchQuery, tuple[Stamp, SearchResult]] = Recent(KEPT_RESULTS)
        self._words: Recent[str, tuple[Stamp, Wanted | None]] = Recent(KEPT_RESULTS)

    async def search(self, tx: AsyncSession, query: SearchQuery) -> SearchResult:
        kept = self._kept.get(query)
        if kept is not None and kept[0] == await _live(tx):
            return kept[1]
        if not query.q.strip():
            return self._kept.keep(query, await finding.search(tx, query, None))[1]
        # A search's words stay while its filters and pages change; whether they are still true, the answer tells.
        stamp, words = self._words.get(query.q) or await self._wanted(tx, query.q)
        if words is None:
            return SearchResult((), 0, dict.fromkeys(FACETS, ()))
        found = await finding.search(tx, query, words)
        if found[0] != stamp:
            _stamp, words = await self._wanted(tx, query.q)
            found = await finding.search(tx, query, words)
        return self._kept.keep(query, found)[1]

    async def _wanted(self, tx: AsyncSession, q: str) -> tuple[Stamp, Wanted | None]:
        stamp = await _live(tx)
        return self._words.keep(q, (stamp, await finding.wanted(tx, stamp[0], q)))

    async def suggest(self, tx: AsyncSession, typed: str, *, locale: str, limit: int = 8) -> list[Suggestion]:
        generation, _changes = await _live(tx)
        return await finding.suggest(tx, generation, typed, locale=locale, limit=limit)

    async def put(self, documents: Sequence[Document]) -> None:
        async with self._db.transaction() as tx:
            for generation in await _changing(tx):
                await _write(tx, generation, documents)

    async def remove(self, product_ids: Iterable[UUID]) -> None:
        async with self._db.transaction() as tx:
            await _changing(tx)
            await tx.execute(delete(ProductSearch).where(ProductSearch.product_id.in_(list(product_ids))))

    async def begin(self) -> None:
        async with self._db.transaction() as tx:
            await tx.execute(LOCK)
            await tx.execute(delete(SearchGeneration).where(SearchGeneration.live.is_(False)))
            live, _changes = await _live(tx)
            await _drop_all_but(tx, live)
            tx.add(SearchGeneration(number=live + 1, live=False, changes=0))

    async def fill(self, documents: Sequence[Document]) -> None:
        async with self._db.transaction() as tx:
            building = await tx.scalar(select(SearchGeneration.number).where(SearchGeneration.live.is_(False)))
            if building is not None:
                await _write(tx, building, documents)

    async def swap(self) -> None:
        async with self._db.transaction() as tx:
            await tx.execute(LOCK)
            building = await tx.get(SearchGeneration, await _building(tx))
            if building is not None:
                await tx.execute(delete(SearchGeneration).where(SearchGeneration.live.is_(True)))
                building.live = True
                await tx.flush()
                await _drop_all_but(tx, building.number)


async def _live(tx: AsyncSession) -> Stamp:
    row = (await tx.execute(_LIVE)).first()
    return (row[0], row[1]) if row else (0, 0)


async def _building(tx: AsyncSession) -> int:
    return await tx.scalar(select(SearchGeneration.number).where(SearchGeneration.live.is_(False))) or -1


async def _changing(tx: AsyncSession) -> list[int]:
    """Every generation that must hear of a change; counts it. Writers take turns on this row."""
    await tx.execute(insert(SearchGeneration).values(number=0, live=True, changes=0).on_conflict_do_nothing())
    numbers = await tx.scalars(
        update(SearchGeneration).values(changes=SearchGeneration.changes + 1).returning(SearchGeneration.number)
    )
    return list(numbers)


async def _drop_all_but(tx: AsyncSession, generation: int) -> None:
    await tx.execute(delete(ProductSearch).where(ProductSearch.generation != generation))
    await tx.execute(delete(SearchWord).where(SearchWord.generation != generation))


_WRITE = text("""
INSERT INTO product_search AS kept (
    generation, product_id, version, category, country, currency, price_low, price_high, moq, incoterms, certificates,
    traits, published_at, verified_at, repeats, title_en, title_zh, body_en, body_zh, document)
VALUES (
    :generation, :product_id, :version, :category, :country, :currency, :price_low, :price_high, :moq, :incoterms,
    :certificates, :traits, :published_at, :verified_at, :repeats, :title_en, :title_zh, :body_en, :body_zh,
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
    body_zh = excluded.body_zh, document = excluded.document
WHERE kept.version <= excluded.version""")


async def _write(tx: AsyncSession, generation: int, documents: Sequence[Document]) -> None:
    if not documents:
        return
    rows = [_row(generation, document) for document in sorted(documents, key=lambda d: d.product_id)]
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
