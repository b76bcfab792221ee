"""What is written in pictures, where it acts: listings looked at, files told of and withheld, each read once."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest
from sqlalchemy import select, text

from app.core import clock
from app.core.reading import Unreadable
from app.core.runner import drain
from app.core.subject import Subject
from listings import queries
from listings import service as listings
from listings.states import ProductState
from tests.factories.people import make_staff
from tests.factories.products import make_product
from tests.factories.written import Drawn, draw
from tests.fakes import FakeReader, page
from tests.flows.test_risk import codes, hits, waiting
from tests.flows.test_risk_trade import show
from tests.forms import submit
from tests.queries import cost
from tests.rules.test_likeness import drawn
from tests.rules.test_reading import STARTING
from tests.sql import connect
from trust.access import Role
from trust.reviews import queries as reviews
from trust.risk import settings
from trust.risk.engine import Action
from trust.risk.models import RiskHit
from trust.risk.pictures import jobs, service
from trust.risk.pictures.models import PictureAsk, PictureReading

WECHAT = [page("LED floodlight 50 W", "WeChat: lumen_sales88")]
PLAIN = [page("LED floodlight 50 W", "EN 60598-1:2015")]
MAIL = [page("sales@lumenharbour.com")]
BANK = [page("Pay to our new bank account", "IBAN DE89 3704 0044 0532 0130 00")]
SIGNATURE = [page("sales@lumenharbour.com  Tel: +86 755 8288 1234", tall=14)]


@pytest.fixture
def reader():
    return FakeReader(default=PLAIN)


@pytest.fixture
def ctx(ctx, reader):
    return replace(ctx, reader=reader)


@pytest.fixture
async def reviewer(db):
    async with db.transaction() as tx:
        return await make_staff(tx, Role.COMPLIANCE, Role.MODERATOR)


async def read(ctx):
    """Read what waits, and all that follows."""
    await jobs.read_pictures(ctx)
    await drain(ctx)


def a_picture(number=1):
    return draw(Drawn(paper=(200, 100 + number, 100), width=64, height=48))


async def mails(ctx, subject):
    """Letters with these words in their subject."""
    return [letter for letter in await ctx.mailer.letters() if subject in letter.subject]


async def queue(db, kind):
    async with db.transaction(read_only=True) as tx:
        return await reviews.queue(tx, kind=kind, offset=0, limit=50)


# Listings


async def test_a_picture_with_contact_details_comes_before_people_and_its_supplier_is_told(
    db, ctx, reader, client, partners, reviewer
):
    reader.default = WECHAT
    product = await show(ctx, partners.supplier, drawn(1))
    assert await codes(db) == []
    await read(ctx)
    [(rule, action, value, inputs)] = await hits(db, RiskHit.rule, RiskHit.action, RiskHit.value, RiskHit.inputs)
    assert (rule, action, value) == ("INF-07", Action.REVIEW, "handle × 1")
    assert "lumen_sales88" not in str(inputs), "what was found is kept covered"
    [item] = await waiting(db)
    assert item.subject == Subject("risk_product", product)
    place = 'x="100" y="180" width="400" height="40"'
    async with client(as_=reviewer) as http:
        for address in (f"/moderation/{item.id}", f"/moderation/{(await queue(db, 'product'))[0].id}"):
            shown = (await http.get(address)).text
            assert place in shown
            assert "messenger account" in shown
            assert "18 % from the top" in shown
    async with client(as_=partners.supplier) as http:
        mine = (await http.get(f"/products/{product}?revision=1")).text
        assert place in mine
        assert "Contact details in a picture" in mine
    assert len(await mails(ctx, "Contact details in a picture")) == 1


async def test_print_that_belongs_to_the_goods_meets_no_rule(db, ctx, reader, partners):
    reader.default = [page("EN 60598-1:2015", "lumenharbour.com", "1200 x 600 x 30 mm")]
    await show(ctx, partners.supplier, drawn(1))
    reader.default = SIGNATURE
    await show(ctx, partners.supplier, drawn(2))
    await read(ctx)
    assert len(reader.given) == 2
    assert await codes(db) == []
    assert await mails(ctx, "Contact details") == []


async def test_a_picture_is_read_once_whoever_shows_it(db, ctx, reader, partners):
    reader.default = WECHAT
    await show(ctx, partners.supplier, drawn(1))
    await read(ctx)
    await show(ctx, partners.supplier, drawn(1))
    await read(ctx)
    assert len(reader.given) == 1
    assert await codes(db) == ["INF-07", "INF-07"], "judged for each listing that shows it"


async def test_a_mended_listing_is_not_marked_and_a_recalled_one_not_judged(db, ctx, reader, client, partners):
    reader.default = WECHAT
    product = await show(ctx, partners.supplier, drawn(1))
    async with client(as_=partners.supplier) as http:
        sent = await submit(http, f"/products/{product}/edit", "product", title_en="Another mug", then="submit")
        assert sent.status_code == 303
        await read(ctx)
        assert await codes(db) == ["INF-07"], "the first version was recalled before it was read"
        keys = (await http.get(f"/api/v1/products/{product}?revision=2")).json()["pictures"]
        files = [("uploads", ("clean.png", a_picture(), "image/png"))]
        remove = {"pictures.0.key": keys[0]["key"], "pictures.0.remove": "on"}
        page_ = await http.get(f"/products/{product}/edit")
        assert keys[0]["key"] in page_.text
        reader.default = PLAIN
        mended = await submit(http, f"/products/{product}/edit", "product", files=files, then="submit", **remove)
        assert mended.status_code == 303
        await read(ctx)
        assert "Contact details in a picture" not in (await http.get(f"/products/{product}?revision=3")).text
    assert await codes(db) == ["INF-07"]


@pytest.mark.parametrize(("verdict", "state"), [("reject", ProductState.WITHDRAWN), ("accept", ProductState.PUBLISHED)])
async def test_harm_that_is_found_after_publication_takes_the_listing_down(
    db, ctx, reader, client, partners, reviewer, verdict, state
):
    reader.default = WECHAT
    product = await show(ctx, partners.supplier, drawn(1))
    async with db.transaction() as tx:
        listing = await queries.newest(tx, product, reader=partners.supplier.member)
        await listings.publish(tx, listing.revision_id, by=reviewer.id)
    await read(ctx)
    [item] = await waiting(db)
    async with client(as_=reviewer) as http:
        await submit(http, f"/moderation/{item.id}", "claim")
        reason = "The picture shows a WeChat account."
        decided = await submit(http, f"/moderation/{item.id}", "decision", verdict=verdict, reason=reason)
        assert decided.status_code == 303
    await drain(ctx)
    async with db.transaction(read_only=True) as tx:
        assert (await queries.newest(tx, product, reader=partners.supplier.member)).state == state
    assert len(await mails(ctx, "Your product was not published")) == (1 if verdict == "reject" else 0)


async def test_what_cannot_be_read_is_tried_twice_and_said_to_the_moderator(
    db, ctx, reader, client, partners, reviewer
):
    reader.default = Unreadable("wall clock")
    await show(ctx, partners.supplier, drawn(1))
    await read(ctx)
    await read(ctx)
    assert len(reader.given) == 1, "not at once again"
    [item] = await queue(db, "product")
    async with client(as_=reviewer) as http:
        assert "still to be read" in (await http.get(f"/moderation/{item.id}")).text
        clock.advance(minutes=10, seconds=1)
        await read(ctx)
        clock.advance(minutes=10, seconds=1)
        await read(ctx)
        assert len(reader.given) == 2
        assert "1 picture could not be read" in (await http.get(f"/moderation/{item.id}")).text


async def test_a_worker_that_died_over_a_picture_does_not_meet_it_for_ever(db, ctx, reader, partners):
    await show(ctx, partners.supplier, drawn(1))
    for _ in range(service.TRIES):
        async with db.transaction() as tx:
            assert (await service.claim(tx)).key
            assert await service.claim(tx) is None, "nobody else begins"
        clock.advance(minutes=10, seconds=1)
    await read(ctx)
    assert reader.given == []
    async with db.transaction(read_only=True) as tx:
        assert (await tx.scalars(select(PictureReading.fault))).one() == "tried too often"


async def test_without_a_reader_pictures_wait_and_nothing_else_does(db, ctx, reader, partners):
    await show(ctx, partners.supplier, drawn(1))
    await read(replace(ctx, reader=None))
    async with db.transaction(read_only=True) as tx:
        assert (await tx.scalars(select(PictureReading.read_at))).one() is None
    reader.default = WECHAT
    await read(ctx)
    assert await codes(db) == ["INF-07"]


async def set_mode(db, mode):
    async with db.transaction() as tx:
        await tx.execute(
            text("""
                INSERT INTO risk_setting
                    (id, rule, mode, parameters, effective_from, source, set_at, verdict, decided_at)
                SELECT gen_random_uuid(), rule, :mode, parameters, :at, 'a test', :at, 'approved', :at
                  FROM risk_setting WHERE rule = 'INF-07'
            """),
            {"at": clock.now(), "mode": mode},
        )


@pytest.mark.parametrize("mode", ["off", "shadow"])
async def test_a_rule_that_is_off_or_in_shadow_does_nothing(db, ctx, reader, client, partners, mode):
    await set_mode(db, mode)
    reader.default = WECHAT
    product = await show(ctx, partners.supplier, drawn(1))
    await read(ctx)
    async with client(as_=partners.supplier) as http:
        assert "Contact details in a picture" not in (await http.get(f"/products/{product}?revision=1")).text
    assert await codes(db) == (["INF-07"] if mode == "shadow" else [])
    assert await waiting(db) == []


async def test_the_starting_values_are_those_that_were_measured(db):
    async with db.transaction(read_only=True) as tx:
        assert (await settings.current(tx))["INF-07"].parameters == STARTING


# Reading


async def test_pictures_recorded_at_once_are_told_once(db, partners):
    about = Subject("nothing", partners.supplier.id)
    async with db.transaction() as tx:
        await service.ask(tx, about, ["aa/1", "bb/2", "cc/3"])
        await service.ask(tx, about, ["aa/1", "bb/2", "cc/3"])

    async def record(key):
        await db.retrying(lambda tx: service.record(tx, key, []))

    await asyncio.gather(*(record(key) for key in ("aa/1", "bb/2", "cc/3", "aa/1", "bb/2")))
    async with db.transaction() as tx:
        await service.ask(tx, about, ["aa/1"])
        told = await tx.execute(text("SELECT count(*) FROM event WHERE name LIKE '%PicturesRead'"))
        assert told.scalar_one() == 1
        await service.ask(tx, Subject("nothing else", partners.supplier.id), ["aa/1", "cc/3"])
        told = await tx.execute(text("SELECT count(*) FROM event WHERE name LIKE '%PicturesRead'"))
        assert told.scalar_one() == 2, "all read already: told at once"


async def test_what_was_read_is_never_read_otherwise_and_goes_after_three_years(urls, db, ctx, reader, partners):
    reader.default = WECHAT
    await show(ctx, partners.supplier, drawn(1))
    await read(ctx)
    boss = await connect(urls.super)
    for change in ("UPDATE picture_reading SET seen = '[]'", "DELETE FROM picture_ask; DELETE FROM picture_reading"):
        with pytest.raises(asyncpg.PostgresError):
            await boss.execute(change)
    await boss.execute("SET session_replication_role = replica")
    await boss.execute("UPDATE picture_reading SET asked_at = asked_at - interval '1100 days'")
    await boss.execute("UPDATE picture_ask SET asked_at = asked_at - interval '1100 days'")
    await boss.close()
    await jobs.forget_old_readings(ctx)
    async with db.transaction(read_only=True) as tx:
        assert list(await tx.scalars(select(PictureReading))) == []
        assert list(await tx.scalars(select(PictureAsk))) == []


async def test_a_listing_page_with_pictures_costs_as_much_as_one_with_one(db, ctx, client, partners):
    one = await show(ctx, partners.supplier, drawn(1))
    async with db.transaction() as tx:
        bare = await make_product(tx, partners.supplier)
    async with client(as_=partners.supplier) as http:
        with_one, without = await cost(http, db, f"/products/{one}?revision=1", f"/products/{bare}")
    assert with_one - without <= 3
