"""Changing money: each currency balances, the rate is kept, the position closes; payouts in another currency."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from app.core import clock
from app.core.crypto import Vault
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.core.money import Money
from app.core.rates import Rate, RateMissing
from payments import proof, settling
from payments.bank import service as bank
from payments.cases import options
from payments.cases import queries as cases
from payments.cases import service as deciding
from payments.cases.service import Proposal
from payments.cases.states import Action, CaseState
from payments.errors import CoolingOff, InsufficientFunds, PayoutNotFound, SamePerson, WrongAmount
from payments.ledger import chart, fx
from payments.ledger.models import JournalEntry
from payments.ledger.queries import balance
from payments.ledger.service import debit
from payments.operations import queries as operations
from payments.operations.states import OperationMove
from payments.payouts import accounts, exchange, queries
from payments.payouts import service as payouts
from payments.payouts.accounts import NewAccount
from payments.payouts.states import PayoutState
from tests.factories.money import earn, make_deal, make_finance, transfer_for, usd
from tests.factories.people import Actor, make_company, stepped_up
from tests.factories.rates import load_today
from tests.factories.statements import Entry, send_in, statement
from tests.factories.world import CNAPS
from tests.forms import submit
from trust.access import Member, NotPermitted, Role
from trust.identity.models import SessionRow

ZONE = "Asia/Shanghai"
RATE = Rate("USD", "CNY", Decimal("6.652882205513784"), date(2026, 10, 30), "ECB")


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


async def earning(tx) -> Actor:
    """A supplier with 985 dollars to be paid out."""
    supplier = await make_company(tx, "Shenzhen Lantern")
    deal = await make_deal(tx, supplier=supplier)
    for milestone in deal.escrow.milestones:
        await earn(tx, deal, milestone)
    return supplier


def sale(supplier: Actor, sold: Money, bought: Money, key: str = "one") -> fx.Exchange:
    return fx.Exchange(
        key=key,
        kind="exchange_pay_out",
        source=chart.payable(supplier.organisation_id),
        sold=sold,
        target=chart.IN_TRANSIT,
        bought=bought,
        rate=RATE,
        reason="asked",
        actor=None,
    )


async def test_an_exchange_balances_in_both_currencies_and_keeps_its_rate(db):
    async with db.transaction() as tx:
        supplier = await earning(tx)
        await fx.exchange(tx, sale(supplier, usd("100"), cny("665.29")))
        assert await balance(tx, chart.payable(supplier.organisation_id), "USD") == usd("885")
        assert await balance(tx, chart.IN_TRANSIT, "CNY") == cny("665.29")
        assert await fx.position(tx, "USD", "CNY") == fx.Position(usd("100"), cny("665.29"))
        facts = (await tx.scalars(select(JournalEntry.facts).where(JournalEntry.key == "one"))).one()
        assert {k: facts[k] for k in ("base", "quote", "rate", "day", "source")} == {
            "base": "USD", "quote": "CNY", "rate": "6.652882205513784", "day": "2026-10-30", "source": "ECB",
        }  # fmt: skip
        assert facts["time"]
        made = await proof.proof(tx)
        assert made.holds
        [covered] = [i for i in made.invariants if i["name"] == "owed_is_covered"]
        assert {f["currency"]: f["open_fx"] for f in covered["figures"]} == {"USD": -10000, "CNY": 66529}


@pytest.mark.parametrize(
    ("sold", "bought"),
    [("100", "665.30"), ("100", "665.28"), ("0", "0")],
)
def test_an_exchange_is_what_its_rate_makes_of_it(sold, bought):
    nobody = Actor(Member(new_id(), new_id(), "", "", "", "CN", 2, frozenset()))
    with pytest.raises(ValueError, match=r"exchange|is not"):
        sale(nobody, usd(sold), cny(bought))


async def test_more_than_there_is_cannot_be_sold(db):
    async with db.transaction() as tx:
        supplier = await earning(tx)
    with pytest.raises(InsufficientFunds):
        async with db.transaction() as tx:
            await fx.exchange(tx, sale(supplier, usd("1000"), cny("6652.88")))


@pytest.mark.parametrize(("paid", "lost"), [("100.20", "0.20"), ("99.50", "-0.50"), ("100", "0")])
async def test_the_bank_s_change_closes_the_position_with_a_gain_or_a_loss(db, paid, lost):
    async with db.transaction() as tx:
        supplier = await earning(tx)
        await fx.exchange(tx, sale(supplier, usd("100"), cny("665.29")))
        await fx.settle(tx, "settled", usd(paid), cny("665.29"), actor=None, reference="FX 1")
        assert await fx.position(tx, "USD", "CNY") == fx.Position(usd("0"), cny("0"))
        assert await balance(tx, chart.FX_GAIN_LOSS, "USD") == usd(lost)
        assert await balance(tx, chart.bank("main"), "CNY") == cny("665.29")
        assert (await proof.proof(tx)).holds


@pytest.mark.parametrize(
    ("paid", "bought", "left", "gain_loss"),
    [
        ("50", "332.64", ("50.00", "332.65"), ("0", "0")),  # half of it, to the unit
        ("40", "300.00", ("54.91", "365.29"), ("-5.09", "0")),
        ("100", "670.29", ("0", "0"), ("0", "-5.00")),  # all that was taken brought more than was promised
    ],
)
async def test_a_part_closes_in_proportion_and_more_is_a_gain(db, paid, bought, left, gain_loss):
    async with db.transaction() as tx:
        supplier = await earning(tx)
        await fx.exchange(tx, sale(supplier, usd("100"), cny("665.29")))
        await fx.settle(tx, "settled", usd(paid), cny(bought), actor=None, reference="FX 1")
        open_ = await fx.position(tx, "USD", "CNY")
        assert abs(open_.sold.minor - usd(left[0]).minor) <= 1
        assert abs(open_.bought.minor - cny(left[1]).minor) <= 1
        told = [await balance(tx, chart.FX_GAIN_LOSS, code) for code in ("USD", "CNY")]
        assert abs(told[0].minor - usd(gain_loss[0]).minor) <= 1
        assert told[1] == cny(gain_loss[1])
        assert (await proof.proof(tx)).holds


@pytest.mark.parametrize(("paid", "bought"), [("101", "700"), ("0", "1"), ("1", "0")])
async def test_no_more_is_closed_than_is_open(db, paid, bought):
    async with db.transaction() as tx:
        supplier = await earning(tx)
        await fx.exchange(tx, sale(supplier, usd("100"), cny("665.29")))
        with pytest.raises(WrongAmount):
            await fx.settle(tx, "s", usd(paid), cny(bought), actor=None, reference="FX 1")
        with pytest.raises(WrongAmount):
            await fx.settle(tx, "s", cny("1"), usd("1"), actor=None, reference="FX 1")


async def test_two_people_settle_it_from_the_bank_s_two_lines(ctx):
    """What the bank really gave: a debit in one currency, a credit in the other; the books' open figure is zero."""
    db = ctx.db
    vault = ctx.settings.vault
    async with db.transaction() as tx:
        supplier, finance, checker = await earning(tx), await make_finance(tx), await make_finance(tx)
        await fx.exchange(tx, sale(supplier, usd("100"), cny("665.29")))
    await send_in(ctx, statement(Entry(-usd("100.20"), name="FX desk", text="FX 1")), finance)
    bought = Entry(cny("665.29"), name="FX desk", text="FX 1")
    await send_in(ctx, statement(bought, currency="CNY"), finance)
    async with db.transaction() as tx:
        (came, left), _total = await cases.cases(tx, states=[CaseState.OPEN])
        assert (left.held, came.held) == (-usd("100.20"), cny("665.29"))
        around = await options.surroundings(tx, left)
        assert Action.EXCHANGED in around.actions
        assert [other.id for other in around.other_side] == [came.id]
        wanted = Proposal(action=Action.EXCHANGED, reason="FX 1", others=(came.id,))
        decision = await deciding.propose(tx, vault, left.id, wanted, by=finance.member)
        with pytest.raises(SamePerson):
            await deciding.approve(tx, decision, by=finance.member)
    async with db.transaction() as tx:
        await deciding.approve(tx, decision, by=checker.member)
        assert await fx.open_positions(tx) == []
        assert await balance(tx, chart.FX_GAIN_LOSS, "USD") == usd("0.20")
        assert await balance(tx, chart.bank("main"), "CNY") == cny("665.29")
        made = await proof.proof(tx)
        assert made.holds
        [covered] = [i for i in made.invariants if i["name"] == "owed_is_covered"]
        assert {f["open_fx"] for f in covered["figures"]} == {0}
        assert (await cases.cases(tx, states=[CaseState.OPEN]))[1] == 0


async def test_a_pair_of_which_nothing_is_open_is_no_exchange(ctx):
    vault = ctx.settings.vault
    async with ctx.db.transaction() as tx:
        finance = await make_finance(tx)
    await send_in(ctx, statement(Entry(-usd("7"), name="?")), finance)
    await send_in(ctx, statement(Entry(cny("50"), name="?"), currency="CNY"), finance)
    async with ctx.db.transaction() as tx:
        (came, left), _total = await cases.cases(tx, states=[CaseState.OPEN])
        assert Action.EXCHANGED not in (await options.surroundings(tx, left)).actions
        for others, refusal in (((came.id,), WrongAmount), ((), Invalid)):
            wanted = Proposal(action=Action.EXCHANGED, reason="FX", others=others)
            with pytest.raises(refusal):
                await deciding.propose(tx, vault, left.id, wanted, by=finance.member)


@pytest.fixture
def vault() -> Vault:
    return Vault("a secret of this test, long enough for keys")


async def with_yuan_account(tx, vault: Vault, supplier: Actor):
    person = await stepped_up(tx, supplier)
    account = await accounts.add_bank_account(
        tx, vault, NewAccount(CNAPS, "CNY", supplier.member.organisation_name), by=person.member
    )
    row = await queries.bank_account(tx, account, organisation_id=supplier.organisation_id)
    row.confirmed_at, row.usable_from = clock.now(), clock.now() - timedelta(hours=1)
    await tx.flush()
    return account


async def test_a_supplier_is_paid_in_yuan_what_it_earned_in_dollars(db, vault):
    async with db.transaction() as tx:
        supplier, finance, checker = await earning(tx), await make_finance(tx), await make_finance(tx)
        account = await with_yuan_account(tx, vault, supplier)
        await load_today(tx, clock.now().date())
        quote = await exchange.quote(tx, usd("300"), account, zone=ZONE, by=supplier.member)
        seen = await exchange.quote_view(tx, quote, by=supplier.member)
        assert (seen.bought, seen.rate.source) == (cny("1995.86"), "ECB")
        assert await balance(tx, chart.payable(supplier.organisation_id), "USD") == usd("985"), "nothing moved yet"
        payout = await exchange.confirm(tx, quote, by=supplier.member)
        assert await exchange.confirm(tx, quote, by=supplier.member) == payout, "asked twice, paid once"
        assert await balance(tx, chart.payable(supplier.organisation_id), "USD") == usd("685")
        [due] = await operations.waiting_for_bank(tx)
        assert due.amount == cny("1995.86")
        line = transfer_for((await make_deal(tx)).deposit, amount=due.amount, reference=due.reference)
        booking = await bank.book_sent(tx, due.id, line, by=finance.member)
        await bank.approve(tx, booking, by=checker.member)
        [row] = await queries.payouts(tx, supplier.organisation_id)
        assert (row.state, row.amount) == (PayoutState.SETTLED, cny("1995.86"))
        assert await balance(tx, chart.IN_TRANSIT, "CNY") == cny("0")
        assert (await proof.proof(tx)).holds


@pytest.mark.parametrize("sent", [False, True], ids=["refused at once", "sent and returned"])
async def test_what_the_bank_refuses_comes_back_as_it_left(db, vault, sent):
    """The supplier has the yuan that were on their way; the exchange it agreed to stands, no gain or loss is booked."""
    async with db.transaction() as tx:
        supplier = await earning(tx)
        account = await with_yuan_account(tx, vault, supplier)
        await load_today(tx, clock.now().date())
        quote = await exchange.quote(tx, usd("300"), account, zone=ZONE, by=supplier.member)
        await exchange.confirm(tx, quote, by=supplier.member)
        before = await fx.position(tx, "USD", "CNY")
        [due] = await operations.waiting_for_bank(tx)
        operation = await settling.locked(tx, due.id)
        operation.move(OperationMove.SEND, by=None)
        if sent:
            await settling.confirm(tx, operation, received=due.amount)
            back = [debit(chart.bank("main"), due.amount)]
            assert await settling.bounce(tx, operation, "account closed", back)
        else:
            await settling.fail(tx, operation, "account closed")
        owner = chart.payable(supplier.organisation_id)
        assert await balance(tx, owner, "CNY") == cny("1995.86")
        assert await balance(tx, owner, "USD") == usd("685")
        assert await balance(tx, chart.IN_TRANSIT, "CNY") == cny("0")
        assert await fx.position(tx, "USD", "CNY") == before
        for currency in ("USD", "CNY"):
            assert not await balance(tx, chart.FX_GAIN_LOSS, currency)
        assert (await proof.proof(tx)).holds
        again = await payouts.request_payout(tx, cny("1995.86"), bank_account_id=account, by=supplier.member)
        assert again
        assert await balance(tx, owner, "CNY") == cny("0")


async def test_a_quote_is_of_its_day_and_of_its_company(db, vault):
    async with db.transaction() as tx:
        supplier, stranger = await earning(tx), await make_company(tx, "Stranger")
        sales = Actor(replace(supplier.member, roles=frozenset({Role.SALES})))
        account = await with_yuan_account(tx, vault, supplier)
        with pytest.raises(RateMissing):
            await exchange.quote(tx, usd("1"), account, zone=ZONE, by=supplier.member)
        await load_today(tx, clock.now().date())
        with pytest.raises(Invalid):
            await exchange.quote(tx, usd("985.01"), account, zone=ZONE, by=supplier.member)
        with pytest.raises(Invalid):
            await exchange.quote(tx, cny("1"), account, zone=ZONE, by=supplier.member)
        with pytest.raises(NotPermitted):
            await exchange.quote(tx, usd("1"), account, zone=ZONE, by=sales.member)
        quote = await exchange.quote(tx, usd("1"), account, zone=ZONE, by=supplier.member)
        with pytest.raises(PayoutNotFound):
            await exchange.confirm(tx, quote, by=stranger.member)
    clock.advance(hours=24)
    async with db.transaction() as tx:
        with pytest.raises(Conflict):
            await exchange.confirm(tx, quote, by=supplier.member)


async def test_a_new_account_waits_for_its_72_hours_in_any_currency(db, vault):
    async with db.transaction() as tx:
        supplier = await earning(tx)
        await load_today(tx, clock.now().date())
        person = await stepped_up(tx, supplier)
        new = NewAccount(CNAPS, "CNY", person.member.organisation_name)
        account = await accounts.add_bank_account(tx, vault, new, by=person.member)
        quote = await exchange.quote(tx, usd("1"), account, zone=ZONE, by=supplier.member)
        with pytest.raises(CoolingOff):
            await exchange.confirm(tx, quote, by=supplier.member)


async def test_from_the_page(app, db, client):
    async with db.transaction() as tx:
        supplier = await earning(tx)
        account = await with_yuan_account(tx, app.state.vault, supplier)
        await load_today(tx, clock.now().date())
    async with client(as_=supplier) as http:
        asked = await submit(
            http, "/payouts", "quote", amount="300", amount_currency="USD", bank_account_id=str(account)
        )
        shown = (await http.get(asked.headers["location"])).text.replace("\u00a0", " ")
        assert "CNY 1,995.86" in shown
        assert "1 USD = 6.65288 CNY" in shown
        unproven = await submit(http, asked.headers["location"], "confirm")
        assert "/session/step-up" in unproven.text + unproven.headers.get("location", "")
        async with db.transaction() as tx:
            theirs = update(SessionRow).where(SessionRow.member_id == supplier.id)
            await tx.execute(theirs.values(stepped_up_at=clock.now()))
        assert (await submit(http, asked.headers["location"], "confirm")).headers["location"] == "/payouts"
        page = (await http.get("/payouts")).text.replace("\u00a0", " ")
        assert "USD 685.00" in page
        assert "CNY 1,995.86" in page
        assert "you agreed" in (await http.get(asked.headers["location"])).text.lower()
