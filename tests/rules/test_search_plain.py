"""The index beside a plain search in Python that looks at every product: hundreds of products, changes and queries."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import text

from listings.search.index import FACETS, Document, SearchQuery, Sort
from listings.search.postgres import PostgresIndex
from tests.rules.test_search_contract import DAY, document

PRODUCTS, ROUNDS, QUERIES = 240, 5, 80
KINDS = ("mug", "lamp", "chair", "pump", "shelf")
STUFFS = ("oak", "steel", "cork", "glass", "wool")
"""Words that are their own stems, and too unlike to be taken for slips of each other."""
COUNTRIES, INCOTERMS, CERTIFICATES = ("CN", "DE", "VN"), ("FOB", "CIF", "EXW"), ("CE", "LFGB", "RoHS", "GOTS")
CATEGORIES, TRAITS = ("mugs", "vases", "cables"), ("size=s", "size=l", "dimmable=yes", "dimmable=no")
PLACES = text("""
SELECT product_id, place FROM product_search
WHERE generation = (SELECT number FROM search_generation WHERE live) AND NOT gone""")
RANKED = text("""
SELECT product_id FROM product_search
WHERE generation = (SELECT number FROM search_generation WHERE live) AND document @@ CAST(:words AS tsquery)
ORDER BY ts_rank(document, CAST(:words AS tsquery))
         + CASE WHEN title_en ILIKE '%' || :phrase || '%' THEN 0.3 ELSE 0 END
         + extract(epoch FROM published_at) / 31557600.0 * 0.03 - CASE WHEN repeats THEN 9 ELSE 0 END DESC,
         place DESC""")


def some(chance: Random, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(chance.sample(values, chance.randrange(len(values)))))


def product(chance: Random, number: int, version: int) -> Document:
    """Many have the same price, quantity or moment."""
    low = Decimal(chance.randrange(1, 40)) / 8
    return document(
        UUID(int=number),
        version=version,
        category=chance.choice(CATEGORIES),
        country=chance.choice(COUNTRIES),
        title_en=f"{chance.choice(STUFFS)} {chance.choice(KINDS)}",
        title_zh="",
        body_en=" ".join(chance.choices(STUFFS + KINDS, k=3)),
        body_zh="",
        words_en=chance.choice(KINDS),
        words_zh="",
        currency=chance.choice(("USD", "USD", "EUR")),
        price_low=low,
        price_high=low + chance.choice((0, Decimal("0.125"), 2)),
        moq=Decimal(chance.choice((1, 10, 100))),
        incoterms=some(chance, INCOTERMS),
        certificates=some(chance, CERTIFICATES),
        traits=some(chance, TRAITS),
        published_at=DAY + timedelta(days=chance.randrange(30)),
        verified_at=DAY + timedelta(days=chance.randrange(9)) if chance.random() < 0.6 else None,
        repeats=chance.random() < 0.1,
    )


def query(chance: Random) -> SearchQuery:
    def bound(value, share=0.2):
        return value if chance.random() < share else None

    def facet(values):
        return tuple(sorted(chance.sample(values, chance.choice((1, 1, 2))))) if chance.random() < 0.25 else ()

    return SearchQuery(
        q=" ".join(chance.sample(STUFFS, 1) + chance.sample(KINDS, chance.randrange(2))) * (chance.random() < 0.6),
        categories=facet(CATEGORIES),
        countries=facet(COUNTRIES),
        incoterms=facet(INCOTERMS),
        certificates=facet(CERTIFICATES),
        traits=facet(TRAITS),
        currency=chance.choice(("", "", "USD", "EUR")),
        price_min=bound(Decimal(chance.randrange(30)) / 7),
        price_max=bound(Decimal(chance.randrange(20, 50)) / 8),
        moq_max=bound(Decimal(chance.choice((1, 10, 50)))),
        verified_since=bound(DAY + timedelta(days=chance.randrange(9))),
        sort=chance.choice(list(Sort)),
        page=chance.randrange(1, 4),
        per_page=chance.choice((5, 24)),
    )


FILTERS = {
    "category": lambda d, chosen: d.category in chosen,
    "country": lambda d, chosen: d.country in chosen,
    "incoterm": lambda d, chosen: bool(set(d.incoterms) & set(chosen)),
    "certificate": lambda d, chosen: bool(set(d.certificates) & set(chosen)),
    "trait": lambda d, chosen: bool(set(d.traits) & set(chosen)),
}
VALUES = {
    "category": lambda d: [d.category],
    "country": lambda d: [d.country],
    "incoterm": lambda d: d.incoterms,
    "certificate": lambda d: d.certificates,
}


def attribute(key: str):
    return lambda d: [trait for trait in d.traits if trait.startswith(f"{key}=")]


@dataclass
class Plain:
    """All products, and what PostgreSQL says of them: their places, and for a text their order."""

    products: dict[UUID, Document]
    places: dict[UUID, int]
    ranked: list[UUID]

    def search(self, q: SearchQuery):
        """Ids of the page, how many there are, and counts by facet."""
        base = [d for d in self.products.values() if self._bounded(d, q)]
        chosen = q.chosen()

        def fitting(but: str = "") -> list[Document]:
            others = {name: values for name, values in chosen.items() if name != but}
            return [
                d for d in base if all(FILTERS[name.partition(":")[0]](d, values) for name, values in others.items())
            ]

        values = dict(VALUES)
        if len(q.categories) == 1:
            for key in ("size", "dimmable"):
                values[f"trait:{key}"] = attribute(key)
        facets = {name: count(fitting(name), told) for name, told in values.items()}
        found = sorted(fitting(), key=lambda d: self._key(d, q))
        page = [d.product_id for d in found[(q.page - 1) * q.per_page :][: q.per_page]]
        return page, len(found), {name: counts for name, counts in facets.items() if counts or name in FACETS}

    def _bounded(self, d: Document, q: SearchQuery) -> bool:
        return (
            set(q.q.split()) <= set(f"{d.title_en} {d.body_en} {d.words_en}".split())
            and (not q.currency or d.currency == q.currency)
            and (q.price_min is None or d.price_high >= q.price_min)
            and (q.price_max is None or d.price_low <= q.price_max)
            and (q.moq_max is None or d.moq <= q.moq_max)
            and (q.verified_since is None or (d.verified_at is not None and d.verified_at >= q.verified_since))
        )

    def _key(self, d: Document, q: SearchQuery):
        place = self.places[d.product_id]
        if q.sort is Sort.RELEVANCE and q.q:
            return self.ranked.index(d.product_id)
        if q.sort in (Sort.PRICE, Sort.MOQ):
            return (d.price_low if q.sort is Sort.PRICE else d.moq, place)
        return (DAY - d.published_at, -place)


def count(products, values):
    counts: dict[str, int] = {}
    for d in products:
        for value in values(d):
            counts[value] = counts.get(value, 0) + 1
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


async def change(chance: Random, index: PostgresIndex, products: dict[UUID, Document], turn: int) -> None:
    """Some are written anew, some removed, and once all is built anew."""
    put = [product(chance, number, turn) for number in chance.sample(range(PRODUCTS), 25)]
    await index.put(put)
    products.update({d.product_id: d for d in put})
    gone = chance.sample(sorted(products), 12)
    await index.remove(gone)
    for product_id in gone:
        del products[product_id]
    if turn == ROUNDS // 2:
        await index.begin()
        await index.fill(list(products.values()))
        await index.swap()


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_answer_is_that_of_looking_at_all_products(db, seed):
    chance = Random(seed)  # noqa: S311  to be repeated
    following, reader = PostgresIndex(db), PostgresIndex(db)
    products = {UUID(int=n): product(chance, n, 0) for n in range(PRODUCTS)}
    await following.put(list(products.values()))
    met = 0
    for turn in range(ROUNDS):
        async with db.reading() as tx:
            places = dict(iter(await tx.execute(PLACES)))
            for _ in range(QUERIES):
                asked = query(chance)
                words = " & ".join(f"'{word}'" for word in asked.q.split())
                ranked = list(await tx.scalars(RANKED, {"words": words, "phrase": asked.q})) if words else []
                page, total, facets = Plain(products, places, ranked).search(asked)
                for index in (following, reader):
                    told = await index.search(tx, asked)
                    assert [hit.product_id for hit in told.hits] == page, asked
                    assert told.total == total, asked
                    assert {name: list(counts) for name, counts in told.facets.items()} == facets, asked
                met += bool(page)
        await change(chance, following, products, turn + 1)
    assert met > ROUNDS * QUERIES // 3
