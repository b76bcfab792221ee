"""Figures as they are shown: with their names, their parts in words, and their growth."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFound
from app.core.i18n import _, format_number
from app.indicators import calendar, definitions, queries, words
from app.indicators.definitions import Definition
from app.indicators.figures.base import WHOLE, Cut
from app.indicators.growth import FLAGS, Growth, growth
from app.indicators.queries import Counted
from app.indicators.schemas import FigureOut, PointOut

T = TypeVar("T")
COURSE = 13
"""So many periods a course shows: with the same one a year before."""


class NoSuchFigure(NotFound):
    """No indicator has this code."""


def definition(code: str) -> Definition:
    """The one in force. Raises NoSuchFigure."""
    found = definitions.latest(definitions.DEFINITIONS).get(code)
    if found is None:
        raise NoSuchFigure(_("There is no such figure."))
    return found


def figure(one: Counted, known: Definition, grown: Growth | None = None) -> FigureOut:
    cut = one.figure.cut
    return FigureOut(
        code=known.code,
        name=_(known.name),
        unit=words.unit_of(known, cut),
        cut=cut[0],
        key=cut[1],
        label=words.key_name(cut) if cut != WHOLE else _("All"),
        value=one.figure.value,
        shown=words.shown(one.figure.value, known, cut),
        numerator=one.figure.numerator,
        denominator=one.figure.denominator,
        version=one.version,
        revision=one.revision,
        close=one.close_id,
        growth=grown.value if grown else None,
        growth_shown=_grown(grown) if grown else "",
        flag=_(FLAGS[grown.flag]) if grown and grown.flag else "",
    )


def _grown(found: Growth) -> str:
    if found.value is None:
        return "–"
    sign = "+" if found.value > 0 else ""
    number = f"{sign}{format_number(found.value)}"
    return _("%(n)s points") % {"n": number} if found.points else f"{number} %"


def points(found: Mapping[date, Counted], known: Definition, span: str, lasts: Collection[date]) -> list[PointOut]:
    """The course of a figure, the oldest period first; periods that were not counted are left out."""
    return [
        PointOut(
            period=words.period_name(span, last),
            value=found[last].figure.value,
            shown=words.shown(found[last].figure.value, known, found[last].figure.cut),
            revision=found[last].revision,
        )
        for last in sorted(lasts)
        if last in found
    ]


def course(last: date, span: str, number: int = COURSE) -> list[date]:
    """Last days of as many periods of a length, the oldest first. Spans of twelve months end with each month."""
    step = {"month": 1, "r12m": 1, "quarter": 3, "year": 12}[span]
    found = [last]
    for _period in range(number - 1):
        found.append(calendar.before(found[-1], step))
    return found[::-1]


def grown(now: Counted, base: Counted | None, known: Definition) -> Growth:
    """Against the same period a year before."""
    redefined = base is not None and base.version != now.version
    value = base.figure.value if base is not None else None
    return growth(now.figure.value, value, known.unit, redefined=redefined)


async def overview(tx: AsyncSession, span: str, last: date) -> list[FigureOut]:
    """Every whole figure of a period with its growth, in the order of the registry."""
    known = definitions.latest(definitions.DEFINITIONS)
    year_before = calendar.before(last, 12)
    found = await queries.series(tx, list(known), span, [last, year_before])
    return [
        figure(by_day[last], known[code], grown(by_day[last], by_day.get(year_before), known[code]))
        for code, by_day in found.items()
        if last in by_day
    ]


async def parts(tx: AsyncSession, known: Definition, span: str, last: date) -> dict[str, list[FigureOut]]:
    """The parts of a figure by kind of cut, each with its growth."""
    now = await queries.parts(tx, known.code, span, last)
    then = await queries.parts(tx, known.code, span, calendar.before(last, 12))
    base: dict[Cut, Counted] = {one.figure.cut: one for some in then.values() for one in some}
    return {
        kind: [figure(one, known, grown(one, base.get(one.figure.cut), known)) for one in some]
        for kind, some in now.items()
    }


def drawn(value: Decimal | None) -> float:
    """Where a point of a chart stands; a figure of nothing stands at nought."""
    return float(value) if value is not None else 0.0
