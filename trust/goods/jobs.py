"""Clocks of controlled goods: licences that end, holds of reports that go on, and records whose time is over."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import case, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.jobs import JobContext, every
from app.core.subject import Subject
from trust.access import Permission
from trust.goods import reports
from trust.goods.models import (
    EndUserStatement,
    ExportReport,
    GoodsFinding,
    GoodsLicence,
    LicenceReminder,
    LicenceUse,
)
from trust.goods.states import LicenceState, ReportState
from trust.identity import service as people
from trust.retention import service as retention
from trust.retention.classes import EXPORT_CONTROL

REMINDED = (30, 15, 5, 0)
"""Days before the last day of a licence; 0: the day after it."""
AT_ONCE = 200


@every(hours=1)
async def watch_licences(ctx: JobContext) -> None:
    """Remind suppliers of licences that end; each reminder once, and of several that are due only the last."""
    today = clock.now().date()
    near = ((GoodsLicence.valid_until <= today + timedelta(days=days), days) for days in sorted(REMINDED[:-1]))
    step = case((GoodsLicence.valid_until < today, 0), *near)
    sent = select(LicenceReminder.licence_id).where(
        LicenceReminder.licence_id == GoodsLicence.id, LicenceReminder.days == step
    )
    query = select(GoodsLicence.id).where(
        GoodsLicence.state == LicenceState.ACCEPTED,
        GoodsLicence.valid_until <= today + timedelta(days=max(REMINDED)),
        ~sent.exists(),
    )
    async with ctx.db.transaction(read_only=True) as tx:
        due = list(await tx.scalars(query.order_by(GoodsLicence.valid_until).limit(AT_ONCE)))
    for licence_id in due:
        await ctx.tx(partial(remind, licence_id=licence_id))


async def remind(tx: AsyncSession, licence_id: UUID) -> int | None:
    """Send the reminder whose time has come, unless it was sent; of how many days before the end it is."""
    row = await tx.scalar(select(GoodsLicence).where(GoodsLicence.id == licence_id).with_for_update())
    if row is None or row.state != LicenceState.ACCEPTED:
        return None
    left = (row.valid_until - clock.now().date()).days
    due = [days for days in REMINDED if (left <= days if days else left < 0)]
    if not due:
        return None
    said = [{"licence_id": licence_id, "days": days, "sent_at": clock.now()} for days in due]
    made = await tx.execute(
        insert(LicenceReminder).values(said).on_conflict_do_nothing().returning(LicenceReminder.days)
    )
    if min(due) not in set(made.scalars()):
        return None
    context = {
        "news": "licence_over" if left < 0 else "licence_ends",
        "name": row.number,
        "day": row.valid_until.isoformat(),
        "reason": "",
        "path": f"/licences/{row.id}",
    }
    await people.notify(tx, row.organisation_id, Permission.LIST_PRODUCTS, "control_news", context)
    return min(due)


@every(hours=6)
async def hold_on(ctx: JobContext) -> None:
    """What a report keeps from moving does not go on by itself while nobody has closed it."""
    await ctx.tx(reports.hold_on)


@every(hours=24)
async def forget_records(ctx: JobContext) -> None:
    """Records of export control go after five years, with their files and people's words in the evidence."""
    for forget in (_forget_statements, _forget_reports, _forget_findings, _forget_licences):
        while await ctx.tx(forget) == AT_ONCE:
            pass


def _before() -> Any:
    return clock.now() - EXPORT_CONTROL.period


async def _erase(tx: AsyncSession, kind: str, ids: list[UUID]) -> None:
    for id_ in ids:
        if await evidence.chain(tx, Subject(kind, id_)):
            await evidence.erase(tx, Subject(kind, id_), basis=EXPORT_CONTROL.key, actor=None)


async def _forget_statements(tx: AsyncSession) -> int:
    """All versions of a line, once the last word on the newest is five years old."""
    last = func.max(func.coalesce(EndUserStatement.decided_at, EndUserStatement.submitted_at))
    old = (
        select(EndUserStatement.order_id)
        .group_by(EndUserStatement.order_id)
        .having(last < _before())
        .limit(AT_ONCE)
        .subquery()
    )
    rows = list(await tx.scalars(select(EndUserStatement).where(EndUserStatement.order_id.in_(select(old)))))
    await retention.give_up(tx, {row.document["key"] for row in rows if row.document})
    await _erase(tx, "end_user_statement", [row.id for row in rows])
    await tx.execute(delete(EndUserStatement).where(EndUserStatement.id.in_([row.id for row in rows])))
    return len({row.order_id for row in rows})


async def _forget_reports(tx: AsyncSession) -> int:
    over = (ReportState.DISMISSED, ReportState.CLOSED)
    last = func.coalesce(ExportReport.closed_at, ExportReport.decided_at)
    ids = list(
        await tx.scalars(select(ExportReport.id).where(ExportReport.state.in_(over), last < _before()).limit(AT_ONCE))
    )
    await _erase(tx, "export_report", ids)
    await tx.execute(delete(ExportReport).where(ExportReport.id.in_(ids)))
    return len(ids)


async def _forget_findings(tx: AsyncSession) -> int:
    last = func.coalesce(GoodsFinding.decided_at, GoodsFinding.found_at)
    ids = list(await tx.scalars(select(GoodsFinding.id).where(last < _before()).limit(AT_ONCE)))
    await _erase(tx, "goods_finding", ids)
    await tx.execute(delete(GoodsFinding).where(GoodsFinding.id.in_(ids)))
    return len(ids)


async def _forget_licences(tx: AsyncSession) -> int:
    """With what was taken of them; from the last day that they were good for."""
    query = select(GoodsLicence).where(GoodsLicence.valid_until < _before().date()).limit(AT_ONCE)
    rows = list(await tx.scalars(query))
    ids = [row.id for row in rows]
    await retention.give_up(tx, {row.document["key"] for row in rows})
    await _erase(tx, "goods_licence", ids)
    await tx.execute(delete(LicenceUse).where(LicenceUse.licence_id.in_(ids)))
    await tx.execute(delete(LicenceReminder).where(LicenceReminder.licence_id.in_(ids)))
    await tx.execute(delete(GoodsLicence).where(GoodsLicence.id.in_(ids)))
    return len(rows)
