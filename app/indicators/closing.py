"""Closing a month: rows gathered in one moment, sealed in a file, and the figures counted from that file.

A close is never changed. A correction is another one, with its reason, beside it.
"""

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, log
from app.core.ids import new_id
from app.core.jobs import JobContext
from app.core.periods import day_of
from app.core.storage import StoredFile
from app.core.subject import Subject
from app.indicators import calendar, definitions, queries
from app.indicators.figures import groups, users
from app.indicators.figures.archive import Archive, Manifest, Writer, fingerprint, program
from app.indicators.figures.base import Figure, spans
from app.indicators.gathering import Gathering
from app.indicators.marks import Marks
from app.indicators.models import IndicatorAttempt, IndicatorClose, IndicatorValue

AT_ONCE = 2000
logger = log.get("portolan.indicators")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A close to be made. `reason` and `by` of a correction alone."""

    closing: str
    last: date
    revision: int
    reason: str = ""
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was gathered and counted, and where its rows lie."""

    manifest: Manifest
    figures: dict[str, list[Figure]]
    stored: StoredFile


async def close(ctx: JobContext, wanted: Wanted) -> bool:
    """Gather, count and keep; whether that was done. Not where this revision is there already, nor where the bridge
    from the month before does not hold."""
    async with ctx.db.transaction(read_only=True) as tx:
        there = await queries.newest_revision(tx, wanted.closing, wanted.last)
    if there is not None and there >= wanted.revision:
        return False
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sheets.zip")
        manifest = await _gather(ctx, wanted, path)
        found = await asyncio.to_thread(_count, path)
        off = await ctx.tx(_bridge, wanted, found)
        if off:
            await ctx.tx(_refuse, wanted, off)
            return False
        stored = await ctx.files.put_file(path, content_type="application/zip")
    return await ctx.tx(_keep, wanted, Sealed(manifest, found, stored))


async def _gather(ctx: JobContext, wanted: Wanted, path: Path) -> Manifest:
    zone, secret = ctx.settings.reporting_zone, ctx.settings.secret_key.get_secret_value()
    writer = Writer(path)
    async with ctx.db.transaction(read_only=True) as tx:
        # All sheets show one moment, however long their reading takes.
        await tx.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        reading = Gathering(tx, Marks(secret), spans(wanted.last, zone)["r12m"])
        for kind in groups.sheets_of(wanted.closing):
            await writer.add(kind, reading.rows(kind))
    return writer.close(wanted.closing, wanted.last, day_of(clock.now(), zone), zone)


def _count(path: Path) -> dict[str, list[Figure]]:
    """From the file itself, so that whoever has it comes to the same."""
    return Archive(path).count()


async def _bridge(tx: AsyncSession, wanted: Wanted, found: dict[str, list[Figure]]) -> Decimal:
    """What is missing between the last month's closing number of companies and this one's: 0 when it holds."""
    if wanted.closing != groups.FIGURES:
        return Decimal()
    before = await queries.whole(tx, users.CLOSING, "month", calendar.before(wanted.last, 1))
    if before is None or before.figure.value is None:
        return Decimal()
    return users.difference(before.figure.value, found["month"])


async def _refuse(tx: AsyncSession, wanted: Wanted, off: Decimal) -> None:
    logger.error("indicators.bridge_broken", last=str(wanted.last), off=str(off))
    await note(tx, wanted, "refused", f"{off:f}")


async def note(tx: AsyncSession, wanted: Wanted, kind: str, reason: str) -> None:
    """That a correction was asked for, or a close refused."""
    tx.add(
        IndicatorAttempt(
            closing=wanted.closing, last=wanted.last, kind=kind, reason=reason, member_id=wanted.by, at=clock.now()
        )
    )
    await tx.flush()


async def _keep(tx: AsyncSession, wanted: Wanted, sealed: Sealed) -> bool:
    id_, mark = new_id(), fingerprint(sealed.figures)
    row = {
        "id": id_,
        "closing": wanted.closing,
        "last": wanted.last,
        "revision": wanted.revision,
        "reason": wanted.reason,
        "known": sealed.manifest.known,
        "sheets": sealed.manifest.sheets,
        "digest": sealed.stored.sha256,
        "file_key": sealed.stored.key,
        "figures": mark,
        "program": program(),
        "closed_by": wanted.by,
        "closed_at": clock.now(),
    }
    made = insert_or(IndicatorClose).values(row).on_conflict_do_nothing().returning(IndicatorClose.id)
    if await tx.scalar(made) is None:  # somebody else was quicker
        return False
    await _write(tx, id_, wanted.last, sealed.figures)
    said = {"closing": wanted.closing, "last": wanted.last.isoformat(), "revision": wanted.revision}
    said |= {"reason": wanted.reason, "rows": sealed.stored.sha256, "figures": mark, "program": row["program"]}
    await evidence.record(tx, Subject(IndicatorClose.SUBJECT, id_), "indicators.closed", said, actor=wanted.by)
    return True


async def _write(tx: AsyncSession, close_id: UUID, last: date, found: dict[str, list[Figure]]) -> None:
    known = definitions.on(last)
    rows = [
        {
            "close_id": close_id,
            "span": span,
            "code": one.code,
            "cut": one.cut[0],
            "key": one.cut[1],
            "version": known[one.code].version,
            "value": one.value,
            "numerator": one.numerator,
            "denominator": one.denominator,
        }
        for span, figures in found.items()
        for one in figures
    ]
    for begin in range(0, len(rows), AT_ONCE):
        await tx.execute(insert(IndicatorValue), rows[begin : begin + AT_ONCE])


async def as_sealed(tx: AsyncSession, close_: queries.Close) -> bool:
    """Whether the figures in the tables are those that were written down when the month was closed."""
    found = await queries.figures(tx, [close_.id])
    chain = await evidence.verify(tx, Subject(IndicatorClose.SUBJECT, close_.id))
    return chain.whole and fingerprint(found) == close_.figures
