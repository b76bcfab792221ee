"""The screening desk: lists taken in version by version, what changed told, names looked up."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest
from sqlalchemy import select

from app.core import evidence
from app.core.subject import Subject
from tests.factories import sanctions
from tests.factories.people import make_staff
from tests.forms import submit
from tests.queries import cost
from tests.sql import connect
from trust.access import Role
from trust.screening import queries, service
from trust.screening.entries import Entry, Kind, Name, Strength
from trust.screening.errors import BadList, MuchGone, SameList
from trust.screening.formats import un
from trust.screening.models import ListVersion
from trust.screening.service import Taken

XML = "text/xml"


@pytest.fixture
async def keeper(db):
    async with db.transaction() as tx:
        return await make_staff(tx, Role.COMPLIANCE)


def taken(*companies: str) -> Taken:
    data = sanctions.un(*companies)
    made, found = un.read(data)
    return Taken("un", "UN list", "un", made, found, service.digest(data))


async def take(db, keeper, *companies: str, much_gone: bool = False) -> service.Delta:
    async with db.transaction() as tx:
        return await service.take_in(tx, taken(*companies), by=keeper.member, much_gone=much_gone)


async def named(db, name: str) -> list[str]:
    async with db.transaction(read_only=True) as tx:
        return [hit.entry.name for hit in await queries.alike(tx, name)]


FIVE = ("Lantern Trading", "Red Mill", "Quarry Works", "Salt Road", "Harbour Nine")


async def test_a_version_is_kept_as_what_changed(db, keeper):
    assert await take(db, keeper, *FIVE) == service.Delta(
        ("XYe.001", "XYe.002", "XYe.003", "XYe.004", "XYe.005", "XYi.001"), (), ()
    )
    changed = ("Lantern Trade House", *FIVE[1:4])
    assert await take(db, keeper, *changed) == service.Delta((), ("XYe.001",), ("XYe.005",))
    async with db.transaction(read_only=True) as tx:
        assert await service.count(tx, "un") == 5
        [newest] = await queries.newest(tx)
        assert (newest.number, newest.entries, newest.changed, newest.removed) == (2, 5, 1, 1)
        versions, total = await queries.versions(tx, offset=0, limit=10)
        assert ([view.number for view in versions], total) == ([2, 1], 2)
        assert versions[0].taken_by == keeper.member.name
    assert (await named(db, "lantern trade house"))[0] == "Lantern Trade House"
    assert "Lantern Trading" not in await named(db, "lantern trading")
    assert "Harbour Nine" not in await named(db, "harbour nine")


async def test_the_same_files_are_no_new_version(db, keeper):
    await take(db, keeper, *FIVE)
    with pytest.raises(SameList):
        await take(db, keeper, *FIVE)


@pytest.mark.parametrize(
    ("rows", "said"),
    [(["A" * 81 + ",company,Lantern"], "too long"), (["A,company,Lantern", "A,company,Mill"], "stands twice")],
)
async def test_a_reference_stands_once_and_is_short(db, keeper, rows, said):
    found = [Entry(row.split(",")[0], Kind.COMPANY, (Name("Lantern", Strength.PRIMARY),)) for row in rows]
    with pytest.raises(BadList, match=said):
        async with db.transaction() as tx:
            await service.take_in(tx, replace(taken(*FIVE), entries=found), by=keeper.member)


async def test_a_list_keeps_the_kind_of_its_files(db, keeper):
    await take(db, keeper, *FIVE)
    with pytest.raises(BadList, match="another list"):
        async with db.transaction() as tx:
            await service.take_in(tx, replace(taken("Other"), form="sheet"), by=keeper.member)


async def test_a_list_cut_short_is_not_taken_for_a_new_one(db, keeper):
    await take(db, keeper, *FIVE)
    with pytest.raises(MuchGone) as refused:
        await take(db, keeper, *FIVE[:2])
    assert refused.value.facts == {"removed": 3, "before": 6}
    assert len(await named(db, "red mill")) == 1
    assert (await take(db, keeper, *FIVE[:2], much_gone=True)).removed == ("XYe.003", "XYe.004", "XYe.005")


async def test_two_who_take_in_at_once_make_two_versions_or_one(db, keeper):
    outcomes = await asyncio.gather(
        take(db, keeper, *FIVE), take(db, keeper, *FIVE), take(db, keeper, *FIVE, "Sixth"), return_exceptions=True
    )
    assert sum(isinstance(outcome, SameList) for outcome in outcomes) <= 1
    async with db.transaction(read_only=True) as tx:
        versions, total = await queries.versions(tx, offset=0, limit=9)
        assert sorted(view.number for view in versions) == list(range(1, total + 1))


async def test_what_a_list_once_said_stays_said(db, urls, keeper):
    await take(db, keeper, *FIVE)
    for change in (
        "UPDATE listed_entry SET content = jsonb_build_object('a', 1)",
        "DELETE FROM listed_entry",
        "TRUNCATE listed_entry CASCADE",
        "UPDATE list_version SET entries = 0",
        "DELETE FROM list_version",
    ):
        for url in (urls.app, urls.owner):
            connection = await connect(url)
            with pytest.raises(asyncpg.PostgresError, match=r"stays as it was|append-only|permission"):
                await connection.execute(change)
            await connection.close()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("ORSO BELLANTE", "ORSO BELLANTE"),
        ("orso belante", "ORSO BELLANTE"),
        ("Orsó Bellánte", "ORSO BELLANTE"),
        ("奥尔索", "ORSO BELLANTE"),
        ("the bear", "ORSO BELLANTE"),
        ("Lantern Tradign", "Lantern Trading"),
    ],
)
async def test_a_name_is_found_as_people_write_it(db, keeper, asked, found):
    await take(db, keeper, *FIVE)
    assert found in await named(db, asked)


@pytest.mark.parametrize("asked", ["", "…", "%", "'; DROP TABLE listed_name; --", "Meridian Glassworks", "x" * 200])
async def test_what_is_nobody_s_name_finds_nobody(db, keeper, asked):
    await take(db, keeper, *FIVE)
    assert await named(db, asked) == []


async def test_the_desk(client, db, keeper):
    first = {"un": ("un.xml", sanctions.un(*FIVE), XML)}
    main, names, places = sanctions.ofac()
    ofac = {
        "sdn": ("sdn.csv", main, "text/csv"),
        "alt": ("alt.csv", names, "text/csv"),
        "add": ("add.csv", places, "text/csv"),
    }
    sheet = {"sheet": ("list.csv", sanctions.sheet(["A-1,company,灯塔贸易有限公司,,CN,"]), "text/csv")}
    async with client(as_=keeper) as http:
        assert "No list yet" in (await http.get("/screening")).text
        assert (await submit(http, "/screening", "un", files=first)).status_code == 303
        said = {"which": "sdn", "published_on": "2026-10-02"}
        assert (await submit(http, "/screening", "ofac", files=ofac, **said)).status_code == 303
        said = {"key": "cn-unreliable", "name": "不可靠实体清单", "published_on": "2026-10-03"}
        assert (await submit(http, "/screening", "sheet", files=sheet, **said)).status_code == 303
        page = (await http.get("/screening?name=bellante")).text
        assert page.count("BELLANTE") >= 2
        assert "OFAC Specially Designated Nationals" in page
        assert "不可靠实体清单" in page
        found = await http.get("/screening?name=灯塔贸易", headers={"accept": "application/json"})
        assert [hit["reference"] for hit in found.json()["found"]] == ["A-1"]
        template = await http.get("/screening/template.csv")
        assert template.text.startswith("\ufeffreference,kind,name")
    async with db.transaction(read_only=True) as tx:
        version = (await queries.versions(tx, offset=0, limit=1))[0][0]
        assert version.taken_by == keeper.member.name


@pytest.mark.parametrize("role", [Role.FINANCE_STAFF, Role.EVALUATOR, Role.ADMIN])
async def test_a_list_is_taken_in_by_whom_it_is_for(client, db, role):
    async with db.transaction() as tx:
        actor = await make_staff(tx, role)
    sheet = {"sheet": ("list.csv", sanctions.sheet(["A-1,company,Lantern,,CN,"]), "text/csv")}
    said = {"key": "cn-list", "name": "A list", "published_on": "2026-10-03"}
    async with client(as_=actor) as http:
        assert (await http.get("/screening")).status_code == 403
        assert (await http.post("/screening/sheets", data=said, files=sheet)).status_code == 403


async def test_bad_files_are_refused_and_nothing_typed_is_lost(client, db, keeper):
    broken = {"sheet": ("list.csv", sanctions.sheet(["A-1,firm,X,,,"]), "text/csv")}
    async with client(as_=keeper) as http:
        refused = await submit(
            http, "/screening", "sheet", files=broken, key="cn-list", name="A & B", published_on="2026-10-03"
        )
        assert refused.status_code == 422
        assert "Row 2: the kind" in refused.text
        assert "A &amp; B" in refused.text
        small = {"un": ("un.xml", sanctions.un("One"), XML)}
        assert (
            await submit(http, "/screening", "un", files={"un": ("un.xml", sanctions.un(*FIVE), XML)})
        ).status_code == 303
        refused = await submit(http, "/screening", "un", files=small)
        assert refused.status_code == 409
        assert "4 of 6 entries would go" in refused.text
        assert (await submit(http, "/screening", "un", files=small, much_gone="true")).status_code == 303


async def test_taking_in_is_on_the_record(db, keeper):
    await take(db, keeper, *FIVE)
    async with db.transaction(read_only=True) as tx:
        version = await tx.scalar(select(ListVersion.id))
        [link] = await evidence.chain(tx, Subject("list_version", version))
    assert (link.kind, link.data["entries"], link.actor) == ("list.taken_in", 6, keeper.id)


async def test_the_desk_takes_as_many_queries_for_many_versions(client, db, keeper):
    await take(db, keeper, *FIVE)
    async with client(as_=keeper) as http:
        await http.get("/screening?name=lantern")
        few = await cost(http, db, "/screening?name=lantern")
        for number in range(12):
            await take(db, keeper, *FIVE, f"Lantern {number}")
        assert await cost(http, db, "/screening?name=lantern") == few
