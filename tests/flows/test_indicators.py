"""The evaluator's room: figures, what stands behind them, and a program that comes to the same."""

import json
import re
import subprocess
import sys
import zipfile
from datetime import date
from io import BytesIO

import pytest

from app.core import clock
from app.indicators import queries
from app.indicators.definitions import DEFINITIONS
from app.indicators.figures import groups
from tests.factories.contracts import make_order, make_partners
from tests.factories.indicators import MARCH, at, close_of, count_month
from tests.factories.people import make_staff
from tests.queries import cost
from trust.access import Role

JSON = {"accept": "application/json"}


@pytest.fixture
async def partners(db):
    with clock.at(at(date(2026, 3, 2))):
        return await make_partners(db)


@pytest.fixture
async def counted(ctx, partners):
    """A March in which one order was contracted."""
    with clock.at(at(date(2026, 3, 20))):
        await make_order(ctx, partners)
    await count_month(ctx)
    async with ctx.db.transaction() as tx:
        return await make_staff(tx, Role.EVALUATOR)


async def told(http, path: str):
    answer = await http.get(path, headers=JSON)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(http, address: str, **data):
    """As the forms of a page do, without opening one that shows this form."""
    from_page = await http.get("/account")
    token = from_page.text.split('name="csrf_token" value="')[1].split('"')[0]
    return await http.post(address, data={**data, "csrf_token": token})


async def test_an_evaluator_reads_every_figure_and_what_it_means(counted, client):
    async with client(as_=counted) as http:
        out = await told(http, "/indicators?month=2026-03")
        assert {one["code"] for one in out["figures"]} >= {"I-02.1", "I-03.1", "I-04", "I-05.1", "I-05.8", "I-09.1"}
        for figure in out["figures"]:
            page = await http.get(f"/indicators/figures/{figure['code']}?month=2026-03")
            assert page.status_code == 200
            assert figure["shown"] in page.text
        one = await told(http, "/indicators/figures/I-05.8?month=2026-03")
    assert (one["figure"]["value"], one["figure"]["denominator"]) == ("0.00", "1")
    assert all(one[said] for said in ("formula", "numerator", "left_out"))


async def test_a_figure_leads_to_its_rows_without_names(counted, client, partners):
    async with client(as_=counted) as http:
        one = await told(http, "/indicators/figures/I-05.1?month=2026-03")
        assert {part["key"] for part in one["parts"]["country"]} == {"DE"}
        found = await told(http, "/indicators/figures/I-05.1/rows?month=2026-03&cut=country&key=DE")
        none = await told(http, "/indicators/figures/I-05.1/rows?month=2026-03&cut=country&key=FR")
        active = await told(http, "/indicators/figures/I-02.4/rows?month=2026-03")
        page = await http.get("/indicators/figures/I-05.1/rows?month=2026-03")
    assert (len(found["rows"]), len(none["rows"]), len(active["rows"])) == (1, 0, 2)
    row = dict(zip(found["columns"], found["rows"][0], strict=True))
    assert (row["buyer_country"], row["seller_country"]) == ("DE", "CN")
    for name in ("Hansa", "Lantern", str(partners.buyer.organisation_id), str(partners.supplier.organisation_id)):
        assert name not in page.text


@pytest.mark.parametrize("path", ["/indicators?month=2026-13", "/indicators?month=x", "/indicators?span=decade"])
async def test_a_period_that_is_none_is_refused(counted, client, path):
    async with client(as_=counted) as http:
        assert (await http.get(path, headers=JSON)).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/indicators?month=2025-01",
        "/indicators?month=2026-03&span=year",
        "/indicators/figures/I-99",
        "/indicators/months/2025-01",
        "/indicators/months/soon",
    ],
)
async def test_what_was_not_counted_is_not_there(counted, client, path):
    async with client(as_=counted) as http:
        assert (await http.get(path, headers=JSON)).status_code == 404


async def test_a_quarter_ends_with_its_month(counted, client):
    async with client(as_=counted) as http:
        out = await told(http, "/indicators?span=quarter")
    assert (out["period"], out["month"]) == ("2026 Q1", "2026-03")


async def test_a_correction_is_asked_for_with_its_reason_and_stands_in_the_month(counted, client, ctx, run_jobs):
    async with ctx.db.transaction() as tx:
        admin = await make_staff(tx, Role.ADMIN)
    async with client(as_=counted) as http:
        said = {"closing": "figures", "reason": "A company was counted twice."}
        assert (await post(http, "/indicators/months/2026-03/corrections", **said)).status_code == 403
    async with client(as_=admin) as http:
        short = await post(http, "/indicators/months/2026-03/corrections", closing="figures", reason="no")
        assert short.status_code == 422
        assert "Say what was wrong" in short.text
        assert (await post(http, "/indicators/months/2026-03/corrections", **said)).status_code == 303
        assert "being counted again" in (await http.get("/indicators/months/2026-03")).text
        await run_jobs()
        page = (await http.get("/indicators/months/2026-03")).text
    assert "being counted again" not in page
    assert "A company was counted twice." in page
    async with ctx.db.transaction(read_only=True) as tx:
        assert (await queries.closes(tx, MARCH))[groups.FIGURES].revision == 2


async def test_questions_and_answers_stay_on_record(counted, client, ctx):
    async with ctx.db.transaction() as tx:
        admin = await make_staff(tx, Role.ADMIN)
    async with client(as_=counted) as http:
        asked = {"text": "Why does nobody come from <b>Brazil</b>?", "code": "I-03.4", "month": "2026-03"}
        assert (await post(http, "/indicators/questions", **asked)).status_code == 303
        [made] = await told(http, "/indicators/questions")
        address = f"/indicators/questions/{made['id']}/answers"
        assert (await post(http, address, text="I answer that myself.")).status_code == 403
        assert (await post(http, "/indicators/questions", **asked | {"code": "I-0"})).status_code == 404
        assert (await post(http, "/indicators/questions", text="Why?")).status_code == 422
    async with client(as_=admin) as http:
        assert (await post(http, address, text="We ship there from May on.")).status_code == 303
        [one] = await told(http, "/indicators/questions")
        page = (await http.get("/indicators/questions")).text
    assert [said["text"] for said in one["answers"]] == ["We ship there from May on."]
    assert "&lt;b&gt;Brazil&lt;/b&gt;" in page


# What anybody can count again


@pytest.fixture
async def files(counted, client, ctx, tmp_path):
    """Rows, figures and program of each counting, as an evaluator fetches them."""
    async with client(as_=counted) as http:
        program = await http.get("/indicators/recompute.pyz")
        (tmp_path / "recompute.pyz").write_bytes(program.content)
        for name in groups.CLOSINGS:
            async with ctx.db.transaction(read_only=True) as tx:
                close_id = await close_of(tx, name)
            rows = await post(http, f"/indicators/closes/{close_id}/rows")
            (tmp_path / f"{name}.zip").write_bytes(rows.content)
            figures = await http.get(f"/indicators/closes/{close_id}/figures")
            (tmp_path / f"{name}.json").write_bytes(figures.content)
        assert "Who fetched rows" in (await http.get("/indicators/months/2026-03")).text
    return tmp_path


def recompute(folder, figures: str, rows: str) -> tuple[int, str]:
    """With an interpreter that knows none of our packages."""
    run = [sys.executable, "-I", "-S", "recompute.pyz", figures, rows]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


async def test_whoever_has_the_rows_counts_the_same(files):
    for name in groups.CLOSINGS:
        code, said = recompute(files, f"{name}.json", f"{name}.zip")
        assert (code, said) == (0, "every figure is the one that the rows make\n")


@pytest.mark.parametrize("what", ["value", "numerator", "denominator"])
async def test_a_forged_figure_is_named(files, what):
    known = json.loads((files / "disputes.json").read_text())
    forged = next(one for one in known["figures"] if one["code"] == "I-05.8" and one["span"] == "month")
    forged[what] = "42"
    (files / "forged.json").write_text(json.dumps(known))
    code, said = recompute(files, "forged.json", "disputes.zip")
    assert code == 1
    assert f"month I-05.8: {what} 42 was reported" in said


async def test_a_figure_that_was_added_or_left_out_is_named(files):
    known = json.loads((files / "disputes.json").read_text())
    gone = known["figures"].pop()
    known["figures"].append(gone | {"code": "I-77", "span": "month"})
    (files / "forged.json").write_text(json.dumps(known))
    code, said = recompute(files, "forged.json", "disputes.zip")
    assert code == 1
    assert "month I-77: reported, but not made by the rows" in said
    assert f"{gone['code']}: not reported" in said


async def test_a_forged_row_is_named(files):
    with zipfile.ZipFile(files / "figures.zip") as old, zipfile.ZipFile(files / "forged.zip", "w") as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info, re.sub(rb",DE,", b",FR,", data) if info.filename == "party.csv" else data)
    code, said = recompute(files, "figures.json", "forged.zip")
    assert (code, "party.csv is not the sheet that was sealed" in said) == (2, True)


@pytest.mark.parametrize("garbage", [b"", b"{}", b"[1]", b'{"format": "portolan-figures/1", "figures": [1]}', b"\xff"])
async def test_garbage_is_told_from_a_report(files, garbage):
    (files / "garbage.json").write_bytes(garbage)
    (files / "garbage.zip").write_bytes(garbage)
    assert recompute(files, "garbage.json", "figures.zip")[0] == 2
    assert recompute(files, "figures.json", "garbage.zip")[0] == 2


async def test_the_file_of_rows_names_nobody(files, partners):
    for name in groups.CLOSINGS:
        with zipfile.ZipFile(BytesIO((files / f"{name}.zip").read_bytes())) as archive:
            everything = b"".join(archive.read(one) for one in archive.namelist()).decode()
        assert "Hansa" not in everything
        assert "Lantern" not in everything
        for actor in (partners.buyer, partners.supplier):
            assert str(actor.id) not in everything
            assert str(actor.organisation_id) not in everything
            assert actor.organisation_id.hex not in everything


async def test_pages_ask_no_more_of_the_database_with_more_months(counted, client, db, ctx):
    pages = ("/indicators", "/indicators/figures/I-05.1", "/indicators/comparison")
    async with client(as_=counted) as http:
        before = await cost(http, db, *pages)
        for last in (date(2026, 1, 31), date(2026, 2, 28), date(2026, 4, 30)):
            await count_month(ctx, last)
        assert [now <= then + 1 for now, then in zip(await cost(http, db, *pages), before, strict=True)] == [True] * 3


@pytest.mark.parametrize("closing", [groups.STANDING])
async def test_every_figure_opens_its_rows(counted, client, closing):
    async with client(as_=counted) as http:
        for known in (one for one in DEFINITIONS if one.closing == closing):
            found = await told(http, f"/indicators/figures/{known.code}/rows?month=2026-03")
            assert found["columns"], known.code
