"""Invoices for fees: every fee once, numbers without gaps, never changed, given back by credit notes."""

import asyncio
import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.core.config import Settings
from app.core.errors import Conflict, Invalid
from app.core.money import Money
from app.core.runner import drain
from payments import proof
from payments.invoices import jobs, papers, queries, service
from payments.invoices.models import FeeInvoice
from payments.invoices.service import Books
from payments.invoices.settings import SPECIMEN
from payments.ledger import chart
from payments.ledger.queries import balance as held
from tests.factories.money import Deal, earn, make_deal, make_finance
from tests.factories.people import Actor, make_company
from tests.forms import forms_of, submit
from trust.access import NotPermitted

BOOKS = Books(SPECIMEN, "Asia/Shanghai")
FONTS = Settings().font_dir


def at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 4, tzinfo=UTC)


async def released(
    tx, moment: datetime, supplier: Actor | None = None, *, deposit: Money | None = None, balance: Money | None = None
) -> Deal:
    """A deal of which both milestones were released at this moment: fees of 4.50 and 10.50."""
    with clock.at(moment):
        deal = await make_deal(tx, supplier=supplier, deposit=deposit, balance=balance)
        for milestone in deal.escrow.milestones:
            await earn(tx, deal, milestone)
    return deal


async def all_invoices(tx) -> list[queries.InvoiceView]:
    found, _total = await queries.invoices(tx)
    return sorted(found, key=lambda one: one.number)


async def test_the_fees_of_a_month_make_one_invoice_a_supplier_and_currency(db):
    async with db.transaction() as tx:
        supplier = await make_company(tx, "Shenzhen Lantern")
        await released(tx, at(9, 10), supplier)
        await released(tx, at(9, 20), supplier)
        await released(tx, at(9, 21), supplier, deposit=Money(30_000, "JPY"), balance=Money(70_000, "JPY"))
        await released(tx, at(10, 2), supplier)
        with clock.at(at(10, 1)):
            assert len(await service.issue_due(tx, BOOKS)) == 2
            assert await service.issue_due(tx, BOOKS) == []
        dollars, yens = await all_invoices(tx)
    assert (dollars.total, yens.total) == (Money.of("30.00", "USD"), Money(1500, "JPY"))
    assert [line["fee"]["amount_minor"] for line in dollars.content["lines"]] == [450, 1050, 450, 1050]
    assert (str(dollars.first), str(dollars.last)) == ("2026-09-01", "2026-09-30")
    assert [dollars.number, yens.number] == ["PF-2026-000001", "PF-2026-000002"]


async def test_the_job_makes_them_and_only_of_months_that_are_over(ctx):
    async with ctx.db.transaction() as tx:
        await released(tx, at(10, 2))
        await released(tx, clock.now())
    await jobs.invoice_fees(ctx)
    await jobs.invoice_fees(ctx)
    async with ctx.db.transaction() as tx:
        [made] = await all_invoices(tx)
    assert str(made.first) == "2026-10-01"


async def test_numbers_have_no_gaps_however_many_ask_at_once(ctx):
    async with ctx.db.transaction() as tx:
        suppliers = [await make_company(tx, f"Supplier {n}") for n in range(6)]
        for supplier in suppliers:
            await released(tx, at(9, 10), supplier)
        finance = await make_finance(tx)

    async def one(supplier: Actor, *, fails: bool) -> None:
        async with ctx.db.transaction() as tx:
            await service.issue_now(tx, BOOKS, supplier.organisation_id, by=finance.member)
            if fails:
                raise ZeroDivisionError

    asked = [one(supplier, fails=number % 3 == 0) for number, supplier in enumerate(suppliers)]
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(answer, ZeroDivisionError) for answer in told) == 2
    async with ctx.db.transaction() as tx:
        assert [row.sequence for row in await tx.scalars(select(FeeInvoice).order_by(FeeInvoice.sequence))] == [
            1,
            2,
            3,
            4,
        ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE fee_invoice SET total_minor = 1",
        "DELETE FROM fee_invoice_line",
        "INSERT INTO fee_invoice SELECT gen_random_uuid(), kind, series, year, sequence + 2, 'PF-X', organisation_id,"
        " first, last, total_minor, total_currency, credits, content, digest, issued_by, issued_at FROM fee_invoice",
    ],
)
async def test_the_database_keeps_them_as_issued(db, statement):
    async with db.transaction() as tx:
        await released(tx, at(9, 10))
        await service.issue_due(tx, BOOKS)
    with pytest.raises(DBAPIError):
        async with db.transaction() as tx:
            await tx.execute(text(statement))


async def test_a_fee_is_given_back_once_with_a_credit_note(db):
    async with db.transaction() as tx:
        deal = await released(tx, at(9, 10))
        finance = await make_finance(tx)
        [invoice_id] = await service.issue_due(tx, BOOKS)
        with pytest.raises(NotPermitted):
            await service.give_back(tx, BOOKS, invoice_id, 1, by=deal.supplier.member, reason="ours")
        with pytest.raises(Invalid):
            await service.give_back(tx, BOOKS, invoice_id, 3, by=finance.member, reason="no such line")
        note = await service.give_back(tx, BOOKS, invoice_id, 2, by=finance.member, reason="agreed")
        with pytest.raises(Conflict):
            await service.give_back(tx, BOOKS, invoice_id, 2, by=finance.member, reason="again")
        with pytest.raises(Invalid):
            await service.give_back(tx, BOOKS, note, 1, by=finance.member, reason="of a credit note")
        made, invoice = await queries.invoice(tx, note), await queries.invoice(tx, invoice_id)
        assert (made.kind, made.credits, made.total) == ("credit_note", invoice_id, Money.of("10.50", "USD"))
        assert (invoice.total, invoice.credited) == (Money.of("15.00", "USD"), Money.of("10.50", "USD"))
        assert made.number == "PF-2026-000002"
        owner = chart.payable(deal.supplier.organisation_id)
        assert await held(tx, owner, "USD") == Money.of("995.50", "USD")
        assert (await proof.proof(tx)).holds
        assert await service.issue_due(tx, BOOKS) == []
        with clock.at(at(12, 24)):
            assert await service.issue_due(tx, BOOKS) == [], "the fee that came back stands on its credit note"


async def test_on_paper_and_on_the_page(db, client):
    async with db.transaction() as tx:
        deal = await released(tx, at(9, 10))
        stranger, finance = await make_company(tx, "Stranger"), await make_finance(tx)
        checker = await make_finance(tx)
        [invoice_id] = await service.issue_due(tx, BOOKS)
        found = await queries.invoice(tx, invoice_id)
    data = await papers.invoice_pdf(found, font_dir=FONTS)
    assert data == await papers.invoice_pdf(found, font_dir=FONTS)
    printed = "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).replace("\u00a0", " ")
    for said in ("PF-2026-000001", "USD 15.00", deal.subject.number, "平台服务费发票", "Shenzhen Lantern"):
        assert said in printed, said
    page = f"/invoices/{invoice_id}"
    async with client(as_=deal.supplier) as http:
        assert "PF-2026-000001" in (await http.get("/invoices")).text
        assert "USD 15.00" in (await http.get(page)).text.replace("\u00a0", " ")
        json = (await http.get(page, headers={"accept": "application/json"})).json()
        assert json["digest"] == found.digest
        assert json["content"]["tax"] == "domestic"
        assert (await http.get(f"{page}/document.pdf")).content == data
        assert (await http.get("/finance/invoices")).status_code == 403
    async with client(as_=stranger) as http:
        assert (await http.get(page)).status_code == 404
        assert (await http.get(f"{page}/document.pdf")).status_code == 404
    async with client(as_=finance) as http:
        await submit(http, page, "credit", position="1", reason="Agreed by mail.")
        assert "Giving USD 4.50 back was proposed." in (await http.get(page)).text.replace("\u00a0", " ")
    async with client(as_=checker) as http:
        [form] = [f for f in forms_of((await http.get("/finance/approvals")).text) if f.startswith("approve-")]
        await submit(http, "/finance/approvals", form)
    async with client(as_=deal.supplier) as http:
        assert "USD 4.50" in (await http.get("/invoices")).text.replace("\u00a0", " ")


async def test_finance_invoices_before_the_month_is_over(app, db, client):
    async with db.transaction() as tx:
        deal, finance = await released(tx, clock.now()), await make_finance(tx)
    async with client(as_=finance) as http:
        assert "Fees that stand on no invoice yet" in (await http.get("/finance/invoices")).text
        assert (await submit(http, "/finance/invoices", "issue-1")).status_code == 303
        shown = await http.get("/finance/invoices")
        assert "Fees that stand on no invoice yet" not in shown.text
        assert deal.supplier.member.organisation_name in shown.text
    await drain(app.state.jobs)


@pytest.mark.parametrize(
    ("issuer", "customer", "note"),
    [("CN", "CN", "domestic"), ("CN", "DE", "reverse_charge"), ("DE", "CN", "abroad"), ("CN", "US", "abroad")],
)
def test_what_is_said_about_tax(issuer, customer, note):
    assert service.tax_note(issuer, customer) == note
