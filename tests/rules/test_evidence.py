"""The evidence chain: continues itself, refuses change, and shows what the database's owner changed behind its back."""

import asyncio
import json
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import clock, evidence
from app.core.ids import new_id
from app.core.subject import Subject
from tests.sql import connect


@pytest.fixture
async def subject(db):
    made = Subject("thing", new_id())
    async with db.transaction() as tx:
        for number in range(3):
            await evidence.record(tx, made, "message.sent", {"text": f"你好 {number}", "n": number}, actor=None)
    return made


async def test_a_chain_holds(db, subject):
    async with db.transaction(read_only=True) as tx:
        verdict = await evidence.verify(tx, subject)
        links = await evidence.chain(tx, subject)
    assert verdict == evidence.Verdict(True, 3)
    assert [link.data["n"] for link in links] == [0, 1, 2]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE evidence_link SET kind = 'x'",
        "DELETE FROM evidence_link",
        "TRUNCATE evidence_link CASCADE",
        "UPDATE evidence_private SET value = 'x'",
        "DELETE FROM evidence_private",
        "TRUNCATE evidence_private",
    ],
)
async def test_neither_role_changes_it(db, urls, subject, change):
    refused = r"permission denied|append-only|only if its chain says so"
    with pytest.raises(DBAPIError, match=refused):
        async with db.transaction() as tx:
            await tx.execute(text(change))
    owner = await connect(urls.owner)
    with pytest.raises(asyncpg.PostgresError, match=refused.removeprefix("permission denied|")):
        await owner.execute(change)
    await owner.close()


async def test_what_people_wrote_is_beside_the_chain(db, subject):
    said = {"reason": "Call me: +49 40 1234", "note": "", "n": 1}
    async with db.transaction() as tx:
        await evidence.record(tx, subject, "declined", said, actor=None)
    async with db.transaction(read_only=True) as tx:
        rows = [row for _link, row in await evidence.written(tx, subject)]
        links = await evidence.chain(tx, subject)
    assert links[-1].data == said
    assert "49 40" not in rows[-1].canonical
    assert "你好" not in "".join(row.canonical for row in rows)
    assert json.loads(rows[-1].canonical)["data"]["note"] == "", "nothing is nobody's"
    assert len({row.private["text"][0] for row in rows[:3]}) == 3, "each has a salt of its own"


LONG_AGO = timedelta(days=4 * 365)


@pytest.fixture
async def old(db):
    """A chain to which nothing was added for four years."""
    made = Subject("thing", new_id())
    with clock.at(clock.now() - LONG_AGO):
        async with db.transaction() as tx:
            for number in range(3):
                await evidence.record(tx, made, "message.sent", {"text": f"once {number}", "n": number}, actor=None)
    return made


async def test_what_was_erased_is_gone_and_the_chain_holds(db, subject, old):
    async with db.transaction() as tx:
        assert await evidence.erase(tx, old, basis="deal.over", actor=None) == 3
        assert await evidence.erase(tx, old, basis="deal.over", actor=None) == 0, "a second time is nothing"
        await evidence.record(tx, old, "message.sent", {"text": "later"}, actor=None)
    async with db.transaction(read_only=True) as tx:
        assert await evidence.verify(tx, old) == evidence.Verdict(True, 5)
        links = await evidence.chain(tx, old)
        assert [link.data["text"] for link in await evidence.chain(tx, subject)] == [f"你好 {n}" for n in range(3)]
        kept = (await tx.scalars(text("SELECT value FROM evidence_private ORDER BY value"))).all()
    assert [link.data.get("text") for link in links] == [None, None, None, None, "later"]
    assert links[3].kind == evidence.ERASED
    assert links[3].data == {"links": [1, 2, 3], "basis": "deal.over"}
    assert kept == ['"later"', *(f'"你好 {n}"' for n in range(3))]


async def test_two_who_erase_at_once_erase_once(db, old):
    async def one() -> int:
        async with db.transaction() as tx:
            return await evidence.erase(tx, old, basis="deal.over", actor=None)

    assert sorted(await asyncio.gather(one(), one())) == [0, 3]
    async with db.transaction(read_only=True) as tx:
        assert await evidence.verify(tx, old) == evidence.Verdict(True, 4)


async def test_nothing_is_erased_before_its_time(db, urls, subject):
    """Three years after the chain's last word; whoever may write to it cannot make them shorter."""
    async with db.transaction() as tx:
        with pytest.raises(evidence.StillKept):
            await evidence.erase(tx, subject, basis="deal.over", actor=None)
        assert len(await evidence.chain(tx, subject)) == 3
    for url in (urls.app, urls.owner):
        connection = await connect(url)
        with clock.at(clock.now() + LONG_AGO), pytest.raises(DBAPIError, match="must be kept longer"):
            async with db.transaction() as tx:
                await evidence.erase(tx, subject, basis="deal.over", actor=None)
        with pytest.raises(asyncpg.PostgresError, match="only if its chain says so"):
            await connection.execute("DELETE FROM evidence_private")
        await connection.close()


@pytest.mark.parametrize("links", [None, [1, 2, 3], "all", 2, ["1", None, [2]]])
async def test_who_only_says_that_something_was_erased_changes_nothing(db, subject, links):
    async with db.transaction() as tx:
        await evidence.record(tx, subject, evidence.ERASED, {"links": links}, actor=None)
    async with db.transaction(read_only=True) as tx:
        assert await evidence.verify(tx, subject) == evidence.Verdict(True, 4)


@pytest.mark.parametrize("later", [timedelta(), LONG_AGO], ids=["too early", "in the future"])
async def test_what_the_owner_erases_before_its_time_is_found(db, urls, subject, later):
    with clock.at(clock.now() + later):
        async with db.transaction() as tx:
            await evidence.record(tx, subject, evidence.ERASED, {"links": [1, 2, 3]}, actor=None)
    owner = await connect(urls.owner)
    await owner.execute("ALTER TABLE evidence_private DISABLE TRIGGER USER")
    await owner.execute("DELETE FROM evidence_private")
    await owner.close()
    async with db.transaction(read_only=True) as tx:
        assert await evidence.verify(tx, subject) == evidence.Verdict(False, 4, 1, "private")


async def test_nothing_erased_comes_back(db, urls, old):
    async with db.transaction(read_only=True) as tx:
        [_first, (_link, row), _third] = await evidence.written(tx, old)
    async with db.transaction() as tx:
        await evidence.erase(tx, old, basis="deal.over", actor=None)
    salt, value = row.private["text"]
    owner = await connect(urls.owner)
    await owner.execute(
        "INSERT INTO evidence_private SELECT id, 'text', decode($1, 'hex'), $2 FROM evidence_link WHERE seq = 2"
        " AND subject_id = $3",
        *(salt, value, old.id),
    )
    await owner.close()
    async with db.transaction(read_only=True) as tx:
        verdict = await evidence.verify(tx, old)
    assert verdict == evidence.Verdict(False, 4, 2, "private")


async def test_a_forged_link_is_refused(db, subject):
    with pytest.raises(DBAPIError, match="does not continue its chain"):
        async with db.transaction() as tx:
            await tx.execute(
                text(
                    "INSERT INTO evidence_link (id, subject_type, subject_id, seq, kind, canonical, at, previous, hash)"
                    " SELECT gen_random_uuid(), subject_type, subject_id, 4, kind, canonical, at, hash, hash"
                    " FROM evidence_link WHERE seq = 3"
                )
            )


@pytest.mark.parametrize(
    ("change", "broken_at"),
    [
        ("UPDATE evidence_link SET canonical = replace(canonical, '\"n\":1', '\"n\":7') WHERE seq = 2", 2),
        ("UPDATE evidence_private SET value = replace(value, '你好 1', '再见 1')", 2),
        ("UPDATE evidence_private SET salt = sha256(salt)", 1),
        ("DELETE FROM evidence_private WHERE value LIKE '%1%'", 2),
        ("INSERT INTO evidence_private SELECT link_id, 'note', salt, value FROM evidence_private WHERE value ~ '2'", 3),
        ("UPDATE evidence_link SET at = at + interval '1 day' WHERE seq = 1", 1),
        ("UPDATE evidence_link SET actor = gen_random_uuid() WHERE seq = 3", 3),
        (
            "WITH gone AS (DELETE FROM evidence_private WHERE value LIKE '%1%' RETURNING link_id)"
            " DELETE FROM evidence_link WHERE seq = 2",
            2,
        ),
        (
            "UPDATE evidence_link SET canonical = canonical || ' ',"
            " hash = sha256(previous || convert_to(canonical || ' ', 'UTF8')) WHERE seq = 2",
            3,
        ),
    ],
)
async def test_what_the_owner_changes_is_found(db, urls, subject, change, broken_at):
    owner = await connect(urls.owner)
    for table in ("evidence_link", "evidence_private"):
        await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await owner.execute(change)
    await owner.close()
    async with db.transaction(read_only=True) as tx:
        verdict = await evidence.verify(tx, subject)
    assert (verdict.whole, verdict.broken_at) == (False, broken_at)


async def test_two_at_once_make_one_chain(db):
    subject = Subject("thing", new_id())

    async def one(n: int) -> None:
        async with db.transaction() as tx:
            await evidence.record(tx, subject, "note", {"n": n}, actor=None)

    await asyncio.gather(*(one(n) for n in range(20)))
    async with db.transaction(read_only=True) as tx:
        assert await evidence.verify(tx, subject) == evidence.Verdict(True, 20)


def test_no_floats():
    with pytest.raises(TypeError, match="floats"):
        evidence.canonical_json({"amount": 1.5})
