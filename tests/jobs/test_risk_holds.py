"""A payout that is held does not leave, over whichever rail, and goes on by itself."""

import pytest

from app.core import clock
from app.core.runner import drain
from app.core.subject import Subject
from payments.gateway import Transfer
from payments.operations import queries as operations
from payments.operations.states import OperationKind
from payments.payouts.states import PayoutState
from payments.runs import service as runs
from tests.jobs.test_payments_payouts import connected, earning, last, request, vault, with_account  # noqa: F401
from trust.risk import holds
from trust.risk import service as risk
from trust.risk.engine import Point
from trust.risk.errors import OnHold
from trust.risk.facts import MessageFacts


async def held(ctx, supplier):
    """All payouts of the supplier's company are held for 72 hours."""
    async with ctx.db.transaction() as tx:
        await risk.assess(
            tx,
            Point.MESSAGE,
            Subject("inquiry", supplier.id),
            MessageFacts("Urgent: our new bank account", before_contract=False),
            organisation_id=supplier.organisation_id,
            title="x",
            by=supplier.member,
            holds=holds.payouts_of(supplier.organisation_id),
        )


async def test_over_the_provider_it_waits_between_request_and_sending(ctx, gateway):
    supplier = await connected(ctx, gateway)
    await request(ctx, supplier, "200")
    await held(ctx, supplier)
    await drain(ctx)
    assert gateway.made(Transfer) == []
    assert (await last(ctx, supplier)).state == PayoutState.REQUESTED
    with pytest.raises(OnHold):
        await request(ctx, supplier, "10")
    clock.advance(hours=72, minutes=1)
    await drain(ctx)
    assert (await last(ctx, supplier)).state == PayoutState.TRANSFERRED


async def test_by_bank_it_is_put_into_no_run(ctx, vault):  # noqa: F811
    supplier = await earning(ctx)
    account = await with_account(ctx, vault, supplier)
    payout = await request(ctx, supplier, "200", account)
    await held(ctx, supplier)
    async with ctx.db.transaction() as tx:
        operation = await operations.open_of_part(tx, payout, OperationKind.PAY_OUT)
        with pytest.raises(OnHold):
            await runs.payable(tx, [operation.id])
    clock.advance(hours=72, minutes=1)
    async with ctx.db.transaction() as tx:
        operation = await operations.open_of_part(tx, payout, OperationKind.PAY_OUT)
        assert [seen.id for seen in await runs.payable(tx, [operation.id])] == [operation.id]
