"""A supplier's own figures, from what was looked at, asked, offered, agreed, shipped and disputed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from app.core import clock
from app.traffic import rolling
from tests.factories.contracts import fund, make_order, make_partners
from tests.factories.deals import make_inquiry, make_quotation
from tests.factories.people import make_company
from tests.factories.products import make_product
from tests.factories.traffic import MIDDAY, Walk, record
from tests.queries import cost, count_queries
from trust.access import Role

JSON = {"accept": "application/json"}
TODAY = datetime(2026, 10, 20, 4, tzinfo=UTC)


async def figures(client, actor, days: int = 30):
    with clock.at(TODAY):
        async with client(as_=actor) as http:
            return (await http.get(f"/my/figures?days={days}", headers=JSON)).json()


@pytest.fixture
async def partners(db):
    return await make_partners(db)


async def test_nothing_yet(client, partners):
    out = await figures(client, partners.supplier)
    assert out["now"]["first"] == "2026-09-21"
    assert out["before"]["last"] == "2026-09-20"
    assert {name: out["now"][name] for name in ("inquiries", "hours", "asked_share", "due")} == {
        "inquiries": 0, "hours": None, "asked_share": None, "due": 0,
    }  # fmt: skip
    assert (out["countries"], out["products"]) == ([], [])


async def test_inquiries_by_what_became_of_them(client, db, partners):
    buyer, supplier = partners.buyer, partners.supplier
    async with db.transaction() as tx:
        product = await make_product(tx, supplier)
        with clock.at(TODAY - timedelta(days=40)):
            await make_inquiry(tx, buyer, supplier)
        with clock.at(TODAY - timedelta(days=5)):
            quoted = await make_inquiry(tx, buyer, supplier, product_id=product, destination="FR")
            await make_inquiry(tx, buyer, supplier, destination="DE")
        with clock.at(TODAY - timedelta(days=5) + timedelta(hours=3)):
            await make_quotation(tx, quoted.id, supplier)
    out = await figures(client, supplier)
    now = out["now"]
    assert [now[name] for name in ("inquiries", "answered", "within_day", "quoted", "contracted")] == [2, 1, 1, 1, 0]
    assert (now["hours"], now["contracted_share"], out["before"]["inquiries"]) == ("3.0", "0.0", 1)
    assert {one["key"]: (one["inquiries"], one["quoted"]) for one in out["countries"]} == {"FR": (1, 1), "DE": (1, 0)}
    assert {one["key"]: one["inquiries"] for one in out["products"]} == {str(product): 1, "": 1}
    assert (await figures(client, buyer))["now"]["inquiries"] == 0, "what one bought is in no seller's figures"


async def test_views_are_those_of_people_on_one_s_own_pages(client, db, partners):
    async with db.transaction() as tx:
        product, foreign = await make_product(tx, partners.supplier), await make_product(tx, await make_company(tx))
        slug = await tx.scalar(
            text("SELECT slug FROM organisation WHERE id = :id"), {"id": partners.supplier.organisation_id}
        )
    reader = Walk()
    await record(
        db,
        reader.view(0, "/a", subject=("product", str(product))),
        reader.view(60, "/b", subject=("product", str(foreign))),
        reader.view(120, "/c", subject=("supplier", slug)),
        Walk(staff=True).view(180, "/d", subject=("supplier", slug)),
    )
    async with db.transaction() as tx:
        await rolling.roll_up(tx, MIDDAY.date())
    out = await figures(client, partners.supplier)
    assert (out["now"]["products"], out["now"]["storefront"]) == (1, 1)
    assert [(one["key"], one["views"]) for one in out["products"]] == [(str(product), 1)]


@pytest.mark.parametrize(
    ("left", "in_time"),
    [(date(2026, 10, 10), 1), (date(2026, 10, 11), 0), (None, 0)],
    ids=["on the last day", "a day late", "not at all"],
)
async def test_an_order_is_in_time_if_all_left_by_its_last_day(client, ctx, partners, left, in_time):
    order_id = await make_order(ctx, partners)
    await fund(ctx, order_id)
    async with ctx.db.transaction() as tx:
        due = "UPDATE orders SET ship_by = '2026-10-10', funded_at = '2026-10-10' WHERE id = :id"
        await tx.execute(text(due), {"id": order_id})
        if left:
            await _left(tx, order_id, partners, left)
    now = (await figures(client, partners.supplier))["now"]
    assert (now["due"], now["in_time"]) == (1, in_time)


@pytest.mark.parametrize(("ended", "due"), [("2026-10-09", 0), ("2026-10-12", 1)])
async def test_what_ended_before_its_day_was_not_due(client, ctx, partners, ended, due):
    order_id = await make_order(ctx, partners)
    async with ctx.db.transaction() as tx:
        await tx.execute(
            text("""UPDATE orders SET ship_by = '2026-10-10', funded_at = '2026-09-01',
                                      ended_at = CAST(:ended AS timestamptz) WHERE id = :id"""),
            {"id": order_id, "ended": datetime.fromisoformat(f"{ended}T12:00:00+00:00")},
        )
    assert (await figures(client, partners.supplier))["now"]["due"] == due


async def test_the_last_day_itself_is_not_over(client, ctx, partners):
    order_id = await make_order(ctx, partners)
    async with ctx.db.transaction() as tx:
        today = "UPDATE orders SET ship_by = '2026-10-20', funded_at = '2026-09-01' WHERE id = :id"
        await tx.execute(text(today), {"id": order_id})
    assert (await figures(client, partners.supplier))["now"]["due"] == 0


@pytest.mark.parametrize("funded", ["NULL", "'2026-10-11'"], ids=["never", "too late"])
async def test_who_was_not_paid_in_time_owed_no_shipment(client, ctx, partners, funded):
    order_id = await make_order(ctx, partners)
    async with ctx.db.transaction() as tx:
        late = f"UPDATE orders SET ship_by = '2026-10-10', funded_at = {funded} WHERE id = :id"  # noqa: S608
        await tx.execute(text(late), {"id": order_id})
    assert (await figures(client, partners.supplier))["now"]["due"] == 0


async def _left(tx, order_id, partners, day):
    """All goods of an order were handed over on this day."""
    said = {"order": order_id, "day": day, "by": partners.supplier.member.id}
    await tx.execute(
        text("""INSERT INTO shipment
                (id, order_id, number, carrier, tracking, shipped_on, documents, proof, created_by, created_at)
                VALUES (gen_random_uuid(), :order, 1, 'Blue Meridian', 'BMRU6123456780', :day, '[]', '[]', :by, now())
             """),
        said,
    )
    await tx.execute(
        text("""INSERT INTO shipment_line (shipment_id, position, quantity)
                SELECT s.id, l.position, l.quantity FROM shipment s JOIN order_line l USING (order_id)
                 WHERE s.order_id = :order"""),
        said,
    )


async def test_a_span_that_is_none_is_refused(client, partners):
    async with client(as_=partners.supplier) as http:
        assert (await http.get("/my/figures?days=31", headers=JSON)).status_code == 422


async def test_who_does_not_sell_for_the_company_sees_nothing(client, db):
    async with db.transaction() as tx:
        clerk = await make_company(tx, roles=(Role.FINANCE,))
    async with client(as_=clerk) as http:
        assert (await http.get("/my/figures", headers=JSON)).status_code == 403


async def test_the_page_costs_the_same_however_much_there_is(client, db, partners):
    async with db.transaction() as tx:
        await make_product(tx, partners.supplier)
    async with client(as_=partners.supplier) as http:
        [before] = await cost(http, db, "/my/figures")
        async with db.transaction() as tx:
            for destination in ("DE", "FR", "IT"):
                product = await make_product(tx, partners.supplier)
                await make_inquiry(tx, partners.buyer, partners.supplier, product_id=product, destination=destination)
        with count_queries(db) as sent:
            page = await http.get("/my/figures")
    assert "Italy" in page.text
    assert len(sent) == before
