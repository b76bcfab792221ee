"""The door in the database: the owner alone, and of a row that stays as it was nothing but what is sealed anew."""

import asyncpg
import pytest

from app.core.crypto import Vault
from tests.factories.sealed import NEW, OLD
from tests.sql import connect

OLDER, NEWER = Vault(OLD), Vault(NEW, older=[OLD])
SEALED = OLDER.seal("Machines were running.", "verification:1")
AGAIN = NEWER.resealed(SEALED, "verification:1")
ROWS = {
    "bank_line": (
        "id, statement_id, number, direction, returned, amount_minor, amount_currency, booked_on, value_on, bank_ref,"
        " end_to_end, batch, reference, remittance, name, bank_code, country, sealed, masked, mark, code, reason,"
        " status, reasons",
        "gen_random_uuid(), gen_random_uuid(), 1, 'credit', false, 5, 'USD', now(), now(), '', '', '', '', '', '',"
        " '', '', $1, '', sha256('x'), '', '', 'new', '[]'",
        "masked = 'x'",
    ),
    "bank_case_decision": (
        "id, case_id, action, others, reason, letter, holder, scheme, bank_code, country, sealed, masked, state,"
        " proposed_by, created_at, decided_by, decided_at, note",
        "gen_random_uuid(), gen_random_uuid(), 'send_back', '{}', '', '', '', '', '', '', $1, '', 'approved',"
        " gen_random_uuid(), now(), gen_random_uuid(), now(), ''",
        "reason = 'x'",
    ),
    "register_entry": (
        "id, request_id, mark, sealed, agrees, screenshot, screenshot_type, source, looked_by, looked_at",
        "gen_random_uuid(), gen_random_uuid(), sha256('x'), $1, '{}', '', '', '', gen_random_uuid(), now()",
        'agrees = \'{"legal_name": "x"}\'',
    ),
    "site_visit": (
        "id, organisation_id, kind, visited_on, address, confirms, sealed, documents, recorded_by, recorded_at",
        "gen_random_uuid(), gen_random_uuid(), 'visit', now(), '', true, $1, '[]', gen_random_uuid(), now()",
        "confirms = false",
    ),
}
"""Of each table with a guard: columns and values of a row, and a change of something else."""
GUARDED_WHOLE = {"bank_line", "register_entry", "site_visit"}
"""Whose rows never leave."""
REFUSED = (asyncpg.IntegrityConstraintViolationError, asyncpg.InsufficientPrivilegeError)


async def test_only_what_is_sealed_and_only_the_owner(urls):
    boss, owner, app = [await connect(url) for url in (urls.super, urls.owner, urls.app)]
    for table, (columns, values, other) in ROWS.items():
        await boss.execute("SET session_replication_role = replica")
        await boss.execute(f"INSERT INTO {table} ({columns}) VALUES ({values})", SEALED)  # noqa: S608
        await boss.execute("SET session_replication_role = origin")
        change = f"UPDATE {table} SET sealed = $1"  # noqa: S608
        for asked, said, who in (
            (change, AGAIN, app),
            (change, AGAIN, boss),
            (change, OLDER.seal("Machines were resting.", "verification:1"), owner),
            (change, NEWER.seal("Machines were running fast.", "verification:1"), owner),
            (change, b"", owner),
            (f"{change}, {other}", AGAIN, owner),
            (f"{change}, id = gen_random_uuid()", AGAIN, owner),
        ):
            with pytest.raises(REFUSED):
                await who.execute(asked, said)
            assert await boss.fetchval(f"SELECT sealed FROM {table}") == SEALED, (table, asked)  # noqa: S608
        with pytest.raises(REFUSED):
            await owner.execute(f"UPDATE {table} SET {other}")  # noqa: S608
        with pytest.raises(REFUSED):
            await owner.execute(f"UPDATE {table} SET sealed = NULL")  # noqa: S608
        if table in GUARDED_WHOLE:
            with pytest.raises(REFUSED):
                await owner.execute(f"DELETE FROM {table}")  # noqa: S608
        assert await owner.execute(change, AGAIN) == "UPDATE 1", table
        assert await owner.fetchval(f"SELECT sealed FROM {table}") == AGAIN  # noqa: S608
    for one in (boss, owner, app):
        await one.close()


async def test_the_application_moves_no_file(urls):
    app, owner = await connect(urls.app), await connect(urls.owner)
    row = "INSERT INTO resealed_file (key, place, leaving, key_id, resealed_at) VALUES ('a', 'b', '', '\\x01', now())"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute(row)
    await owner.execute(row)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("UPDATE resealed_file SET place = 'c'")
    assert await app.execute("DELETE FROM resealed_file") == "DELETE 1", "with the file it goes"
    await app.close()
    await owner.close()
