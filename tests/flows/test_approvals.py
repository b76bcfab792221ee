"""Two people for large money: the platform's own, held by the database."""

import asyncio

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.core.config import Settings
from app.core.errors import Conflict
from app.core.money import Money
from app.core.states import IllegalMove
from app.core.subject import Subject
from payments import settling
from payments.approvals import jobs, limits, queries, service
from payments.approvals.models import Approval
from payments.approvals.service import Asked
from payments.approvals.states import ApprovalState
from payments.desk import approving as desk
from payments.errors import ApprovalNotFound, SamePerson
from payments.escrow import service as escrow
from payments.invoices import approving as fees
from payments.invoices import queries as invoices
from payments.invoices import service as invoicing
from payments.ledger import chart
from payments.ledger.queries import balance
from payments.operations import queries as operations
from payments.operations.models import Operation
from payments.operations.states import OperationMove, OperationState
from tests.factories.money import Deal, earn, fund_by_bank, make_deal, make_finance, usd
from tests.factories.people import Actor, make_company
from tests.forms import submit
from trust.access import NotPermitted

SETTINGS = Settings(environment="test")


async def stuck(tx, deposit: Money | None = None) -> tuple[Deal, Operation]:
    """A card payment nobody answered, handed to people."""
    balance = Money(1000, deposit.currency) if deposit else None
    deal = await make_deal(tx, deposit=deposit, balance=balance)
    planned = await escrow.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member, method="card")
    operation = await settling.locked(tx, planned.id)
    operation.move(OperationMove.SEND, by=None)
    operation.escalated_at = clock.now()
    await tx.flush()
    return deal, operation


def giving_up(operation: Operation) -> Asked:
    return Asked(kind=desk.GIVE_UP, subject=Subject("operation", operation.id), reason="not in the provider's books")


async def only(tx) -> Approval:
    row: Approval = (await tx.scalars(select(Approval).execution_options(populate_existing=True))).one()
    return row


async def test_under_the_limit_one_person_is_enough(db):
    async with db.transaction() as tx:
        finance = await make_finance(tx)
        _deal, operation = await stuck(tx, usd("10000"))
        assert await service.ask(tx, giving_up(operation), SETTINGS, by=finance.member) is ApprovalState.AGREED
        assert operation.state == OperationState.FAILED
        row = await only(tx)
        assert (row.two_people, row.decided_by, row.proposed_by) == (False, None, finance.id)


async def test_over_the_limit_it_happens_when_another_agrees(db):
    async with db.transaction() as tx:
        finance, checker = await make_finance(tx), await make_finance(tx)
        _deal, operation = await stuck(tx, usd("10000.01"))
        assert await service.ask(tx, giving_up(operation), SETTINGS, by=finance.member) is ApprovalState.PROPOSED
        assert operation.state == OperationState.SENT, "nothing has happened"
        with pytest.raises(Conflict):
            await service.ask(tx, giving_up(operation), SETTINGS, by=checker.member)
        row = await only(tx)
        with pytest.raises(SamePerson):
            await service.agree(tx, row.id, SETTINGS, by=finance.member)
        with pytest.raises(ApprovalNotFound):
            await service.agree(tx, row.id, SETTINGS, by=_deal.buyer.member)
        assert await service.agree(tx, row.id, SETTINGS, by=checker.member) is ApprovalState.AGREED
        assert operation.state == OperationState.FAILED
        with pytest.raises(IllegalMove):
            await service.agree(tx, row.id, SETTINGS, by=(await make_finance(tx)).member)


async def test_a_currency_without_a_limit_always_takes_two(db):
    async with db.transaction() as tx:
        finance = await make_finance(tx)
        _deal, operation = await stuck(tx, Money.of("1", "KWD"))
        assert await service.ask(tx, giving_up(operation), SETTINGS, by=finance.member) is ApprovalState.PROPOSED


async def test_sent_back_nothing_happens_and_it_can_be_asked_again(db):
    async with db.transaction() as tx:
        finance, checker = await make_finance(tx), await make_finance(tx)
        _deal, operation = await stuck(tx, usd("20000"))
        await service.ask(tx, giving_up(operation), SETTINGS, by=finance.member)
        row = await only(tx)
        with pytest.raises(SamePerson):
            await service.send_back(tx, row.id, "mine", by=finance.member)
        await service.send_back(tx, row.id, "look again", by=checker.member)
        assert (row.state, row.note, row.decided_by) == (ApprovalState.RETURNED, "look again", checker.id)
        assert operation.state == OperationState.SENT
        assert await service.ask(tx, giving_up(operation), SETTINGS, by=finance.member) is ApprovalState.PROPOSED


async def test_it_expires_when_the_provider_answers_first(db, ctx):
    async with db.transaction() as tx:
        finance, checker = await make_finance(tx), await make_finance(tx)
        _deal, first = await stuck(tx, usd("20000"))
        _deal, second = await stuck(tx, usd("30000"))
        for operation in (first, second):
            await service.ask(tx, giving_up(operation), SETTINGS, by=finance.member)
        (late, early), _total = await queries.of_company(tx, None, waiting=True)
        for operation in (first, second):
            await settling.fail(tx, operation, "the provider said so")
        assert await service.agree(tx, early.id, SETTINGS, by=checker.member) is ApprovalState.EXPIRED
    await jobs.expire_proposals(ctx)
    await jobs.expire_proposals(ctx)
    async with db.transaction() as tx:
        assert (await queries.approval(tx, late.id)).state is ApprovalState.EXPIRED


async def test_two_who_agree_at_once_do_it_once(db):
    async with db.transaction() as tx:
        finance = await make_finance(tx)
        checkers = [await make_finance(tx) for _checker in range(2)]
        _deal, operation = await stuck(tx, usd("20000"))
        await service.ask(tx, giving_up(operation), SETTINGS, by=finance.member)
        row = await only(tx)

    async def agree(checker: Actor) -> ApprovalState:
        async with db.transaction() as tx:
            return await service.agree(tx, row.id, SETTINGS, by=checker.member)

    told = await asyncio.gather(*[agree(checker) for checker in checkers], return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in told) == ["ApprovalState", "IllegalMove"]
    async with db.transaction() as tx:
        assert (await operations.operation(tx, operation.id)).state is OperationState.FAILED


async def test_one_who_agrees_and_one_who_sends_back_at_once(db):
    async with db.transaction() as tx:
        finance, one, other = [await make_finance(tx) for _person in range(3)]
        _deal, operation = await stuck(tx, usd("20000"))
        await service.ask(tx, giving_up(operation), SETTINGS, by=finance.member)
        row = await only(tx)

    async def agree() -> None:
        async with db.transaction() as tx:
            await service.agree(tx, row.id, SETTINGS, by=one.member)

    async def send_back() -> None:
        async with db.transaction() as tx:
            await service.send_back(tx, row.id, "no", by=other.member)

    told = await asyncio.gather(agree(), send_back(), return_exceptions=True)
    assert sum(isinstance(answer, IllegalMove) for answer in told) == 1
    async with db.transaction() as tx:
        agreed = (await queries.approval(tx, row.id)).state is ApprovalState.AGREED
        failed = (await operations.operation(tx, operation.id)).state is OperationState.FAILED
    assert agreed == failed


async def test_a_refund_is_sent_another_way_by_two(db):
    async with db.transaction() as tx:
        finance, checker = await make_finance(tx), await make_finance(tx)
        deal = await make_deal(tx, deposit=usd("20000"))
        await fund_by_bank(tx, deal.deposit)
        await escrow.refund(tx, deal.subject, deal.deposit.id, by=None, reason="called off")
        [due] = await operations.waiting_for_bank(tx)
        refund = await settling.locked(tx, due.id)
        refund.move(OperationMove.SEND, by=None)
        await settling.fail(tx, refund, "account closed")
        asked = Asked(
            kind=desk.REFUND_AGAIN, subject=Subject("operation", due.id), reason="failed", wanted={"rail": "bank"}
        )
        assert await service.ask(tx, asked, SETTINGS, by=finance.member) is ApprovalState.PROPOSED
        assert await operations.waiting_for_bank(tx) == []
        assert await service.agree(tx, (await only(tx)).id, SETTINGS, by=checker.member) is ApprovalState.AGREED
        assert [w.amount for w in await operations.waiting_for_bank(tx)] == [usd("20000")]
        assert (await balance(tx, chart.refund_due(deal.subject), "USD")) == usd("20000")


async def test_a_fee_is_given_back_by_two_however_small(db):
    async with db.transaction() as tx:
        finance, checker = await make_finance(tx), await make_finance(tx)
        deal = await make_deal(tx)
        await earn(tx, deal, deal.deposit)
        books = invoicing.books(SETTINGS)
        [invoice] = await invoicing.issue_now(tx, books, deal.supplier.organisation_id, by=finance.member)
        with pytest.raises(NotPermitted):
            await fees.ask(tx, invoice, 1, SETTINGS, by=deal.supplier.member, reason="ours")
        await fees.ask(tx, invoice, 1, SETTINGS, by=finance.member, reason="agreed")
        assert (await invoices.invoice(tx, invoice)).credited == usd("0")
        await service.agree(tx, (await only(tx)).id, SETTINGS, by=checker.member)
        assert (await invoices.invoice(tx, invoice)).credited == usd("4.50")
        with pytest.raises(Conflict):
            await fees.ask(tx, invoice, 1, SETTINGS, by=finance.member, reason="again")


async def test_the_limits_themselves_take_two(db):
    async with db.transaction() as tx:
        finance, checker = await make_finance(tx), await make_finance(tx)
        await limits.ask_platform(tx, usd("50"), "smaller team", SETTINGS, by=finance.member)
        assert (await queries.platform_limits(tx))["USD"] == usd("10000")
        await service.agree(tx, (await only(tx)).id, SETTINGS, by=checker.member)
        assert (await queries.platform_limits(tx))["USD"] == usd("50")
        _deal, operation = await stuck(tx, usd("50.01"))
        assert await service.ask(tx, giving_up(operation), SETTINGS, by=finance.member) is ApprovalState.PROPOSED


ATTACKS = {
    "the same person": "UPDATE approval SET state = 'agreed', decided_by = proposed_by",
    "nobody": "UPDATE approval SET state = 'agreed'",
    "one is enough": "UPDATE approval SET two_people = false",
    "another amount": "UPDATE approval SET amount_minor = 1",
    "another content": 'UPDATE approval SET wanted = \'{"rail": "bank"}\'',
    "somebody of a company": "UPDATE approval SET state = 'agreed', decided_by = (SELECT m.id FROM member m"
    " JOIN organisation o ON o.id = m.organisation_id WHERE NOT o.is_platform LIMIT 1)",
    "away with it": "DELETE FROM approval",
    "agreed from the first": "INSERT INTO approval SELECT gen_random_uuid(), organisation_id, 'x', subject_type,"
    " subject_id, amount_minor, amount_currency, wanted, basis, reason, false, 'agreed', proposed_by, NULL, NULL, '',"
    " created_at FROM approval",
    "no limit": "UPDATE approval_limit SET amount_minor = 1000000000",
    "a limit of my own": "INSERT INTO approval_limit (id, amount_minor, amount_currency, created_at)"
    " VALUES (gen_random_uuid(), 1000000000, 'USD', now())",
    "a limit not agreed to": "INSERT INTO approval_limit (id, amount_minor, amount_currency, approval_id, created_at)"
    " SELECT gen_random_uuid(), 1000000000, 'USD', id, now() FROM approval",
}


@pytest.mark.parametrize("statement", ATTACKS.values(), ids=ATTACKS.keys())
async def test_the_database_refuses(db, statement):
    async with db.transaction() as tx:
        finance = await make_finance(tx)
        await make_company(tx, "Somebody")
        _deal, operation = await stuck(tx, usd("20000"))
        await service.ask(tx, giving_up(operation), SETTINGS, by=finance.member)
    with pytest.raises(DBAPIError):
        async with db.transaction() as tx:
            await tx.execute(text(statement))


async def test_one_is_enough_is_not_for_the_asker_to_say(db):
    async with db.transaction() as tx:
        finance = await make_finance(tx)
        _deal, operation = await stuck(tx, usd("20000"))
        await service.ask(tx, giving_up(operation), SETTINGS, by=finance.member)
        await tx.execute(
            text(
                "INSERT INTO approval SELECT gen_random_uuid(), organisation_id, kind, subject_type, gen_random_uuid(),"
                " amount_minor, amount_currency, wanted, basis, reason, false, 'proposed', proposed_by, NULL, NULL, '',"
                " created_at FROM approval"
            )
        )
        assert (await tx.scalars(text("SELECT two_people FROM approval"))).all() == [True, True]


async def test_from_the_desk(db, client):
    async with db.transaction() as tx:
        finance, checker = await make_finance(tx), await make_finance(tx)
        _deal, operation = await stuck(tx, usd("20000"))
    async with client(as_=finance) as http:
        await submit(http, "/finance", f"failure-{operation.id}", reason="Not in their books.")
        assert "Waits for a second person" in (await http.get("/finance")).text
        assert "another person decides" in (await http.get("/finance/approvals")).text
        await submit(http, "/finance/approvals", "limit", amount="500", amount_currency="USD", reason="Fewer people.")
    async with db.transaction() as tx:
        waiting, _total = await queries.of_company(tx, None, waiting=True)
    [change] = [a for a in waiting if a.kind == limits.LIMIT]
    [asked] = [a for a in waiting if a.kind == desk.GIVE_UP]
    async with client(as_=checker) as http:
        assert "Not in their books." in (await http.get("/finance/approvals")).text
        assert (await submit(http, "/finance/approvals", f"approve-{asked.id}")).status_code == 303
        await submit(http, "/finance/approvals", f"reject-{change.id}", reason="We are enough.")
        shown = (await http.get("/finance/approvals")).text
        assert "We are enough." in shown
        assert "Nothing waits for a second person" in shown
    async with db.transaction() as tx:
        assert (await operations.operation(tx, operation.id)).state is OperationState.FAILED
