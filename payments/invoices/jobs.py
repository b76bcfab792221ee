"""The invoices of the month before, made on its first day."""

from app.core import log
from app.core.jobs import JobContext, every
from payments.invoices import service
from payments.invoices.service import Books
from payments.invoices.settings import issuer

logger = log.get("portolan.invoices")


@every(hours=1)
async def invoice_fees(ctx: JobContext) -> None:
    """Invoice the fees of every month that is over: in the first hour of the next one, and never twice."""
    by = issuer(ctx.settings)
    if by is None:
        logger.warning("no_issuer", hint="set PORTOLAN_ISSUER_NAME and its like to have invoices made")
        return
    issued = await ctx.tx(service.issue_due, Books(by, ctx.settings.reporting_zone))
    if issued:
        logger.info("invoices_issued", count=len(issued))
