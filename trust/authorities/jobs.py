"""What happens to authorities' requests by itself: companies are told, files go, and later the words."""

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.jobs import JobContext, every
from trust.authorities import packages
from trust.authorities.models import AuthorityPackage, AuthorityRequest
from trust.retention.classes import AUTHORITY_REQUESTS

AT_ONCE = 50


@every(minutes=10)
async def tell_companies(ctx: JobContext) -> None:
    """Those whose data were given, once the request allows it."""
    while await ctx.tx(packages.tell_due):
        pass


@every(hours=24)
async def throw_away(ctx: JobContext) -> None:
    """Files of packages that need not be fetched again; their hashes stay."""
    for key in await ctx.tx(_thrown):
        await ctx.files.delete(key)


async def _thrown(tx: AsyncSession) -> list[str]:
    query = select(AuthorityPackage).where(
        AuthorityPackage.file_key != "", AuthorityPackage.composed_at <= clock.now() - packages.KEPT
    )
    rows = list(await tx.scalars(query.limit(AT_ONCE).with_for_update(skip_locked=True)))
    keys = [key for row in rows for key in (row.file_key, row.sent_key) if key]
    for row in rows:
        row.file_key = row.sent_key = ""
    return keys


@every(hours=24)
async def forget_requests(ctx: JobContext) -> None:
    """What was asked about whom, letters and approvals; that it was asked and answered, and the hashes, stay."""
    for key in await ctx.tx(_forgotten):
        await ctx.files.delete(key)


async def _forgotten(tx: AsyncSession) -> list[str]:
    query = select(AuthorityRequest).where(
        AuthorityRequest.ended_at <= clock.now() - AUTHORITY_REQUESTS.period, AuthorityRequest.forgotten_at.is_(None)
    )
    keys: list[str] = []
    for row in list(await tx.scalars(query.limit(AT_ONCE).with_for_update(skip_locked=True))):
        keys += await _forget(tx, row)
    return keys


async def _forget(tx: AsyncSession, row: AuthorityRequest) -> list[str]:
    named = {"id": row.id}
    found = await tx.execute(
        text("SELECT letter FROM authority_request WHERE id = :id UNION ALL"
             " SELECT file FROM authority_approval WHERE request_id = :id"), named,
    )  # fmt: skip
    keys = [file["key"] for (file,) in found if file]
    row.asked = row.about = row.answer = ""
    row.forgotten_at = clock.now()
    await tx.flush()
    await tx.execute(text("UPDATE authority_request SET letter = NULL WHERE id = :id"), named)
    await tx.execute(text("UPDATE authority_approval SET file = NULL WHERE request_id = :id"), named)
    await evidence.erase(tx, row.itself, basis=AUTHORITY_REQUESTS.key, actor=None)
    return keys
