"""A report file by file: first the snapshot, which is locked; then, from what was locked, all others.

What was kept stays: a job that was cut off goes on with the file that is missing.
"""

import asyncio
from collections.abc import Iterable
from datetime import date
from io import BytesIO
from uuid import UUID

from sqlalchemy import text

from app.core.jobs import JobContext
from app.indicators import calendar
from app.indicators.figures.archive import Archive
from app.indicators.figures.base import Span, spans
from app.indicators.reporting import composing, keeping, printing, queries, sampling, suppressing
from app.indicators.reporting.composing import Material, Source
from app.indicators.reporting.filling import KNOWN, Hidden
from app.indicators.reporting.queries import FORMS, ReportView, Value
from app.indicators.reporting.sampling import Sample
from app.indicators.reporting.snapshot import Snapshot
from app.indicators.reporting.tables import MONTHS

TYPES = {
    "json": "application/json",
    "csv": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


async def make(ctx: JobContext, report_id: UUID) -> None:
    for form in FORMS:
        async with ctx.db.transaction(read_only=True) as tx:
            report = await queries.report(tx, report_id)
        if form in report.files:
            continue
        if form == "json":
            content, facts = await _locked(ctx, report)
        else:
            content, facts = await _made(ctx, report, form), {"of": report.files["json"].digest}
        stored = await ctx.files.put(content, content_type=TYPES[form])
        await ctx.tx(keeping.keep, report_id, form, stored, facts)


async def _locked(ctx: JobContext, report: ReportView) -> tuple[bytes, dict[str, str]]:
    """The snapshot, and the countings it is of: the SHA-256 of each one's rows."""
    async with ctx.db.transaction(read_only=True) as tx:
        await tx.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        material = await composing.read(tx, report)
    zone = ctx.settings.reporting_zone
    hidden = await _hidden(ctx, material, zone) if report.public else _nothing
    samples = [] if report.public else await _samples(ctx, material)
    seal = ctx.authority.seal.certificate.subject.rfc4514_string()
    source = Source(zone, ctx.settings.base_url, seal)
    snapshot = await asyncio.to_thread(composing.compose, material, source, hidden, samples)
    countings = {f"{one.closing} {one.last} {one.revision}": one.rows for one in snapshot.closes}
    return snapshot.dump(), countings


def _nothing(_span: str, _last: date, _value: Value) -> bool:
    return False


async def _hidden(ctx: JobContext, material: Material, zone: str) -> Hidden:
    """What a public copy leaves out, by who is behind each figure in the sealed rows of the period and of the one a
    year before. For months the rows of the period are looked at: they hold twelve."""
    own, last = material.report.span, material.report.last
    found: dict[tuple[str, date], suppressing.Behind] = {}
    for (closing, month), close in material.closes.items():
        if month in (last, calendar.before(last, MONTHS)):
            wanted = _spans(month, own, material.months if month == last else (), zone)
            data = BytesIO(await ctx.files.get(close.file_key))
            found[closing, month] = await asyncio.to_thread(_behind, data, wanted)

    def hidden(span: str, day: date, value: Value) -> bool:
        whole = (value.close.closing, day) in found and span == own
        behind = found[value.close.closing, day if whole else last]
        parties = behind.get((own if whole else day.isoformat(), value.figure.code, value.figure.cut), 0)
        return suppressing.hides(value.figure, KNOWN[value.figure.code, value.version], parties)

    return hidden


async def _samples(ctx: JobContext, material: Material) -> list[Sample]:
    """Rows behind the figures of the period, from the sealed rows of its last month."""
    report, found = material.report, []
    codes = {code for code, _cut in material.now}
    for (closing, month), close in sorted(material.closes.items()):
        if month == report.last:
            data = BytesIO(await ctx.files.get(close.file_key))
            found += await asyncio.to_thread(sampling.taken, data, closing, report.span, codes)
    return found


def _behind(data: BytesIO, wanted: dict[str, Span]) -> suppressing.Behind:
    return suppressing.behind(Archive(data), wanted)


def _spans(last: date, span: str, months: Iterable[date], zone: str) -> dict[str, Span]:
    """The span itself, and each month by its last day."""
    return {span: spans(last, zone)[span]} | {month.isoformat(): spans(month, zone)["month"] for month in months}


async def _made(ctx: JobContext, report: ReportView, form: str) -> bytes:
    """A file from what was locked."""
    # It loads openpyxl and with it numpy, whose threads must not be there before processes are forked.
    from app.indicators.reporting import sheets  # noqa: PLC0415

    locked = await ctx.files.get(report.files["json"].file_key)
    snapshot = Snapshot.model_validate_json(locked)
    match form:
        case "csv":
            return await asyncio.to_thread(sheets.in_csv, snapshot)
        case "xlsx":
            return await asyncio.to_thread(sheets.in_workbook, snapshot)
    hashes = {name: file.digest for name, file in report.files.items()}
    return await printing.sealed(ctx, snapshot, hashes)
