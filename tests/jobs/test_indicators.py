"""Closing months: counted from sealed rows when they are due, never changed, and refused where the bridge is broken."""

import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.runner import drain
from app.indicators import calendar, closing, correcting, queries
from app.indicators.definitions import DEFINITIONS
from app.indicators.figures import groups
from app.indicators.figures.archive import Archive, BadArchive
from app.indicators.figures.base import WHOLE
from app.indicators.jobs import count_what_is_due
from app.traffic.jobs import compute_changed_days
from app.traffic.models import CHANGED
from tests.factories.contracts import make_partners
from tests.factories.deals import make_inquiry
from tests.factories.indicators import at
from tests.factories.people import make_company, make_staff
from trust.access import Role

JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)
COMPANIES = ("I-02.1", WHOLE)


async def company(ctx, name: str, day: date):
    with clock.at(at(day)):
        async with ctx.db.transaction() as tx:
            return await make_company(tx, name)


async def count(ctx, day: date) -> None:
    with clock.at(at(day)):
        await count_what_is_due(ctx)
        await drain(ctx)


async def value(ctx, code: str, last: date) -> Decimal | None:
    async with ctx.db.transaction(read_only=True) as tx:
        found = await queries.whole(tx, code, "month", last)
    return found.figure.value if found else None


async def there(ctx) -> dict[tuple[str, date], int]:
    async with ctx.db.transaction(read_only=True) as tx:
        return await queries.revisions(tx)


@pytest.mark.parametrize(
    ("closing_", "final"),
    [
        (groups.FIGURES, date(2026, 2, 6)),  # Monday to Friday
        (groups.RENEWAL, date(2026, 3, 9)),  # from Monday, 2 March on
        (groups.DISPUTES, date(2026, 5, 11)),  # 1 to 5 May are holidays, 9 May is worked
        (groups.COMPLETION, date(2026, 8, 6)),
    ],
)
def test_when_a_month_is_final(closing_, final):
    assert calendar.final_on(closing_, JANUARY) == final
    zone, end = "Asia/Shanghai", datetime(final.year, final.month, final.day, 16, tzinfo=UTC)
    second = timedelta(seconds=1)
    assert calendar.revision_at(closing_, JANUARY, end - second, zone) == calendar.PROVISIONAL
    assert calendar.revision_at(closing_, JANUARY, end, zone) == calendar.FINAL
    begin = datetime(2026, 2, 1, 16, tzinfo=UTC)  # a day after the month's end
    assert calendar.revision_at(closing_, JANUARY, begin - second, zone) is None
    assert calendar.revision_at(closing_, JANUARY, begin, zone) == calendar.PROVISIONAL


async def test_a_month_is_counted_when_it_is_over_and_once_more_when_it_is_final(ctx):
    await company(ctx, "Shenzhen Lantern", date(2026, 1, 10))
    await count(ctx, date(2026, 2, 1))
    assert await there(ctx) == {}
    await count(ctx, date(2026, 2, 2))
    assert await there(ctx) == {(name, JANUARY): 0 for name in groups.CLOSINGS}
    assert await value(ctx, "I-02.1", JANUARY) == 1
    await company(ctx, "Hamburg Kontor", date(2026, 2, 3))
    await count(ctx, date(2026, 2, 9))
    final = {name for name in groups.CLOSINGS if calendar.final_on(name, JANUARY) == date(2026, 2, 6)}
    assert await there(ctx) == {(name, JANUARY): int(name in final) for name in groups.CLOSINGS}
    assert await value(ctx, "I-02.1", JANUARY) == 1
    await count(ctx, date(2026, 3, 20))
    assert await value(ctx, "I-02.1", FEBRUARY) == 2
    assert await value(ctx, "I-02.3", FEBRUARY) == 1


async def test_it_is_counted_once_however_often_it_is_asked_for(ctx):
    await company(ctx, "Shenzhen Lantern", date(2026, 1, 10))
    for _ in range(2):
        await count(ctx, date(2026, 2, 9))
    wanted = closing.Wanted(groups.FIGURES, JANUARY, calendar.FINAL)
    with clock.at(at(date(2026, 2, 9))):
        await closing.close(ctx, wanted)
    async with ctx.db.transaction(read_only=True) as tx:
        [found] = [one for one in await queries.history(tx, JANUARY) if one.closing == groups.FIGURES]
        assert await closing.as_sealed(tx, found)


async def test_a_month_waits_until_its_traffic_is_rolled_up(ctx):
    await company(ctx, "Shenzhen Lantern", date(2026, 1, 10))
    async with ctx.db.transaction() as tx:
        await tx.execute(insert(CHANGED).values(day=date(2026, 1, 31)))
    await count(ctx, date(2026, 2, 2))
    assert set(await there(ctx)) == {(name, JANUARY) for name in groups.CLOSINGS if name != groups.FIGURES}
    with clock.at(at(date(2026, 2, 2), 3)):
        await compute_changed_days(ctx)
        await drain(ctx)
    with clock.at(at(date(2026, 2, 2), 4)):  # it asks again by itself, a little later
        await drain(ctx)
    assert (groups.FIGURES, JANUARY) in await there(ctx)


async def test_whoever_has_the_rows_comes_to_the_same_figures(ctx):
    await company(ctx, "Shenzhen Lantern", date(2026, 1, 10))
    await count(ctx, date(2026, 2, 9))
    async with ctx.db.transaction(read_only=True) as tx:
        closes = await queries.closes(tx, JANUARY)
        stored = {name: await queries.figures(tx, [one.id]) for name, one in closes.items()}
    for name, one in closes.items():
        data = await ctx.files.get(one.file_key)
        assert Archive(BytesIO(data)).count() == stored[name]
        assert b"Lantern" not in data


async def test_a_broken_bridge_is_refused_and_stands_there(ctx):
    await company(ctx, "Shenzhen Lantern", date(2026, 1, 10))
    await count(ctx, date(2026, 2, 9))
    kontor = await company(ctx, "Hamburg Kontor", date(2026, 2, 3))
    async with ctx.db.transaction() as tx:  # as if it had been there before January was counted
        told = {"at": at(date(2026, 1, 20)), "id": kontor.organisation_id}
        await tx.execute(text("UPDATE organisation SET created_at = :at WHERE id = :id"), told)
        members = "UPDATE member SET email_confirmed_at = :at, created_at = :at WHERE organisation_id = :id"
        await tx.execute(text(members), told)
    await count(ctx, date(2026, 4, 9))
    assert {last for name, last in await there(ctx) if name == groups.FIGURES} == {JANUARY}, "nor what comes after it"
    async with ctx.db.transaction() as tx:
        admin = await make_staff(tx, Role.ADMIN)
        refused = (await queries.attempts(tx, FEBRUARY))[groups.FIGURES]
        assert (refused.kind, refused.reason) == ("refused", "-1")
        with clock.at(at(date(2026, 4, 9))):
            await correcting.correct(
                tx, groups.FIGURES, JANUARY, "The day of leaving was entered late.", by=admin.member
            )
    await count(ctx, date(2026, 4, 9))
    assert (await there(ctx))[groups.FIGURES, JANUARY] == 2
    assert (await there(ctx))[groups.FIGURES, date(2026, 3, 31)] == 1
    assert (await there(ctx))[groups.FIGURES, FEBRUARY] == 1
    assert [await value(ctx, "I-02.1", last) for last in (JANUARY, FEBRUARY)] == [2, 2]


async def test_what_comes_to_light_late_is_in_the_final_figures_and_then_in_a_revision_alone(ctx):
    await company(ctx, "Shenzhen Lantern", date(2026, 1, 10))
    await count(ctx, date(2026, 2, 2))
    await company(ctx, "Hamburg Kontor", date(2026, 1, 20))  # written down after the provisional figures were made
    await count(ctx, date(2026, 2, 9))
    await company(ctx, "Lyon Comptoir", date(2026, 1, 25))
    await count(ctx, date(2026, 2, 20))
    assert await value(ctx, "I-02.1", JANUARY) == 2, "what is final stays, whatever is known since"
    files = await sealed_files(ctx)
    assert list(files) == [0, 1]
    for reason in ("A company was registered late.", "Looked at again, without a change."):
        with clock.at(at(date(2026, 2, 21))):
            async with ctx.db.transaction() as tx:
                admin = await make_staff(tx, Role.ADMIN)
                await correcting.correct(tx, groups.FIGURES, JANUARY, reason, by=admin.member)
        await count(ctx, date(2026, 2, 22))
    later = await sealed_files(ctx)
    assert {number: later[number] for number in files} == files
    assert [counted_in(later[number]) for number in range(4)] == [1, 2, 3, 3]
    assert later[2] == later[3], "the same rows make the same bytes, however often they are counted"
    async with ctx.db.transaction(read_only=True) as tx:
        history = [one for one in await queries.history(tx, JANUARY) if one.closing == groups.FIGURES]
    assert history[0].figures == history[1].figures
    assert [one.reason for one in history][2:] == ["", ""]


async def sealed_files(ctx) -> dict[int, bytes]:
    """January's files of rows by their revision."""
    async with ctx.db.transaction(read_only=True) as tx:
        history = [one for one in await queries.history(tx, JANUARY) if one.closing == groups.FIGURES]
    return {one.revision: await ctx.files.get(one.file_key) for one in reversed(history)}


def counted_in(data: bytes) -> Decimal | None:
    return next(one.value for one in Archive(BytesIO(data)).count()["month"] if (one.code, one.cut) == COMPANIES)


async def test_a_month_ends_at_midnight_in_shanghai(ctx):
    midnight = datetime(2026, 1, 31, 16, tzinfo=UTC)
    with clock.at(at(date(2026, 1, 10))):
        partners = await make_partners(ctx.db)
    for moment in (midnight - timedelta(minutes=5), midnight):
        with clock.at(moment):
            async with ctx.db.transaction() as tx:
                await make_company(tx, "Hamburg Kontor")
                await make_inquiry(tx, partners.buyer, partners.supplier)
                if moment == midnight:
                    await make_inquiry(tx, partners.buyer, partners.supplier)
    await count(ctx, date(2026, 3, 9))
    told = {"I-02.3": (3, 1), "I-03.7.inquiries": (1, 2), "I-02.4": (1, 1)}
    for code, numbers in told.items():
        assert (await value(ctx, code, JANUARY), await value(ctx, code, FEBRUARY)) == numbers, code


async def test_a_correction_has_a_reason_an_author_and_something_to_correct(ctx):
    await company(ctx, "Shenzhen Lantern", date(2026, 1, 10))
    await count(ctx, date(2026, 2, 2))
    async with ctx.db.transaction() as tx:
        admin, evaluator = await make_staff(tx, Role.ADMIN), await make_staff(tx, Role.EVALUATOR)
        with pytest.raises(Conflict):
            await correcting.correct(tx, groups.FIGURES, JANUARY, "Counted too early.", by=admin.member)
    await count(ctx, date(2026, 2, 9))
    async with ctx.db.transaction() as tx:
        with pytest.raises(Forbidden):
            await correcting.correct(tx, groups.FIGURES, JANUARY, "It does not please me.", by=evaluator.member)
        with pytest.raises(Invalid) as refused:
            await correcting.correct(tx, groups.FIGURES, JANUARY, " so ", by=admin.member)
        assert "reason" in refused.value.errors
        with pytest.raises(Invalid):
            await correcting.correct(tx, "all", JANUARY, "Everything was wrong.", by=admin.member)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE indicator_close SET digest = repeat('0', 64)",
        "DELETE FROM indicator_close",
        "UPDATE indicator_value SET value = 99",
        "DELETE FROM indicator_value",
    ],
)
async def test_what_was_counted_stays(ctx, statement):
    await company(ctx, "Shenzhen Lantern", date(2026, 1, 10))
    await count(ctx, date(2026, 2, 2))
    with pytest.raises(DBAPIError):
        async with ctx.db.transaction() as tx:
            await tx.execute(text(statement))


async def test_figures_changed_behind_our_back_show(ctx, settings):
    await company(ctx, "Shenzhen Lantern", date(2026, 1, 10))
    await count(ctx, date(2026, 2, 2))
    owner = type(ctx.db)(settings.migration_database_url)
    async with owner.transaction() as tx:
        await tx.execute(text("ALTER TABLE indicator_value DISABLE TRIGGER USER"))
        await tx.execute(
            text("UPDATE indicator_value SET value = 7 WHERE code = 'I-02.1' AND span = 'month' AND cut = ''")
        )
    await owner.close()
    async with ctx.db.transaction(read_only=True) as tx:
        sealed = {name: await closing.as_sealed(tx, one) for name, one in (await queries.closes(tx, JANUARY)).items()}
    assert sealed == {name: name != groups.FIGURES for name in groups.CLOSINGS}


async def test_a_forged_row_is_found(ctx):
    await company(ctx, "Shenzhen Lantern", date(2026, 1, 10))
    await count(ctx, date(2026, 2, 2))
    async with ctx.db.transaction(read_only=True) as tx:
        one = (await queries.closes(tx, JANUARY))[groups.FIGURES]
    data = await ctx.files.get(one.file_key)
    forged = forge(data, "party.csv", lambda sheet: sheet + sheet.splitlines(keepends=True)[-1].replace(b"CN", b"DE"))
    with pytest.raises(BadArchive):
        Archive(BytesIO(forged)).count()


def forge(data: bytes, name: str, change) -> bytes:
    """The same archive with one file of it changed."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            new.writestr(info, change(old.read(info)) if info.filename == name else old.read(info))
    return out.getvalue()


def test_every_version_of_a_figure_is_defined_once():
    codes = [(one.code, one.version) for one in DEFINITIONS]
    assert len(codes) == len(set(codes))
    assert {one.closing for one in DEFINITIONS} == set(groups.CLOSINGS)
    assert all(
        one.formula and one.period and one.sheets and (not one.numerator) == (not one.denominator)
        for one in DEFINITIONS
    )
