"""An escrow as its parties see it: held on the provider's word alone, let go once, each unit accounted for."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text

from app.core import evidence, outbox
from app.core.ids import new_id
from app.core.money import Money
from app.core.states import IllegalMove
from app.core.subject import Subject
from payments import proof
from payments import queries as payments
from payments.errors import BadDivision, BadPlan, EscrowMismatch, EscrowNotFound, PaymentUnderWay
from payments.escrow import queries, service
from payments.escrow.service import MilestonePlan
from payments.escrow.states import MOVES, MilestoneMove, MilestoneState
from payments.events import EscrowFunded, EscrowReleased
from payments.fees import FeeTerms
from payments.ledger import chart
from payments.ledger.queries import balance
from payments.operations import service as operating
from tests.factories.money import HASH, Deal, fund_by_bank, make_deal, usd
from tests.factories.people import make_company
from trust.access import NotPermitted, Role

USD = "USD"


async def funded_deal(db, **options) -> Deal:
    async with db.transaction() as tx:
        deal = await make_deal(tx, **options)
        await fund_by_bank(tx, deal.deposit)
    return deal


async def state(db, deal: Deal, number: int = 0) -> MilestoneState:
    async with db.transaction() as tx:
        return (await queries.escrow(tx, deal.subject)).milestones[number].state


async def test_opening_freezes_amounts_fees_and_references(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
    assert [m.kind for m in deal.escrow.milestones] == ["deposit", "balance"]
    assert [m.fee for m in deal.escrow.milestones] == [usd("4.50"), usd("10.50")]
    assert deal.escrow.agreed == usd("1000.00")
    assert deal.deposit.reference.startswith("RF")
    assert deal.deposit.reference != deal.balance.reference


async def test_opening_twice_is_once_and_other_terms_are_refused(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        terms = {
            "buyer_id": deal.buyer.organisation_id,
            "supplier_id": deal.supplier.organisation_id,
            "currency": USD,
            "milestones": [MilestonePlan("deposit", usd("300")), MilestonePlan("balance", usd("700"))],
            "fee_terms": FeeTerms(150),
            "contract_hash": HASH,
        }
        again = await service.open_escrow(tx, deal.subject, **terms)
        assert again == deal.escrow
        with pytest.raises(EscrowMismatch):
            await service.open_escrow(tx, deal.subject, **(terms | {"contract_hash": "b" * 64}))


@pytest.mark.parametrize(
    "milestones",
    [
        [],
        [MilestonePlan("deposit", Money(0, USD))],
        [MilestonePlan("deposit", Money(-5, USD))],
        [MilestonePlan("deposit", Money(5, "EUR"))],
    ],
)
async def test_a_plan_that_cannot_be_paid_is_refused(db, milestones):
    async with db.transaction() as tx:
        buyer, supplier = await make_company(tx, "A"), await make_company(tx, "B")
        with pytest.raises(BadPlan):
            await service.open_escrow(
                tx,
                Subject("order", new_id()),
                buyer_id=buyer.organisation_id,
                supplier_id=supplier.organisation_id,
                currency=USD,
                milestones=milestones,
                fee_terms=FeeTerms(150),
                contract_hash=HASH,
            )


async def test_planning_moves_no_money(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        operation = await service.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member, rail="bank")
        again = await service.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member, rail="bank")
        assert again.id == operation.id
        position = await payments.money_position(tx, deal.subject)
    assert (position.agreed, position.funded, position.held) == (usd("1000"), usd("0"), usd("0"))
    assert await state(db, deal) == MilestoneState.FUNDING


async def test_only_the_buyer_with_the_right_to_pay_pays(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        for stranger in (deal.supplier, await make_company(tx, "Stranger")):
            with pytest.raises(EscrowNotFound):
                await service.plan_pay_in(tx, deal.subject, deal.deposit.id, by=stranger.member)
        clerk = replace(deal.buyer.member, roles=frozenset({Role.PURCHASER}))
        with pytest.raises(NotPermitted):
            await service.plan_pay_in(tx, deal.subject, deal.deposit.id, by=clerk)
        with pytest.raises(EscrowNotFound):
            await service.plan_pay_in(tx, deal.subject, new_id(), by=deal.buyer.member)
        other = await make_deal(tx)
        with pytest.raises(EscrowNotFound):
            await service.plan_pay_in(tx, deal.subject, other.deposit.id, by=deal.buyer.member)
    assert await state(db, deal) == MilestoneState.PENDING


async def test_another_rail_replaces_a_payment_that_was_not_sent(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        first = await service.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member, rail="bank")
        second = await service.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member, rail="stripe")
    assert first.id != second.id
    assert first.provider_key != second.provider_key
    assert await state(db, deal) == MilestoneState.FUNDING


async def test_funded_released_and_accounted_for(db):
    deal = await funded_deal(db)
    assert await state(db, deal) == MilestoneState.FUNDED
    async with db.transaction() as tx:
        await service.release(tx, deal.subject, deal.deposit.id, by=deal.buyer.id, reason="deposit is due")
        position = await payments.money_position(tx, deal.subject)
        earned = await balance(tx, chart.payable(deal.supplier.organisation_id), USD)
        funded = await outbox.published(tx, EscrowFunded)
        released = await outbox.published(tx, EscrowReleased)
        chain = [link.kind for link in await evidence.chain(tx, deal.subject)]
        assert (await proof.proof(tx)).holds
    assert (position.funded, position.held) == (usd("300"), usd("0"))
    assert (position.released, position.fees) == (usd("295.50"), usd("4.50"))
    assert [p.figures.funded for p in position.milestones] == [usd("300"), usd("0")]
    assert earned == usd("295.50")
    assert funded == [EscrowFunded(deal.subject, deal.deposit.id, usd("300"))]
    assert released == [EscrowReleased(deal.subject, deal.deposit.id, usd("300"), usd("4.50"))]
    assert chain == ["escrow_opened", "escrow_funded", "escrow_decided"]


@pytest.mark.parametrize(
    ("deposit", "fee", "net"),
    [
        (Money(99_999, "JPY"), Money(1500, "JPY"), Money(98_499, "JPY")),
        (Money(1_234_567, "KWD"), Money(18_519, "KWD"), Money(1_216_048, "KWD")),
    ],
)
async def test_currencies_without_and_with_three_decimals(db, deposit, fee, net):
    deal = await funded_deal(db, deposit=deposit, balance=deposit, fee_terms=FeeTerms(150))
    async with db.transaction() as tx:
        await service.release(tx, deal.subject, deal.deposit.id, by=None, reason="accepted")
        position = await payments.money_position(tx, deal.subject)
        assert (await proof.proof(tx)).holds
    assert (position.fees, position.released) == (fee, net)


async def test_a_hundred_releases_at_once_one_wins(db):
    deal = await funded_deal(db)

    async def once() -> bool:
        try:
            async with db.transaction() as tx:
                await service.release(tx, deal.subject, deal.deposit.id, by=None, reason="accepted")
        except IllegalMove:
            return False
        return True

    assert sum(await asyncio.gather(*(once() for _ in range(100)))) == 1
    async with db.transaction() as tx:
        assert await balance(tx, chart.payable(deal.supplier.organisation_id), USD) == usd("295.50")
        assert len(await outbox.published(tx, EscrowReleased)) == 1


async def test_release_and_refund_race_one_wins(db):
    deal = await funded_deal(db)

    async def attempt(what) -> str | None:
        try:
            async with db.transaction() as tx:
                await what(tx, deal.subject, deal.deposit.id, by=None, reason="race")
        except IllegalMove:
            return None
        return str(what.__name__)

    moves = [service.release, service.refund] * 20
    won = [winner for winner in await asyncio.gather(*(attempt(m) for m in moves)) if winner]
    assert len(won) == 1
    async with db.transaction() as tx:
        position = await payments.money_position(tx, deal.subject)
        assert (await proof.proof(tx)).holds
    left = position.refund_due if won == ["refund"] else position.released + position.fees
    assert left == usd("300")


@pytest.mark.parametrize("what", [service.release, service.refund])
async def test_nothing_unpaid_is_let_go(db, what):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
    with pytest.raises(IllegalMove):
        async with db.transaction() as tx:
            await what(tx, deal.subject, deal.deposit.id, by=None, reason="too soon")
    assert await state(db, deal) == MilestoneState.PENDING


async def test_a_division_takes_the_fee_from_the_supplier_s_part(db):
    deal = await funded_deal(db)
    async with db.transaction() as tx:
        parts = {"to_supplier": usd("200"), "to_buyer": usd("100")}
        await service.divide(tx, deal.subject, deal.deposit.id, **parts, by=None, reason="one crate was wet")
        position = await payments.money_position(tx, deal.subject)
        assert (await proof.proof(tx)).holds
    assert (position.released, position.fees) == (usd("197.00"), usd("3.00"))
    assert (position.refund_due, position.held) == (usd("100"), usd("0"))
    assert await state(db, deal) == MilestoneState.REFUND_DUE


@pytest.mark.parametrize(
    ("to_supplier", "to_buyer"),
    [("200", "99.99"), ("301", "-1"), ("-1", "301"), ("0", "0")],
)
async def test_a_division_that_does_not_add_up_changes_nothing(db, to_supplier, to_buyer):
    deal = await funded_deal(db)
    with pytest.raises(BadDivision):
        async with db.transaction() as tx:
            await service.divide(
                tx,
                deal.subject,
                deal.deposit.id,
                to_supplier=usd(to_supplier),
                to_buyer=usd(to_buyer),
                by=None,
                reason="",
            )
    assert await state(db, deal) == MilestoneState.FUNDED


async def test_a_dispute_freezes_and_a_ruling_divides(db):
    deal = await funded_deal(db)
    async with db.transaction() as tx:
        await service.freeze(tx, deal.subject, by=None, reason="dispute opened")
        position = await payments.money_position(tx, deal.subject)
    assert (position.held, position.frozen) == (usd("0"), usd("300"))
    for what in (service.release, service.refund):
        with pytest.raises(IllegalMove):
            async with db.transaction() as tx:
                await what(tx, deal.subject, deal.deposit.id, by=None, reason="clock ran out")
    async with db.transaction() as tx:
        parts = {"to_supplier": usd("100"), "to_buyer": usd("200")}
        await service.rule(tx, deal.subject, deal.deposit.id, **parts, by=None, reason="ruling")
        position = await payments.money_position(tx, deal.subject)
        assert (await proof.proof(tx)).holds
    assert (position.frozen, position.refund_due) == (usd("0"), usd("200"))
    assert (position.released, position.fees) == (usd("98.50"), usd("1.50"))


async def test_freezing_again_after_a_thaw(db):
    deal = await funded_deal(db)
    for turn in range(2):
        async with db.transaction() as tx:
            await service.freeze(tx, deal.subject, by=None, reason=f"dispute {turn}")
        async with db.transaction() as tx:
            await service.unfreeze(tx, deal.subject, by=None, reason="withdrawn")
    async with db.transaction() as tx:
        assert (await payments.money_position(tx, deal.subject)).held == usd("300")
        assert (await proof.proof(tx)).holds


async def test_calling_a_deal_off_returns_what_is_held_and_asks_for_nothing_more(db):
    deal = await funded_deal(db)
    async with db.transaction() as tx:
        await service.plan_pay_in(tx, deal.subject, deal.balance.id, by=deal.buyer.member, rail="bank")
    async with db.transaction() as tx:
        await service.refund_everything(tx, deal.subject, by=None, reason="cancelled by agreement")
        position = await payments.money_position(tx, deal.subject)
    assert await state(db, deal, 0) == MilestoneState.REFUND_DUE
    assert await state(db, deal, 1) == MilestoneState.CANCELLED
    assert (position.refund_due, position.agreed) == (usd("300"), usd("300"))
    with pytest.raises(IllegalMove):
        async with db.transaction() as tx:
            await service.plan_pay_in(tx, deal.subject, deal.balance.id, by=deal.buyer.member)


async def test_a_payment_on_its_way_stops_a_cancellation(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        planned = await service.plan_pay_in(
            tx, deal.subject, deal.deposit.id, by=deal.buyer.member, rail="stripe", method="card"
        )
    async with db.transaction() as tx:
        await operating.begin(tx, planned.id)
    with pytest.raises(PaymentUnderWay):
        async with db.transaction() as tx:
            await service.refund_everything(tx, deal.subject, by=None, reason="cancelled")
    assert await state(db, deal, 1) == MilestoneState.PENDING


async def test_the_statement_tells_the_whole_story(db):
    deal = await funded_deal(db)
    async with db.transaction() as tx:
        parts = {"to_supplier": usd("200"), "to_buyer": usd("100")}
        await service.divide(tx, deal.subject, deal.deposit.id, **parts, by=None, reason="one crate was wet")
        lines = await payments.statement(tx, deal.subject)
    assert [(line.text, line.part, line.amount, line.held) for line in lines] == [
        ("Paid by the buyer, held", "deposit", usd("300"), usd("300")),
        ("Released to the supplier", "deposit", usd("197"), usd("103")),
        ("Fee of the platform", "deposit", usd("3"), usd("100")),
        ("Set aside for the buyer", "deposit", usd("100"), usd("0")),
    ]
    rows = payments.as_csv(lines).decode("utf-8-sig").splitlines()
    assert len(rows) == 5
    assert rows[2].endswith("deposit,197.00,-197.00,103.00,USD")


async def test_positions_of_many_deals_at_once(db):
    first, second = await funded_deal(db), await funded_deal(db, deposit=usd("50"))
    async with db.transaction() as tx:
        nobody = Subject("order", new_id())
        found = await payments.positions(tx, [first.subject, second.subject, nobody])
    assert {s: p.held for s, p in found.items()} == {first.subject: usd("300"), second.subject: usd("50")}


async def test_the_proof_finds_a_state_that_the_books_do_not_know(db):
    deal = await funded_deal(db)
    async with db.transaction() as tx:
        await tx.execute(text("UPDATE escrow_milestone SET state = 'released' WHERE state = 'funded'"))
        made = await proof.proof(tx)
    (broken,) = [i for i in made.invariants if not i["holds"]]
    assert broken["name"] == "milestones_match_books"
    assert broken["broken"] == [f"{deal.subject} deposit released"]


def test_every_state_knows_every_move():
    """The table as a buyer could read it: held money leaves only by name, and what is over is over.

    Only banks undo it: a refund that is sent back is due again, and what a buyer's bank had taken is held again.
    """
    undone = {MilestoneMove.REINSTATE, MilestoneMove.OWE_AGAIN}
    assert {move for (before, move) in MOVES if before == MilestoneState.RELEASED} == undone
    assert not [pair for pair in MOVES if pair[0] == MilestoneState.CANCELLED]
    leaving = {move for (before, move) in MOVES if before == MilestoneState.FUNDED}
    assert leaving == {
        MilestoneMove.LET_GO,
        MilestoneMove.RELEASE,
        MilestoneMove.REFUND,
        MilestoneMove.FREEZE,
        MilestoneMove.CHARGE_BACK,
    }
    assert {move for (before, move) in MOVES if before == MilestoneState.FROZEN} == {
        MilestoneMove.THAW,
        MilestoneMove.AWARD,
        MilestoneMove.RETURN,
        MilestoneMove.CHARGE_BACK,
    }
