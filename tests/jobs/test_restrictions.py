"""What a restriction does to payouts, and what the database refuses whoever asks."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import select

from app.core import clock
from app.core.runner import Again, drain
from payments import jobs as paying
from payments.gateway import Transfer
from payments.operations import queries as operations
from payments.operations.models import Operation
from payments.operations.states import OperationKind, OperationState
from payments.payouts import service as payouts
from payments.payouts.states import PayoutState
from tests.factories.money import usd
from tests.factories.people import make_company, make_staff
from tests.factories.restrictions import restrict, suspend
from tests.jobs.test_payments_payouts import connected, earning, last, owed, request, vault, with_account
from tests.sql import connect
from trust.access import Restricted, Role, Scope
from trust.restrictions import answering, queries, service

__all__ = ["vault"]


async def lift(ctx, made):
    async with ctx.db.transaction() as tx:
        await service.lift(tx, made, "Cleared.", by=(await make_staff(tx, Role.COMPLIANCE)).member)


async def test_no_payout_is_asked_for_while_one_may_not_be_paid_out(ctx, vault):
    supplier = await earning(ctx)
    account = await with_account(ctx, vault, supplier)
    async with ctx.db.transaction() as tx:
        made = await restrict(tx, supplier.organisation_id, Scope.PAYOUT)
    with pytest.raises(Restricted):
        await request(ctx, supplier, "200", account)
    assert await owed(ctx, supplier) == usd("295.50")  # nothing moved
    await lift(ctx, made)
    await request(ctx, supplier, "200", account)
    assert await owed(ctx, supplier) == usd("95.50")


async def test_a_suspension_keeps_nobody_s_money(ctx, vault):
    supplier = await earning(ctx)
    account = await with_account(ctx, vault, supplier)
    async with ctx.db.transaction() as tx:
        await suspend(tx, supplier.organisation_id)
    await request(ctx, supplier, "200", account)
    assert await owed(ctx, supplier) == usd("95.50")


async def test_a_payout_under_way_is_not_sent_while_it_is_withheld(ctx, gateway):
    supplier = await connected(ctx, gateway)
    await request(ctx, supplier, "200")
    async with ctx.db.transaction() as tx:
        await restrict(tx, supplier.organisation_id, Scope.PAYOUT, days=2)
    await drain(ctx)
    assert gateway.made(Transfer) == []
    assert (await last(ctx, supplier)).state == PayoutState.REQUESTED
    async with ctx.db.transaction(read_only=True) as tx:
        [waiting] = await tx.scalars(select(Operation.id).where(Operation.kind == OperationKind.TRANSFER))
        seen = await operations.operation(tx, waiting)
    assert seen.state == OperationState.PLANNED
    with pytest.raises(Again):
        await paying.send_operation(ctx, operation_id=waiting)
    assert await owed(ctx, supplier) == usd("95.50")  # booked as it was
    clock.advance(days=2)  # runs out; its job has not come by
    await drain(ctx)
    assert [made.amount for made in gateway.made(Transfer)] == [usd("200")]


async def test_placing_and_sending_at_once_are_one_after_the_other(ctx, gateway):
    supplier = await connected(ctx, gateway)
    await request(ctx, supplier, "200")
    async with ctx.db.transaction(read_only=True) as tx:
        [waiting] = await tx.scalars(select(Operation.id).where(Operation.kind == OperationKind.TRANSFER))

    async def place():
        async with ctx.db.transaction() as tx:
            await restrict(tx, supplier.organisation_id, Scope.PAYOUT)

    sent, placed = await asyncio.gather(
        paying.send_operation(ctx, operation_id=waiting), place(), return_exceptions=True
    )
    assert placed is None
    assert sent is None or isinstance(sent, Again)
    assert len(gateway.made(Transfer)) == (1 if sent is None else 0)
    with pytest.raises(Restricted):
        await request(ctx, supplier, "10")
    await drain(ctx)
    assert len(gateway.made(Transfer)) == (1 if sent is None else 0)


async def test_who_is_withheld_is_asked_of_payouts_alone(ctx):
    async with ctx.db.transaction() as tx:
        company = await make_company(tx)
        assert await payouts.withheld(tx, [company.organisation_id]) == set()


INSERT = """
INSERT INTO restriction (id, organisation_id, kind, scopes, days, reason, statement, rests_on, state, placed_by,
                         placed_at, agreed_by, starts_at, expires_at, review_on, ended_because, published_name)
SELECT gen_random_uuid(), m.organisation_id, $1::varchar, $2::varchar[], $3::int, 'no_answer', 'x', '[]', $4::varchar,
       m.id, now(),
       CASE WHEN $5::boolean THEN (SELECT id FROM member WHERE id <> m.id LIMIT 1) END,
       CASE WHEN $4::varchar = 'in_force' THEN now() END,
       CASE WHEN $4::varchar = 'in_force' AND $3::int IS NOT NULL
            THEN now() + make_interval(days => $3::int + $6::int) END,
       CASE WHEN $1::varchar = 'partial' AND $4::varchar = 'in_force' THEN current_date END, '', ''
  FROM member m LIMIT 1
"""
FULL = ["publish", "quote", "message_first", "receive_order", "ads", "finance"]


@pytest.mark.parametrize(
    ("kind", "scopes", "days", "state", "second", "more", "good"),
    [
        ("partial", ["quote"], 90, "in_force", False, 0, True),
        ("partial", ["quote"], 91, "in_force", False, 0, False),
        ("partial", ["quote"], 90, "in_force", False, 1, False),  # it says 90 and lasts 91
        ("partial", ["quote"], None, "in_force", False, 0, False),
        ("partial", [], 30, "in_force", False, 0, False),
        ("partial", ["ads"], 30, "in_force", False, 0, False),
        ("remind", [], 30, "in_force", False, 0, True),
        ("remind", [], 31, "in_force", False, 0, False),
        ("remind", ["quote"], 30, "in_force", False, 0, False),
        ("full", FULL, None, "in_force", True, 0, True),
        ("full", FULL, None, "in_force", False, 0, False),
        ("full", FULL, None, "proposed", False, 0, True),
        ("full", [*FULL, "payout"], None, "in_force", True, 0, False),
        ("full", FULL, 30, "in_force", True, 0, False),
        ("terminated", FULL, None, "in_force", False, 0, False),
    ],
)
async def test_the_database_holds_to_proportion_and_two_people(
    ctx, urls, kind, scopes, days, state, second, more, good
):
    async with ctx.db.transaction() as tx:
        await make_company(tx)
        await make_staff(tx)
    boss = await connect(urls.owner)
    try:
        if good:
            await boss.execute(INSERT, kind, scopes, days, state, second, more)
        else:
            with pytest.raises(asyncpg.CheckViolationError):
                await boss.execute(INSERT, kind, scopes, days, state, second, more)
    finally:
        await boss.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE restriction SET scopes = '{quote}'",
        "UPDATE restriction SET expires_at = expires_at - interval '1 day'",
        "UPDATE restriction SET statement = 'another'",
        "UPDATE restriction SET starts_at = NULL, expires_at = NULL, review_on = NULL, state = 'proposed'",
        "DELETE FROM restriction",
        "TRUNCATE restriction CASCADE",
        "UPDATE organisation SET bound = '[]'",
        "UPDATE restriction_statement SET text = 'another'",
        "DELETE FROM restriction_appeal",
        "UPDATE restriction_appeal SET state = 'upheld', decided_at = now(), outcome = 'x', decided_by ="
        " (SELECT placed_by FROM restriction LIMIT 1)",
    ],
)
async def test_what_was_placed_and_said_stays_even_for_the_owner_of_the_tables(ctx, urls, change):
    async with ctx.db.transaction() as tx:
        company = await make_company(tx)
        made = await restrict(tx, company.organisation_id, Scope.PUBLISH, Scope.QUOTE)
        await service.read(tx, made, by=company.member)
        await answering.appeal(tx, made, "It is wrong.", [], by=company.member)
    boss = await connect(urls.owner)
    try:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await boss.execute(change)
    finally:
        await boss.close()
    async with ctx.db.transaction(read_only=True) as tx:
        assert len((await queries.restriction(tx, made)).scopes) == 2
