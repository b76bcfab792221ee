"""Statements in: kept whole or not at all, and every line in the books with its reason."""

import pytest
from sqlalchemy import func, select

from app.core import outbox
from app.core.ids import new_id
from app.core.money import LARGEST_MINOR, Money
from app.core.runner import drain
from payments import proof
from payments import queries as payments
from payments.bank import service as bank
from payments.cases import queries as cases
from payments.cases.states import CaseKind, CaseState
from payments.errors import StatementKnown
from payments.escrow import service as escrow
from payments.escrow.reference import grouped
from payments.events import EscrowFunded
from payments.ledger import chart
from payments.ledger.models import JournalEntry
from payments.ledger.queries import balance
from payments.statements import booking, jobs, queries
from payments.statements.models import BankLine, Statement
from payments.statements.states import FileState, LineStatus
from payments.statements.words import sentence
from tests.factories.money import make_deal, make_finance, transfer_for, usd
from tests.factories.people import Actor
from tests.factories.statements import Entry, send_in, statement, transfer


@pytest.fixture
async def finance(db) -> Actor:
    async with db.transaction() as tx:
        return await make_finance(tx)


async def state_of(ctx, file_id) -> queries.FileView:
    async with ctx.db.transaction(read_only=True) as tx:
        assert (await proof.proof(tx)).holds
        return await queries.file(tx, file_id)


async def only_line(ctx, file_id) -> queries.LineView:
    async with ctx.db.transaction(read_only=True) as tx:
        (line,), _total = await queries.lines(tx, file_id)
    return line


async def only_case(ctx) -> cases.CaseView:
    async with ctx.db.transaction(read_only=True) as tx:
        (case,), _total = await cases.cases(tx, states=list(CaseState))
    return case


@pytest.mark.parametrize("version", ["02", "08"])
@pytest.mark.parametrize("place", ["structured", "text", "text as printed", "end to end"])
async def test_a_transfer_as_agreed_is_held_at_once(ctx, finance, deal, version, place):
    reference = deal.deposit.reference
    said = {
        "structured": {"reference": grouped(reference)},
        "text": {"reference": "", "text": f"Deposit {reference.lower()} thank you 2026-11-20"},
        "text as printed": {"reference": "", "text": f"REF.:{grouped(reference)}, lanterns"},
        "end to end": {"reference": "", "end_to_end": reference},
    }[place]
    file_id = await send_in(ctx, statement(transfer(deal.deposit, **said), version=version), finance)
    file = await state_of(ctx, file_id)
    assert (file.state, file.total, file.done) == (FileState.DONE, 1, 1)
    line = await only_line(ctx, file_id)
    assert (line.status, line.milestone_id) == (LineStatus.BOOKED, deal.deposit.id)
    assert deal.deposit.reference in sentence(line.reasons[0])
    async with ctx.db.transaction() as tx:
        assert (await payments.money_position(tx, deal.subject)).held == usd("300")
        assert await balance(tx, chart.bank("main"), "USD") == usd("300")
        assert len(await outbox.published(tx, EscrowFunded)) == 1


WRONG = {
    CaseKind.UNDERPAID: ({"amount": usd("299.99")}, "less than agreed"),
    CaseKind.OVERPAID: ({"amount": usd("300.01")}, "more than agreed"),
    CaseKind.WRONG_SENDER: ({"name": "Somebody Else Ltd"}, "not the buyer"),
    CaseKind.UNKNOWN_REFERENCE: ({"reference": "RF18539007547034"}, "No reference of ours"),
}


@pytest.mark.parametrize("kind", WRONG)
async def test_what_is_not_as_agreed_goes_to_suspense_with_a_case(ctx, finance, deal, kind):
    changes, why = WRONG[kind]
    entry = transfer(deal.deposit, **changes)
    file_id = await send_in(ctx, statement(entry), finance)
    await state_of(ctx, file_id)
    case = await only_case(ctx)
    assert (case.kind, case.state, case.held) == (kind, CaseState.OPEN, entry.amount)
    assert any(why in sentence(reason) for reason in case.reasons)
    async with ctx.db.transaction() as tx:
        assert await balance(tx, chart.SUSPENSE, "USD") == entry.amount
        assert (await payments.money_position(tx, deal.subject)).funded == usd("0")


async def test_paid_twice_in_one_file(ctx, finance, deal):
    await send_in(ctx, statement(transfer(deal.deposit), transfer(deal.deposit)), finance)
    case = await only_case(ctx)
    assert (case.kind, case.held, case.milestone_id) == (CaseKind.PAID_TWICE, usd("300"), deal.deposit.id)


async def test_late_after_the_deal_was_called_off(ctx, finance, deal):
    async with ctx.db.transaction() as tx:
        await escrow.cancel_unpaid(tx, deal.subject, by=None, reason="off")
    await send_in(ctx, statement(transfer(deal.deposit)), finance)
    assert (await only_case(ctx)).kind == CaseKind.LATE


async def test_the_wrong_currency_for_the_reference(ctx, finance, deal):
    entry = transfer(deal.deposit, amount=Money.of("300", "EUR"))
    await send_in(ctx, statement(entry, currency="EUR"), finance)
    case = await only_case(ctx)
    assert (case.kind, case.held) == (CaseKind.WRONG_CURRENCY, Money.of("300", "EUR"))


async def test_over_the_limit_waits_for_a_second_person(ctx, finance, db):
    async with db.transaction() as tx:
        large = await make_deal(tx, deposit=usd("10000.01"))
        other = await make_deal(tx, deposit=usd("10000"))
    await send_in(ctx, statement(transfer(large.deposit), transfer(other.deposit)), finance)
    case = await only_case(ctx)
    assert (case.kind, case.state, case.milestone_id) == (CaseKind.LARGE, CaseState.PROPOSED, large.deposit.id)
    async with db.transaction() as tx:
        (decision,) = await cases.decisions(tx, case.id)
        assert decision.proposed_by == finance.id
        assert (await payments.money_position(tx, other.subject)).held == usd("10000")


async def test_no_reference_is_only_ever_proposed(ctx, finance, deal):
    await send_in(ctx, statement(transfer(deal.deposit, reference="", text="for the lanterns")), finance)
    case = await only_case(ctx)
    assert (case.kind, case.milestone_id) == (CaseKind.UNKNOWN_REFERENCE, deal.deposit.id)
    assert "Amount and payer" in sentence(case.reasons[1])


async def test_two_that_look_alike_are_not_even_proposed(ctx, finance, db, deal):
    async with db.transaction() as tx:
        await make_deal(tx)
    await send_in(ctx, statement(transfer(deal.deposit, reference="")), finance)
    assert (await only_case(ctx)).milestone_id is None


async def test_two_references_of_ours_on_one_transfer(ctx, finance, deal):
    both = f"{deal.deposit.reference} {deal.balance.reference}"
    await send_in(ctx, statement(transfer(deal.deposit, reference="", text=both)), finance)
    assert (await only_case(ctx)).kind == CaseKind.UNKNOWN_REFERENCE


async def test_an_account_that_was_seen_before_needs_no_name(ctx, finance, deal):
    first, second = transfer(deal.deposit), transfer(deal.balance, name="H I Trading")
    await send_in(ctx, statement(first, second, bank_id="1"), finance)
    async with ctx.db.transaction() as tx:
        assert (await payments.money_position(tx, deal.subject)).held == usd("300")
    async with ctx.db.transaction() as tx:
        again = await make_deal(tx)
    third = transfer(again.deposit, name="H I Trading")
    await send_in(ctx, statement(third, opening=100000, bank_id="2"), finance)
    async with ctx.db.transaction() as tx:  # seen from another buyer: not this one's
        assert (await payments.money_position(tx, again.subject)).held == usd("0")


async def test_charges_and_interest_are_the_bank_s(ctx, finance, deal):
    fee = Entry(-usd("2.50"), code="ACMT/MDOP/CHRG", account="", name="", bank="")
    interest = Entry(usd("0.75"), code="ACMT/MCOP/INTR", account="", name="", bank="")
    income = transfer(deal.deposit)
    file_id = await send_in(ctx, statement(fee, interest, income), finance)
    async with ctx.db.transaction() as tx:
        assert await balance(tx, chart.BANK_COST, "USD") == usd("2.50")
        assert await balance(tx, chart.BANK_INTEREST, "USD") == usd("0.75")
        assert (await queries.file(tx, file_id)).done == 3
        assert (await cases.cases(tx, states=list(CaseState)))[1] == 0


async def test_an_unexplained_debit_is_a_case_and_breaks_the_proof(ctx, finance, deal):
    out = Entry(-usd("100"), name="Unknown", code="PMNT/ICDT/ESCT")
    file_id = await send_in(ctx, statement(transfer(deal.deposit), out), finance)
    async with ctx.db.transaction() as tx:
        made = await proof.proof(tx)
        (case,), _total = await cases.cases(tx, states=list(CaseState))
        assert (await queries.file(tx, file_id)).state == FileState.DONE
    assert (case.kind, case.held) == (CaseKind.UNKNOWN_DEBIT, -usd("100"))
    assert [i["name"] for i in made.invariants if not i["holds"]] == ["owed_is_covered"]


async def test_a_line_booked_by_hand_before_is_not_booked_again(ctx, finance, deal):
    async with ctx.db.transaction() as tx:
        checker = await make_finance(tx)
        line = transfer_for(deal.deposit)
        booked = await bank.book_received(tx, line, by=finance.member)
        await bank.approve(tx, booked, by=checker.member)
    file_id = await send_in(ctx, statement(transfer(deal.deposit, bank_ref=line.bank_ref)), finance)
    assert (await only_line(ctx, file_id)).reasons[0]["code"] == "by_hand"
    async with ctx.db.transaction() as tx:
        assert await balance(tx, chart.bank("main"), "USD") == usd("300")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (statement(Entry(usd("5")), iban="DE02120300000000202051"), "not ours"),
        (statement(Entry(Money.of("5", "KWD")), currency="KWD"), "KWD"),
        (statement(Entry(usd("5"), currency="EUR")), "EUR, which is not the currency"),
        (statement(Entry(usd("5")), closing=501), "do not add up"),
        (statement(Entry(usd("5")))[:-80], "breaks off"),
        (statement(Entry(usd("5")), Entry(Money(LARGEST_MINOR, "USD")), closing=0), "do not add up"),
    ],
)
async def test_a_wrong_file_is_refused_and_leaves_nothing(ctx, finance, data, why):
    file_id = await send_in(ctx, data, finance)
    file = await state_of(ctx, file_id)
    assert file.state == FileState.REFUSED
    assert why in file.problem
    async with ctx.db.transaction() as tx:
        for table in (Statement, BankLine, JournalEntry):
            assert await tx.scalar(select(func.count()).select_from(table)) == 0


async def test_the_same_statement_comes_once(ctx, finance, deal):
    data = statement(transfer(deal.deposit), bank_id="S1")
    await send_in(ctx, data, finance)
    with pytest.raises(StatementKnown, match="You have imported this statement on"):
        await send_in(ctx, data, finance)
    again = await state_of(ctx, await send_in(ctx, data + b"\n", finance))
    assert again.state == FileState.REFUSED
    assert "You have imported this statement on" in again.problem


@pytest.mark.parametrize(
    ("after", "why"),
    [
        ({"opening": 30001}, "one is missing"),
        ({"opening": 30000, "sequence": 9}, "number 9"),
    ],
)
async def test_a_gap_is_refused(ctx, finance, deal, after, why):
    await send_in(ctx, statement(transfer(deal.deposit), sequence=7), finance)
    refused = await state_of(ctx, await send_in(ctx, statement(Entry(usd("1")), **after), finance))
    assert (refused.state, why in refused.problem) == (FileState.REFUSED, True)
    good = await send_in(ctx, statement(Entry(usd("1")), opening=30000, sequence=8, opens="PRCD"), finance)
    assert (await state_of(ctx, good)).state == FileState.DONE


async def book_and_die(tx, file_id) -> None:
    await booking.book_batch(tx, file_id, 2, {"USD": 10**9})
    raise RuntimeError("killed")


async def test_jobs_may_run_twice_and_die_half_way(ctx, finance, db, monkeypatch):
    async with db.transaction() as tx:
        deals = [await make_deal(tx) for _ in range(5)]
    monkeypatch.setattr(jobs, "BOOKED_AT_ONCE", 2)
    file_id = await send_in(ctx, statement(*(transfer(d.deposit) for d in deals)), finance, run=False)
    for _ in range(2):
        await jobs.read_statement(ctx, file_id)
    assert await ctx.tx(booking.book_batch, file_id, 2, {"USD": 10**9}) == 3
    with pytest.raises(RuntimeError, match="killed"):
        await ctx.tx(book_and_die, file_id)
    assert (await state_of(ctx, file_id)).done == 2
    await drain(ctx)
    await jobs.book_lines(ctx, file_id)
    assert ((await state_of(ctx, file_id)).state, (await state_of(ctx, file_id)).done) == (FileState.DONE, 5)
    async with db.transaction() as tx:
        assert await balance(tx, chart.bank("main"), "USD") == usd("1500")
        assert len(await outbox.published(tx, EscrowFunded)) == 5


async def test_accounts_are_sealed_and_shown_masked(ctx, finance, deal):
    file_id = await send_in(ctx, statement(transfer(deal.deposit)), finance)
    line = await only_line(ctx, file_id)
    assert line.masked == "···· 2051"
    async with ctx.db.transaction() as tx:
        row = await queries.line_row(tx, line.id)
        key, _locale = await queries.stored(tx, file_id)
    assert b"DE02120300000000202051" not in row.sealed
    assert b"DE02120300000000202051" not in await ctx.files.get(key)
    vault = ctx.settings.vault
    assert vault.mark("x", "y") != vault.mark("x", "z")
    assert new_id() != line.id
