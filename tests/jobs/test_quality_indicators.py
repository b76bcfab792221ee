"""Quality and brands from a real month: gathered, counted from the sealed file, and the same again from its rows."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest

from app.core import clock
from app.core.subject import Subject
from app.indicators import queries
from app.indicators.definitions import DEFINITIONS
from app.indicators.drilling import rows as drilled
from app.indicators.figures import groups
from app.indicators.figures.archive import Archive
from app.indicators.figures.base import WHOLE, spans
from app.indicators.figures.quality_rows import Brand, Inspection, Line, Lot, Offer
from app.indicators.gathering import Gathering
from app.indicators.marks import Marks
from listings import service as listings
from orders.deals import counted, counted_goods
from tests.factories.cases import make_complaint
from tests.factories.contracts import make_order, make_partners
from tests.factories.credit import complete
from tests.factories.indicators import MARCH, at, count_month
from tests.factories.membership import waive
from tests.factories.people import make_staff
from tests.factories.products import make_product
from tests.factories.quality import find_listing, make_work
from tests.factories.rights import as_company, make_right
from tests.queries import count_queries
from trust.access import Role
from trust.quality import service as register
from trust.quality.states import Kind

KNOWN = {one.code: one for one in DEFINITIONS}


@pytest.fixture
async def keeper(ctx):
    async with ctx.db.transaction() as tx:
        return await make_staff(tx, Role.COMPLIANCE)


@pytest.fixture
async def partners(ctx):
    with clock.at(at(date(2026, 3, 2))):
        return await make_partners(ctx.db)


async def archive(ctx) -> Archive:
    async with ctx.db.transaction(read_only=True) as tx:
        one = (await queries.closes(tx, MARCH))[groups.FIGURES]
    return Archive(BytesIO(await ctx.files.get(one.file_key)))


async def value(ctx, code: str, cut=WHOLE, span: str = "month") -> Decimal | None:
    found = {(one.code, one.cut): one.value for one in (await archive(ctx)).count()[span]}
    return found[code, cut]


async def test_listings_and_what_was_inspected(ctx, partners, keeper):
    supplier = partners.supplier
    with clock.at(at(date(2026, 3, 3))):
        async with ctx.db.transaction() as tx:
            good = await make_product(tx, supplier)
            ended = await make_product(
                tx, supplier, certificates=[{"name": "FDA", "number": "1", "valid_until": "2026-03-30"}]
            )
            other = await make_product(tx, supplier, certificates=[{"name": "ISO 9001", "number": "1"}])
            gone = await make_product(tx, supplier, certificates=[])
    with clock.at(at(date(2026, 3, 9))):
        async with ctx.db.transaction() as tx:
            await listings.withdraw(tx, gone, by=supplier.member)
            await make_work(tx, keeper, Kind.INSPECTION, about=Subject("product", good))
            await make_work(tx, keeper, Kind.INSPECTION, about=Subject("product", ended), result="failed")
            wrong = await make_work(tx, keeper, Kind.INSPECTION, about=Subject("product", other), result="failed")
            await register.withdraw(tx, wrong.id, "It was another product.", by=keeper.member)
    await count_month(ctx, MARCH, groups.FIGURES)
    assert await value(ctx, "I-07.1") == Decimal("33.33")
    assert await value(ctx, "I-07.1", ("category", "mugs")) == Decimal("33.33")
    assert (await value(ctx, "I-07.2"), await value(ctx, "I-07.2.inspected")) == (50, 2)
    assert [await value(ctx, "I-07.6", ("grade", name)) for name in ("A", "D")] == [1, 2]
    file = await archive(ctx)
    assert len(list(file.rows(Offer))) == 4
    assert all(row.certified == (row.valid_until is not None) for row in file.rows(Offer))


async def test_an_order_from_its_contract_to_the_buyer_and_a_complaint(ctx, partners, keeper):
    with clock.at(at(date(2026, 3, 4))):
        by, judge = await as_company(ctx, partners.supplier), keeper
        async with ctx.db.transaction() as tx:
            judge = await make_staff(tx, Role.MODERATOR)
        await make_right(ctx, by, judge, title="Ceramic-Mug", number="1")
        await make_right(ctx, by, judge, title="Ceramic-Mug", number="2", office="WO")
        await make_right(ctx, by, judge, title="Elsewhere", number="3", agent="Agents Ltd", office="US")
    with clock.at(at(date(2026, 3, 10))):
        order = await complete(ctx, partners)
        async with ctx.db.transaction() as tx:
            await make_work(tx, keeper, Kind.INSPECTION, about=Subject("order", order))
    await count_month(ctx, MARCH, groups.FIGURES)
    file = await archive(ctx)
    [lot] = file.rows(Lot)
    assert (lot.completed is not None, lot.shipped, lot.events, lot.batch) == (True, True, 2, False)
    [line] = file.rows(Line)
    assert (line.hs6, line.unit, line.quantity, line.own) == ("691200", "H87", 1000, True)
    assert lot.amount == line.amount == Decimal("2345.00")
    assert [mark.own for mark in sorted(file.rows(Brand), key=lambda one: one.office)] == [True, False, True]
    [inspected] = file.rows(Inspection)
    assert inspected.listing == lot.listing
    figures = {code: await value(ctx, code) for code in ("I-07.3", "I-07.3.returned", "I-07.5", "I-12.1", "I-12.2")}
    assert figures == {"I-07.3": 0, "I-07.3.returned": 0, "I-07.5": 0, "I-12.1": 1, "I-12.2": 100}
    assert (await value(ctx, "I-12.3"), await value(ctx, "I-12.3", ("registry", "madrid"))) == (1, 1)
    async with ctx.db.transaction(read_only=True) as tx:
        assert Subject("order", order).number not in str(list(file.rows(Lot)))


async def test_what_the_register_holds(ctx, partners, keeper):
    with clock.at(at(date(2026, 3, 5))):
        async with ctx.db.transaction() as tx:
            product = await make_product(tx, partners.supplier)
            recall = await make_work(tx, keeper, Kind.RECALL)
            await make_work(tx, keeper, Kind.GUIDANCE, company=partners.supplier.organisation_id)
            await make_work(tx, keeper, Kind.GUIDANCE, company=partners.supplier.organisation_id)
            await make_work(tx, keeper, Kind.EVENT)
            await make_work(tx, keeper, Kind.EVENT, event="brand_event", hours="1", participants=10)
            visit = await make_work(tx, keeper, Kind.VISIT)
    with clock.at(at(date(2026, 3, 8))):
        async with ctx.db.transaction() as tx:
            await find_listing(tx, keeper, recall.id, product, hours=30)
            today = clock.now().date()
            await register.do(tx, visit.id, today, today=today, by=keeper.member)
            found = register.Found(clock.now(), "A label is missing.")
            await register.find(tx, visit.id, found, by=keeper.member)
            await waive(tx, partners.supplier, ctx.settings, percent=50)
    await count_month(ctx, MARCH, groups.FIGURES)
    told = {
        "I-07.4": 1, "I-07.4.hours": 30, "I-07.4.standing": 0, "I-07.7": 1, "I-07.7.done": 100, "I-07.7.remedied": 0,
        "I-11.7": 1, "I-12.4": 2, "I-12.4.hours": Decimal("3.5"), "I-12.4.participants": 50, "I-12.5": 1,
    }  # fmt: skip
    assert {code: await value(ctx, code) for code in told} == told
    assert await value(ctx, "I-07.4", ("source", "safety_gate")) == 1
    assert await value(ctx, "I-12.5", ("why", "innovative")) == 1
    assert (await value(ctx, "I-12.5.amount.currency", ("currency", "USD")) or 0) > 0


async def test_a_complaint_is_of_the_order_and_the_month_in_which_it_first_came(ctx, partners):
    with clock.at(at(date(2026, 3, 10))):
        order = await complete(ctx, partners)
    with clock.at(at(date(2026, 3, 20))):
        await make_complaint(ctx, partners.buyer, partners.supplier, subject=Subject("order", order))
    with clock.at(at(date(2026, 4, 2))):
        await make_complaint(ctx, partners.supplier, partners.buyer, subject=Subject("order", order))
    with clock.at(at(date(2026, 3, 21))):
        await make_complaint(ctx, partners.buyer, partners.supplier)
    await count_month(ctx, MARCH, groups.FIGURES)
    assert await value(ctx, "I-07.3") == Decimal("1000.00")


async def test_the_same_months_a_year_before_are_in_the_file(ctx, partners, keeper):
    for day, result in ((date(2025, 3, 9), "failed"), (date(2025, 4, 2), "passed"), (date(2026, 3, 9), "passed")):
        with clock.at(at(day)):
            async with ctx.db.transaction() as tx:
                product = await make_product(tx, partners.supplier)
                await make_work(tx, keeper, Kind.INSPECTION, about=Subject("product", product), result=result)
    await count_month(ctx, MARCH, groups.FIGURES)
    assert await value(ctx, "I-11.1") == Decimal("100.00")
    assert await value(ctx, "I-11.1", span="r12m") == Decimal("100.00"), "of two passed, and one failed the year before"
    file = await archive(ctx)
    assert [row.day.year for row in file.rows(Inspection)].count(2025) == 2


async def test_each_figure_leads_to_the_rows_behind_it(ctx, partners, keeper):
    with clock.at(at(date(2026, 3, 3))):
        async with ctx.db.transaction() as tx:
            first = await make_product(tx, partners.supplier)
            await make_product(tx, partners.supplier, certificates=[])
            await make_work(tx, keeper, Kind.INSPECTION, about=Subject("product", first), result="failed")
    await count_month(ctx, MARCH, groups.FIGURES)
    async with ctx.db.transaction(read_only=True) as tx:
        key = (await queries.closes(tx, MARCH))[groups.FIGURES].file_key
    data = await ctx.files.get(key)

    def behind(code: str, cut=WHOLE) -> int:
        return len(drilled(BytesIO(data), KNOWN[code], "month", cut, offset=0, limit=50).rows)

    assert [behind(code) for code in ("I-07.1", "I-07.2", "I-11.1", "I-07.6", "I-07.4")] == [2, 1, 1, 2, 0]
    found = [behind("I-07.6", ("grade", name)) for name in ("A", "D")]
    assert found == [0, 2], "without its inspection the first would be an A"


async def test_gathering_costs_the_same_however_many(ctx, partners, keeper):
    async def cost() -> int:
        with count_queries(ctx.db) as statements:
            async with ctx.db.transaction(read_only=True) as tx:
                reading = Gathering(tx, Marks("a secret"), spans(MARCH, "Asia/Shanghai")["r12m"])
                for kind in (Offer, Inspection, Lot, Line):
                    assert [row async for row in reading.rows(kind)]
        return len(statements)

    async def more() -> None:
        with clock.at(at(date(2026, 3, 3))):
            async with ctx.db.transaction() as tx:
                product = await make_product(tx, partners.supplier)
                await make_work(tx, keeper, Kind.INSPECTION, about=Subject("product", product))
            await make_order(ctx, partners)

    await more()
    few = await cost()
    for _ in range(2):
        await more()
    assert await cost() == few


@pytest.mark.parametrize(("module", "source"), [(counted, "orders"), (counted_goods, "goods"), (counted_goods, "sold")])
async def test_many_orders_come_some_at_once(ctx, partners, monkeypatch, module, source):
    """Or a month of very many would be held in memory whole, and asked for in one statement."""
    with clock.at(at(date(2026, 3, 3))):
        for _ in range(3):
            await make_order(ctx, partners)
    monkeypatch.setattr(module, "AT_ONCE", 2)
    async with ctx.db.transaction(read_only=True) as tx:
        found = [some async for some in getattr(module, source)(tx, at(date(2026, 3, 1)), at(date(2026, 4, 1)))]
    assert [len(some) for some in found] == [2, 1]
