"""A copy of the database, and one of the files, without the key: nothing sealed can be read in either."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from app.core import clock
from app.core.crypto import KEY_ID, NONCE
from app.core.money import Money
from app.core.runner import drain
from app.core.security import SESSION
from app.tables import metadata
from payments.cases import queries as cases
from payments.cases import service as deciding
from payments.cases.service import Proposal
from payments.cases.states import Action, CaseState
from payments.payouts import accounts, numbers
from payments.payouts.accounts import NewAccount
from tests.factories.cases import make_report
from tests.factories.files import PDF
from tests.factories.identities import letters, make_owner, send_json
from tests.factories.money import make_finance
from tests.factories.people import Actor, make_company, open_browser, stepped_up
from tests.factories.privacy import make_request, take
from tests.factories.products import make_product
from tests.factories.rights import make_notice, without_account
from tests.factories.statements import PAYER, Entry, send_in, statement
from tests.factories.verification import stated
from tests.factories.world import CNAPS, World, make_world
from tests.fakes import FakeGateway
from tests.sql import connect
from trust.identity.models import Organisation, SessionRow
from trust.privacy import desk
from trust.privacy.columns import Level, columns
from trust.privacy.states import RequestMove
from trust.verification import drafts, reviewing
from trust.verification import service as verification
from trust.verification.papers import Paper, keep_papers
from trust.verification.register import RegistryEntry
from trust.verification.service import Handed

TAG = 16  # bytes by which a sealed value is authenticated


@pytest.fixture
async def world(app: Any) -> World:
    app.state.jobs = replace(app.state.jobs, gateway=FakeGateway())
    return await make_world(app)


async def dumped(url: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, as a superuser reads them."""
    connection = await connect(url)
    try:
        return {
            table.name: [dict(row) for row in await connection.fetch(f'SELECT * FROM "{table.name}"')]  # noqa: S608
            for table in metadata.sorted_tables
        }
    finally:
        await connection.close()


WRITTEN = {
    "account number": CNAPS.number,
    "payer's account": PAYER,
    "way to a reporter or notifier": "+86 139 0000 4711",
    "notifier's address": "canary.xiulan@example.org",
    "representative": "欧阳金丝雀",
    "owner": "司徒金丝雀",
    "draft": "a scope of canaries",
    "register's representative": "上官金丝雀",
    "visit": "Twelve canaries at work in the hall.",
    "request": "What do you have of the canary?",
    "extension": "The canary's file is large, two months more.",
    "answer": "Here is all that we have of the canary.",
    "account to send back to": "FR1420041010050500013M02606",
}
"""What is written into the sealed columns below."""


async def write_everything(app: Any, world: World) -> None:
    """A row, with words that are found nowhere else, in every column that is kept sealed."""
    state, ctx, keeper = app.state, app.state.jobs, world.actors["staff compliance"].member
    company = world.partners.supplier
    await make_report(app, company, contact=f"Zheng, {WRITTEN['way to a reporter or notifier']}")
    async with ctx.db.transaction() as tx:
        product = await make_product(tx, company)
    by = await without_account(ctx, WRITTEN["notifier's address"])
    await make_notice(ctx, by, [product], contact=f"Zheng, {WRITTEN['way to a reporter or notifier']}")
    request, _key = await make_request(app, email="canary.request@example.org", statement=WRITTEN["request"])
    await take(app, request, keeper)
    async with ctx.db.transaction() as tx:
        await desk.extend(tx, state.vault, request, WRITTEN["extension"], by=keeper)
        await desk.answer(tx, state.vault, request, RequestMove.GRANT, WRITTEN["answer"], by=keeper)
    await _verify(app, world)
    await _share_an_account(app)
    await _send_back(app)
    await drain(ctx)


async def _verify(app: Any, world: World) -> None:
    state, ctx, keeper = app.state, app.state.jobs, world.actors["staff moderator"].member
    async with ctx.db.transaction() as tx:
        asker = await make_company(tx, "Canary Works", level=0)
    papers = await keep_papers(state.files, state.vault, asker.organisation_id, [Paper("licence", "a.pdf", PDF)])
    typed = replace(
        stated(papers).typed,
        representative=WRITTEN["representative"],
        owners=((WRITTEN["owner"], "person", "CN", "62.5"),),
    )
    async with ctx.db.transaction() as tx:
        await drafts.save(tx, state.vault, {"scope": WRITTEN["draft"]}, [], by=world.actors["buyer owner"].member)
        request = await verification.submit(tx, state.vault, Handed(typed, papers), by=asker.member)
        await tx.flush()
        entry = RegistryEntry("CN", "1", "Canary Works", representative=WRITTEN["register's representative"])
        await reviewing.note_register(
            tx, state.vault, request, entry, source="gsxt.example", screenshot=None, by=keeper
        )
        await reviewing.record_visit(
            tx,
            state.vault,
            asker.organisation_id,
            kind="visit",
            visited_on=clock.now().date(),
            address="1 Harbour Road",
            confirms=True,
            report=WRITTEN["visit"],
            documents=papers,
            by=keeper,
        )


async def _share_an_account(app: Any) -> None:
    """Companies add the account that another one has: rules find it, hold payouts, and ask people to look."""
    for name in ("Canary Kiln", "Canary Jade"):
        async with app.state.db.transaction() as tx:
            person = await stepped_up(tx, await make_company(tx, name))
            await accounts.add_bank_account(tx, app.state.vault, NewAccount(CNAPS, "USD", name), by=person.member)


async def _send_back(app: Any) -> None:
    """Money that came from nobody knows where is to go back to an account that somebody named."""
    ctx = app.state.jobs
    async with ctx.db.transaction() as tx:
        finance = await make_finance(tx)
    await send_in(ctx, statement(Entry(Money.of("12", "USD"), text="no reference", account=""), opening=2500), finance)
    account = numbers.read("iban", "PSSTFRPPXXX", WRITTEN["account to send back to"])
    async with ctx.db.transaction() as tx:
        (newest, *_others), _total = await cases.cases(tx, states=[CaseState.OPEN])
        back = Proposal(action=Action.SEND_BACK, reason="The payer wrote.", account=account, holder="Hansa Import GmbH")
        await deciding.propose(tx, app.state.vault, newest.id, back, by=finance.member)


def sealed_columns() -> list[tuple[str, str]]:
    return [(one.table, one.name) for one in columns() if one.level is Level.SENSITIVE]


def unsealed(rows: dict[str, list[dict[str, Any]]], key: bytes) -> tuple[list[str], list[str]]:
    """Columns classed as sensitive that no row fills, and those with a value that is neither a mark nor sealed."""
    empty, open_ = [], []
    for table, name in sealed_columns():
        values = [row[name] for row in rows[table] if row[name]]
        if not values:
            empty.append(f"{table}.{name}")
        for value in values:
            marked = name.endswith("mark") and len(value) == 32
            if not marked and not (value.startswith(key) and len(value) >= KEY_ID + NONCE + TAG):
                open_.append(f"{table}.{name}")
    return empty, open_


def found_in(rows: dict[str, list[dict[str, Any]]], folder: Path, written: dict[str, str]) -> list[str]:
    """Where what was written can be read: in a column of any table, in a file of the store."""
    told: set[str] = set()
    values = [
        (f"{table}.{name}", value) for table, found in rows.items() for row in found for name, value in row.items()
    ]
    plain = [(where, str(value).encode()) for where, value in values if value is not None]
    plain += [(where, value) for where, value in values if isinstance(value, bytes)]
    plain += [("the store", path.read_bytes()) for path in folder.rglob("*") if path.is_file()]
    for what, words in written.items():
        forms = (words.encode(), words.encode().hex().encode(), json.dumps(words)[1:-1].encode())
        told |= {f"{what}: {where}" for where, value in plain if any(form in value for form in forms)}
    return sorted(told)


async def test_nothing_sensitive_is_readable_in_a_dump_or_in_the_files(app, urls, settings, world, caplog):
    """Each column classed so has a row here, each row is a mark or begins with the name of the key; the words stand
    nowhere else: in no other table, queue, chain, or file of the store, nor in a line of the log."""
    await write_everything(app, world)
    rows = await dumped(urls.super)
    assert "ID-02" in {hit["rule"] for hit in rows["risk_hit"]}, "that an account is shared was found"
    empty, open_ = unsealed(rows, app.state.vault.seal("", "")[:KEY_ID])
    assert empty == [], "say in `write_everything` how something comes there"
    assert open_ == []
    assert found_in(rows, settings.data_dir / "files", WRITTEN) == []
    assert not [words for words in WRITTEN.values() if words in caplog.text]
    shown = found_in(rows, settings.data_dir / "files", {"masked": CNAPS.masked})
    assert "masked: bank_account.masked" in shown, "the search finds what is there"


async def secrets_given_out(app: Any, client: Any, owner: Actor, address: str) -> dict[str, str]:
    """What proves who somebody is, each asked for with an idempotency key, and none of it spent."""
    state, found = app.state, {}
    async with client() as http:
        http.headers["idempotency-key"] = "once"
        found["cookie"] = await open_browser(state.db, owner)
        http.cookies.set(SESSION, found["cookie"])
        async with state.db.transaction() as tx:
            await tx.execute(update(SessionRow).values(stepped_up_at=clock.now()))
        key = {"label": "Stock system", "scopes": ["ship"], "days": 30}
        found["key of a program"] = (await send_json(http, "POST", "/api/v1/api-keys", key)).json()["key"]
        await send_json(http, "POST", "/api/v1/security/second-step")
        found["second step"] = (await http.get("/api/v1/security/second-step")).json()["secret"]
        invited = {"email": "canary@example.com", "roles": ["sales"]}
        assert (await send_json(http, "POST", "/api/v1/invitations", invited)).status_code == 201
    async with client() as http:
        http.headers["idempotency-key"] = "once"
        for page, path, body in (
            ("/password/forgotten", "/api/v1/password-resets", {"email": owner.member.email}),
            ("/rights", "/api/v1/rights/codes", {"email": WRITTEN["notifier's address"]}),
        ):
            assert (await send_json(http, "POST", path, body, page=page)).status_code == 200, path
        report = {"about": address, "topic": "fraud", "statement": "They sell forged certificates."}
        report["contact"] = WRITTEN["way to a reporter or notifier"]
        sent = await send_json(http, "POST", "/api/v1/reports", report, page=f"/reports/new?about={address}")
        found["code of a report"] = sent.json()["code"]
    for what, template, name in (
        ("invitation", "invitation", "token"),
        ("new password", "reset_password", "token"),
        ("code of a notifier", "notifier_code", "code"),
    ):
        found[what] = (await letters(state.db, template))[-1][name]
    return found | {
        f"{what}, as it is checked": said.replace("-", "") for what, said in found.items() if "code" in what
    }


async def test_no_key_to_the_house_is_readable_while_letters_wait(app, urls, settings, client, caplog):
    """A dump lets nobody in: no cookie, key, code or link of a letter stands in it, in no queue and no kept answer."""
    owner = await make_owner(app.state.db)
    async with app.state.db.transaction(read_only=True) as tx:
        slug = (await tx.get_one(Organisation, owner.organisation_id)).slug
    found = await secrets_given_out(app, client, owner, f"/suppliers/{slug}")
    assert all(len(secret) >= 16 for secret in found.values()), found
    rows = await dumped(urls.super)
    assert sum(job["name"] == "app.core.post.deliver_sealed" for job in rows["job"]) >= 3, "the letters wait"
    sealed = ("notifier's address", "way to a reporter or notifier")
    written = found | {what: WRITTEN[what] for what in sealed}
    assert found_in(rows, settings.data_dir / "files", written) == []
    assert not [secret for secret in written.values() if secret in caplog.text]
