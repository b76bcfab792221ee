"""What orders do when contracts and money move, and the clocks of acceptance and of evidence."""

from contextlib import suppress

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.jobs import JobContext, every, handler
from orders.contracts.events import ContractEffective
from orders.deals import claiming, disputing, plan, proving, queries, service
from payments.events import ChargebackEnded, ChargebackOpened, EscrowFunded, HoldingEnds
from trust.cases.events import CaseEnded, CaseRuled
from trust.cases.states import CaseState, Kind
from trust.risk.errors import OnHold


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


@handler(ChargebackOpened)
async def on_chargeback_opened(tx: AsyncSession, event: ChargebackOpened) -> None:
    if event.subject.type == "order":
        await service.chargeback_opened(tx, event.subject.id, event.amount)


@handler(ChargebackEnded)
async def on_chargeback_ended(tx: AsyncSession, event: ChargebackEnded) -> None:
    if event.subject.type == "order":
        await service.chargeback_ended(tx, event.subject.id, event.amount, won=event.won)


@handler(CaseRuled)
async def on_case_ruled(tx: AsyncSession, event: CaseRuled) -> None:
    if event.kind == Kind.DISPUTE and event.subject.type == "order" and event.final:
        await disputing.carry_out(tx, event)


@handler(CaseEnded)
async def on_case_ended(tx: AsyncSession, event: CaseEnded) -> None:
    if event.kind == Kind.DISPUTE and event.subject.type == "order" and event.how == CaseState.WITHDRAWN:
        await claiming.case_withdrawn(tx, event.subject.id, event.complainant_id)


@every(minutes=5)
async def accept_in_silence(ctx: JobContext) -> None:
    """Orders whose time for acceptance ran out are accepted, each in a transaction of its own."""
    async with ctx.db.transaction(read_only=True) as tx:
        due = await queries.past_window(tx, clock.now())
    for order_id in due:
        with suppress(OnHold):  # it is tried again, and goes through once the hold is over
            await ctx.tx(service.fall_silent, order_id)


@every(minutes=5)
async def keep_milestone_times(ctx: JobContext) -> None:
    """Silence about evidence takes effect, and evidence that did not come in time is overdue; each in a transaction of
    its own.
    """
    async with ctx.db.transaction(read_only=True) as tx:
        silent, late = await plan.unanswered(tx, clock.now()), await plan.overdue(tx, clock.now())
    for milestone_id in silent:
        with suppress(OnHold):
            await ctx.tx(proving.fall_silent, milestone_id)
    for milestone_id in late:
        await ctx.tx(proving.lapse, milestone_id)
