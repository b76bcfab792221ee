"""A copy of everything about a member, and erasing one: what goes, what stays, and who stands in the way."""

import asyncio
import io
import json
from datetime import timedelta
from zipfile import ZipFile

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.core import clock, evidence
from app.core.subject import Subject
from tests.factories.contracts import make_order, make_partners
from tests.factories.people import make_company, make_key, make_member, make_staff, open_browser, stepped_up
from tests.factories.privacy import make_export, make_request, take
from tests.forms import submit
from trust.access import Role
from trust.identity import queries as identity
from trust.identity.models import MemberRow, Organisation, Passkey, SessionRow
from trust.privacy import desk, erasing, exporting, jobs
from trust.privacy.errors import ErasureNotFound, ExportNotFound, LastOwnerStays
from trust.privacy.models import Erasure, PersonalExport
from trust.privacy.records import RECORDS
from trust.privacy.states import Kind, RequestMove
from trust.retention import service as retention

PAGE = "/settings/privacy"
KEPT = ("signature", "journal_entry", "posting", "contract", "orders")
"""What an erasure leaves as it is, to the last byte."""


async def unpacked(app, db, export_id):
    async with db.transaction(read_only=True) as tx:
        row = await tx.get_one(PersonalExport, export_id)
    vault = app.state.settings.vault
    sealed = await app.state.files.get(row.file_key)
    return ZipFile(io.BytesIO(vault.open_bytes(sealed, exporting.sealed_for(export_id)))), sealed


async def test_an_export_holds_what_the_member_wrote_and_nothing_of_others(app, ctx, db):
    partners = await make_partners(db)
    await make_order(ctx, partners)
    async with db.transaction() as tx:
        for who, words in ((partners.buyer, "the buyer wrote this"), (partners.supplier, "the supplier wrote that")):
            await tx.execute(text("UPDATE member SET name = :n WHERE id = :id"), {"n": words, "id": who.id})
    archive, sealed = await unpacked(app, db, await make_export(app, partners.buyer))
    names = set(archive.namelist())
    assert names == {f"{one.name}.json" for one in RECORDS} | {"index.html", "about.json"}
    everything = b"".join(archive.read(name) for name in names)
    assert b"the buyer wrote this" in everything
    assert b"the buyer wrote this" not in sealed
    assert b"the supplier wrote that" not in everything
    assert str(partners.supplier.id).encode() not in everything
    assert partners.supplier.member.email.encode() not in everything
    signed = json.loads(archive.read("signature-member_id.json"))
    async with db.transaction(read_only=True) as tx:
        count = await tx.scalar(text("SELECT count(*) FROM signature WHERE member_id = :m"), {"m": partners.buyer.id})
    assert len(signed) == count > 0
    [account] = json.loads(archive.read("member-id.json"))
    assert account["email"] == partners.buyer.member.email
    assert "password_hash" not in account
    assert b"the buyer wrote this" in archive.read("index.html")


async def test_every_record_names_columns_that_exist_and_no_secret(app):
    from_tables = exporting.Base.metadata.tables
    for one in RECORDS:
        table = from_tables[one.table]
        assert {one.owner, one.at, *one.columns} <= set(table.c.keys()), one


async def test_a_page_shows_how_far_it_is_and_the_file_asks_who_one_is(app, client, db, run_jobs):
    async with db.transaction() as tx:
        owner, stranger = await make_company(tx), await make_company(tx, "Stranger")
    async with client(as_=owner) as http:
        refused = await submit(http, PAGE, "export")
        assert refused.status_code == 403, "the step up comes first"
        await step_up(db, owner)
        asked = await submit(http, PAGE, "export")
        where = asked.headers["location"]
        assert "being packed" in (await http.get(where)).text
        again = await submit(http, PAGE, "export")
        assert again.headers["location"] == where, "one at a time"
        await run_jobs()
        ready = (await http.get(where)).text
        assert "Fetch my data" in ready
        fetched = await submit(http, where, "copy")
        assert fetched.status_code == 200
        assert ZipFile(io.BytesIO(fetched.content)).testzip() is None
        await step_up(db, owner, timedelta(minutes=11))
        assert (await submit(http, where, "copy")).status_code == 403
    async with client(as_=stranger) as http:
        assert (await http.get(where)).status_code == 404
    async with db.transaction(read_only=True) as tx:
        log = await tx.scalars(text("SELECT action FROM audit_entry WHERE member_id = :m"), {"m": owner.id})
        assert list(log).count("personal_export_fetched") == 1


async def step_up(db, actor, ago=timedelta()):
    async with db.transaction() as tx:
        for row in await tx.scalars(select(SessionRow).where(SessionRow.member_id == actor.id)):
            row.stepped_up_at = clock.now() - ago


async def test_asked_too_often_it_is_refused(app, client, db):
    async with db.transaction() as tx:
        owner = await make_company(tx)
    async with client(as_=owner) as http:
        await http.get(PAGE)
        await step_up(db, owner)
        answers = [(await submit(http, PAGE, "export")).status_code for _try in range(4)]
    assert answers == [303, 303, 303, 429]


async def test_after_seven_days_it_is_gone(app, ctx, db):
    async with db.transaction() as tx:
        owner = await make_company(tx)
    export_id = await make_export(app, owner)
    async with db.transaction(read_only=True) as tx:
        row = await tx.get_one(PersonalExport, export_id)
    for moment, there in ((row.expires_at - timedelta(seconds=30), True), (row.expires_at, False)):
        with clock.at(moment):
            await jobs.throw_away(ctx)
        assert await app.state.files.exists(row.file_key) is there
    async with db.transaction() as tx:
        person = await stepped_up(tx, owner)
        with pytest.raises(ExportNotFound):
            await exporting.fetch(tx, app.state.files, app.state.vault, export_id, by=person.member)


async def test_packed_twice_at_once_it_is_one_file(app, ctx, db):
    async with db.transaction() as tx:
        owner = await stepped_up(tx, await make_company(tx))
        row = await exporting.ask(tx, by=owner.member)
    await asyncio.gather(exporting.pack(ctx, row.id), exporting.pack(ctx, row.id))
    archive, _sealed = await unpacked(app, db, row.id)
    assert archive.testzip() is None


async def ask_long_ago(db, actor, days=8):
    """An erasure whose seven days are over, by the server's clock too."""
    with clock.at(clock.now() - timedelta(days=days)):
        async with db.transaction() as tx:
            person = await stepped_up(tx, actor)
            return (await erasing.ask(tx, by=person.member)).id


async def colleague_of(db, owner, *roles):
    async with db.transaction() as tx:
        company = (await tx.scalars(select(Organisation).where(Organisation.id == owner.organisation_id))).one()
        return await make_member(tx, company, roles=roles or (Role.OWNER,))


async def test_what_can_go_goes_and_what_was_signed_stays(app, client, ctx, db, run_jobs):
    partners = await make_partners(db)
    order_id = await make_order(ctx, partners)
    owner = partners.supplier
    async with db.transaction() as tx:
        await tx.execute(text("UPDATE member SET name = 'Chen Siyuan' WHERE id = :id"), {"id": owner.id})
        tx.add(Passkey(member_id=owner.id, name="Key", credential_id=b"1", public_key=b"2", transports=[]))
        before = {table: await fingerprint(tx, table) for table in KEPT}
    key = await make_key(db, owner)
    cookie = await open_browser(db, owner)
    await colleague_of(db, owner)
    erasure_id = await ask_long_ago(db, owner)
    await run_jobs()
    await jobs.erase_members(ctx)
    await run_jobs()  # the last letter goes out
    await jobs.erase_members(ctx)
    async with db.transaction(read_only=True) as tx:
        row = await tx.get_one(MemberRow, owner.id)
        assert (row.name, row.password_hash, row.totp_sealed) == ("Former member", "", None)
        assert row.email == f"{owner.id}@former.invalid"
        for table in ("passkey", "recovery_code", "one_time_token"):
            query = text(f"SELECT count(*) FROM {table} WHERE member_id = :m")  # noqa: S608  our own words
            assert await tx.scalar(query, {"m": owner.id}) == 0
        # The contract as it was signed names whom to write to; it goes with its deal.
        assert await leftovers(tx, owner.member.email) == ["contract", "contract_revision"]
        assert {table: await fingerprint(tx, table) for table in KEPT} == before
        for subject in (Subject("order", order_id), Subject("erasure", erasure_id)):
            assert (await evidence.verify(tx, subject)).whole
        assert (await tx.get_one(Erasure, erasure_id)).state == "done"
    async with client(key=key) as http:
        assert (await http.get("/account")).status_code == 403
    async with client() as http:
        http.cookies.set("session", cookie)
        assert (await http.get("/account", follow_redirects=False)).status_code == 303
    async with client(as_=partners.buyer) as http:
        contract = (await http.get(f"/orders/{order_id}")).text
        assert contract
    async with db.transaction(read_only=True) as tx:
        number = await tx.scalar(text("SELECT number FROM contract LIMIT 1"))
    async with client() as http:
        assert (await http.get(f"/verify/{number}")).status_code == 200
    assert await contracts_hold(ctx, db)


async def fingerprint(tx, table):
    """Of all rows of a table."""
    query = text(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t")  # noqa: S608  our own words
    return await tx.scalar(query)


async def contracts_hold(ctx, db):
    """Every signed file still is what its chain says."""
    async with db.transaction(read_only=True) as tx:
        rows = (await tx.execute(text("SELECT id, file_key FROM contract WHERE file_key <> ''"))).all()
    for _id, key in rows:
        await ctx.files.get(key)
    return bool(rows)


async def leftovers(tx, address):
    """Tables in which an address is still said somewhere."""
    found = []
    tables = await tx.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'")
    )
    for table in sorted(tables):
        query = text(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE :what')  # noqa: S608  the catalogue's own
        if await tx.scalar(query, {"what": f"%{address}%"}):
            found.append(table)
    return found


async def test_the_seven_days_are_held_to_the_second_and_it_can_be_called_off(app, client, ctx, db):
    async with db.transaction() as tx:
        owner = await make_company(tx)
    async with client(as_=owner) as http:
        assert (await http.post(f"{PAGE}/erasure")).status_code in {403, 409}
        await step_up(db, owner)
        assert (await submit(http, f"{PAGE}/erasure", "erase")).status_code == 303
        assert "about to be erased" in (await http.get(PAGE)).text
        with clock.at(clock.now() + timedelta(days=6, hours=23, minutes=59)):
            async with db.transaction(read_only=True) as tx:
                assert await erasing.due(tx, limit=5) == []
        assert (await submit(http, PAGE, "stay")).status_code == 303
        assert (await http.get(PAGE)).status_code == 200
    with clock.at(clock.now() + timedelta(days=8)):
        await jobs.erase_members(ctx)
    async with db.transaction(read_only=True) as tx:
        assert (await identity.member_view(tx, owner.id)).removed_at is None
    async with db.transaction() as tx:
        with pytest.raises(ErasureNotFound):
            await erasing.cancel(tx, by=owner.member)


async def test_the_database_erases_nobody_before_their_time(db):
    async with db.transaction() as tx:
        owner = await stepped_up(tx, await make_company(tx))
        await erasing.ask(tx, by=owner.member)
    for statement in (
        "SELECT forget_member(:m)",
        "SELECT forget_sign_ins(:m)",
        "UPDATE erasure SET due_at = now() - interval '1 day' WHERE member_id = :m",
        "UPDATE erasure SET state = 'done', ended_at = now() WHERE member_id = :m",
        "DELETE FROM erasure WHERE member_id = :m",
    ):
        with pytest.raises(DBAPIError):
            async with db.transaction() as tx:
                await tx.execute(text(statement), {"m": owner.id})


async def test_the_last_owner_of_open_deals_stays_and_is_told_why(client, ctx, db):
    partners = await make_partners(db)
    await make_order(ctx, partners)
    async with client(as_=partners.supplier) as http:
        page = (await http.get(f"{PAGE}/erasure")).text
        assert "you are the last owner" in page
        assert 'id="erase"' not in page
    async with db.transaction() as tx:
        person = await stepped_up(tx, partners.supplier)
        with pytest.raises(LastOwnerStays):
            await erasing.ask(tx, by=person.member)
    await colleague_of(db, partners.supplier)
    await ask_long_ago(db, partners.supplier)
    await jobs.erase_members(ctx)
    async with db.transaction(read_only=True) as tx:
        assert (await identity.member_view(tx, partners.supplier.id)).name == "Former member"


async def test_of_two_owners_who_go_at_once_one_stays(app, ctx, db):
    partners = await make_partners(db)
    await make_order(ctx, partners)
    one, two = partners.supplier, await colleague_of(db, partners.supplier)
    ids = [await ask_long_ago(db, one), await ask_long_ago(db, two)]
    await asyncio.gather(*(ctx.tx(erasing.erase, erasure_id) for erasure_id in ids), return_exceptions=True)
    async with db.transaction(read_only=True) as tx:
        left = [(await identity.member_view(tx, who.id)).removed_at is None for who in (one, two)]
    assert sorted(left) == [False, True]


async def test_who_is_alone_with_nothing_open_may_go(ctx, db):
    async with db.transaction() as tx:
        owner = await make_company(tx)
    erasure_id = await ask_long_ago(db, owner)
    done = await asyncio.gather(*(ctx.tx(erasing.erase, erasure_id) for _time in range(3)))
    assert sorted(done) == [False, False, True], "three at once erase once"


async def test_a_hold_wins_and_is_told_to_nobody(client, ctx, db):
    async with db.transaction() as tx:
        owner = await make_company(tx)
        keepers = [await make_staff(tx, Role.COMPLIANCE), await make_staff(tx, Role.ADMIN)]
        subject = Subject("organisation", owner.organisation_id)
        hold = await retention.place(tx, subject, "x", reason="A court asks.", reference="1", by=keepers[0].member)
    async with client(as_=owner) as http:
        assert "court" not in (await http.get(f"{PAGE}/erasure")).text
    await ask_long_ago(db, owner)
    await jobs.erase_members(ctx)
    async with db.transaction(read_only=True) as tx:
        assert (await identity.member_view(tx, owner.id)).removed_at is None
    async with db.transaction() as tx:
        await retention.lift(tx, hold, reason="Closed.", by=keepers[1].member)
    await jobs.erase_members(ctx)
    async with db.transaction(read_only=True) as tx:
        assert (await identity.member_view(tx, owner.id)).name == "Former member"


async def test_half_a_year_later_the_sign_ins_go_too(ctx, db):
    async with db.transaction() as tx:
        owner = await make_company(tx)
    with clock.at(clock.now() - timedelta(days=200)):
        await open_browser(db, owner)
    long_ago = clock.now() - timedelta(days=184)
    erasure_id = await ask_long_ago(db, owner, days=192)
    with clock.at(long_ago):
        await jobs.erase_members(ctx)

    async def kept():
        async with db.transaction(read_only=True) as tx:
            rows = await tx.scalars(select(SessionRow).where(SessionRow.member_id == owner.id))
            return {row.address for row in rows} - {""}

    assert await kept() == {"127.0.0.1"}
    await jobs.erase_members(ctx)
    assert await kept() == set()
    async with db.transaction(read_only=True) as tx:
        assert (await tx.get_one(Erasure, erasure_id)).logs_erased_at is not None


async def test_what_stays_is_said_before_with_its_end(client, ctx, db):
    partners = await make_partners(db)
    await make_order(ctx, partners)
    await colleague_of(db, partners.supplier)
    async with db.transaction(read_only=True) as tx:
        stays = {one.kind.key: one for one in await erasing.stays(tx, partners.supplier.id)}
        last = await tx.scalar(text("SELECT max(at) FROM signature WHERE member_id = :m"), {"m": partners.supplier.id})
    assert stays["deal"].until >= last + stays["deal"].kind.kept
    assert stays["proofs"].until is None
    async with client(as_=partners.supplier) as http:
        page = (await http.get(f"{PAGE}/erasure")).text
        assert "Signatures" in page
        assert "E-Commerce Law (PRC) art. 31" in page


async def test_a_granted_request_of_a_former_member_erases_them(app, ctx, db):
    async with db.transaction() as tx:
        owner, officer = await make_company(tx), await make_staff(tx, Role.COMPLIANCE)
    gone = await colleague_of(db, owner, Role.SALES)
    async with db.transaction() as tx:
        await tx.execute(text("UPDATE member SET removed_at = now() WHERE id = :m"), {"m": gone.id})
    with clock.at(clock.now() - timedelta(days=8)):
        request_id, _key = await make_request(app, Kind.ERASURE, email=gone.member.email)
        await take(app, request_id, officer.member)
        letter = "Your account is erased in seven days."
        async with db.transaction() as tx:
            await desk.answer(tx, app.state.vault, request_id, RequestMove.GRANT, letter, by=officer.member)
    await jobs.erase_members(ctx)
    async with db.transaction(read_only=True) as tx:
        assert (await identity.member_view(tx, gone.id)).name == "Former member"
