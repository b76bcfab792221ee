"""Making reports in the background."""

from uuid import UUID

from app.core.jobs import JobContext, job
from app.indicators.reporting import making


@job
async def make_report(ctx: JobContext, report_id: UUID) -> None:
    """Every file of a report that is not there yet, one after another. Cut off anywhere, it goes on from there."""
    await making.make(ctx, report_id)
