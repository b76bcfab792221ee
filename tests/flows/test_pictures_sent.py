"""What is written in files of a negotiation, where it acts: told of, withheld, and counted with what texts say."""

from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import select, text

from app.core import clock
from app.core.payload import Upload
from orders import files
from orders.documents.models import TradeDocument
from orders.negotiation import rfqs
from orders.negotiation import service as negotiation
from orders.negotiation.models import FileFinding
from tests.factories.contracts import fund, lock_contract, make_order, sign_contract
from tests.factories.deals import make_inquiry, question
from tests.factories.documents import LADING
from tests.factories.papers import issue_papers
from tests.factories.people import make_company
from tests.factories.shipments import ship
from tests.fakes import FakeReader, page
from tests.flows.test_pictures import PLAIN, SIGNATURE, a_picture, mails, read, set_mode
from tests.flows.test_risk import codes, hits, waiting
from tests.forms import submit
from tests.queries import cost
from tests.sql import connect
from trust.risk import holds
from trust.risk.engine import Action
from trust.risk.errors import OnHold
from trust.risk.models import RiskHit

MAIL = [page("sales@lumenharbour.com")]
BANK = [page("Pay to our new bank account", "IBAN DE89 3704 0044 0532 0130 00")]


@pytest.fixture
def reader():
    return FakeReader(default=PLAIN)


@pytest.fixture
def ctx(ctx, reader):
    return replace(ctx, reader=reader)


@pytest.fixture
async def inquiry(db, partners):
    async with db.transaction() as tx:
        return (await make_inquiry(tx, partners.buyer, partners.supplier)).id


async def send(http, inquiry, *pictures, said="See the file."):
    files = [("files", (f"photo-{n}.png", data, "image/png")) for n, data in enumerate(pictures, start=1)]
    answer = await submit(http, f"/inquiries/{inquiry}", "message", text=said, files=files)
    assert answer.status_code == 303


async def thread(http, inquiry):
    return (await http.get(f"/api/v1/inquiries/{inquiry}")).json()["messages"]


async def test_who_sends_contacts_in_pictures_is_told_then_withheld_then_looked_at(
    db, ctx, reader, client, partners, inquiry
):
    """As in texts, and counted with them."""
    reader.default = MAIL
    async with client(as_=partners.supplier) as mine, client(as_=partners.buyer) as theirs:
        await send(mine, inquiry, a_picture(1))
        [before] = (await thread(theirs, inquiry))[-1]["files"]
        assert (before["shows"], before["withheld"]) == ([], False)
        await read(ctx)
        [told] = (await thread(theirs, inquiry))[-1]["files"]
        assert (told["shows"], told["withheld"]) == (["email"], False)
        assert (await theirs.get(told["href"])).status_code == 200
        assert "the next such file is withheld" in (await mine.get(f"/inquiries/{inquiry}")).text
        assert "outside Portolan is not protected" in (await theirs.get(f"/inquiries/{inquiry}")).text

        await send(mine, inquiry, a_picture(2), a_picture(3))
        await read(ctx)
        second = (await thread(theirs, inquiry))[-1]["files"]
        assert [file["withheld"] for file in second] == [True, True]
        refused = await theirs.get(second[0]["href"], headers={"accept": "application/json"})
        assert (refused.status_code, refused.json()["code"]) == (403, "file_withheld")
        assert (await mine.get(second[0]["href"])).status_code == 200, "who sent it may open it"
        shown = (await theirs.get(f"/inquiries/{inquiry}")).text
        assert second[0]["href"] not in shown
        assert "photo-1.png is withheld" in shown

        said = await submit(mine, f"/inquiries/{inquiry}", "message", text="mail me: sales@lumenharbour.com")
        assert said.status_code == 303
    rows = await hits(db, RiskHit.rule, RiskHit.action)
    assert rows == [("OFF-01", Action.ALLOW), ("OFF-01", Action.WARN), ("OFF-01", Action.REVIEW)]
    assert len(await mails(ctx, "Contact details in your file")) == 1
    assert len(await mails(ctx, "Your file is withheld")) == 1


async def test_bank_details_in_a_file_are_withheld_and_looked_at_also_after_signing(
    db, ctx, reader, client, partners, draft
):
    await lock_contract(ctx, partners, draft)
    await sign_contract(ctx, draft, partners.supplier, partners.buyer)
    async with db.transaction(read_only=True) as tx:
        found = await tx.scalar(text("SELECT inquiry_id FROM contract"))
    reader.default = [*BANK, *MAIL]
    async with client(as_=partners.supplier) as mine, client(as_=partners.buyer) as theirs:
        await send(mine, found, a_picture())
        await read(ctx)
        [file] = (await thread(theirs, found))[-1]["files"]
        assert file["withheld"]
        assert file["shows"] == ["changed", "iban"], "contact details have their place by now"
    assert await codes(db) == ["BEC-04"]
    assert len(await waiting(db)) == 1


async def test_a_code_to_a_messenger_and_a_letterhead(db, ctx, reader, client, partners, inquiry):
    reader.pages = {a_picture(1): SIGNATURE, a_picture(2): [page(codes=("https://u.wechat.com/EAbC",))]}
    async with client(as_=partners.supplier) as http:
        await send(http, inquiry, a_picture(1), a_picture(2))
        await read(ctx)
        files = (await thread(http, inquiry))[-1]["files"]
    assert [file["shows"] for file in files] == [[], ["handle"]]


async def test_files_of_a_question_are_read_too(db, ctx, reader, client, partners):
    reader.default = MAIL
    async with db.transaction() as tx:
        kept = await files.keep(ctx.files, [Upload("spec.png", "image/png", a_picture())])
        asked = await negotiation.ask(tx, partners.supplier.organisation_id, question(), kept, by=partners.buyer.member)
    await read(ctx)
    async with client(as_=partners.buyer) as http:
        seen = (await http.get(f"/api/v1/inquiries/{asked.id}")).json()["files"]
    assert [(one["shows"], one["withheld"]) for one in seen] == [(["email"], False)]
    assert await codes(db) == ["OFF-01"]


async def test_a_request_to_many_counts_once(db, ctx, reader, partners):
    async with db.transaction() as tx:
        others = [partners.supplier, await make_company(tx, "Red Mill"), await make_company(tx, "Salt Road")]
    reader.default = MAIL
    async with db.transaction() as tx:
        kept = await files.keep(ctx.files, [Upload("spec.png", "image/png", a_picture())])
        await rfqs.request(
            tx,
            question(),
            kept,
            category="mugs",
            supplier_ids=[one.organisation_id for one in others],
            closes_on=clock.now().date() + timedelta(days=5),
            by=partners.buyer.member,
        )
    await read(ctx)
    async with db.transaction(read_only=True) as tx:
        assert [row.withheld for row in await tx.scalars(select(FileFinding))] == [False, False, False]
    assert await codes(db) == ["OFF-01"]
    assert len(await mails(ctx, "Contact details in your file")) == 1


async def test_what_was_found_of_a_file_stays_and_goes_with_its_deal(urls, db, ctx, reader, client, partners, inquiry):
    reader.default = MAIL
    async with client(as_=partners.supplier) as http:
        await send(http, inquiry, a_picture())
        await read(ctx)
    boss = await connect(urls.super)
    for change in ("UPDATE file_finding SET kinds = '{}'", "DELETE FROM file_finding", "TRUNCATE file_finding"):
        with pytest.raises(asyncpg.PostgresError):
            await boss.execute(change)
    async with db.transaction(read_only=True) as tx:
        assert len(list(await tx.scalars(select(FileFinding)))) == 1
    # The clock of the database decides what is forgotten: the deal is made old enough without its guards.
    await boss.execute("ALTER TABLE inquiry DISABLE TRIGGER USER")
    await boss.execute("ALTER TABLE inquiry ENABLE TRIGGER forget_file_findings")
    await boss.execute("UPDATE inquiry SET forgotten_at = now()")
    await boss.execute("ALTER TABLE inquiry ENABLE TRIGGER USER")
    await boss.close()
    async with db.transaction(read_only=True) as tx:
        assert list(await tx.scalars(select(FileFinding))) == []


async def test_a_room_costs_the_same_with_many_findings(db, ctx, reader, client, partners, inquiry):
    reader.default = MAIL
    async with client(as_=partners.supplier) as http:
        await send(http, inquiry, a_picture(0))
        await read(ctx)
        [one] = await cost(http, db, f"/inquiries/{inquiry}")
        await send(http, inquiry, *(a_picture(n) for n in range(1, 8)))
        await read(ctx)
        [many] = await cost(http, db, f"/inquiries/{inquiry}")
    assert many <= one


async def test_a_file_that_is_sent_again_is_withheld_with_it(db, ctx, reader, client, partners, inquiry):
    reader.default = MAIL
    async with client(as_=partners.supplier) as mine, client(as_=partners.buyer) as theirs:
        for withheld in (False, True):
            await send(mine, inquiry, a_picture())
            await read(ctx)
            assert [one["withheld"] for message in await thread(theirs, inquiry) for one in message["files"]][
                -1
            ] is withheld
    assert len(reader.given) == 1


async def test_files_are_let_pass_while_the_rule_is_in_shadow(db, ctx, reader, client, partners, inquiry):
    await set_mode(db, "shadow")
    reader.default = MAIL
    async with client(as_=partners.supplier) as http:
        await send(http, inquiry, a_picture())
        await read(ctx)
        assert [one["shows"] for one in (await thread(http, inquiry))[-1]["files"]] == [[]]
    assert await codes(db) == []


async def test_an_account_on_a_shipments_paper_is_looked_at_and_a_forged_invoice_holds_payouts(
    db, ctx, reader, client, partners, shipped
):
    order, shipment = shipped
    invoice, _certificate = await issue_papers(ctx, partners, order, shipment)
    async with db.transaction(read_only=True) as tx:
        number = (await tx.get_one(TradeDocument, invoice)).number
    async with client(as_=partners.supplier) as mine:
        reader.default = MAIL
        assert (await hand_in(mine, order, "bl.png", a_picture(1))).status_code == 303
        await read(ctx)
        reader.default = PLAIN
        assert (await hand_in(mine, order, f"{number}.png", a_picture(2))).status_code == 303
        await read(ctx)
        assert set(await codes(db)) == {"TBML-03"}, "letterheads and references belong on papers"
        reader.default = BANK
        assert (await hand_in(mine, order, f"{number}.png", a_picture(3))).status_code == 303
        await read(ctx)
    assert [code for code in await codes(db) if code != "TBML-03"] == ["BEC-04", "BEC-06"]
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await holds.check_hold(tx, holds.payouts_of(partners.supplier.organisation_id))


async def hand_in(http, order, name, data):
    said = {**LADING, "on_board": clock.now().date().isoformat()}
    files = {"file": (name, data, "image/png")}
    return await submit(http, f"/orders/{order}/documents", "transport-1", files=files, **said)


@pytest.fixture
async def shipped(db, ctx, partners):
    order = await make_order(ctx, partners)
    await fund(ctx, order)
    return order, (await ship(db, order, partners)).id
