"""What happens gets into the credit files by itself: once each, whatever is delivered twice, late or together."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import select, text

from app.commands.credit import fill
from app.core import clock, outbox
from app.core.runner import drain
from orders import presets
from orders.deals import crediting
from orders.deals.events import GoodsDelivered, GoodsShipped, OrderCompleted, OrderRated
from tests.factories.cases import decision, make_complaint, rule, take_up
from tests.factories.credit import complete, enter, file_of, rate, said_of, score_of
from tests.factories.people import make_company, make_staff
from tests.factories.restrictions import restrict
from tests.flows.test_milestones import answer, start
from tests.flows.test_milestones import submit as submit_evidence
from tests.sql import connect
from trust.access import Role, Scope
from trust.cases.jobs import keep_times
from trust.cases.states import Remedy
from trust.credit import jobs, reading, service
from trust.credit.kinds import Kind, said
from trust.credit.models import CreditEntry
from trust.restrictions import answering, breaches
from trust.restrictions import service as restricting
from trust.restrictions.answering import Ruling
from trust.restrictions.points import Breach
from trust.restrictions.states import AppealMove
from trust.reviews import queries as desk
from trust.reviews import service as reviews
from trust.verification.events import FactsChanged
from trust.verification.facts import Fact
from trust.verification.models import VerifiedFact


async def rows(db):
    """Every entry but for its id and the moment it was entered."""
    async with db.transaction(read_only=True) as tx:
        found = await tx.scalars(select(CreditEntry))
        return sorted(
            (str(e.organisation_id), e.source, e.kind, e.at, str(e.facts), str(e.other_id), str(e.made_by))
            for e in found
        )


async def test_a_deal_is_entered_for_both_sides(db, ctx, partners):
    order = await complete(ctx, partners)
    await rate(ctx, order, partners.buyer, stars=4)
    await rate(ctx, order, partners.supplier)
    assert await said_of(db, partners.supplier) == [
        ("delivered_on_time", {}),
        ("deal_done", {"how": "accepted"}),
        ("rated", {"goods": 4, "service": 4, "time": 4}),
    ]
    assert await said_of(db, partners.buyer) == [
        ("deal_paid", {}),
        ("deal_done", {"how": "accepted"}),
        ("rated", {"goods": 5, "service": 5, "time": 5}),
    ]


async def test_events_delivered_twice_in_any_order_and_together_enter_once(db, ctx, partners):
    order = await complete(ctx, partners)
    await rate(ctx, order, partners.buyer)
    before = await rows(db)
    parties = partners.buyer.organisation_id, partners.supplier.organisation_id
    again = [
        (crediting.on_order_rated, OrderRated(order, parties[1], 5)),
        (crediting.on_order_completed, OrderCompleted(order, *parties, "accepted")),
        (crediting.on_goods_delivered, GoodsDelivered(order)),
        (crediting.on_goods_shipped, GoodsShipped(order, order)),
    ]

    async def deliver(handle, event):
        async with db.transaction() as tx:
            await handle(tx, event)

    for handle, event in again:
        await deliver(handle, event)
    await asyncio.gather(*(deliver(handle, event) for handle, event in again * 3))
    assert await rows(db) == before


async def test_two_who_enter_the_same_at_once_make_it_once(db, ctx, partners):
    order = await complete(ctx, partners)
    async with db.transaction(read_only=True) as tx:
        drafts = await crediting.of_orders(tx, [order])
    fresh = [reading.Draft(**{n: getattr(d, n) for n in d.__slots__} | {"source": f"{d.source}:x"}) for d in drafts]

    async def once():
        async with db.transaction() as tx:
            return await service.enter(tx, fresh)

    assert sum(await asyncio.gather(*(once() for _ in range(5)))) == len(fresh)


@pytest.mark.parametrize(("result", "entered"), [("passed", True), ("failed", True), (None, False)])
async def test_a_report_of_inspection_is_entered_once_the_buyer_has_accepted_it(
    db, ctx, partners, run_jobs, result, entered
):
    order = await start(ctx, partners, presets.plan("stages", production_days=30), pay=(0, 1))
    await submit_evidence(db, order, 1, partners.supplier, result=result or "passed")
    await answer(db, order, 1, partners.buyer, "" if result else "The report is of other goods.")
    await run_jobs()
    found = [entry for entry in await said_of(db, partners.supplier) if entry[0] == "inspected"]
    assert found == ([("inspected", {"result": result, "how": "accepted"})] if entered else [])
    async with db.transaction() as tx:
        again = await crediting.of_inspections(tx, [order])
        assert await service.enter(tx, again) == 0
        assert [said(draft.kind, draft.facts) for draft in again] == (
            [f"the goods {'conformed' if result == 'passed' else 'did not conform'} · accepted by the buyer"]
            if entered
            else []
        )


async def test_late_goods_say_by_how_many_days(db, ctx, partners):
    order = await complete(ctx, partners)
    async with db.transaction() as tx:
        await tx.execute(text("UPDATE orders SET ship_by = ship_by - 45 WHERE id = :id"), {"id": order})
        [late] = [d for d in await crediting.of_orders(tx, [order]) if d.source.endswith(":delivered")]
        due = (await tx.execute(text("SELECT ship_by FROM orders WHERE id = :id"), {"id": order})).scalar_one()
    assert late.kind is Kind.DELIVERED_LATE
    assert late.facts == {"days": (clock.now().date() - due).days}


async def test_what_is_filled_later_equals_what_was_entered_as_it_happened(db, ctx, partners, urls):
    await much_happens(db, ctx, partners)
    live = await rows(db)
    assert {kind for _org, _source, kind, *_rest in live} >= {
        "deal_done",
        "rated",
        "complaint_upheld",
        "restricted",
        "points",
        "fact_verified",
        "fact_expired",
    }
    assert await fill(db) == 0  # nothing is missing
    boss = await connect(urls.super)
    await boss.execute("SET session_replication_role = replica; DELETE FROM credit_entry;")
    await boss.close()
    assert await fill(db) == len(live)
    assert await rows(db) == live
    assert await fill(db) == 0


async def much_happens(db, ctx, partners):
    order = await complete(ctx, partners)
    await rate(ctx, order, partners.buyer)
    judge = await _staff(db, Role.MODERATOR)
    case = await make_complaint(ctx, partners.buyer, partners.supplier)
    await take_up(ctx, case, judge)
    await wait(ctx, days=30)  # nobody answers
    await rule(ctx, case, judge)
    await wait(ctx, days=30)  # nobody appeals
    async with db.transaction() as tx:
        await restrict(tx, partners.supplier.organisation_id, Scope.QUOTE)
        await breaches.give(
            tx, partners.supplier.organisation_id, Breach.IP, "Copied a mark.", by=(await make_staff(tx)).member
        )
        await confirm(tx, partners.supplier, Fact.BANK, days=10)
        await confirm(tx, partners.supplier, Fact.ADDRESS, days=182)
    await drain(ctx)
    clock.advance(days=11)
    await jobs.enter_expired(ctx)
    await jobs.enter_expired(ctx)


async def wait(ctx, *, days):
    clock.advance(days=days)
    await keep_times(ctx)
    await drain(ctx)


async def _staff(db, *roles):
    async with db.transaction() as tx:
        return await make_staff(tx, *roles)


async def confirm(tx, company, fact, *, days):
    now = clock.now()
    tx.add(
        VerifiedFact(
            organisation_id=company.organisation_id,
            fact=fact,
            value="CN",
            method="bank" if fact is Fact.BANK else "document",
            document="",
            confirmed_at=now,
            valid_until=now + timedelta(days=days),
        )
    )
    await tx.flush()
    await outbox.publish(tx, FactsChanged(company.organisation_id))


async def test_a_dismissed_complaint_costs_nothing_and_one_that_waits_is_not_there(db, ctx, partners):
    judge = await _staff(db, Role.MODERATOR)
    case = await make_complaint(ctx, partners.buyer, partners.supplier)
    await take_up(ctx, case, judge)
    await wait(ctx, days=30)
    await rule(ctx, case, judge, decision(Remedy.DISMISS))
    await drain(ctx)
    assert await said_of(db, partners.supplier) == []  # it may be appealed
    await wait(ctx, days=30)
    assert await said_of(db, partners.supplier) == [("complaint_dismissed", {"topic": "quality"})]
    assert await score_of(db, partners.supplier, "system") is None


async def test_a_restriction_undone_on_appeal_stays_and_counts_no_more(db, ctx, partners):
    supplier = partners.supplier
    placer, other = await _staff(db, Role.MODERATOR), await _staff(db, Role.MODERATOR)
    async with db.transaction() as tx:
        made = await restrict(tx, supplier.organisation_id, Scope.QUOTE, by=placer)
    await drain(ctx)
    assert await score_of(db, supplier, "system") == 80
    async with db.transaction() as tx:
        await restricting.read(tx, made, by=supplier.member)
        appeal = await answering.appeal(tx, made, "We had answered.", [], by=supplier.member)
    async with db.transaction() as tx:
        item = await desk.pending(tx, answering.Subject("restriction_appeal", appeal))
        await reviews.claim(tx, item.id, by=other.member)
        await answering.decide(tx, appeal, Ruling(AppealMove.LIFT, "They had."), by=other.member)
    await drain(ctx)
    kinds = [kind for kind, _facts in await said_of(db, supplier)]
    assert sorted(kinds) == ["restricted", "restriction_ended", "restriction_undone"]
    assert await score_of(db, supplier, "system") is None


async def test_a_fact_ends_at_its_moment_and_not_when_it_was_renewed(db, ctx, partners):
    supplier = partners.supplier
    async with db.transaction() as tx:
        await confirm(tx, supplier, Fact.ADDRESS, days=10)
        await confirm(tx, supplier, Fact.REGISTRATION, days=10)
    await drain(ctx)
    clock.advance(days=5)
    async with db.transaction() as tx:
        await confirm(tx, supplier, Fact.ADDRESS, days=10)
    await drain(ctx)
    clock.advance(days=5, seconds=-60)
    await jobs.enter_expired(ctx)
    assert await score_of(db, supplier, "identity") == 35
    clock.advance(seconds=61)
    await jobs.enter_expired(ctx)
    assert await score_of(db, supplier, "identity") == 15
    assert [facts for kind, facts in await said_of(db, supplier) if kind == "fact_expired"] == [
        {"fact": "registration"}
    ]


async def test_the_file_only_grows(db, partners, urls):
    async with db.transaction() as tx:
        entry = await enter(tx, partners.supplier)
        stranger = await make_company(tx, "Stranger")
        foreign = await enter(tx, stranger)
    for url in (urls.app, urls.owner):
        direct = await connect(url)
        for change in (
            "UPDATE credit_entry SET facts = '{}'",
            "DELETE FROM credit_entry",
            "TRUNCATE credit_entry CASCADE",
        ):
            with pytest.raises(asyncpg.PostgresError):
                await direct.execute(change)
        counter = """INSERT INTO credit_entry (id, organisation_id, source, kind, at, facts, corrects, entered_at)
                     VALUES (uuidv7(), $1, 'x', 'correction', now(), '{}', $2, now())"""
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await direct.execute(counter, partners.supplier.organisation_id, foreign)
        await direct.close()
    assert [found.id for found in (await file_of(db, partners.supplier)).entries] == [entry]


async def test_ratings_stay_and_are_of_completed_deals_alone(db, ctx, partners, urls):
    order = await complete(ctx, partners)
    await rate(ctx, order, partners.buyer)
    for url in (urls.app, urls.owner):
        direct = await connect(url)
        for change in ("UPDATE rating SET goods = 1", "DELETE FROM rating"):
            with pytest.raises(asyncpg.PostgresError):
                await direct.execute(change)
        # The buyer again for itself: not the other side of the deal.
        invented = """INSERT INTO rating (id, order_id, rater_id, rated_id, member_id, goods, service, time, text,
                      created_at) VALUES (uuidv7(), $1, $2, $2, $3, 5, 5, 5, '', now())"""
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await direct.execute(invented, order, partners.supplier.organisation_id, partners.supplier.id)
        await direct.close()
