"""The fifteen days of art. 43 at their edges, and what restores or keeps a listing by itself."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import clock, evidence, outbox
from app.core.runner import GiveUp, drain
from app.core.states import history
from app.core.subject import Subject
from listings.events import ProductPublished
from listings.models import Product
from listings.states import ProductState
from tests.factories.people import make_company, make_staff
from tests.factories.products import make_product
from tests.factories.rights import (
    answer,
    as_company,
    decide,
    items_of,
    make_notice,
    notice_of,
    prove,
    states_of,
    without_account,
)
from trust.rights import countering, desk, jobs, notices, timing
from trust.rights.errors import TooLate
from trust.rights.models import Counter, Notifier
from trust.rights.states import ItemState

S = ItemState
SECOND = timedelta(seconds=1)


@pytest.fixture
async def judge(db):
    async with db.transaction() as tx:
        return await make_staff(tx)


@pytest.fixture
async def product(db, partners):
    async with db.transaction() as tx:
        return await make_product(tx, partners.supplier)


@pytest.fixture
async def notifier(ctx, partners):
    return await as_company(ctx, partners.buyer)


@pytest.fixture
async def countered(ctx, partners, judge, product, notifier):
    """A notice whose counter-statement has arrived; its id and the counter-statement's."""
    notice_id = await make_notice(ctx, notifier, [product])
    await decide(ctx, notice_id, judge)
    counter_id = await answer(ctx, notice_id, partners.supplier)
    await drain(ctx)
    return notice_id, counter_id


async def counter_of(ctx, counter_id):
    async with ctx.db.transaction(read_only=True) as tx:
        return await tx.get_one(Counter, counter_id)


async def state_of(ctx, product):
    async with ctx.db.transaction(read_only=True) as tx:
        return (await tx.get_one(Product, product)).state


async def test_the_clock_begins_when_the_counter_statement_arrives_and_not_before(
    ctx, partners, judge, product, notifier
):
    notice_id = await make_notice(ctx, notifier, [product])
    await decide(ctx, notice_id, judge)
    counter_id = await answer(ctx, notice_id, partners.supplier)
    assert (await counter_of(ctx, counter_id)).due_at is None
    clock.advance(days=40)
    await jobs.end_measures(ctx)
    assert await states_of(ctx, notice_id) == [S.COUNTERED], "nothing has reached the right holder yet"
    await drain(ctx)
    row = await counter_of(ctx, counter_id)
    assert row.arrived_at is not None
    assert row.due_at - row.arrived_at > timedelta(days=15)
    letters = [x for x in await ctx.mailer.letters() if x.to == partners.buyer.member.email]
    assert any("fifteen days" in x.text for x in letters)
    clock.advance(days=1)
    async with ctx.db.transaction() as tx:
        await timing.arrived(tx, counter_id)
    assert (await counter_of(ctx, counter_id)).arrived_at == row.arrived_at, "the first arrival stays"


async def test_the_last_second_and_the_one_after(ctx, countered, product):
    notice_id, counter_id = countered
    due = (await counter_of(ctx, counter_id)).due_at
    with clock.at(due - SECOND):
        await jobs.end_measures(ctx)
        assert await states_of(ctx, notice_id) == [S.COUNTERED]
    assert await state_of(ctx, product) == ProductState.STOPPED
    with clock.at(due):
        await jobs.end_measures(ctx)
        assert await states_of(ctx, notice_id) == [S.RESTORED]
        await drain(ctx)
    assert await state_of(ctx, product) == ProductState.PUBLISHED


async def test_a_late_job_run_twice_restores_once(ctx, countered, product, partners):
    notice_id, counter_id = countered
    clock.advance(days=60)
    await jobs.end_measures(ctx)
    await jobs.end_measures(ctx)
    async with ctx.db.transaction() as tx:
        await countering.lapse(tx, counter_id)
    await drain(ctx)
    async with ctx.db.transaction(read_only=True) as tx:
        [item] = await notices.items(tx, notice_id)
        moves = [change.move for change in await history(tx, Subject("ip_notice_item", item.id))]
        back = [c.move for c in await history(tx, Subject("product", product)) if c.move == "restore"]
        chain = [link.kind for link in await evidence.chain(tx, Subject("ip_notice", notice_id))]
        published = await outbox.published(tx, ProductPublished)
    assert moves == ["stop", "counter", "lapse"]
    assert back == ["restore"]
    assert chain.count("notice.measure_ended") == 1
    assert len(published) == 2
    told = [x for x in await ctx.mailer.letters() if x.to == partners.supplier.member.email]
    assert sum("published again" in x.text and "has ended" in x.text for x in told) == 1


async def test_proof_in_the_last_second_keeps_it_down(ctx, countered, product, partners, notifier, judge):
    notice_id, counter_id = countered
    due = (await counter_of(ctx, counter_id)).due_at
    with clock.at(due - SECOND):
        await prove(ctx, notice_id, partners.supplier, notifier)
    with clock.at(due + timedelta(days=30)):
        await jobs.end_measures(ctx)
        await drain(ctx)
        assert await states_of(ctx, notice_id) == [S.HELD]
        assert await state_of(ctx, product) == ProductState.STOPPED
        async with ctx.db.transaction() as tx:
            await desk.note_outcome(
                tx, notice_id, partners.supplier.organisation_id, infringes=False, reason="Dismissed.", by=judge.member
            )
        await drain(ctx)
    assert await states_of(ctx, notice_id) == [S.RESTORED]
    assert await state_of(ctx, product) == ProductState.PUBLISHED


async def test_proof_the_second_after_is_too_late_even_before_the_job(ctx, countered, partners, notifier):
    notice_id, counter_id = countered
    due = (await counter_of(ctx, counter_id)).due_at
    with clock.at(due):
        with pytest.raises(TooLate):
            await prove(ctx, notice_id, partners.supplier, notifier)
        await jobs.end_measures(ctx)
    assert await states_of(ctx, notice_id) == [S.RESTORED]


@pytest.mark.parametrize(("offset", "state"), [(-SECOND, S.HELD), (timedelta(), S.RESTORED)], ids=["before", "after"])
async def test_both_at_once_come_out_as_the_clock_says(ctx, countered, partners, notifier, offset, state):
    notice_id, counter_id = countered
    due = (await counter_of(ctx, counter_id)).due_at
    with clock.at(due + offset):
        outcomes = await asyncio.gather(
            jobs.end_measures(ctx),
            prove(ctx, notice_id, partners.supplier, notifier),
            jobs.end_measures(ctx),
            return_exceptions=True,
        )
    assert all(outcome is None or isinstance(outcome, TooLate) for outcome in outcomes)
    assert await states_of(ctx, notice_id) == [state]


async def test_a_complaint_told_of_before_the_counter_statement_counts(ctx, partners, judge, product, notifier):
    notice_id = await make_notice(ctx, notifier, [product])
    await decide(ctx, notice_id, judge)
    await prove(ctx, notice_id, partners.supplier, notifier)
    assert await states_of(ctx, notice_id) == [S.STOPPED]
    await answer(ctx, notice_id, partners.supplier)
    await drain(ctx)
    clock.advance(days=60)
    await jobs.end_measures(ctx)
    assert await states_of(ctx, notice_id) == [S.HELD]


async def test_a_confirmed_infringement_stays_down_for_good(ctx, countered, product, partners, notifier, judge):
    notice_id, _counter = countered
    await prove(ctx, notice_id, partners.supplier, notifier)
    async with ctx.db.transaction() as tx:
        await desk.note_outcome(
            tx, notice_id, partners.supplier.organisation_id, infringes=True, reason="Judgment.", by=judge.member
        )
    clock.advance(days=400)
    await jobs.end_measures(ctx)
    await drain(ctx)
    assert await states_of(ctx, notice_id) == [S.CONFIRMED]
    assert await state_of(ctx, product) == ProductState.STOPPED


async def test_two_notices_against_one_listing_end_one_by_one(ctx, db, countered, product, partners, judge):
    """Another right holder's: the listing comes back when none stands any more, in whatever order they are heard of."""
    async with db.transaction() as tx:
        other, second = await make_company(tx, "Other Holder"), await make_staff(tx)
    by = await as_company(ctx, other)
    clock.advance(days=60)
    await jobs.end_measures(ctx)
    await drain(ctx)
    first = await make_notice(ctx, by, [product])
    again = await as_company(ctx, partners.buyer)
    twin = await make_notice(ctx, again, [product])
    await decide(ctx, first, second)
    async with db.transaction() as tx:
        third = await make_staff(tx)
    await decide(ctx, twin, third)
    await drain(ctx)
    for notice_id, speaker, expected in ((first, by, ProductState.STOPPED), (twin, again, ProductState.PUBLISHED)):
        async with ctx.db.transaction() as tx:
            await notices.withdraw(tx, notice_id, by=speaker)
        await drain(ctx)
        assert await state_of(ctx, product) == expected


async def test_an_address_that_refuses_letters_does_not_keep_a_listing_down(ctx, partners, judge, product, monkeypatch):
    by = await without_account(ctx)
    notice_id = await make_notice(ctx, by, [product])
    await decide(ctx, notice_id, judge)
    counter_id = await answer(ctx, notice_id, partners.supplier)

    async def refuse(*_args, **_facts):
        raise GiveUp("no such mailbox")

    monkeypatch.setattr("trust.rights.telling.post.deliver", refuse)
    await drain(ctx)
    assert (await counter_of(ctx, counter_id)).arrived_at is not None


async def test_the_database_keeps_the_clock_and_the_decision(ctx, countered, product, partners, notifier):
    notice_id, counter_id = countered
    [item] = await items_of(ctx, notice_id)
    fresh = await _another(ctx, notifier, partners)
    [waiting] = await items_of(ctx, fresh)
    for statement, facts in (
        ("UPDATE ip_counter SET due_at = due_at + interval '1 day' WHERE id = :id", {"id": counter_id}),
        ("DELETE FROM ip_counter WHERE id = :id", {"id": counter_id}),
        (
            "UPDATE ip_notice_item SET supplier_id = :other WHERE id = :id",
            {"id": item.id, "other": partners.buyer.organisation_id},
        ),
        ("DELETE FROM ip_notice_item WHERE id = :id", {"id": item.id}),
        ("UPDATE ip_notice_item SET state = 'stopped', stopped_at = now() WHERE id = :id", {"id": waiting.id}),
        ("UPDATE ip_notice_decision SET reason = 'other' WHERE notice_id = :id", {"id": notice_id}),
        ("DELETE FROM ip_notice WHERE id = :id", {"id": fresh}),
    ):
        with pytest.raises(DBAPIError):
            async with ctx.db.transaction() as tx:
                await tx.execute(text(statement), facts)


async def _another(ctx, notifier, partners):
    async with ctx.db.transaction() as tx:
        product = await make_product(tx, partners.supplier)
    return await make_notice(ctx, notifier, [product])


LEFT = """
    SELECT p.value FROM evidence_private p JOIN evidence_link l ON l.id = p.link_id WHERE l.subject_type = 'ip_notice'
"""


async def test_words_and_files_go_five_years_after_the_last_thing(ctx, partners, judge, product):
    with clock.at(clock.now() - timedelta(days=6 * 365)):
        by = await without_account(ctx, "zheng@example.org")
        notice_id = await make_notice(ctx, by, [product], statement="Zheng says: it is ours.", contact="Zheng 4711")
        await decide(ctx, notice_id, judge)
        counter_id = await answer(ctx, notice_id, partners.supplier)
        async with ctx.db.transaction() as tx:
            await timing.arrived(tx, counter_id)
    await jobs.forget_notices(ctx)
    assert (await notice_of(ctx, notice_id)).forgotten_at is None, "the fifteen days are not over"
    with clock.at(clock.now() - timedelta(days=6 * 365 - 30)):
        await jobs.end_measures(ctx)
    await jobs.forget_notices(ctx)
    await jobs.forget_notices(ctx)
    row = await notice_of(ctx, notice_id)
    assert (row.statement, row.contact_sealed) == ("", None)
    assert row.forgotten_at is not None
    assert (await counter_of(ctx, counter_id)).statement == ""
    async with ctx.db.transaction(read_only=True) as tx:
        assert (await tx.get_one(Notifier, by.notifier_id)).email_sealed is None
        assert list(await tx.scalars(text(LEFT))) == []
        papers = set(await tx.scalars(text("SELECT key FROM ip_paper")))
        assert set(await tx.scalars(text("SELECT key FROM erased_file"))) == papers
        assert not papers & set(await tx.scalars(text("SELECT key FROM kept_file")))
    assert await states_of(ctx, notice_id) == [S.RESTORED]
