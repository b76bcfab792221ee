"""The pages of the bank rail: statements, cases, payment runs, and how to pay one milestone by transfer."""

import gzip
import io
import zipfile
from uuid import UUID

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from app.core.money import Money
from payments import queries as payments
from payments.cases import queries as cases
from payments.cases.states import CaseState
from payments.escrow import service as escrow
from payments.escrow.reference import grouped
from payments.runs import queries as runs
from payments.statements.models import StatementFile
from tests.factories.money import make_deal, make_finance, usd
from tests.factories.people import make_company
from tests.factories.statements import Entry, send_in, statement, transfer
from tests.forms import submit

JSON = {"accept": "application/json"}


@pytest.fixture
async def people(db):
    async with db.transaction() as tx:
        return await make_finance(tx), await make_finance(tx)


@pytest.fixture
async def deal(db):
    async with db.transaction() as tx:
        return await make_deal(tx)


def packed(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("statement.xml", data)
    return file.getvalue()


@pytest.mark.parametrize("pack", [bytes, gzip.compress, packed])
async def test_a_statement_is_sent_in_and_told_line_by_line(client, run_jobs, people, deal, pack):
    data = pack(statement(transfer(deal.deposit), Entry(usd("5"), text="hello", name="Nobody")))
    async with client(as_=people[0]) as http:
        sent = await submit(http, "/finance/statements", "statement", files={"file": ("nov.xml", data)})
        assert sent.status_code == 303, sent.text
        address = sent.headers["location"]
        assert "being read" in (await http.get(address)).text
        await run_jobs()
        page = (await http.get(address)).text
        assert f"The reference {deal.deposit.reference} stands in the structured field." in page
        assert "No reference of ours stands on it." in page
        only = (await http.get(f"{address}?status=case", headers=JSON)).json()
        assert [line["amount"]["amount_minor"] for line in only["lines"]] == [500]
        assert only["lines"][0]["case_id"]
        listed = (await http.get("/finance/statements", headers=JSON)).json()
    assert [(file["filename"], file["done"]) for file in listed["files"]] == [("nov.xml", 2)]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"a,b,c\n1,2,3\n", "This is not an XML file."),
        (b"<html><body/></html>", "There is no statement in this file."),
        (statement(message="camt.054.001"), "This is camt.054.001.08."),
        (statement(version="04"), "This is camt.053.001.04."),
        (statement(Entry(usd("1")), iban="DE02120300000000202051"), "which is not ours"),
        (statement(Entry(Money.of("1", "KWD")), currency="KWD"), "a currency in which we keep no account"),
        (gzip.compress(statement(Entry(usd("1"))))[:-20], "packed file is damaged"),
        (
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Document>&a;</Document>',
            "document type or entities",
        ),
    ],
)
async def test_what_is_wrong_at_the_head_is_said_at_once(db, client, people, data, why):
    async with client(as_=people[0]) as http:
        refused = await submit(http, "/finance/statements", "statement", files={"file": ("x.xml", data)})
    assert refused.status_code == 422
    assert why in refused.text.replace("&#39;", "'")
    async with db.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(StatementFile)) == 0


async def test_the_same_file_again_is_a_conflict(client, run_jobs, people, deal):
    data = statement(transfer(deal.deposit))
    async with client(as_=people[0]) as http:
        await submit(http, "/finance/statements", "statement", files={"file": ("x.xml", data)})
        await run_jobs()
        again = await submit(http, "/finance/statements", "statement", files={"file": ("y.xml", data)})
    assert again.status_code == 409
    assert "You have imported this statement on" in again.text


async def test_a_case_from_proposal_to_agreement(ctx, db, client, people, deal):
    await send_in(ctx, statement(transfer(deal.deposit, name="Mother Holding AG")), people[0])
    async with db.transaction() as tx:
        (case,), _total = await cases.cases(tx, states=[CaseState.OPEN])
    page = f"/finance/cases/{case.id}"
    async with client(as_=people[0]) as http:
        assert "Mother Holding AG" in (await http.get("/finance/cases")).text
        shown = (await http.get(page)).text
        assert "is not the buyer" in shown
        assert "···· 2051" in shown
        assert "DE02120300000000202051" not in shown
        short = await submit(http, page, "do-apply", reason="x")
        assert short.status_code == 422
        done = await submit(http, page, "do-apply", reason="the buyer confirmed it")
        assert done.status_code == 303
        assert "another person decides" in (await http.get(page)).text
    async with client(as_=people[1]) as http:
        await submit(http, page, "approve")
        json = (await http.get(page, headers=JSON)).json()
    assert json["state"] == "closed"
    assert [decision["state"] for decision in json["decisions"]] == ["approved"]
    async with db.transaction() as tx:
        assert (await payments.money_position(tx, deal.subject)).held == usd("300")


async def test_a_run_from_choice_to_download(ctx, db, client, people, deal):
    await send_in(ctx, statement(transfer(deal.deposit)), people[0])
    async with db.transaction() as tx:
        await escrow.refund(tx, deal.subject, deal.deposit.id, by=None, reason="off")
    async with client(as_=people[0]) as http:
        made = await submit(http, "/finance/runs", "run")
        assert made.status_code == 303, made.text
        page = made.headers["location"]
        assert "You made this run" in (await http.get(page)).text
    async with client(as_=people[1]) as http:
        early = await http.post(f"{page}/file", headers=JSON)
        assert early.status_code in {403, 409}
        await submit(http, page, "approve")
        file = await submit(http, page, "file")
        assert file.headers["content-type"].startswith("application/xml")
        assert b"<IBAN>DE02120300000000202051</IBAN>" in file.content
        shown = (await http.get(page)).text
        assert "Downloads" in shown
        assert "DE02120300000000202051" not in shown
    async with db.transaction() as tx:
        assert len(await runs.downloads(tx, UUID(page.rsplit("/", 1)[1]))) == 1


async def test_instructions_are_for_the_buyer_of_the_deal_alone(db, client, people, deal):
    page = f"/milestones/{deal.deposit.id}/transfer"
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
    for actor in (stranger, deal.supplier):
        async with client(as_=actor) as http:
            assert (await http.get(page)).status_code == 404
            assert (await http.get(f"{page}.pdf")).status_code == 404
    for actor in (deal.buyer, people[0]):
        async with client(as_=actor) as http:
            shown = await http.get(page)
            assert grouped(deal.deposit.reference) in shown.text
            assert "never come by mail or chat" in shown.text
            json = (await http.get(page, headers=JSON)).json()
            assert (json["reference"], json["iban"]) == (deal.deposit.reference, "DE89370400440532013000")


@pytest.mark.parametrize(("language", "title"), [("en", "Transfer instructions"), ("zh-Hans", "转账指引")])
async def test_instructions_on_paper(client, deal, language, title):
    async with client(as_=deal.buyer) as http:
        http.cookies.set("locale", language)
        document = await http.get(f"/milestones/{deal.deposit.id}/transfer.pdf", headers={"accept-language": language})
    assert document.headers["content-type"] == "application/pdf"
    text = PdfReader(io.BytesIO(document.content)).pages[0].extract_text()
    assert title in text
    assert grouped(deal.deposit.reference) in text
    assert "DE89 3704 0044 0532 0130 00" in text
