"""To whom goods go beside the buyer: said in the contract and of a shipment, printed where it belongs, asked about."""

import pytest

from app.core import clock
from orders.contracts import service as contracting
from orders.contracts.difference import changes, compare
from orders.contracts.revising import Adjustments
from orders.documents import making, packing, sheet, ubl
from orders.documents.kinds import Kind as Paper
from tests.factories.contracts import (
    draft_contract,
    fund,
    lock_contract,
    make_offer,
    make_order,
    read_contract,
    sign_contract,
)
from tests.factories.deals import make_inquiry
from tests.factories.documents import agreed, issue, said, sent
from tests.factories.goods import control
from tests.factories.people import make_member, make_staff
from tests.flows.test_negotiation import FORM_OFFER
from tests.forms import submit
from trust.access import Role
from trust.goods.errors import GoodsRefused
from trust.goods.states import Kind
from trust.identity.models import Organisation

WHO = {"consignee_is": "other", "consignee_name": "Windrose Looms FZE", "consignee_country": "AE",
       "consignee_address": "Quay 7, Jebel Ali"}  # fmt: skip


async def terms_of(db, contract_id):
    return (await read_contract(db, contract_id)).terms


async def test_the_contract_says_to_whom_the_goods_go(client, db, partners, draft):
    page, before = f"/contracts/{draft}", await terms_of(db, draft)
    async with client(as_=partners.buyer) as http:
        assert (await submit(http, page, "terms", **WHO)).status_code == 303
        assert "Windrose Looms FZE, Quay 7, Jebel Ali, United Arab Emirates" in (await http.get(page)).text
        after = await terms_of(db, draft)
        assert (after.consignee.name, after.notify) == ("Windrose Looms FZE", None)
        [one] = changes(compare(before, after))
        assert (one.passage.place, one.passage.label) == ("delivery", "Consignee")
        assert (await submit(http, page, "terms", consignee_is="buyer")).status_code == 303
    left = await terms_of(db, draft)
    assert left.consignee is None
    assert "consignee" not in left.model_dump(mode="json"), "what nobody says changes no bytes of older contracts"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"consignee_name": ""}, "consignee_name"), ({"consignee_country": ""}, "consignee_country")],
)
async def test_somebody_else_needs_a_name_and_a_country(client, db, partners, draft, wrong, field):
    async with client(as_=partners.buyer) as http:
        refused = await submit(http, f"/contracts/{draft}", "terms", **WHO | wrong)
        assert refused.status_code == 422
        assert f'id="terms-{field}-error"' in refused.text or f"{field}" in refused.text
        assert "Quay 7, Jebel Ali" in refused.text
    assert (await terms_of(db, draft)).consignee is None


async def test_a_place_without_a_code_asks_for_its_country(client, db, partners):
    async with db.transaction() as tx:
        inquiry = await make_inquiry(tx, partners.buyer, partners.supplier)
    offer = FORM_OFFER | {"rule": "DAP", "place": "Jebel Ali Free Zone", "locode": ""}
    page = f"/inquiries/{inquiry.id}/quotations/new"
    async with client(as_=partners.supplier) as http:
        refused = await submit(http, page, "offer", **offer)
        assert refused.status_code == 422
        assert "UN/LOCODE, or its country" in refused.text
        assert "Jebel Ali Free Zone" in refused.text
        assert (await submit(http, page, "offer", **offer, country="DE")).status_code == 303
        assert "Jebel Ali Free Zone, Germany" in (await http.get(f"/inquiries/{inquiry.id}")).text


@pytest.fixture
async def embargo(db):
    """Mugs may not go to the United Arab Emirates."""
    async with db.transaction() as tx:
        first = await make_staff(tx, Role.COMPLIANCE)
        company = await tx.get_one(Organisation, first.organisation_id)
        second = await make_member(tx, company, roles=(Role.COMPLIANCE,))
        await control(tx, first, second, kind=Kind.PROHIBITED, destinations=("AE",))


@pytest.mark.usefixtures("embargo")
async def test_goods_lists_follow_the_consignee(ctx, db, partners):
    contract_id = await draft_contract(ctx, partners)
    change = Adjustments.model_validate(WHO)
    async with db.transaction() as tx:
        await contracting.adjust(tx, contract_id, change, revision=1, by=partners.buyer.member)
    await lock_contract(ctx, partners, contract_id)
    with pytest.raises(GoodsRefused):
        await sign_contract(ctx, contract_id, partners.buyer)


@pytest.mark.usefixtures("embargo")
@pytest.mark.parametrize("place", [{"locode": "AEJEA"}, {"locode": None, "country": "AE"}])
async def test_goods_lists_follow_the_place_of_delivery(ctx, partners, place):
    offer = make_offer().model_dump() | {"rule": "CPT", "place": "Jebel Ali"} | place
    with pytest.raises(GoodsRefused):
        await draft_contract(ctx, partners, type(make_offer()).model_validate(offer))


async def test_the_order_s_page_shows_consignee_and_ship(client, ctx, partners):
    order = await make_order(ctx, partners, change=Adjustments.model_validate(WHO))
    await fund(ctx, order)
    page = f"/orders/{order}"
    goods = {"lines__0__quantity": "1000", "carrier": "Blue Meridian", "tracking": "BMRU6123456780"}
    async with client(as_=partners.supplier) as http:
        day = clock.now().date().isoformat()
        wrong = await submit(http, page, "shipment", **goods, shipped_on=day, vessel="Quiet Morning", imo="9074728")
        assert wrong.status_code == 422
        assert "no IMO number" in wrong.text
        ship = {"vessel": "Quiet Morning", "imo": "IMO 9074729"}
        sent_off = await submit(http, page, "shipment", **goods, shipped_on=day, **ship)
        assert sent_off.status_code == 303
        shown = (await http.get(page)).text
        assert "Windrose Looms FZE, AE" in shown
        assert "Quiet Morning" in shown
        assert "9074729" in shown
        [shipment] = (await http.get(page, headers={"accept": "application/json"})).json()["shipments"]
        assert (shipment["vessel"], shipment["imo"]) == ("Quiet Morning", "9074729")


def test_documents_name_consignee_and_ship():
    told = said(consignee={"name": "Windrose Looms FZE", "country": "AE", "address": "Quay 7"},
                notified={"name": "Quay Brothers", "country": "AE", "address": "+971 4 000"})  # fmt: skip
    goods = sent(vessel="Quiet Morning", imo="9074729")
    facts = packing.packed(told, goods.quantities, contract_dated=agreed().terms.dated, today=told.invoice_date)
    goods = type(goods)(**{name: getattr(goods, name) for name in goods.__slots__} | {"packing": facts})
    for kind in (Paper.INVOICE, Paper.PACKING_LIST, Paper.INSTRUCTION):
        made = making.MAKERS[kind](issue(kind), agreed(), goods)
        printed = str(sheet.sheet(made, "0" * 64, verify_url="https://x.example"))
        assert "Windrose Looms FZE" in printed
        assert "IMO 9074729" in printed
    instruction = ubl.xml(making.MAKERS[Paper.INSTRUCTION](issue(Paper.INSTRUCTION), agreed(), goods)).decode()
    assert "Windrose Looms FZE" in instruction
    assert "Quay Brothers" in instruction
    plain = making.MAKERS[Paper.INVOICE](issue(Paper.INVOICE), agreed(), sent())
    assert not {"consignee", "vessel", "imo"} & {*plain.model_dump(), *plain.model_dump()["carriage"]}
