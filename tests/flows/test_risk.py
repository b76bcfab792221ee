"""Rules of risk where they act: golden cases over HTTP, holds that stop one thing, and two people at the desk."""

import asyncio
import re

import asyncpg
import pytest
from sqlalchemy import select, text, update

from app.core import clock, evidence
from app.core.crypto import Vault
from app.core.jobs import registry
from app.core.runner import drain
from app.core.subject import Subject
from listings import service as listings
from payments.payouts import guarding, numbers
from payments.payouts import queries as payouts
from payments.payouts import service as paying
from tests.factories.contracts import draft_contract, fund, lock_contract, make_offer, make_order, read_contract
from tests.factories.deals import make_inquiry, make_quotation
from tests.factories.identities import PASSWORD, give_password, letters, send_json
from tests.factories.money import earn, make_deal, usd
from tests.factories.people import make_company, make_key, make_member, make_staff, stepped_up
from tests.factories.products import make_draft, make_product
from tests.factories.shipments import ship
from tests.flows.test_documents import hand_in_lading, issue, pack
from tests.forms import submit
from tests.queries import count_queries
from tests.sql import connect
from trust.access import Permission, Role
from trust.identity.models import Organisation, SessionRow
from trust.reviews import queries as reviews
from trust.risk import banks, holds
from trust.risk import jobs as clocks
from trust.risk import service as risk
from trust.risk.engine import Action, Point
from trust.risk.errors import Blocked, HoldNotFound, OnHold
from trust.risk.facts import AmendmentFacts, MessageFacts, PayoutFacts
from trust.risk.models import RiskCount, RiskHit, RiskHold, RiskOutcome, RiskSetting

IBAN = {"scheme": "iban", "bank_code": "COBADEFFXXX", "number": "DE89370400440532013000"}
CNAPS = {"scheme": "cnaps", "bank_code": "104584001234", "number": "6217001234567890123"}
OTHER = {"scheme": "cnaps", "bank_code": "102584001239", "number": "6222021234567890123"}
JSON = {"accept": "application/json"}


@pytest.fixture
async def inquiry(db, partners):
    async with db.transaction() as tx:
        return (await make_inquiry(tx, partners.buyer, partners.supplier)).id


@pytest.fixture
async def desk(db):
    """Two of compliance: what one asks for, the other agrees with."""
    async with db.transaction() as tx:
        first = await make_staff(tx, Role.COMPLIANCE)
        company = await tx.get_one(Organisation, first.organisation_id)
        return first, await make_member(tx, company, roles=(Role.COMPLIANCE,))


async def hits(db, *columns):
    async with db.transaction(read_only=True) as tx:
        return [tuple(row) for row in await tx.execute(select(*columns).order_by(RiskHit.id))]


async def codes(db):
    return [code for (code,) in await hits(db, RiskHit.rule)]


async def waiting(db):
    async with db.transaction(read_only=True) as tx:
        return await reviews.queue(tx, kind="risk", offset=0, limit=50)


async def say(http, inquiry, said):
    return await submit(http, f"/inquiries/{inquiry}", "message", text=said)


# Messages


async def test_contact_data_is_reminded_of_then_masked_then_looked_at(db, client, partners, inquiry, desk):
    async with client(as_=partners.supplier) as http:
        first = await say(http, inquiry, "Mail me: wei@lantern.cn")
        assert first.status_code == 303
        assert "masked" in (await http.get(first.headers["location"])).text
        await say(http, inquiry, "Or call +86 138 0013 8000")
        await say(http, inquiry, "WhatsApp: lantern_88")
    async with client(as_=partners.buyer) as http:
        shown = (await http.get(f"/inquiries/{inquiry}")).text
        said = (await http.get(f"/inquiries/{inquiry}/messages", headers=JSON)).json()
    assert "wei@lantern.cn" in shown  # the first time it is only reminded of
    assert "138 0013" not in shown
    assert "lantern_88" not in shown
    assert [message["masked"] for message in said] == [False, True, True]
    actions = await hits(db, RiskHit.rule, RiskHit.action, RiskHit.notice)
    assert actions == [("OFF-01", 0, "remind"), ("OFF-01", 1, "mask"), ("OFF-01", 3, "restrict")]
    [item] = await waiting(db)
    assert item.organisation_id == partners.supplier.organisation_id
    async with db.transaction(read_only=True) as tx:
        slug = (await tx.get_one(Organisation, item.organisation_id)).slug
    async with client(as_=desk[0]) as http:
        link = f"/restrictions/desk/new?company={slug}&kind=partial&scopes=message_first"
        assert link.replace("&", "&amp;") in (await http.get(f"/moderation/{item.id}")).text
        offered = (await http.get(link)).text
    assert re.search(r'value="partial"[^>]* checked', offered)
    assert re.search(r'value="message_first"[^>]* checked', offered)


async def test_the_reviewer_sees_what_was_masked_and_its_rules(db, client, partners, inquiry, desk):
    async with client(as_=partners.supplier) as http:
        await say(http, inquiry, "Our new bank account: DE89 3704 0044 0532 0130 00")
    [item] = await waiting(db)
    async with client(as_=desk[0]) as http:
        shown = (await http.get(f"/moderation/{item.id}")).text
    assert "DE89 3704 0044 0532 0130 00" in shown
    assert "BEC-04" in shown
    stored = await hits(db, RiskHit.inputs)
    assert "3704" not in str(stored)


async def test_a_refused_message_keeps_what_was_typed_and_the_finding(db, client, partners, inquiry):
    async with client(as_=partners.supplier) as http:
        refused = await say(http, inquiry, "You can pay by Western Union")
        assert refused.status_code == 422
        assert "You can pay by Western Union" in refused.text
        assert "at_least" not in refused.text
        program = await http.get(f"/inquiries/{inquiry}/messages", headers=JSON)
    assert program.json() == []
    assert await codes(db) == ["OFF-02"]
    assert len(await waiting(db)) == 1


async def test_after_the_contract_contact_data_is_normal(db, ctx, client, partners):
    order = await make_order(ctx, partners)
    async with db.transaction(read_only=True) as tx:
        inquiry = await tx.scalar(text("SELECT inquiry_id FROM orders WHERE id = :id"), {"id": order})
    async with client(as_=partners.supplier) as http:
        await say(http, inquiry, "Our warehouse: wei@lantern.cn, +86 138 0013 8000")
    assert await codes(db) == []


async def test_hurry_with_bank_details_holds_the_payouts_of_who_wrote_it(db, client, partners, inquiry):
    async with client(as_=partners.supplier) as http:
        await say(http, inquiry, "Urgent: our new bank account, pay today only")
        assert "Your payouts wait" in (await http.get("/payouts")).text
    async with client(as_=partners.buyer) as http:
        assert "masked" in (await http.get(f"/inquiries/{inquiry}")).text
    assert sorted(await codes(db)) == ["BEC-04", "BEC-05"]


async def test_inquiries_and_comments_are_refused_instead_of_masked(db, ctx, client, partners, draft):
    async with client(as_=partners.buyer) as http:
        page = f"/contracts/{draft}?comment=article-inspection"
        for status in (303, 422):
            answer = await submit(http, page, "comment", text="Call +49 40 1234 5678 about this")
            assert answer.status_code == status, answer.text[:500]
        assert "Take contact and bank details out" in answer.text
    assert await codes(db) == ["OFF-01", "OFF-01"]


async def test_the_same_inquiry_goes_to_twenty_suppliers_a_day(db, partners):
    async with db.transaction() as tx:
        for _ in range(20):
            await make_inquiry(tx, partners.buyer, partners.supplier)
    with pytest.raises(Blocked):
        async with db.transaction() as tx:
            await make_inquiry(tx, partners.buyer, partners.supplier)
    async with db.transaction() as tx:
        await make_inquiry(tx, partners.buyer, partners.supplier, text="Blue ones.")
    assert await codes(db)  # from the second on they are counted, from the 21st refused
    assert (await hits(db, RiskHit.action))[-1] == (int(Action.BLOCK),)


# Bank accounts and payouts


async def supplier_with_deal(db, name="Shenzhen Lantern"):
    async with db.transaction() as tx:
        supplier = await make_company(tx, name)
        deal = await make_deal(tx, supplier=supplier)
        await earn(tx, deal, deal.deposit)
    return supplier, deal


async def add(db, http, actor, number=CNAPS, holder="Shenzhen Lantern Co., Ltd."):
    async with db.transaction() as tx:
        await tx.execute(update(SessionRow).where(SessionRow.member_id == actor.id).values(stepped_up_at=clock.now()))
    said = {**number, "currency": "USD", "holder": holder, "consent": "true"}
    return await submit(http, "/payouts", "account", **said)


async def test_golden_1_a_changed_account_holds_payouts_for_72_hours(db, ctx, client):
    supplier, _deal = await supplier_with_deal(db)
    async with client(as_=supplier) as http:
        assert (await add(db, http, supplier)).status_code == 303
        assert await codes(db) == []  # the first account is no change
        clock.advance(days=8)
    async with client(as_=supplier) as http:
        assert (await add(db, http, supplier, OTHER)).status_code == 303
        assert await codes(db) == ["BEC-01"]
        async with db.transaction(read_only=True) as tx:
            first = (await payouts.bank_accounts(tx, supplier.organisation_id))[-1]
        shown = await http.get("/payouts")
        assert "Your payouts wait" in shown.text
        refused = await submit(
            http, "/payouts", "payout", amount="50", amount_currency="USD", destination=str(first.id)
        )
        assert refused.status_code in {409, 422}, refused.status_code
        with pytest.raises(OnHold):
            async with db.transaction() as tx:
                await paying.request_payout(tx, usd("50"), bank_account_id=first.id, by=supplier.member)
    told = await templates(db)
    assert {"payouts_held", "payout_details_changed"} <= told
    clock.advance(hours=72, seconds=1)
    async with db.transaction() as tx:
        assert await paying.request_payout(tx, usd("50"), bank_account_id=first.id, by=supplier.member)


async def templates(db):
    """Of the letters that wait."""
    async with db.transaction(read_only=True) as tx:
        rows = await tx.scalars(text("SELECT arguments->>'template' FROM job WHERE name LIKE 'app.core.post%'"))
        return set(rows)


async def test_golden_3_a_shared_account_is_looked_at_and_a_third_holds(db, client):
    names = ("Shenzhen Lantern", "Red Mill", "Salt Road")
    for name in names:
        async with db.transaction() as tx:
            company = await make_company(tx, name)
        async with client(as_=company) as http:
            assert (await add(db, http, company, holder=f"{name} Ltd")).status_code == 303
    assert await codes(db) == ["ID-02", "ID-02"]
    assert await hits(db, RiskHit.value, RiskHit.hours) == [("2", 0), ("3", 72)]
    assert {item.title for item in await waiting(db)} == {"Red Mill", "Salt Road"}
    async with db.transaction(read_only=True) as tx:
        kept = (await tx.execute(text("SELECT digest FROM risk_trait"))).scalars().all()
    assert all(len(bytes(digest)) == 32 for digest in kept)


async def test_a_foreign_account_waits_and_anothers_is_refused(db, client):
    async with db.transaction() as tx:
        company = await make_company(tx, "Shenzhen Lantern")
    async with client(as_=company) as http:
        refused = await add(db, http, company, holder="Wei Lin")
        assert refused.status_code == 422
        assert "Wei Lin" in refused.text
        assert (await add(db, http, company, IBAN)).status_code == 303
    assert await codes(db) == ["BEC-03", "BEC-02"]
    assert len(await waiting(db)) == 2


async def test_an_account_at_a_bank_of_no_directory_is_added_and_told(db, client):
    async with db.transaction() as tx:
        await banks.load(tx, banks.Sheet(clock.now().date(), ("DEUTDEFF",)))
        company = await make_company(tx, "Shenzhen Lantern", country="DE")
    async with client(as_=company) as http:
        assert (await add(db, http, company, IBAN)).status_code == 303
    assert await codes(db) == ["BUY-03"]
    [letter] = await letters(db, "bank_not_listed")
    assert letter["bank"] == IBAN["bank_code"]


async def test_a_new_browser_that_adds_an_account_holds_payouts_for_a_day(db):
    async with db.transaction() as tx:
        company = await make_company(tx, "Shenzhen Lantern")
        known = await stepped_up(tx, company)
        session = await tx.get_one(SessionRow, known.member.session_id)
        session.created_at = clock.now().replace(year=clock.now().year - 1)
        here = await stepped_up(tx, company)
        (await tx.get_one(SessionRow, here.member.session_id)).device = b"x" * 32
    from_there = here.member
    async with db.transaction() as tx:
        number = numbers.read("cnaps", CNAPS["bank_code"], CNAPS["number"])
        vault = Vault("a secret of this test, long enough for keys")
        until = await guarding.check_account(
            tx, vault, Subject("bank_account", company.id), number, "Shenzhen Lantern", by=from_there
        )
    assert until is not None
    assert round((until - clock.now()).total_seconds() / 3600) == 24


async def test_a_payout_far_above_the_usual_leaves_only_after_people_looked(db, ctx):
    supplier, _deal = await supplier_with_deal(db)
    async with db.transaction() as tx:
        held = Subject("payout", supplier.id)
        found = await risk.assess(
            tx,
            Point.PAYOUT,
            held,
            PayoutFacts(100_000, [100] * 5),
            organisation_id=supplier.organisation_id,
            title="x",
            by=supplier.member,
        )
    assert found.action is Action.REVIEW
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await holds.check_hold(tx, held)


# Holds


async def hold(db, actor, point=Point.MESSAGE):
    """Payouts of a company held by BEC-05; the hold's id."""
    async with db.transaction() as tx:
        await risk.assess(
            tx,
            point,
            Subject("inquiry", actor.id),
            MessageFacts("urgent: new bank account", before_contract=False),
            organisation_id=actor.organisation_id,
            title="x",
            by=actor.member,
            holds=holds.payouts_of(actor.organisation_id),
        )
        return (await tx.scalars(select(RiskHold.id).order_by(RiskHold.id.desc()).limit(1))).one()


async def test_a_hold_and_what_it_stops_never_pass_each_other(db, partners):
    """Two connections: while one checks and has not ended, the other cannot place; placed first, the other sees it."""
    subject, order = holds.payouts_of(partners.supplier.organisation_id), []
    checked, placed = asyncio.Event(), asyncio.Event()

    async def send():
        async with db.transaction() as tx:
            await holds.check_hold(tx, subject)
            checked.set()
            await asyncio.sleep(0.3)
            order.append("sent")

    async def place():
        await checked.wait()
        await hold(db, partners.supplier)
        order.append("held")
        placed.set()

    await asyncio.gather(send(), place())
    assert order == ["sent", "held"]
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await holds.check_hold(tx, subject)


async def test_a_hold_ends_by_itself_and_is_told(db, ctx, partners):
    await hold(db, partners.supplier)
    subject = holds.payouts_of(partners.supplier.organisation_id)
    clock.advance(hours=71, minutes=59)
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await holds.check_hold(tx, subject)
    clock.advance(minutes=1, seconds=1)
    async with db.transaction() as tx:
        await holds.check_hold(tx, subject)
    await clocks.end_holds(ctx)
    async with db.transaction(read_only=True) as tx:
        [row] = await tx.scalars(select(RiskHold))
    assert row.ended_at is not None
    assert "trust.risk.jobs.end_holds" in registry.periodic


async def test_two_people_let_a_hold_go_and_the_same_rule_does_not_hold_it_again(db, client, partners, desk):
    id_ = await hold(db, partners.supplier)
    first, second = desk
    async with client(as_=first) as http:
        assert (await submit(http, "/risk", f"release-{id_}", reason="")).status_code == 422
        assert (await submit(http, "/risk", f"release-{id_}", reason="Called the owner back.")).status_code == 303
        again = await http.get("/risk")
        assert f"release-{id_}" not in again.text
    with pytest.raises(Exception, match="yourself"):
        async with db.transaction() as tx:
            await holds.ask_release(tx, id_, "", by=first.member)
    async with client(as_=second) as http:
        assert (await submit(http, "/risk", f"release-{id_}")).status_code == 303
    async with db.transaction() as tx:
        await holds.check_hold(tx, holds.payouts_of(partners.supplier.organisation_id))
    with pytest.raises(HoldNotFound):
        async with db.transaction() as tx:
            await holds.ask_release(tx, id_, "again", by=second.member)
    await hold(db, partners.supplier)
    async with db.transaction() as tx:
        await holds.check_hold(tx, holds.payouts_of(partners.supplier.organisation_id))


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE risk_hold SET until = until - interval '70 hours'",
        "UPDATE risk_hold SET released_at = now(), released_by = (SELECT id FROM member LIMIT 1)",
        "DELETE FROM risk_hold",
        "UPDATE risk_hit SET action = 0",
        "DELETE FROM risk_hit",
        "TRUNCATE risk_hit CASCADE",
        "UPDATE risk_setting SET mode = 'off' WHERE rule = 'BEC-05'",
        "DELETE FROM risk_setting WHERE rule = 'ID-02'",
    ],
)
async def test_the_database_keeps_holds_hits_and_settings(db, urls, partners, attack):
    await hold(db, partners.supplier)
    for url in (urls.app, urls.owner):
        connection = await connect(url)
        with pytest.raises((asyncpg.IntegrityConstraintViolationError, asyncpg.InsufficientPrivilegeError)):
            await connection.execute(attack)
        await connection.close()


# Listings


async def market(db, number, price="1.25"):
    async with db.transaction() as tx:
        other = await make_company(tx, "Red Mill")
        tiers = [{"min_quantity": "500", "price": price}]
        for _ in range(number):
            await make_product(tx, other, tiers=tiers)


async def submit_listing(db, supplier, **changes):
    async with db.transaction() as tx:
        product = await make_draft(tx, supplier, **changes)
        await listings.submit(tx, product.id, by=supplier.member)
        return product.id


@pytest.mark.parametrize(("others", "found"), [(25, ["ADV-02"]), (10, [])])
async def test_golden_2_a_price_far_below_the_market(db, client, partners, others, found):
    await market(db, others)
    async with client(as_=partners.supplier) as http:
        async with db.transaction() as tx:
            cheap = await make_draft(tx, partners.supplier, tiers=[{"min_quantity": "500", "price": "0.375"}])
        headers = JSON | {"x-csrf-token": _token((await http.get("/my/products")).text)}
        assert (await http.post(f"/products/{cheap.id}/submission", headers=headers)).status_code == 200
    assert await codes(db) == found
    assert len(await waiting(db)) == len(found)


async def test_words_of_counterfeits_are_not_published(db, client, partners):
    async with db.transaction() as tx:
        product = await make_draft(tx, partners.supplier, title_zh="高仿马克杯")
    with pytest.raises(Blocked) as refused:
        async with db.transaction() as tx:
            await listings.submit(tx, product.id, by=partners.supplier.member)
    assert "replica" in refused.value.message
    assert await codes(db) == ["INF-04"]


async def test_a_burst_of_listings_holds_the_next_ones(db, partners):
    for _ in range(50):
        await submit_listing(db, partners.supplier)
    with pytest.raises(OnHold):
        await submit_listing(db, partners.supplier)
    assert await codes(db) == ["ADV-03"]
    clock.advance(hours=24, seconds=1)
    await submit_listing(db, partners.supplier)


# Contracts and papers


async def test_a_large_advance_to_a_new_supplier_waits_before_it_is_signed(db, ctx, client, partners):
    offer = make_offer(quantity="20000", price="2.00")
    plan = [{"kind": "deposit", "percent": "60"}, {"kind": "balance", "percent": "40"}]
    offer = type(offer).model_validate(offer.model_dump(mode="json") | {"milestones": plan})
    contract = await draft_contract(ctx, partners, offer)
    await lock_contract(ctx, partners, contract)
    assert await codes(db) == ["ADV-01"]
    async with client(as_=partners.buyer) as http:
        assert "cannot be signed yet" in (await http.get(f"/contracts/{contract}")).text
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await holds.check_hold(tx, Subject("contract", contract))


async def test_who_signs_says_that_they_read_the_warning(db, ctx, client, partners):
    plan = [{"kind": "deposit", "percent": "60"}, {"kind": "balance", "percent": "40"}]
    offer = type(make_offer()).model_validate(make_offer().model_dump(mode="json") | {"milestones": plan})
    contract = await draft_contract(ctx, partners, offer)
    await lock_contract(ctx, partners, contract)
    assert await hits(db, RiskHit.rule, RiskHit.action) == [("ADV-01", int(Action.WARN))]
    view = await read_contract(db, contract)
    await give_password(db, partners.buyer)
    async with client(as_=partners.buyer) as http:
        await submit(http, "/session/step-up", "step-up", password=PASSWORD)
        address = f"/contracts/{contract}/signing?read={view.pdf_hash}"
        assert "Look twice before you sign" in (await http.get(address)).text
        told = (await http.get(f"/contracts/{contract}", headers={"accept": "application/json"})).json()["warnings"]
        assert ["paid before anything is shipped" in warning for warning in told] == [True]
        refused = await submit(http, address, "signature", title="Director", consent="true")
        assert refused.status_code == 422
        assert 'name="warned"' in refused.text
        said = {"terms_hash": view.terms_hash, "pdf_hash": view.pdf_hash, "title": "Director", "consent": True}
        api = await send_json(http, "POST", f"/api/v1/contracts/{contract}/signatures", said)
        assert (api.status_code, api.json()["code"]) == (422, "warnings_unread")
        assert "paid before anything is shipped" in api.text
        signed = await submit(http, address, "signature", title="Director", consent="true", warned="true")
        assert signed.status_code == 303
    async with client(key=await make_key(db, partners.buyer, Permission.NEGOTIATE)) as http:
        assert (await http.get(f"/contracts/{contract}")).json()["warnings"] == [], "who cannot sign is told nothing"
    async with db.transaction(read_only=True) as tx:
        last = (await evidence.chain(tx, Subject("contract", contract)))[-1]
    assert (last.kind, last.data["warned"]) == ("contract.signed", ["seller"])


async def test_a_usual_contract_meets_no_rule(db, ctx, partners):
    await make_order(ctx, partners)
    assert await codes(db) == []


async def test_golden_4_papers_that_disagree_keep_the_money_where_it_is(db, ctx, client, partners):
    order = await make_order(ctx, partners, make_offer(partial=True))
    await fund(ctx, order)
    shipment = (await ship(db, order, partners)).id
    async with client(as_=partners.supplier) as http:
        await pack(http, order, shipment)
        for kind in ("commercial_invoice", "packing_list"):
            await issue(http, order, kind)
        assert (await hand_in_lading(http, order, packages="24")).status_code == 303
        assert "Payments of this order wait" in (await http.get(f"/orders/{order}")).text
    assert await hits(db, RiskHit.rule, RiskHit.value, RiskHit.hours) == [("TBML-03", "Packages", 168)]
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await holds.check_hold(tx, Subject("order", order))
    [item] = await waiting(db)
    assert item.organisation_id == partners.supplier.organisation_id


async def test_the_third_change_of_a_sum_is_looked_at(db, partners):
    async with db.transaction() as tx:
        await risk.assess(
            tx,
            Point.AMENDMENT,
            Subject("contract", partners.buyer.id),
            AmendmentFacts(3),
            organisation_id=partners.buyer.organisation_id,
            title="PC-1",
            by=partners.buyer.member,
        )
    assert await codes(db) == ["TBML-13"]
    assert [item.title for item in await waiting(db)] == ["PC-1"]


# The desk


async def change(http, rule="BUY-05", **said):
    page = f"/risk/rules/{rule}"
    return await submit(http, page, "change", reason="Too many false alarms.", **said)


async def test_two_people_change_a_rule_and_it_is_in_force_at_once(db, client, partners, desk):
    first, second = desk
    async with client(as_=first) as http:
        assert (await change(http, parameters__a_day="no")).status_code == 422
        assert (await change(http)).status_code == 422  # nothing is different
        assert (await change(http, parameters__a_day="2")).status_code == 303
        async with db.transaction(read_only=True) as tx:
            asked = await tx.scalar(select(RiskSetting.id).where(RiskSetting.verdict == ""))
        shown = (await http.get("/risk/rules/BUY-05")).text
        assert f"/risk/changes/{asked}/approval" not in shown
        own = await http.post(f"/risk/changes/{asked}/approval", headers=JSON | {"x-csrf-token": _token(shown)})
        assert own.status_code == 409
    async with db.transaction() as tx:
        for _ in range(3):
            await make_inquiry(tx, partners.buyer, partners.supplier)
    async with client(as_=second) as http:
        assert (await submit(http, "/risk/rules/BUY-05", "approve")).status_code == 303
    with pytest.raises(Blocked):
        async with db.transaction() as tx:
            await make_inquiry(tx, partners.buyer, partners.supplier)


def _token(page):
    return page.split('name="csrf_token" value="')[1].split('"')[0]


async def test_trial_and_replay_show_what_would_be(db, client, partners, desk):
    first, second = desk
    async with client(as_=first) as http:
        assert (await change(http, "BUY-05", parameters__a_day="1", beside="on")).status_code == 303
    async with client(as_=second) as http:
        assert (await submit(http, "/risk/rules/BUY-05", "approve")).status_code == 303
    async with db.transaction() as tx:
        for _ in range(4):
            await make_inquiry(tx, partners.buyer, partners.supplier)
    assert await hits(db, RiskHit.mode, RiskHit.value) == [("trial", "2"), ("trial", "3"), ("trial", "4")]
    async with client(as_=first) as http:
        page = (await http.get("/risk/rules/BUY-05?set=a_day%3D2", headers=JSON)).json()
        assert (page["replay"]["inputs"], page["replay"]["would_hit"]) == (3, 2)
        wrong = await http.get("/risk/rules/BUY-05?set=nothing%3D2")
        assert "no parameter" in wrong.text
        assert (await http.get("/risk/rules/NO-99")).status_code == 404


async def test_verdicts_are_counted_for_each_rule(db, ctx, client, partners, inquiry, desk):
    async with client(as_=partners.supplier) as http:
        await say(http, inquiry, "Urgent: our new bank account, pay today only")
    [item] = await waiting(db)
    async with client(as_=desk[0]) as http:
        await submit(http, f"/moderation/{item.id}", "claim")
        decided = await submit(http, f"/moderation/{item.id}", "decision", verdict="accept", reason="A real change.")
        assert decided.status_code == 303
        await drain(ctx)
        rules = {rule["code"]: rule for rule in (await http.get("/risk", headers=JSON)).json()["rules"]}
    assert rules["BEC-04"]["percent"] == rules["BEC-05"]["percent"] == 0
    async with db.transaction(read_only=True) as tx:
        assert {row.harm for row in await tx.scalars(select(RiskOutcome))} == {False}
        [held] = await tx.scalars(select(RiskHold))
    assert held.asked_by == desk[0].id  # the verdict asks for its release; another person agrees
    assert held.released_at is None


async def test_the_desk_costs_the_same_with_many_hits(db, client, partners, desk):
    async with client(as_=desk[0]) as http:
        await hold(db, partners.supplier)
        with count_queries(db) as one:
            assert (await http.get("/risk")).status_code == 200
        for _ in range(5):
            await hold(db, partners.supplier)
            await hold(db, partners.buyer)
        with count_queries(db) as many:
            assert (await http.get("/risk")).status_code == 200
    assert len(one) == len(many)


async def test_a_decision_without_hits_costs_two_small_statements(db, partners):
    async def decide():
        async with db.transaction() as tx:
            with count_queries(db) as sent:
                await risk.assess(
                    tx,
                    Point.MESSAGE,
                    Subject("inquiry", partners.buyer.id),
                    MessageFacts("Two thousand mugs, please.", before_contract=True),
                    organisation_id=partners.buyer.organisation_id,
                    title="x",
                    by=partners.buyer.member,
                )
        return sent

    await decide()
    assert len(await decide()) == 1  # the stamp of the settings; decisions are written down once a minute
    async with db.transaction(read_only=True) as tx:
        assert (await tx.scalars(select(RiskCount.decisions))).all() == [1]


async def test_findings_are_forgotten_after_three_years(db, urls, ctx, partners):
    await hold(db, partners.supplier)
    await clocks.forget_old_findings(ctx)
    assert len(await codes(db)) == 2
    boss = await connect(urls.super)
    await boss.execute("ALTER TABLE risk_hit DISABLE TRIGGER ALL")
    await boss.execute("UPDATE risk_hit SET at = at - interval '1098 days'")
    await boss.execute("ALTER TABLE risk_hit ENABLE TRIGGER ALL")
    await boss.close()
    await clocks.forget_old_findings(ctx)
    assert await codes(db) == []


async def test_a_company_cannot_see_the_desk(client, partners):
    async with client(as_=partners.supplier) as http:
        assert (await http.get("/risk")).status_code == 403
        assert (await http.get("/risk/rules/BEC-01")).status_code == 403


async def test_a_new_company_that_quotes_in_bursts_waits(db, partners):
    async with db.transaction() as tx:
        company = await tx.get_one(Organisation, partners.supplier.organisation_id)
        company.created_at = clock.now()
        asked = [(await make_inquiry(tx, partners.buyer, partners.supplier, text=f"No {n}")).id for n in range(31)]
        for inquiry in asked[:30]:
            await make_quotation(tx, inquiry, partners.supplier)
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await make_quotation(tx, asked[30], partners.supplier)
    assert await codes(db) == ["ADV-03"]


async def test_what_was_let_go_of_one_account_does_not_let_the_next_one_pass(db, client, desk):
    supplier, _deal = await supplier_with_deal(db)
    async with client(as_=supplier) as http:
        assert (await add(db, http, supplier)).status_code == 303
        clock.advance(days=1)
    async with client(as_=supplier) as http:
        assert (await add(db, http, supplier, OTHER)).status_code == 303
    async with db.transaction(read_only=True) as tx:
        [held] = await tx.scalars(select(RiskHold.id))
    for person in desk:
        async with db.transaction() as tx:
            await holds.ask_release(tx, held, "A call to the old contact.", by=person.member)
    stopped = holds.payouts_of(supplier.organisation_id)
    async with db.transaction() as tx:
        await holds.check_hold(tx, stopped)
    async with client(as_=supplier) as http:
        third = {**OTHER, "number": "6222021234567890999"}
        assert (await add(db, http, supplier, third)).status_code == 303
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await holds.check_hold(tx, stopped)
