"""Reports: one snapshot, four files of it that say the same, made once however often they are asked for."""

import csv
import io
import json
import zipfile
from datetime import date
from decimal import Decimal

import jsonschema_rs
import pytest
from openpyxl import load_workbook
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import clock, evidence
from app.core.evidence import canonical_json
from app.core.runner import drain
from app.core.signing.apart import examined
from app.indicators.figures import groups, reports
from app.indicators.figures.reports import SAMPLES
from app.indicators.queries import closes
from app.indicators.reporting import making, queries, service, sheets
from app.indicators.reporting.keeping import about
from app.indicators.reporting.printing import PRINTED, number
from app.indicators.reporting.service import NotClosed, Period
from app.indicators.reporting.snapshot import Snapshot, digest_of, schema
from app.indicators.reporting.tables import TABLES
from orders.contracts import signing
from tests.factories.contracts import make_order, make_partners
from tests.factories.indicators import MARCH, at, count_month, make_report
from tests.factories.people import make_staff
from tests.factories.told import from_csv, from_json, from_pdf, from_workbook
from trust.access import Role

JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)


@pytest.fixture
async def partners(db):
    with clock.at(at(date(2026, 2, 2))):
        return await make_partners(db)


@pytest.fixture
async def evaluator(ctx, partners):
    """Of a platform with an order in March, and some months counted, one of them a year before."""
    with clock.at(at(date(2026, 3, 20))):
        await make_order(ctx, partners)
    for last in (date(2025, 3, 31), JANUARY, FEBRUARY, MARCH):
        await count_month(ctx, last)
    async with ctx.db.transaction() as tx:
        return await make_staff(tx, Role.EVALUATOR)


async def files_of(ctx, report_id) -> dict[str, bytes]:
    async with ctx.db.transaction(read_only=True) as tx:
        found = await queries.report(tx, report_id)
    return {form: await ctx.files.get(found.files[form].file_key) for form in queries.FORMS if form in found.files}


@pytest.fixture
async def files(ctx, evaluator):
    return await files_of(ctx, await make_report(ctx, evaluator))


# What the files say


async def test_the_locked_data_are_canonical_and_as_their_schema_says(files):
    known = json.loads(files["json"])
    assert jsonschema_rs.validator_for(schema()).is_valid(known)
    assert canonical_json(known).encode() == files["json"] == Snapshot.model_validate(known).dump()
    marks = [table["mark"] for table in known["tables"]]
    assert marks[: len(TABLES)] == [table.mark for table in TABLES]
    assert {mark.startswith(SAMPLES) for mark in marks[len(TABLES) :]} == {True}
    assert (known["period"], known["first"], known["revision"]) == ("2026 Q1", "2026-01-01", 1)
    assert all(table["rows"] or table["note"] for table in known["tables"])
    assert all(len(row) == len(table["columns"]) for table in known["tables"] for row in table["rows"])
    assert {(one["closing"], one["last"]) for one in known["closes"]} >= {
        (name, "2026-03-31") for name in groups.CLOSINGS
    }


async def test_every_figure_is_the_same_in_every_file(files):
    expected = from_json(json.loads(files["json"]))
    texts = from_csv(files["csv"])
    cells = from_workbook(files["xlsx"])
    assert texts.keys() == cells.keys() == expected.keys()
    figures = 0
    for mark, rows in expected.items():
        assert texts[mark] == [[f"{cell:f}" if isinstance(cell, Decimal) else cell for cell in row] for row in rows]
        assert len(cells[mark]) == len(rows)
        for row, told in zip(rows, cells[mark], strict=True):
            for cell, found in zip(row, told, strict=False):
                assert (Decimal(str(found)) if isinstance(cell, Decimal) else found) == cell, (mark, row)
                figures += isinstance(cell, Decimal)
    assert figures > 100


async def test_the_document_says_what_the_tables_say(files):
    known = json.loads(files["json"])
    words = iter(from_pdf(files["pdf"]))
    shown = Snapshot.model_validate(known)
    printed = [table for table in shown.tables if table.mark in ("1", "1a")]
    printed += [table for table in shown.tables if table.mark == "0"]
    printed += [table for table in shown.tables if table.mark not in ("0", "1", "1a")]
    for table in printed:
        for row in table.rows[:PRINTED]:
            for cell in row:
                if cell.what:
                    assert number(cell.value) in words, f"{table.mark}: {row}"  # the words that follow the last one


async def test_numbers_are_numbers_in_the_workbook(files):
    book = load_workbook(io.BytesIO(files["xlsx"]))
    [row] = [row for row in book["2a"].iter_rows() if row[0].value == "I-02.1"]
    assert (row[3].value, row[3].data_type, row[3].number_format) == (2, "n", "#,##0")
    [rate] = [row for row in book["5a"].iter_rows() if row[0].value == "I-05.8"]
    assert (rate[3].data_type, rate[3].number_format) == ("n", '0.00"%"')


async def test_rows_behind_figures_are_those_of_the_sealed_file(ctx, files):
    told = {mark: rows for mark, rows in from_json(json.loads(files["json"])).items() if mark.startswith(SAMPLES)}
    assert {"S-party", "S-person", "S-act", "S-deal", "S-enquiry", "S-offer"} & told.keys() >= {"S-party", "S-deal"}
    assert {row[0] for row in told["S-deal"]} >= {"I-05.1", "I-05.2.usd", "I-05.5.usd"}
    async with ctx.db.transaction(read_only=True) as tx:
        key = (await closes(tx, MARCH))[groups.FIGURES].file_key
    with zipfile.ZipFile(io.BytesIO(await ctx.files.get(key))) as archive:
        [columns, *rows] = csv.reader(io.StringIO(archive.read("deal.csv").decode()))
    assert {row[1] for row in told["S-deal"]} == {groups.FIGURES, groups.DISPUTES}
    assert all(row[2:] in rows for row in told["S-deal"])
    assert len(told["S-party"]) <= 5 * len({row[0] for row in told["S-party"]})
    [table] = [one for one in json.loads(files["json"])["tables"] if one["mark"] == "S-deal"]
    assert [column["en"] for column in table["columns"]][2:] == columns
    words = from_pdf(files["pdf"])
    assert {"S-deal", "S-party"} <= set(words)


async def test_the_document_is_sealed_and_names_the_other_files(ctx, files):
    found = await examined(files["pdf"], await signing.anchored(ctx.authority), at=clock.now())
    seal = found.by("PlatformSeal")
    assert found.whole
    assert seal is not None
    assert seal.holds
    words = "".join(from_pdf(files["pdf"]))
    for form in ("json", "csv", "xlsx"):
        assert digest_of(files[form]) in words


async def test_nobody_is_named_in_any_file(ctx, files, partners, evaluator):
    with zipfile.ZipFile(io.BytesIO(files["csv"])) as archive:
        texts = b"".join(archive.read(name) for name in archive.namelist()).decode()
    with zipfile.ZipFile(io.BytesIO(files["xlsx"])) as archive:
        book = b"".join(archive.read(name) for name in archive.namelist()).decode("utf-8", "replace")
    everything = {"json": files["json"].decode(), "csv": texts, "xlsx": book, "pdf": " ".join(from_pdf(files["pdf"]))}
    async with ctx.db.transaction(read_only=True) as tx:
        people = (await tx.execute(text("SELECT name, email, id, organisation_id FROM member"))).all()
        companies = (
            await tx.execute(text("SELECT name_latin, name_original, registration_number FROM organisation"))
        ).all()
        orders = (await tx.execute(text("SELECT id, number FROM orders"))).all()
    names = {
        str(value) for row in (*people, *companies, *orders) for value in row if value and str(value) != "Portolan"
    }
    assert len(names) > 10
    for form, said in everything.items():
        assert [name for name in names if name in said] == [], form


# How it is made


async def test_asked_twice_at_once_is_one_report_and_later_the_next_revision(ctx, evaluator):
    async with ctx.db.transaction() as one:
        first = await service.ask(one, Period("quarter", MARCH), public=False, by=evaluator.member)
    async with ctx.db.transaction() as tx:
        assert await service.ask(tx, Period("quarter", MARCH), public=False, by=evaluator.member) == first
        assert await service.ask(tx, Period("quarter", MARCH), public=True, by=evaluator.member) != first
    await drain(ctx)
    async with ctx.db.transaction() as tx:
        second = await service.ask(tx, Period("quarter", MARCH), public=False, by=evaluator.member)
        assert [(await queries.report(tx, one)).revision for one in (first, second)] == [1, 2]
        made = await queries.report(tx, first)
        assert made.made_at is not None
        assert set(made.files) == set(queries.FORMS)


async def test_a_report_that_was_cut_off_goes_on_from_the_locked_data(ctx, evaluator, monkeypatch):
    async with ctx.db.transaction() as tx:
        report_id = await service.ask(tx, Period("month", MARCH), public=False, by=evaluator.member)

    def cut_off(_snapshot):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(sheets, "in_workbook", cut_off)
        with pytest.raises(KeyboardInterrupt):
            await making.make(ctx, report_id)
    before = await files_of(ctx, report_id)
    assert list(before) == ["json", "csv"]
    await making.make(ctx, report_id)
    after = await files_of(ctx, report_id)
    assert before.items() <= after.items()
    await making.make(ctx, report_id)
    assert await files_of(ctx, report_id) == after
    async with ctx.db.transaction(read_only=True) as tx:
        kinds = [link.kind for link in await evidence.chain(tx, about(report_id))]
    assert kinds == ["report.asked", "report.locked", "report.file", "report.file", "report.file"]


@pytest.mark.parametrize(
    ("span", "last"),
    [
        ("month", date(2025, 12, 31)),
        ("quarter", FEBRUARY),
        ("year", MARCH),
        ("r12m", MARCH),
        ("month", date(2026, 4, 30)),
    ],
)
async def test_a_period_that_is_not_closed_is_refused(ctx, evaluator, span, last):
    async with ctx.db.transaction() as tx:
        with pytest.raises(NotClosed):
            await service.ask(tx, Period(span, last), public=False, by=evaluator.member)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE indicator_report SET revision = 7",
        "UPDATE indicator_report SET made_at = now()",
        "DELETE FROM indicator_report",
        "UPDATE indicator_report_file SET digest = repeat('0', 64)",
        "DELETE FROM indicator_report_file",
        "INSERT INTO indicator_report_file SELECT id, 'pdf', repeat('0', 64), 'x', 1, now() FROM indicator_report",
    ],
)
async def test_what_was_made_stays(ctx, evaluator, statement):
    await make_report(ctx, evaluator, "month")
    with pytest.raises(DBAPIError):
        async with ctx.db.transaction() as tx:
            await tx.execute(text(statement))


# The public copy


async def test_a_public_copy_leaves_out_what_is_of_few(ctx, evaluator, db):
    whole = json.loads((await files_of(ctx, await make_report(ctx, evaluator, "month")))["json"])
    files = await files_of(ctx, await make_report(ctx, evaluator, "month", public=True))
    public = json.loads(files["json"])
    key = ("span", "code", "cut", "key", "close")
    values = {tuple(one[name] for name in key): one["value"] for one in whole["figures"]}
    hidden = [one for one in public["figures"] if one["suppressed"]]
    assert {one["code"] for one in hidden} >= {"I-02.1", "I-05.1", "I-05.2.usd"}
    assert all(one["value"] is one["numerator"] is one["denominator"] is None for one in hidden)
    assert all(Decimal(one["value"] or 0) == 0 for one in public["figures"] if not one["suppressed"]), "a world of two"
    assert len(values) == len(whole["figures"])
    assert "<5" in {cell for rows in from_csv(files["csv"]).values() for row in rows for cell in row}
    assert not any(one["suppressed"] for one in whole["figures"])
    assert not [table["mark"] for table in public["tables"] if table["mark"].startswith(SAMPLES)], "a row is of one"
    assert list(reports.check(reports.read(files["json"]), {})) == []
    for hidden_one in (True, False):
        forged = json.loads(files["json"])
        cells = [cell for table in forged["tables"] for row in table["rows"] for cell in row if cell["what"] == "value"]
        next(cell for cell in cells if cell["suppressed"] is hidden_one)["value"] = "3"
        [named] = reports.check(reports.read(json.dumps(forged).encode()), {})
        assert "3 is written, its figure says" in named
