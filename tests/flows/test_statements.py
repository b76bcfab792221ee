"""Statements: what stands on them is what the books say, and months join without a gap."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader

from app.core import clock
from app.core.config import Settings
from app.core.i18n import speaking
from app.core.money import Money
from app.core.periods import Period
from payments import queries as money
from payments.balances import papers, queries
from payments.ledger import chart
from payments.ledger.queries import balance
from payments.ledger.service import Entry, credit, debit, post
from tests.factories.money import earn, fund_by_bank, make_deal, usd
from tests.factories.people import Actor, make_company
from trust.access import Role
from trust.identity import queries as identity

ZONE = "Asia/Shanghai"
SEPTEMBER = Period.month(date(2026, 9, 1), ZONE)
OCTOBER = Period.month(date(2026, 10, 1), ZONE)
FONTS = Settings().font_dir


def at(day: int, month: int = 10, hour: int = 4) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


async def paid(tx, supplier: Actor, amount: str, name: str) -> None:
    """A payout of `amount` leaves the balance, as the books have it."""
    legs = [debit(chart.payable(supplier.organisation_id), usd(amount)), credit(chart.IN_TRANSIT, usd(amount))]
    subject = chart.payable(supplier.organisation_id).owner
    await post(tx, Entry(key=name, kind="pay_out", legs=legs, reason="asked", actor=None, subject=subject))


@pytest.fixture
async def supplier(db) -> Actor:
    """Released 295.50 on 28 September and 689.50 on 5 October; paid out 200 on 9 October, 100 on 2 November."""
    async with db.transaction() as tx:
        supplier = await make_company(tx, "Shenzhen Lantern", sells=True)
        deal = await make_deal(tx, supplier=supplier)
        for milestone, moment in ((deal.deposit, at(28, 9)), (deal.balance, at(5))):
            with clock.at(moment):
                await earn(tx, deal, milestone)
        for amount, moment in (("200", at(9)), ("100", at(2, 11))):
            with clock.at(moment):
                await paid(tx, supplier, amount, f"pay_out:{moment}")
    return supplier


async def test_a_month_opens_moves_and_closes(db, supplier):
    async with db.transaction() as tx:
        found = await queries.statement(tx, supplier.organisation_id, OCTOBER, "USD")
    assert (found.opening, found.closing) == (usd("295.50"), usd("785.00"))
    assert (found.added, found.taken) == (usd("689.50"), usd("200"))
    released, payout = found.movements
    assert (released.part, released.gross, released.fee) == ("balance", usd("700"), usd("10.50"))
    assert (released.change, released.balance) == (usd("689.50"), usd("985"))
    assert (payout.kind, payout.deal, payout.fee, payout.change) == ("pay_out", None, None, usd("-200"))


async def test_each_month_opens_with_what_the_month_before_closed_with(db, supplier):
    """And the closing of the last is what the ledger's balance says."""
    async with db.transaction() as tx:
        month = Period.month(date(2026, 8, 1), ZONE)
        before = Money.zero("USD")
        while month.first <= date(2026, 12, 1):
            found = await queries.statement(tx, supplier.organisation_id, month, "USD")
            assert found.opening == before
            assert found.opening + found.added - found.taken == found.closing
            before, month = found.closing, Period.month(month.last.replace(day=28), ZONE)
            month = Period.month(date(month.first.year + month.first.month // 12, month.first.month % 12 + 1, 1), ZONE)
        assert before == await balance(tx, chart.payable(supplier.organisation_id), "USD") == usd("685")


async def test_a_month_is_cut_in_the_platform_s_zone(db):
    """Half past eleven at night in Shanghai is still that month; half an hour after midnight is the next."""
    async with db.transaction() as tx:
        supplier = await make_company(tx)
        deal = await make_deal(tx, supplier=supplier)
        for milestone, moment in ((deal.deposit, at(30, 9, 15)), (deal.balance, at(30, 9, 17))):
            with clock.at(moment):
                await earn(tx, deal, milestone)
        assert len((await queries.statement(tx, supplier.organisation_id, SEPTEMBER, "USD")).movements) == 1
        assert len((await queries.statement(tx, supplier.organisation_id, OCTOBER, "USD")).movements) == 1


async def test_the_hash_changes_with_what_is_said(db, supplier):
    async with db.transaction() as tx:
        one = await queries.statement(tx, supplier.organisation_id, OCTOBER, "USD")
        again = await queries.statement(tx, supplier.organisation_id, OCTOBER, "USD")
        other = await queries.statement(tx, supplier.organisation_id, SEPTEMBER, "USD")
        assert one.digest == again.digest != other.digest
        with clock.at(at(20)):
            await paid(tx, supplier, "1", "one more")
        assert (await queries.statement(tx, supplier.organisation_id, OCTOBER, "USD")).digest != one.digest


async def printed(db, supplier, period) -> tuple[queries.Statement, bytes]:
    async with db.transaction() as tx:
        found = await queries.statement(tx, supplier.organisation_id, period, "USD")
        company = await identity.organisation(tx, supplier.organisation_id)
    return found, await papers.balance_pdf(found, company, font_dir=FONTS)


def text_of(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


async def test_on_paper_it_says_the_same_in_both_languages(db, supplier):
    found, data = await printed(db, supplier, OCTOBER)
    text = text_of(data)
    for said in (
        "295.50",
        "689.50",
        "−USD 200.00",
        "785.00",
        "Statement of account",
        "对账单",
        "期初余额",
        "Page 1 of 1",
    ):
        assert said.replace(" ", "") in text.replace(" ", "").replace("\u00a0", ""), said
    assert found.digest[:32] in text.replace("\u200b", "")
    assert (await printed(db, supplier, OCTOBER))[1] == data
    with speaking("zh-Hans"):
        assert (await printed(db, supplier, OCTOBER))[1] == data, "whoever asks gets the same paper"


async def test_a_name_that_the_font_cannot_print_stands_beside_its_latin_form(db):
    async with db.transaction() as tx:
        supplier = await make_company(tx, "شركة الخليج")
        company = await identity.organisation(tx, supplier.organisation_id)
        found = await queries.statement(tx, supplier.organisation_id, OCTOBER, "KWD")
    data = await papers.balance_pdf(found, company, font_dir=FONTS)
    assert "□" in text_of(data)
    assert "Nothing moved in this time." in text_of(data)


async def test_the_page_and_its_files(db, client, supplier):
    query = "?currency=USD&month=2026-10"
    async with client(as_=supplier) as http:
        page = await http.get(f"/statements{query}")
        assert "USD 785.00" in page.text.replace("\u00a0", " ")
        assert "PO-" in page.text
        json = (await http.get(f"/statements{query}", headers={"accept": "application/json"})).json()
        assert (json["period"], json["opening"]["amount_minor"], json["closing"]["amount_minor"]) == (
            "2026-10", 29550, 78500,
        )  # fmt: skip
        assert [m["change"]["amount_minor"] for m in json["movements"]] == [68950, -20000]
        sheet = (await http.get(f"/statements.csv{query}")).content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(sheet)))
        assert [row[-2] for row in rows[1:]] == ["295.50", "985.00", "785.00", "785.00"]
        assert [row[6] for row in rows[2:4]] == ["689.50", "-200.00"]
        paper = await http.get(f"/statements.pdf{query}")
        assert paper.headers["content-type"] == "application/pdf"
        assert paper.content.startswith(b"%PDF")


@pytest.mark.parametrize(
    "query",
    ["?month=2026-13", "?month=0000-01", "?currency=JPY", "?first=2026-10-02&last=2026-10-01",
     "?first=2024-01-01&last=2026-01-01"],
)  # fmt: skip
async def test_what_cannot_be_asked_for(client, supplier, query):
    async with client(as_=supplier) as http:
        assert (await http.get(f"/statements{query}")).status_code == 422


async def test_who_minds_no_money_sees_no_statement(db, client):
    async with db.transaction() as tx:
        sales = await make_company(tx, roles=(Role.SALES,))
        newcomer = await make_company(tx)
    async with client(as_=sales) as http:
        for path in ("/statements", "/statements.csv", "/statements.pdf"):
            assert (await http.get(path)).status_code == 403
    async with client(as_=newcomer) as http:
        assert "Nothing moved in this time" in (await http.get("/statements")).text


async def test_the_statement_of_an_order_on_paper(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        await fund_by_bank(tx, deal.deposit)
        lines = await money.statement(tx, deal.subject)
    data = await papers.deal_pdf(
        deal.subject, lines, [("Total", "USD 1,000.00")], dated=date(2026, 11, 21), zone=ZONE, font_dir=Path(FONTS)
    )
    text = text_of(data)
    assert deal.subject.number in text
    assert "Paid by the buyer, held" in text
    assert "买方" in text
