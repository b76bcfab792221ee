"""Rules about people, buyers and carriage where they act: who joins, is verified, agrees, pays, ships."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import insert, select, text

from app.core import clock
from app.core.crypto import Vault
from app.core.ids import new_id
from app.core.runner import drain
from app.core.subject import Subject
from listings import service as listings
from orders.contracts import guarding
from orders.contracts import service as contracting
from orders.contracts.revising import Adjustments
from orders.deals import mutual
from orders.documents.models import TradeDocument
from orders.negotiation import offering
from payments import payers
from payments.bank import service as bank
from payments.cases import service as cases
from payments.cases.models import BankCase
from payments.cases.service import Proposal
from payments.cases.states import Action as CaseAction
from payments.chargebacks.models import Chargeback
from payments.escrow import funding
from payments.escrow import service as escrow
from payments.payouts import numbers
from payments.payouts import service as paying
from payments.payouts.models import BankAccount
from tests.factories.contracts import draft_contract, fund, lock_contract, make_offer, make_order
from tests.factories.deals import make_inquiry
from tests.factories.files import PDF
from tests.factories.identities import PASSWORD, letters, make_owner
from tests.factories.money import earn, fund_by_bank, make_deal, make_finance, transfer_for, usd
from tests.factories.papers import issue_papers
from tests.factories.people import make_company, make_member, make_staff, stepped_up
from tests.factories.products import make_draft
from tests.factories.restrictions import suspend
from tests.factories.shipments import ship
from tests.flows.test_documents import hand_in_lading
from tests.flows.test_risk import codes, hits, waiting
from tests.flows.test_verification import ask, decide
from tests.flows.test_verification import waiting as one_waiting
from tests.forms import forms_of, submit
from trust.access import Role
from trust.credit import linking
from trust.credit.states import LinkMove
from trust.identity.models import Organisation, SessionRow
from trust.identity.registration import Company, Kind
from trust.identity.service import signing_in
from trust.identity.service.joining import Person, establish
from trust.identity.sessions import Browser
from trust.restrictions import service as restrictions
from trust.restrictions.ladder import Kind as Rung
from trust.reviews import queries as reviews
from trust.risk import excluding, holds, parties
from trust.risk import service as risk
from trust.risk.engine import Action, Point
from trust.risk.errors import Blocked, OnHold
from trust.risk.facts_of_people import ShipmentFacts
from trust.risk.models import RiskHit, RiskTrait

IBAN = numbers.read("iban", "COBADEFFXXX", "DE89370400440532013000")


async def share(db, kind, *actors, value=b"x"):
    """These companies have one thing in common."""
    async with db.transaction() as tx:
        rows = [
            {"kind": kind, "digest": value.ljust(32, b"."), "organisation_id": a.organisation_id, "since": clock.now()}
            for a in actors
        ]
        await tx.execute(insert(RiskTrait), rows)


async def codes_of(db, organisation_id):
    async with db.transaction(read_only=True) as tx:
        found = select(RiskHit.rule).where(RiskHit.organisation_id == organisation_id).order_by(RiskHit.id)
        return list(await tx.scalars(found))


# Registration


async def join(ctx, email, name="Lumen Harbor Trading"):
    company = Company(
        country="DE",
        name_original=name,
        name_latin=name,
        kind=Kind.REGISTRY,
        number=f"HRB {email}",
        lei="",
        phone="+49401234567",
        address="Kai 1",
        website="",
        buys=True,
        sells=True,
    )
    async with ctx.db.transaction() as tx:
        joined = await establish(tx, company, Person("Wei", email, "unused", "en"))
    await drain(ctx)
    return joined


@pytest.fixture
async def harbour(db):
    """A verified company with a domain of its own."""
    async with db.transaction() as tx:
        company = await make_company(tx, "Lumen Harbour")
        (await tx.get_one(Organisation, company.organisation_id)).website = "https://www.lumenharbour.com/about"
    return company


async def test_a_look_alike_of_a_verified_domain_writes_to_nobody(db, ctx, harbour):
    joined = await join(ctx, "sales@1umenharbour.com")
    assert await codes_of(db, joined.organisation_id) == ["ID-04"]
    [item] = await waiting(db)
    assert item.organisation_id == joined.organisation_id
    async with db.transaction() as tx:
        company = await tx.get_one(Organisation, joined.organisation_id)
        writer = await make_member(tx, company, roles=(Role.OWNER,))
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await make_inquiry(tx, writer, harbour)
    clock.advance(hours=72, seconds=1)
    async with db.transaction() as tx:
        await make_inquiry(tx, writer, harbour)


async def test_a_domain_of_its_own_and_a_public_one_pass(db, ctx, harbour):
    for email in ("sales@redmill.de", "lumenharbour@gmail.com"):
        joined = await join(ctx, email, name=email.split("@")[1])
        assert await codes_of(db, joined.organisation_id) == []


async def test_a_thrown_away_address_warns_who_contracts_with_it(db, ctx, client, partners):
    contract = await draft_contract(ctx, partners)
    joined = await join(ctx, "x@mailinator.com")
    assert await codes_of(db, joined.organisation_id) == ["ID-03"]
    async with db.transaction(read_only=True) as tx:
        mine = await risk.warnings(tx, Subject("contract", contract), joined.organisation_id)
        others = await risk.warnings(tx, Subject("contract", contract), partners.supplier.organisation_id)
    assert len(mine) == 1
    assert others == []
    clock.advance(days=181)
    async with db.transaction(read_only=True) as tx:
        assert await risk.warnings(tx, Subject("contract", contract), joined.organisation_id) == []


# Verification


@pytest.fixture
async def company(db):
    async with db.transaction() as tx:
        return await make_company(tx, "Lantern Works", level=1)


@pytest.fixture
async def moderator(db):
    async with db.transaction() as tx:
        return await make_staff(tx, Role.MODERATOR)


@pytest.fixture
async def compliance(db):
    async with db.transaction() as tx:
        first = await make_staff(tx, Role.COMPLIANCE)
        return first, await make_member(
            tx, await tx.get_one(Organisation, first.organisation_id), roles=(Role.COMPLIANCE,)
        )


async def ended(db, ctx, name="李伟"):
    """A company that was excluded, whose representative had this name."""
    async with db.transaction() as tx:
        gone = await make_company(tx, "Gone Ltd")
        await suspend(tx, gone.organisation_id, kind=Rung.TERMINATED)
    mark = parties.mark_of(ctx.settings.vault, "person", name)
    await share(db, "person", gone, value=mark)
    return gone


async def test_the_representative_of_an_excluded_company_is_not_accepted_by_one_person(
    db, ctx, client, company, moderator, compliance
):
    await ended(db, ctx)
    assert (await ask(client, company)).status_code == 303
    assert "ID-11" in await codes_of(db, company.organisation_id)
    async with db.transaction(read_only=True) as tx:
        queue = await reviews.queue(tx, offset=0, limit=10)
    item = next(item for item in queue if item.kind == "verification")
    refused = await decide(client, moderator, item, verdict="accept")
    assert refused.status_code == 409
    async with db.transaction(read_only=True) as tx:
        held = await holds.standing(tx, Subject("verification", company.organisation_id))
    async with db.transaction() as tx:
        assert not await holds.ask_release(tx, held[0].id, "Another person of that name.", by=compliance[0].member)
    async with db.transaction() as tx:
        assert await holds.ask_release(tx, held[0].id, "", by=compliance[1].member)
    async with client(as_=moderator) as http:
        assert (await submit(http, f"/moderation/{item.id}", "decision", verdict="accept")).status_code == 303


async def test_who_shares_nothing_with_the_excluded_is_accepted(db, ctx, client, company, moderator):
    await ended(db, ctx, name="张三丰")
    await ask(client, company)
    assert await codes_of(db, company.organisation_id) == []
    assert (await decide(client, moderator, await one_waiting(db), verdict="accept")).status_code == 303


async def test_who_is_tied_to_an_excluded_company_comes_before_people(db, ctx, partners):
    """Something strong in common, or a link that people confirmed; an address alone is nobody's guilt."""
    gone, kin, neighbour, stranger = [await make(db, name) for name in ("Gone Ltd", "Kin Ltd", "Next Door", "Far Off")]
    async with db.transaction() as tx:
        friend = await make_company(tx, "Friend Ltd")
        staff = await make_staff(tx, Role.COMPLIANCE)
        await linking.link(tx, gone.organisation_id, friend.organisation_id, "Same owner.", by=staff.member)
    await share(db, "bank", gone, kin)
    await share(db, "address", gone, neighbour)
    async with db.transaction() as tx:
        suspended = await suspend(tx, gone.organisation_id)
    await drain(ctx)
    assert await queue_of(db, "risk") == set()  # a suspension is no exclusion
    async with db.transaction() as tx:
        await restrictions.lift(tx, suspended, "Answered.", by=staff.member)
        await suspend(tx, gone.organisation_id, kind=Rung.TERMINATED)
    await drain(ctx)
    assert await queue_of(db, "risk") == {"Kin Ltd", "Friend Ltd"}
    for one in (kin, friend):
        assert await codes_of(db, one.organisation_id) == ["OPS-04"]
        async with db.transaction(read_only=True) as tx:
            subject = Subject("organisation", one.organisation_id)
            assert await risk.warnings(tx, subject, one.organisation_id) == []  # nobody is told
    async with db.transaction() as tx:
        await excluding.look_around(tx, gone.organisation_id)
        await excluding.look_around(tx, stranger.organisation_id)
    assert await codes_of(db, kin.organisation_id) == ["OPS-04"]


async def make(db, name):
    async with db.transaction() as tx:
        return await make_company(tx, name)


async def queue_of(db, kind):
    async with db.transaction(read_only=True) as tx:
        return {item.title for item in await reviews.queue(tx, kind=kind, offset=0, limit=10)}


async def test_a_register_that_says_otherwise_stops_the_acceptance(db, client, company, moderator):
    await ask(client, company)
    item = await one_waiting(db)
    async with client(as_=moderator) as http:
        await submit(http, f"/moderation/{item.id}", "claim")
        said = {"number": "914403001922038216", "name": "Golden Ocean Holdings", "source": "gsxt.gov.cn"}
        noted = await submit(http, f"/moderation/{item.id}", "register", **said)
        assert noted.status_code == 303, noted.text[:800]
        assert await codes_of(db, company.organisation_id) == ["ID-01"]
        refused = await submit(http, f"/moderation/{item.id}", "decision", verdict="accept")
        assert refused.status_code == 409


# Contracts


async def test_related_parties_contract_goes_to_review_with_what_they_share(db, ctx, client, partners, compliance):
    await share(db, "bank", partners.buyer, partners.supplier)
    contract = await draft_contract(ctx, partners)
    await lock_contract(ctx, partners, contract)
    assert await codes(db) == ["ID-02"]
    [item] = await waiting(db)
    async with client(as_=compliance[0]) as http:
        shown = (await http.get(f"/moderation/{item.id}")).text
    assert "the same bank account" in shown
    assert "Hansa Import" in shown


async def test_golden_3_orders_between_linked_companies_do_not_count(db, ctx, client, partners, compliance):
    order = await make_order(ctx, partners)
    await share(db, "bank", partners.buyer, partners.supplier)
    async with db.transaction() as tx:
        while await linking.find(tx):
            pass
        graph = await parties.graph(tx, partners.supplier.organisation_id)
        [found] = await mutual.between(tx, {party.id for party in graph.parties})
        assert found.id == order
        assert graph.count(found.buyer_id, found.supplier_id)
        [edge] = graph.edges
        await linking.decide(tx, edge.link_id, LinkMove.CONFIRM, "One family.", by=compliance[0].member)
    async with db.transaction(read_only=True) as tx:
        graph = await parties.graph(tx, partners.supplier.organisation_id)
        assert not graph.count(found.buyer_id, found.supplier_id)
        [edge] = graph.edges
    async with client(as_=compliance[0]) as http:
        shown = (await http.get(f"/credit/links/{edge.link_id}")).text
        assert "bank account" in shown


async def test_a_suppliers_own_buyers_give_it_no_history(db, ctx, partners, compliance):
    """Three completed orders with one's own company would have let more than half be asked in advance."""
    await make_order(ctx, partners)
    supplier = partners.supplier.organisation_id
    async with db.transaction() as tx:
        await tx.execute(text("UPDATE orders SET state = 'completed'"))
        assert await guarding._completed(tx, supplier, sells=True) == 1
        await linking.link(tx, supplier, partners.buyer.organisation_id, "One hand.", by=compliance[0].member)
        assert await guarding._completed(tx, supplier, sells=True) == 0
        assert await guarding._completed(tx, partners.buyer.organisation_id, sells=False) == 0


# The graph


async def test_the_graph_reaches_three_steps_and_leaves_out_what_many_share(db, compliance):
    async with db.transaction() as tx:
        chain = [await make_company(tx, f"Chain {place}") for place in range(5)]
        crowd = [await make_company(tx, f"Crowd {place}") for place in range(parties.MOST)]
    for place, (one, other) in enumerate(pairwise(chain)):
        await share(db, "phone", one, other, value=b"p%d" % place)
    await share(db, "address", chain[0], *crowd)
    async with db.transaction(read_only=True) as tx:
        graph = await parties.graph(tx, chain[0].organisation_id)
        seen = [(party.name, party.depth) for party in graph.parties]
        assert seen == [(f"Chain {place}", place) for place in range(4)]
        assert [edge.kinds for edge in graph.edges] == [("phone",)] * 3
        assert await parties.shared(tx, chain[0].organisation_id, crowd[0].organisation_id) == []
        small = await parties.graph(tx, chain[0].organisation_id, size=2)
        assert (len(small.parties), small.cut) == (2, True)
    async with db.transaction() as tx:
        while await linking.find(tx):
            pass
        graph = await parties.graph(tx, chain[0].organisation_id)
        link = next(edge for edge in graph.edges if edge.depth == 1).link_id
        await linking.decide(tx, link, LinkMove.DISMISS, "A call centre.", by=compliance[0].member)
    async with db.transaction(read_only=True) as tx:
        assert (await parties.graph(tx, chain[0].organisation_id)).parties == ()


# Money


async def test_money_of_somebody_else_keeps_the_deal_from_being_paid_out(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        first, second = await make_finance(tx), await make_finance(tx)
        line = replace(transfer_for(deal.deposit), counterparty="Golden Ocean")
        row = await bank.book_received(tx, line, by=first.member)
    async with db.transaction() as tx:
        await bank.approve(tx, row, by=second.member)
    assert await codes(db) == ["BUY-02"]
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await escrow.release(tx, deal.subject, deal.deposit.id, by=None, reason="accepted")
    clock.advance(hours=72, seconds=1)
    async with db.transaction() as tx:
        await escrow.release(tx, deal.subject, deal.deposit.id, by=None, reason="accepted")


async def test_money_goes_back_to_who_sent_it(db, ctx):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        clerk = await make_finance(tx)
        case = BankCase(kind="unknown_reference", held=usd("400"), reasons=[], milestone_id=deal.deposit.id)
        tx.add(case)
        await tx.flush()
        about = Subject("bank_case", case.id)
    said = {"payer": "Hansa Import", "payee": "Golden Ocean Ltd", "bank": ("COBADEFF", "DE"), "by": clerk.member}
    with pytest.raises(Blocked):
        async with db.transaction() as tx:
            await payers.check_payee(tx, about, usd("400"), deal.deposit.id, **said)
    assert await codes(db) == ["BUY-01"]
    with pytest.raises(Blocked):
        async with db.transaction() as tx:
            await payers.check_payee(tx, about, usd("400"), None, **said)
    async with db.transaction() as tx:
        await payers.check_payee(tx, about, usd("400"), deal.deposit.id, **said | {"payee": "HANSA IMPORT GMBH"})
        await payers.check_payee(tx, about, usd("400"), None, **said | {"payee": "HANSA IMPORT GMBH"})
    assert await codes(db) == ["BUY-01"]
    wanted = Proposal(action=CaseAction.SEND_BACK, reason="Paid too much.", account=IBAN, holder="Golden Ocean Ltd")
    vault = ctx.settings.vault
    async with db.transaction() as tx:  # the bank does not say who sent it: people look, and nobody approves meanwhile
        decision = await cases.propose(tx, vault, about.id, wanted, by=clerk.member)
    async with db.transaction() as tx:
        other = await make_finance(tx)
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await cases.approve(tx, decision, by=other.member)


async def test_the_second_disputed_payment_in_90_days_is_looked_at(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        buyer = deal.buyer.organisation_id
        await payers.count_dispute(tx, Subject("chargeback", buyer), buyer)
    assert await codes(db) == []
    async with db.transaction() as tx:
        for place in range(2):
            operation = await operation_of(tx, deal)
            tx.add(
                Chargeback(
                    provider="stripe",
                    dispute_ref=f"dp_{place}",
                    operation_id=operation,
                    milestone_id=deal.deposit.id,
                    amount=usd("300"),
                    reason="fraudulent",
                    defence={},
                    opened_at=clock.now(),
                    taken_minor=0,
                    returned_minor=0,
                )
            )
        await tx.flush()
        await payers.count_dispute(tx, Subject("chargeback", buyer), buyer)
    assert await codes(db) == ["BUY-04"]


async def operation_of(tx, deal):
    return (await funding.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member)).id


# Shipments and papers


@pytest.fixture
async def paid(ctx, partners):
    order = await make_order(ctx, partners)
    await fund(ctx, order)
    return order


async def test_a_container_that_cannot_be_holds_the_orders_money(db, partners, paid):
    await ship(db, paid, partners, tracking="CSQU3054384")
    assert await hits(db, RiskHit.rule, RiskHit.hours) == [("ADV-05", 72)]
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await holds.check_hold(tx, Subject("order", paid))


async def test_a_container_that_can_be_holds_nothing(db, partners, paid):
    await ship(db, paid, partners, tracking="CSQU3054383")
    assert await codes(db) == []


async def test_goods_sent_long_after_the_day_are_told_of(db, partners, paid):
    clock.advance(days=90)
    await ship(db, paid, partners)
    assert await hits(db, RiskHit.rule, RiskHit.action) == [("ADV-05", int(Action.WARN))]


async def test_a_bill_of_lading_of_anothers_order_holds_the_money(db, ctx, client, partners, paid):
    await ship(db, paid, partners)
    async with client(as_=partners.supplier) as http:
        assert (await hand_in_lading(http, paid)).status_code == 303
        assert "ADV-06" not in await codes(db)
        async with db.transaction() as tx:
            other = await make_company(tx, "Red Mill")
            await tx.execute(text("UPDATE orders SET supplier_id = :id"), {"id": other.organisation_id})
        order = await make_order(ctx, partners)
        await fund(ctx, order)
        await ship(db, order, partners, tracking="BMRU999")
        refused = await hand_in_lading(http, order)
        assert refused.status_code == 422
        assert "This transport document was handed in for an order of others." in refused.text
    assert {"ADV-06", "TBML-04"} <= set(await codes(db))
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await holds.check_hold(tx, Subject("order", order))


async def test_a_bill_of_lading_to_another_country_is_looked_at(db, client, partners, paid):
    await ship(db, paid, partners)
    async with client(as_=partners.supplier) as http:
        assert (await hand_in_lading(http, paid, discharge="TRIST")).status_code == 303
    assert "BUY-06" in await codes(db)


async def say_with(http, inquiry, name, data):
    return await submit(
        http, f"/inquiries/{inquiry}", "message", text="See file", files={"files": (name, data, "application/pdf")}
    )


async def test_a_file_that_calls_itself_an_issued_invoice_holds_payouts(db, ctx, client, partners, paid):
    shipment = await ship(db, paid, partners)
    invoice, _certificate = await issue_papers(ctx, partners, paid, shipment.id)
    async with db.transaction(read_only=True) as tx:
        row = await tx.get_one(TradeDocument, invoice)
        inquiry = await tx.scalar(text("SELECT inquiry_id FROM orders WHERE id = :id"), {"id": paid})
    real = await ctx.files.get(row.pdf_key)
    async with client(as_=partners.supplier) as http:
        assert (await say_with(http, inquiry, f"{row.number}.pdf", real)).status_code == 303
        assert (await say_with(http, inquiry, "CI-ZZZZ-ZZZZ.pdf", PDF)).status_code == 303  # a number of nobody's
        assert "BEC-06" not in await codes(db)
        edited = PDF + b"\n/Producer (Sharp Knife 3)"
        assert (await say_with(http, inquiry, f"{row.number}.pdf", edited)).status_code == 303
    assert await hits(db, RiskHit.value) == [("Sharp Knife 3",)]
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await holds.check_hold(tx, holds.payouts_of(partners.supplier.organisation_id))


def account_of(supplier, masked):
    """An account past its 72 hours."""
    return BankAccount(
        id=new_id(),
        organisation_id=supplier.organisation_id,
        scheme="cnaps",
        currency="USD",
        country="CN",
        holder="Shenzhen Lantern",
        bank_code="104584001234",
        sealed=b"never opened here",
        masked=masked,
        added_by=supplier.id,
        usable_from=clock.now(),
        confirmed_at=clock.now(),
    )


async def test_payouts_to_two_accounts_within_three_days_are_looked_at(db, ctx):
    async with db.transaction() as tx:
        supplier = await make_company(tx, "Shenzhen Lantern")
        deal = await make_deal(tx, supplier=supplier)
        await earn(tx, deal, deal.deposit)
        accounts = [account_of(supplier, masked) for masked in ("… 1234", "… 5678")]
        tx.add_all(accounts)
    for account in accounts:
        assert await codes(db) == []
        async with db.transaction() as tx:
            await paying.request_payout(tx, usd("10"), bank_account_id=account.id, by=supplier.member)
    assert await codes(db) == ["BEC-08"]


# Ways around


async def test_bank_details_stand_in_no_offer_refusal_or_contract(db, ctx, client, partners):
    async with db.transaction() as tx:
        inquiry = await make_inquiry(tx, partners.buyer, partners.supplier)
    offer = make_offer()
    line = offer.lines[0].model_copy(update={"specification": "Pay to DE89 3704 0044 0532 0130 00"})
    told = offer.model_copy(update={"lines": (line,)})
    with pytest.raises(Blocked):
        async with db.transaction() as tx:
            await offering.quote(tx, inquiry.id, told, by=partners.supplier.member)
    async with db.transaction() as tx:
        quotation = await offering.quote(tx, inquiry.id, offer, by=partners.supplier.member)
    with pytest.raises(Blocked):
        async with db.transaction() as tx:
            await offering.reject(tx, quotation.id, "Pay our new bank account instead", by=partners.buyer.member)
    assert await codes(db) == ["BEC-04", "BEC-04"]
    contract = await draft_contract(ctx, partners)
    clause = Adjustments(special_en="The buyer pays by Western Union.")
    with pytest.raises(Blocked):
        async with db.transaction() as tx:
            await contracting.adjust(tx, contract, clause, revision=1, by=partners.supplier.member)
    assert (await codes(db))[-1] == "OFF-02"


async def test_what_parties_settle_waits_for_a_hold_and_a_ruling_does_not(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        await fund_by_bank(tx, deal.deposit)
        await escrow.freeze(tx, deal.subject, by=None, reason="a dispute")
        hit = (await risk.assess(tx, Point.SHIPMENT, deal.subject, ShipmentFacts("CSQU3054384"), **_of(deal))).decision
        assert hit.action is Action.HOLD
    shares = {"to_supplier": deal.deposit.amount, "to_buyer": usd("0"), "reason": "agreed"}
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await escrow.rule(tx, deal.subject, deal.deposit.id, by=deal.buyer.member.id, **shares)
    async with db.transaction() as tx:
        await escrow.rule(tx, deal.subject, deal.deposit.id, by=None, **shares)


def _of(deal):
    return {"organisation_id": deal.supplier.organisation_id, "title": "x", "by": deal.supplier.member}


async def test_whose_passwords_are_tried_out_comes_before_people_once(db, client, run_jobs, partners):
    async with client() as http:
        fields = forms_of((await http.get("/session/new")).text)["sign-in"]["fields"]

        async def tried(email: str) -> int:
            answer = await http.post("/session", data=fields | {"email": email, "password": "x"})
            return int(answer.status_code)

        assert [await tried(partners.buyer.member.email) for _ in range(13)] == [422] * 10 + [429] * 3
        await run_jobs()
        assert await codes_of(db, partners.buyer.organisation_id) == ["ID-09"]
        assert [await tried("nobody@nowhere.example") for _ in range(11)] == [422] * 10 + [429]
    await run_jobs()
    assert await codes(db) == ["ID-09"]


# Where somebody signs in from


async def arrive(db, owner, country, device="laptop"):
    browser = Browser("Firefox", "192.0.2.1", device, country)
    async with db.transaction() as tx:
        vault = Vault("a secret of this test, long enough for keys")
        assert isinstance(
            await signing_in.sign_in(tx, vault, owner.member.email, PASSWORD, "", browser), signing_in.SignedIn
        )


async def test_who_signs_in_from_farther_than_anybody_travels_is_told_and_payouts_wait(db, ctx, run_jobs):
    owner = await make_owner(db)
    await arrive(db, owner, "CN")
    clock.advance(minutes=30)
    await arrive(db, owner, "", "phone")
    await arrive(db, owner, "HK", "phone")
    await run_jobs()
    assert await codes(db) == [], "neither an unknown network nor a neighbour is far"
    clock.advance(minutes=30)
    await arrive(db, owner, "DE", "another")
    await run_jobs()
    [(rule, inputs)] = await hits(db, RiskHit.rule, RiskHit.inputs)
    assert (rule, inputs["way"], inputs["minutes"]) == ("ID-08", "HK-DE", 30)
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await holds.check_hold(tx, holds.payouts_of(owner.organisation_id))
    [letter] = [x for x in await ctx.mailer.letters() if "too far apart" in x.subject]
    assert letter.to == owner.member.email
    assert "from Germany, 30 minutes after a sign-in from Hong Kong" in letter.text
    clock.advance(days=2)
    await arrive(db, owner, "CN")
    clock.advance(minutes=30)
    await arrive(db, owner, "DE", "another")
    await run_jobs()
    assert await codes(db) == ["ID-08"], "a browser that came from there before is known"


async def test_a_days_journey_is_no_news(db, run_jobs):
    owner = await make_owner(db)
    await arrive(db, owner, "CN")
    clock.advance(hours=11)
    await arrive(db, owner, "DE", "another")
    await run_jobs()
    assert await codes(db) == []


async def test_a_new_browser_that_publishes_lets_payouts_wait_once(db, client):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
        known = (await stepped_up(tx, supplier)).member
        (await tx.get_one(SessionRow, known.session_id)).created_at = clock.now() - timedelta(days=2)
        drafts = [(await make_draft(tx, supplier)).id for _ in range(3)]
        await listings.submit(tx, drafts[0], by=known)
    assert await codes(db) == []
    async with db.transaction() as tx:
        here = (await stepped_up(tx, supplier)).member
        (await tx.get_one(SessionRow, here.session_id)).device = b"x" * 32
    for draft in drafts[1:]:
        async with db.transaction() as tx:
            await listings.submit(tx, draft, by=here)
    assert await codes(db) == ["ID-08"]
    [letter] = await letters(db, "new_browser_publishes")
    assert letter["who"] == here.name
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await holds.check_hold(tx, holds.payouts_of(supplier.organisation_id))
