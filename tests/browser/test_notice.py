"""A right holder without an account against several listings: registered, down, back after fifteen days, or kept down
by a lawsuit."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI

from app.core import clock
from app.core.db import Database
from tests.browser import deal
from tests.browser.conftest import Newcomer, SignedIn
from tests.browser.person import PATIENCE, Person, Value
from tests.factories.contracts import Partners
from tests.factories.files import PDF
from tests.factories.people import Actor, make_staff
from tests.factories.products import make_product
from tests.rails.servers import until
from trust.restrictions.publishing import MASK
from trust.rights import jobs

HOLDER = "anna@lanterna.example"
RIGHT: dict[str, Value] = {
    "kind": "trade_mark",
    "office": "CN",
    "number": "1234567",
    "title": "LANTERNA",
    "holder": "Maria Canaria",
    "person": True,
    "valid_until": "2099-12-31",
}
SENT: dict[str, Value] = {
    "measure": "take_down",
    "statement": "The lid bears our mark, as the pictures show.",
    "contact": "Anna Holder, +49 30 4711",
    "true": True,
}


@pytest.fixture
async def listed(db: Database, partners: Partners) -> list[UUID]:
    """Four products of the supplier's, published."""
    async with db.transaction() as tx:
        return [
            await make_product(tx, partners.supplier, title_en=f"Lantern mug No. {number}") for number in range(1, 5)
        ]


@pytest.fixture
async def judge(db: Database) -> Actor:
    async with db.transaction() as tx:
        return await make_staff(tx)


def _paper(folder: Path, name: str) -> Path:
    (folder / name).write_bytes(PDF + b"%" + name.encode())
    return folder / name


async def _enter(holder: Person, app: FastAPI) -> None:
    await holder.open("/rights")
    await holder.look("rights-door")
    await holder.send("code_request", email=HOLDER)
    code = await deal.letter(app.state.jobs.mailer, HOLDER, r"(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}")
    await holder.send("access", code=code.lower())


async def _register(holder: Person, judge: Person, certificate: Path) -> str:
    """The right goes into the registry, and somebody compares it with the office's own; its address."""
    await holder.open("/rights/registry/new")
    await holder.send("right", **RIGHT, ownership=certificate)
    right = holder.path
    await holder.look("right-entered")
    await judge.open("/rights/desk?show=rights")
    await judge.look("rights-to-check")
    await judge.follow(f"a[href='{right}']")
    await judge.look("right-to-check")
    await judge.send("acceptance")
    return right


async def _notify(holder: Person, products: list[UUID], folder: Path, *, right: str = "") -> str:
    """A notice about these, of a right in the registry or of one that it states; its address."""
    stated = {} if right else {**RIGHT, "ownership": _paper(folder, "certificate.pdf")}
    if right:
        await holder.open(right)
        await holder.follow("main a[href^='/rights/notices/new']")
    else:
        await holder.open("/rights/notices/new")
    addresses = "\n".join(f"/products/{one}" for one in products)
    await holder.fill("notice", **stated, **SENT, addresses=addresses, infringement=_paper(folder, "comparison.pdf"))
    await holder.look("notice-form")
    await holder.send("notice")
    await holder.look("notice-sent")
    return holder.path


async def _decide(judge: Person, notice: str, *, but: str = "") -> None:
    """Take the notice on; all comes down but the product of this title."""
    await judge.open(notice)
    await judge.send("handling", no_conflict=True)
    if but:
        items = (await judge.read(notice))["items"]
        enough = [one["id"] for one in items if but not in one["title"]]
        await judge.fill("decision", items=enough, reason="The picture shows no mark.")
    await judge.look("notice-to-decide")
    await judge.send("decision")
    await judge.look("notice-decided")


async def _counter(supplier: Person, notice: str, licence: Path) -> None:
    await supplier.open_when(notice, "#counter")
    await supplier.look("notice-received")
    await supplier.send("counter", statement="We hold a licence of the owner.", files=licence, true=True)
    await supplier.look("counter-made")


async def _statuses(visitor: Person, products: list[UUID]) -> list[int]:
    answers = [await visitor.page.context.request.get(f"/products/{one}") for one in products]
    return [answer.status for answer in answers]


async def _until_statuses(visitor: Person, products: list[UUID], *statuses: int) -> None:
    async def so() -> bool:
        return await _statuses(visitor, products) == list(statuses)

    await until(so, PATIENCE)


async def test_a_right_a_notice_without_an_account_and_what_becomes_of_it(
    app: FastAPI,
    listed: list[UUID],
    judge: Actor,
    partners: Partners,
    newcomer: Newcomer,
    signed_in: SignedIn,
    tmp_path: Path,
) -> None:
    holder, visitor = await newcomer("holder"), await newcomer("visitor")
    desk, supplier = (
        await signed_in(judge, "moderator"),
        await signed_in(partners.supplier, "supplier", locale="zh-Hans"),
    )
    await _enter(holder, app)
    right = await _register(holder, desk, _paper(tmp_path, "certificate.pdf"))
    notice = await _notify(holder, listed[:3], tmp_path, right=right)
    other = await _notify(holder, listed[3:], tmp_path)
    await supplier.open(notice, status=404)  # nobody is told before it is decided
    await desk.open("/rights/desk")
    await desk.look("notices-to-check")
    await _decide(desk, notice, but="No. 3")
    await _decide(desk, other)
    await _until_statuses(visitor, listed, 404, 404, 200, 404)

    for one in (notice, other):
        await _counter(supplier, one, _paper(tmp_path, "licence.pdf"))
        assert "4711" not in await supplier.page.content()
        assert HOLDER not in await supplier.page.content()
    for one in (notice, other):
        await holder.open_when(one, ".callout-waiting")  # it was handed over, and fifteen days run
    await holder.look("fifteen-days-run")
    company = await holder.page.locator("#proceeding [name=supplier] option").last.get_attribute("value")
    await holder.send(
        "proceeding",
        supplier=str(company),
        kind="lawsuit",
        authority="Shenzhen Intermediate People's Court",
        reference="(2026) 粤03民初1号",
        filed_on=clock.now().date().isoformat(),
        files=_paper(tmp_path, "acceptance.pdf"),
    )
    await holder.look("lawsuit-told")

    due = datetime.fromisoformat((await holder.read(notice))["counter_statements"][0]["due_at"])
    clock.advance(seconds=(due - clock.now()).total_seconds() - 60)
    await jobs.end_measures(app.state.jobs)
    assert await _statuses(visitor, listed) == [404, 404, 200, 404], "not a minute before"
    clock.advance(minutes=2)
    await jobs.end_measures(app.state.jobs)
    await _until_statuses(visitor, listed, 200, 200, 200, 404)
    await visitor.open(f"/products/{listed[0]}")
    await visitor.look("product-back")
    await visitor.open("/transparency/notices")
    await visitor.look("notices-register")
    shown = await visitor.page.content()
    assert f"M{MASK}" in shown, "of a person the first sign alone"
    assert all(word not in shown for word in (HOLDER, "Canaria", "4711", "The lid bears")), shown
    told = await visitor.read("/transparency/notices")
    assert "lapse" in {part["how"] for entry in told for part in entry["parts"]}
