"""A search as one SQL statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import TextClause, text

from listings.search.index import FACETS, Sort


@dataclass(frozen=True, slots=True)
class Shape:
    """What the SQL of a search depends on. Nothing the reader chose stands in it: all of that is in its values.

    base    names of `_BASE`: what every result must fulfil, facets aside
    chosen  kinds of the facets in force, in order; "trait" once for each attribute
    """

    base: tuple[str, ...]
    chosen: tuple[str, ...]
    sort: Sort
    traits: bool
    snippets: bool

    @property
    def under_all(self) -> dict[int, str]:
        """The facets counted under every filter, by what `grouping` tells of them."""
        kinds = [kind for kind in FACETS if kind not in self.chosen] + ["trait"] * self.traits
        whole = 2 ** len(kinds) - 1
        return {whole - 2**place: kind for place, kind in enumerate(reversed(kinds))}


_BASE = {
    "tsquery": "document @@ CAST(:tsquery AS tsquery)",
    "currency": "currency = :currency",
    "price_min": "price_high >= :price_min",
    "price_max": "price_low <= :price_max",
    "moq_max": "moq <= :moq_max",
    "verified_since": "verified_at >= :verified_since",
}
_COLUMNS = {
    "category": "category",
    "country": "country",
    "incoterm": "incoterms",
    "certificate": "certificates",
    "trait": "traits",
}
_SINGLE = ("category", "country")
# Total orders, so that pages neither repeat nor lose a product.
_ORDERS = {
    Sort.RELEVANCE: "rank DESC, product_id DESC",
    Sort.NEWEST: "published_at DESC, product_id DESC",
    Sort.PRICE: "price_low, product_id",
    Sort.MOQ: "moq, product_id",
}
# Text rank, the phrase itself in a title, and a little for being new; what only repeats others of its supplier comes
# after everything else. Freshness is counted from a fixed day and linear,
# so that the order of two products never changes by itself.
_RANK = """
    ts_rank(document, CAST(:tsquery AS tsquery))
    + CASE WHEN title_en ILIKE :phrase OR title_zh ILIKE :phrase THEN 0.3 ELSE 0 END
    + extract(epoch FROM published_at) / 31557600.0 * 0.03
    - CASE WHEN repeats THEN 9 ELSE 0 END"""
_BY = {Sort.RELEVANCE: "rank", Sort.NEWEST: "published_at", Sort.PRICE: "price_low", Sort.MOQ: "moq"}

ALL, HITS, LIVE = -1, -2, -3
"""Parts of the answer; those from 0 are counts of the facets in force."""


@lru_cache(maxsize=256)
def statement(shape: Shape) -> TextClause:
    """Everything that matches is read once; counts and the page are taken from that.

    A facet in force is counted without its own filter, so what fails that one filter is read too, but only as much of
    it as is counted. Rows: part, which facet or generation, value or values, count or place or changes, and of a hit
    its product, titles and texts. Written by hand: it is PostgreSQL's alone, and to put expressions together for each
    new search took longer than to answer it.
    """
    flags = [f"fits_{place}" for place in range(len(shape.chosen))]
    fits = " AND ".join(flags) or "true"
    counts = [_under_all(shape, fits)]
    for place, kind in enumerate(shape.chosen):
        if kind == "trait" and not shape.traits:
            continue
        others = " AND ".join(flag for flag in flags if flag != flags[place]) or "true"
        counted = f"SELECT {place}, 0, {_value([kind])}, {_values([kind])}, count(*)"
        counts.append(f"{counted} FROM matched WHERE {others} GROUP BY {_COLUMNS[kind]}")
    order = _ORDERS[shape.sort]
    bodies = "body_en, body_zh" if shape.snippets else "'', ''"
    return text(f"""
        WITH live AS (SELECT number, changes FROM search_generation WHERE live),
        matched AS MATERIALIZED ({_matched(shape, flags, fits)}),
        best AS MATERIALIZED (
            SELECT product_id, {_BY[shape.sort]} FROM matched WHERE {fits}
            ORDER BY {order} OFFSET :offset LIMIT :per_page),
        hits AS (SELECT product_id, row_number() OVER (ORDER BY {order}) AS place FROM best)
        SELECT {LIVE}, number, CAST(NULL AS text), CAST(NULL AS text[]), changes, CAST(NULL AS uuid), '', '', '', ''
        FROM live
        UNION ALL SELECT *, NULL, '', '', '', '' FROM ({" UNION ALL ".join(counts)}) AS counted
        UNION ALL SELECT {HITS}, 0, NULL, NULL, place, product_id, title_en, title_zh, {bodies}
        FROM hits JOIN product_search USING (product_id) WHERE generation = (SELECT number FROM live)""")  # noqa: S608


def _matched(shape: Shape, flags: Sequence[str], fits: str) -> str:
    """What fulfils all but one of the facets in force; of what fails one, no more than is counted."""
    needed = {_COLUMNS[kind] for kind in shape.chosen}

    def column(sql: str, name: str) -> str:
        return sql if name in needed else f"CASE WHEN {fits} THEN {sql} END AS {name}"

    conditions = "".join(f", {_fits(kind, place)} AS {flags[place]}" for place, kind in enumerate(shape.chosen))
    base = " AND ".join(["generation = (SELECT number FROM live)", *(_BASE[name] for name in shape.base)])
    read = [name for name in _COLUMNS.values() if name != "traits" or shape.traits or name in needed]
    columns = [column(name, name) for name in ("product_id", *read)]
    columns.append(column(_RANK if shape.sort is Sort.RELEVANCE else _BY[shape.sort], _BY[shape.sort]))
    failing = " + ".join(f"CAST(NOT {flag} AS int)" for flag in flags)
    nearly = f"WHERE {failing} <= 1" if len(flags) > 1 else ""
    return f"""
        SELECT {", ".join([*columns, *flags])}
        FROM (SELECT *{conditions} FROM product_search WHERE {base} OFFSET 0) AS candidates {nearly}"""  # noqa: S608


def _fits(kind: str, place: int) -> str:
    return f"{_COLUMNS[kind]} {'= ANY' if kind in _SINGLE else '&&'} (CAST(:chosen_{place} AS text[]))"


def _under_all(shape: Shape, fits: str) -> str:
    """The total, and each facet that is not in force: one pass counts them together."""
    kinds = list(shape.under_all.values())
    names = [_COLUMNS[kind] for kind in kinds]
    if not kinds:
        return f"SELECT {ALL}, 0, CAST(NULL AS text), CAST(NULL AS text[]), count(*) FROM matched WHERE {fits}"  # noqa: S608
    sets = ", ".join(["()", *(f"({name})" for name in names)])
    return f"""
        SELECT {ALL}, grouping({", ".join(reversed(names))}), {_value(kinds)}, {_values(kinds)}, count(*)
        FROM matched WHERE {fits} GROUP BY GROUPING SETS ({sets})"""  # noqa: S608


def _value(kinds: Sequence[str]) -> str:
    single = [f"CAST({_COLUMNS[kind]} AS text)" for kind in kinds if kind in _SINGLE]
    return f"coalesce({', '.join(single)})" if single else "CAST(NULL AS text)"


def _values(kinds: Sequence[str]) -> str:
    several = [_COLUMNS[kind] for kind in kinds if kind not in _SINGLE]
    return f"coalesce({', '.join(several)})" if several else "CAST(NULL AS text[])"
