"""What orders do when contracts and money move, and the clock of acceptance."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.jobs import JobContext, every, handler
from orders.contracts.events import ContractEffective
from orders.deals import queries, service
from payments.events import EscrowFunded, HoldingEnds


@handler(ContractEffective)
async def on_contract_effective(tx: AsyncSession, event: ContractEffective) -> None:
    await service.place(tx, event.contract_id)


@handler(EscrowFunded)
async def on_escrow_funded(tx: AsyncSession, event: EscrowFunded) -> None:
    if event.subject.type == "order":
        await service.funded(tx, event.subject.id)


@handler(HoldingEnds)
async def on_holding_ends(tx: AsyncSession, event: HoldingEnds) -> None:
    if event.subject.type == "order":
        await service.holding_ends(tx, event.subject.id, event.amount, event.ends_at)


@every(minutes=5)
async def accept_in_silence(ctx: JobContext) -> None:
    """Orders whose time for acceptance ran out are accepted, each in a transaction of its own."""
    async with ctx.db.transaction(read_only=True) as tx:
        due = await queries.past_window(tx, clock.now())
    for order_id in due:
        await ctx.tx(service.fall_silent, order_id)
