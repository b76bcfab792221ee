"""The pages of money: who sees them, what they say, and what their forms do. And the door for webhooks."""

import re
from dataclasses import replace
from html import unescape

import pytest
from sqlalchemy import func, select, update

from app.core import clock
from app.core.money import Money
from app.core.runner import drain
from payments import proof
from payments import queries as payments
from payments.bank import queries as bank
from payments.bank import service as banking
from payments.escrow import service as escrow
from payments.gateway import Balance, GatewayBusy, GatewayDeclined, GatewayUnknown, PayIn, PayInState
from payments.ledger import chart
from payments.ledger import queries as ledger
from payments.operations import queries as operations
from payments.operations.models import WebhookEvent
from payments.payouts import accounts
from payments.payouts import queries as payouts
from tests.factories.money import Deal, earn, fund_by_bank, make_deal, make_finance, transfer_for, unasked
from tests.factories.people import make_company, make_key, make_staff, stepped_up
from tests.fakes import FakeGateway
from tests.forms import submit
from trust.access import Role
from trust.identity.models import SessionRow

USD = "USD"


@pytest.fixture
def gateway(app) -> FakeGateway:
    fake = FakeGateway()
    app.state.jobs = replace(app.state.jobs, gateway=fake)
    return fake


@pytest.fixture
def sandboxed(app, gateway):
    app.state.settings = app.state.settings.model_copy(update={"stripe_api_base": "http://127.0.0.1:1"})


async def planned(db, *, rail="stripe") -> tuple[Deal, operations.OperationView]:
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        return deal, await escrow.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member, rail=rail)


async def choose(http, page: str, method: str = "pm_card_visa"):
    """Pay with a test method, as a program does."""
    [token] = set(re.findall(r'name="csrf_token" value="(\w+)"', (await http.get(page)).text))
    return await http.post(f"{page}/method", data={"method": method, "csrf_token": token})


async def test_a_program_pays_with_a_test_method(app, db, client, gateway, sandboxed):
    deal, operation = await planned(db)
    page = f"/payments/{operation.id}"
    async with client(as_=deal.buyer) as http:
        sent = await choose(http, page)
        assert (sent.status_code, sent.headers["location"]) == (303, page)
        waiting = await http.get(page)
        assert 'http-equiv="refresh"' in waiting.text
        assert "Payment on its way" in waiting.text
        asked = await http.get(page, headers={"hx-request": "true"})
        assert asked.text.strip().startswith('<div id="progress"')
        assert 'hx-trigger="every 2s"' in asked.text
        await drain(app.state.jobs)
        done = await http.get(page)
        assert "Your money is held" in done.text
        assert 'http-equiv="refresh"' not in done.text
        assert 'hx-trigger="every' not in done.text
        assert f'href="/orders/{deal.subject.id}"' in done.text
        json = (await http.get(page, headers={"accept": "application/json"})).json()
    assert json["state"] == "confirmed"
    assert json["amount"] == {"amount_minor": 30000, "currency": USD}


async def test_paying_on_the_provider_s_page(app, db, client, gateway, sandboxed):
    deal, operation = await planned(db)
    page = f"/payments/{operation.id}"
    async with client(as_=deal.buyer) as http:
        assert f'href="{page}/page"' in (await http.get(page)).text
        assert gateway.calls == []
        there = await http.get(f"{page}/page")
        (asked,) = gateway.made(PayIn)
        assert (there.status_code, there.headers["location"]) == (303, asked.page)
        hosted = gateway.pages[operation.provider_key]
        assert (hosted.paid_to, hosted.left_to) == (f"http://test{page}/page", f"http://test{page}")
        waiting = (await http.get(page)).text
        assert "Not paid yet" in waiting
        assert asked.page not in waiting
        assert (await http.get(f"{page}/page")).headers["location"] == asked.page
        gateway.finish(asked.id)
        back = await http.get(f"{page}/page")  # where the provider leads whoever has paid, webhook or not
        assert back.headers["location"] == page
        assert "Your money is held" in (await http.get(page)).text
        assert (await http.get(f"{page}/page")).headers["location"] == page
    assert len(gateway.made(PayIn)) == 1


async def test_a_page_whose_answer_was_lost_is_the_same_page(app, db, client, gateway, sandboxed):
    deal, operation = await planned(db)
    page = f"/payments/{operation.id}"
    gateway.script.append(("lost", GatewayUnknown("no answer")))
    async with client(as_=deal.buyer) as http:
        lost = await http.get(f"{page}/page")
        assert lost.headers["location"] == page
        assert "does not answer" in (await http.get(page)).text
        there = await http.get(f"{page}/page")
    (asked,) = gateway.made(PayIn)
    assert there.headers["location"] == asked.page


async def test_giving_up_the_page_leaves_every_way_open(app, db, client, gateway, sandboxed):
    deal, operation = await planned(db)
    page = f"/payments/{operation.id}"
    async with client(as_=deal.buyer) as http:
        await http.get(f"{page}/page")
        gateway.script.append(GatewayBusy("rate limit"))
        await submit(http, page, "give-up")
        still = (await http.get(page)).text
        assert "does not answer" in still
        assert "Not paid yet" in still
        gateway.script.append(("lost", GatewayUnknown("no answer")))
        await submit(http, page, "give-up")
        await submit(http, page, "give-up")
        closed = (await http.get(page)).text
        assert "The payment page was closed before anybody paid." in closed
        by_bank = await submit(http, page, "again-bank")
        assert "We wait for your transfer" in (await http.get(by_bank.headers["location"])).text


async def test_what_was_paid_while_it_was_given_up_is_held(app, db, client, gateway, sandboxed):
    deal, operation = await planned(db)
    page = f"/payments/{operation.id}"
    async with client(as_=deal.buyer) as http:
        await http.get(f"{page}/page")
        gateway.finish(gateway.made(PayIn)[0].id)
        await submit(http, page, "give-up")
        assert "Your money is held" in (await http.get(page)).text


async def test_a_page_that_closes_by_itself_ends_the_payment(app, db, client, gateway, sandboxed):
    deal, operation = await planned(db)
    page = f"/payments/{operation.id}"
    async with client(as_=deal.buyer) as http:
        await http.get(f"{page}/page")
        (asked,) = gateway.made(PayIn)
        gateway.change(asked.id, state=PayInState.CANCELLED, failure="expired", page="")
        assert (await http.get(f"{page}/page")).headers["location"] == page
        assert "The payment page was closed" in (await http.get(page)).text
        again = await submit(http, page, "again-stripe")
        second = again.headers["location"]
        there = await http.get(f"{second}/page")
        assert there.headers["location"] == gateway.made(PayIn)[1].page


async def test_only_who_pays_is_led_to_the_page(app, db, client, gateway, sandboxed):
    deal, operation = await planned(db)
    async with db.transaction() as tx:
        finance = await make_finance(tx)
    for person in (deal.supplier, finance):
        async with client(as_=person) as http:
            assert (await http.get(f"/payments/{operation.id}/page")).status_code in (403, 404)
    assert gateway.calls == []


async def test_a_declined_card_and_another_try(app, db, client, gateway, sandboxed):
    deal, operation = await planned(db)
    page = f"/payments/{operation.id}"
    gateway.script.append(GatewayDeclined("insufficient_funds"))
    async with client(as_=deal.buyer) as http:
        await choose(http, page)
        await drain(app.state.jobs)
        failed = await http.get(page)
        assert "There was not enough money on the account." in failed.text
        again = await submit(http, page, "again-stripe")
        second = again.headers["location"]
        assert second != page
        await choose(http, second)
        await drain(app.state.jobs)
        assert "Your money is held" in (await http.get(second)).text


async def test_paying_by_transfer_shows_where_to(db, client, gateway, sandboxed):
    deal, operation = await planned(db)
    async with client(as_=deal.buyer) as http:
        chosen = await submit(http, f"/payments/{operation.id}", "by-bank")
        page = await http.get(chosen.headers["location"])
        assert "We wait for your transfer" in page.text
        assert "DE89" in page.text
        json = (await http.get(chosen.headers["location"], headers={"accept": "application/json"})).json()
    assert json["instructions"]["reference"].replace(" ", "") == deal.deposit.reference


async def refused_by_card(db, client) -> bool:
    """Whether a payment's page offers no card, and no way past it lets one through."""
    deal, operation = await planned(db)
    async with client(as_=deal.buyer) as http:
        page = await http.get(f"/payments/{operation.id}")
        [token] = set(re.findall(r'name="csrf_token" value="(\w+)"', page.text))
        headers = {"accept": "application/json", "x-csrf-token": token}
        answers = [
            (await http.post(f"/payments/{operation.id}/{way}", json=body, headers=headers)).json()["code"]
            for way, body in (("attempts", {"rail": "stripe"}), ("method", {"method": "pm_card_visa"}))
        ]
        there = await http.get(f"/payments/{operation.id}/page")
        assert there.headers["location"] == f"/payments/{operation.id}"
    return "This cannot be paid by card" in page.text and answers == ["rail_unavailable"] * 2


async def test_without_the_sandbox_no_card_is_offered(db, client, gateway):
    assert await refused_by_card(db, client)


async def test_no_card_is_offered_for_an_amount_that_the_provider_does_not_take(db, client, gateway, sandboxed):
    gateway.capabilities = replace(gateway.capabilities, usual_digits=2)
    assert await refused_by_card(db, client)


async def test_a_stranger_s_payment_is_not_there(db, client):
    deal, operation = await planned(db)
    async with db.transaction() as tx:
        stranger, moderator = await make_company(tx, "Stranger"), await make_staff(tx, Role.MODERATOR)
        finance = await make_finance(tx)
    for who, status in ((stranger, 404), (deal.supplier, 404), (moderator, 404), (finance, 200), (deal.buyer, 200)):
        async with client(as_=who) as http:
            assert (await http.get(f"/payments/{operation.id}")).status_code == status
    async with client() as http:
        assert (await http.get(f"/payments/{operation.id}")).status_code == 303


PAGES = ["/finance", "/finance?state=unknown", "/finance/bookings", "/finance/proof"]


@pytest.mark.parametrize("page", PAGES)
async def test_finance_alone_sees_finance(db, client, page):
    async with db.transaction() as tx:
        company, moderator, finance = (
            await make_company(tx),
            await make_staff(tx, Role.MODERATOR),
            await make_finance(tx),
        )
    for who, status in ((company, 403), (moderator, 403), (finance, 200)):
        async with client(as_=who) as http:
            assert (await http.get(page)).status_code == status


async def test_booked_by_one_approved_by_another(db, client):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        maker, checker = await make_finance(tx), await make_finance(tx)
    line = {
        "kind": "received",
        "bank_ref": "2026-0001",
        "reference": deal.deposit.reference,
        "counterparty": "Hansa Import GmbH",
        "amount_currency": USD,
    }
    async with client(as_=maker) as http:
        refused = await submit(http, "/finance/bookings", "booking", **line, amount="299.00")
        assert refused.status_code == 422
        assert "was agreed for this reference" in refused.text
        assert 'value="299.00"' in refused.text
        booked = await submit(http, "/finance/bookings", "booking", **line, amount="300.00")
        assert booked.status_code == 303
        page = await http.get("/finance/bookings")
        assert "You booked this; another person decides." in page.text
    async with db.transaction() as tx:
        (booking,), _total = await bank.bookings(tx)
        assert (await payments.money_position(tx, deal.subject)).funded == Money.zero(USD)
    async with client(as_=checker) as http:
        await submit(http, "/finance/bookings", f"approve-{booking.id}")
        assert "Approved" in (await http.get("/finance/bookings")).text
        listed = (await http.get("/finance", headers={"accept": "application/json"})).json()
    assert [(o["kind"], o["state"]) for o in listed["operations"]] == [("pay_in", "confirmed")]
    async with db.transaction() as tx:
        assert (await payments.money_position(tx, deal.subject)).held == Money.of("300", USD)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"amount": "-5"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "1.234"}, "amount"),
        ({"amount": "1e3"}, "amount"),
        ({"amount": "99999999999999999999"}, "amount"),
        ({"amount": "5", "amount_currency": "XXX"}, "amount"),
        ({"amount": "5", "value_date": "2999-01-01"}, "value_date"),
        ({"amount": "5", "value_date": "yesterday"}, "value_date"),
        ({"amount": "5", "bank_ref": "x" * 65}, "bank_ref"),
        ({"amount": "5", "kind": "sent"}, "operation_id"),
        ({"amount": "5", "kind": "gift"}, "kind"),
    ],
)
async def test_lines_that_cannot_be_name_their_field(db, client, values, field):
    async with db.transaction() as tx:
        maker = await make_finance(tx)
    line = {"kind": "received", "bank_ref": "1", "reference": "x", "counterparty": "y", "amount_currency": USD} | values
    async with client(as_=maker) as http:
        refused = await submit(http, "/finance/bookings", "booking", **line)
    assert refused.status_code == 422
    assert f'id="booking-{field}-error"' in refused.text or field == "operation_id"
    async with db.transaction() as tx:
        assert (await bank.bookings(tx))[1] == 0


async def test_the_proof_is_shown_and_kept(db, client):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        await fund_by_bank(tx, deal.deposit)
        finance = await make_finance(tx)
    async with client(as_=finance) as http:
        page = await http.get("/finance/proof")
        assert "The books are true." in page.text
        assert "USD\u00a0300.00" in page.text
        assert (await submit(http, "/finance/proof", "prove")).status_code == 303
        json = (await http.get("/finance/proof", headers={"accept": "application/json"})).json()
    assert json["holds"]
    assert {i["name"] for i in json["invariants"]} == {
        "entries_balance",
        "balances_are_sums",
        "deals_add_up",
        "owed_is_covered",
        "milestones_match_books",
        "provider_agrees",
        "suspense_is_cases",
    }


async def test_two_people_settle_a_line_that_nobody_asked_for(app, db, client, gateway):
    amount = Money.of("12.00", "USD")
    told = unasked(amount)
    gateway.lines.append(told)
    gateway.balances["USD"] = Balance(amount, Money.zero("USD"))
    async with db.transaction() as tx:
        maker, checker = await make_finance(tx), await make_finance(tx)
    async with client(as_=maker) as http:
        assert "Nothing here" in (await http.get("/finance/reconciliation")).text
        assert (await submit(http, "/finance/reconciliation", "reconcile")).status_code == 303
        await drain(app.state.jobs)
        page = await http.get("/finance/reconciliation")
        assert "The provider's books and ours agree." in unescape(page.text)
        (line,) = (await http.get("/finance/reconciliation", headers={"accept": "application/json"})).json()["lines"]
        answered = await submit(
            http, "/finance/reconciliation", f"answer-{line['id']}", answer="own_funds", reason="a correction"
        )
        assert answered.status_code == 303
        assert "another person decides" in (await http.get("/finance/reconciliation")).text
    async with client(as_=checker) as http:
        approved = await submit(http, "/finance/reconciliation", f"approve-{line['id']}")
        assert approved.status_code == 303
        page = await http.get("/finance/reconciliation?state=settled")
        assert "a correction" in page.text
    async with db.transaction() as tx:
        assert (await proof.proof(tx)).holds
        assert await ledger.balance(tx, chart.OWN_FUNDS, "USD") == amount


async def test_the_statement_is_a_part_of_any_page(app, db):
    part = app.state.templates.get_template("payments/_statement.html")
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        nothing = part.render(statement=await payments.statement(tx, deal.subject), statement_csv="")
        await fund_by_bank(tx, deal.deposit)
        await escrow.release(tx, deal.subject, deal.deposit.id, by=None, reason="goods accepted")
        shown = part.render(
            statement=await payments.statement(tx, deal.subject), statement_csv="/orders/x/statement.csv"
        )
    assert "No money has moved yet" in nothing
    words = ("Paid by the buyer, held", "Released to the supplier", "Fee of the platform", "USD\u00a0295.50")
    assert [word for word in words if word not in shown] == []
    assert 'href="/orders/x/statement.csv"' in shown


async def step_up(db, actor) -> None:
    async with db.transaction() as tx:
        session = (await tx.scalars(select(SessionRow).where(SessionRow.member_id == actor.id))).one()
        session.stepped_up_at = session.created_at


async def test_a_supplier_s_page(app, db, client, gateway):
    async with db.transaction() as tx:
        supplier = await make_company(tx, "Shenzhen Lantern")
        clerk = await make_company(tx, "Clerk", roles=(Role.SALES,))
        deal = await make_deal(tx, supplier=supplier)
        await fund_by_bank(tx, deal.deposit)
        await escrow.release(tx, deal.subject, deal.deposit.id, by=None, reason="goods accepted")
    async with client(as_=clerk) as http:
        assert (await http.get("/payouts")).status_code == 403
    account = {
        "scheme": "cnaps",
        "bank_code": "104584001234",
        "number": "6217001234567890",
        "currency": USD,
        "consent": "true",
    }
    async with client(as_=supplier) as http:
        assert "295.50" in (await http.get("/payouts")).text
        await submit(http, "/payouts", "account", **account)
        async with db.transaction() as tx:
            assert await payouts.bank_accounts(tx, supplier.organisation_id) == []
        await step_up(db, supplier)
        wrong = await submit(http, "/payouts", "account", **(account | {"number": "12"}))
        assert wrong.status_code == 422
        added = await submit(http, "/payouts", "account", **account)
        assert added.status_code == 303
        page = await http.get("/payouts")
        assert "104584001234 ···· 7890" in page.text
        assert "6217001234567890" not in page.text
        rows = (await http.get("/payouts/statement.csv")).content.decode("utf-8-sig").splitlines()
    assert rows[1].endswith("295.50,295.50,USD")
    assert "goods accepted" in rows[1]


async def test_the_whole_number_is_shown_to_finance_alone(app, db, client, gateway):
    from_supplier = {
        "scheme": "cnaps",
        "bank_code": "104584001234",
        "number": "6217001234567890",
        "currency": USD,
        "consent": "true",
    }
    async with db.transaction() as tx:
        supplier, finance = await make_company(tx, "Shenzhen Lantern"), await make_finance(tx)
        deal = await make_deal(tx, supplier=supplier)
        await earn(tx, deal, deal.deposit)
    async with client(as_=supplier) as http:
        await http.get("/payouts")
        await step_up(db, supplier)
        await submit(http, "/payouts", "account", **from_supplier)
        async with db.transaction() as tx:
            (account,) = await payouts.bank_accounts(tx, supplier.organisation_id)
        early = await http.post("/payouts", data={})
        assert early.status_code in {403, 422}
    async with db.transaction() as tx:
        row = await payouts.bank_account(tx, account.id, organisation_id=supplier.organisation_id)
        row.usable_from = row.created_at
    asked = {"amount": "100.00", "amount_currency": USD, "destination": str(account.id)}
    secret = await make_key(db, supplier)
    async with client(key=secret) as http:
        said = {"amount": {"amount_minor": 10000, "currency": USD}, "destination": str(account.id)}
        refused = await http.post("/payouts", json=said)
        assert (refused.status_code, refused.json()["code"]) == (403, "for_people_only")
    clock.advance(minutes=20)
    async with client(as_=supplier) as http:
        stale = await submit(http, "/payouts", "payout", **asked)
        assert "/session/step-up" in stale.text + stale.headers.get("location", "")
        async with db.transaction() as tx:
            assert await operations.waiting_for_bank(tx) == [], "whose session it is must be proven"
            theirs = update(SessionRow).where(SessionRow.member_id == supplier.id)
            await tx.execute(theirs.values(stepped_up_at=clock.now()))
        paid = await submit(http, "/payouts", "payout", **asked)
        assert paid.status_code == 303
        assert "195.50" in (await http.get("/payouts")).text
    async with db.transaction() as tx:
        (due,) = await operations.waiting_for_bank(tx)
    async with client(as_=finance) as http:
        shown = await submit(http, "/finance/bookings", f"look-{due.id}")
        assert "6217001234567890" in shown.text
    async with db.transaction() as tx:
        line = transfer_for(deal.deposit, amount=Money.of("100", USD))
        assert await banking.book_sent(tx, due.id, line, by=finance.member)


async def events(db):
    async with db.transaction() as tx:
        return (await tx.execute(select(func.count()).select_from(WebhookEvent))).scalar_one()


async def test_a_webhook_is_kept_once_and_read_later(app, db, client, gateway, sandboxed):
    deal, operation = await planned(db)
    async with client(as_=deal.buyer) as http:
        await choose(http, f"/payments/{operation.id}", "slow_debit")
        await http.post(f"/payments/{operation.id}/method", data={"method": "slow_debit"})
    async with db.transaction() as tx:
        await escrow.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member, method="slow_debit")
    await drain(app.state.jobs)
    (payment,) = gateway.made(PayIn)
    gateway.finish(payment.id)
    body = f"evt_1|payment_intent.succeeded|pay_in|{payment.id}".encode()
    async with client() as http:
        for _again in range(3):
            told = await http.post("/webhooks/stripe", content=body, headers={"stripe-signature": "good"})
            assert told.status_code == 200
    assert await events(db) == 1
    await drain(app.state.jobs)
    async with db.transaction() as tx:
        assert (await payments.money_position(tx, deal.subject)).held == Money.of("300", USD)


@pytest.mark.parametrize("signature", ["forged", "", "t=1,v1=00"])
async def test_a_forged_webhook_is_refused(db, client, gateway, signature):
    body = b"evt_1|payment_intent.succeeded|pay_in|pi_1"
    async with client() as http:
        told = await http.post("/webhooks/stripe", content=body, headers={"stripe-signature": signature})
    assert told.status_code == 400
    assert await events(db) == 0


async def test_each_visit_to_the_provider_s_own_page_has_a_link_of_its_own(app, db, client, gateway):
    async with db.transaction() as tx:
        supplier = await make_company(tx, "Bremen Lamps", country="DE")
        person = await stepped_up(tx, supplier)
        await accounts.connect(tx, "stripe", gateway.capabilities.countries, by=person.member)
    details = "/payouts/connection/details"
    async with client(as_=supplier) as http:
        assert (await http.get(details)).headers["location"] == "/payouts"  # not opened yet
        await drain(app.state.jobs)
        unproven = await http.get(details)
        assert (unproven.status_code, "step-up" in unproven.text) == (403, True)
        async with db.transaction() as tx:
            await tx.execute(update(SessionRow).values(stepped_up_at=clock.now()))
        assert f'href="{details}"' in (await http.get("/payouts")).text
        links = [(await http.get(details)).headers["location"] for _ in range(2)]
        assert len(set(links)) == 2
        assert all(f"?back=http://test/payouts&again=http://test{details}" in link for link in links)
        gateway.script.append(GatewayBusy("rate limit"))
        later = await http.get(details)
        assert (later.status_code, later.headers["location"]) == (303, "/payouts")
        assert "does not answer" in (await http.get("/payouts")).text
