"""Rows of rights: notices with what became of each listing, counter-statements, strikes, and what is there to protect
rights."""

from collections.abc import AsyncIterator
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.periods import day_of
from app.indicators.figures.base import Span
from app.indicators.figures.standing_rows import (
    Counter,
    Institution,
    Item,
    Notice,
    Sanction,
    Scan,
    Stock,
    Strike,
)
from app.indicators.marks import Marks
from listings import counted as listings
from trust.access import Permission
from trust.identity import counted as people
from trust.restrictions import counted as restrictions
from trust.restrictions.points import SCHEDULES, Breach
from trust.rights import counted as rights
from trust.rights.periods import SINCE
from trust.risk import counted as risk
from trust.rules import queries as rules
from trust.rules.codes import Code


async def notices(tx: AsyncSession, marks: Marks, year: Span) -> AsyncIterator[Notice]:
    async for row in rights.notices(tx, year.begin, year.end):
        yield Notice(
            notice=marks.of("notice", row.id),
            right=row.kind,
            office=row.office,
            filed=row.filed_at,
            decided=row.decided_at,
            stopped=row.stopped,
            refused=row.refused,
            withdrawn=row.withdrawn_at,
            fault=row.fault,
            public=row.public,
        )


async def items(tx: AsyncSession, marks: Marks, year: Span) -> AsyncIterator[Item]:
    found = await rights.items(tx, year.begin, year.end)
    down = await listings.down(tx, {row.id: (row.listing_id, row.stopped_at) for row in found})
    for row in found:
        yield Item(
            notice=marks.of("notice", row.notice_id),
            item=marks.of("item", row.id),
            stopped=row.stopped_at,
            down=down.get(row.id, row.stopped_at if row.ended_at else None),
            proved=row.proved_at,
            ended=row.ended_at,
            how=row.how,
        )


async def counters(tx: AsyncSession, marks: Marks, year: Span) -> AsyncIterator[Counter]:
    async for row in rights.counters(tx, year.begin, year.end):
        yield Counter(marks.of("counter", row.id), row.filed_at, row.forward_due, row.arrived_at)


async def strikes(tx: AsyncSession, marks: Marks, year: Span) -> AsyncIterator[Strike]:
    found = await rights.strikes(tx, year.begin, year.end)
    for strike in sorted(Strike(marks.of("party", company), at) for company, at in found):
        yield strike


async def scans(tx: AsyncSession, marks: Marks, year: Span) -> AsyncIterator[Scan]:
    for listing, at in await risk.harmful(tx, risk.MARKS, year.begin, year.end):
        yield Scan(marks.of("listing", listing), at)


async def stock(tx: AsyncSession, _marks: Marks, year: Span) -> AsyncIterator[Stock]:
    yield Stock(year.last, await listings.published(tx, year.end))


async def sanctions(tx: AsyncSession, marks: Marks, year: Span) -> AsyncIterator[Sanction]:
    async for row in restrictions.measures(tx, year.begin, year.end):
        yield Sanction(
            sanction=marks.of("sanction", row.id),
            party=marks.of("party", row.organisation_id),
            level=row.kind,
            reason=row.reason,
            found=row.found,
            starts=row.starts_at,
            appealed=row.appealed_at,
            appeal_decided=row.appeal_decided_at,
            appeal=row.appeal,
        )


async def institutions(tx: AsyncSession, _marks: Marks, year: Span) -> AsyncIterator[Institution]:
    """What is there at the end, with the document that says so: a rule in force, a page, points, people, a rule of
    risk."""
    rule = (await rules.all_in_force(tx, (year.end - timedelta(seconds=1)).date())).get(Code.REPORTS)
    if rule is not None and rule.effective_from is not None:
        yield Institution("rules", f"/rules/{rule.code} {rule.number}", rule.effective_from)
    for what, page in (("channel", "/rights"), ("registry", "/rights"), ("counter", "/transparency/notices")):
        if year.last >= SINCE:
            yield Institution(what, page, SINCE)
    schedule = min(
        (one for one in SCHEDULES if {Breach.IP, Breach.SERIOUS_IP} <= one.worth.keys()), key=lambda one: one.since
    )
    if schedule.since <= year.last:
        yield Institution("repeat", "/transparency/restrictions", schedule.since)
    since = await people.staffed_since(tx, Permission.JUDGE, year.end)
    if since is not None:
        yield Institution("staff", "/rights/desk", day_of(since, year.zone))
    live = await risk.live_since(tx, risk.MARKS, year.end)
    if live is not None:
        yield Institution("scan", risk.MARKS, day_of(live, year.zone))
