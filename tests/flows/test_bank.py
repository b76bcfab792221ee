"""The bank rail: two people for every movement, exactly the agreed amount, and nothing twice."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from app.core import clock, outbox
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.core.money import Money
from app.core.states import IllegalMove
from payments import proof
from payments import queries as payments
from payments.bank import queries, service
from payments.bank.states import BookingState
from payments.errors import PaymentUnderWay, SamePerson, WrongAmount
from payments.escrow import queries as escrows
from payments.escrow import service as escrow
from payments.escrow.reference import grouped, read, reference_for
from payments.escrow.states import MilestoneState
from payments.events import EscrowFunded, EscrowRefunded
from payments.ledger import chart
from payments.ledger.queries import balance
from payments.operations import queries as operations
from payments.operations import service as operating
from tests.factories.money import fund_by_bank, make_deal, make_finance, transfer_for, usd
from tests.factories.people import make_staff
from tests.sql import connect
from trust.access import NotPermitted, Role


@given(st.uuids())
def test_references_are_valid_and_survive_paper(id_):
    reference = reference_for(id_)
    assert iso11649.is_valid(reference)
    assert read(grouped(reference)) == read(reference.lower()) == reference


@given(st.uuids(), st.integers(4, 21), st.sampled_from("0123456789"))
def test_one_wrong_sign_is_found(id_, place, sign):
    reference = reference_for(id_)
    wrong = reference[:place] + sign + reference[place + 1 :]
    assert (read(wrong) is None) == (wrong != reference)


async def test_booked_moves_nothing_approved_funds(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        maker, checker = await make_finance(tx), await make_finance(tx)
        booking = await service.book_received(tx, transfer_for(deal.deposit), by=maker.member)
        assert (await payments.money_position(tx, deal.subject)).funded == usd("0")
    async with db.transaction() as tx:
        await service.approve(tx, booking, by=checker.member)
        assert (await payments.money_position(tx, deal.subject)).held == usd("300")
        assert await balance(tx, chart.bank("main"), "USD") == usd("300")
        assert len(await outbox.published(tx, EscrowFunded)) == 1
        assert (await proof.proof(tx)).holds


async def test_the_reference_may_be_typed_as_printed(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        maker, checker = await make_finance(tx), await make_finance(tx)
        typed = grouped(deal.deposit.reference).lower()
        booking = await service.book_received(tx, transfer_for(deal.deposit, reference=typed), by=maker.member)
        await service.approve(tx, booking, by=checker.member)
        assert (await payments.money_position(tx, deal.subject)).held == usd("300")


@pytest.mark.parametrize("amount", ["299.99", "300.01", "0.01"])
async def test_another_amount_is_refused(db, amount):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        maker = await make_finance(tx)
        with pytest.raises(WrongAmount) as refused:
            await service.book_received(tx, transfer_for(deal.deposit, amount=usd(amount)), by=maker.member)
        euros = Money.of("300", "EUR")
        with pytest.raises(WrongAmount):
            await service.book_received(tx, transfer_for(deal.deposit, amount=euros), by=maker.member)
        assert (await queries.bookings(tx))[1] == 0
    assert "amount" in refused.value.errors


async def test_an_unknown_reference_goes_to_suspense(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        maker, checker = await make_finance(tx), await make_finance(tx)
        line = transfer_for(deal.deposit, reference="thank you for the lanterns")
        booking = await service.book_received(tx, line, by=maker.member)
        await service.approve(tx, booking, by=checker.member)
        assert await balance(tx, chart.SUSPENSE, "USD") == usd("300")
        assert (await payments.money_position(tx, deal.subject)).funded == usd("0")
        assert (await proof.proof(tx)).holds


async def test_who_books_does_not_approve(db, urls):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        maker = await make_finance(tx)
        booking = await service.book_received(tx, transfer_for(deal.deposit), by=maker.member)
        with pytest.raises(SamePerson):
            await service.approve(tx, booking, by=maker.member)
        with pytest.raises(SamePerson):
            await service.reject(tx, booking, by=maker.member, note="")
    owner = await connect(urls.owner)
    with pytest.raises(asyncpg.CheckViolationError, match="maker_is_not_checker"):
        await owner.execute("UPDATE bank_booking SET state = 'approved', decided_by = booked_by")
    await owner.close()


async def test_a_decision_stays(db, urls):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        booking = await fund_by_bank(tx, deal.deposit)
        checker = await make_finance(tx)
        with pytest.raises(IllegalMove):
            await service.approve(tx, booking, by=checker.member)
        with pytest.raises(IllegalMove):
            await service.reject(tx, booking, by=checker.member, note="")
    owner = await connect(urls.owner)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="is decided"):
        await owner.execute("UPDATE bank_booking SET amount_minor = 1")
    await owner.close()


async def test_rejected_moves_nothing(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        maker, checker = await make_finance(tx), await make_finance(tx)
        booking = await service.book_received(tx, transfer_for(deal.deposit), by=maker.member)
        await service.reject(tx, booking, by=checker.member, note="not on the statement")
        assert (await payments.money_position(tx, deal.subject)).funded == usd("0")
        (seen,), _total = await queries.bookings(tx, state=BookingState.REJECTED)
    assert seen.note == "not on the statement"


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.ADMIN, Role.COMPLIANCE])
async def test_only_finance_books(db, role):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        for stranger in (await make_staff(tx, role), deal.buyer, deal.supplier):
            with pytest.raises(NotPermitted):
                await service.book_received(tx, transfer_for(deal.deposit), by=stranger.member)


async def test_one_line_of_the_bank_is_booked_once(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        maker = await make_finance(tx)
        line = transfer_for(deal.deposit)
        await service.book_received(tx, line, by=maker.member)
    with pytest.raises(Conflict):
        async with db.transaction() as tx:
            await service.book_received(tx, line, by=maker.member)


async def test_a_milestone_is_funded_once_by_two_bookings(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        maker, checker = await make_finance(tx), await make_finance(tx)
        bookings = [await service.book_received(tx, transfer_for(deal.deposit), by=maker.member) for _ in range(2)]

    async def approve(booking) -> bool:
        try:
            async with db.transaction() as tx:
                await service.approve(tx, booking, by=checker.member)
        except IllegalMove:
            return False
        return True

    assert sum(await asyncio.gather(*(approve(b) for b in bookings * 10))) == 1
    with pytest.raises(Conflict):
        async with db.transaction() as tx:
            await service.book_received(tx, transfer_for(deal.deposit), by=maker.member)
    async with db.transaction() as tx:
        assert (await payments.money_position(tx, deal.subject)).funded == usd("300")


async def test_a_transfer_does_not_overtake_a_card_payment(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        maker, checker = await make_finance(tx), await make_finance(tx)
        booking = await service.book_received(tx, transfer_for(deal.deposit), by=maker.member)
        card = await escrow.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member, method="card")
    async with db.transaction() as tx:
        await operating.begin(tx, card.id)
    with pytest.raises(PaymentUnderWay):
        async with db.transaction() as tx:
            await service.approve(tx, booking, by=checker.member)
    async with db.transaction() as tx:
        assert (await queries.bookings(tx, state=BookingState.BOOKED))[1] == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [({"amount": Money(0, "USD")}, "amount"), ({"value_date": clock.now().date() + timedelta(days=2)}, "value_date")],
)
async def test_lines_that_cannot_be(db, values, field):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        maker = await make_finance(tx)
        line = replace(transfer_for(deal.deposit, reference="x"), **values)
        with pytest.raises(Invalid) as refused:
            await service.book_received(tx, line, by=maker.member)
    assert list(refused.value.errors) == [field]


async def test_a_refund_goes_back_by_bank(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        await fund_by_bank(tx, deal.deposit)
        maker, checker = await make_finance(tx), await make_finance(tx)
    async with db.transaction() as tx:
        await escrow.refund(tx, deal.subject, deal.deposit.id, by=None, reason="cancelled by agreement")
        (due,) = await operations.waiting_for_bank(tx)
        with pytest.raises(WrongAmount):
            await service.book_sent(tx, due.id, transfer_for(deal.deposit, amount=usd("1")), by=maker.member)
        booking = await service.book_sent(tx, due.id, transfer_for(deal.deposit), by=maker.member)
        assert (await payments.money_position(tx, deal.subject)).refund_due == usd("300")
        await service.approve(tx, booking, by=checker.member)
        position = await payments.money_position(tx, deal.subject)
        milestone = (await escrows.escrow(tx, deal.subject)).milestones[0]
        assert await operations.waiting_for_bank(tx) == []
        assert len(await outbox.published(tx, EscrowRefunded)) == 1
        assert (await proof.proof(tx)).holds
    assert (position.refund_due, position.refunded) == (usd("0"), usd("300"))
    assert milestone.state == MilestoneState.REFUNDED


async def test_one_refund_is_booked_as_sent_once(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        await fund_by_bank(tx, deal.deposit)
        maker, checker = await make_finance(tx), await make_finance(tx)
        await escrow.refund(tx, deal.subject, deal.deposit.id, by=None, reason="off")
        (due,) = await operations.waiting_for_bank(tx)
        first, second = [
            await service.book_sent(tx, due.id, transfer_for(deal.deposit), by=maker.member) for _ in range(2)
        ]
        await service.approve(tx, first, by=checker.member)
    with pytest.raises(Conflict):
        async with db.transaction() as tx:
            await service.approve(tx, second, by=checker.member)


async def test_the_provider_s_money_comes_to_the_bank(db):
    async with db.transaction() as tx:
        maker, checker = await make_finance(tx), await make_finance(tx)
        line = service.Line(
            bank_ref=f"B{new_id()}",
            reference="STRIPE PAYOUT",
            counterparty="Stripe",
            amount=usd("50"),
            value_date=clock.now().date(),
        )
        booking = await service.book_swept(tx, line, by=maker.member)
        await service.approve(tx, booking, by=checker.member)
        assert await balance(tx, chart.bank("main"), "USD") == usd("50")
        assert await balance(tx, chart.psp("stripe"), "USD") == -usd("50")
