"""Products and HS codes read from files on the command line."""

from datetime import date

import pytest
from sqlalchemy import text

from app import loading
from app.core.config import Settings
from app.core.db import Database
from app.core.errors import Invalid, NotFound
from listings import hs, statutory
from tests.factories.people import make_company
from trust.identity import queries as identity
from trust.risk import banks

CODES = (
    b"section,hscode,description,parent,level\n"
    b"XIII,69,Ceramic products,TOTAL,2\n"
    b'XIII,6912,"Ceramic tableware, other than of porcelain",69,4\n'
    b"XIII,691200,Ceramic tableware and kitchenware,6912,6\n"
)
SHEET = (
    "reference,category,title_en,description_en,hs_code,origin,unit,currency,tiers.0.min_quantity,tiers.0.price,lead_time_days,"
    "port,incoterms,attributes.ceramic_body,attributes.capacity_ml\n"
    "M-1,mugs,White mug,Stoneware mug,691200,CN,H87,USD,500,1.25,25,Shenzhen,FOB,stoneware,350\n"
)


async def test_codes_are_loaded_once_and_checked_from_then_on(settings: Settings, db: Database) -> None:
    async with db.transaction() as tx:
        await hs.check(tx, "999999")  # nothing is loaded: every code passes
    assert await loading.hs_codes(settings, CODES) == 3
    assert await loading.hs_codes(settings, CODES.replace(b"Ceramic products", b"Ceramics")) == 3
    async with db.transaction() as tx:
        assert await tx.scalar(text("SELECT description FROM hs_code WHERE code = '69'")) == "Ceramics"
        await hs.check(tx, "6912001000")
        with pytest.raises(Invalid, match="no code 691299"):
            await hs.check(tx, "691299")


async def test_units_count_from_their_day_and_for_the_longest_code(settings: Settings, db: Database) -> None:
    rows = b"hscode,unit,since\n99,KGM,2020-01-01\n9901,H87,2020-01-01\n9901,MTK,2027-01-01\n9901,LTR,2027-01-01\n"
    assert await loading.hs_units(settings, rows) == 4
    assert await loading.hs_units(settings, rows) == 4
    async with db.transaction() as tx:
        for code, day, units in (
            ("990210", date(2026, 1, 1), ["KGM"]),
            ("990110", date(2026, 12, 31), ["H87"]),
            ("990110", date(2027, 1, 1), ["LTR", "MTK"]),
            ("990110", date(2019, 12, 31), []),
            ("980110", date(2026, 1, 1), []),
        ):
            assert await statutory.units_of(tx, code, day) == units, (code, day)


@pytest.mark.parametrize("row", ["9901,XYZ,2020-01-01", "991,KGM,2020-01-01", "9901,KGM,soon", ",,"])
async def test_a_wrong_unit_is_named_and_nothing_loaded(settings: Settings, db: Database, row: str) -> None:
    with pytest.raises(Invalid, match="Line 3"):
        await loading.hs_units(settings, f"hscode,unit,since\n99,KGM,2020-01-01\n{row}\n".encode())
    async with db.transaction() as tx:
        assert await statutory.units_of(tx, "990000", date(2026, 1, 1)) == []


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\xff\xfe", "UTF-8"),
        (b"code,name\n1,2\n", "hscode, description, parent"),
        (b"hscode,description,parent\n69x,Ceramics,\n", "Line 2"),
        (b"hscode,description,parent\n69,,\n", "Line 2"),
        (b"hscode,description,parent\n", "no HS codes"),
    ],
)
def test_a_file_that_is_no_list_of_codes_is_refused_in_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        hs.read(data)


async def test_a_sheet_becomes_drafts_of_the_company(settings: Settings, db: Database) -> None:
    async with db.transaction() as tx:
        seller = await make_company(tx, "Lantern Works")
        slug = (await identity.organisation(tx, seller.organisation_id)).slug
    assert await loading.products(settings, SHEET.encode(), "sheet.csv", slug) == 1
    async with db.transaction() as tx:
        assert list(await tx.execute(text("SELECT reference, state FROM product"))) == [("M-1", "draft")]
    with pytest.raises(Invalid, match="Row 2"):
        await loading.products(settings, SHEET.replace("mugs", "moons").encode(), "sheet.csv", slug)
    with pytest.raises(NotFound):
        await loading.products(settings, SHEET.encode(), "sheet.csv", "nobody")


async def test_a_directory_of_banks_takes_the_place_of_an_older_one(settings: Settings, db: Database) -> None:
    async def unlisted(*codes: str) -> list[str]:
        async with db.transaction() as tx:
            return await banks.unlisted(tx, codes)

    assert await unlisted("COBADEFFXXX") == [], "nothing is said without a directory"
    assert await loading.banks(settings, b"bic,name\nDEUTDEFF,x\nDEUTDEFF500,y\n", date(2026, 10, 1)) == 1
    assert await unlisted("COBADEFFXXX", "DEUTDEFF", "104584001234") == ["COBADEFFXXX"]
    assert await loading.banks(settings, b"bic\nCOBADEFF\n", date(2026, 11, 1)) == 1
    assert await unlisted("COBADEFFXXX", "DEUTDEFF") == ["DEUTDEFF"]
    for data, day, wrong in (
        (b"bic\nDEUTDEFF\n", date(2026, 10, 1), "2026-11-01"),
        (b"bic\nDEUT\n", date(2026, 12, 1), "Line 2"),
    ):
        with pytest.raises(Invalid, match=wrong):
            await loading.banks(settings, data, day)
    assert await unlisted("COBADEFFXXX", "DEUTDEFF") == ["DEUTDEFF"]
