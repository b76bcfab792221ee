"""Searching the tables of the PostgreSQL index."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Text, bindparam, cast, func, select, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession

from listings.search.index import FACETS, Hit, SearchQuery, SearchResult, Sort, Suggestion
from listings.search.marking import marked, piece
from listings.search.models import ProductSearch as P
from listings.search.statement import ALL, HITS, LIVE, Shape, statement
from listings.search.typos import distance, forgiven
from listings.search.words import HAN, query_tokens

MOST_VALUES = 60
"""Values of one facet that are told."""
SUGGESTED_FROM = 200
"""Matches among which the best suggestions are picked; ranking all of them would take too long for each key."""
CHINESE = re.compile(f"[{HAN}]")
# Trigrams of a short word with two letters exchanged have little in common; `distance` decides in the end.
LIKENESS = "0.15"

Stamp = tuple[int, int]
"""The generation that is searched, and how often it was changed. Before the first write: (0, 0)."""

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


async def search(tx: AsyncSession, query: SearchQuery, words: Wanted | None) -> tuple[Stamp, SearchResult]:
    """One page of hits with counts, and what state of the index they are from, in one statement.

    words  what `wanted` made of the query's text
    """
    asked = Asked.of(query, words)
    stems = words.stems if words else ()
    stamp: Stamp = (0, 0)
    total = 0
    counted: dict[str, dict[str, int]] = {}
    found: list[tuple[int, Hit]] = []
    under_all = asked.shape.under_all
    rows = await tx.execute(statement(asked.shape), asked.values)
    for part, which, value, entries, n, product_id, en, zh, body_en, body_zh in rows:
        if part == LIVE:
            stamp = (which, n)
        elif part == HITS:
            snippet = piece(_said(query.locale, body_en, body_zh), stems) if query.snippets else ""
            found.append((n, Hit(product_id, marked(_said(query.locale, en, zh), stems), snippet)))
        elif value is None and entries is None:
            total = n
        else:
            name = under_all[which] if part == ALL else asked.names[part]
            asked.tell(counted, name, [value] if entries is None else entries, n)
    hits = tuple(hit for _place, hit in sorted(found, key=lambda placed: placed[0]))
    return stamp, SearchResult(hits, total, {name: _most(counted.get(name, {})) for name in [*FACETS, *counted]})


def _most(values: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_VALUES]


def _said(locale: str, en: str, zh: str) -> str:
    return (zh or en) if locale.startswith("zh") else (en or zh)


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as PostgreSQL is asked it. `names` are the facets in force, by their place in the shape."""

    shape: Shape
    names: tuple[str, ...]
    values: dict[str, Any]

    @classmethod
    def of(cls, query: SearchQuery, words: Wanted | None) -> Self:
        values: dict[str, Any] = {
            "tsquery": words and words.tsquery,
            "currency": query.currency or None,
            "price_min": query.price_min,
            "price_max": query.price_max,
            "moq_max": query.moq_max,
            "verified_since": query.verified_since,
        }
        values = {name: value for name, value in values.items() if value is not None}
        base, chosen = tuple(values), query.chosen()
        sort = query.sort
        if sort is Sort.RELEVANCE and words is None:
            sort = Sort.NEWEST
        if sort is Sort.RELEVANCE:
            values["phrase"] = f"%{query.q.strip()[:200].translate(LITERAL)}%"
        values |= {f"chosen_{place}": list(picked) for place, picked in enumerate(chosen.values())}
        values |= {"offset": query.offset, "per_page": query.per_page}
        kinds = tuple(name.partition(":")[0] for name in chosen)
        shape = Shape(base, kinds, sort, traits=len(query.categories) == 1, snippets=query.snippets)
        return cls(shape, tuple(chosen), values)

    def tell(self, counted: dict[str, dict[str, int]], name: str, values: Sequence[str], n: int) -> None:
        """Put counted values under their facet. A category's traits come mixed; a chosen one is counted by itself."""
        mixed = name.startswith("trait")
        for value in values:
            facet = f"trait:{value.partition('=')[0]}" if mixed else name
            if mixed and (facet in self.names if name == "trait" else facet != name):
                continue
            told = counted.setdefault(facet, {})
            told[value] = told.get(value, 0) + n


LITERAL = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


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
