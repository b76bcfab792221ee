"""Reading sheets through and writing them, in the background."""

import asyncio
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import outbox
from app.core.errors import Invalid
from app.core.i18n import _, speaking
from app.core.jobs import JobContext, handler, job
from app.core.runner import Again
from listings.imports import queries, rows, service
from listings.imports.events import ImportConfirmed, SheetUploaded
from listings.imports.rows import Entry, Fault
from listings.imports.sheet import read_rows

BATCH = 100
ROWS_A_RUN = 2_000
"""After this many rows a run makes room for other work, well within its lease."""


@handler(SheetUploaded)
async def on_uploaded(tx: AsyncSession, event: SheetUploaded) -> None:
    await outbox.enqueue(tx, check_import, import_id=event.import_id)


@handler(ImportConfirmed)
async def on_confirmed(tx: AsyncSession, event: ImportConfirmed) -> None:
    await outbox.enqueue(tx, run_import, import_id=event.import_id)


@job
async def check_import(ctx: JobContext, import_id: UUID) -> None:
    """The dry run: read every row, write nothing."""
    data, locale = await _sheet(ctx, import_id)
    with speaking(locale):
        try:
            entries, faults = await asyncio.to_thread(_read, data)
        except Invalid as error:
            await ctx.tx(service.record_unreadable, import_id, error.message)
            return
    wrong = len([entry for entry in entries if entry is None])
    await ctx.tx(service.record_findings, import_id, service.Findings(len(entries), wrong, faults))


@job
async def run_import(ctx: JobContext, import_id: UUID) -> None:
    """Write the rows that fit, a batch at a time; cut off anywhere, it goes on where it stopped."""
    data, locale = await _sheet(ctx, import_id)
    with speaking(locale):
        entries, _faults = await asyncio.to_thread(_read, data)
        for _round in range(ROWS_A_RUN // BATCH):
            if await ctx.tx(service.write_batch, import_id, entries, BATCH) <= 0:
                return
    raise Again(timedelta(0))


async def _sheet(ctx: JobContext, import_id: UUID) -> tuple[bytes, str]:
    async with ctx.db.transaction(read_only=True) as tx:
        key, locale = await queries.file_of(tx, import_id)
    return await ctx.files.get(key), locale


def _read(data: bytes) -> tuple[list[Entry | None], list[Fault]]:
    """Every row, None for one that does not fit, and all faults in the order of the sheet."""
    entries: list[Entry | None] = []
    faults: list[Fault] = []
    first: dict[str, int] = {}
    for row in read_rows(data):
        read = rows.read(row)
        if isinstance(read, Entry) and read.reference and read.reference in first:
            message = _("Row %(row)s has this item number already.") % {"row": first[read.reference]}
            read = [Fault(row.number, "reference", message)]
        if isinstance(read, Entry):
            first[read.reference] = row.number
            entries.append(read)
        else:
            entries.append(None)
            faults += read
    return entries, faults
