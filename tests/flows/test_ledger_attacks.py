"""The books under attack: as the application's role, as the tables' owner, and as an owner who takes the guards away.

What the first two try is refused by PostgreSQL. What the third does cannot be refused; the proof finds it.
"""

from collections.abc import Iterable

import asyncpg
import pytest

from app.core import clock
from app.core.ids import new_id
from payments import proof
from payments.escrow import service as escrow
from payments.gateway import ProviderEvent
from payments.ledger import chart, queries
from payments.operations import service as operating
from tests.factories.money import Deal, fund_by_bank, make_deal
from tests.flows.test_ledger import ENTRY, LEGS, ROLES, accounts, add_legs, booked, connect, usd

__all__ = ["connect"]

TABLES = ("account", "balance", "journal_entry", "posting", "ledger_proof", "webhook_event", "evidence_link")
REFUSED = (asyncpg.InsufficientPrivilegeError, asyncpg.IntegrityConstraintViolationError)

AS_APPLICATION = [
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "ALTER TABLE {table} DISABLE TRIGGER USER",
    "DROP TABLE {table} CASCADE",
    "ALTER TABLE {table} ADD COLUMN extra int",
    "ALTER TABLE {table} OWNER TO portolan_app",
    "CREATE RULE quiet AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "CREATE TRIGGER more BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "TRUNCATE {table} CASCADE",
    "DELETE FROM {table}",
]

ELSEWHERE = [
    "SET ROLE portolan_owner",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION portolan_owner",
    "SET session_replication_role = replica",
    "ALTER ROLE portolan_app SUPERUSER",
    "CREATE ROLE another",
    "CREATE SCHEMA mine",
    "CREATE TABLE mine (id int)",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION check_legs_balance() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "DROP FUNCTION balance_follows() CASCADE",
    "ALTER FUNCTION balance_follows() SET search_path = mine",
    "ALTER TABLE posting DROP CONSTRAINT fk_posting_account",
    "ALTER TABLE posting ALTER CONSTRAINT fk_posting_entry_id DEFERRABLE",
    "DROP INDEX uq_journal_entry_key",
    "ALTER SYSTEM SET session_replication_role = replica",
    "COPY posting FROM PROGRAM 'true'",
    "SELECT pg_read_file('/etc/passwd')",
    "BEGIN; LOCK TABLE posting IN ACCESS EXCLUSIVE MODE",
]


async def allowed(connection: asyncpg.Connection, attacks: Iterable[str]) -> list[str]:
    """Those of the attacks that nothing refused."""
    through = []
    for attack in attacks:
        try:
            await connection.execute(attack)
        except REFUSED:
            await connection.execute("ROLLBACK")
        else:
            through.append(attack)
    return through


async def forge(connection: asyncpg.Connection, *legs: tuple[object, int], into: str = "public.posting") -> None:
    """An entry in the real journal; its legs where the caller says."""
    entry = new_id()
    async with connection.transaction():
        await connection.execute(ENTRY.replace("journal_entry", "public.journal_entry"), entry, "forged")
        await add_legs(connection, entry, *((*leg, "USD") for leg in legs), sql=LEGS.replace("posting", into))


async def test_the_application_cannot_alter_what_guards_the_books(db, connect):
    subject = await booked(db)
    attacks = [attack.format(table=table) for table in TABLES for attack in AS_APPLICATION]
    assert await allowed(await connect("app"), attacks + ELSEWHERE) == []
    async with db.transaction() as tx:
        assert await queries.balance(tx, chart.escrow(subject), "USD") == usd(100_000)


async def test_the_application_cannot_give_itself_more(connect):
    """PostgreSQL answers such a grant with a mere warning: what counts is what it is worth."""
    connection = await connect("app")
    for table in TABLES:
        await connection.execute(f"GRANT ALL ON {table} TO portolan_app WITH GRANT OPTION")
        for right in ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER", "REFERENCES", "MAINTAIN"):
            assert not await connection.fetchval("SELECT has_table_privilege($1, $2)", table, right)


@ROLES
async def test_temporary_tables_that_stand_before_the_real_ones_hide_nothing(db, connect, role):
    """PostgreSQL looks for a table's name among the session's temporary tables first. The triggers must not."""
    subject = await booked(db)
    connection = await connect(role)
    cash, held = await accounts(connection, subject)
    entry = await connection.fetchval("SELECT id FROM journal_entry")
    for name in ("posting", "journal_entry", "balance", "account", "evidence_link"):
        await connection.execute(f"CREATE TEMPORARY TABLE {name} (LIKE public.{name})")
    late = ((cash, 100, "USD"), (held, -100, "USD"))
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="only in the transaction"):
        await add_legs(connection, entry, *late, first=3, sql=LEGS.replace("posting", "public.posting"))
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="has no legs"):
        await forge(connection, (cash, 1), (held, -1), into="pg_temp.posting")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="does not balance"):
        await forge(connection, (cash, 100), (held, -99))
    async with db.transaction() as tx:
        assert await queries.balance(tx, chart.escrow(subject), "USD") == usd(100_000)


async def test_every_trigger_reads_the_tables_it_was_written_for(connect):
    """Whoever adds a trigger's function says where it looks: `SET search_path = public, pg_temp`."""
    connection = await connect("owner")
    open_to_others = await connection.fetch(
        """SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prorettype = 'trigger'::regtype
              AND NOT coalesce(proconfig, '{}') @> ARRAY['search_path=public, pg_temp']"""
    )
    assert [row[0] for row in open_to_others] == []


async def test_another_search_path_hides_no_guard(db, connect):
    subject = await booked(db)
    connection = await connect("app")
    cash, held = await accounts(connection, subject)
    await connection.execute("SET search_path = pg_catalog")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="does not balance"):
        await forge(connection, (cash, 100), (held, -99))
    assert await connection.fetchval("SELECT count(*) FROM public.journal_entry WHERE key = 'forged'") == 0


async def test_the_owner_cannot_wave_the_triggers_through(connect):
    """Setting the replication role would switch every trigger off at once; it takes a superuser."""
    connection = await connect("owner")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("SET session_replication_role = replica")


async def test_the_owner_of_the_tables_cannot_reach_a_balance_through_a_trigger_of_its_own_table(db, connect):
    """Depth is what the guard of `balance` looks at; an update that comes from outside any trigger has none."""
    subject = await booked(db)
    connection = await connect("owner")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="balances follow postings"):
        await connection.execute("WITH x AS (UPDATE balance SET minor = 0 RETURNING 1) SELECT count(*) FROM x")
    async with db.transaction() as tx:
        assert await queries.balance(tx, chart.escrow(subject), "USD") == usd(100_000)


FORCED = {
    "a balance is raised": (["balance"], "UPDATE balance SET minor = minor - 5", {"balances_are_sums"}),
    "a balance is taken away": (["balance"], "DELETE FROM balance", {"balances_are_sums"}),
    "one leg is changed": (
        ["posting"],
        "UPDATE posting SET amount_minor = amount_minor + 1 WHERE amount_minor > 0",
        {"entries_balance", "balances_are_sums"},
    ),
    "both legs are changed": (
        ["posting"],
        "UPDATE posting SET amount_minor = amount_minor * 2",
        {"balances_are_sums", "milestones_match_books"},
    ),
    "one leg is deleted": (["posting"], "DELETE FROM posting WHERE number = 2", {"entries_balance"}),
    "all legs are deleted": (["posting"], "DELETE FROM posting", {"entries_balance", "balances_are_sums"}),
    "legs, entries and balances are deleted": (
        ["posting", "journal_entry", "balance"],
        "DELETE FROM posting; DELETE FROM journal_entry; UPDATE balance SET minor = 0",
        {"milestones_match_books"},
    ),
    "money is booked out of nothing": (
        ["posting"],
        """UPDATE posting SET account_id = (SELECT id FROM account WHERE kind = 'fee_income')
            WHERE account_id = (SELECT id FROM account WHERE kind = 'bank') AND amount_minor > 0""",
        {"owed_is_covered"},
    ),
    "an entry is called something else": (
        ["journal_entry"],
        "UPDATE journal_entry SET kind = 'gift' WHERE kind = 'fund'",
        {"deals_add_up", "milestones_match_books"},
    ),
    "a milestone is called released": (
        [],
        "UPDATE escrow_milestone SET state = 'released' WHERE state = 'funded'",
        {"milestones_match_books"},
    ),
    "what a milestone costs is changed": (
        [],
        "UPDATE escrow_milestone SET amount_minor = amount_minor + 100, held_minor = held_minor + 100"
        " WHERE held_minor > 0",
        {"milestones_match_books"},
    ),
}


async def half_released(db) -> Deal:
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        await fund_by_bank(tx, deal.deposit)
        await fund_by_bank(tx, deal.balance)
        await escrow.release(tx, deal.subject, deal.deposit.id, by=None, reason="accepted")
        assert (await proof.proof(tx)).holds
    return deal


@pytest.mark.parametrize("attack", FORCED)
async def test_what_the_owner_forces_the_proof_finds(db, connect, attack):
    """The owner may disable its own triggers. The next proof fails, and with it payouts stop."""
    await half_released(db)
    tables, tampering, broken = FORCED[attack]
    connection = await connect("owner")
    async with connection.transaction():
        for table in tables:
            await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        await connection.execute(tampering)
        for table in tables:
            await connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    async with db.transaction() as tx:
        made = await proof.prove(tx, by=None)
    assert broken <= {i["name"] for i in made.invariants if not i["holds"]}
    async with db.transaction() as tx:
        assert not await proof.last_one_held(tx)


async def test_the_owner_cannot_change_history_without_disabling_a_guard(db, connect):
    await half_released(db)
    async with db.transaction() as tx:
        await proof.prove(tx, by=None)
        await operating.keep_event(tx, "stripe", ProviderEvent("evt_1", "payout.paid", "payout", "po_1", clock.now()))
    connection = await connect("owner")
    attacks = [f"{change} {table}" for table in TABLES for change in ("DELETE FROM", "TRUNCATE")]
    assert await allowed(connection, [f"{a} CASCADE" if "TRUNCATE" in a else a for a in attacks]) == []
