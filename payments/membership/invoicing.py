"""Invoices for memberships, issued when they are paid, and credit notes when they are refunded."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import log
from app.core.jobs import JobContext, every
from app.core.money import Money
from app.core.subject import Subject
from payments.invoices import service as invoices
from payments.invoices.queries import Fee
from payments.invoices.service import Books
from payments.invoices.settings import issuer
from payments.ledger import queries as ledger
from payments.membership import queries
from payments.membership.queries import TermView

logger = log.get("portolan.membership")


@every(minutes=5)
async def invoice_memberships(ctx: JobContext) -> None:
    """Issue what is missing: invoices first, so that a credit note finds the one it belongs to."""
    by = issuer(ctx.settings)
    if by is None:
        logger.warning("no_issuer", hint="set PORTOLAN_ISSUER_NAME and its like to have invoices made")
        return
    async with ctx.db.transaction(read_only=True) as tx:
        missing = await queries.not_invoiced(tx)
    for term_id, is_refund in missing:
        await ctx.tx(issue, term_id, is_refund, Books(by, ctx.settings.reporting_zone))


async def issue(tx: AsyncSession, term_id: UUID, is_refund: bool, books: Books) -> UUID | None:
    """The invoice or credit note of a term. Issued before, it is not issued again."""
    term, refund = await queries.with_refund(tx, term_id)
    if term.entry_id is None or term.paid_at is None:
        return None
    if is_refund:
        if refund is None:
            return None
        back = await _fee(tx, term, refund, -1)
        return await invoices.credit_membership(tx, books, back, term.entry_id, "Refunded in the cooling-off time")
    fee = await _fee(tx, term, term.entry_id, 1)
    return await invoices.issue_membership(tx, books, fee, term.starts_on, term.ends_on)


async def _fee(tx: AsyncSession, term: TermView, entry_id: UUID, sign: int) -> Fee:
    return Fee(
        entry_id=entry_id,
        at=await ledger.entered_at(tx, entry_id),
        organisation_id=term.organisation_id,
        subject=Subject("membership", term.id),
        milestone_id=None,
        part=f"membership_{term.plan}",
        released=Money.zero(term.fee.currency),
        fee=Money(term.fee.minor * sign, term.fee.currency),
    )
