"""A month that was counted, and a question about it."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.jobs import JobContext
from app.indicators import asking, calendar, closing, queries
from app.indicators.figures import groups
from app.indicators.reporting import making
from app.indicators.reporting import service as reporting
from tests.factories.people import Actor

MARCH = date(2026, 3, 31)


def at(day: date, hour: int = 2) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


async def count_month(ctx: JobContext, last: date = MARCH, *names: str, revision: int = calendar.FINAL) -> None:
    """Count a month at once, without asking whether it is time."""
    with clock.at(at(calendar.final_on(groups.COMPLETION, last))):
        for name in names or groups.CLOSINGS:
            await closing.close(ctx, closing.Wanted(name, last, revision))


async def indicator_world(ctx: JobContext, evaluator: Actor) -> dict[str, Any]:
    """Values of path parameters."""
    await count_month(ctx)
    report_id = await make_report(ctx, evaluator)
    async with ctx.db.transaction() as tx:
        question = await asking.ask(tx, "Who counts the visits?", code="", last=None, by=evaluator.member)
        close_id = await close_of(tx)
    named = {"close_id": close_id, "question_id": question, "indicator_report_id": report_id}
    return {"month": "2026-03", **named}


async def close_of(tx: AsyncSession, name: str = groups.FIGURES, last: date = MARCH) -> Any:
    return (await queries.closes(tx, last))[name].id


async def make_report(
    ctx: JobContext, evaluator: Actor, span: str = "quarter", last: date = MARCH, *, public: bool = False
) -> UUID:
    """A report over a period that was counted, with all its files."""
    async with ctx.db.transaction() as tx:
        report_id = await reporting.ask(tx, reporting.Period(span, last), public=public, by=evaluator.member)
    await making.make(ctx, report_id)
    return report_id
