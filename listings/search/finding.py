"""Searching the tables of the PostgreSQL index."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Text, TextClause, bindparam, cast, func, select, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession

from listings.search.index import FACETS, Hit, SearchQuery, SearchResult, Sort, Suggestion
from listings.search.marking import marked, piece
from listings.search.models import ProductSearch as P
from listings.search.typos import distance, forgiven
from listings.search.words import HAN, query_tokens

MOST_VALUES = 60
"""Values of one facet that are told."""
SUGGESTED_FROM = 200
"""Matches among which the best suggestions are picked; ranking all of them would take too long for each key."""
CHINESE = re.compile(f"[{HAN}]")
# Trigrams of a short word with two letters exchanged have little in common; `distance` decides in the end.
LIKENESS = "0.15"

_KNOWN = text("""
SELECT token, ts_lexize('english_stem', token),
       EXISTS (SELECT FROM search_word WHERE generation = :generation AND word = token),
       set_config('pg_trgm.similarity_threshold', :likeness, true)
FROM unnest(CAST(:tokens AS text[])) WITH ORDINALITY AS given (token, place) ORDER BY place""")
_NEAR = text("""
SELECT token, near.word
FROM unnest(CAST(:tokens AS text[])) AS given (token), LATERAL (
    SELECT word FROM search_word WHERE generation = :generation AND word % token
    ORDER BY similarity(word, token) DESC, word LIMIT 40) AS near""")
_STEMS = text("SELECT unnest(ts_lexize('english_stem', word)) FROM unnest(CAST(:words AS text[])) AS given (word)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A query's words as PostgreSQL looks for them, and the beginnings of words by which they are marked."""

    tsquery: str
    stems: tuple[str, ...]


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def _any(lexemes: Sequence[str], *, suffix: str = "") -> str:
    return "(" + " | ".join(_quoted(lexeme) + suffix for lexeme in dict.fromkeys(lexemes)) + ")"


async def wanted(tx: AsyncSession, generation: int, q: str) -> Wanted | None:
    """Every word of `q` must occur: as it stands or by its stem; an unknown one also as a beginning, or mended."""
    tokens = query_tokens(q)
    latin = [token for token in tokens if not CHINESE.search(token)]
    parts: dict[str, str] = {token: _any([token]) for token in tokens if token not in latin}
    stems = list(parts)
    if latin:
        rows = await tx.execute(_KNOWN, {"generation": generation, "tokens": latin, "likeness": LIKENESS})
        found = {token: (lexemes, known) for token, lexemes, known, _likeness in rows}
        mended = await _mended(tx, generation, [token for token, (_stem, known) in found.items() if not known])
        for token, (lexemes, known) in found.items():
            if lexemes == []:  # a stop word: "the"
                continue
            forms = [token, *(lexemes or [])]
            parts[token] = _any(forms) if known else f"({_any(forms, suffix=':*')} | {_any([*forms, *mended[token]])})"
            stems += [*forms, *mended.get(token, ())]
    if not tokens:
        return None
    asked = [parts[token] for token in tokens if token in parts] or [_any(tokens)]
    return Wanted(" & ".join(asked), tuple(_beginnings(stems)))


async def _mended(tx: AsyncSession, generation: int, unknown: Sequence[str]) -> Mapping[str, list[str]]:
    """For each unknown word the stems of known words that differ from it by a slip."""
    near: dict[str, list[str]] = {token: [] for token in unknown}
    lost = [token for token in unknown if forgiven(token)]
    if not lost:
        return near
    for token, word in await tx.execute(_NEAR, {"generation": generation, "tokens": lost}):
        if distance(token, word) <= forgiven(token):
            near[token].append(word)
    for token, words in near.items():
        closest = sorted(words, key=lambda word: (distance(token, word), word))[:5]
        near[token] = [*closest, *(await tx.scalars(_STEMS, {"words": closest}) if closest else ())]
    return near


def _beginnings(stems: Sequence[str]) -> list[str]:
    """A stem that ends in `i` stands for words in `y` too: batteri, battery."""
    return list(dict.fromkeys(stem[:-1] if len(stem) > 3 and stem.endswith("i") else stem for stem in stems))


async def search(tx: AsyncSession, generation: int, query: SearchQuery) -> SearchResult:
    """One page of hits with counts; two statements, and one or two for the words."""
    words = await wanted(tx, generation, query.q) if query.q.strip() else None
    if query.q.strip() and words is None:
        return SearchResult((), 0, dict.fromkeys(FACETS, ()))
    asked = Asked.of(generation, query, words)
    facets, total = await _counts(tx, query, asked)
    if total <= query.offset:
        return SearchResult((), total, facets)
    rows = await tx.execute(*_page(query, asked))
    stems = words.stems if words else ()
    hits = tuple(
        Hit(row[0], marked(*_of(query.locale, row[1], row[2], stems)), piece(*_of(query.locale, row[3], row[4], stems)))
        for row in rows
    )
    return SearchResult(hits, total, facets)


def _of(locale: str, en: str, zh: str, stems: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    return ((zh or en) if locale.startswith("zh") else (en or zh)), stems


_FITS = {
    "category": "category = ANY(CAST(:{0} AS text[]))",
    "country": "country = ANY(CAST(:{0} AS text[]))",
    "incoterm": "incoterms && CAST(:{0} AS text[])",
    "certificate": "certificates && CAST(:{0} AS text[])",
}
_FITS_TRAIT = "traits && CAST(:{0} AS text[])"


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as SQL, written by hand: it is PostgreSQL's alone, and to put expressions together for each new search
    took longer than to answer it. Nothing the reader chose stands in it; all of that is in `values`.

    base    what every result must fulfil, facets aside
    facets  the facets in force as conditions, by name
    """

    base: str
    facets: dict[str, str]
    values: dict[str, Any]

    @classmethod
    def of(cls, generation: int, query: SearchQuery, words: Wanted | None) -> Self:
        values: dict[str, Any] = {
            "generation": generation,
            "tsquery": words and words.tsquery,
            "currency": query.currency or None,
            "price_min": query.price_min,
            "price_max": query.price_max,
            "moq_max": query.moq_max,
            "verified_since": query.verified_since,
        }
        values = {name: value for name, value in values.items() if value is not None}
        base = " AND ".join(_BASE[name] for name in values)
        facets: dict[str, str] = {}
        for number, (name, chosen) in enumerate(query.chosen().items()):
            facets[name] = _FITS.get(name, _FITS_TRAIT).format(f"chosen_{number}")
            values[f"chosen_{number}"] = list(chosen)
        return cls(base, facets, values)


_BASE = {
    "generation": "generation = :generation",
    "tsquery": "document @@ CAST(:tsquery AS tsquery)",
    "currency": "currency = :currency",
    "price_min": "price_high >= :price_min",
    "price_max": "price_low <= :price_max",
    "moq_max": "moq <= :moq_max",
    "verified_since": "verified_at >= :verified_since",
}


def _page(query: SearchQuery, asked: Asked) -> tuple[TextClause, dict[str, Any]]:
    where = " AND ".join([asked.base, *asked.facets.values()])
    values = {**asked.values, "offset": query.offset, "per_page": query.per_page}
    order = _ORDERS.get(query.sort, "published_at DESC, product_id DESC")
    if query.sort is Sort.RELEVANCE and "tsquery" in values:
        values["phrase"] = f"%{query.q.strip()[:200].translate(LITERAL)}%"
        order = _SCORE
    statement = (
        f"SELECT product_id, title_en, title_zh, body_en, body_zh FROM product_search WHERE {where} "  # noqa: S608
        f"ORDER BY {order} OFFSET :offset LIMIT :per_page"
    )
    return text(statement), values


# Total orders, so that pages neither repeat nor lose a product.
_ORDERS = {Sort.PRICE: "price_low, product_id", Sort.MOQ: "moq, product_id"}
# Text rank, the phrase itself in a title, and a little for being new. Freshness is counted from a fixed day and linear,
# so that the order of two products never changes by itself.
_SCORE = """
    ts_rank(document, CAST(:tsquery AS tsquery))
    + CASE WHEN title_en ILIKE :phrase OR title_zh ILIKE :phrase THEN 0.3 ELSE 0 END
    + extract(epoch FROM published_at) / 31557600.0 * 0.03 DESC, product_id DESC"""
LITERAL = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


async def _counts(tx: AsyncSession, query: SearchQuery, asked: Asked) -> tuple[dict[str, list[tuple[str, int]]], int]:
    """Every facet under the other filters, and the total under all of them, in one statement."""
    flags = {name: f"fits_{number}" for number, name in enumerate(asked.facets)}
    fits = "".join(f", {condition} AS {flags[name]}" for name, condition in asked.facets.items())

    def under(name: str) -> str:
        return " AND ".join([flag for other, flag in flags.items() if other != name] or ["true"])

    parts = {"total": f"SELECT {{0}}, '', count(*) FROM matched WHERE {under('')}"}  # noqa: S608
    for name in ("category", "country"):
        parts[name] = f"SELECT {{0}}, {name}, count(*) FROM matched WHERE {under(name)} GROUP BY 2"  # noqa: S608
    for name in ("incoterm", "certificate"):
        parts[name] = _EACH.format("{0}", f"{name}s", under(name))
    if len(query.categories) == 1:
        parts["trait"] = _EACH.format("{0}", "traits", under(""))
        parts |= {name: _EACH.format("{0}", "traits", under(name)) for name in flags if name.startswith("trait:")}
    matched = f"SELECT category, country, incoterms, certificates, traits{fits} FROM product_search WHERE {asked.base}"  # noqa: S608
    counts = " UNION ALL ".join(part.format(number) for number, part in enumerate(parts.values()))
    statement = f"WITH matched AS MATERIALIZED ({matched}) {counts}"
    names = list(parts)
    counted: dict[str, list[tuple[str, int]]] = {name: [] for name in FACETS}
    total = 0
    for number, value, count in await tx.execute(text(statement), asked.values):
        name = names[number]
        if name == "total":
            total = count
        elif name == "trait":
            key = f"trait:{value.partition('=')[0]}"
            if key not in flags:
                counted.setdefault(key, []).append((value, count))
        elif not name.startswith("trait:") or value.startswith(f"{name[6:]}="):
            counted.setdefault(name, []).append((value, count))
    return {name: sorted(v, key=lambda p: (-p[1], p[0]))[:MOST_VALUES] for name, v in counted.items()}, total


# Counts by the entries of an array; equal arrays are counted together first, for there are few different ones.
_EACH = """
SELECT {0}, entry, CAST(sum(n) AS int) FROM (
    SELECT {1} AS entries, count(*) AS n FROM matched WHERE {2} GROUP BY 1
) AS alike, unnest(entries) AS entry GROUP BY entry"""


async def suggest(tx: AsyncSession, generation: int, typed: str, *, locale: str, limit: int) -> list[Suggestion]:
    """Titles that hold every word typed, the last one as a beginning."""
    tokens = query_tokens(typed)
    if not tokens or (len(tokens) == 1 and len(tokens[0]) < 2 and not CHINESE.search(tokens[0])):
        return []
    words = " & ".join([*(_any([token], suffix=":*A") for token in tokens)])
    tsquery = cast(bindparam("tsquery", words, Text), TSQUERY)
    some = (
        select(P.product_id, P.title_en, P.title_zh, P.document)
        .where(P.generation == generation, P.document.op("@@")(tsquery))
        .limit(SUGGESTED_FROM)
        .subquery()
    )
    best = select(some.c.product_id, some.c.title_en, some.c.title_zh)
    best = best.order_by(func.ts_rank(some.c.document, tsquery).desc(), some.c.product_id).limit(SUGGESTED_FROM)
    found: dict[str, Suggestion] = {}
    for product_id, en, zh in await tx.execute(best):
        title, _stems = _of(locale, en, zh, ())
        found.setdefault(title.casefold(), Suggestion(product_id, title))
    return list(found.values())[:limit]
