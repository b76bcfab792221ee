"""The migrations: up, down and up again on an empty database, and exactly the tables that the models describe."""

import asyncio
import os
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from app import migrations
from app.core import clock
from app.tables import metadata
from orders.contracts import queries as contracts
from orders.contracts import revisions
from orders.contracts import service as contracting
from orders.contracts.revising import Adjustments
from orders.deals import plan, settling
from orders.deals import queries as orders
from payments import proof
from payments.escrow import queries as escrows
from tests import sql
from tests.factories.contracts import draft_contract, fund, make_order, make_partners

NAME = f"t_migrations_{os.getpid()}"
ALLOWED: dict[str, str] = {}
"""Differences between models and migrated database that are meant: what `compare_metadata` says → why."""

EVERYTHING = """
    SELECT 'relation ' || relkind::text || ' ' || relname FROM pg_class
     WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'function ' || p.proname FROM pg_proc p
     WHERE p.pronamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'trigger ' || tgrelid::regclass || ' ' || tgname FROM pg_trigger WHERE NOT tgisinternal
"""
APPEND_ONLY = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only'"


def address(role: str, database: str = NAME) -> str:
    return os.environ[f"PORTOLAN_TEST_{role}"].replace("DATABASE", database)


async def connect(role: str, database: str = NAME) -> Any:
    return await sql.connect(address(role, database))


@pytest.fixture
async def empty() -> AsyncIterator[Any]:
    """An empty database of the owner's, made by the superuser; a connection to it that sees everything."""
    admin = await connect("SUPER", "postgres")
    await admin.execute(f'CREATE DATABASE "{NAME}" OWNER portolan_owner')
    boss = await connect("SUPER")
    yield boss
    await boss.close()
    await admin.execute(f'DROP DATABASE "{NAME}" WITH (FORCE)')
    await admin.close()


async def everything(boss: Any) -> set[str]:
    return {row[0] for row in await boss.fetch(EVERYTHING)}


async def up() -> None:
    await asyncio.to_thread(migrations.upgrade, address("OWNER"))


async def test_up_down_and_up_again(empty):
    bare = await everything(empty)
    await up()
    first = await everything(empty)
    tables = {name.split(" ", 2)[2] for name in first if name.startswith(("relation r ", "relation p "))}
    assert set(metadata.tables) <= tables
    await asyncio.to_thread(migrations.downgrade, address("OWNER"), "base")
    left = await everything(empty) - bare
    assert left == {"relation r alembic_version", "relation i alembic_version_pkc"}
    await up()
    assert await everything(empty) == first


BEFORE_BANK = "e1d04b5665d6"
SUSPENSE = """
INSERT INTO account (id, code, kind, currency, side, floor_zero, hot, created_at) VALUES
    ('00000000-0000-7000-8000-000000000001', 'bank:main', 'bank', 'USD', 1, false, true, now()),
    ('00000000-0000-7000-8000-000000000002', 'suspense', 'suspense', 'USD', -1, false, true, now());
INSERT INTO journal_entry (id, key, request_hash, kind, reason, contract_hash, request_id, facts, at, created_in) VALUES
    ('00000000-0000-7000-8000-000000000003', 'bank:x', repeat('0', 64), 'bank_received', 'x', '', '', '{}', now(), 0);
INSERT INTO posting (entry_id, number, account_id, amount_minor, amount_currency) VALUES
    ('00000000-0000-7000-8000-000000000003', 1, '00000000-0000-7000-8000-000000000001', 500, 'USD'),
    ('00000000-0000-7000-8000-000000000003', 2, '00000000-0000-7000-8000-000000000002', -500, 'USD');
"""


async def test_money_in_suspense_gets_its_case(empty):
    """What lay in suspense before there were cases has one after the upgrade; the way back leaves the books alone."""
    await asyncio.to_thread(migrations.upgrade, address("OWNER"), BEFORE_BANK)
    async with empty.transaction():
        await empty.execute(SUSPENSE)
    await up()
    found = [tuple(row) for row in await empty.fetch("SELECT kind, state, held_minor, held_currency FROM bank_case")]
    assert found == [("unknown_reference", "open", 500, "USD")]
    await asyncio.to_thread(migrations.downgrade, address("OWNER"), BEFORE_BANK)
    assert await empty.fetchval("SELECT count(*) FROM posting") == 2
    await up()
    assert await empty.fetchval("SELECT count(*) FROM bank_case") == 1


BEFORE_RESEALING = "d3b8f0a6c215"
AGREED = """
INSERT INTO verification_request (id, organisation_id, submitted_by, unchanged, form, claims, representative_sealed,
                                  private_sealed, documents, note, state, created_at, reason, verdicts, accepted)
SELECT gen_random_uuid(), '00000000-0000-7000-8000-000000000001', gen_random_uuid(), false, 'other',
       '{"registration": "CN 91"}', name, '', '[]', '', 'accepted', now(), '', '{}', '{}'
  FROM unnest(ARRAY['\\x0102'::bytea, '\\x0304', '']) AS name;
INSERT INTO register_entry (id, request_id, mark, sealed, agrees, screenshot, screenshot_type, source, looked_by,
                            looked_at)
SELECT gen_random_uuid(), id, sha256(''), '\\x05', jsonb_build_object('legal_name', 'x', 'representative',
       encode(sha256('representative:CN 91:'::bytea || '\\x0102'), 'hex')), '', '', '', submitted_by, now()
  FROM verification_request WHERE representative_sealed = '\\x0304';
"""
DIGEST = "SELECT agrees ->> 'representative' FROM register_entry"


async def test_a_register_agrees_with_the_same_names_once_these_have_marks(empty):
    """Its digest was made of a name as it lies sealed, in another request of the company; now of the name's mark."""

    def digest(of: bytes) -> str:
        return sha256(b"representative:CN 91:" + of).hexdigest()

    await asyncio.to_thread(migrations.upgrade, address("OWNER"), BEFORE_RESEALING)
    await empty.execute("SET session_replication_role = replica")
    await empty.execute(AGREED)
    await up()
    marks = [row[0] for row in await empty.fetch("SELECT representative_mark FROM verification_request ORDER BY 1")]
    assert marks == sorted([b"", sha256(b"\x01\x02").digest(), sha256(b"\x03\x04").digest()])
    assert await empty.fetchval(DIGEST) == digest(sha256(b"\x01\x02").digest())
    await asyncio.to_thread(migrations.downgrade, address("OWNER"), BEFORE_RESEALING)
    assert await empty.fetchval(DIGEST) == digest(b"\x01\x02")
    await up()
    assert await empty.fetchval(DIGEST) == digest(sha256(b"\x01\x02").digest())


BEFORE_PLACES = "5b1e8d40f7c3"
INDEXED = """
INSERT INTO product_search (generation, product_id, version, category, country, currency, price_low, price_high,
                            moq, incoterms, certificates, traits, published_at, title_en, title_zh, body_en, body_zh,
                            document)
SELECT generation, CAST('00000000-0000-7000-8000-00000000000' || number AS uuid), 1, 'mugs', 'CN', 'USD', 1, 2, 10,
       '{}', '{}', '{}', now(), 'A mug', '', '', '', ''
FROM generate_series(1, 2) AS generation, generate_series(1, 3) AS number WHERE generation + number > 2;
"""
PLACES = "SELECT generation, right(product_id::text, 1)::int, place, changed, gone FROM product_search ORDER BY 1, 2"


async def test_products_in_the_index_get_places_without_gaps(empty):
    await asyncio.to_thread(migrations.upgrade, address("OWNER"), BEFORE_PLACES)
    await empty.execute(INDEXED)
    await up()
    found = [tuple(row) for row in await empty.fetch(PLACES)]
    kept = (0, False)
    assert found == [(1, 2, 0, *kept), (1, 3, 1, *kept), (2, 1, 0, *kept), (2, 2, 1, *kept), (2, 3, 2, *kept)]
    await empty.execute("UPDATE product_search SET gone = true WHERE generation = 1 AND place = 0")
    await asyncio.to_thread(migrations.downgrade, address("OWNER"), BEFORE_PLACES)
    assert await empty.fetchval("SELECT count(*) FROM product_search") == 4
    await up()
    assert [tuple(row) for row in await empty.fetch(PLACES)] == [(1, 3, 0, *kept), *found[2:]]


async def test_what_the_models_say_is_what_the_database_has(empty):
    await up()

    def differences(connection: Connection) -> list[str]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return [str(difference) for difference in compare_metadata(context, metadata)]

    engine = create_async_engine(address("OWNER"))
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()
    assert set(found) - ALLOWED.keys() == set()
    assert ALLOWED.keys() - set(found) == set(), "these differences are gone: take them out of ALLOWED"


async def test_the_application_rewrites_no_history(empty):
    """The application's role may not change, delete or empty any append-only table; nor may the tables' owner."""
    await up()
    guarded = sorted(row[0] for row in await empty.fetch(APPEND_ONLY))
    assert {"audit_entry", "evidence_link", "event", "journal_entry", "posting", "state_change"} <= set(guarded)
    app, owner = await connect("APP"), await connect("OWNER")
    allowed = []
    for table in guarded:
        column = next(iter(metadata.tables[table].columns)).name
        for statement in (
            f"UPDATE {table} SET {column} = {column}",  # noqa: S608  names from our own models
            f"DELETE FROM {table}",  # noqa: S608  as above
            f"TRUNCATE {table} CASCADE",
        ):
            try:
                await app.execute(statement)
                allowed.append(statement)
            except asyncpg.InsufficientPrivilegeError:
                pass
        try:
            await owner.execute(f"TRUNCATE {table} CASCADE")
            allowed.append(f"TRUNCATE {table} by its owner")
        except asyncpg.IntegrityConstraintViolationError:
            pass
    await app.close()
    await owner.close()
    assert allowed == []


async def down_and_up(urls: Any, before: str) -> None:
    """To before a migration and back, over rows that exist. Personal parts of evidence would stop it."""
    with pytest.raises(RuntimeError, match="restore a backup"):
        await asyncio.to_thread(migrations.downgrade, urls.owner, before)
    owner = await sql.connect(urls.owner)
    await owner.execute("ALTER TABLE evidence_private DISABLE TRIGGER USER")
    await owner.execute("DELETE FROM evidence_private")
    await owner.close()
    await asyncio.to_thread(migrations.downgrade, urls.owner, before)
    await asyncio.to_thread(migrations.upgrade, urls.owner)


async def test_contracts_that_exist_keep_their_newest_text(ctx, db, urls):
    """Whoever made it, says their evidence; contracts that wait have the whole period before them."""
    partners = await make_partners(db)
    changed, made = await draft_contract(ctx, partners), await draft_contract(ctx, partners)
    async with db.transaction() as tx:
        await contracting.adjust(tx, changed, Adjustments(acceptance_days=9), revision=1, by=partners.buyer.member)
    await down_and_up(urls, "6e0b4d92a7c5-1")
    async with db.transaction(read_only=True) as tx:
        kept = {id_: await revisions.revisions(tx, id_) for id_ in (changed, made)}
        terms = await revisions.terms_at(tx, changed, 2)
        view = await contracts.contract(tx, changed)
    assert [(k.revision, k.member_id) for k in kept[changed]] == [(2, partners.buyer.id)]
    assert [(k.revision, k.member_id) for k in kept[made]] == [(1, None)]
    assert terms == view.terms
    assert view.ends_at is not None
    assert view.ends_at > clock.now()


async def test_deals_that_exist_get_their_milestones(ctx, db, urls):
    """Down and up again over deals in several states: what is said of milestones follows from books and escrow."""
    partners = await make_partners(db)
    waiting, held, over = [await make_order(ctx, partners) for _order in range(3)]
    for order_id in (held, over):
        await fund(ctx, order_id)
    async with db.transaction() as tx:
        proposal = await settling.propose_cancellation(tx, over, "The shop has closed.", by=partners.buyer.member)
        await settling.agree(tx, over, proposal.id, by=partners.supplier.member)

    async def told() -> list[Any]:
        async with db.transaction(read_only=True) as tx:
            assert (await proof.proof(tx)).holds
            found = [await plan.milestones(tx, order_id) for order_id in (waiting, held, over)]
            subjects = [(await orders.order(tx, order_id)).subject for order_id in (waiting, held, over)]
            return [found, [(await escrows.escrow(tx, subject)).milestones for subject in subjects]]

    before = await told()
    await down_and_up(urls, "a3f1c07d52be-1")
    assert await told() == before
