"""Work on contracts that takes a while: drawing up from an agreed offer, and setting the document."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.jobs import JobContext, every, handler, job
from app.core.runner import Again
from app.core.signing.timestamps import NoTimestamp
from app.core.typesetting import UnprintableText
from orders.contracts import affixing, expiring, pdf, queries, rating, service
from orders.contracts.events import ContractEffective, ContractLocked, ContractSigned
from orders.contracts.states import ContractState
from orders.contracts.terms import digest
from orders.negotiation import queries as negotiation
from orders.negotiation.events import QuotationAccepted

TRY_TIMESTAMP_AGAIN = timedelta(minutes=5)
TIMESTAMP_GROWS_OLD = timedelta(days=365)
"""The lists that a timestamp is checked by are good for 400 days; see `app.core.signing.authority`."""


@handler(QuotationAccepted)
async def on_quotation_accepted(tx: AsyncSession, event: QuotationAccepted) -> None:
    await outbox.enqueue(tx, draw_up, key=f"draw-up:{event.quotation_id}", quotation_id=event.quotation_id)


@job
async def draw_up(ctx: JobContext, quotation_id: UUID) -> None:
    """The draft contract of an accepted quotation, with the fee that is in force now."""
    async with ctx.db.transaction() as tx:
        agreed = await negotiation.agreed(tx, quotation_id)
        await service.draw_up(tx, agreed, fee_basis_points=ctx.settings.platform_fee_bps)


@handler(ContractEffective)
async def on_contract_effective(tx: AsyncSession, event: ContractEffective) -> None:
    await outbox.enqueue(tx, record_rate, key=f"rate:{event.contract_id}")


@job
async def record_rate(ctx: JobContext) -> None:
    """Record the reference rate of the contract that has just taken effect, and of any that waits for one."""
    await ctx.tx(rating.record, quote=ctx.settings.reporting_currency, zone=ctx.settings.reporting_zone)


@every(hours=1)
async def record_late_rates(ctx: JobContext) -> None:
    """Those whose rates came after they had taken effect."""
    await record_rate(ctx)


@handler(ContractLocked)
async def on_contract_locked(tx: AsyncSession, event: ContractLocked) -> None:
    await outbox.enqueue(tx, prepare, contract_id=event.contract_id)


@job
async def prepare(ctx: JobContext, contract_id: UUID) -> None:
    """Set the locked contract as PDF. The same terms give the same bytes, so a second run changes nothing."""
    async with ctx.db.transaction(read_only=True) as tx:
        contract = await queries.contract(tx, contract_id)
    if contract.state != ContractState.LOCKED:
        return
    try:
        verify_url = f"{ctx.settings.base_url.rstrip('/')}/verify/{contract.number}"
        document = await pdf.render(contract.terms, font_dir=ctx.settings.font_dir, verify_url=verify_url)
    except UnprintableText as fault:
        await ctx.tx(service.unprintable, contract_id, fault.message, terms_hash=contract.terms_hash)
        return
    kept = await ctx.files.put(document, content_type="application/pdf")
    await ctx.tx(
        service.prepared, contract_id, terms_hash=contract.terms_hash, pdf_key=kept.key, pdf_hash=digest(document)
    )


@handler(ContractSigned)
async def on_contract_signed(tx: AsyncSession, event: ContractSigned) -> None:
    await outbox.enqueue(tx, affix, contract_id=event.contract_id)


@job
async def affix(ctx: JobContext, contract_id: UUID) -> None:
    """Bring the document up to what was signed. May run twice, also at once: a step is kept only after the one before.

    Raises Again while no timestamp authority answers; the signatures are in the document already then.
    """
    try:
        while await affixing.further(ctx, contract_id):
            pass
    except NoTimestamp:
        raise Again(TRY_TIMESTAMP_AGAIN) from None


@every(hours=1)
async def affix_late(ctx: JobContext) -> None:
    """Whatever was left behind, and a new timestamp for what has an old one."""
    async with ctx.db.transaction(read_only=True) as tx:
        unfinished = await affixing.unfinished(tx)
        old = await affixing.old(tx, clock.now() - TIMESTAMP_GROWS_OLD)
    async with ctx.db.transaction() as tx:
        for contract_id in unfinished:
            await outbox.enqueue(tx, affix, key=f"affix:{contract_id}:{clock.now():%Y%m%d%H}", contract_id=contract_id)
        for contract_id in old:
            await outbox.enqueue(tx, renew, key=f"renew:{contract_id}:{clock.now():%Y%m%d}", contract_id=contract_id)


@job
async def renew(ctx: JobContext, contract_id: UUID) -> None:
    """Raises Again while no timestamp authority answers."""
    try:
        await affixing.renew(ctx, contract_id)
    except NoTimestamp:
        raise Again(TRY_TIMESTAMP_AGAIN) from None


@every(minutes=15)
async def end_unsigned(ctx: JobContext) -> None:
    """Contracts that nobody signs end, and their parties are reminded before; each in a transaction of its own."""
    async with ctx.db.transaction(read_only=True) as tx:
        due = await expiring.due(tx)
    for contract_id in due:
        await ctx.tx(expiring.look_at, contract_id)
