"""A bank account is proved by a small transfer: within limits, out of our own money, and nobody guesses how much."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core import clock, outbox
from app.core.errors import Conflict, Invalid, TooMany
from app.core.money import Money
from app.core.runner import drain
from payments import proof
from payments.errors import BankAccountNotFound, CoolingOff, RailUnavailable
from payments.ledger import chart
from payments.ledger.queries import balance
from payments.microdeposits import jobs, service
from payments.microdeposits.models import MicroDeposit
from payments.microdeposits.states import DepositState
from payments.microdeposits.terms import TERMS
from payments.operations import queries as operations
from payments.payouts import accounts
from tests.factories import micro_deposits as proving
from tests.factories.money import usd
from tests.factories.people import Actor, make_company, make_member, stepped_up
from trust.access import NotPermitted, NotVerified, Role
from trust.identity.models import Organisation
from trust.verification import queries as verification
from trust.verification.events import BankAccountConfirmed
from trust.verification.facts import GOOD_FOR, Fact

TERM = TERMS[-1]


async def books(ctx) -> tuple[Money, Money]:
    """What was spent on proofs, and what is on its way; the whole of the books holds."""
    async with ctx.db.transaction() as tx:
        assert (await proof.proof(tx)).holds
        return await balance(tx, chart.MICRO_DEPOSIT, "USD"), await balance(tx, chart.IN_TRANSIT, "USD")


async def bank_fact(ctx, company: Actor):
    async with ctx.db.transaction(read_only=True) as tx:
        found = await verification.facts(tx, company.organisation_id)
    return next((fact for fact in found if fact.fact is Fact.BANK), None)


async def test_the_amount_that_arrived_proves_the_account(ctx):
    asked = await proving.asked(ctx)
    due = await proving.payment(ctx, asked)
    assert 1 <= due.amount.minor <= TERM.highest["USD"]
    assert await books(ctx) == (due.amount, due.amount)
    amount = await proving.send(ctx, asked)
    assert await books(ctx) == (amount, usd("0"))
    sent = await proving.state(ctx, asked)
    assert (sent.state, sent.likeness) == (DepositState.SENT, 100)
    assert (await proving.enter(ctx, asked, amount)).state is DepositState.PROVED
    async with ctx.db.transaction(read_only=True) as tx:
        told = await outbox.published(tx, BankAccountConfirmed)
    assert told == [BankAccountConfirmed(asked.company.organisation_id, asked.account, "CN", "micro_deposit")]
    await drain(ctx)
    fact = await bank_fact(ctx, asked.company)
    assert (fact.method, fact.value) == ("micro_deposit", "CN")
    assert (await proving.enter(ctx, asked, amount)).state is DepositState.PROVED, "said twice, answered twice"
    with pytest.raises(Conflict):
        await proving.enter(ctx, asked, proving.wrong(amount))
    assert await books(ctx) == (amount, usd("0"))


async def test_three_wrong_amounts_end_it_and_the_same_one_is_one_try(ctx):
    asked = await proving.asked(ctx)
    amount = await proving.send(ctx, asked)
    for _again in range(3):
        found = await proving.enter(ctx, asked, proving.wrong(amount, 1))
        assert (found.state, found.tries_left) == (DepositState.SENT, 2)
    assert (await proving.enter(ctx, asked, proving.wrong(amount, 2))).tries_left == 1
    assert (await proving.enter(ctx, asked, proving.wrong(amount, 3))).state is DepositState.EXHAUSTED
    with pytest.raises(Conflict):
        await proving.enter(ctx, asked, amount)
    assert (await proving.state(ctx, asked)).state is DepositState.EXHAUSTED
    assert await bank_fact(ctx, asked.company) is None


async def test_many_guesses_at_once_are_three(ctx):
    asked = await proving.asked(ctx)
    amount = await proving.send(ctx, asked)
    guesses = [proving.wrong(amount, number) for number in range(1, 11)]
    done = await asyncio.gather(*(proving.enter(ctx, asked, one) for one in guesses), return_exceptions=True)
    assert sum(isinstance(one, Conflict) for one in done) == 7
    async with ctx.db.transaction(read_only=True) as tx:
        row = await tx.get_one(MicroDeposit, asked.deposit)
    assert len(row.tried) == 3


async def test_another_currency_or_nothing_is_refused_and_no_try(ctx):
    asked = await proving.asked(ctx)
    amount = await proving.send(ctx, asked)
    for odd in (Money(amount.minor, "EUR"), usd("0"), usd("-0.01")):
        with pytest.raises(Invalid):
            await proving.enter(ctx, asked, odd)
    assert (await proving.state(ctx, asked)).tries_left == 3


async def test_before_it_was_sent_nothing_can_be_guessed(ctx):
    asked = await proving.asked(ctx)
    due = await proving.payment(ctx, asked)
    with pytest.raises(Conflict):
        await proving.enter(ctx, asked, due.amount)
    assert (await proving.state(ctx, asked)).state is DepositState.REQUESTED


async def test_its_time_ends_to_the_second(ctx):
    first = await proving.asked(ctx)
    amount = await proving.send(ctx, first)
    sent = await proving.state(ctx, first)
    assert sent.expires_at - sent.sent_at == TERM.open_for
    with clock.at(sent.expires_at - timedelta(seconds=30)):
        await jobs.end_overdue(ctx)
        assert (await proving.state(ctx, first)).state is DepositState.SENT
    with clock.at(sent.expires_at):
        assert (await proving.enter(ctx, first, amount)).state is DepositState.EXPIRED
        await jobs.end_overdue(ctx)
    assert await bank_fact(ctx, first.company) is None


async def test_the_job_ends_what_nobody_entered(ctx):
    asked = await proving.asked(ctx)
    await proving.send(ctx, asked)
    with clock.at((await proving.state(ctx, asked)).expires_at):
        await jobs.end_overdue(ctx)
        await jobs.end_overdue(ctx)
    assert (await proving.state(ctx, asked)).state is DepositState.EXPIRED


async def test_an_account_has_one_at_a_time(ctx):
    asked = await proving.asked(ctx)

    async def again():
        async with ctx.db.transaction() as tx:
            await service.ask(tx, asked.account, by=asked.company.member)

    done = await asyncio.gather(*(again() for _ in range(5)), return_exceptions=True)
    assert all(isinstance(one, Conflict) for one in done)
    async with ctx.db.transaction(read_only=True) as tx:
        assert len(await operations.waiting_for_bank(tx)) == 1


async def test_what_was_proved_is_asked_again_when_it_is_about_to_end(ctx):
    asked = await proving.asked(ctx)
    await proving.enter(ctx, asked, await proving.send(ctx, asked))
    ended = (await proving.state(ctx, asked)).ended_at
    soon = ended + GOOD_FOR - timedelta(days=60)
    with clock.at(soon - timedelta(seconds=30)):
        async with ctx.db.transaction() as tx:
            with pytest.raises(Conflict):
                await service.ask(tx, asked.account, by=asked.company.member)
    with clock.at(soon):
        async with ctx.db.transaction() as tx:
            await service.ask(tx, asked.account, by=asked.company.member)


async def exhaust(ctx, asked):
    amount = await proving.send(ctx, asked)
    for number in range(1, 4):
        await proving.enter(ctx, asked, proving.wrong(amount, number))


async def test_a_company_asks_three_times_in_ninety_days(ctx):
    asked = await proving.asked(ctx)
    start = clock.now()
    for turn in range(TERM.of_company):
        if turn:
            async with ctx.db.transaction() as tx:
                again = await service.ask(tx, asked.account, by=asked.company.member)
            asked = replace(asked, deposit=again)
        await exhaust(ctx, asked)
    async with ctx.db.transaction() as tx:
        with pytest.raises(TooMany) as refused:
            await service.ask(tx, asked.account, by=asked.company.member)
    assert 0 < refused.value.retry_after <= TERM.window.total_seconds()
    with clock.at(start + TERM.window + timedelta(minutes=1)):
        async with ctx.db.transaction() as tx:
            await service.ask(tx, asked.account, by=asked.company.member)


async def test_all_companies_together_have_a_days_budget(ctx, monkeypatch):
    monkeypatch.setattr("payments.microdeposits.terms.TERMS", (replace(TERM, a_day=2),))
    await proving.asked(ctx)
    asked = [await another(ctx, f"Other {number}") for number in range(2)]
    done = await asyncio.gather(*(ask(ctx, *one) for one in asked), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["TooMany", "UUID"]
    clock.advance(days=1, minutes=1)
    late = asked[[isinstance(one, TooMany) for one in done].index(True)]
    await ask(ctx, *late)


async def another(ctx, name):
    async with ctx.db.transaction() as tx:
        company = await make_company(tx, name)
    return company, await proving.account_of(ctx, company, name=name)


async def ask(ctx, company, account):
    async with ctx.db.transaction() as tx:
        return await service.ask(tx, account, by=company.member)


async def test_it_is_never_paid_from_what_others_are_owed(ctx):
    company, account = await another(ctx, "Lantern Works")
    with pytest.raises(RailUnavailable):
        await ask(ctx, company, account)
    await proving.own_money(ctx, Money(TERM.highest["USD"] - 1, "USD"))
    with pytest.raises(RailUnavailable):
        await ask(ctx, company, account)
    await proving.own_money(ctx, usd("0.01"))
    await ask(ctx, company, account)
    other, second = await another(ctx, "Second Works")
    async with ctx.db.transaction() as tx:
        await proof.prove(tx, by=None)
    with pytest.raises(RailUnavailable):
        await ask(ctx, other, second)
    assert (await books(ctx))[0].minor > 0


async def test_what_was_promised_since_the_last_proof_counts(ctx):
    await proving.own_money(ctx, Money(TERM.highest["USD"], "USD"))
    async with ctx.db.transaction() as tx:
        await proof.prove(tx, by=None)
    first, second = await another(ctx, "Lantern Works"), await another(ctx, "Second Works")
    clock.advance(minutes=1)
    await ask(ctx, *first)
    with pytest.raises(RailUnavailable):
        await ask(ctx, *second)


async def test_the_last_proof_is_the_one_that_began_last(ctx, monkeypatch):
    looking, done = asyncio.Event(), asyncio.Event()
    look_on = proof.suspense_is_cases

    async def slowly(tx):
        looking.set()
        await done.wait()
        return await look_on(tx)

    monkeypatch.setattr(proof, "suspense_is_cases", slowly)
    nightly = asyncio.create_task(ctx.tx(proof.prove, by=None))
    await looking.wait()
    monkeypatch.setattr(proof, "suspense_is_cases", look_on)
    await proving.own_money(ctx, Money(TERM.highest["USD"], "USD"))
    done.set()
    await nightly  # it saw less, and was done later
    await ask(ctx, *await another(ctx, "Lantern Works"))


async def test_who_may_ask(ctx):
    asked = await proving.asked(ctx)
    amount = await proving.send(ctx, asked)
    company, account = await another(ctx, "Lantern Works")
    clerk = replace(company.member, roles=frozenset({Role.SALES}))
    async with ctx.db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
        unverified = await make_company(tx, "Unverified", level=1)
        for by, refusal in (
            (stranger.member, BankAccountNotFound),
            (unverified.member, NotVerified),
            (clerk, NotPermitted),
        ):
            with pytest.raises(refusal):
                await service.ask(tx, account, by=by)
        with pytest.raises(BankAccountNotFound):
            await service.enter(tx, asked.account, amount, by=stranger.member)
        with pytest.raises(NotPermitted):
            await service.enter(tx, asked.account, amount, by=clerk)
    assert (await proving.state(ctx, asked)).tries_left == 3


async def test_a_second_member_confirms_first(ctx):
    await proving.own_money(ctx, usd("100"))
    async with ctx.db.transaction() as tx:
        owner = await make_company(tx, "Shenzhen Lantern")
        colleague = await make_member(tx, await tx.get_one(Organisation, owner.organisation_id), roles=(Role.FINANCE,))
    account = await proving.account_of(ctx, owner)
    with pytest.raises(CoolingOff):
        await ask(ctx, owner, account)
    async with ctx.db.transaction() as tx:
        person = await stepped_up(tx, colleague)
        await accounts.confirm_bank_account(tx, account, by=person.member)
    await ask(ctx, owner, account)
