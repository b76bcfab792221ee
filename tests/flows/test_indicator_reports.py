"""Reports in the evaluator's room: asked for, followed, fetched on record, and checked by anybody."""

import io
import json
import subprocess
import sys
import zipfile

import pytest
from sqlalchemy import text

from app.core import clock
from app.indicators.figures import groups
from app.indicators.reporting import queries
from tests.factories.contracts import make_order, make_partners
from tests.factories.indicators import MARCH, at, close_of, count_month, make_report
from tests.factories.people import make_staff
from tests.queries import cost
from trust.access import Role

JSON = {"accept": "application/json"}
FEBRUARY = MARCH.replace(month=2, day=28)


@pytest.fixture
async def evaluator(ctx, db):
    """Of a platform with an order in March; February and March are final."""
    with clock.at(at(MARCH.replace(month=2, day=2))):
        partners = await make_partners(db)
    with clock.at(at(MARCH.replace(day=20))):
        await make_order(ctx, partners)
    for last in (FEBRUARY, MARCH):
        await count_month(ctx, last)
    async with ctx.db.transaction() as tx:
        return await make_staff(tx, Role.EVALUATOR)


async def post(http, address: str, **data):
    """As the forms of a page do."""
    page = await http.get("/account")
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    return await http.post(address, data={**data, "csrf_token": token})


async def ready(http, run_jobs, **data) -> str:
    """The address of a report that was asked for and made."""
    asked = await post(http, "/indicators/reports", **{"period": "month 2026-03"} | data)
    assert asked.status_code == 303, asked.text
    await run_jobs()
    return str(asked.headers["location"])


async def test_a_report_is_asked_for_followed_and_fetched_on_record(evaluator, client, run_jobs):
    async with client(as_=evaluator) as http:
        offered = (await http.get("/indicators/reports")).text
        assert all(f'value="{period}"' in offered for period in ("month 2026-03", "quarter 2026-03", "r12m 2026-02"))
        assert 'value="quarter 2026-02"' not in offered
        address = (await post(http, "/indicators/reports", period="month 2026-03")).headers["location"]
        waiting = (await http.get(address)).text
        assert "The report is being made" in waiting
        assert 'http-equiv="refresh"' in waiting
        part = await http.get(address, headers={"hx-request": "true"})
        assert "<html" not in part.text
        assert (await post(http, f"{address}/files/pdf")).status_code == 404, "it is not there yet"
        await run_jobs()
        page = (await http.get(address)).text
        assert "being made" not in page
        assert "Nobody yet." in page
        told = (await http.get(address, headers=JSON)).json()["report"]
        assert [file["form"] for file in told["files"]] == list(queries.FORMS)
        for file in told["files"]:
            got = await post(http, f"{address}/files/{file['form']}")
            assert (got.status_code, len(got.content)) == (200, file["size"])
            assert "report-month-2026-03-1" in got.headers["content-disposition"]
        fetched = (await http.get(address, headers=JSON)).json()["fetched"]
        assert [one["form"] for one in fetched] == list(reversed(queries.FORMS))
        shelf = (await http.get("/indicators/reports", headers=JSON)).json()
        assert [(one["month"], one["revision"], one["done"]) for one in shelf] == [("2026-03", 1, 4)]


async def test_downloads_are_counted(evaluator, client, run_jobs, ctx):
    async with client(as_=evaluator) as http:
        address = await ready(http, run_jobs)
        await post(http, f"{address}/files/csv")
    async with ctx.db.transaction(read_only=True) as tx:
        kinds = await tx.scalar(text("SELECT kinds FROM export_day WHERE member_id = :id"), {"id": evaluator.id})
    assert kinds["indicators"] >= 1


@pytest.mark.parametrize(
    "period", ["", "month", "month soon", "decade 2026-03", "month 2026-3-1", "x" * 5000, "\x00 2026-03"]
)
async def test_what_is_no_period_is_refused(evaluator, client, period):
    async with client(as_=evaluator) as http:
        refused = await post(http, "/indicators/reports", period=period)
        assert refused.status_code == 422
        assert (await http.get("/indicators/reports", headers=JSON)).json() == []


async def test_a_period_that_is_not_final_is_refused_and_said(evaluator, client):
    async with client(as_=evaluator) as http:
        refused = await post(http, "/indicators/reports", period="month 2026-04")
    assert refused.status_code == 409
    assert "not final yet" in refused.text


async def test_without_a_final_month_there_is_nothing_to_choose(client, ctx):
    async with ctx.db.transaction() as tx:
        evaluator = await make_staff(tx, Role.EVALUATOR)
    async with client(as_=evaluator) as http:
        assert "No month is final yet" in (await http.get("/indicators/reports")).text


async def test_the_schema_is_public_and_the_one_that_reports_name(evaluator, client, run_jobs):
    async with client(as_=evaluator) as http:
        address = await ready(http, run_jobs)
        known = json.loads((await post(http, f"{address}/files/json")).content)
    async with client() as http:
        found = await http.get(known["schema_at"])
    assert found.status_code == 200
    assert found.json()["$id"] == known["schema_at"]


async def test_lists_ask_no_more_of_the_database_with_more_reports(evaluator, client, db, ctx):
    await make_report(ctx, evaluator, "month")
    async with client(as_=evaluator) as http:
        before = await cost(http, db, "/indicators/reports")
        for last in (FEBRUARY, MARCH):
            await make_report(ctx, evaluator, "r12m", last)
        assert await cost(http, db, "/indicators/reports") <= [one + 1 for one in before]


# What anybody can check


@pytest.fixture
async def folder(evaluator, client, ctx, tmp_path):
    """The files of a report, the rows of its countings, and the program, as an evaluator fetches them."""
    report_id = await make_report(ctx, evaluator, "month")
    async with client(as_=evaluator) as http:
        (tmp_path / "recompute.pyz").write_bytes((await http.get("/indicators/recompute.pyz")).content)
        for form in queries.FORMS:
            got = await post(http, f"/indicators/reports/{report_id}/files/{form}")
            (tmp_path / f"report.{form}").write_bytes(got.content)
        for name in groups.CLOSINGS:
            for last in (FEBRUARY, MARCH):
                async with ctx.db.transaction(read_only=True) as tx:
                    close_id = await close_of(tx, name, last)
                rows = await post(http, f"/indicators/closes/{close_id}/rows")
                (tmp_path / f"{name}-{last:%m}.zip").write_bytes(rows.content)
    return tmp_path


def recompute(folder, report: str, *rows: str) -> tuple[int, str]:
    """With an interpreter that knows none of our packages."""
    run = [sys.executable, "-I", "-S", "recompute.pyz", report, *rows]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


ALL = tuple(f"{name}-{month}.zip" for name in groups.CLOSINGS for month in ("02", "03"))


async def test_whoever_has_the_rows_counts_the_report_again(folder):
    code, said = recompute(folder, "report.json", *ALL)
    assert (code, "every figure is the one that the rows make" in said, "not checked" in said) == (0, True, False)
    code, said = recompute(folder, "report.json", "figures-03.zip")
    assert code == 0
    assert "renewal 2026-03-31 are not checked" in said
    assert "figures 2026-03-31 are not checked" not in said


async def test_a_file_that_holds_no_rows_is_named(folder):
    (folder / "report.zip").write_bytes((folder / "report.csv").read_bytes())
    code, said = recompute(folder, "report.json", "figures-03.zip", "report.zip")
    assert (code, "report.zip: not an archive of sheets" in said) == (2, True)


def forged(folder, change) -> str:
    known = json.loads((folder / "report.json").read_text())
    change(known)
    (folder / "forged.json").write_text(json.dumps(known))
    return "forged.json"


@pytest.mark.parametrize("what", ["value", "numerator", "denominator"])
async def test_a_forged_figure_of_a_report_is_named(folder, what):
    def change(known):
        place, one = next(
            (n, one) for n, one in enumerate(known["figures"]) if one["code"] == "I-05.8" and not one["cut"]
        )
        one[what] = "42"
        for cell in (cell for table in known["tables"] for row in table["rows"] for cell in row):
            if (cell["of"], cell["what"]) == (place, what):
                cell["value"] = "42"

    code, said = recompute(folder, forged(folder, change), *ALL)
    assert code == 1
    assert f"month I-05.8: {what} 42 was reported" in said


async def test_a_forged_number_in_a_table_is_named_without_any_rows_of_it(folder):
    def change(known):
        [table] = [table for table in known["tables"] if table["mark"] == "2"]
        table["rows"][0][4]["value"] = "9000"

    code, said = recompute(folder, forged(folder, change), "renewal-03.zip")
    assert code == 1
    assert "table 2, row 1, column 5: 9000 is written, its figure says 2" in said


async def test_a_forged_row_behind_a_figure_is_named(folder):
    def change(known):
        [table] = [table for table in known["tables"] if table["mark"] == "S-deal"]
        [place] = [n for n, column in enumerate(table["columns"]) if column["en"] == "amount"]
        table["rows"][0][place]["text"] = {"en": "7", "zh": "7"}

    code, said = recompute(folder, forged(folder, change), *ALL)
    assert code == 1
    assert "table S-deal, row 1: the rows have no such row" in said
    assert recompute(folder, "forged.json", "renewal-03.zip")[0] == 0, "without the rows of it nobody can tell"


async def test_a_figure_that_was_hidden_without_need_is_named(folder):
    def change(known):
        next(cell for table in known["tables"] for row in table["rows"] for cell in row if cell["what"])[
            "suppressed"
        ] = True

    code, said = recompute(folder, forged(folder, change), *ALL)
    assert (code, "is written, its figure says" in said) == (1, True)


async def test_rows_of_another_counting_are_named(folder):
    with zipfile.ZipFile(folder / "disputes-03.zip") as old, zipfile.ZipFile(folder / "other.zip", "w") as new:
        for info in old.infolist():
            new.writestr(info, old.read(info) + (b" " if info.filename.endswith(".json") else b""))
    code, said = recompute(folder, "report.json", "other.zip")
    assert (code, "no counting of the report was made from the rows" in said) == (1, True)


@pytest.mark.parametrize("garbage", ['{"closes": 1}', '{"figures": [1]}', '{"tables": [{}]}', '{"charts": null}'])
async def test_garbage_is_told_from_a_whole_report(folder, garbage):
    code, _said = recompute(folder, forged(folder, lambda known: known.update(json.loads(garbage))), *ALL)
    assert code == 2


def in_zip(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as changed:
        for info in archive.infolist():
            said = archive.read(info)
            assert info.filename != name or old in said
            changed.writestr(info, said.replace(old, new) if info.filename == name else said)
    return out.getvalue()


def altered(form: str, data: bytes) -> bytes:
    """The file with one figure of it changed."""
    match form:
        case "json":
            return data.replace(b'"value":"2"', b'"value":"3"', 1)
        case "csv":
            return in_zip(data, "2.csv", b",2,", b",3,")
        case "xlsx":
            return in_zip(data, "xl/worksheets/sheet1.xml", b"<v>0</v>", b"<v>9</v>")
    return data.replace(b"/Count", b"/Cuont", 1)


@pytest.mark.parametrize("form", queries.FORMS)
async def test_every_file_is_known_where_documents_are_checked_and_a_forged_one_is_not(folder, client, form):
    data = (folder / f"report.{form}").read_bytes()
    changed = altered(form, data)
    assert changed != data
    async with client() as http:
        for content, verdict, period, revision in ((data, "valid", "2026-03", 1), (changed, "invalid", "", 0)):
            sent = {"file": (f"report.{form}", content, "application/octet-stream")}
            told = (await http.post("/verify", files=sent, headers=JSON)).json()
            found = (told["verdict"], told["report_over"], told["report_revision"])
            assert found == (verdict, period, revision)
        token = (await http.get("/verify")).text.split('name="csrf_token" value="')[1].split('"')[0]
        sent = {"file": (f"report.{form}", data, "application/octet-stream")}
        page = await http.post("/verify", files=sent, data={"csrf_token": token})
        assert "This is a report on indicators: 2026-03, revision 1" in page.text
