"""What PostgreSQL is asked for a search: which products hold a text and which of them best, and what hits say."""

import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pyroaring import BitMap
from sqlalchemy import Text as SqlText
from sqlalchemy import bindparam, cast, func, select, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession

from listings.search.bitmaps import Found, Stamp, Text
from listings.search.index import SearchQuery, Suggestion
from listings.search.marking import piece
from listings.search.models import ProductSearch as P
from listings.search.models import SearchGeneration
from listings.search.reading import FEW, packed, unpacked
from listings.search.typos import distance, forgiven
from listings.search.words import HAN, query_tokens

SUGGESTED_FROM = 200
"""Matches among which the best suggestions are picked; ranking all of them would take too long for each key."""
CHINESE = re.compile(f"[{HAN}]")
# Trigrams of a short word with two letters exchanged have little in common; `distance` decides in the end.
LIKENESS = "0.15"

_LIVE = "WITH live AS MATERIALIZED (SELECT number, changes FROM search_generation WHERE live LIMIT 1)"
_STAMP = text("SELECT number, changes FROM search_generation WHERE live")
_KNOWN = text(f"""
{_LIVE} SELECT number, changes, token, ts_lexize('english_stem', token),
    (SELECT true FROM search_word WHERE generation = (SELECT number FROM live) AND word = token) IS NOT NULL
FROM live LEFT JOIN unnest(CAST(:tokens AS text[])) WITH ORDINALITY AS given (token, place) ON true
ORDER BY place""")  # noqa: S608  names, no values
# What counts as alike is a setting, and holds for this statement alone where there is no transaction: it is set first.
_NEAR = text("""
SELECT token, near.word
FROM set_config('pg_trgm.similarity_threshold', :likeness, true) AS likeness,
     unnest(CAST(:tokens AS text[])) AS given (token), LATERAL (
    SELECT word FROM search_word WHERE generation = :generation AND word % token AND likeness IS NOT NULL
    ORDER BY similarity(word, token) DESC, word LIMIT 40) AS near""")
_STEMS = text("SELECT unnest(ts_lexize('english_stem', word)) FROM unnest(CAST(:words AS text[])) AS given (word)")
# Text rank, the phrase itself in a title, and a little for being new; what only repeats others of its supplier comes
# after everything else. Freshness is counted from a fixed day and linear,
# so that the order of two products never changes by itself.
_RANK = """
    ts_rank(document, CAST(:tsquery AS tsquery))
    + CASE WHEN title_en ILIKE :phrase OR title_zh ILIKE :phrase THEN 0.3 ELSE 0 END
    + extract(epoch FROM published_at) / 31557600.0 * 0.03
    - CASE WHEN repeats THEN 9 ELSE 0 END"""
# With `+ 0` an index of generations, of which there is one or two, is not walked beside that of words.
_ORDER = text(f"""
{_LIVE} SELECT number, changes, (
    SELECT {packed("int4send(place)", "rank DESC, place DESC")}
    FROM (SELECT place, {_RANK} AS rank FROM product_search
          WHERE generation + 0 = (SELECT number FROM live) AND document @@ CAST(:tsquery AS tsquery)) AS holding)
FROM live""")  # noqa: S608  as above
_SINCE = text(f"""
{_LIVE} SELECT number, changes, place, holds
FROM live LEFT JOIN (
    SELECT place, document @@ CAST(:tsquery AS tsquery) AS holds FROM product_search
    WHERE generation = (SELECT number FROM live) AND changed > :changes
    ORDER BY changed LIMIT {FEW + 1}) AS changed ON true""")  # noqa: S608  as above
_BODIES = text(f"""
{_LIVE} SELECT number, changes, hit.*
FROM live LEFT JOIN (
    SELECT place, body_en, body_zh FROM product_search
    WHERE generation = (SELECT number FROM live) AND place = ANY (CAST(:places AS int[]))) AS hit ON true""")  # noqa: S608  as above


@dataclass(frozen=True, slots=True)
class Wanted:
    """A text's words as PostgreSQL looks for them, and the beginnings of words by which they are marked.

    stamp  of the index whose words were looked up
    """

    stamp: Stamp
    tsquery: str
    stems: tuple[str, ...]


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def _any(lexemes: Sequence[str], *, suffix: str = "") -> str:
    return "(" + " | ".join(_quoted(lexeme) + suffix for lexeme in dict.fromkeys(lexemes)) + ")"


async def _wanted(tx: AsyncSession, q: str) -> Wanted:
    """Every word of `q` must occur: as it stands or by its stem; an unknown one also as a beginning, or mended."""
    tokens = query_tokens(q)
    latin = [token for token in tokens if not CHINESE.search(token)]
    parts: dict[str, str] = {token: _any([token]) for token in tokens if token not in latin}
    stems = list(parts)
    stamp: Stamp = (0, 0)
    found: dict[str, tuple[list[str] | None, bool]] = {}
    for number, changes, token, lexemes, known in await tx.execute(_KNOWN, {"tokens": latin}):
        stamp = (number, changes)
        if token is not None:
            found[token] = (lexemes, known)
    mended = await _mended(tx, stamp[0], [token for token, (_stem, known) in found.items() if not known])
    for token, (lexemes, known) in found.items():
        if lexemes == []:  # a stop word: "the"
            continue
        forms = [token, *(lexemes or [])]
        parts[token] = _any(forms) if known else f"({_any(forms, suffix=':*')} | {_any([*forms, *mended[token]])})"
        stems += [*forms, *mended.get(token, ())]
    asked = [parts[token] for token in tokens if token in parts] or [_any(tokens)]
    return Wanted(stamp, " & ".join(asked), tuple(_beginnings(stems)))


async def _mended(tx: AsyncSession, generation: int, unknown: Sequence[str]) -> Mapping[str, list[str]]:
    """For each unknown word the stems of known words that differ from it by a slip."""
    near: dict[str, list[str]] = {token: [] for token in unknown}
    lost = [token for token in unknown if forgiven(token)]
    if not lost:
        return near
    for token, word in await tx.execute(_NEAR, {"generation": generation, "tokens": lost, "likeness": LIKENESS}):
        if distance(token, word) <= forgiven(token):
            near[token].append(word)
    for token, words in near.items():
        closest = sorted(words, key=lambda word: (distance(token, word), word))[:5]
        near[token] = [*closest, *(await tx.scalars(_STEMS, {"words": closest}) if closest else ())]
    return near


def _beginnings(stems: Sequence[str]) -> list[str]:
    """A stem that ends in `i` stands for words in `y` too: batteri, battery."""
    return list(dict.fromkeys(stem[:-1] if len(stem) > 3 and stem.endswith("i") else stem for stem in stems))


async def text_of(tx: AsyncSession, q: str, kept: Text | None) -> Text:
    """Where `q`, which has words, is found now. kept: an earlier answer, of use unless what changed touches it"""
    words = await _wanted(tx, q)
    if kept is not None and kept.tsquery == words.tsquery and (stamp := await _untouched(tx, kept)):
        return replace(kept, stamp=min(words.stamp, stamp))
    told = {"tsquery": words.tsquery, "phrase": f"%{q.strip()[:200].translate(LITERAL)}%"}
    row = (await tx.execute(_ORDER, told)).first()
    stamp, order = ((row[0], row[1]), unpacked("I", row[2])) if row else ((0, 0), array("I"))
    return Text(min(words.stamp, stamp), words.tsquery, words.stems, order, BitMap(order))


async def _untouched(tx: AsyncSession, kept: Text) -> Stamp | None:
    """The stamp until which little changed, and nothing that is found by this text or was."""
    generation, changes = kept.stamp
    rows = (await tx.execute(_SINCE, {"tsquery": kept.tsquery, "changes": changes})).all()
    if not rows or rows[0].number != generation or len(rows) > FEW:
        return None
    if any(row.holds or row.place in kept.places for row in rows if row.place is not None):
        return None
    return generation, rows[0].changes


LITERAL = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


async def live(tx: AsyncSession) -> Stamp:
    row = (await tx.execute(_STAMP)).first()
    return (row[0], row[1]) if row else (0, 0)


async def pieces(
    tx: AsyncSession, query: SearchQuery, found: Found, stems: Sequence[str]
) -> tuple[Stamp, dict[int, str]]:
    """The pieces of text that show what was found, by place, and the stamp of the live generation, whose places these
    must be.
    """
    stamp: Stamp = (0, 0)
    said: dict[int, str] = {}
    for number, changes, place, body_en, body_zh in await tx.execute(_BODIES, {"places": list(found.places)}):
        stamp = (number, changes)
        if place is not None:
            said[place] = piece(_said(query.locale, body_en, body_zh), stems)
    return stamp, said


def _said(locale: str, en: str, zh: str) -> str:
    return (zh or en) if locale.startswith("zh") else (en or zh)


async def suggest(tx: AsyncSession, typed: str, *, locale: str, limit: int) -> list[Suggestion]:
    """Titles that hold every word typed, the last one as a beginning."""
    tokens = query_tokens(typed)
    if not tokens or (len(tokens) == 1 and len(tokens[0]) < 2 and not CHINESE.search(tokens[0])):
        return []
    words = " & ".join([*(_any([token], suffix=":*A") for token in tokens)])
    tsquery = cast(bindparam("tsquery", words, SqlText), TSQUERY)
    number = select(SearchGeneration.number).where(SearchGeneration.live).scalar_subquery()
    some = (
        select(P.product_id, P.title_en, P.title_zh, P.document)
        .where(P.generation + 0 == number, P.document.op("@@")(tsquery))
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
