"""A micro-deposit leaves our bank as payouts do, says whose account it is, and may come back; the books always hold."""

import asyncio
from dataclasses import replace
from itertools import product

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import clock, evidence, outbox
from app.core.errors import Conflict
from app.core.runner import drain
from app.core.states import IllegalMove
from app.core.subject import Subject
from payments import settling
from payments.bank.settings import platform_account
from payments.errors import CoolingOff
from payments.ledger import chart
from payments.ledger.service import debit
from payments.microdeposits import service
from payments.microdeposits.models import MicroDeposit
from payments.microdeposits.naming import fits, percent
from payments.microdeposits.states import LABELS, LIVE, MOVES, DepositMove, DepositState
from payments.operations.states import OperationState
from payments.payouts import accounts
from payments.runs import pain, waiting
from payments.runs import service as runs
from payments.runs.service import Means, Wanted
from tests.factories import micro_deposits as proving
from tests.factories.money import usd
from tests.factories.people import make_company, make_member, make_staff, stepped_up
from tests.factories.restrictions import restrict
from tests.factories.statements import Entry, send_in, statement
from tests.jobs.test_micro_deposits import another, bank_fact, books
from tests.jobs.test_risk_holds import held as held_payouts
from tests.sql import connect
from trust.access import Restricted, Role, Scope
from trust.identity.models import Organisation
from trust.reviews import service as reviewing
from trust.reviews.events import Verdict
from trust.reviews.models import Review
from trust.risk.errors import OnHold
from trust.verification.events import BankAccountEnded

OTHER_NAME = "Guangzhou Umbrella Trading Ltd"


@pytest.fixture
def means(ctx) -> Means:
    vault = ctx.settings.vault
    return Means(ctx.files, vault, platform_account(ctx.settings))


async def run_of(ctx, means, people, *ids) -> tuple[str, bytes]:
    async with ctx.db.transaction() as tx:
        run_id = await runs.make(tx, means, Wanted(ids, clock.now().date()), by=people[0].member)
    async with ctx.db.transaction() as tx:
        await runs.approve(tx, run_id, by=people[1].member)
    async with ctx.db.transaction() as tx:
        return await runs.download(tx, means, run_id, by=people[0].member)


def debited(due, **changes) -> Entry:
    end_to_end = pain.end_to_end_id(due.kind, due.provider_key)
    said = {"end_to_end": end_to_end, "name": "SHENZHEN LANTERN CO LTD", "code": "PMNT/ICDT/ESCT"} | changes
    return Entry(amount=-due.amount, **said)


async def test_it_goes_in_a_payment_run_and_the_statement_confirms_it(ctx, means, people):
    asked = await proving.asked(ctx)
    due = await proving.payment(ctx, asked)
    _name, data = await run_of(ctx, means, people, due.id)
    assert f">{due.amount.decimal}</InstdAmt>".encode() in data
    assert b"ACCOUNT CHECK" in data
    assert (await proving.state(ctx, asked)).state is DepositState.REQUESTED, "downloaded is not sent"
    entry = debited(due)
    await send_in(ctx, statement(entry, opening=100_000, bank_id="S1"), people[0])
    assert await books(ctx) == (due.amount, usd("0"))
    found = await proving.state(ctx, asked)
    assert (found.state, found.bank_name, found.likeness) == (DepositState.SENT, "SHENZHEN LANTERN CO LTD", 100)
    assert (await proving.enter(ctx, asked, due.amount)).state is DepositState.PROVED


async def proved_by_statement(ctx, means, people):
    asked = await proving.asked(ctx)
    due = await proving.payment(ctx, asked)
    await run_of(ctx, means, people, due.id)
    await send_in(ctx, statement(debited(due), opening=100_000, bank_id="S1"), people[0])
    await proving.enter(ctx, asked, due.amount)
    await drain(ctx)
    assert (await bank_fact(ctx, asked.company)).state == "verified"
    return asked, due


async def test_what_comes_back_later_is_proved_no_more(ctx, means, people):
    asked, due = await proved_by_statement(ctx, means, people)
    back = debited(due, reason="AC04", reversal=False)
    back = replace(back, amount=due.amount, code="PMNT/RCDT/RRTN")
    opening = 100_000 - due.amount.minor
    await send_in(ctx, statement(back, opening=opening, bank_id="S2"), people[0])
    await drain(ctx)
    found = await proving.state(ctx, asked)
    assert found.state is DepositState.RETURNED
    assert found.reason
    assert await books(ctx) == (usd("0"), usd("0"))
    assert (await bank_fact(ctx, asked.company)).state == "expired"
    async with ctx.db.transaction() as tx:
        ended = await outbox.published(tx, BankAccountEnded)
    assert ended == [BankAccountEnded(asked.company.organisation_id, asked.account)]


async def bounce(ctx, asked, reason="account closed"):
    async with ctx.db.transaction() as tx:
        operation = await settling.locked(tx, (await proving.payment(ctx, asked)).id)
        sources = [debit(chart.bank("main"), operation.amount)]
        await settling.bounce(tx, operation, reason, sources)


async def test_a_return_ends_a_proof_that_is_under_way(ctx):
    asked = await proving.asked(ctx)
    amount = await proving.send(ctx, asked)
    await bounce(ctx, asked)
    assert (await proving.state(ctx, asked)).reason == "account closed"
    with pytest.raises(Conflict):
        await proving.enter(ctx, asked, amount)
    assert await books(ctx) == (usd("0"), usd("0"))
    async with ctx.db.transaction() as tx:
        await service.ask(tx, asked.account, by=asked.company.member)


async def test_what_never_left_is_ours_again(ctx):
    asked = await proving.asked(ctx)
    async with ctx.db.transaction() as tx:
        operation = await settling.locked(tx, (await proving.payment(ctx, asked)).id)
        operation.move("send", by=None)
        await settling.fail(tx, operation, "refused by our bank")
    assert (await proving.state(ctx, asked)).state is DepositState.FAILED
    assert await books(ctx) == (usd("0"), usd("0"))


async def test_settled_twice_is_settled_once(ctx):
    asked = await proving.asked(ctx)
    due = await proving.payment(ctx, asked)

    async def confirm():
        async with ctx.db.transaction() as tx:
            operation = await settling.locked(tx, due.id)
            await settling.confirm(tx, operation, received=due.amount)

    await asyncio.gather(*(confirm() for _ in range(4)))
    assert await books(ctx) == (due.amount, usd("0"))
    assert (await proving.payment(ctx, asked)).state is OperationState.CONFIRMED


@pytest.mark.parametrize(
    ("name", "alike"),
    [
        ("SHENZHEN LANTERN CO., LTD", True),
        ("深圳市灯笼有限公司", True),
        ("Shenzhen Lantem", True),
        ("", True),
        (OTHER_NAME, False),
        ("Li Wei", False),
    ],
)
def test_a_name_like_the_companys_needs_nobody(name, alike):
    known = ("深圳市灯笼有限公司", "Shenzhen Lantern Co., Ltd.")
    assert fits(percent(name, known) if name else None) is alike


async def held(ctx):
    """The amount was right, and the bank names somebody else: what was asked, and the review."""
    asked = await proving.asked(ctx)
    amount = await proving.send(ctx, asked, name=OTHER_NAME)
    assert (await proving.enter(ctx, asked, amount)).state is DepositState.REVIEW
    async with ctx.db.transaction() as tx:
        review = (await tx.execute(text("SELECT id FROM review WHERE kind = 'bank_name'"))).scalar_one()
    return asked, review


async def decide(ctx, review, verdict, reason=""):
    async with ctx.db.transaction() as tx:
        moderator = await make_staff(tx, Role.MODERATOR)
        await reviewing.claim(tx, review, by=moderator.member)
        await reviewing.decide(tx, review, verdict=verdict, reason=reason, by=moderator.member)
    await drain(ctx)


async def test_another_name_waits_for_the_desk(ctx):
    asked, review = await held(ctx)
    assert await bank_fact(ctx, asked.company) is None
    await decide(ctx, review, Verdict.ACCEPT)
    assert (await proving.state(ctx, asked)).state is DepositState.PROVED
    assert (await bank_fact(ctx, asked.company)).method == "micro_deposit"


@pytest.mark.parametrize("verdict", [Verdict.REJECT, Verdict.MORE])
async def test_the_desk_refuses_and_says_why(ctx, verdict):
    asked, review = await held(ctx)
    await decide(ctx, review, verdict, "The account is a person's.")
    found = await proving.state(ctx, asked)
    assert (found.state, found.reason) == (DepositState.REFUSED, "The account is a person's.")
    assert await bank_fact(ctx, asked.company) is None


async def test_a_review_whose_money_came_back_is_dropped(ctx):
    asked, review = await held(ctx)
    await bounce(ctx, asked)
    async with ctx.db.transaction() as tx:
        assert (await tx.get_one(Review, review)).state == "dropped"
    assert (await proving.state(ctx, asked)).state is DepositState.RETURNED


async def remove(ctx, asked):
    async with ctx.db.transaction() as tx:
        person = await stepped_up(tx, asked.company)
        assert await accounts.remove_bank_account(tx, asked.account, by=person.member)
    await drain(ctx)


async def test_a_removed_account_is_sent_nothing(ctx):
    asked = await proving.asked(ctx)
    await remove(ctx, asked)
    assert (await proving.state(ctx, asked)).state is DepositState.CALLED_OFF
    assert (await proving.payment(ctx, asked)).state is OperationState.CANCELLED
    assert await books(ctx) == (usd("0"), usd("0"))


async def test_what_is_held_or_restricted_is_put_into_no_run(ctx):
    """As with payouts: also where it was asked for before."""
    asked = await proving.asked(ctx)
    due = await proving.payment(ctx, asked)
    async with ctx.db.transaction() as tx:
        assert [seen.id for seen in await runs.payable(tx, [due.id])] == [due.id]
    await held_payouts(ctx, asked.company)
    async with ctx.db.transaction() as tx:
        with pytest.raises(OnHold):
            await runs.payable(tx, [due.id])
        assert await waiting.held_back(tx, [due])
    clock.advance(hours=72, minutes=1)
    async with ctx.db.transaction() as tx:
        await restrict(tx, asked.company.organisation_id, Scope.PAYOUT)
    async with ctx.db.transaction() as tx:
        with pytest.raises(Conflict, match="may not be paid out"):
            await runs.payable(tx, [due.id])


async def test_nobody_asks_while_payouts_are_held_or_restricted(ctx):
    company, account = await another(ctx, "Lantern Works")
    await proving.own_money(ctx, usd("100"))
    await held_payouts(ctx, company)
    async with ctx.db.transaction() as tx:
        with pytest.raises(OnHold):
            await service.ask(tx, account, by=company.member)
    clock.advance(hours=72, minutes=1)
    async with ctx.db.transaction() as tx:
        await restrict(tx, company.organisation_id, Scope.PAYOUT)
        with pytest.raises(Restricted):
            await service.ask(tx, account, by=company.member)


async def test_what_stands_in_a_file_already_goes_and_proves_nothing(ctx, means, people):
    asked = await proving.asked(ctx)
    due = await proving.payment(ctx, asked)
    await run_of(ctx, means, people, due.id)
    await remove(ctx, asked)
    assert (await proving.payment(ctx, asked)).state is OperationState.SENT
    await send_in(ctx, statement(debited(due), opening=100_000, bank_id="S1"), people[0])
    assert (await proving.state(ctx, asked)).state is DepositState.CALLED_OFF
    assert await books(ctx) == (due.amount, usd("0"))


async def test_the_fact_ends_with_its_account_or_falls_back_to_another(ctx):
    await proving.own_money(ctx, usd("100"))
    async with ctx.db.transaction() as tx:
        owner = await make_company(tx, "Shenzhen Lantern")
        colleague = await make_member(tx, await tx.get_one(Organisation, owner.organisation_id), roles=(Role.FINANCE,))
    first, second = await proving.account_of(ctx, owner), await proving.account_of(ctx, owner)
    since = {}
    for account in (first, second):
        clock.advance(minutes=1)
        async with ctx.db.transaction() as tx:
            person = await stepped_up(tx, colleague)
            await accounts.confirm_bank_account(tx, account, by=person.member)
            since[account] = clock.now()
    clock.advance(days=10)
    async with ctx.db.transaction() as tx:
        deposit = await service.ask(tx, first, by=owner.member)
    asked = proving.Proving(owner, first, deposit)
    await proving.enter(ctx, asked, await proving.send(ctx, asked))
    await drain(ctx)
    assert (await bank_fact(ctx, owner)).method == "micro_deposit"
    for by in (owner, colleague):
        async with ctx.db.transaction() as tx:
            person = await stepped_up(tx, by)
            await accounts.remove_bank_account(tx, first, by=person.member)
    await drain(ctx)
    fact = await bank_fact(ctx, owner)
    assert (fact.method, fact.state) == ("bank", "verified")
    assert abs((fact.valid_until - since[second]).days - 182) <= 1, "with its own date, not today's"


async def test_a_newer_account_of_which_nothing_is_shown_does_not_outlive_the_proof(ctx):
    await proving.own_money(ctx, usd("100"))
    async with ctx.db.transaction() as tx:
        owner = await make_company(tx, "Shenzhen Lantern")
        colleague = await make_member(tx, await tx.get_one(Organisation, owner.organisation_id), roles=(Role.FINANCE,))
    first, second = await proving.account_of(ctx, owner), await proving.account_of(ctx, owner)

    async def confirm(account):
        async with ctx.db.transaction() as tx:
            await accounts.confirm_bank_account(tx, account, by=(await stepped_up(tx, colleague)).member)
        await drain(ctx)

    await confirm(first)
    assert (await bank_fact(ctx, owner)).method == "bank"
    clock.advance(days=10)
    async with ctx.db.transaction() as tx:
        asked = proving.Proving(owner, first, await service.ask(tx, first, by=owner.member))
    await proving.enter(ctx, asked, await proving.send(ctx, asked))
    await drain(ctx)
    clock.advance(minutes=1)
    await confirm(second)
    assert (await bank_fact(ctx, owner)).method == "micro_deposit"
    for by in (owner, colleague):
        async with ctx.db.transaction() as tx:
            await accounts.remove_bank_account(tx, first, by=(await stepped_up(tx, by)).member)
    await drain(ctx)
    assert (await bank_fact(ctx, owner)).method == "bank"


async def test_while_it_is_to_be_removed_nothing_is_proved(ctx):
    await proving.own_money(ctx, usd("100"))
    async with ctx.db.transaction() as tx:
        owner = await make_company(tx, "Shenzhen Lantern")
        colleague = await make_member(tx, await tx.get_one(Organisation, owner.organisation_id), roles=(Role.FINANCE,))
    account = await proving.account_of(ctx, owner)
    async with ctx.db.transaction() as tx:
        person = await stepped_up(tx, colleague)
        await accounts.confirm_bank_account(tx, account, by=person.member)
    async with ctx.db.transaction() as tx:
        asked = proving.Proving(owner, account, await service.ask(tx, account, by=owner.member))
    amount = await proving.send(ctx, asked)
    async with ctx.db.transaction() as tx:
        person = await stepped_up(tx, owner)
        assert not await accounts.remove_bank_account(tx, account, by=person.member)
    with pytest.raises(CoolingOff):
        await proving.enter(ctx, asked, amount)


async def test_nobody_of_the_company_and_no_mail_learns_the_amount(ctx):
    asked = await proving.asked(ctx)
    amount = await proving.send(ctx, asked)
    await drain(ctx)
    async with ctx.db.transaction() as tx:
        due = (await tx.execute(text("SELECT created_by FROM operation WHERE kind = 'micro_deposit'"))).scalar_one()
        chain = await evidence.chain(tx, Subject("bank_account", asked.account))
        log = (await tx.execute(text("SELECT facts::text FROM audit_entry"))).scalars().all()
        moves = (await tx.execute(text("SELECT note FROM state_change"))).scalars().all()
    mails = [letter.text for letter in await ctx.mailer.letters()]
    assert mails, "the company got letters"
    assert due is None, "a copy of a member's own data holds the payments they made"
    links = [link.data for link in chain if link.kind.startswith("micro_deposit")]
    assert len(links) == 2
    for said in (*map(str, links), *mails, *log, *moves):
        assert f"amount_minor: {amount.minor}" not in said
        assert str(amount.decimal) not in said


@pytest.mark.parametrize(("state", "move"), list(product(DepositState, DepositMove)))
def test_every_state_with_every_move(state, move):
    """What the table does not name is refused; a proof that is over stays over, but for money that comes back."""
    row = MicroDeposit(state=state)
    if (state, move) not in MOVES:
        with pytest.raises(IllegalMove):
            row.check(move)
    else:
        assert state in LIVE or (state, move) == (DepositState.PROVED, DepositMove.RETURN)
    assert state in LABELS


async def test_the_database_keeps_what_was_tried(ctx, urls):
    asked = await proving.asked(ctx)
    amount = await proving.send(ctx, asked)
    await proving.enter(ctx, asked, proving.wrong(amount))
    await another(ctx, "Lantern Works")
    owner = await connect(urls.owner)
    refusals = (
        ("UPDATE micro_deposit SET tried = '{}'", "stays as it was"),
        ("UPDATE micro_deposit SET tries = 100", "stays as it was"),
        ("UPDATE micro_deposit SET expires_at = expires_at + interval '1 year'", "stays as it was"),
        (
            "UPDATE micro_deposit SET bank_account_id = (SELECT max(id::text)::uuid FROM bank_account)",
            "stays as it was",
        ),
        ("UPDATE micro_deposit SET tried = tried || '{3001,3002,3003}'::bigint[]", "tries"),
        ("UPDATE operation SET amount_minor = 500000 WHERE kind = 'micro_deposit'", "is_small"),
        ("DELETE FROM micro_deposit", "micro_deposit"),
    )
    for statement_, why in refusals:
        with pytest.raises(asyncpg.PostgresError, match=why):
            await owner.execute(statement_)
    await owner.close()


async def test_an_account_of_another_company_is_refused_by_the_database(ctx):
    company, _account = await another(ctx, "Lantern Works")
    stranger, account = await another(ctx, "Second Works")
    for who, whose in ((company, account), (stranger, _account)):
        row = MicroDeposit(
            organisation_id=who.organisation_id, bank_account_id=whose, currency="USD", tries=3, requested_by=who.id
        )
        async with ctx.db.transaction() as tx:
            tx.add(row)
            with pytest.raises(DBAPIError, match="another company's account"):
                await tx.flush()
            await tx.rollback()
