"""The public log: what was in a chain when a day was over cannot be changed afterwards without showing, by nobody."""

import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest
from asn1crypto import cms
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from app.core import clock, evidence, merkle, publishing, transparency
from app.core.ids import new_id
from app.core.subject import Subject
from tests.factories.contracts import draft_contract, make_partners
from tests.queries import count_queries

DAY = date(2026, 3, 1)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


async def note(db, *subjects: Subject, at: datetime) -> None:
    with clock.at(at):
        async with db.transaction() as tx:
            for subject in subjects:
                await evidence.record(tx, subject, "lamp.lit", {"n": 1}, actor=None)


async def publish(db, day: date) -> bool:
    with clock.at(datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=26)):
        async with db.transaction() as tx:
            return await transparency.publish(tx, day)


async def included(db, subject: Subject):
    async with db.transaction(read_only=True) as tx:
        return await transparency.inclusion(tx, subject)


async def test_each_day_continues_the_one_before(db):
    lamps = [Subject("lamp", new_id()) for _ in range(23)]
    heads = []
    for number in range(7):
        day = DAY + timedelta(days=number)
        await note(db, *lamps[: 3 * number + 2], at=noon(day))
        assert await publish(db, day)
        async with db.transaction(read_only=True) as tx:
            heads.append(await transparency.tree_head(tx, day))
    assert [head.size for head in heads] == [2, 7, 15, 26, 40, 57, 77]
    async with db.transaction(read_only=True) as tx:
        for first, second in [(heads[a], heads[b]) for b in range(7) for a in range(b)]:
            path = await transparency.consistency(tx, first.size, second.size)
            assert merkle.continues(first.size, first.root, second.size, second.root, path)
    for lamp in lamps[:20]:
        found = await included(db, lamp)
        assert found.holds(lamp)
        assert not found.holds(lamps[22])
    assert await included(db, lamps[22]) is None


async def test_a_day_is_published_once_and_only_when_it_is_over(db):
    lamp = Subject("lamp", new_id())
    await note(db, lamp, at=noon(DAY))
    with pytest.raises(ValueError, match="not over"), clock.at(noon(DAY)):
        async with db.transaction() as tx:
            await transparency.publish(tx, DAY)
    assert await publish(db, DAY)
    assert not await publish(db, DAY)
    with pytest.raises(ValueError, match="later day"):
        await publish(db, DAY - timedelta(days=1))


async def test_what_does_not_change_is_not_logged_again_and_what_came_late_is(db):
    quiet, late = Subject("lamp", new_id()), Subject("lamp", new_id())
    await note(db, quiet, at=noon(DAY))
    assert await publish(db, DAY)
    await note(db, late, at=noon(DAY))  # made that day, committed after it was published
    assert await publish(db, DAY + timedelta(days=1))
    assert await publish(db, DAY + timedelta(days=9))
    async with db.transaction(read_only=True) as tx:
        assert (await transparency.newest(tx)).size == 2
    assert (await included(db, late)).holds(late)


async def test_a_chain_written_anew_by_the_tables_owner_is_found(db, urls):
    """Every hash of the new chain fits; it is not the one whose end was published."""
    lamp = Subject("lamp", new_id())
    await note(db, lamp, lamp, at=noon(DAY))
    assert await publish(db, DAY)
    async with db.transaction(read_only=True) as tx:
        before = await evidence.chain(tx, lamp)
    assert (await included(db, lamp)).agrees(lamp, before)
    boss = create_async_engine(urls.super)
    async with boss.begin() as raw:
        await raw.execute(text("SET session_replication_role = replica"))
        await raw.execute(text("DELETE FROM evidence_link"))
    await boss.dispose()
    await note(db, lamp, lamp, at=noon(DAY) + timedelta(hours=1))
    async with db.transaction(read_only=True) as tx:
        assert (await evidence.verify(tx, lamp)).whole
        after = await evidence.chain(tx, lamp)
    assert not (await included(db, lamp)).agrees(lamp, after)
    assert not (await included(db, lamp)).agrees(lamp, [])


async def test_the_job_publishes_yesterday_and_has_it_timestamped(ctx, client):
    lamp = Subject("lamp", new_id())
    await note(ctx.db, lamp, at=noon(DAY))
    with clock.at(noon(DAY + timedelta(days=1))):
        await publishing.publish_day(ctx)
        await publishing.publish_day(ctx)
    async with ctx.db.transaction(read_only=True) as tx:
        tree = await transparency.tree_head(tx, DAY)
    token = cms.ContentInfo.load(tree.token)["content"]["encap_content_info"]["content"].parsed
    assert token["message_imprint"]["hashed_message"].native == hashlib.sha256(tree.root).digest()
    async with client() as http:
        page = await http.get("/transparency")
        assert tree.root.hex() in page.text
        got = await http.get(f"/transparency/{DAY}/timestamp.tst")
        assert got.content == tree.token
        assert (await http.get("/transparency/2020-01-01/timestamp.tst")).status_code == 404
        told = await http.get("/api/v1/transparency", headers={"accept": "application/json"})
        assert told.json()[0]["size"] == 1
        proof = await http.get("/transparency/consistency?first=1&second=1")
        assert proof.json() == {"first": 1, "second": 1, "path": []}
        assert (await http.get("/transparency/consistency?first=2&second=9")).status_code == 422


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE tree_head SET root = root",
        "UPDATE tree_head SET size = 5, token = NULL",
        "DELETE FROM tree_head",
        "TRUNCATE tree_head",
        "DELETE FROM logged_head",
        "UPDATE tree_node SET level = 9",
    ],
)
async def test_what_was_published_stays(ctx, change):
    await note(ctx.db, Subject("lamp", new_id()), at=noon(DAY))
    with clock.at(noon(DAY + timedelta(days=1))):
        await publishing.publish_day(ctx)
    with pytest.raises(DBAPIError, match=r"is published|append-only|permission denied"):
        async with ctx.db.transaction() as tx:
            await tx.execute(text(change))


async def test_the_parties_see_where_their_contract_stands_in_the_log(client, ctx, db):
    partners = await make_partners(db)
    contract_id = await draft_contract(ctx, partners)
    async with client(as_=partners.buyer) as http:
        assert "goes into the public log" in (await http.get(f"/contracts/{contract_id}/evidence")).text
        with clock.at(clock.now() + timedelta(days=1, hours=3)):
            await publishing.publish_day(ctx)
        assert "In the public log" in (await http.get(f"/contracts/{contract_id}/evidence")).text
        told = await http.get(f"/api/v1/contracts/{contract_id}/evidence", headers={"accept": "application/json"})
    logged = told.json()["logged"]
    leaf = merkle.leaf(
        f"contract:{contract_id} {logged['seq']} {told.json()['links'][logged['seq'] - 1]['hash']}".encode()
    )
    path = [bytes.fromhex(step) for step in logged["path"]]
    assert merkle.includes(bytes.fromhex(logged["root"]), logged["size"], logged["place"], leaf, path)


async def test_a_log_that_was_rewritten_shows_as_broken(db, urls, client, app):
    lamps = [Subject("lamp", new_id()) for _ in range(5)]
    for number in range(3):
        day = DAY + timedelta(days=number)
        await note(db, *lamps[: number + 2], at=noon(day))
        assert await publish(db, day)
    async with client() as http:
        with count_queries(app.state.db) as few:
            assert (await http.get("/transparency")).text.count("Proven") == 2
    boss = create_async_engine(urls.super)
    async with boss.begin() as raw:
        await raw.execute(text("SET session_replication_role = replica"))
        await raw.execute(text("UPDATE tree_node SET hash = sha256('another') WHERE level = 2 AND place = 0"))
    await boss.dispose()
    for number in range(3, 9):
        assert await publish(db, DAY + timedelta(days=number))
    async with client() as http:
        with count_queries(app.state.db) as more:
            page = (await http.get("/transparency")).text
    assert "Broken" in page
    assert len(more) == len(few)
