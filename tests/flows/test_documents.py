"""Trade documents of a shipment: packing said once, documents issued, others handed in, all declared complete."""

import hashlib
import json
from datetime import timedelta

import pytest
from defusedxml import ElementTree
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from app.core import clock, evidence
from app.core.periods import latest_today
from app.core.subject import Subject
from orders.deals import queries, settling, shipping
from tests.factories.contracts import fund, make_offer, make_order
from tests.factories.documents import LADING, PACKED
from tests.factories.files import PDF
from tests.factories.identities import letters
from tests.factories.people import make_company
from tests.factories.shipments import ship
from tests.forms import submit
from tests.queries import count_queries

SEALED = {"containers__0__number": "CSQU 305438-3", "containers__0__seal": "SL884201"}


@pytest.fixture
async def order(ctx, partners):
    order_id = await make_order(ctx, partners, make_offer(partial=True))
    await fund(ctx, order_id)
    return order_id


@pytest.fixture
async def shipment(db, order, partners):
    return (await ship(db, order, partners)).id


@pytest.fixture
async def supplier(client, partners):
    async with client(as_=partners.supplier) as http:
        yield http


@pytest.fixture
async def buyer(client, partners):
    async with client(as_=partners.buyer) as http:
        yield http


def page(order):
    return f"/orders/{order}/documents"


async def pack(http, order, shipment, **changes):
    return await submit(
        http, f"/orders/{order}/shipments/{shipment}/packing", "packing", **{**PACKED, **SEALED, **changes}
    )


async def issue(http, order, kind, number=1):
    answer = await submit(http, page(order), f"issue-{kind}-{number}")
    assert answer.status_code == 303, answer.text


async def hand_in_lading(http, order, number=1, **changes):
    said = {**LADING, "on_board": clock.now().date().isoformat(), **changes}
    file = {"file": ("bl.pdf", PDF, "application/pdf")}
    return await submit(http, page(order), f"transport-{number}", files=file, **said)


async def read(http, order):
    answer = await http.get(page(order), headers={"accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def slot(http, order, kind):
    [file] = (await read(http, order))["shipments"]
    return next(found for found in file["documents"] if found["kind"] == kind)


async def test_what_is_packed_is_said_once_and_every_document_uses_it(db, supplier, buyer, order, shipment):
    refused = await submit(supplier, page(order), "issue-proforma")
    assert refused.status_code == 303
    kept = await pack(supplier, order, shipment)
    assert kept.status_code == 303, kept.text
    for kind in ("commercial_invoice", "packing_list", "shipping_instruction", "origin_draft"):
        await issue(supplier, order, kind)
    [file] = (await read(buyer, order))["shipments"]
    assert (file["state"], file["missing"], file["disagreements"]) == ("ready", [], [])

    invoice = (await slot(buyer, order, "commercial_invoice"))["issued"][0]
    assert invoice["number"].startswith("CI-")
    forms = {}
    for form, begins in (("pdf", b"%PDF"), ("xml", b"<?xml"), ("json", b"{")):
        answer = await buyer.get(f"{page(order)}/{invoice['id']}/file.{form}")
        assert answer.content.startswith(begins)
        assert hashlib.sha256(answer.content).hexdigest() == invoice["hashes"][form]
        forms[form] = answer.content
    said = json.loads(forms["json"])
    assert said["total"] == {"amount_minor": 234500, "currency": "USD"}
    assert said["totals"] == {"packages": 25, "net": "400", "gross": "450", "cubic": "2.100"}
    assert said["carriage"]["containers"] == [{"number": "CSQU3054383", "seal": "SL884201"}]
    xml = ElementTree.fromstring(forms["xml"])
    payable = xml.find(".//{*}PayableAmount")
    assert (payable.text, payable.get("currencyID")) == ("2345.00", "USD")

    async with db.transaction(read_only=True) as tx:
        about = Subject("order", order)
        kinds = [link.kind for link in await evidence.chain(tx, about)]
        assert (await evidence.verify(tx, about)).whole
    assert kinds.count("document.issued") == 5
    assert kinds.count("document.packing") == 1


async def test_a_new_issue_takes_the_place_of_the_former(supplier, buyer, order, shipment):
    await pack(supplier, order, shipment)
    await issue(supplier, order, "commercial_invoice")
    await pack(supplier, order, shipment, rows__0__gross="455")
    await issue(supplier, order, "commercial_invoice")
    first, second = (await slot(buyer, order, "commercial_invoice"))["issued"]
    assert second["number"] == f"{first['number']}-R2"
    kept = (await buyer.get(f"{page(order)}/{first['id']}/file.json")).json()
    assert kept["totals"]["gross"] == "450"
    assert (await buyer.get(f"{page(order)}/{second['id']}/file.json")).json()["supersedes"] == first["number"]


async def test_the_form_says_what_is_wrong(supplier, order, shipment):
    wrong = await pack(
        supplier, order, shipment, rows__0__quantity="900", rows__0__net="500", containers__0__number="CSQU3054384"
    )
    assert wrong.status_code == 422
    assert "no container number" in wrong.text
    wrong = await pack(supplier, order, shipment, rows__0__quantity="900", rows__0__net="500")
    assert wrong.status_code == 422
    assert "differ by +100" in wrong.text
    assert "net weight is more than the gross" in wrong.text
    tomorrow = (latest_today(clock.now()) + timedelta(days=1)).isoformat()
    assert (await pack(supplier, order, shipment, invoice_date=tomorrow)).status_code == 422
    assert (await pack(supplier, order, shipment, invoice_date="2020-01-01")).status_code == 422


async def test_nothing_is_issued_before_it_is_known(supplier, order, shipment):
    for kind in ("commercial_invoice", "delivery_receipt"):
        said = {"kind": kind, "shipment_id": str(shipment)}
        assert (await _post(supplier, order, said)).status_code == 409
    await pack(supplier, order, shipment)
    assert (await _post(supplier, order, {"kind": "packing_list", "shipment_id": str(shipment)})).status_code == 409
    assert (await _post(supplier, order, {"kind": "packing_list"})).status_code == 404


async def _post(http, order, said):
    shown = await http.get(page(order))
    token = shown.text.split('name="csrf_token" value="')[1].split('"')[0]
    return await http.post(page(order), json=said, headers={"x-csrf-token": token, "accept": "application/json"})


async def test_a_wrong_bill_of_lading_stops_completion_until_it_is_mended(db, supplier, buyer, order, shipment):
    await pack(supplier, order, shipment)
    for kind in ("commercial_invoice", "packing_list"):
        await issue(supplier, order, kind)
    assert (await hand_in_lading(supplier, order, packages="24")).status_code == 303
    [file] = (await read(buyer, order))["shipments"]
    assert file["state"] == "disagree"
    assert file["disagreements"] == [
        {
            "what": "Packages",
            "line": None,
            "severity": "error",
            "documents": ["Packing list", "Bill of lading or waybill"],
            "values": ["25", "24"],
        }
    ]
    address = f"/orders/{order}/shipments/{shipment}/documents/completion"
    shown = await supplier.get(page(order))
    assert f'action="{address}"' not in shown.text
    token = shown.text.split('name="csrf_token" value="')[1].split('"')[0]
    headers = {"x-csrf-token": token, "accept": "application/json"}
    assert (await supplier.post(address, headers=headers)).json()["code"] == "documents_incomplete"

    assert (await hand_in_lading(supplier, order)).status_code == 303
    assert (await submit(supplier, page(order), "complete-1")).status_code == 303
    [file] = (await read(buyer, order))["shipments"]
    assert file["state"] == "complete"
    [letter] = await letters(db, "documents_complete")
    assert letter["path"] == page(order)
    await issue(supplier, order, "commercial_invoice")
    [file] = (await read(buyer, order))["shipments"]
    assert file["state"] == "changed"
    async with db.transaction(read_only=True) as tx:
        chain = await evidence.chain(tx, Subject("order", order))
    assert [link.kind for link in chain if link.kind == "document.complete"] == ["document.complete"]


async def test_handed_in_documents_are_checked_by_content(supplier, buyer, order, shipment):
    said = {**LADING, "on_board": clock.now().date().isoformat()}
    file = {"file": ("bl.pdf", b"MZ not a document", "application/pdf")}
    assert (await submit(supplier, page(order), "transport-1", files=file, **said)).status_code == 422
    assert (await hand_in_lading(supplier, order, imo="9319467")).status_code == 422
    assert (await hand_in_lading(supplier, order, imo="IMO 9319466", loading="yantian")).status_code == 422
    assert (await hand_in_lading(supplier, order, imo="IMO 9319466")).status_code == 303
    kept = (await slot(buyer, order, "transport_document"))["received"][0]
    assert (kept["facts"]["imo"], kept["facts"]["packages"]) == ("9319466", 25)
    answer = await buyer.get(f"/orders/{order}/papers/{kept['id']}")
    assert answer.content == PDF


@pytest.mark.parametrize(
    ("form", "said", "what"),
    [
        (
            "insurance",
            {"number": "P-1", "insurer": "Sea Re", "insured.amount": "2500", "insured.currency": "USD",
             "conditions": "A", "issued": "2026-01-01"},
            "Insured for less than agreed",
        ),
        (
            "inspection",
            {"number": "I-1", "body": "SGS", "standard": "ISO 2859-1", "verdict": "failed", "issued": "2026-01-01"},
            "The inspection found that the goods do not conform",
        ),
        (
            "origin",
            {"number": "C-1", "body": "CCPIT Shenzhen", "origin": "VN", "issued": "2026-01-01"},
            "Country of origin",
        ),
    ],
)  # fmt: skip
async def test_each_certificate_is_compared(supplier, buyer, order, shipment, form, said, what):
    await pack(supplier, order, shipment)
    await issue(supplier, order, "commercial_invoice")
    file = {"file": ("paper.pdf", PDF, "application/pdf")}
    assert (await submit(supplier, page(order), f"{form}-1", files=file, **said)).status_code == 303
    [shown] = (await read(buyer, order))["shipments"]
    assert what in [found["what"] for found in shown["disagreements"]]
    assert (await buyer.get(page(order))).text.count(what) >= 1


async def test_a_receipt_follows_delivery(db, partners, supplier, buyer, order, shipment):
    await pack(supplier, order, shipment)
    async with db.transaction() as tx:
        await shipping.deliver(tx, order, shipment, [], by=partners.buyer.member)
    await issue(supplier, order, "delivery_receipt")
    receipt = (await slot(buyer, order, "delivery_receipt"))["issued"][0]
    said = (await buyer.get(f"{page(order)}/{receipt['id']}/file.json")).json()
    assert (said["said_by"], said["delivered_on"]) == ("buyer", clock.now().date().isoformat())


async def test_the_invoices_of_two_shipments_add_up(db, partners, supplier, order):
    shipments = [(await ship(db, order, partners, *goods)).id for goods in (("333", "BMRU1"), ("667", "BMRU2"))]
    totals = []
    for number, shipment in enumerate(shipments, 1):
        await pack(supplier, order, shipment)
        await issue(supplier, order, "commercial_invoice", number)
    for file in (await read(supplier, order))["shipments"]:
        [invoice] = next(d for d in file["documents"] if d["kind"] == "commercial_invoice")["issued"]
        totals.append((await supplier.get(f"{page(order)}/{invoice['id']}/file.json")).json()["total"])
    async with db.transaction(read_only=True) as tx:
        whole = (await queries.order(tx, order)).total
    assert sum(total["amount_minor"] for total in totals) == whole.minor


async def test_only_the_supplier_issues_and_only_the_parties_read(db, client, supplier, buyer, order, shipment):
    await pack(supplier, order, shipment)
    await issue(supplier, order, "commercial_invoice")
    shown = await buyer.get(page(order))
    assert "issue-commercial_invoice" not in shown.text
    said = {"kind": "commercial_invoice", "shipment_id": str(shipment)}
    assert (await _post(buyer, order, said)).status_code == 403
    invoice = (await slot(buyer, order, "commercial_invoice"))["issued"][0]
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
    async with client(as_=stranger) as http:
        for address in (page(order), f"{page(order)}/{invoice['id']}/file.pdf"):
            assert (await http.get(address)).status_code == 404
    other = str(order)[:-4] + "0000"
    assert (await buyer.get(f"{page(other)}/{invoice['id']}/file.pdf")).status_code == 404


async def test_nothing_more_is_issued_for_an_order_that_was_called_off(db, partners, supplier, order):
    async with db.transaction() as tx:
        proposal = await settling.propose_cancellation(tx, order, "The kiln broke.", by=partners.supplier.member)
    async with db.transaction() as tx:
        await settling.agree(tx, order, proposal.id, by=partners.buyer.member)
    shown = await supplier.get(page(order))
    assert "issue-proforma" not in shown.text
    assert (await _post(supplier, order, {"kind": "proforma_invoice"})).status_code == 409


async def test_the_list_costs_the_same_with_many_documents(db, partners, supplier, buyer, order, shipment):
    with count_queries(db) as few:
        await buyer.get(page(order))
    await pack(supplier, order, shipment)
    for kind in ("commercial_invoice", "packing_list", "commercial_invoice"):
        await issue(supplier, order, kind)
    await hand_in_lading(supplier, order)
    with count_queries(db) as many:
        await buyer.get(page(order))
    assert len(many) <= len(few) + 1  # the lines of shipments are asked for once there are any
    assert len(many) <= 20


@pytest.mark.parametrize("table", ["shipment_packing", "trade_document", "received_document", "document_set"])
async def test_nothing_issued_is_ever_changed(db, supplier, order, shipment, table):
    await pack(supplier, order, shipment)
    with pytest.raises((IntegrityError, ProgrammingError)):
        async with db.transaction() as tx:
            await tx.execute(text(f"UPDATE {table} SET member_id = member_id"))  # noqa: S608  our own table names


async def test_the_shape_of_each_document_is_published(client):
    async with client() as http:
        known = await http.get("/documents/schemas/commercial_invoice.json")
        assert known.json()["properties"]["totals"]
        assert (await http.get("/documents/schemas/nothing.json")).status_code == 404


async def checked(http, file, name="document.pdf"):
    shown = await http.get("/verify")
    token = shown.text.split('name="csrf_token" value="')[1].split('"')[0]
    sent = {"file": (name, file, "application/octet-stream")}
    asked = {"data": {"csrf_token": token, "number": ""}, "files": sent}
    page = await http.post("/verify", **asked)
    return page.text, (await http.post("/api/v1/verify", **asked, headers={"accept": "application/json"})).json()


async def test_anybody_may_check_an_issued_file(client, supplier, order, shipment):
    await pack(supplier, order, shipment)
    for _time in range(2):
        await issue(supplier, order, "commercial_invoice")
    first, second = (await slot(supplier, order, "commercial_invoice"))["issued"]
    files = {
        (found["number"], form): (await supplier.get(f"{page(order)}/{found['id']}/file.{form}")).content
        for found in (first, second)
        for form in ("pdf", "xml", "json")
    }
    async with client() as http:
        for (number, _form), file in files.items():
            shown, told = await checked(http, file)
            newer = second["number"] if number == first["number"] else ""
            assert (told["verdict"], told["document"], told["superseded_by"]) == (
                "superseded" if newer else "valid",
                number,
                newer,
            )
            assert (f"Superseded by {newer}" if newer else f"Valid: commercial invoice {number}") in shown
        shown, told = await checked(http, files[second["number"], "pdf"] + b" ")
        assert (told["verdict"], told["document"]) == ("invalid", "")
        assert "Not a document of this platform" in shown
        assert (await http.get(f"/verify/{first['number']}")).status_code == 200


async def test_a_file_of_their_own_system_is_compared_and_changes_nothing(db, supplier, buyer, order, shipment):
    await pack(supplier, order, shipment)
    await issue(supplier, order, "commercial_invoice")
    invoice = (await slot(supplier, order, "commercial_invoice"))["issued"][0]
    xml = (await buyer.get(f"{page(order)}/{invoice['id']}/file.xml")).content
    before = await read(buyer, order)

    async def compared(data):
        file = {"file": ("invoice.xml", data, "application/xml")}
        return await submit(buyer, f"{page(order)}/comparison", "comparison", files=file)

    same = await compared(xml)
    assert f"agrees with {invoice['number']}" in same.text
    other = await compared(xml.replace(b'currencyID="USD">2345.00', b'currencyID="EUR">2345.00'))
    assert other.status_code == 200
    assert "cac:LegalMonetaryTotal/cbc:PayableAmount/@currencyID" in other.text
    bomb = await compared(b'<!DOCTYPE x [<!ENTITY a "aa">]><x>&a;</x>')
    assert bomb.status_code == 422
    assert "document type or entities" in bomb.text
    assert (await compared(b"<Order")).status_code == 422
    assert await read(buyer, order) == before
