"""The table of rates: filled from files, corrected by new rows, changed by nobody."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app import loading
from app.core import clock
from app.core.errors import Invalid
from app.core.rates import FxRate, Rates, newest_day
from tests.factories.money import make_finance
from tests.factories.people import make_company
from tests.factories.rates import FRIDAY, XML, csv_of, load_rates
from tests.forms import submit


async def test_a_file_is_taken_over_once(db):
    async with db.transaction() as tx:
        first = await load_rates(tx)
        again = await load_rates(tx)
        assert (len(first.new), len(again.new), again.same) == (4, 0, 4)
        assert await newest_day(tx) == FRIDAY
        found = (await Rates.on(tx, FRIDAY + timedelta(days=2))).between("USD", "CNY")
    assert (str(found.value), found.day, found.source) == ("6.652882205513784", FRIDAY, "ECB")


async def test_a_correction_is_a_new_row_that_names_the_old(db):
    changed = csv_of(FRIDAY, USD="1.1180")
    async with db.transaction() as tx:
        await load_rates(tx)
        with pytest.raises(Invalid, match=r"EUR/USD is 1.118 in the file and 1.1172 here"):
            await load_rates(tx, changed)
        made = await load_rates(tx, changed, correct=True)
        assert len(made.changed) == 1
        assert (await Rates.on(tx, FRIDAY)).between("EUR", "USD").value == Decimal("1.118")
        rows = (await tx.scalars(select(FxRate).where(FxRate.quote == "USD").order_by(FxRate.id))).all()
        assert [row.replaces for row in rows] == [None, rows[0].id]


async def test_one_wrong_line_and_nothing_is_written(db):
    async with db.transaction() as tx:
        with pytest.raises(Invalid, match="Row 2"):
            await load_rates(tx, csv_of(FRIDAY, XYZ="1", USD="1.1"))
        with pytest.raises(Invalid, match="not come"):
            await load_rates(tx, csv_of(clock.now().date() + timedelta(days=3), USD="1.1"))
        assert (await tx.execute(select(func.count()).select_from(FxRate))).scalar_one() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE fx_rate SET rate = 2",
        "DELETE FROM fx_rate",
        "INSERT INTO fx_rate SELECT gen_random_uuid(), base, 'CHF', day, rate, source, published_at, id, NULL, now()"
        " FROM fx_rate",
        "INSERT INTO fx_rate SELECT gen_random_uuid(), base, quote, day, rate, source, published_at, NULL, NULL, now()"
        " FROM fx_rate",
    ],
)
async def test_the_database_keeps_what_was_published(db, statement):
    """No change, no removal, no correction of another pair, no second first row."""
    async with db.transaction() as tx:
        await load_rates(tx, csv_of(FRIDAY, USD="1.1172"))
    with pytest.raises(DBAPIError):
        async with db.transaction() as tx:
            await tx.execute(text(statement))


async def test_the_command_line(settings, app, tmp_path):
    would = await loading.rates(settings, XML.encode(), correct=False, dry_run=True)
    did = await loading.rates(settings, XML.encode(), correct=False, dry_run=False)
    again = await loading.rates(settings, XML.encode(), correct=False, dry_run=False)
    assert (len(would.new), len(did.new), len(again.new), again.same) == (4, 4, 0, 4)


async def test_finance_checks_a_file_and_takes_it_over(db, client):
    async with db.transaction() as tx:
        finance, company = await make_finance(tx), await make_company(tx)
    async with client(as_=company) as http:
        assert (await http.get("/finance/rates")).status_code == 403
    async with client(as_=finance) as http:
        assert "No exchange rates" in (await http.get("/finance/rates")).text
        sent = await submit(http, "/finance/rates", "rates", files={"file": ("eurofxref.xml", XML, "text/xml")})
        page = sent.headers["location"]
        shown = await http.get(page)
        assert "Nothing is written yet." in shown.text
        json = (await http.get(page, headers={"accept": "application/json"})).json()
        assert (json["new"], json["changed"], json["faults"]) == (4, 0, [])
        done = await submit(http, page, "take-over")
        assert done.headers["location"] == "/finance/rates"
        listed = (await http.get("/finance/rates", headers={"accept": "application/json"})).json()
        assert {r["quote"]: r["rate"] for r in listed["rates"]}["USD"] == "1.1172"
        assert listed["newest"] == "2026-10-30"
        assert listed["stale"]
        assert "The rates are late" in (await http.get("/finance/rates")).text
        assert "Everything in this file is here already." in (await http.get(page)).text


async def test_a_file_with_a_fault_shows_its_line_and_no_button(db, client):
    async with db.transaction() as tx:
        finance = await make_finance(tx)
    async with client(as_=finance) as http:
        bad = csv_of(FRIDAY, USD="zero")
        sent = await submit(http, "/finance/rates", "rates", files={"file": ("r.csv", bad, "text/csv")})
        shown = await http.get(sent.headers["location"])
        assert "is not a rate" in shown.text
        assert 'value="take-over"' not in shown.text
        refused = await submit(http, "/finance/rates", "rates", files={"file": ("r.csv", "no rates", "text/csv")})
        assert "must name the columns" in refused.text


async def test_a_difference_is_shown_and_believed_only_when_said(db, client):
    async with db.transaction() as tx:
        await load_rates(tx)
        finance = await make_finance(tx)
    async with client(as_=finance) as http:
        changed = csv_of(FRIDAY, USD="1.1180")
        sent = await submit(http, "/finance/rates", "rates", files={"file": ("r.csv", changed, "text/csv")})
        page = sent.headers["location"]
        assert "EUR/USD is 1.118 in the file and 1.1172 here" in (await http.get(page)).text
        assert (await submit(http, page, "take-over")).status_code == 422
        assert (await submit(http, page, "take-over", correct="true")).status_code == 303
