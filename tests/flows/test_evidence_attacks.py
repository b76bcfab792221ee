"""Evidence under attack: as the application's role, as the tables' owner, and as an owner who takes the guards away.

What the first two try is refused. What the third does cannot be: the command finds it, whatever was made to fit.
"""

import asyncio
import hashlib
from datetime import timedelta

import asyncpg
import pytest
from click.testing import CliRunner

from app.commands.evidence import evidence as command
from app.core import clock, publishing
from app.core.storage import FileDamaged
from app.core.subject import Subject
from tests.factories.contracts import make_partners
from tests.factories.files import PDF as PAGE
from tests.jobs.test_bundles import a_deal
from tests.sql import connect

GUARDED = """
    SELECT c.relname, a.attname FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = 1
     WHERE EXISTS (SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgrelid = c.oid
                      AND p.proname = 'refuse_change' AND t.tgtype & 2 <> 0)
     ORDER BY 1
"""
"""Every table that a guard keeps from losing rows: append-only ones, and those whose rows gain a mark later."""
TRIES = (
    "TRUNCATE {table} CASCADE",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "ALTER TABLE {table} DISABLE TRIGGER USER",
    "DROP TABLE {table} CASCADE",
    "CREATE RULE quiet AS ON INSERT TO {table} DO INSTEAD NOTHING",
)
ROLE_TRIES = (
    "SET session_replication_role = replica",
    "ALTER ROLE portolan_app SET session_replication_role = replica",
    "SET ROLE portolan_owner",
    "DROP FUNCTION refuse_change() CASCADE",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
)
REFUSED = (asyncpg.InsufficientPrivilegeError, asyncpg.IntegrityConstraintViolationError, asyncpg.WrongObjectTypeError)


async def allowed(connection, statements) -> list[str]:
    """Those that were not refused."""
    passed = []
    for statement in statements:
        try:
            async with connection.transaction():
                await connection.execute(statement)
                passed.append(statement)
                raise asyncpg.IntegrityConstraintViolationError("undone")
        except REFUSED:
            pass
    return passed


async def guarded(urls) -> list[tuple[str, str]]:
    boss = await connect(urls.super)
    found = [(row[0], row[1]) for row in await boss.fetch(GUARDED)]
    await boss.close()
    return found


async def test_the_application_changes_no_history(urls):
    tables = await guarded(urls)
    names = {table for table, _column in tables}
    assert {"evidence_link", "logged_head", "tree_node", "tree_head", "signature", "contract_file", "posting"} <= names
    app = await connect(urls.app)
    wholly = {
        row[0] for row in await app.fetch("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only'")
    }
    tries = [line.format(table=table) for table, _column in tables for line in TRIES]
    for table, column in tables:
        if table in wholly:
            tries += [f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"]  # noqa: S608  names from the catalogue
    assert await allowed(app, [*tries, *ROLE_TRIES]) == []
    await app.close()


async def test_the_owner_is_refused_while_the_guards_stand(urls, ctx, db):
    await a_deal(ctx, await make_partners(db))
    with clock.at(clock.now() + timedelta(days=1, hours=3)):
        await publishing.publish_day(ctx)
    owner = await connect(urls.owner)
    tries = [f"TRUNCATE {table} CASCADE" for table, _column in await guarded(urls)]
    for table in ("evidence_link", "logged_head", "tree_node", "tree_head", "signature", "contract_file"):
        tries += [f"DELETE FROM {table}"]  # noqa: S608  names from the catalogue
    assert await allowed(owner, [*tries, "SET session_replication_role = replica"]) == []
    await owner.close()


@pytest.fixture
async def deal(ctx, db):
    made = await a_deal(ctx, await make_partners(db))
    for days in (1, 2):
        with clock.at(clock.now() + timedelta(days=days, hours=3)):
            await publishing.publish_day(ctx)
    return made


@pytest.fixture
def verify(settings, monkeypatch):
    async def run(*words: str):
        monkeypatch.setattr("app.commands.evidence.settings", lambda: settings)
        return await asyncio.to_thread(CliRunner().invoke, command, ["verify", *words])

    return run


async def test_what_nobody_touched_holds(deal, verify):
    told = await verify("--all")
    assert told.exit_code == 0, told.output
    for subject in (f"order:{deal.order_id}", f"contract:{deal.contract_id}", f"inquiry:{deal.inquiry_id}"):
        one = await verify(subject)
        assert (one.exit_code, "1 chains" in one.output) == (0, True), one.output
    assert (await verify("order:00000000-0000-7000-8000-000000000000")).exit_code == 1
    assert (await verify("nonsense")).exit_code == 2
    assert (await verify()).exit_code == 2


REWRITE = """
    DO $$ DECLARE link record; prior bytea; BEGIN
      UPDATE evidence_link SET canonical = replace(canonical, '"carrier":"Blue Meridian"', '"carrier":"Red Meridian"')
       WHERE subject_type = 'order';
      prior := decode(repeat('00', 32), 'hex');
      FOR link IN SELECT * FROM evidence_link WHERE subject_type = 'order' ORDER BY seq LOOP
        UPDATE evidence_link SET previous = prior, hash = sha256(prior || convert_to(link.canonical, 'UTF8'))
         WHERE id = link.id RETURNING hash INTO prior;
      END LOOP; END $$
"""
FIT_THE_LOG = """
    UPDATE logged_head l SET head = e.hash FROM evidence_link e
     WHERE (e.subject_type, e.subject_id, e.seq) = (l.subject_type, l.subject_id, l.seq)
"""
ERASE_EARLY = """
    UPDATE message SET text = text || '!';
    DELETE FROM evidence_private p USING evidence_link l WHERE l.id = p.link_id AND l.kind = 'inquiry.message';
    INSERT INTO evidence_link (id, subject_type, subject_id, seq, kind, canonical, actor, at, previous, hash)
    SELECT gen_random_uuid(), 'inquiry', m.subject_id, m.seq + 1, 'evidence.erased', m.words, NULL, m.at, m.hash,
           sha256(m.hash || convert_to(m.words, 'UTF8'))
      FROM (SELECT l.*, format(
                '{"actor":null,"at":"%s","data":{"basis":"x","links":[%s]},"kind":"evidence.erased",'
                '"seq":%s,"subject":"%s"}',
                to_char(l.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00',
                (SELECT string_agg(o.seq::text, ',') FROM evidence_link o WHERE o.subject_id = l.subject_id
                    AND o.kind = 'inquiry.message'), l.seq + 1, 'inquiry:' || l.subject_id) AS words
              FROM evidence_link l WHERE l.subject_type = 'inquiry' ORDER BY l.seq DESC LIMIT 1) AS m
"""
CHANGES = {
    "a link changed": "UPDATE evidence_link SET canonical = replace(canonical, 'Meridian', 'Mediterran')",
    "a link's time changed": "UPDATE evidence_link SET at = at + interval '1 hour' WHERE seq = 1",
    "a link dropped": "DELETE FROM evidence_link WHERE subject_type = 'order' AND seq = 2",
    "the last link dropped": "DELETE FROM evidence_link WHERE subject_type = 'order' AND kind = 'order.shipped'",
    "a chain dropped": "DELETE FROM evidence_link WHERE subject_type = 'inquiry'",
    "a chain rewritten with all hashes": REWRITE,
    "and the log's leaves": REWRITE + ";" + FIT_THE_LOG,
    "a leaf of the log dropped": "DELETE FROM logged_head WHERE place = 0",
    "a root exchanged": "UPDATE tree_head SET root = sha256('another')",
    "what somebody wrote changed beside its link": "UPDATE evidence_private SET value = replace(value, 'a', 'b')",
    "what somebody wrote left out": "DELETE FROM evidence_private",
    "a message changed and said to be erased": ERASE_EARLY,
    "a message changed": "UPDATE message SET text = text || '!'",
    "a message dropped": "DELETE FROM message",
    "an offer changed": "UPDATE quotation SET content = jsonb_set(content, '{lead_days}', '5')",
    "terms changed": "UPDATE contract SET terms = jsonb_set(terms, '{fee,basis_points}', '1')",
    "a signature's statement changed": "UPDATE signature SET statement = replace(statement, 'Director', 'Clerk')",
    "a signatory's name changed": "UPDATE signature SET name = 'Somebody Else'",
    "a document's state dropped": "DELETE FROM contract_file WHERE kind = 'contract.affixed'",
    "the document rolled back": "UPDATE contract SET file_key = pdf_key",
    "another file in a shipment": "UPDATE shipment SET documents = replace(documents::text, '{sha}', '{other}')::jsonb",
    "a shipment's file left out": "UPDATE shipment SET documents = '[]'",
}


async def test_what_an_owner_changes_behind_the_guards_is_found(ctx, deal, verify, urls):
    """Each change alone, in one database: all of it is undone by the copy that was made before."""
    boss = await connect(urls.super)
    await boss.execute("SET session_replication_role = replica")
    tables = ("evidence_link", "evidence_private", "logged_head", "tree_head", "message", "quotation", "contract",
              "signature", "contract_file", "shipment")  # fmt: skip
    for table in tables:
        await boss.execute(f"CREATE TABLE kept_{table} AS TABLE {table}")
    sha = hashlib.sha256(PAGE + b"%packing list\n").hexdigest()
    unnoticed = []
    for name, change in CHANGES.items():
        await boss.execute(change.replace("{sha}", sha).replace("{other}", "0" * 64))
        told = await verify("--all")
        if told.exit_code != 1 or "FAIL" not in told.output:
            unnoticed.append(f"{name}: {told.output}{told.exception!r}")
        for table in tables:
            await boss.execute(f"DELETE FROM {table}")  # noqa: S608
            await boss.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")  # noqa: S608
    assert unnoticed == [], "\n".join(unnoticed)
    assert (await verify("--all")).exit_code == 0
    await boss.close()


async def test_bytes_changed_in_the_store_are_found(ctx, deal, verify):
    digest = hashlib.sha256(PAGE + b"%packing list\n").hexdigest()
    path = ctx.settings.data_dir / "files" / digest[:2] / digest
    before = path.read_bytes()
    path.write_bytes(before.replace(b"packing", b"hacking"))
    told = await verify("--all")
    assert (told.exit_code, f"file {digest}: file_damaged" in told.output) == (1, True), told.output
    with pytest.raises(FileDamaged):
        await ctx.files.get(f"{digest[:2]}/{digest}")
    path.unlink()
    assert f"file {digest}: file_missing" in (await verify(str(Subject("order", deal.order_id)))).output
