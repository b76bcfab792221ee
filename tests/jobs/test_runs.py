"""Payments out: a file that the bank's schema takes, two people, once; and what comes of it on the statement."""

import asyncio
import hashlib
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import asyncpg
import pytest

from app.core import clock, evidence, outbox
from app.core.errors import Conflict, Invalid
from app.core.jobs import JobContext
from app.core.states import IllegalMove
from app.core.subject import Subject
from payments import jobs, proof
from payments import queries as payments
from payments.bank import service as bank
from payments.bank.settings import platform_account
from payments.cases import queries as cases
from payments.cases.states import CaseKind, CaseState
from payments.errors import PayoutsStopped, SamePerson
from payments.escrow import service as escrow
from payments.events import EscrowRefunded, PayoutFailed, PayoutSettled
from payments.ledger import chart
from payments.ledger.models import ProofRow
from payments.ledger.queries import balance
from payments.operations import queries as operations
from payments.operations.states import OperationState
from payments.payouts import accounts, numbers
from payments.payouts import queries as payouts
from payments.payouts import service as paying_out
from payments.payouts.accounts import NewAccount
from payments.payouts.states import PayoutState
from payments.runs import pain, queries, service
from payments.runs.service import Means, Wanted
from payments.runs.states import RunState
from payments.statements.words import sentence
from tests.factories.money import earn, fund_by_bank, make_deal, transfer_for, usd
from tests.factories.people import make_company, stepped_up
from tests.factories.statements import Entry, send_in, statement, transfer
from tests.sql import connect
from trust.access import NotPermitted

CNAPS = numbers.read("cnaps", "104584001234", "6217 0012 3456 7890 123")
IBAN = numbers.read("iban", "BNPAFRPPXXX", "FR1420041010050500013M02606")


@pytest.fixture
def means(ctx: JobContext) -> Means:
    vault = ctx.settings.vault
    return Means(ctx.files, vault, platform_account(ctx.settings))


async def payout(ctx, means, number=CNAPS, country="CN", name="深圳市灯笼有限公司", amount=None):
    """A supplier has earned 295.50 and asks for `amount` of it; the supplier and the payout's operation."""
    async with ctx.db.transaction() as tx:
        supplier = await make_company(tx, name, country=country)
        deal = await make_deal(tx, supplier=supplier)
        await earn(tx, deal, deal.deposit)
        person = await stepped_up(tx, supplier)
        account = await accounts.add_bank_account(tx, means.vault, NewAccount(number, "USD", name), by=person.member)
    clock.advance(days=8)
    async with ctx.db.transaction() as tx:
        wanted = amount or usd("200")
        payout_id = await paying_out.request_payout(tx, wanted, bank_account_id=account, by=supplier.member)
        (operation,) = [o for o in await operations.waiting_for_bank(tx) if o.part_id == payout_id]
    return supplier, operation


async def made(ctx, means, people, *ids, message=pain.MESSAGES[0]):
    async with ctx.db.transaction() as tx:
        return await service.make(tx, means, Wanted(ids, clock.now().date(), message), by=people[0].member)


async def sent(ctx, means, people, *ids) -> tuple[str, bytes]:
    """A run that was made, approved and downloaded."""
    run_id = await made(ctx, means, people, *ids)
    async with ctx.db.transaction() as tx:
        await service.approve(tx, run_id, by=people[1].member)
    async with ctx.db.transaction() as tx:
        return await service.download(tx, means, run_id, by=people[0].member)


@pytest.mark.parametrize("message", pain.MESSAGES)
async def test_one_file_for_iban_and_cnaps(ctx, means, people, message):
    _supplier, chinese = await payout(ctx, means)
    _other, french = await payout(ctx, means, IBAN, "FR", "Société Été & Fils SARL")
    run_id = await made(ctx, means, people, chinese.id, french.id, message=message)
    async with ctx.db.transaction() as tx:
        await service.approve(tx, run_id, by=people[1].member)
        name, data = await service.download(tx, means, run_id, by=people[0].member)
        run = await queries.run(tx, run_id)
    assert name == f"{run.number}.xml"
    assert run.sha256 == hashlib.sha256(data).hexdigest()
    root = ElementTree.fromstring(data)  # noqa: S314  our own file
    ns = {"p": f"urn:iso:std:iso:20022:tech:xsd:{message}"}
    found = {tx.findtext(".//p:EndToEndId", "", ns): tx for tx in root.iterfind(".//p:CdtTrfTxInf", ns)}
    assert len(found) == 2
    assert all(len(id_) <= 35 and id_.isalnum() for id_ in found)
    own = found[pain.end_to_end_id(chinese.kind, chinese.provider_key)]
    assert own.findtext(".//p:ClrSysMmbId/p:MmbId", "", ns) == "104584001234"
    assert own.findtext(".//p:ClrSysId/p:Cd", "", ns) == "CNAPS"
    assert own.findtext(".//p:Cdtr/p:Nm", "", ns) == "深圳市灯笼有限公司"
    assert own.findtext(".//p:CdtrAcct//p:Othr/p:Id", "", ns) == CNAPS.number
    iban = found[pain.end_to_end_id(french.kind, french.provider_key)]
    assert iban.findtext(".//p:CdtrAcct//p:IBAN", "", ns) == IBAN.number
    assert iban.findtext(".//p:Cdtr/p:Nm", "", ns) == "Societe Ete + Fils SARL"
    assert root.findtext(".//p:PmtInf/p:CtrlSum", "", ns) == "400.00"
    kept = await ctx.files.get((await run_row(ctx, run_id)).file_key)
    assert CNAPS.number.encode() not in kept


async def run_row(ctx, run_id):
    async with ctx.db.transaction() as tx:
        return await queries.run_for_update(tx, run_id)


async def test_two_people_before_anybody_gets_the_file(ctx, means, people, urls):
    _supplier, due = await payout(ctx, means)
    run_id = await made(ctx, means, people, due.id)
    maker, checker = people
    async with ctx.db.transaction() as tx:
        with pytest.raises(IllegalMove):
            await service.download(tx, means, run_id, by=checker.member)
        with pytest.raises(SamePerson):
            await service.approve(tx, run_id, by=maker.member)
        with pytest.raises(NotPermitted):
            await service.approve(tx, run_id, by=replace(checker.member, roles=frozenset()))
    owner = await connect(urls.owner)
    with pytest.raises(asyncpg.CheckViolationError, match="maker_is_not_checker"):
        await owner.execute("UPDATE payment_run SET approved_by = made_by")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="as it was made"):
        await owner.execute(f"UPDATE payment_run SET sha256 = '{'0' * 64}'")  # noqa: S608  our own constant
    await owner.close()


async def test_every_download_is_written_down(ctx, means, people):
    _supplier, due = await payout(ctx, means)
    run_id = await made(ctx, means, people, due.id)
    async with ctx.db.transaction() as tx:
        await service.approve(tx, run_id, by=people[1].member)
        for person in people:
            await service.download(tx, means, run_id, by=person.member)
        assert [who for who, _at in await queries.downloads(tx, run_id)] == [person.id for person in people]
        links = await evidence.chain(tx, Subject("payment_run", run_id))
        assert [link.kind.partition(".")[2] for link in links] == ["made", "approved", "downloaded", "downloaded"]
        assert len({link.data["sha256"] for link in links}) == 1
        assert (await operations.operation(tx, due.id)).state == OperationState.SENT
        with pytest.raises(IllegalMove):
            await service.call_off(tx, run_id, by=people[0].member)


async def test_a_payment_stands_in_one_live_run(ctx, means, people):
    _supplier, due = await payout(ctx, means)

    async def once() -> bool:
        try:
            await made(ctx, means, people, due.id)
        except Conflict:
            return False
        return True

    assert sum(await asyncio.gather(*(once() for _ in range(5)))) == 1
    async with ctx.db.transaction() as tx:
        (run,), _total = await queries.runs(tx)
        line = transfer_for((await make_deal(tx)).deposit, amount=usd("200"))
        with pytest.raises(Conflict, match="payment run"):
            await bank.book_sent(tx, due.id, line, by=people[0].member)
        await service.call_off(tx, run.id, by=people[0].member)
    again = await made(ctx, means, people, due.id)
    async with ctx.db.transaction() as tx:
        assert (await queries.run(tx, run.id)).state == RunState.CALLED_OFF
        assert (await queries.run(tx, again)).state == RunState.MADE


async def test_what_cannot_be_in_a_run(ctx, means, people):
    _supplier, due = await payout(ctx, means)
    async with ctx.db.transaction() as tx:
        deal = await make_deal(tx)
        await fund_by_bank(tx, deal.deposit)
        await escrow.refund(tx, deal.subject, deal.deposit.id, by=None, reason="off")
        refund = next(o for o in await operations.waiting_for_bank(tx) if o.subject == deal.subject)
        for ids, day in (([], clock.now()), ([due.id], clock.now() - timedelta(days=1)), ([refund.id], clock.now())):
            with pytest.raises(Invalid):
                await service.make(tx, means, Wanted(ids, day.date()), by=people[0].member)
        assert (await queries.runs(tx))[1] == 0


async def test_a_failed_proof_stops_runs(ctx, means, people):
    _supplier, due = await payout(ctx, means)
    run_id = await made(ctx, means, people, due.id)
    async with ctx.db.transaction() as tx:
        tx.add(ProofRow(holds=False, invariants=[], at=clock.now()))
    async with ctx.db.transaction() as tx:
        with pytest.raises(PayoutsStopped):
            await service.approve(tx, run_id, by=people[1].member)


def debit(operation, **changes) -> Entry:
    id_ = pain.end_to_end_id(operation.kind, operation.provider_key)
    values = {"amount": -operation.amount, "end_to_end": id_, "code": "PMNT/ICDT/ESCT", "name": "Shenzhen Lantern"}
    return Entry(**(values | changes))


def back(operation, **changes) -> Entry:
    values = {"amount": operation.amount, "reversal": True, "reason": "AC04", "code": "PMNT/ICDT/RRTN"}
    return debit(operation, **(values | changes))


async def test_the_debit_on_the_statement_confirms(ctx, means, people):
    supplier, due = await payout(ctx, means)
    await sent(ctx, means, people, due.id)
    await send_in(ctx, statement(debit(due)), people[0])
    async with ctx.db.transaction() as tx:
        assert (await operations.operation(tx, due.id)).state == OperationState.CONFIRMED
        assert [p.state for p in await payouts.payouts(tx, supplier.organisation_id)] == [PayoutState.SETTLED]
        assert len(await outbox.published(tx, PayoutSettled)) == 1
        assert await balance(tx, chart.IN_TRANSIT, "USD") == usd("0")
        assert (await proof.proof(tx)).holds
        assert not await queries.in_live_run(tx, due.id)


async def test_a_whole_group_debited_at_once_confirms(ctx, means, people):
    _one, first = await payout(ctx, means)
    _two, second = await payout(ctx, means, amount=usd("50"))
    run_id = await made(ctx, means, people, first.id, second.id)
    async with ctx.db.transaction() as tx:
        await service.approve(tx, run_id, by=people[1].member)
        await service.download(tx, means, run_id, by=people[0].member)
        number = (await queries.run(tx, run_id)).number
    entry = debit(first, amount=-usd("250"), end_to_end="NOTPROVIDED", batch=pain.batch_id(number, "USD"))
    await send_in(ctx, statement(entry), people[0])
    async with ctx.db.transaction() as tx:
        states = [(await operations.operation(tx, o.id)).state for o in (first, second)]
    assert states == [OperationState.CONFIRMED] * 2


@pytest.mark.parametrize("same_file", [True, False])
async def test_a_payout_that_comes_back_is_in_the_balance_again(ctx, means, people, same_file):
    supplier, due = await payout(ctx, means)
    await sent(ctx, means, people, due.id)
    if same_file:  # the bank lists the return before the debit
        await send_in(ctx, statement(back(due), debit(due)), people[0])
    else:
        await send_in(ctx, statement(debit(due)), people[0])
        await send_in(ctx, statement(back(due), opening=-20000), people[0])
    async with ctx.db.transaction() as tx:
        assert await balance(tx, chart.payable(supplier.organisation_id), "USD") == usd("295.50")
        assert [p.state for p in await payouts.payouts(tx, supplier.organisation_id)] == [PayoutState.FAILED]
        (failed,) = await outbox.published(tx, PayoutFailed)
        (case,), _total = await cases.cases(tx, states=list(CaseState))
        assert (await proof.proof(tx)).holds
    assert "the account is closed. (AC04)" in failed.reason
    assert (case.kind, case.held, case.operation_id) == (CaseKind.CAME_BACK, usd("0"), due.id)
    assert "AC04" in sentence(case.reasons[0])


async def test_a_refund_goes_to_the_account_it_came_from_and_may_come_back(ctx, means, people):
    async with ctx.db.transaction() as tx:
        deal = await make_deal(tx)
    await send_in(ctx, statement(transfer(deal.deposit)), people[0])
    async with ctx.db.transaction() as tx:
        await escrow.refund(tx, deal.subject, deal.deposit.id, by=None, reason="cancelled")
        (due,) = await operations.waiting_for_bank(tx)
    _name, data = await sent(ctx, means, people, due.id)
    assert b"DE02120300000000202051" in data
    await send_in(ctx, statement(debit(due), opening=30000), people[0])
    async with ctx.db.transaction() as tx:
        assert (await payments.money_position(tx, deal.subject)).refunded == usd("300")
        assert len(await outbox.published(tx, EscrowRefunded)) == 1
    await send_in(ctx, statement(back(due), opening=0, bank_id="back"), people[0])
    async with ctx.db.transaction() as tx:
        position = await payments.money_position(tx, deal.subject)
        assert (position.refund_due, position.refunded) == (usd("300"), usd("0"))
        assert (await proof.proof(tx)).holds


async def test_a_silent_transfer_is_handed_to_people(ctx, means, people):
    _supplier, due = await payout(ctx, means)
    await sent(ctx, means, people, due.id)
    await jobs.ask_about_silent_transfers(ctx)
    async with ctx.db.transaction() as tx:
        assert (await operations.operation(tx, due.id)).escalated_at is None
    clock.advance(days=8)
    await jobs.ask_about_silent_transfers(ctx)
    async with ctx.db.transaction() as tx:
        assert (await operations.operation(tx, due.id)).escalated_at is not None
