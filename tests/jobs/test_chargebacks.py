"""A buyer's bank takes money back: out of the deal, then from the supplier, each unit once; and gives it back."""

from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from app.core import clock, outbox
from app.core.errors import Conflict, Invalid
from app.core.jobs import JobContext
from app.core.runner import drain
from payments import proof
from payments import queries as payments
from payments.approvals import queries as approvals
from payments.approvals import service as deciding
from payments.chargebacks import approving, jobs, queries, service
from payments.chargebacks.states import ChargebackState, DefenceState
from payments.desk import service as desk
from payments.errors import InsufficientFunds, SamePerson
from payments.escrow import service as escrow
from payments.escrow.states import MilestoneState
from payments.events import ChargebackEnded, ChargebackOpened
from payments.gateway import (
    Balance,
    Dispute,
    DisputeState,
    GatewayRefused,
    GatewayUnknown,
    PayIn,
    PayOut,
    Refund,
    SettlementKind,
)
from payments.ledger import chart
from payments.ledger.debts import recover
from payments.ledger.queries import balance
from payments.operations import queries as operations
from payments.operations.states import OperationKind
from payments.reconciliation import queries as reconciliation
from payments.reconciliation.jobs import reconcile
from tests.factories.money import Deal, make_finance, make_paid_deal, unasked, usd
from tests.fakes import FakeGateway
from tests.jobs.test_payments import told
from tests.jobs.test_payments_payouts import connected, request
from tests.sql import connect
from trust.access import NotPermitted


async def hear(ctx: JobContext, gateway: FakeGateway, dispute: Dispute) -> None:
    """The provider's webhook comes, twice."""
    for again in ("", "again"):
        await told(ctx, gateway, f"evt_{dispute.id}_{len(gateway.calls)}{again}", dispute.id, kind="dispute")
    await drain(ctx)


async def disputed(ctx: JobContext, gateway: FakeGateway, amount: str = "300", *, asked: bool = False) -> Dispute:
    pay_in = gateway.made(PayIn)[-1]
    dispute = gateway.open_dispute(pay_in.id, usd(amount))
    if asked:
        gateway.change(dispute.id, taken=usd("0"))
    await hear(ctx, gateway, dispute)
    return dispute


async def decided(ctx: JobContext, gateway: FakeGateway, dispute: Dispute, state: DisputeState) -> None:
    gateway.decide(dispute.id, state)
    await hear(ctx, gateway, dispute)


async def the_one(ctx: JobContext) -> queries.ChargebackView:
    async with ctx.db.transaction() as tx:
        ((only,), _total) = await queries.chargebacks(tx)
        return only


async def state_of(ctx: JobContext, deal: Deal) -> MilestoneState:
    async with ctx.db.transaction() as tx:
        return (await payments.money_position(tx, deal.subject)).milestones[0].milestone.state


async def sums(ctx: JobContext, *accounts: chart.Account) -> list[str]:
    async with ctx.db.transaction() as tx:
        broken = [i["name"] for i in (await proof.proof(tx)).invariants if not i["holds"]]
        assert broken in ([], ["owed_is_covered"]), broken
        return [str((await balance(tx, account, "USD")).decimal) for account in accounts]


async def release(ctx: JobContext, deal: Deal) -> None:
    async with ctx.db.transaction() as tx:
        await escrow.release(tx, deal.subject, deal.deposit.id, by=None, reason="accepted")
    await drain(ctx)


@pytest.mark.parametrize("frozen", [False, True])
async def test_held_money_is_taken_out_of_the_deal_and_held_again_when_it_comes_back(ctx, gateway, frozen):
    deal = await make_paid_deal(ctx)
    if frozen:
        async with ctx.db.transaction() as tx:
            await escrow.freeze(tx, deal.subject, by=None, reason="contested")
    dispute = await disputed(ctx, gateway)
    assert await state_of(ctx, deal) == MilestoneState.CHARGED_BACK
    held, aside = chart.escrow(deal.subject), chart.frozen(deal.subject)
    assert await sums(ctx, chart.psp("stripe"), held, aside) == ["0.00", "0.00", "0.00"]
    async with ctx.db.transaction() as tx:
        position = await payments.money_position(tx, deal.subject)
        assert (position.funded, position.charged_back, position.held) == (usd("300"), usd("300"), usd("0"))
        said = [line.text for line in await payments.statement(tx, deal.subject)]
    assert said[-1] == "Taken back by the buyer's bank"
    await decided(ctx, gateway, dispute, DisputeState.WON)
    assert await state_of(ctx, deal) == MilestoneState.FUNDED
    assert await sums(ctx, chart.psp("stripe"), held) == ["300.00", "300.00"]
    seen = await the_one(ctx)
    assert (seen.state, seen.taken, seen.returned) == (ChargebackState.WON, usd("300"), usd("300"))
    async with ctx.db.transaction() as tx:
        (opened,) = await outbox.published(tx, ChargebackOpened)
        (ended,) = await outbox.published(tx, ChargebackEnded)
        assert (opened.amount, ended.won, ended.chargeback_id) == (usd("300"), True, opened.chargeback_id)


async def test_a_lost_one_stays_with_the_buyer(ctx, gateway):
    deal = await make_paid_deal(ctx)
    dispute = await disputed(ctx, gateway)
    await decided(ctx, gateway, dispute, DisputeState.LOST)
    assert (await state_of(ctx, deal), (await the_one(ctx)).state) == (
        MilestoneState.CHARGED_BACK,
        ChargebackState.LOST,
    )
    gateway.decide(dispute.id, DisputeState.WON)  # told late, or wrongly: what is over is over
    await hear(ctx, gateway, dispute)
    assert await sums(ctx, chart.psp("stripe")) == ["0.00"]


async def test_a_part_is_taken_and_the_rest_goes_its_way(ctx, gateway):
    deal = await make_paid_deal(ctx)
    dispute = await disputed(ctx, gateway, "100")
    assert await state_of(ctx, deal) == MilestoneState.FUNDED
    await release(ctx, deal)
    assert await state_of(ctx, deal) == MilestoneState.RELEASED
    await decided(ctx, gateway, dispute, DisputeState.WON)
    assert await state_of(ctx, deal) == MilestoneState.FUNDED
    await release(ctx, deal)
    assert await sums(ctx, chart.payable(deal.supplier.organisation_id), chart.FEE_INCOME) == ["295.50", "4.50"]


async def test_what_is_held_again_can_be_shared_out_again_at_the_same_amount(ctx, gateway):
    """Two disputes over one payment: what was held between them comes back, and is released as it was before."""
    deal = await make_paid_deal(ctx)
    first, second = await disputed(ctx, gateway, "100"), await disputed(ctx, gateway, "100")
    await release(ctx, deal)
    for dispute in (first, second):
        await decided(ctx, gateway, dispute, DisputeState.WON)
        await release(ctx, deal)
    assert await sums(ctx, chart.payable(deal.supplier.organisation_id), chart.FEE_INCOME) == ["295.50", "4.50"]


async def test_after_the_release_the_supplier_bears_it_and_later_releases_settle_it(ctx, gateway):
    """591 were earned, 450 are paid out, 300 are taken back: 159 are owed, until the bank decides otherwise."""
    supplier = await connected(ctx, gateway)  # 295.50 of an earlier deal, paid by transfer
    deal = await make_paid_deal(ctx, supplier=supplier)
    await release(ctx, deal)
    await request(ctx, supplier, "450")
    await drain(ctx)
    dispute = await disputed(ctx, gateway)
    purse, owes = chart.payable(supplier.organisation_id), chart.receivable(supplier.organisation_id)
    assert (await the_one(ctx)).sources == {"payable": usd("141"), "supplier": usd("159")}
    assert await sums(ctx, purse, owes) == ["0.00", "159.00"]
    payout = gateway.made(PayOut)[0]
    gateway.finish(payout.id, failure="account_closed")
    await told(ctx, gateway, "evt_payout", payout.id, kind="pay_out")
    await drain(ctx)
    assert await sums(ctx, purse, owes) == ["291.00", "0.00"]  # the payout came back, and the debt was settled
    await decided(ctx, gateway, dispute, DisputeState.WON)
    assert await sums(ctx, purse, owes) == ["591.00", "0.00"]


async def test_what_is_owed_comes_out_of_the_next_release(ctx, gateway):
    deal = await make_paid_deal(ctx)
    supplier = deal.supplier.organisation_id
    await release(ctx, deal)
    dispute = await disputed(ctx, gateway)
    assert await sums(ctx, chart.payable(supplier), chart.receivable(supplier)) == ["0.00", "4.50"]
    await decided(ctx, gateway, dispute, DisputeState.LOST)
    other = await make_paid_deal(ctx, supplier=deal.supplier)
    await release(ctx, other)
    assert await sums(ctx, chart.payable(supplier), chart.receivable(supplier)) == ["291.00", "0.00"]
    async with ctx.db.transaction() as tx:
        assert await recover(tx, supplier, "USD") == usd("0")


async def test_a_payout_names_no_charge_that_was_taken_back(ctx, gateway):
    """Two releases, the older one taken back: what is left is paid out of the younger one's charge."""
    supplier = await connected(ctx, gateway)
    deals = [await make_paid_deal(ctx, supplier=supplier) for _ in range(2)]
    charges = [made.source for made in gateway.made(PayIn)]
    for deal in deals:
        await release(ctx, deal)
    dispute = gateway.open_dispute(gateway.made(PayIn)[0].id, usd("300"))
    await hear(ctx, gateway, dispute)
    await request(ctx, supplier, "295.50")
    await drain(ctx)
    assert list(gateway.sources.values()) == [charges[1]]


async def test_a_debt_written_off_needs_two_people(ctx, gateway, db, urls):
    deal = await make_paid_deal(ctx)
    supplier = deal.supplier.organisation_id
    await release(ctx, deal)
    dispute = await disputed(ctx, gateway)
    seen = await the_one(ctx)
    async with db.transaction() as tx:
        maker, checker = await make_finance(tx), await make_finance(tx)
        with pytest.raises(Conflict):  # not decided yet
            await approving.ask(tx, seen.id, ctx.settings, by=maker.member, reason="gone")
    await decided(ctx, gateway, dispute, DisputeState.LOST)
    async with db.transaction() as tx:
        with pytest.raises(NotPermitted):
            await approving.ask(tx, seen.id, ctx.settings, by=deal.supplier.member, reason="gone")
        await approving.ask(tx, seen.id, ctx.settings, by=maker.member, reason="insolvent since May")
        waiting = (await approvals.waiting_for(tx, [seen.id]))[seen.id]
        with pytest.raises(SamePerson):
            await deciding.agree(tx, waiting.id, ctx.settings, by=maker.member)
    boss = await connect(urls.owner)
    for tampering in (
        "UPDATE chargeback SET from_payable_minor = 0, from_buyer_minor = 29550",
        "UPDATE chargeback SET written_off_minor = 450",
        "DELETE FROM chargeback",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="stays as it was told and booked"):
            await boss.execute(tampering)
    await boss.close()
    async with db.transaction() as tx:
        await deciding.agree(tx, waiting.id, ctx.settings, by=checker.member)
        with pytest.raises(Conflict):
            await approving.ask(tx, seen.id, ctx.settings, by=maker.member, reason="once more")
    assert await sums(ctx, chart.receivable(supplier), chart.LOSS) == ["0.00", "4.50"]


async def test_while_the_bank_asks_it_is_set_aside(ctx, gateway):
    supplier = await connected(ctx, gateway)  # 295.50 of an earlier deal, paid by transfer
    deal = await make_paid_deal(ctx, supplier=supplier)
    await release(ctx, deal)
    dispute = await disputed(ctx, gateway, asked=True)
    purse, aside = chart.payable(supplier.organisation_id), chart.reserve(supplier.organisation_id)
    assert await sums(ctx, purse, aside) == ["291.00", "300.00"]
    with pytest.raises(InsufficientFunds):
        await request(ctx, supplier, "291.01")
    gateway.change(dispute.id, taken=usd("300"))
    await hear(ctx, gateway, dispute)
    assert await sums(ctx, purse, aside) == ["291.00", "0.00"]
    assert (await the_one(ctx)).sources == {"reserve": usd("300")}
    await decided(ctx, gateway, dispute, DisputeState.WON)
    assert await sums(ctx, purse, aside) == ["591.00", "0.00"]


async def test_a_question_that_ends_well_frees_what_was_set_aside(ctx, gateway):
    deal = await make_paid_deal(ctx)
    supplier = deal.supplier.organisation_id
    await release(ctx, deal)
    dispute = await disputed(ctx, gateway, asked=True)
    assert await sums(ctx, chart.payable(supplier), chart.reserve(supplier)) == ["0.00", "295.50"]
    await decided(ctx, gateway, dispute, DisputeState.WON)
    assert await sums(ctx, chart.payable(supplier), chart.reserve(supplier)) == ["295.50", "0.00"]


async def test_held_money_answers_for_a_question_without_anything_set_aside(ctx, gateway):
    await make_paid_deal(ctx)
    await disputed(ctx, gateway, asked=True)
    assert ((await the_one(ctx)).reserved, (await the_one(ctx)).taken) == (usd("0"), usd("0"))


async def test_what_the_buyer_had_back_already_the_buyer_owes(ctx, gateway):
    deal = await make_paid_deal(ctx)
    async with ctx.db.transaction() as tx:
        await escrow.refund(tx, deal.subject, deal.deposit.id, by=None, reason="cancelled")
    await drain(ctx)  # the refund is on its way
    await disputed(ctx, gateway)
    assert (await the_one(ctx)).sources == {"buyer": usd("300")}
    owes = chart.receivable(deal.buyer.organisation_id)
    assert await sums(ctx, owes, chart.refund_due(deal.subject)) == ["300.00", "300.00"]


async def test_a_buyer_that_sells_may_have_settled_it_when_the_bank_decides(ctx, gateway):
    deal = await make_paid_deal(ctx)
    async with ctx.db.transaction() as tx:
        await escrow.refund(tx, deal.subject, deal.deposit.id, by=None, reason="cancelled")
    await drain(ctx)
    dispute = await disputed(ctx, gateway)
    await release(ctx, await make_paid_deal(ctx, supplier=deal.buyer))
    owes, has = chart.receivable(deal.buyer.organisation_id), chart.payable(deal.buyer.organisation_id)
    assert await sums(ctx, owes, has) == ["4.50", "0.00"]
    await decided(ctx, gateway, dispute, DisputeState.WON)
    assert await sums(ctx, owes, has) == ["0.00", "295.50"]


async def test_a_refund_is_not_sent_again_to_who_has_the_money_from_the_bank(ctx, gateway):
    deal = await make_paid_deal(ctx)
    async with ctx.db.transaction() as tx:
        await escrow.refund(tx, deal.subject, deal.deposit.id, by=None, reason="cancelled")
    await drain(ctx)
    dispute = await disputed(ctx, gateway)
    (sent,) = gateway.made(Refund)
    gateway.finish(sent.id, failure="charge_disputed")
    await told(ctx, gateway, "evt_refund", sent.id, kind="refund")
    async with ctx.db.transaction() as tx:
        finance = await make_finance(tx)
        failed = await operations.id_by_ref(tx, "stripe", "refund", sent.id)
        with pytest.raises(Conflict, match="taken this payment back"):
            await desk.refund_again(tx, failed, rail="bank", by=finance.member)
    await decided(ctx, gateway, dispute, DisputeState.WON)
    async with ctx.db.transaction() as tx:
        await desk.refund_again(tx, failed, rail="bank", by=finance.member)


async def test_a_refund_that_failed_pays_for_it_and_is_sent_again_when_won(ctx, gateway):
    deal = await make_paid_deal(ctx)
    gateway.script.append(GatewayRefused("charge_disputed"))
    async with ctx.db.transaction() as tx:
        await escrow.refund(tx, deal.subject, deal.deposit.id, by=None, reason="cancelled")
    await drain(ctx)
    dispute = await disputed(ctx, gateway)
    assert (await state_of(ctx, deal), (await the_one(ctx)).sources) == (
        MilestoneState.CHARGED_BACK,
        {"due": usd("300")},
    )
    await decided(ctx, gateway, dispute, DisputeState.WON)
    assert await state_of(ctx, deal) == MilestoneState.REFUND_DUE
    assert [key for call, key in gateway.calls if call == "refund"][-1].startswith(str(OperationKind.REFUND))


async def test_a_dispute_about_nothing_of_ours_changes_nothing(ctx, gateway):
    await make_paid_deal(ctx)
    gateway.open_dispute("pi_of_somebody_else", usd("300"))
    await jobs.ask_about_disputes(ctx)
    async with ctx.db.transaction() as tx:
        assert (await queries.chargebacks(tx))[1] == 0


async def test_lost_webhooks_lose_nothing(ctx, gateway):
    deal = await make_paid_deal(ctx)
    dispute = gateway.open_dispute(gateway.made(PayIn)[0].id, usd("300"))
    await jobs.ask_about_disputes(ctx)
    assert await state_of(ctx, deal) == MilestoneState.CHARGED_BACK
    clock.advance(days=60)
    gateway.decide(dispute.id, DisputeState.WON)
    await jobs.ask_about_disputes(ctx)
    assert await state_of(ctx, deal) == MilestoneState.FUNDED


async def test_our_side_is_told_once(ctx, gateway):
    await make_paid_deal(ctx)
    dispute = await disputed(ctx, gateway)
    seen = await the_one(ctx)
    async with ctx.db.transaction() as tx:
        finance = await make_finance(tx)
        with pytest.raises(Invalid) as refused:
            await service.defend(tx, seen.id, {"statement": "  "}, by=finance.member)
        assert list(refused.value.errors) == ["statement"]
        await service.defend(tx, seen.id, {"statement": "Delivered on 3 May."}, by=finance.member)
        with pytest.raises(Conflict):
            await service.defend(tx, seen.id, {"statement": "And more."}, by=finance.member)
    gateway.script.append(None)
    await drain(ctx)
    assert gateway.evidence[dispute.id].statement == "Delivered on 3 May."
    assert (await the_one(ctx)).defence_state == DefenceState.SENT


async def test_a_letter_that_the_bank_no_longer_takes(ctx, gateway, monkeypatch):
    await make_paid_deal(ctx)
    await disputed(ctx, gateway)
    seen = await the_one(ctx)
    async with ctx.db.transaction() as tx:
        finance = await make_finance(tx)
        await service.defend(tx, seen.id, {"statement": "Delivered."}, by=finance.member)
    answers = iter([GatewayUnknown("no answer"), GatewayRefused("dispute_not_open")])

    async def submit(*_said: object, **_key: object) -> Dispute:
        raise next(answers)

    monkeypatch.setattr(gateway, "submit_evidence", submit)
    await drain(ctx)
    clock.advance(minutes=2)
    await drain(ctx)
    assert (await the_one(ctx)).defence_state == DefenceState.REFUSED
    clock.advance(days=30)
    async with ctx.db.transaction() as tx:
        with pytest.raises(Conflict):
            await service.defend(tx, seen.id, {"statement": "Too late."}, by=finance.member)


async def test_the_provider_s_lines_of_a_chargeback_are_explained(ctx, gateway):
    def tell(kind: SettlementKind, amount: str, fee: str, source: str, key: str = "") -> None:
        line = replace(unasked(usd(amount), kind), fee=usd(fee), net=usd(amount) - usd(fee), source_id=source, key=key)
        gateway.lines.append(line)
        held = gateway.balances.get("USD", Balance(usd("0"), usd("0")))
        gateway.balances["USD"] = Balance(held.available + line.net, held.pending)

    async def compared() -> tuple[bool, int]:
        await reconcile(ctx)
        await drain(ctx)
        async with ctx.db.transaction() as tx:
            run = await reconciliation.last_run(tx, "stripe")
        assert run is not None
        return run.agrees, run.open_lines

    tell(SettlementKind.TOP_UP, "50", "0", "")
    await make_paid_deal(ctx)
    tell(SettlementKind.PAY_IN, "300", "0", "", gateway.made(PayIn)[0].key)
    assert await compared() == (True, 0)
    dispute = gateway.open_dispute(gateway.made(PayIn)[0].id, usd("300"))
    tell(SettlementKind.DISPUTE, "-300", "15", dispute.id)
    assert await compared() == (True, 1)  # the line came before the news; it made us ask
    assert await compared() == (True, 0)
    await decided(ctx, gateway, dispute, DisputeState.WON)
    assert (await compared())[0]  # our books know before the line is there
    tell(SettlementKind.DISPUTE, "300", "0", dispute.id)
    assert await compared() == (True, 0)
    assert await sums(ctx, chart.PSP_COST, chart.psp("stripe")) == ["15.00", "335.00"]


async def test_the_first_letter_is_due_in_time(ctx, gateway):
    await make_paid_deal(ctx)
    await disputed(ctx, gateway)
    assert (await the_one(ctx)).due_by == gateway.made(Dispute)[0].due_by
    assert gateway.made(Dispute)[0].due_by > clock.now() + timedelta(days=1)
