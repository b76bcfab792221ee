"""Cases: one proposes, another agrees, and suspense is always what the open cases hold."""

import asyncpg
import pytest

from app.core.crypto import Vault
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.core.money import Money
from app.core.runner import drain
from app.core.states import IllegalMove
from payments import proof
from payments import queries as payments
from payments.bank.settings import platform_account
from payments.cases import options, queries, service
from payments.cases.models import BankCase
from payments.cases.service import Proposal
from payments.cases.states import Action, CaseKind, CaseState
from payments.errors import SamePerson, WrongAmount
from payments.escrow.states import MilestoneState
from payments.ledger import chart
from payments.ledger.queries import balance
from payments.operations import queries as operations
from payments.payouts import numbers
from payments.runs import service as runs
from payments.runs.service import Means, Wanted
from tests.factories.money import make_deal, usd
from tests.factories.people import make_staff
from tests.factories.statements import DAY, Entry, send_in, statement, transfer
from tests.jobs.test_runs import debit, made, payout
from tests.sql import connect
from trust.access import NotPermitted, Role

WHY = "as the buyer confirmed"


@pytest.fixture
def vault(ctx) -> Vault:
    found: Vault = ctx.settings.vault
    return found


async def open_cases(ctx) -> list[queries.CaseView]:
    """Oldest first; and the invariant holds."""
    async with ctx.db.transaction() as tx:
        found, _total = await queries.cases(tx, states=[s for s in CaseState if s != CaseState.CLOSED])
        made_ = await proof.proof(tx)
        assert next(i for i in made_.invariants if i["name"] == "suspense_is_cases")["holds"]
        held = sum(case.held.minor for case in found if case.held.minor > 0 and case.held.currency == "USD")
        assert (await balance(tx, chart.SUSPENSE, "USD")).minor == held
    return found[::-1]


async def decide(ctx, vault, people, case_id, action, **wanted) -> None:
    """Proposed by one, agreed by the other."""
    async with ctx.db.transaction() as tx:
        proposal = Proposal(action=action, reason=WHY, **wanted)
        decision = await service.propose(tx, vault, case_id, proposal, by=people[0].member)
    async with ctx.db.transaction() as tx:
        await service.approve(tx, decision, by=people[1].member)
    await drain(ctx)


async def held(ctx, deal) -> Money:
    async with ctx.db.transaction() as tx:
        assert (await proof.proof(tx)).holds
        return (await payments.money_position(tx, deal.subject)).held


async def test_another_sender_is_applied_by_two(ctx, vault, people, deal):
    await send_in(ctx, statement(transfer(deal.deposit, name="Mother Holding AG")), people[0])
    (case,) = await open_cases(ctx)
    async with ctx.db.transaction() as tx:
        around = await options.surroundings(tx, case)
    assert Action.APPLY in around.actions
    await decide(ctx, vault, people, case.id, Action.APPLY, milestone_id=deal.deposit.id)
    assert await held(ctx, deal) == usd("300")
    assert await open_cases(ctx) == []
    after = transfer(deal.balance, name="Mother Holding AG")
    await send_in(ctx, statement(after, opening=30000, bank_id="later"), people[0])
    assert await held(ctx, deal) == usd("1000")  # the account is known now


async def test_two_people_and_only_finance(ctx, vault, people, deal, db, urls):
    await send_in(ctx, statement(transfer(deal.deposit, name="Mother Holding AG")), people[0])
    (case,) = await open_cases(ctx)
    wanted = Proposal(action=Action.APPLY, reason=WHY, milestone_id=deal.deposit.id)
    async with db.transaction() as tx:
        for stranger in (await make_staff(tx, Role.ADMIN), deal.buyer, deal.supplier):
            with pytest.raises(NotPermitted):
                await service.propose(tx, vault, case.id, wanted, by=stranger.member)
        decision = await service.propose(tx, vault, case.id, wanted, by=people[0].member)
        with pytest.raises(SamePerson):
            await service.approve(tx, decision, by=people[0].member)
        with pytest.raises(IllegalMove):
            await service.propose(tx, vault, case.id, wanted, by=people[1].member)
    assert await held(ctx, deal) == usd("0")
    owner = await connect(urls.owner)
    with pytest.raises(asyncpg.CheckViolationError, match="maker_is_not_checker"):
        await owner.execute("UPDATE bank_case_decision SET state = 'approved', decided_by = proposed_by")
    await owner.close()
    async with db.transaction() as tx:
        await service.reject(tx, decision, by=people[1].member, note="ask first")
    (case,) = await open_cases(ctx)
    assert case.state == CaseState.OPEN


async def test_over_the_limit_a_second_person_lets_it_through(ctx, people, db):
    async with db.transaction() as tx:
        large = await make_deal(tx, deposit=usd("25000"))
    await send_in(ctx, statement(transfer(large.deposit)), people[0])
    (case,) = await open_cases(ctx)
    async with db.transaction() as tx:
        (decision,) = await queries.decisions(tx, case.id)
        with pytest.raises(SamePerson):
            await service.approve(tx, decision.id, by=people[0].member)
        await service.approve(tx, decision.id, by=people[1].member)
    assert await held(ctx, large) == usd("25000")


async def test_too_much_is_applied_and_the_rest_sent_back(ctx, vault, people, deal):
    await send_in(ctx, statement(transfer(deal.deposit, amount=usd("310"))), people[0])
    (case,) = await open_cases(ctx)
    await decide(ctx, vault, people, case.id, Action.APPLY_AND_RETURN, milestone_id=deal.deposit.id)
    assert await held(ctx, deal) == usd("300")
    async with ctx.db.transaction() as tx:
        (due,) = await operations.waiting_for_bank(tx)
        assert due.amount == usd("10")
        assert await balance(tx, chart.IN_TRANSIT, "USD") == usd("10")
        means = Means(ctx.files, vault, platform_account(ctx.settings))
    run_id = await made(ctx, means, people, due.id)
    async with ctx.db.transaction() as tx:
        await runs.approve(tx, run_id, by=people[1].member)
        _name, data = await runs.download(tx, means, run_id, by=people[0].member)
    assert b"DE02120300000000202051" in data
    await send_in(ctx, statement(debit(due), opening=31000), people[0])
    async with ctx.db.transaction() as tx:
        assert await balance(tx, chart.IN_TRANSIT, "USD") == usd("0")
        assert await balance(tx, chart.bank("main"), "USD") == usd("300")


async def test_parts_wait_for_each_other(ctx, vault, people, deal):
    await send_in(ctx, statement(transfer(deal.deposit, amount=usd("100"))), people[0])
    (first,) = await open_cases(ctx)
    await decide(ctx, vault, people, first.id, Action.WAIT)
    (first,) = await open_cases(ctx)
    assert first.state == CaseState.WAITING
    await send_in(ctx, statement(transfer(deal.deposit, amount=usd("200")), opening=10000), people[0])
    _first, second = await open_cases(ctx)
    async with ctx.db.transaction() as tx:
        assert Action.APPLY_TOGETHER in (await options.surroundings(tx, second)).actions
    with pytest.raises(WrongAmount):
        await decide(ctx, vault, people, second.id, Action.APPLY_TOGETHER, milestone_id=deal.deposit.id)
    wanted = {"milestone_id": deal.deposit.id, "others": (first.id,)}
    await decide(ctx, vault, people, second.id, Action.APPLY_TOGETHER, **wanted)
    assert await held(ctx, deal) == usd("300")
    assert await open_cases(ctx) == []


async def test_sent_back_to_an_account_that_people_name(ctx, vault, people, deal):
    await send_in(ctx, statement(transfer(deal.deposit, reference="", account="", bank="", name="Somebody")), people[0])
    (case,) = await open_cases(ctx)
    with pytest.raises(Invalid):
        await decide(ctx, vault, people, case.id, Action.SEND_BACK)
    number = numbers.read("iban", "BNPAFRPPXXX", "FR1420041010050500013M02606")
    await decide(ctx, vault, people, case.id, Action.SEND_BACK, account=number, holder="Somebody SARL")
    async with ctx.db.transaction() as tx:
        (due,) = await operations.waiting_for_bank(tx)
        means = Means(ctx.files, vault, platform_account(ctx.settings))
        await runs.make(tx, means, Wanted([due.id], DAY.replace(year=2099)), by=people[0].member)
    assert await open_cases(ctx) == []


async def test_a_letter_to_the_payer_leaves_the_case_open(ctx, vault, people, deal):
    await send_in(ctx, statement(transfer(deal.deposit, amount=usd("1"))), people[0])
    (case,) = await open_cases(ctx)
    await decide(ctx, vault, people, case.id, Action.WRITE, letter="Two hundred and ninety-nine dollars are missing.")
    (case,) = await open_cases(ctx)
    assert case.state == CaseState.OPEN
    letters = [letter for letter in await ctx.mailer.letters() if letter.to == deal.buyer.member.email]
    assert any("ninety-nine dollars are missing" in letter.text for letter in letters)


async def test_what_cannot_be_done_is_refused(ctx, vault, people, deal):
    await send_in(ctx, statement(transfer(deal.deposit, amount=usd("299"))), people[0])
    (case,) = await open_cases(ctx)
    refused = [
        (Action.APPLY, {"milestone_id": deal.deposit.id}, WrongAmount),
        (Action.APPLY, {}, Invalid),
        (Action.APPLY_AND_RETURN, {"milestone_id": deal.deposit.id}, WrongAmount),
        (Action.NOTE, {}, Conflict),
        (Action.COST, {}, Conflict),
        (Action.CARRIED_OUT, {}, Invalid),
        (Action.PUT_BACK, {}, Conflict),
        (Action.SWEPT, {}, Conflict),
        (Action.OFFSET, {}, WrongAmount),
        (Action.WRITE, {}, Invalid),
    ]
    for action, wanted, error in refused:
        with pytest.raises(error):
            await decide(ctx, vault, people, case.id, action, **wanted)
    assert [c.id for c in await open_cases(ctx)] == [case.id]


async def test_a_payment_decided_late_is_not_applied(ctx, vault, people, deal):
    """Between proposal and agreement the milestone was paid: nothing happens."""
    await send_in(ctx, statement(transfer(deal.deposit, name="Mother Holding AG")), people[0])
    (case,) = await open_cases(ctx)
    async with ctx.db.transaction() as tx:
        wanted = Proposal(action=Action.APPLY, reason=WHY, milestone_id=deal.deposit.id)
        decision = await service.propose(tx, vault, case.id, wanted, by=people[0].member)
    await send_in(ctx, statement(transfer(deal.deposit), opening=30000), people[0])
    with pytest.raises(Conflict):
        async with ctx.db.transaction() as tx:
            await service.approve(tx, decision, by=people[1].member)
    assert await held(ctx, deal) == usd("300")
    assert [c.state for c in await open_cases(ctx)] == [CaseState.PROPOSED]


async def test_an_unexplained_debit_carried_out_a_payment(ctx, vault, people):
    means = Means(ctx.files, vault, platform_account(ctx.settings))
    _supplier, due = await payout(ctx, means)
    await send_in(ctx, statement(Entry(-usd("200"), code="PMNT/ICDT/ESCT")), people[0])
    (case,) = await open_cases(ctx)
    assert case.held == -usd("200")
    await decide(ctx, vault, people, case.id, Action.CARRIED_OUT, operation_id=due.id)
    async with ctx.db.transaction() as tx:
        assert await balance(tx, chart.UNEXPLAINED, "USD") == usd("0")
        assert await balance(tx, chart.IN_TRANSIT, "USD") == usd("0")
        assert (await proof.proof(tx)).holds


async def test_the_bank_puts_its_mistake_right(ctx, vault, people):
    await send_in(ctx, statement(Entry(-usd("70"), name="?"), Entry(usd("70"), name="?")), people[0])
    out, back_again = await open_cases(ctx)
    await decide(ctx, vault, people, out.id, Action.OFFSET, others=(back_again.id,))
    assert await open_cases(ctx) == []


async def test_a_debit_is_the_bank_s_charge_and_a_credit_the_provider_s(ctx, vault, people):
    await send_in(ctx, statement(Entry(-usd("7"), name="Bank"), Entry(usd("50"), name="STRIPE")), people[0])
    charge, swept = await open_cases(ctx)
    await decide(ctx, vault, people, charge.id, Action.COST)
    await decide(ctx, vault, people, swept.id, Action.SWEPT)
    async with ctx.db.transaction() as tx:
        assert await balance(tx, chart.BANK_COST, "USD") == usd("7")
        assert await balance(tx, chart.psp("stripe"), "USD") == -usd("50")


async def test_suspense_without_a_case_breaks_the_proof(ctx, people, deal, urls):
    await send_in(ctx, statement(transfer(deal.deposit, amount=usd("1"))), people[0])
    async with ctx.db.transaction() as tx:
        tx.add(BankCase(id=new_id(), kind=CaseKind.LATE, held=usd("5"), reasons=[]))
        await tx.flush()
        broken = [i["name"] for i in (await proof.proof(tx)).invariants if not i["holds"]]
    assert broken == ["suspense_is_cases"]
    assert deal.deposit.state == MilestoneState.PENDING
