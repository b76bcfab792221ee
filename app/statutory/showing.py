"""The calendar and its reports as they are shown."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _, format_money
from app.core.money import Money
from app.core.periods import day_of
from app.statutory import queries
from app.statutory.models import StatutoryFiling, StatutoryVersion
from app.statutory.preparing import Desk
from app.statutory.schemas import (
    CalendarOut,
    FilingOut,
    IncomeOut,
    LinkOut,
    ReportOut,
    RowsQuery,
    SellerOut,
    VersionOut,
)
from app.statutory.snapshot import YUAN, Income, Seller, Snapshot
from trust.access import Member


async def calendar(tx: AsyncSession, year: int, today: date, *, by: Member) -> CalendarOut:
    """Raises NotPermitted."""
    filings = await queries.year(tx, year, by=by)
    coming, to = await queries.upcoming(tx), await queries.recipient(tx)
    return CalendarOut(
        year=year,
        filings=[FilingOut.of(row, today) for row in filings],
        waiting=[FilingOut.of(row, today) for row in await queries.waiting(tx)],
        next=FilingOut.of(coming, today) if coming else None,
        recipient=to.name if to else "",
    )


async def report(
    tx: AsyncSession, desk: Desk, row: StatutoryFiling, asked: RowsQuery
) -> tuple[ReportOut, list[Income]]:
    """A report with a page of the rows of one of its versions, and the sums of all its income by currency.

    An unknown version is shown as the newest.
    """
    found = await queries.versions(tx, row.id)
    chosen = next((one for one in found if one.number == asked.version), found[0] if found else None)
    sellers, income, totals = await _rows(desk, chosen, asked.table)
    shown = slice(asked.offset, asked.offset + asked.per_page)
    out = ReportOut(
        **FilingOut.of(row, day_of(clock.now(), desk.zone)).model_dump(),
        versions=[VersionOut.of(one) for one in found],
        held_up=row.held_up,
        waiver=row.waiver_reason,
        version=chosen.number if chosen else None,
        sellers=[SellerOut.of(one) for one in sellers[shown]],
        income=[IncomeOut.of(one) for one in income[shown]],
        rows=len(sellers) + len(income),
        timeline=[LinkOut.model_validate(link) for link in await queries.timeline(tx, row)],
    )
    return out, totals


def sum_of(one: Income) -> str:
    """The sums of one currency in a line."""
    said = {"gross": one.gross, "refunds": one.refunds, "net": one.net, "commission": one.commission}
    shown = {name: format_money(one.money(minor)) for name, minor in said.items()}
    shown["yuan"] = format_money(Money(one.yuan[0] - one.yuan[1], YUAN))
    return _("%(gross)s gross, %(refunds)s refunds, %(net)s net (%(yuan)s), %(commission)s commission") % shown


async def _rows(
    desk: Desk, version: StatutoryVersion | None, table: str
) -> tuple[list[Seller], list[Income], list[Income]]:
    """Sellers, income and its sums; none of particulars of sellers, which have their own page, and of what is gone."""
    if version is None or version.file is None:
        return [], [], []
    said: Snapshot = await desk.read(version)
    if table == "sellers":
        return said.reported, [], said.totals()
    if table == "findings":
        named = {one.key: one for one in said.sellers if one.findings}
        return list(named.values()), [], said.totals()
    return [], list(said.income), said.totals()
