"""A sheet on its way in: template, dry run, confirmation, batches, and what is wrong with it told by row and column."""

import csv
import io

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app.core.runner import run_one
from listings import queries
from listings.imports import jobs
from listings.imports.models import Import
from listings.states import ProductState
from tests.factories.people import make_company
from tests.factories.products import make_draft
from tests.forms import submit

COLUMNS = [
    "reference", "category", "title_en", "title_zh", "description_en", "hs_code", "origin", "unit", "currency",
    "tiers.0.min_quantity", "tiers.0.price", "tiers.1.min_quantity", "tiers.1.price", "lead_time_days", "port",
    "incoterms", "sample_price", "sample_days", "certificates", "attributes.ceramic_body", "attributes.capacity_ml",
]  # fmt: skip


def row(**changes):
    plain = {
        "reference": "M-1", "category": "mugs", "title_en": "Porcelain mug", "title_zh": "瓷马克杯",
        "description_en": "White glaze.", "hs_code": "691110", "origin": "CN", "unit": "H87", "currency": "USD",
        "tiers.0.min_quantity": "500", "tiers.0.price": "1.25", "tiers.1.min_quantity": "2,000", "tiers.1.price": "1.1",
        "lead_time_days": "25", "port": "CNSHG", "incoterms": "FOB;CIF", "sample_price": "0", "sample_days": "5",
        "certificates": "LFGB;FDA", "attributes.ceramic_body": "Porcelain", "attributes.capacity_ml": "350 ml",
    }  # fmt: skip
    return plain | changes


def sheet(*rows) -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


async def upload(http, data, name="goods.csv"):
    return await submit(http, "/imports", "import", files={"file": (name, data)})


async def test_checked_confirmed_and_written(client, db, run_jobs):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
    async with client(as_=supplier) as http:
        taken = await upload(http, sheet(row(), row(reference="M-2", title_en="Big mug")))
        assert taken.status_code == 303, taken.text
        address = taken.headers["location"]
        assert "being read" in (await http.get(address)).text
        await run_jobs()
        page = await http.get(address)
        assert "Write 2 products" in page.text
        async with db.transaction() as tx:
            assert await queries.count_by_state(tx, supplier.organisation_id) == {}
        sent = await submit(http, address, "confirmation")
        assert sent.status_code == 303
        await run_jobs()
        told = (await http.get(f"/api/v1{address}")).json()
        assert (told["state"], told["added"], told["changed"], told["wrong"]) == ("done", 2, 0, 0)
    async with db.transaction() as tx:
        ids = await queries.by_reference(tx, supplier.organisation_id, ["M-1", "M-2"])
        mug = await queries.newest(tx, ids["M-1"], reader=supplier.member)
    assert mug.state == ProductState.DRAFT
    assert mug.content.attributes == {"ceramic_body": "porcelain", "capacity_ml": "350"}
    assert [str(tier.min_quantity) for tier in mug.content.tiers] == ["500", "2000"]
    assert mug.content.port_code == "CNSHG"
    assert [c.name for c in mug.content.certificates] == ["LFGB", "FDA"]
    assert mug.content.sample is not None
    assert not mug.content.sample.price.amount


async def test_faults_are_told_by_row_and_column_and_the_rest_goes_in(client, db, run_jobs):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
    bad = [
        row(**{"reference": "M-2", "tiers.1.price": "1.3"}),
        row(reference="M-3", currency="ABC", hs_code="69"),
        row(reference="M-1"),
        row(**{"reference": "M-4", "attributes.capacity_ml": "much", "tiers.0.price": "1.2345678"}),
        row(reference="M-5", category="weapons"),
    ]
    async with client(as_=supplier) as http:
        address = (await upload(http, sheet(row(), *bad))).headers["location"]
        await run_jobs()
        told = (await http.get(f"/api/v1{address}")).json()
        faults = {(fault["row"], fault["field"]) for fault in told["errors"]}
        assert faults == {
            (3, "tiers.1.price"),
            (4, "hs_code"),
            (5, "reference"),
            (6, "tiers.0.price"),
            (7, "category"),
        } | {(row_, field) for row_, field in faults if row_ in {4, 6}}
        assert (told["total"], told["wrong"]) == (6, 5)
        page = await http.get(address)
        assert "Unit price 2" in page.text
        assert "A larger quantity cannot cost more for each unit." in page.text
        table = (await http.get(f"{address}/errors.csv")).content.decode("utf-8-sig")
        assert table.startswith("Row,Column,What is wrong")
        await submit(http, address, "confirmation")
        await run_jobs()
    async with db.transaction() as tx:
        assert await queries.count_by_state(tx, supplier.organisation_id) == {ProductState.DRAFT: 1}


async def test_a_known_item_number_changes_that_product(client, db, run_jobs):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
        product = await make_draft(tx, supplier)
        product.reference = "M-1"
    async with client(as_=supplier) as http:
        address = (await upload(http, sheet(row(title_en="Renamed mug")))).headers["location"]
        await run_jobs()
        await submit(http, address, "confirmation", send="true")
        await run_jobs()
        assert (await http.get(f"/api/v1{address}")).json()["changed"] == 1
    async with db.transaction() as tx:
        found = await queries.newest(tx, product.id, reader=supplier.member)
    assert found.content.title.en == "Renamed mug"
    assert found.state == ProductState.SUBMITTED


async def test_an_import_that_died_half_way_goes_on_and_writes_nothing_twice(client, db, ctx, run_jobs, monkeypatch):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
    monkeypatch.setattr(jobs, "BATCH", 10)
    monkeypatch.setattr(jobs, "ROWS_A_RUN", 10)
    goods = [row(reference=f"M-{n}", title_en=f"Mug {n}") for n in range(25)]
    async with client(as_=supplier) as http:
        address = (await upload(http, sheet(*goods))).headers["location"]
        await run_jobs()
        await submit(http, address, "confirmation")
        await run_one(ctx)
        await run_one(ctx)
        told = (await http.get(f"/api/v1{address}")).json()
        assert (told["state"], told["done"]) == ("running", 10)
        assert "10 of 25 rows" in (await http.get(address)).text
    async with db.transaction() as tx:
        import_id = (await tx.scalars(select(Import.id))).one()
    await run_jobs()
    await jobs.run_import(ctx, import_id=import_id)
    async with db.transaction() as tx:
        assert await queries.count_by_state(tx, supplier.organisation_id) == {ProductState.DRAFT: 25}
        assert (await tx.scalars(select(Import.added))).one() == 25


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02", "cannot be"),
        (b"colour,size\nred,1\n", "not a column of the template"),
        (b"PK\x03\x04 no workbook", "damaged"),
        (b"%PDF-1.7", "Columns are missing"),
    ],
)
async def test_what_is_no_sheet_is_refused_at_once(client, db, data, sentence):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
    async with client(as_=supplier) as http:
        refused = await upload(http, data)
        assert refused.status_code == 422
        listed = (await http.get("/api/v1/imports")).json()
    assert listed["total"] == 0
    assert 'id="import-file-error"' in refused.text, sentence


async def test_a_strangers_import_is_not_there(client, db, run_jobs):
    async with db.transaction() as tx:
        supplier, stranger = await make_company(tx), await make_company(tx, "Stranger")
    async with client(as_=supplier) as http:
        address = (await upload(http, sheet(row()))).headers["location"]
    await run_jobs()
    async with client(as_=stranger) as http:
        assert (await http.get(address)).status_code == 404
        assert (await http.get(f"{address}/errors.csv")).status_code == 404
    async with client() as visitor:
        assert (await visitor.get("/imports")).status_code == 303


async def test_discarded_writes_nothing(client, db, run_jobs):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
    async with client(as_=supplier) as http:
        address = (await upload(http, sheet(row()))).headers["location"]
        await run_jobs()
        assert (await submit(http, address, "removal")).status_code == 303
        told = (await http.get(f"/api/v1{address}")).json()
    assert told["state"] == "discarded"


async def test_templates(client, db):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
    async with client(as_=supplier) as http:
        plain = await http.get("/imports/template.csv?category=mugs")
        book = await http.get("/imports/template.xlsx")
        assert (await http.get("/imports/template.xlsx?category=nothing")).status_code == 404
        assert (await http.get("/imports/template.doc")).status_code == 404
    assert "Capacity" in plain.content.decode("utf-8-sig")
    assert load_workbook(io.BytesIO(book.content)).sheetnames[0] == "Products"
