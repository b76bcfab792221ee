"""Suppliers are paid: from their balance, once, to an account that had time to be noticed."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import text

from app.core import clock, evidence, outbox
from app.core.crypto import Unsealable, Vault
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.core.jobs import JobContext
from app.core.money import Money
from app.core.runner import drain
from app.core.subject import Subject
from payments import jobs, proof, settling
from payments.bank import service as bank
from payments.errors import (
    BankAccountNotFound,
    CoolingOff,
    InsufficientFunds,
    PayoutsStopped,
    RailUnavailable,
    SamePerson,
)
from payments.escrow import service as escrow
from payments.events import PayoutFailed, PayoutSettled
from payments.gateway import Account, Balance, GatewayRefused, GatewayUnknown, PayIn, PayOut, Reversal, Transfer
from payments.holding.models import Holding
from payments.holding.states import HoldingState
from payments.ledger import chart
from payments.ledger.models import ProofRow
from payments.ledger.queries import balance
from payments.operations import queries as operations
from payments.payouts import accounts, numbers, queries, service
from payments.payouts.states import PayoutState
from tests.factories.money import Deal, earn, fund_by_bank, make_deal, make_finance, transfer_for, usd
from tests.factories.people import Actor, make_company, make_member, stepped_up
from tests.fakes import FakeGateway
from tests.jobs.test_payments import told
from tests.sql import connect
from trust.access import NotPermitted, NotVerified, Role
from trust.identity.errors import ForPeopleOnly, StepUpNeeded
from trust.identity.models import MemberRow, Organisation
from trust.risk import holds
from trust.risk.errors import OnHold

CNAPS = numbers.read("cnaps", "104584001234", "6217 0012 3456 7890 123")
NEW = accounts.NewAccount(CNAPS, "USD", "Shenzhen Lantern Co., Ltd.")


@pytest.fixture
def vault() -> Vault:
    return Vault("a secret of this test, long enough for keys")


async def earning(ctx: JobContext, *, country: str = "CN") -> Actor:
    """A supplier with 295.50 dollars to be paid out."""
    async with ctx.db.transaction() as tx:
        supplier = await make_company(tx, "Shenzhen Lantern", country=country)
        deal = await make_deal(tx, supplier=supplier)
        await earn(tx, deal, deal.deposit)
    return supplier


async def with_account(ctx: JobContext, vault: Vault, actor: Actor):
    async with ctx.db.transaction() as tx:
        person = await stepped_up(tx, actor)
        account = await accounts.add_bank_account(tx, vault, NEW, by=person.member)
    clock.advance(days=7, hours=1)
    return account


async def owed(ctx: JobContext, actor: Actor) -> Money:
    async with ctx.db.transaction() as tx:
        assert (await proof.proof(tx)).holds
        return await balance(tx, chart.payable(actor.organisation_id), "USD")


async def request(ctx: JobContext, actor: Actor, amount: str, account=None):
    async with ctx.db.transaction() as tx:
        return await service.request_payout(tx, usd(amount), bank_account_id=account, by=actor.member)


async def last(ctx: JobContext, actor: Actor) -> queries.PayoutView:
    async with ctx.db.transaction() as tx:
        return (await queries.payouts(tx, actor.organisation_id))[0]


async def test_paid_by_bank_transfer(ctx, vault):
    supplier = await earning(ctx)
    account = await with_account(ctx, vault, supplier)
    payout = await request(ctx, supplier, "200", account)
    assert await owed(ctx, supplier) == usd("95.50")
    async with ctx.db.transaction() as tx:
        maker, checker = await make_finance(tx), await make_finance(tx)
        (due,) = await operations.waiting_for_bank(tx)
        whole = await queries.bank_account_of(tx, payout)
        assert accounts.reveal(tx, vault, whole, by=maker.member) == "6217001234567890123"
        deal = await make_deal(tx)
        line = transfer_for(deal.deposit, amount=usd("200"), reference=due.reference)
        booking = await bank.book_sent(tx, due.id, line, by=maker.member)
        await bank.approve(tx, booking, by=checker.member)
        assert await outbox.published(tx, PayoutSettled) == [
            PayoutSettled(supplier.organisation_id, payout, usd("200"))
        ]
        assert await balance(tx, chart.IN_TRANSIT, "USD") == usd("0")
    assert (await last(ctx, supplier)).state == PayoutState.SETTLED
    assert await owed(ctx, supplier) == usd("95.50")


@pytest.mark.parametrize("amount", ["295.51", "1000000"])
async def test_no_more_than_the_balance(ctx, vault, amount):
    supplier = await earning(ctx)
    account = await with_account(ctx, vault, supplier)
    with pytest.raises(InsufficientFunds):
        await request(ctx, supplier, amount, account)
    assert await owed(ctx, supplier) == usd("295.50")


async def test_twenty_requests_of_everything_one_wins(ctx, vault):
    supplier = await earning(ctx)
    account = await with_account(ctx, vault, supplier)

    async def once() -> bool:
        try:
            await request(ctx, supplier, "295.50", account)
        except InsufficientFunds:
            return False
        return True

    assert sum(await asyncio.gather(*(once() for _ in range(20)))) == 1
    assert await owed(ctx, supplier) == usd("0")


async def test_a_new_account_cools_off(ctx, vault):
    supplier = await earning(ctx)
    async with ctx.db.transaction() as tx:
        person = await stepped_up(tx, supplier)
        account = await accounts.add_bank_account(tx, vault, NEW, by=person.member)
    clock.advance(days=6, hours=23)
    with pytest.raises(CoolingOff):
        await request(ctx, supplier, "10", account)
    clock.advance(hours=2)
    await request(ctx, supplier, "10", account)


async def test_an_account_needs_a_fresh_proof_of_who_asks(ctx, vault):
    supplier = await earning(ctx)
    async with ctx.db.transaction() as tx:
        with pytest.raises(ForPeopleOnly):
            await accounts.add_bank_account(tx, vault, NEW, by=supplier.member)
        person = await stepped_up(tx, supplier)
        clock.advance(hours=1)
        with pytest.raises(StepUpNeeded):
            await accounts.add_bank_account(tx, vault, NEW, by=person.member)
        clerk = replace(supplier.member, roles=frozenset({Role.SALES}))
        with pytest.raises(NotPermitted):
            await accounts.add_bank_account(tx, vault, NEW, by=clerk)
        assert await queries.bank_accounts(tx, supplier.organisation_id) == []


async def company_of_two(ctx: JobContext) -> tuple[Actor, Actor]:
    """A supplier with money to be paid out, and a second member who minds it too."""
    supplier = await earning(ctx)
    async with ctx.db.transaction() as tx:
        company = await tx.get_one(Organisation, supplier.organisation_id)
        colleague = await make_member(tx, company, roles=(Role.FINANCE,))
        return await stepped_up(tx, supplier), await stepped_up(tx, colleague)


async def test_a_second_member_confirms_a_new_account(ctx, vault):
    owner, colleague = await company_of_two(ctx)
    async with ctx.db.transaction() as tx:
        account = await accounts.add_bank_account(tx, vault, NEW, by=owner.member)
        with pytest.raises(SamePerson):
            await accounts.confirm_bank_account(tx, account, by=owner.member)
    clock.advance(days=30)
    with pytest.raises(CoolingOff, match="second member"):
        await request(ctx, owner, "10", account)
    async with ctx.db.transaction() as tx:
        fresh = await stepped_up(tx, await another(tx, owner))
        await accounts.confirm_bank_account(tx, account, by=fresh.member)
        with pytest.raises(Conflict):
            await accounts.confirm_bank_account(tx, account, by=fresh.member)
    clock.advance(hours=71)
    with pytest.raises(CoolingOff, match="72 hours"):
        await request(ctx, owner, "10", account)
    clock.advance(hours=2)
    await request(ctx, owner, "10", account)
    assert colleague.organisation_id == owner.organisation_id


async def another(tx, actor: Actor) -> Actor:
    return await make_member(tx, await tx.get_one(Organisation, actor.organisation_id), roles=(Role.FINANCE,))


async def test_the_database_wants_two_members(ctx, vault, urls):
    owner, _colleague = await company_of_two(ctx)
    async with ctx.db.transaction() as tx:
        await accounts.add_bank_account(tx, vault, NEW, by=owner.member)
    boss = await connect(urls.owner)
    with pytest.raises(asyncpg.CheckViolationError, match="second_member"):
        await boss.execute("UPDATE bank_account SET confirmed_by = added_by")
    await boss.close()


async def test_removing_takes_two_and_stops_payouts_meanwhile(ctx, vault):
    owner, colleague = await company_of_two(ctx)
    async with ctx.db.transaction() as tx:
        account = await accounts.add_bank_account(tx, vault, NEW, by=owner.member)
        await accounts.confirm_bank_account(tx, account, by=colleague.member)
    clock.advance(hours=73)
    async with ctx.db.transaction() as tx:
        owner, colleague = (
            await stepped_up(tx, await another(tx, owner)),
            await stepped_up(tx, await another(tx, owner)),
        )
        assert not await accounts.remove_bank_account(tx, account, by=owner.member)
        with pytest.raises(SamePerson):
            await accounts.remove_bank_account(tx, account, by=owner.member)
    with pytest.raises(CoolingOff, match="asked to remove"):
        await request(ctx, colleague, "10", account)
    async with ctx.db.transaction() as tx:
        await accounts.keep_bank_account(tx, account, by=colleague.member)
    await request(ctx, colleague, "10", account)
    async with ctx.db.transaction() as tx:
        await accounts.remove_bank_account(tx, account, by=owner.member)
        assert await accounts.remove_bank_account(tx, account, by=colleague.member)
        assert await queries.bank_accounts(tx, owner.organisation_id) == []
        kinds = [link.kind for link in await evidence.chain(tx, Subject("bank_account", account))]
    assert kinds == [
        f"bank_account.{w}" for w in ("added", "confirmed", "removal_asked", "kept", "removal_asked", "removed")
    ]


@pytest.mark.parametrize("holder", ["Shenzhen Lanterns Ltd", "Wei Lin", "Lantern Shenzhen"])
async def test_an_account_in_another_name_is_refused(ctx, vault, holder):
    supplier = await earning(ctx)
    async with ctx.db.transaction() as tx:
        person = await stepped_up(tx, supplier)
        with pytest.raises(Invalid) as refused:
            await accounts.add_bank_account(tx, vault, replace(NEW, holder=holder), by=person.member)
        assert list(refused.value.errors) == ["holder"]
        assert await queries.bank_accounts(tx, supplier.organisation_id) == []


async def test_a_changed_account_is_told_to_all_without_its_number(ctx, vault):
    supplier = await earning(ctx)
    async with ctx.db.transaction() as tx:
        deal = await make_deal(tx, supplier=supplier)
        gone = await tx.get_one(MemberRow, supplier.id)
        successor = await stepped_up(tx, await another(tx, supplier))
        gone.removed_at = clock.now()
        await tx.flush()
        await accounts.add_bank_account(tx, vault, NEW, by=successor.member)
    await drain(ctx)
    letters = {
        letter.to: letter
        for letter in await ctx.mailer.letters()
        if "account" in letter.subject or "payout" in letter.subject
    }
    assert {supplier.member.email, successor.member.email, deal.buyer.member.email} <= letters.keys()
    told = letters[deal.buyer.member.email]
    assert "never asks you to pay anywhere else" in told.text
    assert not any(CNAPS.number[-4:] in letter.text for letter in (told,))


async def test_the_number_is_sealed_to_its_row(ctx, vault):
    supplier = await earning(ctx)
    account = await with_account(ctx, vault, supplier)
    async with ctx.db.transaction() as tx:
        row = await queries.bank_account(tx, account, organisation_id=supplier.organisation_id)
        assert b"6217001234567890123" not in row.sealed
        assert row.masked == "104584001234 ···· 0123"
        assert row.holder == "Shenzhen Lantern Co., Ltd."
        with pytest.raises(Unsealable):
            vault.open(row.sealed, "bank_account:number:other")


@pytest.mark.parametrize(
    ("scheme", "code", "number", "field"),
    [
        ("iban", "COBADEFFXXX", "DE89370400440532013001", "number"),
        ("iban", "COBADE", "DE89370400440532013000", "bank_code"),
        ("iban", "BNPAFRPPXXX", "DE89370400440532013000", "bank_code"),
        ("cnaps", "10458400123", "621700123456789", "bank_code"),
        ("cnaps", "104584001234", "12345", "number"),
        ("cnaps", "104584001234", "62170012345678９", "number"),
    ],
)
def test_numbers_that_cannot_be(scheme, code, number, field):
    with pytest.raises(Invalid) as refused:
        numbers.read(scheme, code, number)
    assert list(refused.value.errors) == [field]


async def test_somebody_else_s_account_is_not_there(ctx, vault):
    supplier, other = await earning(ctx), await earning(ctx)
    account = await with_account(ctx, vault, other)
    with pytest.raises(BankAccountNotFound):
        await request(ctx, supplier, "10", account)
    with pytest.raises(BankAccountNotFound):
        await request(ctx, supplier, "10", None)


async def test_unverified_suppliers_and_odd_amounts(ctx, vault):
    supplier = await earning(ctx)
    account = await with_account(ctx, vault, supplier)
    with pytest.raises(NotVerified):
        await request(ctx, Actor(replace(supplier.member, level=1)), "10", account)
    for amount in ("0", "-5"):
        with pytest.raises(Invalid):
            await request(ctx, supplier, amount, account)
    async with ctx.db.transaction() as tx:
        euros = Money.of("1", "EUR")
        with pytest.raises(Invalid, match="currency"):
            await service.request_payout(tx, euros, bank_account_id=account, by=supplier.member)


async def test_a_failed_proof_stops_payouts_until_one_holds(ctx, vault):
    supplier = await earning(ctx)
    account = await with_account(ctx, vault, supplier)
    async with ctx.db.transaction() as tx:
        tx.add(ProofRow(holds=False, invariants=[], at=clock.now()))
    with pytest.raises(PayoutsStopped):
        await request(ctx, supplier, "10", account)
    await jobs.prove_books(ctx)
    await request(ctx, supplier, "10", account)


async def connected(ctx: JobContext, gateway: FakeGateway) -> Actor:
    """A German supplier with an account at the provider that may be paid."""
    supplier = await earning(ctx, country="DE")
    async with ctx.db.transaction() as tx:
        supplier = await stepped_up(tx, supplier)
        await accounts.connect(tx, "stripe", gateway.capabilities.countries, by=supplier.member)
    await drain(ctx)
    account = gateway.made(Account)[0]
    async with ctx.db.transaction() as tx:
        seen = await queries.connected(tx, supplier.organisation_id)
    assert seen is not None
    assert (seen.provider_ref, seen.usable, seen.missing) == (account.id, False, ("external_account",))
    gateway.change(account.id, can_receive=True, can_pay_out=True, missing=())
    await told(ctx, gateway, "evt_account", account.id, kind="account")
    return supplier


async def test_paid_over_the_provider(ctx, gateway):
    supplier = await connected(ctx, gateway)
    await request(ctx, supplier, "200")
    await drain(ctx)
    assert (await last(ctx, supplier)).state == PayoutState.TRANSFERRED
    assert [t.amount for t in gateway.made(Transfer)] == [usd("200")]
    paid = gateway.made(PayOut)[0]
    gateway.finish(paid.id)
    await told(ctx, gateway, "evt_1", paid.id, kind="pay_out")
    await told(ctx, gateway, "evt_2", paid.id, kind="pay_out")
    assert (await last(ctx, supplier)).state == PayoutState.SETTLED
    assert await owed(ctx, supplier) == usd("95.50")


async def test_a_lost_answer_transfers_once(ctx, gateway):
    supplier = await connected(ctx, gateway)
    gateway.script.append(("lost", GatewayUnknown("no answer")))
    await request(ctx, supplier, "200")
    await drain(ctx)
    clock.advance(minutes=1)
    await drain(ctx)
    assert len(gateway.made(Transfer)) == 1
    assert (await last(ctx, supplier)).state == PayoutState.TRANSFERRED


async def test_a_refused_transfer_gives_the_balance_back(ctx, gateway):
    supplier = await connected(ctx, gateway)
    gateway.script.append(GatewayRefused("balance_insufficient"))
    payout = await request(ctx, supplier, "200")
    assert await owed(ctx, supplier) == usd("95.50")
    await drain(ctx)
    assert await owed(ctx, supplier) == usd("295.50")
    failed = await last(ctx, supplier)
    assert (failed.state, failed.failure) == (PayoutState.FAILED, "balance_insufficient")
    async with ctx.db.transaction() as tx:
        events = await outbox.published(tx, PayoutFailed)
    assert events == [PayoutFailed(supplier.organisation_id, payout, usd("200"), "balance_insufficient")]


async def test_a_payout_that_the_bank_refuses_comes_back(ctx, gateway):
    supplier = await connected(ctx, gateway)
    await request(ctx, supplier, "200")
    await drain(ctx)
    paid = gateway.made(PayOut)[0]
    gateway.finish(paid.id, failure="account_closed")
    await told(ctx, gateway, "evt_1", paid.id, kind="pay_out")
    assert await owed(ctx, supplier) == usd("95.50")
    await drain(ctx)
    assert [r.amount for r in gateway.made(Reversal)] == [usd("200")]
    assert await owed(ctx, supplier) == usd("295.50")
    assert (await last(ctx, supplier)).failure == "account_closed"


async def released(ctx: JobContext, supplier: Actor, *, card: bool = True) -> Deal:
    """Another deal of which 295.50 were released; paid by card, or by bank transfer."""
    async with ctx.db.transaction() as tx:
        deal = await make_deal(tx, supplier=supplier)
        if card:
            await escrow.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member, method="card")
        else:
            await fund_by_bank(tx, deal.deposit)
    await drain(ctx)
    async with ctx.db.transaction() as tx:
        await escrow.release(tx, deal.subject, deal.deposit.id, by=None, reason="accepted")
    clock.advance(seconds=1)
    return deal


def sent(gateway: FakeGateway) -> list[tuple[Money, str, str]]:
    return [(made.amount, made.group, gateway.sources[made.id]) for made in gateway.made(Transfer)]


async def test_each_transfer_names_the_charge_its_money_came_from(ctx, gateway):
    """The oldest release first, never more than is left of it; what came by bank has no charge behind it."""
    supplier = await connected(ctx, gateway)  # 295.50 came by bank
    first, second = await released(ctx, supplier), await released(ctx, supplier)
    one, two = (f"charge_of_{paid.id}" for paid in gateway.made(PayIn))
    await request(ctx, supplier, "200")
    await drain(ctx)
    assert sent(gateway) == [(usd("200"), str(first.subject), one)]
    await request(ctx, supplier, "500")
    await drain(ctx)
    assert sent(gateway)[1:] == [
        (usd("95.50"), str(first.subject), one),
        (usd("295.50"), str(second.subject), two),
        (usd("109"), f"organisation:{supplier.organisation_id}", ""),
    ]
    assert [made.amount for made in gateway.made(PayOut)] == [usd("200"), usd("500")]
    assert await owed(ctx, supplier) == usd("186.50")


async def test_every_transfer_of_a_refused_payout_comes_back_and_may_go_again(ctx, gateway):
    supplier = await connected(ctx, gateway)
    await released(ctx, supplier)
    await request(ctx, supplier, "400")
    await drain(ctx)
    before = sent(gateway)
    assert [amount for amount, _group, _source in before] == [usd("295.50"), usd("104.50")]
    paid = gateway.made(PayOut)[0]
    gateway.finish(paid.id, failure="account_closed")
    await told(ctx, gateway, "evt_1", paid.id, kind="pay_out")
    await drain(ctx)
    back = {made.transfer_id: made.amount for made in gateway.made(Reversal)}
    assert back == {made.id: made.amount for made in gateway.made(Transfer)}
    assert await owed(ctx, supplier) == usd("591")
    assert (await last(ctx, supplier)).state == PayoutState.FAILED
    await request(ctx, supplier, "400")
    await drain(ctx)
    assert sent(gateway)[2:] == before


async def test_a_transfer_refused_halfway_takes_the_others_back(ctx, gateway):
    supplier = await connected(ctx, gateway)
    await released(ctx, supplier)
    gateway.script.extend([None, GatewayRefused("balance_insufficient")])
    await request(ctx, supplier, "400")
    await drain(ctx)
    assert [made.amount for made in gateway.made(Reversal)] == [usd("295.50")]
    assert gateway.made(PayOut) == []
    assert await owed(ctx, supplier) == usd("591")
    failed = await last(ctx, supplier)
    assert (failed.state, failed.failure) == (PayoutState.FAILED, "balance_insufficient")


async def test_a_transfer_that_was_given_up_and_happened_is_taken_back(ctx, gateway):
    supplier = await connected(ctx, gateway)
    gateway.script.append(("lost", GatewayUnknown("no answer")))
    await request(ctx, supplier, "200")
    await drain(ctx)
    (made,) = gateway.made(Transfer)
    async with ctx.db.transaction() as tx:
        operation = (await operations.operations(tx))[0][0]
        await settling.refused(tx, operation.id, "given up by hand")
    assert await owed(ctx, supplier) == usd("295.50")
    await told(ctx, gateway, "evt_1", made.id, kind="transfer")
    await drain(ctx)
    assert [back.transfer_id for back in gateway.made(Reversal)] == [made.id]
    assert await owed(ctx, supplier) == usd("295.50")


async def test_a_pay_out_waits_until_the_money_is_available_there(ctx, gateway):
    supplier = await connected(ctx, gateway)
    await released(ctx, supplier)
    gateway.balances = {"USD": Balance(usd("0"), usd("295.50"))}
    await request(ctx, supplier, "295.50")
    await drain(ctx)
    assert gateway.made(PayOut) == []
    assert (await last(ctx, supplier)).state == PayoutState.TRANSFERRED
    clock.advance(hours=30)
    await drain(ctx)
    assert gateway.made(PayOut) == []
    gateway.balances = {"USD": Balance(usd("295.50"), usd("0"))}
    clock.advance(hours=1)
    await drain(ctx)
    assert [made.amount for made in gateway.made(PayOut)] == [usd("295.50")]


async def test_money_that_left_the_provider_is_not_transferred_from_its_charge(ctx, gateway):
    supplier = await connected(ctx, gateway)
    await released(ctx, supplier)
    async with ctx.db.transaction() as tx:
        paid = next(row for row in (await operations.operations(tx))[0] if row.kind == "pay_in")
        tx.add(
            Holding(
                operation_id=paid.id, milestone_id=paid.part_id, state=HoldingState.MOVED, ends_at=clock.now(), note=""
            )
        )
    await request(ctx, supplier, "100")
    await drain(ctx)
    assert sent(gateway) == [(usd("100"), f"organisation:{supplier.organisation_id}", "")]


async def test_what_is_not_declared_is_neither_transferred_nor_taken_back(ctx, gateway):
    supplier = await connected(ctx, gateway)
    can = gateway.capabilities
    gateway.capabilities = replace(can, currencies=frozenset({"EUR"}))
    await request(ctx, supplier, "200")
    await drain(ctx)
    assert gateway.made(Transfer) == []
    failed = await last(ctx, supplier)
    assert (failed.state, failed.failure) == (PayoutState.FAILED, "amount_unsupported")
    assert await owed(ctx, supplier) == usd("295.50")
    gateway.capabilities = replace(can, reversal=False)
    await request(ctx, supplier, "200")
    await drain(ctx)
    paid = gateway.made(PayOut)[0]
    gateway.finish(paid.id, failure="account_closed")
    await told(ctx, gateway, "evt_1", paid.id, kind="pay_out")
    await drain(ctx)
    assert gateway.made(Reversal) == []
    assert (await last(ctx, supplier)).state == PayoutState.RETURNING  # the money is still there: for people
    async with ctx.db.transaction() as tx:
        stuck = (await operations.operations(tx))[0][0]
    assert (stuck.kind, stuck.last_error) == ("reversal", "reversal_unsupported")


async def test_a_payout_that_was_called_paid_and_failed_after_all(ctx, gateway):
    supplier = await connected(ctx, gateway)
    await request(ctx, supplier, "295.50")
    await drain(ctx)
    paid = gateway.made(PayOut)[0]
    gateway.finish(paid.id)
    await told(ctx, gateway, "evt_1", paid.id, kind="pay_out")
    assert (await last(ctx, supplier)).state == PayoutState.SETTLED
    gateway.finish(paid.id, failure="account_closed")
    for event in ("evt_2", "evt_3"):
        await told(ctx, gateway, event, paid.id, kind="pay_out")
        await drain(ctx)
    assert [r.amount for r in gateway.made(Reversal)] == [usd("295.50")]
    assert await owed(ctx, supplier) == usd("295.50")
    after = await last(ctx, supplier)
    assert (after.state, after.failure) == (PayoutState.FAILED, "account_closed")
    async with ctx.db.transaction() as tx:
        assert await balance(tx, chart.IN_TRANSIT, "USD") == usd("0")


async def test_a_country_that_the_provider_does_not_pay_to(ctx, gateway):
    supplier = await earning(ctx, country="CN")
    async with ctx.db.transaction() as tx:
        with pytest.raises(RailUnavailable):
            await accounts.connect(tx, "stripe", gateway.capabilities.countries, by=supplier.member)
        assert await queries.connected(tx, supplier.organisation_id) is None


async def test_an_account_at_the_provider_is_opened_by_who_has_just_proven_it(ctx, gateway):
    supplier = await earning(ctx, country="DE")
    for member in (supplier.member, replace(supplier.member, session_id=new_id())):
        async with ctx.db.transaction() as tx:
            with pytest.raises((ForPeopleOnly, StepUpNeeded)):
                await accounts.connect(tx, "stripe", gateway.capabilities.countries, by=member)
            assert await queries.connected(tx, supplier.organisation_id) is None


async def test_another_way_to_be_paid_holds_what_was_earned(ctx, gateway, vault):
    """The first account is no change, at a bank or at the provider; each next one is, also where no deal is open."""
    iban = accounts.NewAccount(numbers.read("iban", "DEUTDEFF", "DE89 3704 0044 0532 0130 00"), "USD", NEW.holder)
    supplier = await connected(ctx, gateway)
    async with ctx.db.transaction(read_only=True) as tx:
        assert await holds.standing(tx, holds.payouts_of(supplier.organisation_id)) == []
    async with ctx.db.transaction() as tx:
        await accounts.add_bank_account(tx, vault, iban, by=(await stepped_up(tx, supplier)).member)
    async with ctx.db.transaction(read_only=True) as tx:
        [held] = await holds.standing(tx, holds.payouts_of(supplier.organisation_id))
    assert timedelta(hours=71) < held.until - clock.now() <= timedelta(hours=72)
    with pytest.raises(OnHold):
        await request(ctx, supplier, "10")


async def test_a_provider_s_account_beside_the_bank_s_holds_payouts_and_is_told(ctx, gateway, vault):
    async with ctx.db.transaction() as tx:
        supplier = await make_company(tx, "Shenzhen Lantern", country="DE")
        supplier = await stepped_up(tx, supplier)
        await accounts.add_bank_account(tx, vault, NEW, by=supplier.member)
    clock.advance(days=30)
    async with ctx.db.transaction() as tx:
        supplier = await stepped_up(tx, supplier)
        await accounts.connect(tx, "stripe", gateway.capabilities.countries, by=supplier.member)
    async with ctx.db.transaction(read_only=True) as tx:
        assert len(await holds.standing(tx, holds.payouts_of(supplier.organisation_id))) == 1
        told = text("SELECT arguments ->> 'template' FROM job WHERE name LIKE 'app.core.post%'")
        assert "provider_account_opened" in set(await tx.scalars(told))


async def test_opening_an_account_twice_opens_one(ctx, gateway):
    supplier = await connected(ctx, gateway)
    async with ctx.db.transaction() as tx:
        await accounts.connect(tx, "stripe", gateway.capabilities.countries, by=supplier.member)
    await drain(ctx)
    assert len(gateway.made(Account)) == 1
