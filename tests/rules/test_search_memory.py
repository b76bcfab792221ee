"""What processes remember of PostgreSQL's index: as true at each search as if it were read anew, and read seldom."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from listings.search import reading
from listings.search.index import SearchQuery, SearchResult
from listings.search.models import ProductSearch
from listings.search.postgres import PostgresIndex
from tests.queries import count_queries
from tests.rules.test_search_contract import CABLE, GOODS, LAMP, MUG, STRIP, document, ids

GIN = {"names": ["ix_product_search_document", "ix_search_word_trgm"]}


@pytest.fixture
async def one(db) -> PostgresIndex:
    """The index as one process knows it, with four products."""
    index = PostgresIndex(db)
    await index.put(GOODS)
    return index


@pytest.fixture
def other(db) -> PostgresIndex:
    """The same index in another process."""
    return PostgresIndex(db)


async def ask(index: PostgresIndex, **query) -> SearchResult:
    async with index._db.reading() as tx:
        return await index.search(tx, SearchQuery(**query))


def numbered(numbers: Iterable[int], **changes):
    return [document(UUID(int=1000 + n), title_en=f"Wooden spoon {n}", **changes) for n in numbers]


async def test_a_search_is_one_statement_and_a_new_text_two_more(one, db):
    await ask(one)
    with count_queries(db) as sent:
        await ask(one, q="ceramic mug", countries=("CN",))
    assert len(sent) == 3
    with count_queries(db) as sent:
        await ask(one, q="ceramic mug", incoterms=("FOB",), page=2)
        await ask(one, categories=("cables",))
    assert len(sent) == 2


async def test_every_process_sees_a_change_at_its_next_search(one, other):
    assert (await ask(one)).total == (await ask(other)).total == 4
    assert ids(await ask(other, q="mug")) == [MUG]
    for number, (change, found) in enumerate(
        [
            (one.put([document(MUG, version=2, country="VN")]), {MUG}),
            (one.put([document(STRIP, version=2, country="VN", title_en="A mug")]), {MUG, STRIP}),
            (other.remove([MUG]), {STRIP}),
            (one.put([document(MUG, version=2, country="VN")]), {MUG, STRIP}),
            (other.put([document(STRIP, version=3, country="VN", title_en="LED strip", words_en="")]), {MUG}),
        ]
    ):
        await change
        for index in (one, other):
            assert set(ids(await ask(index, q="mug", countries=("VN",)))) == found, number


async def test_a_text_is_not_ranked_again_for_what_has_nothing_to_do_with_it(one, db):
    def ranked(sent: list[str]) -> int:
        return sum("ts_rank" in statement for statement in sent)

    await ask(one, q="ceramic")
    with count_queries(db) as sent:
        await one.put([document(STRIP, version=2, title_en="LED strip", body_en="", words_en="", moq=1)])
        assert ids(await ask(one, q="ceramic")) == [MUG, LAMP]
    assert ranked(sent) == 0
    with count_queries(db) as sent:
        await one.put([document(LAMP, version=2, title_en="Ceramic ceramic lamp", published_at=GOODS[1].published_at)])
        assert ids(await ask(one, q="ceramic"))[0] == LAMP
    assert ranked(sent) == 1


@pytest.mark.parametrize("many", [reading.FEW - 1, reading.FEW, reading.FEW + 1, 3 * reading.FEW])
async def test_many_changes_at_once_are_followed_like_few(one, other, many):
    assert (await ask(one)).total == 4
    await other.put(numbered(range(many), category="tableware"))
    for index in (one, other):
        result = await ask(index, categories=("tableware",), per_page=7)
        assert (result.total, len(result.hits)) == (many, 7)
    await other.remove([UUID(int=1000 + n) for n in range(0, many, 2)])
    for index in (one, other):
        assert (await ask(index, categories=("tableware",))).total == many // 2
        assert (await ask(index, q="spoon")).total == many // 2


async def test_what_is_written_stands_in_the_index_at_once(db):
    """Every search would walk the list of what does not."""
    async with db.reading() as tx:
        options = await tx.execute(text("SELECT relname, reloptions FROM pg_class WHERE relname = ANY (:names)"), GIN)
    assert {tuple(row.reloptions or ()) for row in options} == {("fastupdate=off",)}


async def test_what_is_removed_leaves_no_words(one, db):
    await one.remove([MUG])
    async with db.reading() as tx:
        row = await tx.scalar(select(ProductSearch).where(ProductSearch.product_id == MUG))
    assert {row.title_en, row.title_zh, row.body_en, row.body_zh, row.document} == {""}


async def test_places_have_no_gaps_though_many_write_at_once(one, other, db):
    await one.begin()
    await asyncio.gather(
        one.put(numbered(range(40))),
        other.put(numbered(range(20, 60), version=2)),
        one.fill(numbered(range(10, 70))),
        other.remove([UUID(int=99), MUG]),
        other.fill(GOODS),
        one.put(numbered(range(5, 8), version=3)),
    )
    async with db.reading() as tx:
        rows = (await tx.execute(select(ProductSearch.generation, ProductSearch.place))).all()
    for generation in (0, 1):
        places = sorted(place for number, place in rows if number == generation)
        assert places == list(range(len(places)))
    await one.swap()
    assert (await ask(one, q="spoon")).total == (await ask(other, q="spoon")).total == 70


async def test_searches_while_it_changes_and_is_built_anew(one, other):
    """Each answer holds together; whose products always have the text is found each time."""
    done = asyncio.Event()

    async def change() -> None:
        for turn in range(6):
            await one.begin()
            await one.fill(GOODS)
            await other.put(numbered(range(turn * 5, turn * 5 + 5)))
            await one.fill(numbered(range(turn * 5 + 5)))
            await one.swap()
            await other.put([document(CABLE, version=turn + 2, title_en=f"Spoon of turn {turn}")])
        done.set()

    async def look(index: PostgresIndex) -> int:
        asked = 0
        while not done.is_set():
            result = await ask(index, q="ceramic lamp", sort="newest")
            assert (ids(result), result.total) == ([LAMP], 1)
            every = await ask(index, per_page=100)
            assert every.total == sum(count for _value, count in every.facets["category"])
            assert len(set(ids(every))) == len(every.hits)
            asked += 1
        return asked

    _done, *asked = await asyncio.gather(change(), *(look(index) for index in (one, other, one)))
    assert min(asked) > 0
    assert (await ask(one, q="spoon")).total == (await ask(other, q="spoon")).total == 31


@pytest.mark.parametrize("back", ["changes = 0", "number = number - 1"])
async def test_an_older_database_that_was_restored_is_believed(one, db, back):
    for turn in range(2):
        await one.begin()
        await one.fill(GOODS[turn:])
        await one.swap()
    await one.put([document(MUG, version=2)])
    assert (await ask(one)).total == 4
    async with db.transaction() as tx:
        await tx.execute(update(ProductSearch).where(ProductSearch.product_id != LAMP).values(gone=True, document=""))
        await tx.execute(text(f"UPDATE search_generation SET {back}"))  # noqa: S608  ours
        if "number" in back:
            await tx.execute(update(ProductSearch).values(generation=ProductSearch.generation - 1))
    assert ids(await ask(one)) == [LAMP]


async def test_all_that_wait_for_the_first_reading_share_it(one, other, db):
    with count_queries(db) as sent:
        found = await asyncio.gather(*(ask(other, countries=("CN",)) for _ in range(8)))
    assert {result.total for result in found} == {3}
    assert sum("int8send" in statement for statement in sent) == 1
    assert len(sent) == 9
