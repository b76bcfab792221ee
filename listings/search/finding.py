"""Searching the tables of the PostgreSQL index."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Integer,
    Select,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
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
    base = _base(generation, query, words)
    facets, total = await _counts(tx, query, base)
    if total <= query.offset:
        return SearchResult((), total, facets)
    rows = await tx.execute(_page(query, base, words))
    stems = words.stems if words else ()
    hits = tuple(
        Hit(row[0], marked(*_of(query.locale, row[1], row[2], stems)), piece(*_of(query.locale, row[3], row[4], stems)))
        for row in rows
    )
    return SearchResult(hits, total, facets)


def _of(locale: str, en: str, zh: str, stems: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    return ((zh or en) if locale.startswith("zh") else (en or zh)), stems


def _tsquery(words: Wanted) -> ColumnElement[Any]:
    return cast(bindparam("tsquery", words.tsquery, Text), TSQUERY)


def _base(generation: int, query: SearchQuery, words: Wanted | None) -> list[ColumnElement[bool]]:
    """What every result must fulfil, facets aside."""
    where: list[ColumnElement[bool]] = [P.generation == generation]
    if words:
        where.append(P.document.op("@@")(_tsquery(words)))
    if query.currency:
        where.append(P.currency == query.currency)
    if query.price_min is not None:
        where.append(P.price_high >= query.price_min)
    if query.price_max is not None:
        where.append(P.price_low <= query.price_max)
    if query.moq_max is not None:
        where.append(P.moq <= query.moq_max)
    if query.verified_since is not None:
        where.append(P.verified_at >= query.verified_since)
    return where


def _filters(query: SearchQuery) -> dict[str, ColumnElement[bool]]:
    """The facets in force as conditions."""
    conditions: dict[str, ColumnElement[bool]] = {}
    for name, values in query.chosen().items():
        match name:
            case "category":
                conditions[name] = P.category.in_(values)
            case "country":
                conditions[name] = P.country.in_(values)
            case "incoterm":
                conditions[name] = _overlaps(P.incoterms, values)
            case "certificate":
                conditions[name] = _overlaps(P.certificates, values)
            case _:
                conditions[name] = _overlaps(P.traits, values)
    return conditions


def _overlaps(column: Any, values: Sequence[str]) -> ColumnElement[bool]:
    return column.op("&&")(cast(list(values), ARRAY(Text)))  # type: ignore[no-any-return]


def _page(query: SearchQuery, base: list[ColumnElement[bool]], words: Wanted | None) -> Executable:
    found = select(P.product_id, P.title_en, P.title_zh, P.body_en, P.body_zh).where(*base, *_filters(query).values())
    return found.order_by(*_order(query, words)).offset(query.offset).limit(query.per_page)


def _order(query: SearchQuery, words: Wanted | None) -> list[ColumnElement[Any]]:
    """Total orders, so that pages neither repeat nor lose a product."""
    match query.sort:
        case Sort.PRICE:
            return [P.price_low.asc(), P.product_id.asc()]
        case Sort.MOQ:
            return [P.moq.asc(), P.product_id.asc()]
        case Sort.RELEVANCE if words:
            return [_score(query, words).desc(), P.product_id.desc()]
    return [P.published_at.desc(), P.product_id.desc()]


def _score(query: SearchQuery, words: Wanted) -> ColumnElement[Any]:
    """Text rank, the phrase itself in a title, and a little for being new.

    Freshness is counted from a fixed day and linear, so that the order of two products never changes by itself.
    """
    rank = func.ts_rank(P.document, _tsquery(words))
    phrase = f"%{query.q.strip()[:200].translate(LITERAL)}%"
    exact = case((or_(P.title_en.ilike(phrase), P.title_zh.ilike(phrase)), literal_column("0.3")), else_=0)
    years = func.extract("epoch", P.published_at) / literal_column("31557600.0")
    return rank + exact + years * literal_column("0.03")


LITERAL = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


async def _counts(
    tx: AsyncSession, query: SearchQuery, base: list[ColumnElement[bool]]
) -> tuple[dict[str, list[tuple[str, int]]], int]:
    """Every facet under the other filters, and the total under all of them, in one statement."""
    filters = _filters(query)
    columns = [P.category, P.country, P.incoterms, P.certificates, P.traits]
    flags = {name: condition.label(f"fits_{n}") for n, (name, condition) in enumerate(filters.items())}
    matched = select(*columns, *flags.values()).where(*base).cte("matched")

    def under(name: str) -> list[ColumnElement[bool]]:
        return [matched.c[flag.name] for other, flag in flags.items() if other != name] or [true()]

    parts = [select(literal("total"), literal(""), func.count()).select_from(matched).where(*under(""))]
    for name, column in (("category", matched.c.category), ("country", matched.c.country)):
        parts.append(select(literal(name), column, func.count()).where(*under(name)).group_by(column))
    parts += [_each(name, matched.c[f"{name}s"], under(name)) for name in ("incoterm", "certificate")]
    if len(query.categories) == 1:
        parts.append(_each("trait", matched.c.traits, under("")))
        parts += [_each(name, matched.c.traits, under(name)) for name in flags if name.startswith("trait:")]
    counted: dict[str, list[tuple[str, int]]] = {name: [] for name in FACETS}
    total = 0
    for name, value, count in await tx.execute(union_all(*parts)):
        if name == "total":
            total = count
        elif name == "trait":
            key = f"trait:{value.partition('=')[0]}"
            if key not in flags:
                counted.setdefault(key, []).append((value, count))
        elif not name.startswith("trait:") or value.startswith(f"{name[6:]}="):
            counted.setdefault(name, []).append((value, count))
    return {name: sorted(v, key=lambda p: (-p[1], p[0]))[:MOST_VALUES] for name, v in counted.items()}, total


def _each(name: str, column: Any, where: list[ColumnElement[bool]]) -> Select[Any]:
    """Counts by the entries of an array; equal arrays are counted together first, for there are few different ones."""
    alike = select(column.label("entries"), func.count().label("n")).where(*where).group_by(column).subquery()
    entry = func.unnest(alike.c.entries).table_valued("entry").render_derived().lateral()
    return (
        select(literal(name), entry.c.entry, cast(func.sum(alike.c.n), Integer))
        .select_from(alike)
        .join(entry, true())
        .group_by(entry.c.entry)
    )


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
