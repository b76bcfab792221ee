"""Suppliers are paid: from their balance, once, to an account that had time to be noticed."""

import asyncio
from dataclasses import replace

import pytest

from app.core import clock, outbox
from app.core.crypto import Unsealable, Vault
from app.core.errors import Invalid
from app.core.jobs import JobContext
from app.core.money import Money
from app.core.runner import drain
from payments import jobs, proof
from payments.bank import service as bank
from payments.errors import BankAccountNotFound, CoolingOff, InsufficientFunds, PayoutsStopped, RailUnavailable
from payments.escrow import service as escrow
from payments.events import PayoutFailed, PayoutSettled
from payments.gateway import Account, GatewayRefused, GatewayUnknown, PayOut, Reversal, Transfer
from payments.ledger import chart
from payments.ledger.models import ProofRow
from payments.ledger.queries import balance
from payments.operations import queries as operations
from payments.payouts import accounts, numbers, queries, service
from payments.payouts.states import PayoutState
from tests.factories.money import fund_by_bank, make_deal, make_finance, transfer_for
from tests.factories.people import Actor, make_company
from tests.fakes import FakeGateway
from tests.jobs.test_payments import told
from trust.access import NotPermitted, NotVerified, Role
from trust.identity.errors import ForPeopleOnly, StepUpNeeded
from trust.identity.models import SessionRow

CNAPS = numbers.read("cnaps", "104584001234", "6217 0012 3456 7890 123")


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
def ctx(ctx: JobContext, gateway: FakeGateway) -> JobContext:
    return replace(ctx, gateway=gateway)


@pytest.fixture
def vault() -> Vault:
    return Vault("a secret of this test, long enough for keys")


async def earning(ctx: JobContext, *, country: str = "CN") -> Actor:
    """A supplier with 295.50 dollars to be paid out."""
    async with ctx.db.transaction() as tx:
        supplier = await make_company(tx, "Shenzhen Lantern", country=country)
        deal = await make_deal(tx, supplier=supplier)
        await fund_by_bank(tx, deal.deposit)
        await escrow.release(tx, deal.subject, deal.deposit.id, by=None, reason="accepted")
    return supplier


async def stepped_up(tx, actor: Actor) -> Actor:
    now = clock.now()
    row = SessionRow(member_id=actor.id, mark=actor.id.bytes * 2, expires_at=now, stepped_up_at=now)
    tx.add(row)
    await tx.flush()
    return Actor(replace(actor.member, session_id=row.id))


async def with_account(ctx: JobContext, vault: Vault, actor: Actor):
    async with ctx.db.transaction() as tx:
        person = await stepped_up(tx, actor)
        account = await accounts.add_bank_account(tx, vault, CNAPS, "USD", by=person.member)
    clock.advance(hours=73)
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
        account = await accounts.add_bank_account(tx, vault, CNAPS, "USD", by=person.member)
    clock.advance(hours=71)
    with pytest.raises(CoolingOff):
        await request(ctx, supplier, "10", account)
    clock.advance(hours=2)
    await request(ctx, supplier, "10", account)


async def test_an_account_needs_a_fresh_proof_of_who_asks(ctx, vault):
    supplier = await earning(ctx)
    async with ctx.db.transaction() as tx:
        with pytest.raises(ForPeopleOnly):
            await accounts.add_bank_account(tx, vault, CNAPS, "USD", by=supplier.member)
        person = await stepped_up(tx, supplier)
        clock.advance(hours=1)
        with pytest.raises(StepUpNeeded):
            await accounts.add_bank_account(tx, vault, CNAPS, "USD", by=person.member)
        clerk = replace(supplier.member, roles=frozenset({Role.SALES}))
        with pytest.raises(NotPermitted):
            await accounts.add_bank_account(tx, vault, CNAPS, "USD", by=clerk)
        assert await queries.bank_accounts(tx, supplier.organisation_id) == []


async def test_the_number_is_sealed_to_its_row(ctx, vault):
    supplier = await earning(ctx)
    account = await with_account(ctx, vault, supplier)
    async with ctx.db.transaction() as tx:
        row = await queries.bank_account(tx, account, organisation_id=supplier.organisation_id)
        assert b"6217001234567890123" not in row.sealed
        assert row.masked == "104584001234 ···· 0123"
        assert row.holder == "Shenzhen Lantern"
        with pytest.raises(Unsealable):
            vault.open(row.sealed, "bank_account:number:other")


@pytest.mark.parametrize(
    ("scheme", "code", "number", "field"),
    [
        ("iban", "COBADEFFXXX", "DE89370400440532013001", "number"),
        ("iban", "COBADE", "DE89370400440532013000", "bank_code"),
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
        await accounts.connect(tx, "stripe", gateway.capabilities.countries, by=supplier.member)
    await drain(ctx)
    account = gateway.made(Account)[0]
    async with ctx.db.transaction() as tx:
        seen = await queries.connected(tx, supplier.organisation_id)
    assert seen is not None
    assert (seen.provider_ref, seen.usable, seen.missing) == (account.id, False, ("external_account",))
    assert seen.onboarding_url
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


async def test_a_country_that_the_provider_does_not_pay_to(ctx, gateway):
    supplier = await earning(ctx, country="CN")
    async with ctx.db.transaction() as tx:
        with pytest.raises(RailUnavailable):
            await accounts.connect(tx, "stripe", gateway.capabilities.countries, by=supplier.member)
        assert await queries.connected(tx, supplier.organisation_id) is None


async def test_opening_an_account_twice_opens_one(ctx, gateway):
    supplier = await connected(ctx, gateway)
    async with ctx.db.transaction() as tx:
        await accounts.connect(tx, "stripe", gateway.capabilities.countries, by=supplier.member)
    await drain(ctx)
    assert len(gateway.made(Account)) == 1
