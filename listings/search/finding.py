"""Searching the tables of the PostgreSQL index."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

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


async def search(tx: AsyncSession, generation: int, query: SearchQuery, words: Wanted | None) -> SearchResult:
    """One page of hits with counts, in one statement. `words` are what `wanted` made of the query's text."""
    if query.q.strip() and words is None:
        return SearchResult((), 0, dict.fromkeys(FACETS, ()))
    asked = Asked.of(generation, query, words)
    facets = Facets.of(query, asked)
    counted: dict[str, list[tuple[str, int]]] = {}
    total = 0
    found: list[tuple[int, Hit]] = []
    stems = words.stems if words else ()
    for part, value, count, en, zh, body_en, body_zh in await tx.execute(*_statement(query, asked, facets)):
        if part == _HITS:
            title, body = _said(query.locale, en, zh), _said(query.locale, body_en, body_zh)
            found.append((count, Hit(UUID(value), marked(title, stems), piece(body, stems))))
        elif part == _TOTAL:
            total = count
        else:
            facets.tell(counted, part, value, count)
    hits = tuple(hit for _place, hit in sorted(found, key=lambda placed: placed[0]))
    return SearchResult(hits, total, {name: _most(counted.get(name, [])) for name in [*FACETS, *counted]})


def _most(values: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(values, key=lambda pair: (-pair[1], pair[0]))[:MOST_VALUES]


def _said(locale: str, en: str, zh: str) -> str:
    return (zh or en) if locale.startswith("zh") else (en or zh)


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


# Total orders, so that pages neither repeat nor lose a product.
_ORDERS = {Sort.PRICE: "price_low, product_id", Sort.MOQ: "moq, product_id"}
# Text rank, the phrase itself in a title, and a little for being new. Freshness is counted from a fixed day and linear,
# so that the order of two products never changes by itself.
_RANK = """
    ts_rank(document, CAST(:tsquery AS tsquery))
    + CASE WHEN title_en ILIKE :phrase OR title_zh ILIKE :phrase THEN 0.3 ELSE 0 END
    + extract(epoch FROM published_at) / 31557600.0 * 0.03"""
LITERAL = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


@dataclass(frozen=True, slots=True)
class Facets:
    """What is counted: every facet under the filters of the others.

    parts  SQL by name, the name's place being the part's number
    flags  columns of `matched`, by the facet whose choice they tell
    """

    parts: dict[str, str]
    flags: dict[str, str]

    @classmethod
    def of(cls, query: SearchQuery, asked: Asked) -> Self:
        flags = {name: f"fits_{number}" for number, name in enumerate(asked.facets)}

        def under(name: str) -> str:
            return " AND ".join([flag for other, flag in flags.items() if other != name] or ["true"])

        parts = {_TOTAL: f"SELECT '{_TOTAL}', '', count(*) FROM matched WHERE {under('')}"}  # noqa: S608
        for name in ("category", "country"):
            parts[name] = f"SELECT '{name}', {name}, count(*) FROM matched WHERE {under(name)} GROUP BY 2"  # noqa: S608
        for name in ("incoterm", "certificate"):
            parts[name] = _EACH.format(name, f"{name}s", under(name))
        if len(query.categories) == 1:
            parts["trait"] = _EACH.format("trait", "traits", under(""))
            parts |= {name: _EACH.format(name, "traits", under(name)) for name in flags if name.startswith("trait:")}
        return cls(parts, flags)

    @property
    def all(self) -> str:
        return " AND ".join(self.flags.values() or ["true"])

    def tell(self, counted: dict[str, list[tuple[str, int]]], part: str, value: str, count: int) -> None:
        """Put a counted value under its facet. A category's traits come mixed; a chosen one is counted by itself."""
        if part == "trait":
            part = f"trait:{value.partition('=')[0]}"
            if part in self.flags:
                return
        elif part.startswith("trait:") and not value.startswith(f"{part[6:]}="):
            return
        counted.setdefault(part, []).append((value, count))


_TOTAL, _HITS = "total", "hits"


def _statement(query: SearchQuery, asked: Asked, facets: Facets) -> tuple[TextClause, dict[str, Any]]:
    """Everything that matches is read once; counts and the page are taken from that."""
    values = {**asked.values, "offset": query.offset, "per_page": query.per_page}
    order, rank = _ORDERS.get(query.sort, "published_at DESC, product_id DESC"), "0"
    if query.sort is Sort.RELEVANCE and "tsquery" in values:
        values["phrase"] = f"%{query.q.strip()[:200].translate(LITERAL)}%"
        order, rank = "rank DESC, product_id DESC", _RANK
    fits = "".join(f", {condition} AS {facets.flags[name]}" for name, condition in asked.facets.items())
    matched = (
        "SELECT product_id, category, country, incoterms, certificates, traits, published_at, price_low, moq, "  # noqa: S608
        f"CASE WHEN {' AND '.join(asked.facets.values()) or 'true'} THEN {rank} END AS rank{fits} "
        f"FROM product_search WHERE {asked.base}"
    )
    counts = " UNION ALL ".join(f"SELECT *, '', '', '', '' FROM ({part}) AS counted" for part in facets.parts.values())  # noqa: S608
    best = _BEST.format(facets.all, order)
    return text(f"WITH matched AS MATERIALIZED ({matched}), best AS MATERIALIZED ({best}) {counts} {_AND_HITS}"), values


_BEST = """
SELECT product_id, row_number() OVER (ORDER BY {1}) AS place FROM matched WHERE {0}
 ORDER BY place OFFSET :offset LIMIT :per_page"""
_AND_HITS = """
UNION ALL SELECT 'hits', CAST(product_id AS text), place, title_en, title_zh, body_en, body_zh
FROM best JOIN product_search USING (product_id) WHERE generation = :generation"""


# Counts by the entries of an array; equal arrays are counted together first, for there are few different ones.
_EACH = """
SELECT '{0}', entry, CAST(sum(n) AS int) FROM (
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
        title = _said(locale, en, zh)
        found.setdefault(title.casefold(), Suggestion(product_id, title))
    return list(found.values())[:limit]
