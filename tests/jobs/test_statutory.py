"""The calendar keeps itself: laid out once, prepared once, told of at the right days, and counted in I-10."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.core.errors import Gone
from app.indicators.figures.base import Span
from app.indicators.gathering_lawful import reports as lawful_reports
from app.indicators.marks import Marks
from app.signals import reading
from app.statutory import filing, jobs, preparing
from app.statutory.filing import Receipt
from app.statutory.models import StatutoryFiling, StatutoryVersion
from app.statutory.rules import LETTERS_AFTER, Kind
from app.statutory.states import FilingState
from orders.forgetting import jobs as forgetting
from tests.factories.people import make_company
from tests.factories.statutory import AFTER, ZONE, desk_of, filing_of, kept, make_quarter, versions_of
from trust.access import Permission
from trust.identity import queries as identity

S = FilingState
FIRST = date(2026, 7, 1)
DUE = date(2026, 11, 2)
"""31 October 2026 is a Saturday."""


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


async def rows(db):
    async with db.transaction(read_only=True) as tx:
        query = select(StatutoryFiling).order_by(StatutoryFiling.kind, StatutoryFiling.first_day)
        return [(row.kind, row.first_day, row.state, row.due_on) for row in await tx.scalars(query)]


async def test_the_calendar_is_laid_out_a_year_ahead_and_nothing_comes_twice(ctx, db):
    await make_quarter(ctx)
    await asyncio.gather(kept(ctx), kept(ctx), kept(ctx))
    found = await rows(db)
    assert [(kind, first) for kind, first, _state, _due in found] == [
        ("identity", FIRST), ("identity", date(2027, 1, 1)),
        ("tax", FIRST), ("tax", date(2026, 10, 1)), ("tax", date(2027, 1, 1)), ("tax", date(2027, 4, 1)),
        ("tax", date(2027, 7, 1)),
    ]  # fmt: skip
    assert [state for _kind, _first, state, _due in found if state != S.UPCOMING] == [S.PREPARED]
    async with db.transaction(read_only=True) as tx:
        assert await tx.scalar(select(func.count()).select_from(StatutoryVersion)) == 1
    await kept(ctx, AFTER + timedelta(hours=1))
    assert await rows(db) == found


async def test_an_empty_platform_has_nobody_to_report_on(ctx, db):
    await kept(ctx)
    assert await rows(db) == []


async def test_the_platform_says_who_it_is_within_thirty_days_of_its_first_company(ctx, db):
    with clock.at(noon(date(2026, 10, 1))):
        async with db.transaction() as tx:
            await make_company(tx)
    await kept(ctx, noon(date(2026, 10, 2)))
    [basic] = [row for row in await rows(db) if row[0] == "basic"]
    assert basic == ("basic", date(2026, 10, 1), S.OPEN, date(2026, 11, 2))
    async with db.transaction(read_only=True) as tx:
        row = await filing_of(tx, Kind.BASIC, date(2026, 10, 1))
    assert row.held_up["code"] == "statutory_operator_unknown"


async def test_a_day_that_moves_while_nothing_can_be_made_yet_is_followed(ctx, db):
    await make_quarter(ctx)
    await kept(ctx)
    async with db.transaction() as tx:
        changed = text("UPDATE statutory_filing SET due_on = due_on + 9 WHERE kind = 'tax' AND state = 'upcoming'")
        await tx.execute(changed)
    before = await rows(db)
    await kept(ctx, AFTER + timedelta(hours=1))
    after = await rows(db)
    assert [due for _k, _f, state, due in before if state == S.UPCOMING and _k == "tax"] == [
        due + timedelta(days=9) for _k, _f, state, due in after if state == S.UPCOMING and _k == "tax"
    ]


async def test_a_quarter_settles_for_three_days_before_its_table_is_made(ctx, db):
    await make_quarter(ctx)
    await kept(ctx, noon(date(2026, 10, 3)))
    assert ("tax", FIRST, S.OPEN, DUE) in await rows(db)
    await kept(ctx, noon(date(2026, 10, 8)))
    assert ("tax", FIRST, S.PREPARED, DUE) in await rows(db)


async def test_cut_off_half_way_nothing_is_left_half_done_and_the_next_hour_goes_on(ctx, db, monkeypatch):
    await make_quarter(ctx)
    step = preparing.evidence.record

    async def dies(*_args, **_facts):
        raise asyncio.CancelledError

    monkeypatch.setattr(preparing.evidence, "record", dies)
    with pytest.raises(asyncio.CancelledError):
        await kept(ctx)
    monkeypatch.setattr(preparing.evidence, "record", step)
    async with db.transaction(read_only=True) as tx:
        row = await filing_of(tx, Kind.TAX, FIRST)
        assert (row.state, await versions_of(tx, row.id)) == (S.OPEN, [])
    await kept(ctx)
    assert ("tax", FIRST, S.PREPARED, DUE) in await rows(db)


async def test_letters_go_out_once_each_day_to_those_who_file_and_end_after_a_month(ctx, db, run_jobs):
    await make_quarter(ctx)
    await kept(ctx)
    told = {}
    for offset in range(-9, LETTERS_AFTER + 5):
        day = DUE + timedelta(days=offset)
        with clock.at(noon(day)):
            numbers = [await ctx.tx(jobs.ring, ZONE) for _again in range(2)]
        if any(numbers):
            assert numbers == [1, 0]
            told[offset] = True
    assert sorted(told) == [-7, -1, 0, *range(1, LETTERS_AFTER + 1)]
    with clock.at(noon(DUE + timedelta(days=60))):
        await run_jobs()
    letters = [one for one in await ctx.mailer.letters() if "Tax information of a quarter" in one.subject]
    async with db.transaction(read_only=True) as tx:
        platform = await identity.platform_id(tx)
        people = await identity.members_to_notify(tx, platform, Permission.FILE_REPORTS)
    assert sorted(one.to for one in letters) == sorted(person.email for person in people for _day in told)
    subjects = {one.subject.split(":")[0] for one in letters}
    assert subjects == {"Due soon", "Due today", "Overdue"}


async def test_two_at_once_send_one_letter(ctx, db):
    await make_quarter(ctx)
    await kept(ctx)
    with clock.at(noon(DUE)):
        assert sorted(await asyncio.gather(*(ctx.tx(jobs.ring, ZONE) for _n in range(3)))) == [0, 0, 1]


async def test_what_was_filed_is_not_told_of_and_raises_no_signal(ctx, db):
    quarter = await make_quarter(ctx)
    await kept(ctx)
    late = noon(DUE + timedelta(days=1))
    async with db.transaction(read_only=True) as tx:
        row = await filing_of(tx, Kind.TAX, FIRST)
        assert (await reading.read(tx, noon(DUE), ZONE))["statutory.overdue"].value == 0, "the last day is in time"
        assert (await reading.read(tx, late, ZONE))["statutory.overdue"].value == 1
    with clock.at(AFTER + timedelta(hours=1)):
        async with db.transaction() as tx:
            receipt = Receipt("1", AFTER.date())
            await filing.file(tx, row.id, receipt, findings_seen=True, zone=ZONE, by=quarter.finance.member)
    with clock.at(late):
        assert await ctx.tx(jobs.ring, ZONE) == 0
    async with db.transaction(read_only=True) as tx:
        assert (await reading.read(tx, late, ZONE))["statutory.overdue"].value == 0


async def counted(ctx, last: date):
    """(kind, in time) of the reports that count in the twelve months up to a day."""
    year = Span(last.replace(year=last.year - 1) + timedelta(days=1), last, ZONE)
    async with ctx.db.transaction(read_only=True) as tx:
        found = [row async for row in lawful_reports(tx, Marks("secret"), year)]
    return sorted((row.kind, row.made is not None and row.made <= row.due) for row in found if year.holds(row.due))


@pytest.mark.parametrize(("filed", "in_time"), [(None, False), (DUE, True), (DUE + timedelta(days=1), False)])
async def test_i_10_counts_what_was_filed_by_the_day_of_its_receipt(ctx, db, filed, in_time):
    quarter = await make_quarter(ctx)
    await kept(ctx)
    async with db.transaction(read_only=True) as tx:
        row = await filing_of(tx, Kind.TAX, FIRST)
    if filed:
        with clock.at(noon(filed)):
            async with db.transaction() as tx:
                receipt = Receipt("1", filed)
                await filing.file(tx, row.id, receipt, findings_seen=True, zone=ZONE, by=quarter.finance.member)
    assert await counted(ctx, date(2026, 11, 30)) == [("tax", in_time)]
    assert await counted(ctx, date(2026, 10, 31)) == [], "it can be made for two more days"
    assert await counted(ctx, DUE) == [], "the day after the last decides where it counts"
    assert await counted(ctx, DUE + timedelta(days=1)) == [("tax", in_time)]


async def test_what_two_people_find_not_due_is_not_counted_and_a_deferral_counts_later(ctx, db):
    quarter = await make_quarter(ctx)
    await kept(ctx)
    with clock.at(AFTER + timedelta(hours=1)):
        async with db.transaction() as tx:
            row = await filing_of(tx, Kind.TAX, FIRST)
            to = date(2026, 12, 10)
            await filing.defer(tx, row.id, to, "Typhoon.", "5", zone=ZONE, by=quarter.finance.member)
        assert await counted(ctx, date(2026, 11, 30)) == []
        assert await counted(ctx, date(2026, 12, 31)) == [("tax", False)]
        async with db.transaction() as tx:
            await filing.propose_waiver(tx, row.id, "No sales.", by=quarter.finance.member)
            await filing.agree_waiver(tx, row.id, by=quarter.admin.member)
    assert await counted(ctx, date(2026, 12, 31)) == []


async def test_particulars_of_sellers_in_the_calendar_count_once(ctx, db):
    await make_quarter(ctx)
    await kept(ctx, noon(date(2027, 1, 5)))
    assert await counted(ctx, date(2027, 3, 31)) == [("identity", False), ("tax", False)], "the fourth quarter is open"


async def test_what_was_reported_goes_after_ten_years_and_not_before(ctx, db):
    quarter = await make_quarter(ctx)
    await kept(ctx)
    async with db.transaction(read_only=True) as tx:
        row = await filing_of(tx, Kind.TAX, FIRST)
        [version] = await versions_of(tx, row.id)
    for years, gone in ((9, False), (11, True)):
        with clock.at(AFTER + timedelta(days=365 * years)):
            for _again in range(2):
                await jobs.forget_reports(ctx)
        with clock.at(AFTER + timedelta(days=365 * years + 3)):
            await forgetting.erase_files(ctx)
        async with db.transaction(read_only=True) as tx:
            [now] = await versions_of(tx, row.id)
        assert ((now.file is None), now.digest) == (gone, version.digest)
        assert await ctx.files.exists(version.file["key"]) is not gone
    with pytest.raises(Gone):
        async with db.transaction() as tx:
            await filing.fetch(tx, desk_of(ctx), row.id, version.id, by=quarter.finance.member)
    with pytest.raises(DBAPIError):
        async with db.transaction() as tx:
            await tx.execute(text("UPDATE statutory_version SET forgotten_at = NULL"))
