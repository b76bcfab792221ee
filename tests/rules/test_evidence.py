"""The evidence chain: continues itself, refuses change, and shows what the database's owner changed behind its back."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import evidence
from app.core.ids import new_id
from app.core.subject import Subject


@pytest.fixture
async def subject(db):
    made = Subject("order", new_id())
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


@pytest.mark.parametrize("change", ["UPDATE evidence_link SET kind = 'x'", "DELETE FROM evidence_link"])
async def test_neither_role_changes_it(db, urls, subject, change):
    with pytest.raises(DBAPIError, match=r"permission denied|append-only"):
        async with db.transaction() as tx:
            await tx.execute(text(change))
    owner = await asyncpg.connect(urls.owner.replace("+asyncpg", ""))
    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        await owner.execute(change)
    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        await owner.execute("TRUNCATE evidence_link")
    await owner.close()


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
        ("UPDATE evidence_link SET canonical = replace(canonical, '你好 1', '再见 1') WHERE seq = 2", 2),
        ("UPDATE evidence_link SET at = at + interval '1 day' WHERE seq = 1", 1),
        ("UPDATE evidence_link SET actor = gen_random_uuid() WHERE seq = 3", 3),
        ("DELETE FROM evidence_link WHERE seq = 2", 2),
        (
            "UPDATE evidence_link SET canonical = canonical || ' ',"
            " hash = sha256(previous || convert_to(canonical || ' ', 'UTF8')) WHERE seq = 2",
            3,
        ),
    ],
)
async def test_what_the_owner_changes_is_found(db, urls, subject, change, broken_at):
    owner = await asyncpg.connect(urls.owner.replace("+asyncpg", ""))
    await owner.execute("ALTER TABLE evidence_link DISABLE TRIGGER ALL")
    await owner.execute(change)
    await owner.close()
    async with db.transaction(read_only=True) as tx:
        verdict = await evidence.verify(tx, subject)
    assert (verdict.whole, verdict.broken_at) == (False, broken_at)


async def test_two_at_once_make_one_chain(db):
    subject = Subject("order", new_id())

    async def one(n: int) -> None:
        async with db.transaction() as tx:
            await evidence.record(tx, subject, "note", {"n": n}, actor=None)

    await asyncio.gather(*(one(n) for n in range(20)))
    async with db.transaction(read_only=True) as tx:
        assert await evidence.verify(tx, subject) == evidence.Verdict(True, 20)


def test_no_floats():
    with pytest.raises(TypeError, match="floats"):
        evidence.canonical_json({"amount": 1.5})
