"""Who reported somebody is never told: every page, JSON, file and letter that others can open is looked through."""

import io
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest
from pypdf import PdfReader

from app.core.runner import drain
from tests.factories.bundles import make_bundle
from tests.factories.cases import decision, make_report, rule, take_up
from tests.factories.people import make_staff, stepped_up
from tests.factories.privacy import make_export
from tests.factories.products import make_product
from tests.factories.rights import answer, decide, make_notice, without_account
from tests.factories.world import World, make_world
from tests.fakes import FakeGateway
from tests.flows.test_routes import addresses
from trust.access import Role
from trust.cases import queries, service
from trust.cases.service import Speaker
from trust.cases.states import Remedy, Side
from trust.privacy import exporting

NAME, EMAIL, PHONE = "Zheng Xiulan", "xiulan.canary@example.org", "+86 139 0000 4711"
CANARIES = ("Xiulan", "xiulan", "139 0000 4711", "bookkeeper")
"""What would tell: of the name, the address, the telephone, and the place at work that a statement gives away."""


@pytest.fixture
async def world(app: Any) -> World:
    app.state.jobs = replace(app.state.jobs, gateway=FakeGateway())
    return await make_world(app)


async def _report(app: Any, world: World) -> str:
    """A report of the supplier that was asked about, answered and decided; the case."""
    ctx = app.state.jobs
    async with ctx.db.transaction() as tx:
        judge = await make_staff(tx, Role.MODERATOR)
    said = f"I, {NAME}, their bookkeeper, saw the certificates being forged."
    case_id, _code = await make_report(app, world.partners.supplier, contact=f"{NAME}, {PHONE}", statement=said)
    await take_up(ctx, case_id, judge)
    async with ctx.db.transaction() as tx:
        case = await queries.for_update(tx, case_id)
        await service.say(tx, case, f"{NAME} again: ask the bookkeeper.", [], by=Speaker(Side.COMPLAINANT))
    await rule(ctx, case_id, judge, decision(Remedy.WARN, exhibits=["C1"]))
    await drain(ctx)
    return str(case_id)


async def _notice(app: Any, world: World) -> str:
    """A notice without an account about a product of the supplier's, decided and denied; the notice."""
    ctx = app.state.jobs
    async with ctx.db.transaction() as tx:
        judge = await make_staff(tx, Role.MODERATOR)
        product = await make_product(tx, world.partners.supplier)
    by = await without_account(ctx, EMAIL)
    notice_id = await make_notice(ctx, by, [product], contact=f"{NAME}, {PHONE}")
    await decide(ctx, notice_id, judge)
    await drain(ctx)
    await answer(ctx, notice_id, world.partners.supplier)
    await drain(ctx)
    return str(notice_id)


def _readable(data: bytes) -> str:
    """All that somebody with the file can read: the text of a PDF, everything in an archive, in an archive."""
    if data.startswith(b"%PDF-") and data.rstrip().endswith(b"%%EOF"):
        return "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    if data.startswith(b"PK\x03\x04"):
        with ZipFile(io.BytesIO(data)) as archive:
            return "\n".join(f"{name} {_readable(archive.read(name))}" for name in archive.namelist())
    return data.decode(errors="replace")


def _told(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary in text]


async def test_nobody_but_the_desk_can_open_what_would_tell_who_reported(app, client, world):
    here = world.parameters | {"matter_id": await _report(app, world), "label": "C1"}
    here["notice_id"] = await _notice(app, world)
    wrong, opened = [], 0
    for name in ("supplier owner", "supplier sales", "buyer owner", "stranger owner", "visitor"):
        async with client(as_=world.actors.get(name)) as http:
            for address in addresses(app):
                if address.method != "GET" or address.path.startswith("/dev/"):
                    continue
                for accept in ("text/html", "application/json"):
                    got = await http.get(address.filled(here), headers={"accept": accept})
                    opened += got.status_code == 200
                    found = _told(_readable(got.content)) + _told(repr(dict(got.headers)))
                    if found:
                        wrong.append(f"{address.name} tells {name} {found}")
    assert opened > 300, "the walk gets in"
    assert wrong == [], "\n".join(wrong)


async def test_the_desk_that_has_it_can(app, client, world):
    """The walk above could find the words: who decides the case reads them."""
    case = await _report(app, world)
    async with client(as_=world.actors["staff moderator"]) as http:
        assert "bookkeeper" in _told((await http.get(f"/cases/{case}")).text)


async def test_no_letter_to_anybody_else_tells(app, settings, world):
    await _report(app, world)
    await _notice(app, world)
    letters = [message_from_bytes(path.read_bytes(), policy=default) for path in settings.data_dir.glob("mail/*.eml")]
    others = [letter for letter in letters if EMAIL not in str(letter["to"])]
    assert len(others) < len(letters), "who sent the notice got letters"
    wrong = [
        f"{letter['to']}: {letter['subject']}"
        for letter in others
        for part in letter.walk()
        if part.get_content_maintype() == "text" and _told(str(part.get_content()))
    ]
    assert wrong == []


async def test_nothing_taken_along_tells(app, client, world):
    """The reported company's copy of its own data, and the evidence of its deals, packed after it was reported."""
    await _report(app, world)
    await _notice(app, world)
    state, supplier = app.state, world.partners.supplier
    export_id = await make_export(app, supplier)
    async with state.db.transaction() as tx:
        by = (await stepped_up(tx, supplier)).member
        copy = _readable(await exporting.fetch(tx, state.files, state.vault, export_id, by=by))
    assert supplier.member.email in copy, "it was read"
    bundle = await make_bundle(state.jobs, UUID(world.parameters["order_id"]), supplier)
    async with client(as_=supplier) as http:
        packed = _readable((await http.get(f"/bundles/{bundle}/file")).content)
    assert "order.contracted" in packed or "escrow_funded" in packed, "it was read"
    assert _told(copy) + _told(packed) == []
