"""`portolan evidence`."""

import asyncio
import sys

import click

from app import wiring
from app.commands.base import settings
from app.core import auditing
from app.core import evidence as chains
from app.core.auditing import Counts, Fault
from app.core.config import Settings
from app.core.db import Database
from app.core.errors import NotFound
from app.core.jobs import JobContext
from app.core.subject import Subject
from orders.bundles import comparing


@click.group()
def evidence() -> None:
    """The evidence chains of this installation."""


@evidence.command()
@click.argument("subject", required=False, default="")
@click.option("--all", "everything", is_flag=True, help="Every chain, the log, and the rows and files of all deals.")
def verify(subject: str, everything: bool) -> None:
    """Check the chain of SUBJECT, such as `order:0192…`, or all of them, against hashes, log, rows and files.

    Exit code 0 when everything holds, 1 otherwise; each fault is one line.
    """
    if bool(subject) == everything:
        raise click.UsageError("Name one subject, or say --all.")
    try:
        named = None if everything else Subject.parse(subject)
    except ValueError:
        raise click.UsageError(f"{subject!r} is no subject, such as order:0192…") from None
    faults, counts = asyncio.run(_verify(settings(), named))
    for fault in faults:
        click.echo(f"FAIL  {fault.about}: {fault.reason}")
    click.echo(f"{counts.chains} chains, {counts.links} links, {counts.roots} roots: {len(faults)} faults")
    sys.exit(1 if faults else 0)


async def _verify(given: Settings, subject: Subject | None) -> tuple[list[Fault], Counts]:
    db = Database(given.database_url, pool=2)
    ctx = wiring.job_context(given, db)
    try:
        counts = Counts()
        faults = await (_one(ctx, subject, counts) if subject else _every(ctx, counts))
        return faults, counts
    finally:
        await ctx.gateway.close()
        await db.close()


async def _every(ctx: JobContext, counts: Counts) -> list[Fault]:
    async with ctx.db.transaction(read_only=True) as tx:
        faults = [fault async for fault in auditing.chains(tx, counts)]
        faults += [fault async for fault in auditing.log(tx, ctx.authority, counts)]
        subjects = await comparing.subjects(tx)
    for subject in subjects:
        faults += await _deal(ctx, subject)
    return faults


async def _one(ctx: JobContext, subject: Subject, counts: Counts) -> list[Fault]:
    async with ctx.db.transaction(read_only=True) as tx:
        verdict = await chains.verify(tx, subject)
        faults = await auditing.published(tx, subject)
    counts.chains, counts.links = int(bool(verdict.links)), verdict.links
    if not verdict.links:
        return [Fault(str(subject), "there is no such chain"), *faults]
    if not verdict.whole:
        faults.append(Fault(str(subject), f"link {verdict.broken_at}: {verdict.reason}"))
    return [*faults, *(await _deal(ctx, subject) if subject.type in comparing.DEALS else [])]


async def _deal(ctx: JobContext, subject: Subject) -> list[Fault]:
    try:
        async with ctx.db.transaction(read_only=True) as tx:
            faults, digests = await comparing.rows(tx, subject)
            faults += await comparing.signatures(tx, ctx.files, subject, ctx.authority)
    except NotFound:
        return [Fault(str(subject), "its rows are gone")]
    return [*faults, *await comparing.files(ctx.files, subject, digests)]
