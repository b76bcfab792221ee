"""Another key for what lies sealed, while people work: cut off anywhere, twice, two at once, beside old processes."""

import asyncio
import signal
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select, update

from app import checks
from app.commands.keys import keys
from app.core import clock
from app.core.config import Settings
from app.core.crypto import KEY_ID, Vault, key_id
from app.core.db import Database
from app.core.jobs import JobContext
from app.core.payload import Upload
from app.core.resealed import ResealedFile, ResealedFiles
from app.core.runner import drain
from app.core.spool import SpooledFiles
from app.core.storage import FileMissing, LocalFiles
from app.sealing import counting
from app.sealing.resealing import reseal
from orders.forgetting.jobs import erase_files
from payments.payouts.models import BankAccount
from payments.statements import service as statements
from payments.statements.models import StatementFile
from tests.factories.cases import make_complaint, make_report, take_up
from tests.factories.files import PDF
from tests.factories.micro_deposits import account_of
from tests.factories.money import make_finance
from tests.factories.mortal_sealing import Cut, Fuse, ignored, immortal, in_a_process, mortal, raised
from tests.factories.people import Actor, make_company, make_staff
from tests.factories.privacy import make_request
from tests.factories.sealed import NEW, OLD, opened, renewed, rotated
from tests.forms import submit
from trust.access import Role
from trust.cases import exhibits
from trust.cases import queries as cases
from trust.cases.states import Side
from trust.retention.models import ErasedFile

CONTACT = "Anna, +49 30 4711"
FOREIGN = "a key that nobody here has, long enough for its work"


def with_keys(settings: Settings, *vault_keys: str) -> Settings:
    return settings.model_copy(update={"vault_keys": tuple(SecretStr(key) for key in vault_keys)})


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Web and workers open with the new key and still seal with the old one."""
    return with_keys(settings, OLD, NEW)


@pytest.fixture
def turning(settings: Settings) -> Settings:
    """What the command runs with."""
    return with_keys(settings, NEW, OLD)


@dataclass(frozen=True)
class Kept:
    """A company with an account, reports about it with files, and a person's request."""

    company: Actor
    reports: tuple[UUID, ...]
    link: str


@pytest.fixture
async def kept(app: FastAPI, ctx: JobContext) -> Kept:
    async with ctx.db.transaction() as tx:
        await make_staff(tx, Role.COMPLIANCE)
        company = await make_company(tx, "Shenzhen Lantern")
    await account_of(ctx, company)
    reports = [(await make_report(app, company, contact=CONTACT))[0] for _ in range(2)]
    _request, link = await make_request(app)
    return Kept(company, tuple(reports), link)


def under(settings: Settings, key: str) -> list[str]:
    """Files of the store that lie under a key, whoever names them."""
    folder = settings.data_dir / "files"
    return [path.name for path in folder.glob("??/*") if path.read_bytes()[:KEY_ID] == key_id(key)]


async def fields_under(db: Database, key: str) -> int:
    return sum(count.under[key_id(key)] for count in await counting.fields(db))


async def test_it_may_be_cut_off_at_any_step(app, settings, turning, kept):
    """At each step everything opens; begun again, all of it is under the new key, and nothing old is left behind."""
    before = await opened(app.state.db, app.state.files, rotated())
    steps = 0
    while True:
        steps += 1
        try:
            await mortal(turning, Fuse(steps, raised))
        except Cut:
            assert await opened(app.state.db, app.state.files, rotated()) == before, steps
        else:
            break
        if steps % 5 == 0:  # else the next begins where this one was cut off
            await mortal(with_keys(settings, OLD, NEW), Fuse(0, raised))
    assert steps > 10
    assert await opened(app.state.db, app.state.files, renewed()) == before
    assert under(settings, OLD) == []
    assert await fields_under(app.state.db, OLD) == 0


async def test_what_a_cut_left_in_the_store_is_erased(app, ctx, settings, turning, kept):
    """New bytes that no row got to name are given up before they are put."""
    before = await opened(app.state.db, app.state.files, rotated())
    with pytest.raises(Cut):
        await mortal(turning, Fuse(3, raised))  # given up, committed, put
    assert len(under(settings, NEW)) == 1
    await immortal(turning)
    clock.advance(days=2)
    await erase_files(ctx)
    clock.reset()
    assert await opened(app.state.db, app.state.files, renewed()) == before
    assert len(under(settings, NEW)) == len(kept.reports)


async def test_killed_and_run_again(app, settings, turning, kept):
    before = await opened(app.state.db, app.state.files, rotated())
    worker = get_context("spawn").Process(target=in_a_process, args=(turning, 6))
    worker.start()
    await asyncio.to_thread(worker.join)
    assert worker.exitcode == -signal.SIGKILL
    assert await opened(app.state.db, app.state.files, rotated()) == before
    done = await immortal(turning)
    assert done.fields + done.files > 0
    assert await opened(app.state.db, app.state.files, renewed()) == before
    again = await immortal(turning)
    assert (again.fields, again.files) == (0, 0)


async def test_two_at_once(app, settings, turning, kept):
    before = await opened(app.state.db, app.state.files, rotated())
    fields = await fields_under(app.state.db, OLD)
    assert fields > sum(len(v) for k, v in before.items() if "sealed" in k), "letters wait, too"
    done = await asyncio.gather(immortal(turning), immortal(turning), immortal(turning))
    assert sum(one.fields for one in done) == fields
    assert sum(one.files for one in done) == len(kept.reports)
    assert [one.missing for one in done] == [set(), set(), set()]
    assert await opened(app.state.db, app.state.files, renewed()) == before
    assert under(settings, OLD) == []
    assert len(under(settings, NEW)) == len(kept.reports)


async def test_what_an_old_process_seals_meanwhile_is_found_the_next_time(app, ctx, settings, turning, kept):
    await immortal(turning)
    await make_report(app, kept.company, contact=CONTACT)
    assert app.state.vault.current == key_id(OLD)
    assert await fields_under(app.state.db, OLD) == 1
    code, said = await command(turning, "status")
    assert code == 2
    assert "case_file.contact_sealed" in said
    code, said = await command(turning, "reseal")
    assert code == 0, said
    assert "Sealed anew: 1 fields and 1 files." in said
    before = await opened(app.state.db, app.state.files, renewed())
    assert list(before["case_file.contact_sealed"].values()) == [CONTACT.encode()] * 3


async def test_a_row_that_is_being_changed_is_waited_for(app, db, settings, turning, kept):
    """Neither waits for the other while it holds a lock: the row comes when it is free."""
    async with db.transaction() as tx:
        row = (await tx.scalars(select(BankAccount).with_for_update())).one()
        work = asyncio.create_task(immortal(turning))
        while await fields_under(db, OLD) > 1:  # noqa: ASYNC110  another connection works
            await asyncio.sleep(0.05)
        row.holder = "Shenzhen Lantern Limited"
    done = await work
    assert done.closed_fields == set()
    assert await fields_under(db, OLD) == 0
    async with db.transaction(read_only=True) as tx:
        assert await tx.scalar(select(BankAccount.holder)) == "Shenzhen Lantern Limited"


async def test_what_no_key_opens_is_named_and_left_alone(app, db, settings, turning, kept):
    strange = Vault(FOREIGN).seal("4711", "somewhere else")
    async with db.transaction() as tx:
        await tx.execute(update(BankAccount).values(sealed=strange))
    code, said = await command(turning, "reseal")
    assert code == 1
    assert "No key of PORTOLAN_VAULT_KEYS opens: 1" in said
    assert "  bank_account.sealed " in said
    async with db.transaction(read_only=True) as tx:
        assert await tx.scalar(select(BankAccount.sealed)) == strange
    assert await fields_under(db, OLD) == 0, "the rest is done"
    code, said = await command(turning, "status")
    assert code == 1
    assert f"{key_id(FOREIGN).hex()}  IS NOT CONFIGURED" in said


async def test_a_file_that_is_erased_takes_its_new_bytes_along(app, ctx, settings, turning, kept):
    """By its name, wherever it lies by then, also after a second change of the key."""
    async with ctx.db.transaction(read_only=True) as tx:
        first, second = [row.key for case in kept.reports for row in await _shown(tx, case)]
    await immortal(turning)
    await immortal(with_keys(settings, FOREIGN, NEW))
    assert len(under(settings, FOREIGN)) == 2
    await ctx.files.delete(first)
    assert len(under(settings, FOREIGN)) == 1
    with pytest.raises(FileMissing):
        await ctx.files.get(first)
    assert await ctx.files.exists(second)
    assert not await ctx.files.exists(first)
    assert b"".join([piece async for piece in ctx.files.pieces(second)]) == await ctx.files.get(second)
    async with ctx.db.transaction(read_only=True) as tx:
        assert list(await tx.scalars(select(ResealedFile.key))) == [second]


async def test_a_file_that_nobody_names_any_more_is_given_up(app, ctx, settings, turning, kept):
    """Its row was erased just when a run moved it, and that run was cut off."""
    names = {"key": "ab/" + "ab" * 32, "place": "cd/" + "cd" * 32, "leaving": "ab/" + "ab" * 32}
    owner = Database(settings.migration_database_url, pool=1)
    async with owner.transaction() as tx:
        tx.add(ResealedFile(**names, key_id=key_id(NEW), resealed_at=clock.now()))
    await owner.close()
    await immortal(turning)
    async with ctx.db.transaction(read_only=True) as tx:
        assert list(await tx.scalars(select(ErasedFile.key))) == [names["key"]], "and none that somebody names"
    clock.advance(days=2)
    await erase_files(ctx)
    clock.reset()
    async with ctx.db.transaction(read_only=True) as tx:
        assert names["key"] not in list(await tx.scalars(select(ResealedFile.key)))


async def _shown(tx: Any, case_id: UUID) -> list[Any]:
    found = await cases.for_reading(tx, case_id)
    return [await cases.exhibit(tx, found, "C1", Side.COMPLAINANT)]


async def test_what_is_on_its_way_to_a_bucket_is_taken_the_next_time(app, ctx, db, settings, turning, tmp_path):
    store = ResealedFiles(db, LocalFiles(tmp_path / "bucket"))
    files = SpooledFiles(db, store)
    finance = await _finance(db)
    sent = await statements.keep(files, app.state.vault, b"<camt/>", "statement.xml")
    async with db.transaction() as tx:
        tx.add(StatementFile(filename="x", file_key=sent.key, sha256=sent.sha256, locale="en", uploaded_by=finance.id))
    owner = Database(settings.migration_database_url, pool=2)
    done = await reseal(owner, ResealedFiles(owner, store.store), turning.vault, ignored)
    assert (done.files, len(done.missing)) == (0, 1)
    assert [count.under for count in await counting.files(db, files) if count.under] == [{key_id(OLD): 1}]
    await drain(replace(ctx, files=files))
    done = await reseal(owner, ResealedFiles(owner, store.store), turning.vault, ignored)
    assert (done.files, done.missing) == (1, set())
    await owner.close()
    assert renewed().open_bytes(await files.get(sent.key), statements.FILE_CONTEXT) == b"<camt/>"
    await files.delete(sent.key)
    assert list((tmp_path / "bucket").glob("??/*")) == []


async def _finance(db: Database) -> Actor:
    async with db.transaction() as tx:
        return await make_finance(tx)


async def command(settings: Settings, word: str) -> tuple[int, str]:
    listed = ", ".join(f'"{key.get_secret_value()}"' for key in settings.vault_keys)
    said = {
        "PORTOLAN_ENVIRONMENT": "test",
        "PORTOLAN_DATABASE_URL": settings.database_url,
        "PORTOLAN_MIGRATION_DATABASE_URL": settings.migration_database_url,
        "PORTOLAN_DATA_DIR": str(settings.data_dir),
        "PORTOLAN_VAULT_KEYS": f"[{listed}]",
    }
    result = await asyncio.to_thread(CliRunner(env=said).invoke, keys, [word])
    return result.exit_code, result.output


async def test_check_names_the_keys_and_what_is_left(app, settings, turning, kept):
    async def told(chosen: Settings) -> tuple[bool, str]:
        [found] = [result for result in await checks.run(chosen) if result.name == "vault"]
        return found.fine, found.detail

    fine, said = await told(turning)
    assert fine
    assert said.startswith("2 keys; 0 under the one that seals, ")
    assert "portolan keys reseal" in said
    await immortal(turning)
    fine, said = await told(turning)
    assert fine
    assert said.endswith("none older")
    assert (await told(with_keys(settings, NEW)))[1].startswith("1 key; ")
    fine, said = await told(with_keys(settings, OLD))
    assert not fine
    assert "not configured" in said


async def test_nothing_fails_while_it_runs(app, ctx, db, client, settings, turning, kept, run_jobs):
    """People read what lies sealed and seal more of it, all through two changes of the key."""
    async with db.transaction() as tx:
        buyer, judge = await make_company(tx, "Hanse Tea", country="DE"), await make_staff(tx, Role.MODERATOR)
    case_id = await make_complaint(ctx, buyer, kept.company)
    upload = Upload("cup.pdf", "application/pdf", PDF)
    files = await exhibits.keep(app.state.files, app.state.vault, case_id, [upload])
    async with db.transaction() as tx:
        case = await cases.for_update(tx, case_id)
        await exhibits.add(tx, case, files, side=Side.COMPLAINANT, audience="", by=buyer.id)
    await take_up(ctx, case_id, judge)
    over = asyncio.Event()
    counts = {"read": 0, "written": 0}

    async def reads() -> None:
        async with client(as_=buyer) as http:
            while not over.is_set():
                file = await http.get(f"/cases/{case_id}/exhibits/C1")
                assert (file.status_code, file.content) == (200, PDF)
                page = await http.get(f"/privacy/requests/{kept.link}")
                assert page.status_code == 200
                assert "What do you have?" in page.text
                counts["read"] += 2

    async def writes() -> None:
        async with client(as_=kept.company) as http:
            for number in range(8):
                said = {"files": (f"{number}.pdf", PDF + b"%%%d" % number, "application/pdf")}
                sent = await submit(http, f"/cases/{case_id}", "statement", files=said, text=f"Look at page {number}.")
                assert sent.status_code == 303, sent.text
                back = await http.get(f"/cases/{case_id}/exhibits/R{number + 1}")
                assert back.content == PDF + b"%%%d" % number
                counts["written"] += 1

    async def turns() -> None:
        for one, other in ((NEW, OLD), (OLD, NEW)) * 2:
            await immortal(with_keys(settings, one, other))
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(reads())
        writer, turner = group.create_task(writes()), group.create_task(turns())
        await asyncio.wait([writer, turner])
        over.set()
    assert counts["written"] == 8
    assert counts["read"] > 0
    await immortal(turning)
    before = await opened(db, app.state.files, renewed())
    assert len(before["case_exhibit.key"]) == len(kept.reports) + 1 + 8
    assert under(settings, OLD) == []
