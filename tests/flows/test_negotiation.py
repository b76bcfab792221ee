"""A negotiation from the first question to the agreement: in the browser and over the JSON API, and what goes wrong."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app.core import clock, evidence
from app.core.outbox import published
from app.core.states import IllegalMove
from app.core.subject import Subject
from orders.contracts import queries as contracts
from orders.negotiation import jobs, offering, queries
from orders.negotiation.errors import NotYourTurn, QuotationExpired
from orders.negotiation.events import QuotationAccepted
from orders.negotiation.models import Inquiry, Message, Quotation
from tests.factories.deals import make_counter_offer, make_inquiry, make_quotation, offer_data
from tests.factories.files import PDF as PAGE
from tests.factories.identities import letters, send_json
from tests.factories.people import make_company, make_member
from tests.factories.products import make_product
from tests.forms import submit
from tests.queries import count_queries
from trust.access import NotPermitted, NotVerified, Role
from trust.identity.models import Organisation

FORM_OFFER = {
    "currency": "USD",
    "lines__0__description": "Ceramic mug with bamboo lid, 350 ml",
    "lines__0__hs_code": "691200",
    "lines__0__quantity": "2000",
    "lines__0__unit": "H87",
    "lines__0__price": "1.18",
    "rule": "FOB",
    "place": "Shenzhen Yantian",
    "locode": "cnytn",
    "mode": "sea",
    "lead_days": "25",
    "milestones__0__percent": "30",
    "milestones__1__percent": "70",
}


@pytest.fixture
async def parties(db):
    async with db.transaction() as tx:
        supplier = await make_company(tx, "Lantern Works")
        buyer = await make_company(tx, "Hansa Import", country="DE")
    return buyer, supplier


@pytest.fixture
async def quoted(db, parties):
    """An inquiry with an open first quotation: (inquiry id, quotation id)."""
    buyer, supplier = parties
    async with db.transaction() as tx:
        inquiry = await make_inquiry(tx, buyer, supplier)
        quotation = await make_quotation(tx, inquiry.id, supplier)
        return inquiry.id, quotation.id


async def test_from_question_to_contract_in_the_browser(db, client, parties, run_jobs):
    buyer, supplier = parties
    async with db.transaction() as tx:
        product = await make_product(tx, supplier)
    async with client(as_=buyer) as http:
        sent = await submit(
            http,
            f"/inquiries/new?product={product}",
            "inquiry",
            quantity="2000",
            text="With our logo, please.",
            files={"files": ("logo.pdf", PAGE + b"%logo", "application/pdf")},
        )
        assert sent.status_code == 303, sent.text
        room = sent.headers["location"]
        assert "With our logo" in (await http.get(room)).text
    async with client(as_=supplier) as http:
        assert "1 new" in (await http.get("/inquiries?side=supplier")).text
        shown = await http.get(room)
        assert "Make a quotation" in shown.text
        quoted = await submit(http, f"{room}/quotations/new", "offer", **FORM_OFFER)
        assert quoted.status_code == 303, quoted.text
    async with client(as_=buyer) as http:
        page = (await http.get(room)).text
        assert "USD\u00a02,360.00" in page
        counter = next(part for part in page.split('"') if part.endswith("/counter-offers/new"))
        assert (await submit(http, counter, "offer", lines__0__price="1.10")).status_code == 303
        assert "<mark>" in (await http.get(f"{room}/quotations")).text
    async with client(as_=supplier) as http:
        assert "USD\u00a02,200.00" in (await http.get(room)).text
        revised = await submit(http, f"{room}/quotations/new", "offer", lines__0__price="1.15")
        assert revised.status_code == 303
    async with client(as_=buyer) as http:
        assert (await submit(http, room, "accept")).headers["location"] == room
        assert 'http-equiv="refresh"' in (await http.get(room)).text
        await run_jobs()
        inquiry_id = room.rsplit("/", 1)[1]
        async with db.transaction() as tx:
            contract = await contracts.id_of_inquiry(tx, inquiry_id)
        assert f"/contracts/{contract}" in (await http.get(room)).text
    async with db.transaction() as tx:
        versions = await queries.versions(tx, inquiry_id)
    assert [(v.version, v.state, v.total.minor) for v in versions] == [
        (1, "superseded", 236000),
        (2, "superseded", 220000),
        (3, "accepted", 230000),
    ]


async def test_from_question_to_agreement_over_json(db, client, parties):
    buyer, supplier = parties
    asked = {
        "supplier_id": str(supplier.organisation_id),
        "title": "Ceramic mugs",
        "text": "LFGB needed.",
        "quantity": "2000",
        "unit": "H87",
        "destination": "DE",
        "target_price": "1.05",
        "rule": "FOB",
    }
    async with client(as_=buyer) as http:
        made = await send_json(http, "POST", "/api/v1/inquiries", asked)
        assert made.status_code == 201, made.text
        inquiry = made.json()
        assert (inquiry["state"], inquiry["target"]["amount"]) == ("open", "1.050000")
    async with client(as_=supplier) as http:
        path = f"/api/v1/inquiries/{inquiry['id']}"
        one = (await send_json(http, "POST", f"{path}/quotations", offer_data())).json()
        assert (one["version"], one["total"]["amount_minor"]) == (1, 236000)
        assert [p["amount"]["amount_minor"] for p in one["payments"]] == [70800, 165200]
    async with client(as_=buyer) as http:
        lower = offer_data(lines=[{**offer_data()["lines"][0], "price": "1.10"}])
        two = await send_json(http, "POST", f"/api/v1/quotations/{one['id']}/counter-offers", lower)
        assert two.status_code == 201, two.text
        late = await send_json(http, "POST", f"/api/v1/quotations/{one['id']}/acceptance")
        assert (late.status_code, late.json()["code"]) == (409, "illegal_move")
    async with client(as_=supplier) as http:
        done = await send_json(http, "POST", f"/api/v1/quotations/{two.json()['id']}/acceptance")
        assert (done.status_code, done.json()["state"]) == (200, "accepted")
        whole = (await http.get(f"/api/v1/inquiries/{inquiry['id']}")).json()
        assert whole["state"] == "accepted"
        listed = (await http.get("/api/v1/inquiries?show=agreed")).json()
        assert [i["id"] for i in listed["items"]] == [inquiry["id"]]
    async with db.transaction() as tx:
        assert len(await published(tx, QuotationAccepted)) == 1


async def test_every_step_leaves_evidence_and_a_letter(db, parties, quoted):
    buyer, supplier = parties
    inquiry_id, quotation_id = quoted
    async with db.transaction() as tx:
        countered = await make_counter_offer(tx, quotation_id, buyer)
        await offering.accept(tx, countered.id, by=supplier.member)
    async with db.transaction() as tx:
        links = await evidence.chain(tx, Subject("inquiry", inquiry_id))
        assert (await evidence.verify(tx, Subject("inquiry", inquiry_id))).whole
    assert [link.kind for link in links] == [
        "inquiry.sent",
        "quotation.offered",
        "quotation.offered",
        "quotation.accepted",
    ]
    for template, reader in {
        "inquiry_received": supplier,
        "quotation_received": buyer,
        "counter_offer_received": supplier,
        "quotation_accepted": buyer,
    }.items():
        assert [letter["to"] for letter in await letters(db, template)] == [reader.member.email]


async def test_letters_can_be_read(db, parties, quoted, run_jobs, settings):
    buyer, supplier = parties
    _inquiry, quotation_id = quoted
    async with db.transaction() as tx:
        countered = await make_counter_offer(tx, quotation_id, buyer)
        await offering.reject(tx, countered.id, "Too low for us.", by=supplier.member)
    await run_jobs()
    kept = " ".join(path.read_text() for path in (settings.data_dir / "mail").iterdir())
    assert "Too low for us." in kept
    assert "counter-offer" in kept


async def test_an_expired_offer_cannot_be_accepted(db, parties, quoted, ctx):
    buyer, _supplier = parties
    inquiry_id, quotation_id = quoted
    clock.advance(days=15)
    with pytest.raises(QuotationExpired):
        async with db.transaction() as tx:
            await offering.accept(tx, quotation_id, by=buyer.member)
    await jobs.expire_offers(ctx)
    await jobs.expire_offers(ctx)
    async with db.transaction() as tx:
        view = await queries.inquiry(tx, inquiry_id, party=buyer.organisation_id)
        offers = await queries.versions(tx, inquiry_id)
    assert (view.state, [o.state for o in offers]) == ("expired", ["expired"])
    assert len(await letters(db, "quotation_expired")) == 2


async def test_an_offer_is_good_to_the_end_of_its_last_day(db, parties, quoted, ctx):
    buyer, _supplier = parties
    _inquiry, quotation_id = quoted
    last = (clock.now() + timedelta(days=14)).replace(hour=23, minute=59)
    with clock.at(last):
        await jobs.expire_offers(ctx)
        async with db.transaction() as tx:
            assert (await offering.accept(tx, quotation_id, by=buyer.member)).state == "accepted"


async def test_after_expiry_the_supplier_quotes_again(db, parties, quoted, ctx):
    _buyer, supplier = parties
    inquiry_id, _quotation = quoted
    clock.advance(days=15)
    await jobs.expire_offers(ctx)
    async with db.transaction() as tx:
        again = await make_quotation(tx, inquiry_id, supplier)
        assert (again.version, again.state) == (2, "offered")


async def test_of_two_acceptances_at_once_one_wins(db, parties, quoted):
    buyer, _supplier = parties
    _inquiry, quotation_id = quoted

    async def accept():
        async with db.transaction() as tx:
            await offering.accept(tx, quotation_id, by=buyer.member)

    results = await asyncio.gather(accept(), accept(), accept(), return_exceptions=True)
    assert sorted(type(r).__name__ for r in results) == ["IllegalMove", "IllegalMove", "NoneType"]
    async with db.transaction() as tx:
        assert len(await published(tx, QuotationAccepted)) == 1


async def test_a_superseded_version_cannot_be_accepted(db, parties, quoted):
    buyer, supplier = parties
    inquiry_id, first = quoted
    async with db.transaction() as tx:
        await make_quotation(tx, inquiry_id, supplier, lead_days=30)
    with pytest.raises(IllegalMove):
        async with db.transaction() as tx:
            await offering.accept(tx, first, by=buyer.member)


async def test_nobody_answers_their_own_offer(db, parties, quoted):
    _buyer, supplier = parties
    for act in (offering.accept, lambda tx, id_, by: offering.reject(tx, id_, "No.", by=by)):
        with pytest.raises(NotYourTurn):
            async with db.transaction() as tx:
                await act(tx, quoted[1], by=supplier.member)


async def test_roles_and_levels(db, parties, quoted):
    buyer, supplier = parties
    async with db.transaction() as tx:
        company = await tx.get(Organisation, buyer.organisation_id)
        sales = await make_member(tx, company, roles=(Role.SALES,))
        unconfirmed = await make_company(tx, "New Here", level=0)
    with pytest.raises(NotPermitted):
        async with db.transaction() as tx:
            await offering.accept(tx, quoted[1], by=sales.member)
    with pytest.raises(NotVerified):
        async with db.transaction() as tx:
            await make_inquiry(tx, unconfirmed, supplier)


async def test_a_company_does_not_ask_itself(client, db, parties):
    _buyer, supplier = parties
    async with db.transaction() as tx:
        product = await make_product(tx, supplier)
    asked = {"product_id": str(product), "title": "Mugs", "text": "?", "quantity": "1", "unit": "H87"}
    async with client(as_=supplier) as http:
        answer = await send_json(http, "POST", "/api/v1/inquiries", asked | {"destination": "DE"})
    assert (answer.status_code, answer.json()["code"]) == (422, "own_product")


@pytest.mark.parametrize(
    "path",
    [
        "/inquiries/{inquiry}",
        "/inquiries/{inquiry}/messages",
        "/inquiries/{inquiry}/quotations",
        "/inquiries/{inquiry}/quotations/new",
        "/inquiries/{inquiry}/files/" + "0" * 64,
        "/quotations/{quotation}",
        "/quotations/{quotation}/counter-offers/new",
    ],
)
async def test_a_stranger_reads_nothing(db, client, quoted, path):
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Third Party")
    async with client(as_=stranger) as http:
        assert (await http.get(path.format(inquiry=quoted[0], quotation=quoted[1]))).status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/inquiries/{inquiry}/messages", {"text": "Hello"}),
        ("/inquiries/{inquiry}/withdrawal", {}),
        ("/inquiries/{inquiry}/rejection", {"reason": "No, thanks."}),
        ("/inquiries/{inquiry}/quotations", "offer"),
        ("/quotations/{quotation}/counter-offers", "offer"),
        ("/quotations/{quotation}/acceptance", {}),
        ("/quotations/{quotation}/rejection", {"reason": "No, thanks."}),
    ],
)
async def test_a_stranger_moves_nothing(db, client, quoted, path, body):
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Third Party")
        before = await tx.scalar(select(Inquiry.moved_at).where(Inquiry.id == quoted[0]))
    async with client(as_=stranger) as http:
        address = "/api/v1" + path.format(inquiry=quoted[0], quotation=quoted[1])
        answer = await send_json(http, "POST", address, offer_data() if body == "offer" else body)
    assert answer.status_code == 404
    async with db.transaction() as tx:
        assert await tx.scalar(select(Inquiry.moved_at).where(Inquiry.id == quoted[0])) == before
        assert await tx.scalar(select(Message.id)) is None


def line(**changes):
    return [{**offer_data()["lines"][0], **changes}]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"milestones": [{"kind": "deposit", "percent": 30}, {"kind": "balance", "percent": 69}]},
         "milestones.1.percent"),
        ({"milestones": [{"kind": "deposit"}]}, "milestones.0.percent"),
        ({"milestones": [{"kind": "balance", "percent": "-1"}]}, "milestones.0.percent"),
        ({"mode": "air"}, "mode"),
        ({"rule": "FOR"}, "rule"),
        ({"place": " "}, "place"),
        ({"locode": "Yantian"}, "locode"),
        ({"currency": "ZZZ"}, "currency"),
        ({"lines": line(price="0")}, "lines.0.price"),
        ({"lines": line(price="-1")}, "lines.0.price"),
        ({"lines": line(price="NaN")}, "lines.0.price"),
        ({"lines": line(price="0.000001", quantity="1")}, "lines.0.price"),
        ({"lines": line(price="999999999", quantity="999999999")}, "lines.0.price"),
        ({"lines": line(quantity="0")}, "lines.0.quantity"),
        ({"lines": line(quantity="10.5")}, "lines.0.quantity"),
        ({"lines": line(unit="XYZ")}, "lines.0.unit"),
        ({"lines": line(hs_code="12")}, "lines.0.hs_code"),
        ({"lines": line(description="x" * 301)}, "lines.0.description"),
        ({"lines": line(description="a\x00b")}, "lines.0.description"),
        ({"lines": line(tiers=[{"min_quantity": "9", "price": "1"}, {"min_quantity": "8", "price": "1"}])},
         "lines.0.tiers.1.min_quantity"),
        ({"lines": []}, "lines"),
        ({"valid_until": "2020-01-01"}, "valid_until"),
        ({"valid_until": "2099-01-01"}, "valid_until"),
        ({"valid_until": "soon"}, "valid_until"),
        ({"lead_days": 0}, "lead_days"),
        ({"sample_price": "-3"}, "sample_price"),
        ({"surprise": 1}, "surprise"),
    ],
)  # fmt: skip
async def test_bad_offers_name_the_field_and_change_nothing(db, client, parties, quoted, changes, field):
    _buyer, supplier = parties
    async with client(as_=supplier) as http:
        path = f"/api/v1/inquiries/{quoted[0]}/quotations"
        answer = await send_json(http, "POST", path, offer_data(**changes))
    assert answer.status_code == 422, answer.text
    assert field in answer.json()["errors"]
    async with db.transaction() as tx:
        assert len(await queries.versions(tx, quoted[0])) == 1


async def test_a_refused_form_keeps_what_was_typed(db, client, parties):
    buyer, supplier = parties
    async with db.transaction() as tx:
        inquiry = await make_inquiry(tx, buyer, supplier)
    async with client(as_=supplier) as http:
        page = f"/inquiries/{inquiry.id}/quotations/new"
        answer = await submit(http, page, "offer", **FORM_OFFER | {"mode": "air", "place": "Yantian ⚓ مرفأ"})
    assert answer.status_code == 422
    assert "ships only" in answer.text
    assert "Yantian ⚓ مرفأ" in answer.text


async def test_wrong_files_are_refused(db, client, parties, quoted):
    buyer, _supplier = parties
    async with client(as_=buyer) as http:
        wrong = {"files": ("x.pdf", b"MZ\x90\x00", "application/pdf")}
        answer = await submit(http, f"/inquiries/{quoted[0]}", "message", text="Look", files=wrong)
    assert answer.status_code == 422
    async with db.transaction() as tx:
        assert await tx.scalar(select(Message.id)) is None


async def test_messages_arrive_without_reload(db, client, parties, quoted):
    buyer, supplier = parties
    room = f"/inquiries/{quoted[0]}"
    async with client(as_=buyer) as mine, client(as_=supplier) as theirs:
        page = (await mine.get(room)).text
        poll = page.split('id="news" hx-get="')[1].split('"')[0].replace("&amp;", "&")
        quiet = await mine.get(poll, headers={"hx-request": "true"})
        assert "message-body" not in quiet.text
        file = {"files": ("a.pdf", PAGE, "application/pdf")}
        said = await submit(theirs, room, "message", text="First line\nسلام <b>", files=file)
        assert said.status_code == 303
        assert "1 new" in (await mine.get("/inquiries?side=buyer")).text
        news = await mine.get(poll, headers={"hx-request": "true"})
        assert "<html" not in news.text
        assert "سلام &lt;b&gt;" in news.text
        assert "1 new" not in (await mine.get("/inquiries?side=buyer")).text
        sent = news.text.split('class="file-list"><li><a href="')[1].split('"')[0]
        assert (await mine.get(sent)).content == PAGE
        after = news.text.split("after=")[1].split("&")[0]
        await submit(mine, room, "message", text="Understood")
        listed = (await theirs.get(f"/api/v1{room}/messages?after={after}")).json()
        assert [m["text"] for m in listed] == ["Understood"]


async def test_response_time_is_recorded_once(db, client, parties):
    buyer, supplier = parties
    async with db.transaction() as tx:
        inquiry = await make_inquiry(tx, buyer, supplier)
    async with client(as_=supplier) as http:
        assert (await http.get("/api/v1/inquiries?side=supplier")).json()["items"][0]["unread"] == 1
        clock.advance(hours=3)
        await submit(http, f"/inquiries/{inquiry.id}", "message", text="We will quote tomorrow.")
        clock.advance(days=1)
        await submit(http, f"/inquiries/{inquiry.id}", "message", text="Nearly done.")
    async with db.transaction() as tx:
        view = await queries.inquiry(tx, inquiry.id, party=buyer.organisation_id)
    assert timedelta(hours=3) <= view.answered_at - view.created_at < timedelta(hours=4)


async def test_what_waits_for_whom(db, parties, quoted):
    buyer, supplier = parties
    async with db.transaction() as tx:
        await make_inquiry(tx, buyer, supplier, title="Second thing")
        mine = await queries.waiting_for(tx, buyer.organisation_id)
        theirs = await queries.waiting_for(tx, supplier.organisation_id)
    assert [(w.kind, w.href, w.who) for w in mine] == [("quotation", f"/inquiries/{quoted[0]}", "Lantern Works")]
    assert [(w.kind, w.title) for w in theirs] == [("inquiry", "Second thing")]


async def test_the_list_asks_as_often_for_many_as_for_one(db, client, parties):
    buyer, supplier = parties
    async with db.transaction() as tx:
        await make_inquiry(tx, buyer, supplier)
    async with client(as_=buyer) as http:
        with count_queries(db) as one:
            await http.get("/inquiries?side=buyer")
        async with db.transaction() as tx:
            for _each in range(12):
                await make_quotation(tx, (await make_inquiry(tx, buyer, supplier)).id, supplier)
        with count_queries(db) as many:
            assert "13 results" in (await http.get("/inquiries?side=buyer")).text
    assert len(many) == len(one)


@pytest.mark.parametrize(
    "statement",
    [update(Quotation).values(content={}), update(Message).values(text="other"), text("DELETE FROM message")],
)
async def test_the_database_keeps_what_was_said(db, client, parties, quoted, statement):
    buyer, _supplier = parties
    async with client(as_=buyer) as http:
        await submit(http, f"/inquiries/{quoted[0]}", "message", text="On the record.")
    with pytest.raises(DBAPIError):
        async with db.transaction() as tx:
            await tx.execute(statement)
