"""Which answers count as page views, the trap and the beacon, and the page of figures."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.periods import day_of
from app.traffic import rolling
from app.traffic.models import EVENT
from tests.factories.people import make_company
from tests.factories.products import make_product
from tests.factories.traffic import CHINESE, GERMAN, ZONE, Walk, record
from tests.queries import count_queries
from trust.access import Role

BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"}


@pytest.fixture
async def staff(db):
    async with db.transaction() as tx:
        return await make_company(tx, "Portolan", roles=(Role.EVALUATOR,), platform=True)


@pytest.fixture
async def trader(db):
    async with db.transaction() as tx:
        return await make_company(tx)


async def seen(app):
    """What was counted since, oldest first."""
    await app.state.traffic.flush()
    async with app.state.db.transaction(read_only=True) as tx:
        return (await tx.execute(select(EVENT).order_by(EVENT.c.at))).all()


async def test_a_page_is_counted_with_its_route_and_what_it_shows(app, client, db, trader):
    async with db.transaction() as tx:
        product = await make_product(tx, trader)
    async with client() as http:
        await http.get(f"/products/{product}", headers=BROWSER | {"referer": "https://www.bing.com/"})
        await http.get("/products?q=mugs&utm_source=fair", headers=BROWSER)
    first, second = await seen(app)
    assert (first.kind, first.route) == ("view", "/products/{product_id}")
    assert (first.subject_type, first.subject_key) == ("product", str(product))
    assert (first.referrer, first.channel, first.browser, first.bot) == ("www.bing.com", "search", "desktop", "")
    assert (second.route, second.source, second.country) == ("/products", "fair", "ZZ")
    assert first.visitor == second.visitor
    assert not first.signed_in
    assert first.page != second.page


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-purpose": "prefetch;prerender"},
        {"purpose": "prefetch"},
        {"x-moz": "prefetch"},
        {"hx-request": "true"},
        {"accept": "application/json"},
    ],
    ids=lambda headers: next(iter(headers)),
)
async def test_what_is_no_page_view(app, client, headers):
    async with client() as http:
        assert (await http.get("/products", headers=BROWSER | headers)).status_code == 200
    assert await seen(app) == []


async def test_a_boosted_page_is_a_whole_page(app, client):
    async with client() as http:
        await http.get("/products", headers=BROWSER | {"hx-request": "true", "hx-boosted": "true"})
    assert len(await seen(app)) == 1


async def test_neither_errors_nor_redirects_nor_other_methods_nor_files_nor_the_api(app, client, trader):
    async with client(as_=trader) as http:
        statuses = [
            (await http.get("/products/00000000-0000-7000-8000-000000000000", headers=BROWSER)).status_code,
            (await http.get("/nowhere", headers=BROWSER)).status_code,
            (await http.get("/figures/traffic", headers=BROWSER)).status_code,
            (await http.head("/", headers=BROWSER)).status_code,
            (await http.post("/locale", data={"locale": "en"}, headers=BROWSER)).status_code,
            (await http.get("/api/v1/products", headers=BROWSER)).status_code,
            (await http.get("/static/css/portolan.css", headers=BROWSER)).status_code,
            (await http.get("/healthz", headers=BROWSER)).status_code,
            (await http.get("/robots.txt", headers=BROWSER)).status_code,
        ]
    assert statuses[:3] == [404, 404, 403]
    assert await seen(app) == []


async def test_members_are_told_by_a_mark_and_staff_are_marked(app, client, trader, staff):
    async with client(as_=trader) as http:
        await http.get("/products", headers=BROWSER)
        await http.get("/account", headers=BROWSER)
    async with client(as_=staff) as http:
        await http.get("/products", headers=BROWSER)
    mine, again, theirs = await seen(app)
    assert (mine.signed_in, mine.staff, theirs.staff) == (True, False, True)
    assert mine.visitor == again.visitor != theirs.visitor
    assert mine.device == theirs.device


async def test_programs_with_a_key_are_not_counted_even_if_they_want_html(app, client, trader):
    async with client(as_=trader) as http:
        await http.get("/products", headers=BROWSER | {"authorization": "Bearer nonsense"})
        await http.get("/products", headers=BROWSER | {"authorization": "Basic nonsense"})
    assert await seen(app) == []


async def test_the_beacon_says_that_scripts_run_and_nothing_else(app, client):
    async with client() as http:
        answer = await http.get("/beacon?driven=1", headers=BROWSER)
        assert (answer.status_code, answer.text, answer.cookies) == (200, "", {})
        assert answer.headers["cache-control"] == "no-store"
        await http.get("/beacon", headers=BROWSER)
        await http.get("/", headers=BROWSER)
    driven, plain, view = await seen(app)
    assert [(one.kind, one.bot) for one in (driven, plain, view)] == [
        ("beacon", "headless"),
        ("beacon", ""),
        ("view", ""),
    ]
    assert driven.device == view.device


async def test_the_trap_is_shown_to_nobody_and_forbidden_to_programs(app, client):
    async with client() as http:
        page = (await http.get("/", headers=BROWSER)).text
        assert '<a href="/trap" rel="nofollow" tabindex="-1" hidden>' in page
        assert "Disallow: /trap" in (await http.get("/robots.txt")).text
        assert (await http.get("/trap", headers=BROWSER)).status_code == 200
    assert [one.kind for one in await seen(app)] == ["view", "trap"]


async def test_garbage_in_headers_breaks_neither_page_nor_count(app, client):
    async with client() as http:
        for headers in (
            {"referer": "http://[::", "user-agent": "\x7f" * 3000},
            {"referer": "https://\u00e4".encode("latin-1"), "user-agent": "\u00ff".encode("latin-1")},
            {"sec-purpose": "\u00ff".encode("latin-1")},
        ):
            answer = await http.get("/products?utm_source=%1b%ff&utm_source&&=;%", headers=headers)
            assert answer.status_code == 200
    assert len(await seen(app)) == 3


async def figures(db, *days: date) -> None:
    for day in days:
        async with db.transaction() as tx:
            await rolling.roll_up(tx, day)


async def test_the_figures_in_html_and_json(app, client, db, staff):
    now = clock.now() - timedelta(days=3)
    day = day_of(now, ZONE)
    await record(db, Walk(GERMAN).at(now, referer="https://www.google.com/"), Walk(CHINESE).at(now))
    await record(db, Walk(GERMAN, agent="Googlebot/2.1").at(now))
    await figures(db, day)
    async with client(as_=staff) as http:
        told = (await http.get("/figures/traffic", headers={"accept": "application/json"})).json()
        page = await http.get(f"/figures/traffic?first={day}&last={day}")
    total = told["total"]
    assert (total["views"], total["visits"], total["bots"], total["days"]) == (2, 2, 1, 1)
    assert (total["overseas"], total["overseas_percent"], total["unknown_percent"]) == (1, "50.00", "0.00")
    assert [(one["key"], one["percent"]) for one in told["countries"]] == [("CN", "50.00"), ("DE", "50.00")]
    assert [one["key"] for one in told["referrers"]] == ["www.google.com"]
    assert [(one["key"], one["views"]) for one in told["left_out"]] == [("crawler", 1)]
    assert told["zone"] == ZONE
    assert page.status_code == 200
    for word in ("Germany", "www.google.com", "Programs that say so", "<svg"):
        assert word in page.text


async def test_nothing_divided_by_nothing_is_no_nought(client, staff):
    async with client(as_=staff) as http:
        told = (await http.get("/figures/traffic", headers={"accept": "application/json"})).json()
        page = (await http.get("/figures/traffic")).text
    assert told["total"]["overseas_percent"] is None
    assert told["rows"] == []
    assert "No figures for these days" in page


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("first=2026-10-02&last=2026-10-01", 422),
        ("first=2020-01-01&last=2026-10-01", 422),
        ("first=yesterday", 422),
        ("first=0001-01-01&last=0001-01-02", 422),
        ("last=9999-12-31", 422),
        ("first=2026-10-01&last=2026-10-01", 200),
        ("first=2025-10-01&last=2026-10-01", 200),
    ],
)
async def test_days_that_cannot_be(client, staff, asked, status):
    async with client(as_=staff) as http:
        assert (await http.get(f"/figures/traffic?{asked}")).status_code == status


async def test_only_who_reads_indicators_sees_them(client, trader):
    async with client(as_=trader) as http:
        assert (await http.get("/figures/traffic")).status_code == 403
    async with client() as http:
        assert (await http.get("/figures/traffic")).status_code in {303, 401}


async def test_a_year_costs_as_many_statements_as_a_week(client, db, staff):
    today = day_of(clock.now(), ZONE)
    days = [today - timedelta(days=n) for n in (2, 40, 300)]
    for day in days:
        await record(db, Walk(GERMAN).at(clock.now() - (today - day)))
    await figures(db, *days)
    costs = []
    async with client(as_=staff) as http:
        for length in (7, 365):
            with count_queries(db) as sent:
                answer = await http.get(f"/figures/traffic?first={today - timedelta(days=length)}&last={today}")
            assert answer.status_code == 200
            costs.append(len(sent))
    assert costs[0] == costs[1] <= 20
