"""The calendar keeps itself: what is due is written down, opened, prepared when its period is over, and told of."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, log
from app.core.errors import DomainError
from app.core.jobs import JobContext, every
from app.core.periods import day_of
from app.statutory import calendar, preparing, queries
from app.statutory.models import StatutoryFiling, StatutoryVersion
from app.statutory.preparing import Desk
from app.statutory.rules import WARNED, Kind, step
from app.statutory.states import KINDS, OUTSTANDING, FilingState
from trust.access import Permission
from trust.identity import queries as identity
from trust.identity import service as people
from trust.retention import service as retention
from trust.retention.classes import STATUTORY_REPORTS

SETTLES = timedelta(days=3)
"""After a quarter's end, before its table of income is made: the rates of its last day are loaded by then."""
AT_ONCE = 100
logger = log.get("portolan.statutory")


@every(hours=1)
async def keep(ctx: JobContext) -> None:
    """Each step is a transaction of its own: cut off anywhere, the next hour goes on."""
    settings = ctx.settings
    await ctx.tx(calendar.lay_out, settings.reporting_zone)
    desk = Desk(ctx.files, settings.vault, settings.base_url, settings.reporting_zone)
    async with ctx.db.transaction(read_only=True) as tx:
        found = await _to_prepare(tx, desk.zone)
    for filing_id, kind in found:
        make = preparing.adopt if kind is Kind.IDENTITY else partial(_prepare, desk=desk)
        try:
            await ctx.tx(make, filing_id)
        except DomainError as error:  # its page says so, and a person looks at it
            logger.warning("statutory.held_up", filing=str(filing_id), code=error.code)
            await ctx.tx(_hold_up, filing_id, error)
    await ctx.tx(ring, settings.reporting_zone)


async def _to_prepare(tx: AsyncSession, zone: str) -> list[tuple[UUID, Kind]]:
    today = day_of(clock.now(), zone)
    settled = or_(StatutoryFiling.kind != Kind.TAX, StatutoryFiling.opens_on <= today - SETTLES)
    query = select(StatutoryFiling.id, StatutoryFiling.kind).where(StatutoryFiling.state == FilingState.OPEN, settled)
    rows = await tx.execute(query.order_by(StatutoryFiling.id).limit(AT_ONCE))
    return [(id_, Kind(kind)) for id_, kind in rows]


async def _prepare(tx: AsyncSession, filing_id: UUID, *, desk: Desk) -> None:
    row = await queries.for_update(tx, filing_id)
    if row.state == FilingState.OPEN:  # nobody has prepared it meanwhile
        await preparing.prepare(tx, desk, filing_id, by=None)


async def _hold_up(tx: AsyncSession, filing_id: UUID, error: DomainError) -> None:
    row = await queries.for_update(tx, filing_id)
    if row.state == FilingState.OPEN:
        row.held_up = {"code": error.code, "facts": error.facts}


@every(hours=24)
async def forget_reports(ctx: JobContext) -> None:
    """What was reported of sellers goes when its time is over; that it was filed, and its hash, stay."""
    async with ctx.db.transaction(read_only=True) as tx:
        query = select(StatutoryVersion.id).where(
            StatutoryVersion.prepared_at <= clock.now() - STATUTORY_REPORTS.period,
            StatutoryVersion.forgotten_at.is_(None),
        )
        over = list(await tx.scalars(query.order_by(StatutoryVersion.prepared_at).limit(AT_ONCE)))
    await ctx.each(_forget, over)


async def _forget(tx: AsyncSession, version_id: UUID) -> None:
    """May be done twice. Its files leave the store once this is written (trust.retention)."""
    query = select(StatutoryVersion).where(StatutoryVersion.id == version_id).with_for_update()
    row = (await tx.scalars(query)).one()
    if row.forgotten_at is not None:
        return
    await retention.give_up(tx, {paper["key"] for paper in (row.file, row.receipt) if paper})
    gone = {"file": null(), "receipt": null(), "forgotten_at": clock.now()}
    await tx.execute(update(StatutoryVersion).where(StatutoryVersion.id == row.id).values(gone))


async def ring(tx: AsyncSession, zone: str) -> int:
    """Letters to those who file reports, once for each day on which one is to go out; how many reports were told of."""
    today = day_of(clock.now(), zone)
    query = (
        select(StatutoryFiling)
        .where(StatutoryFiling.state.in_(OUTSTANDING), queries.until <= today + timedelta(days=max(WARNED)))
        .order_by(queries.until, StatutoryFiling.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    told = 0
    for row in list(await tx.scalars(query)):
        day = step(row.until, today)
        if day is not None and (row.told_on is None or row.told_on < day):
            row.told_on = day
            told += 1
            facts = {
                "kind": KINDS[row.kind],
                "first": row.first_day.isoformat(),
                "last": row.last_day.isoformat(),
                "until": row.until.isoformat(),
                "left": (row.until - today).days,
                "path": f"/statutory/{row.id}",
            }
            platform = await identity.platform_id(tx)
            await people.notify(tx, platform, Permission.FILE_REPORTS, "statutory_due", facts)
    return told
