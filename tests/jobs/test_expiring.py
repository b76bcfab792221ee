"""Contracts that nobody signs end by themselves; whoever has still to act is reminded before, once each time."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from app.core import clock, evidence
from app.core.jobs import JobContext
from app.core.runner import drain
from app.core.states import IllegalMove
from app.core.subject import Subject
from orders.contracts import expiring, lasting, requesting, service
from orders.contracts.errors import AlreadyExtended, Lapsed
from orders.contracts.jobs import end_unsigned
from orders.contracts.revising import Adjustments
from orders.contracts.states import ContractState, RequestKind
from tests.factories.contracts import Partners, lock_contract, read_contract, sign_contract
from tests.factories.people import Actor


async def letters(ctx: JobContext) -> list[str]:
    """Who got which letter about the end: `subject → address`, sorted."""
    await drain(ctx)
    told = [
        letter for letter in await ctx.mailer.letters() if " end" in letter.subject or "more time" in letter.subject
    ]
    return sorted(f"{letter.subject} → {letter.to}" for letter in told)


async def after(ctx: JobContext, **time: float) -> None:
    """So much later, once the clock has been looked at twice, and at once."""
    clock.advance(**time)
    await asyncio.gather(end_unsigned(ctx), end_unsigned(ctx))


async def extend(ctx: JobContext, contract_id: UUID, actor: Actor) -> None:
    async with ctx.db.transaction() as tx:
        await expiring.extend(tx, contract_id, by=actor.member)


async def test_a_draft_is_reminded_of_twice_and_ends(ctx: JobContext, partners: Partners, draft: UUID) -> None:
    async with ctx.db.transaction() as tx:
        await service.agree(tx, draft, 1, by=partners.buyer.member)
    await after(ctx, days=23, seconds=-5)
    assert await letters(ctx) == []
    await after(ctx, seconds=10)
    assert len(await letters(ctx)) == 1, "the buyer has agreed already"
    assert partners.supplier.member.email in (await letters(ctx))[0]
    await after(ctx, days=6)
    assert len(await letters(ctx)) == 2
    assert (await read_contract(ctx.db, draft)).state == ContractState.DRAFT
    await after(ctx, days=1)
    assert (await read_contract(ctx.db, draft)).state == ContractState.VOID
    assert len(await letters(ctx)) == 4
    await after(ctx, days=1)
    assert len(await letters(ctx)) == 4
    async with ctx.db.transaction(read_only=True) as tx:
        kinds = [link.kind for link in await evidence.chain(tx, Subject("contract", draft))]
        assert (await evidence.verify(tx, Subject("contract", draft))).whole
    assert kinds.count("contract.expired") == 1


async def test_a_worker_that_was_away_reminds_once(ctx: JobContext, draft: UUID) -> None:
    await after(ctx, days=29, hours=12)
    assert len(await letters(ctx)) == 2, "one for each side, though both moments have passed"


async def test_every_revision_and_the_lock_begin_the_time_anew(
    ctx: JobContext, partners: Partners, draft: UUID
) -> None:
    clock.advance(days=20)
    async with ctx.db.transaction() as tx:
        await service.adjust(tx, draft, Adjustments(acceptance_days=9), revision=1, by=partners.buyer.member)
    await after(ctx, days=20)
    await lock_contract(ctx, partners, draft)
    await after(ctx, days=20)
    assert (await read_contract(ctx.db, draft)).state == ContractState.SIGNING
    await sign_contract(ctx, draft, partners.buyer)
    await after(ctx, days=4)
    assert [partners.supplier.member.email in line for line in await letters(ctx)] == [True], "the buyer has signed"
    await after(ctx, days=6)
    assert (await read_contract(ctx.db, draft)).state == ContractState.VOID


async def test_what_is_in_force_stays(ctx: JobContext, partners: Partners, draft: UUID) -> None:
    await lock_contract(ctx, partners, draft)
    await sign_contract(ctx, draft, partners.buyer, partners.supplier)
    await after(ctx, days=90)
    assert (await read_contract(ctx.db, draft)).state == ContractState.EFFECTIVE


async def test_each_side_gives_more_time_once(ctx: JobContext, partners: Partners, draft: UUID) -> None:
    first = (await read_contract(ctx.db, draft)).ends_at
    assert first is not None
    clock.advance(days=29, hours=12)
    await extend(ctx, draft, partners.buyer)
    with pytest.raises(AlreadyExtended):
        await extend(ctx, draft, partners.buyer)
    assert (await read_contract(ctx.db, draft)).ends_at == first + timedelta(days=30)
    await after(ctx, days=24)
    assert sum(" ends soon" in line for line in await letters(ctx)) == 2, "reminded anew, of the new end"
    await extend(ctx, draft, partners.supplier)
    assert (await read_contract(ctx.db, draft)).ends_at == first + timedelta(days=60)
    await after(ctx, days=40)
    assert (await read_contract(ctx.db, draft)).state == ContractState.VOID
    with pytest.raises(IllegalMove):
        await extend(ctx, draft, partners.supplier)


async def test_what_is_over_is_over_before_anybody_comes(ctx: JobContext, partners: Partners, draft: UUID) -> None:
    await lock_contract(ctx, partners, draft)
    async with ctx.db.transaction() as tx:
        await requesting.ask(tx, draft, RequestKind.UNLOCK, "A wrong port.", by=partners.buyer.member)
    clock.advance(days=30)
    with pytest.raises(Lapsed):
        await sign_contract(ctx, draft, partners.buyer)
    with pytest.raises(Lapsed):
        await extend(ctx, draft, partners.buyer)
    await after(ctx, seconds=1)
    async with ctx.db.transaction(read_only=True) as tx:
        assert await requesting.open_request(tx, draft) is None


async def test_killed_in_between_nothing_is_lost_or_doubled(
    ctx: JobContext, draft: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The letters are written with the mark that says so: either both are there or neither."""
    with monkeypatch.context() as dying:
        dying.setattr("orders.contracts.expiring.tell", _dying)
        with pytest.raises(ConnectionError):
            await after(ctx, days=24)
        assert await letters(ctx) == []
    await after(ctx, seconds=1)
    assert len(await letters(ctx)) == 2


async def _dying(*_args: object, **_facts: object) -> None:
    raise ConnectionError("killed")


def test_the_period_is_that_of_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    first, length = lasting.PERIODS[0]
    later = first + timedelta(days=100)
    monkeypatch.setattr(lasting, "PERIODS", (*lasting.PERIODS, (later, timedelta(days=45))))
    assert lasting.period(first - timedelta(days=9)) == lasting.period(first) == length
    assert lasting.period(later - timedelta(days=1)) == length
    assert lasting.period(later) == timedelta(days=45)
