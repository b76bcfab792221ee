"""Reading statements through and booking their lines, in the background. Both may be cut off anywhere."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from datetime import timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import outbox
from app.core.crypto import Vault
from app.core.errors import DomainError
from app.core.i18n import speaking
from app.core.jobs import JobContext, job
from app.core.runner import Again
from payments.bank.settings import BankSettings, platform_account
from payments.statements import booking, camt, queries, service
from payments.statements.camt import Foot, Head
from payments.statements.entry import Line
from payments.statements.states import FileState

READ_AT_ONCE = 1000
BOOKED_AT_ONCE = 500
BATCHES_A_RUN = 40
"""After so many batches a run makes room for other work, well within its lease."""

Part = Head | Line | Foot


@job
async def read_statement(ctx: JobContext, file_id: UUID) -> None:
    """Read a file and keep it whole, in one transaction; or say what is wrong with it, and keep nothing."""
    vault = ctx.settings.vault
    async with ctx.db.transaction(read_only=True) as tx:
        row = await queries.file(tx, file_id)
        key, locale = await queries.stored(tx, file_id)
    if row.state != FileState.READING:
        return
    data = vault.open_bytes(await ctx.files.get(key), service.FILE_CONTEXT)
    with speaking(locale):
        try:
            async with ctx.db.transaction() as tx, aclosing(_ahead(camt.read(data))) as parts:
                await _keep(ctx, tx, vault, file_id, parts)
                await outbox.enqueue(tx, book_lines, file_id=file_id)
        except DomainError as error:
            await ctx.tx(service.refused, file_id, error.message)


async def _keep(
    ctx: JobContext, tx: AsyncSession, vault: Vault, file_id: UUID, parts: AsyncIterator[list[Part]]
) -> None:
    ours: BankSettings | None = platform_account(ctx.settings)
    statement_id: UUID | None = None
    total = 0
    async for some in parts:
        lines: list[Line] = []
        for part in some:
            if isinstance(part, Line):
                lines.append(part)
                continue
            if statement_id is not None:
                await service.add_lines(tx, vault, statement_id, lines)
                lines = []
            if isinstance(part, Head):
                statement_id = await service.begin_statement(tx, file_id, part, ours)
            else:
                total += part.lines
        if statement_id is not None and lines:
            await service.add_lines(tx, vault, statement_id, lines)
            await ctx.tx(service.note_read, file_id, total + lines[-1].number)
    await service.kept(tx, file_id, total)


async def _ahead(parts: Iterator[Part]) -> AsyncGenerator[list[Part], None]:
    """Some at a time; the next are read while the database takes those before."""

    def read() -> asyncio.Future[list[Part]]:
        return asyncio.ensure_future(asyncio.to_thread(lambda: list(islice(parts, READ_AT_ONCE))))

    ahead = read()
    try:
        while some := await ahead:
            ahead = read()
            yield some
    finally:
        ahead.cancel()


@job
async def book_lines(ctx: JobContext, file_id: UUID) -> None:
    """Book the lines of a kept file a batch at a time; cut off anywhere, it goes on where it stopped."""
    account = platform_account(ctx.settings)
    limits = account.limits_minor if account else {}
    for _round in range(BATCHES_A_RUN):
        if await ctx.tx(booking.book_batch, file_id, BOOKED_AT_ONCE, limits) <= 0:
            return
    raise Again(timedelta(0))
