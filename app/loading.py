"""Long work of the command line: products of a supplier, codes of the Harmonized System, rates, the search index."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from app import wiring
from app.core import runner
from app.core.config import Settings
from app.core.db import Database
from app.core.errors import Conflict, Invalid
from app.core.i18n import _
from app.core.jobs import JobContext
from listings import hs, statutory
from listings.imports import queries, service
from listings.imports.sheet import read_rows
from listings.search import jobs as search
from listings.states import ImportState
from payments.rates import reading
from payments.rates import service as rate_table
from trust.access import Member, Permission
from trust.identity import queries as identity
from trust.identity import sessions
from trust.risk import banks as directory

T = TypeVar("T")
PAUSE = 0.2  # seconds; a worker may have taken the job
AT_WORK = (ImportState.CHECKING, ImportState.RUNNING)


async def products(settings: Settings, data: bytes, name: str, slug: str) -> int:
    """Write the products of a sheet called `name` as drafts of the company of this slug, if every row fits; how many.

    Raises OrganisationNotFound, and Invalid with the first fault.
    """
    return await _with_context(settings, lambda ctx: _products(ctx, data, name, slug))


async def hs_codes(settings: Settings, data: bytes) -> int:
    """Load the codes of a CSV; how many. Raises Invalid."""

    async def load(ctx: JobContext) -> int:
        codes = hs.read(data)
        await ctx.tx(hs.load, codes)
        return len(codes)

    return await _with_context(settings, load)


async def hs_units(settings: Settings, data: bytes) -> int:
    """Load the statutory units of a CSV; how many rows. Raises Invalid."""

    async def load(ctx: JobContext) -> int:
        rows = statutory.read(data)
        await ctx.tx(statutory.load, rows)
        return len(rows)

    return await _with_context(settings, load)


async def banks(settings: Settings, data: bytes, day: date) -> int:
    """Load the directory of banks of a CSV; how many banks. Raises Invalid."""

    async def load(ctx: JobContext) -> int:
        sheet = directory.read(data, day)
        await ctx.tx(directory.load, sheet)
        return len(sheet.codes)

    return await _with_context(settings, load)


async def rates(settings: Settings, data: bytes, *, correct: bool, dry_run: bool) -> rate_table.Plan:
    """Take over the exchange rates of a file, or with `dry_run` say what that would do. Raises Invalid."""
    sheet = reading.read(data)

    async def load(ctx: JobContext) -> rate_table.Plan:
        if dry_run:
            return await ctx.tx(rate_table.plan, sheet)
        return await ctx.tx(rate_table.load, sheet, correct=correct, by=None)

    return await _with_context(settings, load)


async def search_index(settings: Settings) -> None:
    """Rebuild the search index without downtime."""
    await _with_context(settings, search.reindex)


async def _with_context(settings: Settings, work: Callable[[JobContext], Awaitable[T]]) -> T:
    db = Database(settings.database_url, pool=2)
    try:
        return await work(wiring.job_context(settings, db))
    finally:
        await db.close()


async def _products(ctx: JobContext, data: bytes, name: str, slug: str) -> int:
    read_rows(data)
    stored = await ctx.files.put(data, content_type="application/octet-stream")
    async with ctx.db.transaction() as tx:
        by = await _lister(ctx, slug)
        import_id = (await service.upload(tx, stored.key, name, by=by)).id
    checked = await _finished(ctx, import_id, by)
    if checked.fault:
        raise Invalid(_("Row %(row)s: %(message)s") % checked.fault)
    async with ctx.db.transaction() as tx:
        await service.confirm(tx, import_id, send=False, by=by)
    return (await _finished(ctx, import_id, by)).done


async def _lister(ctx: JobContext, slug: str) -> Member:
    """The company's first member who may list products."""
    async with ctx.db.transaction(read_only=True) as tx:
        company = await identity.by_slug(tx, slug)
        for recipient in await identity.members_to_notify(tx, company.id, Permission.LIST_PRODUCTS):
            return await sessions.acting(tx, recipient.member_id)
    raise Conflict(_("%(company)s has nobody who may list products.") % {"company": company.name_latin})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step of an import ended: the first fault with its row, or how many products were written."""

    fault: dict[str, Any] | None
    done: int


async def _finished(ctx: JobContext, import_id: UUID, by: Member) -> Outcome:
    """The outcome once the step is done, by us or by a worker."""
    while True:
        async with ctx.db.transaction(read_only=True) as tx:
            row = await queries.import_of(tx, import_id, organisation_id=by.organisation_id)
        if row.state not in AT_WORK:
            wrong = row.errors[0] if row.errors else {"row": 1, "message": row.problem}
            return Outcome(wrong if row.problem or row.wrong else None, row.done)
        if not await runner.run_one(ctx):
            await asyncio.sleep(PAUSE)
