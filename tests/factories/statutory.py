"""Statutory reports for tests: a platform that traded in the third quarter of 2026."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.jobs import JobContext
from app.core.periods import day_of
from app.statutory import calendar, filing, jobs, preparing
from app.statutory.models import StatutoryFiling, StatutoryVersion
from app.statutory.preparing import Desk
from app.statutory.rules import Kind
from tests.factories.money import Deal, earn, make_deal
from tests.factories.people import Actor, make_company, make_staff
from tests.factories.rates import load_today
from tests.factories.verification import recipient
from trust.access import Role
from trust.rules import disclosure
from trust.rules.disclosure import Facts

ZONE = "Asia/Shanghai"
QUARTER_END = date(2026, 9, 30)
TRADED = datetime(2026, 8, 10, 2, tzinfo=UTC)
AFTER = datetime(2026, 10, 9, 2, tzinfo=UTC)
"""A working day in the month after the quarter."""
FACTS = Facts(
    "Portolan Network Co., Ltd.", "91330782MA2E00001X", "1 Trade Road, Yiwu", "322000", "+86 579 1", "ops@example.com",
    "1 Trade Road, Yiwu", "complaints@example.com",
)  # fmt: skip


@dataclass(frozen=True)
class Quarter:
    """`deal`: of which a deposit of 300 dollars was released, 4.50 of it the platform's fee."""

    deal: Deal
    admin: Actor
    compliance: Actor
    finance: Actor


async def make_quarter(ctx: JobContext) -> Quarter:
    """A quarter with one release; the rates of its last day are loaded, and the operator has said who it is."""
    with clock.at(TRADED):
        async with ctx.db.transaction() as tx:
            deal = await make_deal(tx)
            await earn(tx, deal, deal.deposit)
            admin, compliance, finance = [
                await make_staff(tx, role) for role in (Role.ADMIN, Role.COMPLIANCE, Role.FINANCE_STAFF)
            ]
            await disclosure.say(tx, FACTS, by=admin.member)
    with clock.at(AFTER - timedelta(days=2)):
        async with ctx.db.transaction() as tx:
            await load_today(tx, QUARTER_END)
    return Quarter(deal, admin, compliance, finance)


def desk_of(ctx: JobContext) -> Desk:
    settings = ctx.settings
    return Desk(ctx.files, settings.vault, settings.base_url, settings.reporting_zone)


async def kept(ctx: JobContext, moment: datetime = AFTER) -> None:
    """The job has run, as of a moment."""
    with clock.at(moment):
        await jobs.keep(ctx)


async def filing_of(tx: AsyncSession, kind: Kind, first: date) -> StatutoryFiling:
    query = select(StatutoryFiling).where(StatutoryFiling.kind == kind, StatutoryFiling.first_day == first)
    return (await tx.scalars(query)).one()


async def versions_of(tx: AsyncSession, filing_id: UUID) -> list[StatutoryVersion]:
    query = select(StatutoryVersion).where(StatutoryVersion.filing_id == filing_id)
    return list(await tx.scalars(query.order_by(StatutoryVersion.number)))


async def statutory_world(app: FastAPI, admin: Actor) -> dict[str, Any]:
    """For the routes: particulars of the platform, prepared and to be filed, and whom files are encrypted for."""
    ctx: JobContext = app.state.jobs
    async with ctx.db.transaction() as tx:
        await make_company(tx, "First Comer")
        await disclosure.say(tx, FACTS, by=admin.member)
        await filing.add_recipient(tx, "Tax authority", recipient().certificate, by=admin.member)
        await calendar.lay_out(tx, ZONE)
        today = day_of(clock.now(), ZONE)
        query = select(StatutoryFiling).where(StatutoryFiling.kind == Kind.BASIC, StatutoryFiling.first_day == today)
        row = (await tx.scalars(query)).one()
        version = await preparing.prepare(tx, desk_of(ctx), row.id, by=None)
    return {"statutory_filing_id": row.id, "statutory_version_id": version.id}
