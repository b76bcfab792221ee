"""Asking the provider about disputes, and telling it our side; outside any transaction."""

from datetime import timedelta
from uuid import UUID

from app.core import clock, log
from app.core.jobs import JobContext, every, job
from app.core.runner import Again
from payments.chargebacks import queries, service
from payments.chargebacks.states import DefenceState
from payments.gateway import Dispute, Evidence, Gateway, GatewayBusy, GatewayRefused, GatewayUnknown

WAIT = timedelta(minutes=1)
LOOK_BACK = timedelta(days=8)
"""A provider tries a webhook again for three days; whatever it did not get through is found by this."""
logger = log.get("portolan.payments")


@job
async def ask_about_dispute(ctx: JobContext, dispute_ref: str) -> None:
    """Look at one dispute again."""
    gateway: Gateway = ctx.gateway
    try:
        told = await gateway.fetch(Dispute, dispute_ref)
    except (GatewayBusy, GatewayUnknown) as later:
        raise Again(WAIT) from later
    except GatewayRefused:
        logger.warning("dispute_of_nothing", dispute=dispute_ref)
        return
    await take_in(ctx, told)


async def take_in(ctx: JobContext, told: Dispute) -> None:
    """Record what the provider says of a dispute."""
    gateway: Gateway = ctx.gateway
    if not await ctx.tx(service.record, gateway.capabilities.name, told):
        logger.warning("dispute_of_unknown_payment", dispute=told.id, pay_in=told.pay_in_id)


@every(minutes=60)
async def ask_about_disputes(ctx: JobContext) -> None:
    """New ones of the last days, and all that are not decided: a lost webhook loses nothing."""
    gateway: Gateway = ctx.gateway
    async with ctx.db.transaction(read_only=True) as tx:
        waiting = set(await queries.open_disputes(tx, gateway.capabilities.name))
    try:
        for told in [told async for told in gateway.disputes(clock.now() - LOOK_BACK)]:
            await take_in(ctx, told)
            waiting.discard(told.id)
        for dispute_ref in sorted(waiting):
            await take_in(ctx, await gateway.fetch(Dispute, dispute_ref))
    except (GatewayBusy, GatewayUnknown, GatewayRefused) as error:
        logger.warning("disputes_put_off", error=repr(error))  # the next hour asks again


@job
async def send_defence(ctx: JobContext, chargeback_id: UUID) -> None:
    """Tell the buyer's bank our side. May run twice: the key makes it one letter."""
    gateway: Gateway = ctx.gateway
    async with ctx.db.transaction(read_only=True) as tx:
        seen = await queries.chargeback(tx, chargeback_id)
    if seen.defence_state is not DefenceState.PLANNED:
        return
    try:
        key = f"defence:{chargeback_id}:{seen.state}"
        told = await gateway.submit_evidence(seen.dispute_ref, Evidence(**seen.defence), key=key)
    except (GatewayBusy, GatewayUnknown) as later:
        raise Again(WAIT) from later
    except GatewayRefused as no:
        logger.warning("defence_refused", chargeback=str(chargeback_id), code=no.code)
        await ctx.tx(service.answered, chargeback_id, DefenceState.REFUSED)
        return
    await ctx.tx(service.answered, chargeback_id, DefenceState.SENT)
    await take_in(ctx, told)
