"""An entry as it is shown, with what was found under it and what happened to it."""

from sqlalchemy.ext.asyncio import AsyncSession

from trust.quality import queries
from trust.quality.models import QualityWork
from trust.quality.schemas import FindingOut, LinkOut, RecordOut, WorkOut


async def record(tx: AsyncSession, row: QualityWork) -> RecordOut:
    found = await queries.findings(tx, row.id)
    links = await queries.timeline(tx, row)
    said = WorkOut.of(row).model_dump()
    said |= {"found": len(found), "open": sum(one.over_at is None for one in found)}
    return RecordOut(
        **said,
        findings=[FindingOut.model_validate(one) for one in found],
        timeline=[LinkOut.model_validate(link) for link in links],
    )
