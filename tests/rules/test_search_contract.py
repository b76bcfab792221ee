"""What every search index must do, whichever stands behind the protocol."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from listings.search.index import Document, SearchIndex, SearchQuery, Sort
from listings.search.marking import marked
from listings.search.meili import MeiliIndex
from listings.search.postgres import PostgresIndex

DAY = datetime(2026, 10, 1, tzinfo=UTC)
MUG, LAMP, CABLE, STRIP = (UUID(int=n) for n in range(1, 5))


def document(product_id: UUID, **changes) -> Document:
    plain = Document(
        product_id=product_id,
        version=1,
        category="mugs",
        country="CN",
        title_en="Ceramic mug with bamboo lid",
        title_zh="陶瓷马克杯 竹盖",
        body_en="White glazed stoneware, packed in a gift box.",
        body_zh="白釉炻器，礼盒包装。",
        words_en="Mugs and cups Ceramics Stoneware Jingdezhen Kiln Co., Ltd.",
        words_zh="马克杯与杯具 陶瓷 炻器",
        currency="USD",
        price_low=Decimal("0.985"),
        price_high=Decimal("1.25"),
        moq=Decimal(500),
        incoterms=("FOB", "CIF"),
        certificates=("LFGB",),
        traits=("ceramic_body=stoneware", "dishwasher_safe=yes"),
        published_at=DAY,
    )
    return replace(plain, **changes)


GOODS = [
    document(MUG),
    document(
        LAMP,
        category="table-lamps",
        country="DE",
        title_en="Oak table lamp",
        title_zh="橡木台灯",
        body_en="A lamp of solid oak with a dimmer. Not ceramic.",
        body_zh="实木台灯，可调光。",
        words_en="Table and desk lamps Lighting",
        words_zh="台灯 照明灯具",
        currency="EUR",
        price_low=Decimal(14),
        price_high=Decimal("18.5"),
        moq=Decimal(50),
        incoterms=("EXW",),
        certificates=("CE", "RoHS"),
        traits=("dimmable=yes",),
        published_at=DAY + timedelta(days=2),
        verified_at=DAY,
    ),
    document(
        CABLE,
        category="cables",
        title_en="USB-C cable <2 m> & braided",
        title_zh="",
        body_en="Nylon braid, 100 W.",
        body_zh="",
        words_en="Cables Electronics",
        words_zh="线缆 电子",
        price_low=Decimal("0.8"),
        price_high=Decimal("1.1"),
        moq=Decimal(1000),
        incoterms=("FOB",),
        certificates=("CE",),
        traits=(),
        published_at=DAY + timedelta(days=1),
    ),
    document(
        STRIP,
        category="led-strips",
        title_en="LED strip 5 m",
        title_zh="LED灯带 5米",
        body_en="24 V, 60 LEDs a metre.",
        body_zh="24伏，每米60灯珠。",
        words_en="LED strips Lighting",
        words_zh="LED 灯带 照明灯具",
        price_low=Decimal("2.1"),
        price_high=Decimal("2.6"),
        moq=Decimal(100),
        incoterms=("FOB", "DDP"),
        certificates=(),
        traits=("ip_rating=ip65",),
        published_at=DAY - timedelta(days=3),
    ),
]


@pytest.fixture(params=["postgres", "meilisearch"])
async def index(request, db) -> AsyncIterator[SearchIndex]:
    if request.param == "postgres":
        found: SearchIndex = PostgresIndex(db)
    elif url := os.environ.get("PORTOLAN_TEST_MEILISEARCH_URL"):
        found = MeiliIndex(url, os.environ.get("PORTOLAN_TEST_MEILISEARCH_KEY", ""), name=f"test_{os.getpid()}")
        await found.begin()
        await found.swap()
    else:
        pytest.skip("needs PORTOLAN_TEST_MEILISEARCH_URL")
    await found.put(GOODS)
    yield found
    await found.remove([good.product_id for good in GOODS])


@pytest.fixture
def search(index, db):
    async def run(**query):
        async with db.reading() as tx:  # as pages read
            return await index.search(tx, SearchQuery(**query))

    return run


def ids(result) -> list[UUID]:
    return [hit.product_id for hit in result.hits]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("ceramic mug", [MUG]),
        ("mugs", [MUG]),
        ("MUG", [MUG]),
        ("ceramc mug", [MUG]),
        ("cermaic", [MUG, LAMP]),
        ("lapm", [LAMP]),
        ("ceram", [MUG, LAMP]),
        ("jingdezhen", [MUG]),
        ("陶瓷", [MUG]),
        ("陶瓷马克杯", [MUG]),
        ("台灯", [LAMP]),
        ("led 灯带", [STRIP]),
        ("LED灯带", [STRIP]),
        ("usb-c", [CABLE]),
        ("oak mug", []),
        ("wheelbarrow", []),
        ("???", []),
        ("%", []),
        ("mug' OR 1=1 --", []),
        ("mug & | ! ( ) : *", [MUG]),
        ("🛠️", []),
    ],
)
async def test_words(search, q, found):
    result = await search(q=q)
    assert ids(result) == found
    assert result.total == len(found)


async def test_the_better_match_comes_first(search):
    assert ids(await search(q="ceramic")) == [MUG, LAMP]


async def test_what_only_repeats_others_comes_last_by_relevance_alone(index, search):
    again = UUID(int=5)
    await index.put([document(again, repeats=True, published_at=DAY + timedelta(days=9))])
    assert ids(await search(q="ceramic")) == [MUG, LAMP, again]
    assert ids(await search(q="ceramic mug", sort=Sort.NEWEST)) == [again, MUG]
    await index.put([document(again, version=2, published_at=DAY + timedelta(days=9))])
    assert ids(await search(q="ceramic mug")) == [again, MUG]
    await index.remove([again])


async def test_everything_newest_first_without_words(search):
    assert ids(await search()) == [LAMP, CABLE, MUG, STRIP]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (Sort.NEWEST, [LAMP, CABLE, MUG, STRIP]),
        (Sort.PRICE, [CABLE, MUG, STRIP, LAMP]),
        (Sort.MOQ, [LAMP, STRIP, MUG, CABLE]),
    ],
)
async def test_sorts(search, sort, order):
    assert ids(await search(sort=sort)) == order


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"categories": ("mugs", "cables")}, {MUG, CABLE}),
        ({"countries": ("DE",)}, {LAMP}),
        ({"incoterms": ("DDP", "EXW")}, {LAMP, STRIP}),
        ({"certificates": ("CE",)}, {LAMP, CABLE}),
        ({"certificates": ("CE",), "countries": ("CN",)}, {CABLE}),
        ({"currency": "USD", "price_max": Decimal(1)}, {MUG, CABLE}),
        ({"currency": "USD", "price_min": Decimal("1.2"), "price_max": Decimal(2)}, {MUG}),
        ({"currency": "EUR"}, {LAMP}),
        ({"moq_max": Decimal(100)}, {LAMP, STRIP}),
        ({"verified_since": DAY - timedelta(days=1)}, {LAMP}),
        ({"verified_since": DAY + timedelta(days=1)}, set()),
        ({"traits": ("ip_rating=ip65", "ip_rating=ip20")}, {STRIP}),
        ({"traits": ("ip_rating=ip65", "dimmable=yes")}, set()),
        ({"certificates": ('O\'Neill "x" \\',)}, set()),
        ({"categories": ("mugs",), "traits": ("ceramic_body=stoneware", "dishwasher_safe=yes")}, {MUG}),
        ({"categories": ("mugs",), "traits": ("x', (SELECT 1), 2 --=1", 'a:b"=c')}, set()),
    ],
)
async def test_filters(search, filters, found):
    result = await search(**filters)
    assert set(ids(result)) == found
    assert result.total == len(found)


async def test_a_facet_is_counted_under_the_other_filters(search):
    facets = (await search(certificates=("CE",))).facets
    assert dict(facets["certificate"]) == {"CE": 2, "LFGB": 1, "RoHS": 1}
    assert dict(facets["country"]) == {"CN": 1, "DE": 1}
    assert dict(facets["category"]) == {"cables": 1, "table-lamps": 1}
    both = (await search(certificates=("CE",), countries=("CN",))).facets
    assert dict(both["certificate"]) == {"CE": 1, "LFGB": 1}
    assert dict(both["country"]) == {"CN": 1, "DE": 1}


async def test_attributes_are_counted_within_one_category(search):
    facets = (await search(categories=("mugs",))).facets
    assert dict(facets["trait:ceramic_body"]) == {"ceramic_body=stoneware": 1}
    for everywhere in ({}, {"traits": ("ip_rating=ip65",)}):
        assert not [name for name in (await search(**everywhere)).facets if name.startswith("trait:")]


async def test_a_chosen_attribute_is_counted_under_the_other_filters(search):
    chosen = {"categories": ("mugs",), "traits": ("ceramic_body=porcelain", "dishwasher_safe=yes")}
    facets = (await search(**chosen)).facets
    assert dict(facets["trait:ceramic_body"]) == {"ceramic_body=stoneware": 1}
    assert not dict(facets.get("trait:dishwasher_safe", ()))
    assert not dict(facets["country"])


async def test_every_facet_may_be_in_force_at_once(search):
    every = {"categories": ("cables",), "countries": ("CN",), "incoterms": ("FOB",), "certificates": ("CE",)}
    result = await search(**every)
    assert ids(result) == [CABLE]
    assert result.total == 1
    facets = {name: dict(counts) for name, counts in result.facets.items()}
    assert facets == {
        "category": {"cables": 1},
        "country": {"CN": 1},
        "incoterm": {"FOB": 1},
        "certificate": {"CE": 1},
    }


async def test_several_values_of_one_facet_are_counted_together_with_the_others(search):
    result = await search(countries=("CN",), incoterms=("DDP", "CIF"), sort=Sort.PRICE)
    assert ids(result) == [MUG, STRIP]
    facets = {name: dict(counts) for name, counts in result.facets.items()}
    assert facets == {
        "category": {"led-strips": 1, "mugs": 1},
        "country": {"CN": 2},
        "incoterm": {"CIF": 1, "DDP": 1, "FOB": 3},
        "certificate": {"LFGB": 1},
    }


async def test_price_bounds_are_exact_and_of_one_currency(search):
    def priced(low, high, currency="USD"):
        return search(currency=currency, price_min=low and Decimal(low), price_max=high and Decimal(high))

    assert set(ids(await priced("1.25", None))) == {MUG, STRIP}
    assert set(ids(await priced("1.2500001", None))) == {STRIP}
    assert set(ids(await priced(None, "0.985"))) == {MUG, CABLE}
    assert set(ids(await priced(None, "0.9849999"))) == {CABLE}
    assert ids(await priced("18.5", "18.5", "EUR")) == [LAMP]
    assert ids(await priced("18.5", "18.5")) == []


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("q", ["", "ceramic"])
async def test_pages_of_equals_are_stable(index, search, sort, q):
    many = [UUID(int=100 + n) for n in range(9)]
    await index.put([document(product_id) for product_id in many])
    pages = [ids(await search(q=q, sort=sort, countries=("CN",), page=n, per_page=3)) for n in range(1, 6)]
    assert pages == [ids(await search(q=q, sort=sort, countries=("CN",), page=n, per_page=3)) for n in range(1, 6)]
    shown = [product_id for page in pages for product_id in page]
    assert len(shown) == len(set(shown)) == (await search(q=q, countries=("CN",))).total
    assert set(many) < set(shown)
    await index.remove(many)


async def test_pages_neither_repeat_nor_lose(search):
    pages = [ids(await search(page=n, per_page=1)) for n in range(1, 6)]
    assert pages == [[LAMP], [CABLE], [MUG], [STRIP], []]
    assert (await search(page=5, per_page=1)).total == 4


async def test_marks_what_was_found_and_escapes_the_rest(search):
    cable, mug = GOODS[2], GOODS[0]
    told = await search(q="cables")
    assert ids(told) == [CABLE]
    assert marked(cable.title_en, told.marks) == "USB-C <mark>cable</mark> &lt;2 m&gt; &amp; braided"
    told = await search(q="陶瓷", locale="zh-Hans")
    assert "<mark>陶瓷</mark>" in marked(mug.title_zh, told.marks)
    told = await search(q="nylon", locale="zh-Hans")
    assert "<mark>Nylon</mark>" in told.hits[0].snippet_html
    assert marked(cable.title_en, told.marks) == marked(cable.title_en, ())
    told = await search(q="ceramc mug", snippets=False)
    assert "<mark>" in marked(mug.title_en, told.marks)  # a slip is mended, and what was meant is marked
    assert told.hits[0].snippet_html == ""


@pytest.mark.parametrize(("typed", "found"), [("cer", [MUG]), ("oak ta", [LAMP]), ("陶", [MUG]), ("led st", [STRIP])])
async def test_suggests_what_continues(index, db, typed, found):
    async with db.reading() as tx:
        told = await index.suggest(tx, typed, locale="en")
    assert [entry.product_id for entry in told] == found


async def test_a_newer_version_replaces_and_an_older_does_not(index, search):
    await index.put([document(MUG, version=3, title_en="Porcelain cup", title_zh="瓷杯", body_en="", words_en="")])
    assert ids(await search(q="porcelain")) == [MUG]
    assert ids(await search(q="bamboo")) == []


async def test_a_word_learned_later_mends_an_earlier_typo(index, search):
    assert ids(await search(q="procelain")) == []
    await index.put([document(MUG, version=2, title_en="Porcelain cup")])
    assert ids(await search(q="procelain")) == [MUG]


async def test_a_text_asked_before_knows_what_changed_since(index, search):
    found = {"q": "ceramic", "currency": "USD"}
    assert ids(await search(**found)) == [MUG]
    await index.put([document(MUG, version=2, currency="EUR")])
    assert ids(await search(**found)) == []
    await index.put([document(CABLE, version=2, title_en="Ceramic cable"), document(MUG, version=3, title_en="Mug")])
    assert set(ids(await search(**found))) == {CABLE, MUG}
    assert ids(await search(q="ceramic"))[0] == CABLE
    await index.put([document(CABLE, version=3, title_en="A", title_zh="", body_en="", words_en="")])
    assert ids(await search(**found)) == [MUG]


async def test_removed_is_gone(index, search):
    assert ids(await search(q="mug")) == [MUG]
    await index.remove([MUG, UUID(int=99)])
    assert ids(await search(q="mug")) == []
    result = await search()
    assert result.total == 3
    assert dict(result.facets["category"]) == {"cables": 1, "led-strips": 1, "table-lamps": 1}


async def test_what_was_removed_may_come_back(index, search):
    await index.put([document(MUG, version=7)])
    await index.remove([MUG])
    await index.put([document(MUG, version=3, title_en="Porcelain cup", country="VN")])
    assert ids(await search(q="porcelain", countries=("VN",))) == [MUG]
    assert (await search()).total == 4


async def test_rebuilt_beside_and_swapped(index, search):
    await index.begin()
    await index.fill([GOODS[0]])
    await index.put([document(STRIP, version=2, title_en="Neon strip")])
    await index.fill([document(STRIP, version=1)])
    assert (await search()).total == 4
    await index.swap()
    result = await search()
    assert set(ids(result)) == {MUG, STRIP}
    assert ids(await search(q="neon")) == [STRIP]
