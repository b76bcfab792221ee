"""Reading what was counted: the newest revision of each close, figures of a period, and series over months."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFound
from app.core.i18n import _
from app.indicators.calendar import FINAL
from app.indicators.figures.base import WHOLE, Cut, Figure
from app.indicators.models import IndicatorAttempt, IndicatorClose, IndicatorValue


class CloseNotFound(NotFound):
    """There is no such close."""


@dataclass(frozen=True, slots=True)
class Close:
    """One counting of a month's figures (see IndicatorClose)."""

    id: UUID
    closing: str
    last: date
    revision: int
    reason: str
    known: date
    sheets: dict[str, Any]
    digest: str
    file_key: str
    figures: str
    program: str
    closed_by: UUID | None
    closed_at: datetime

    @property
    def final(self) -> bool:
        return self.revision >= FINAL


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure as it stands in a close."""

    close_id: UUID
    last: date
    revision: int
    version: int
    figure: Figure


@dataclass(frozen=True, slots=True)
class Attempt:
    closing: str
    last: date
    kind: str
    reason: str
    member_id: UUID | None
    at: datetime


def _newest() -> Select[Any]:
    """The newest revision of each close."""
    return (
        select(IndicatorClose)
        .ext(distinct_on(IndicatorClose.last, IndicatorClose.closing))
        .order_by(IndicatorClose.last, IndicatorClose.closing, IndicatorClose.revision.desc())
    )


def _close(row: IndicatorClose) -> Close:
    return Close(**{name: getattr(row, name) for name in Close.__slots__})


async def newest_revision(tx: AsyncSession, closing: str, last: date) -> int | None:
    """Of what was closed of a month; None for nothing."""
    query = select(func.max(IndicatorClose.revision)).where(
        IndicatorClose.closing == closing, IndicatorClose.last == last
    )
    return await tx.scalar(query)


async def revisions(tx: AsyncSession) -> dict[tuple[str, date], int]:
    """(closing, last day) → its newest revision, of all there are."""
    query = select(IndicatorClose.closing, IndicatorClose.last, func.max(IndicatorClose.revision))
    rows = await tx.execute(query.group_by(IndicatorClose.closing, IndicatorClose.last))
    return {(closing, last): revision for closing, last, revision in rows}


async def closes(tx: AsyncSession, last: date) -> dict[str, Close]:
    """What counts of a month: closing → its newest revision."""
    rows = await tx.scalars(_newest().where(IndicatorClose.last == last))
    return {row.closing: _close(row) for row in rows}


async def closes_of(tx: AsyncSession, lasts: Collection[date]) -> list[Close]:
    """What counts of several months: the newest revision of each closing, the oldest month first."""
    return [_close(row) for row in await tx.scalars(_newest().where(IndicatorClose.last.in_(lasts)))]


async def history(tx: AsyncSession, last: date) -> list[Close]:
    """Every close of a month, the newest first."""
    query = select(IndicatorClose).where(IndicatorClose.last == last).order_by(IndicatorClose.id.desc())
    return [_close(row) for row in await tx.scalars(query)]


async def close(tx: AsyncSession, close_id: UUID) -> Close:
    """Raises CloseNotFound."""
    row = await tx.get(IndicatorClose, close_id)
    if row is None:
        raise CloseNotFound(_("There is no such counting."))
    return _close(row)


async def months(tx: AsyncSession) -> list[date]:
    """Last days of the months of which anything was counted, the newest first."""
    rows = await tx.scalars(select(IndicatorClose.last).distinct().order_by(IndicatorClose.last.desc()))
    return list(rows)


async def attempts(tx: AsyncSession, last: date) -> dict[str, Attempt]:
    """The newest attempt of each closing of a month after which nothing was closed."""
    done = select(IndicatorClose.id).where(
        IndicatorClose.last == last,
        IndicatorClose.closing == IndicatorAttempt.closing,
        IndicatorClose.closed_at >= IndicatorAttempt.at,
    )
    query = (
        select(IndicatorAttempt)
        .where(IndicatorAttempt.last == last, ~done.exists())
        .ext(distinct_on(IndicatorAttempt.closing))
        .order_by(IndicatorAttempt.closing, IndicatorAttempt.id.desc())
    )
    found = await tx.scalars(query)
    return {row.closing: Attempt(row.closing, row.last, row.kind, row.reason, row.member_id, row.at) for row in found}


async def figures(tx: AsyncSession, closes_: Collection[UUID]) -> dict[str, list[Figure]]:
    """Every figure of these closes: name of the span → figures by code and cut."""
    query = (
        select(IndicatorValue)
        .where(IndicatorValue.close_id.in_(closes_))
        .order_by(IndicatorValue.span, IndicatorValue.code, IndicatorValue.cut, IndicatorValue.key)
    )
    found: dict[str, list[Figure]] = {}
    for row in await tx.scalars(query):
        found.setdefault(row.span, []).append(
            Figure(row.code, (row.cut, row.key), row.value, row.numerator, row.denominator)
        )
    return found


async def series(
    tx: AsyncSession, codes: Sequence[str], span: str, lasts: Collection[date], cut: Cut = WHOLE
) -> dict[str, dict[date, Counted]]:
    """The newest figures of several codes over the ends of spans: code → last day → figure."""
    newest = _newest().where(IndicatorClose.last.in_(lasts)).subquery()
    query = _values(newest).where(
        IndicatorValue.code.in_(codes),
        IndicatorValue.span == span,
        IndicatorValue.cut == cut[0],
        IndicatorValue.key == cut[1],
    )
    found: dict[str, dict[date, Counted]] = {code: {} for code in codes}
    for row in await tx.execute(query):
        found[row.code][row.last] = _counted(row)
    return found


async def parts(tx: AsyncSession, code: str, span: str, last: date) -> dict[str, list[Counted]]:
    """The parts of one figure: kind of cut → its parts, the largest first."""
    newest = _newest().where(IndicatorClose.last == last).subquery()
    query = _values(newest).where(
        IndicatorValue.code == code, IndicatorValue.span == span, IndicatorValue.cut != WHOLE[0]
    )
    found: dict[str, list[Counted]] = {}
    ordered = query.order_by(IndicatorValue.cut, IndicatorValue.value.desc().nulls_last(), IndicatorValue.key)
    for row in await tx.execute(ordered):
        found.setdefault(row.cut, []).append(_counted(row))
    return found


async def whole(tx: AsyncSession, code: str, span: str, last: date) -> Counted | None:
    """One figure as it stands now; None where it was not counted."""
    found = await series(tx, [code], span, [last])
    return found[code].get(last)


def _values(newest: Any) -> Select[Any]:
    return select(
        IndicatorValue.close_id,
        newest.c.last,
        newest.c.revision,
        IndicatorValue.version,
        IndicatorValue.code,
        IndicatorValue.cut,
        IndicatorValue.key,
        IndicatorValue.value,
        IndicatorValue.numerator,
        IndicatorValue.denominator,
    ).join(newest, newest.c.id == IndicatorValue.close_id)


def _counted(row: Row[Any]) -> Counted:
    figure = Figure(row.code, (row.cut, row.key), row.value, row.numerator, row.denominator)
    return Counted(row.close_id, row.last, row.revision, row.version, figure)
