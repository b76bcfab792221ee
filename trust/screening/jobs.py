"""Screening in the background: companies that changed, everybody after a list changed, clearances that end."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pkgutil import resolve_name
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.crypto import Vault
from app.core.jobs import JobContext, every, handler, job
from app.core.runner import Again
from app.core.subject import Subject
from trust.identity.events import OrganisationRegistered
from trust.identity.models import Organisation
from trust.retention.classes import SCREENING
from trust.screening.events import ComparisonAsked, ListTakenIn, PartyNamed
from trust.screening.models import ListVersion, Match, NamedIn, NamedParty, ScreeningDue, ScreeningRun
from trust.screening.states import MatchMove, MatchState

AT_ONCE = 200
"""Companies compared in one transaction, some two seconds."""
STEPS = 20
"""Batches of a run in one go; then others have their turn, and the lease is a new one."""
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('screening', 0))")
"""One transaction compares at a time: a company that changes during a run is not compared twice at once."""
_TAKING_PART = select(NamedIn.named_id).where(NamedIn.named_id == NamedParty.id, NamedIn.ended_at.is_(None)).exists()
"""Of who is named in deals: in one that goes on."""


def _comparing(name: str) -> Callable[..., Awaitable[Any]]:
    """By name, so that only a worker that compares loads the libraries and dictionaries for it."""
    found: Callable[..., Awaitable[Any]] = resolve_name(f"trust.screening.comparing:{name}")
    return found


def _vault(ctx: JobContext) -> Vault:
    return ctx.settings.vault


@handler(OrganisationRegistered)
async def on_registered(tx: AsyncSession, _event: OrganisationRegistered) -> None:
    """It need not wait for the next minute."""
    await outbox.enqueue(tx, screen_due)


@handler(PartyNamed)
async def on_named(tx: AsyncSession, _event: PartyNamed) -> None:
    await outbox.enqueue(tx, screen_due)


@handler(ListTakenIn)
async def on_list(tx: AsyncSession, event: ListTakenIn) -> None:
    """Everybody is compared with what is new; with everything when the list itself is: before the first, nobody was."""
    whole = event.number == 1
    await _start(tx, None if whole else event.list_key, None if whole else event.number, by=event.taken_by)


@handler(ComparisonAsked)
async def on_asked(tx: AsyncSession, event: ComparisonAsked) -> None:
    await _start(tx, None, None, by=event.asked_by)


async def _start(tx: AsyncSession, list_key: str | None, number: int | None, *, by: UUID) -> None:
    companies = select(func.count()).select_from(Organisation).where(~Organisation.is_platform)
    others = select(func.count()).select_from(NamedParty).where(_TAKING_PART)
    total = (await tx.execute(companies)).scalar_one() + (await tx.execute(others)).scalar_one()
    run = ScreeningRun(list_key=list_key, number=number, total=total, asked_by=by)
    tx.add(run)
    await tx.flush()
    await outbox.enqueue(tx, screen_everybody, run_id=run.id)


@every(minutes=1)
async def screen_due(ctx: JobContext) -> None:
    """Compare the companies of which something came or changed, and who was newly named. May be cut off anywhere: what
    was done is done.
    """
    while await ctx.tx(partial(_screen_some, vault=_vault(ctx))):
        pass
    while await ctx.tx(_screen_named):
        pass


async def _screen_some(tx: AsyncSession, vault: Vault) -> bool:
    """One batch; whether there was any."""
    await tx.execute(_ALONE)
    query = select(ScreeningDue.organisation_id).order_by(ScreeningDue.id).limit(AT_ONCE)
    companies = sorted(set(await tx.scalars(query)))
    if not companies:
        return False
    if await tx.scalar(select(ListVersion.id).limit(1)) is None:
        await tx.execute(delete(ScreeningDue).where(ScreeningDue.organisation_id.in_(companies)))
    else:
        await _compare(tx, vault, companies, await _comparing("everything")(tx), whole=True)
    return True


async def _screen_named(tx: AsyncSession) -> bool:
    """As `_screen_some`, of who is named in deals. While there is no list, nobody is: the first compares everybody."""
    await tx.execute(_ALONE)
    query = select(NamedParty.id).where(NamedParty.screened_at.is_(None)).order_by(NamedParty.id).limit(AT_ONCE)
    found = list(await tx.scalars(query))
    if not found or await tx.scalar(select(ListVersion.id).limit(1)) is None:
        return False
    await _comparing("compare_named")(tx, found, await _comparing("everything")(tx))
    return True


async def _compare(tx: AsyncSession, vault: Vault, companies: list[UUID], against: Any, *, whole: bool) -> int:
    """Compare them, and with everything, they are not due any more: but for what changes while they are compared."""
    due = list(await tx.scalars(select(ScreeningDue.id).where(ScreeningDue.organisation_id.in_(companies))))
    found: int = await _comparing("compare")(tx, vault, companies, against)
    if whole:
        await tx.execute(delete(ScreeningDue).where(ScreeningDue.id.in_(due)))
    return found


@job
async def screen_everybody(ctx: JobContext, run_id: UUID) -> None:
    """Compare all companies, in the order of their ids, with what a run is about. May be cut off anywhere."""
    for _step in range(STEPS):
        if await ctx.tx(partial(_step_on, run_id=run_id, vault=_vault(ctx))):
            return
    raise Again(timedelta())


async def _step_on(tx: AsyncSession, run_id: UUID, vault: Vault) -> bool:
    """The next companies of a run; whether it is finished."""
    await tx.execute(_ALONE)
    run = await tx.get(ScreeningRun, run_id)
    if run is None or run.finished_at is not None:
        return True
    query = select(Organisation.id).where(~Organisation.is_platform).order_by(Organisation.id).limit(AT_ONCE)
    if run.reached is not None:
        query = query.where(Organisation.id > run.reached)
    companies = list(await tx.scalars(query))
    whole = run.list_key is None
    if companies:
        against = await (_comparing("everything")(tx) if whole else _comparing("news")(tx, run.list_key, run.number))
        run.found += await _compare(tx, vault, companies, against, whole=whole)
        run.reached, run.done = companies[-1], run.done + len(companies)
        return False
    if await _named_on(tx, run, whole=whole):
        return False
    if not whole:
        await _comparing("end_unlisted")(tx, run.list_key, run.number)
    run.finished_at = clock.now()
    return True


async def _named_on(tx: AsyncSession, run: ScreeningRun, *, whole: bool) -> bool:
    """The next of those who are named in open deals; whether there were any."""
    query = select(NamedParty.id).where(_TAKING_PART).order_by(NamedParty.id).limit(AT_ONCE)
    if run.reached_named is not None:
        query = query.where(NamedParty.id > run.reached_named)
    found = list(await tx.scalars(query))
    if not found:
        return False
    against = await (_comparing("everything")(tx) if whole else _comparing("news")(tx, run.list_key, run.number))
    run.found += await _comparing("compare_named")(tx, found, against)
    run.reached_named, run.done = found[-1], run.done + len(found)
    return True


@every(minutes=10)
async def end_clearances(ctx: JobContext) -> None:
    """A clearance whose day has come is to be decided again. Until then `standing` counts it as over all the same."""
    await ctx.tx(_end_clearances)


@every(hours=24)
async def forget_matches(ctx: JobContext) -> None:
    """Matches that are over go with what the evidence has of people's words, when their ten years are."""
    before = clock.now() - SCREENING.period
    query = select(Match.id).where(
        Match.state == MatchState.LAPSED,
        Match.found_at < before,
        or_(Match.decided_at.is_(None), Match.decided_at < before),
    )
    async with ctx.db.transaction(read_only=True) as tx:
        over = list(await tx.scalars(query.order_by(Match.id).limit(AT_ONCE)))
    for match_id in over:
        await ctx.tx(partial(_forget, match_id=match_id))


@every(hours=24)
async def forget_named(ctx: JobContext) -> None:
    """Who took part in a deal goes ten years after it, unless a match of theirs is kept."""
    await ctx.tx(_forget_named)


async def _forget_named(tx: AsyncSession) -> None:
    over = select(NamedIn.named_id).where(NamedIn.ended_at < clock.now() - SCREENING.period).limit(AT_ONCE)
    ids = sorted(set(await tx.scalars(over)))
    gone = NamedIn.ended_at < clock.now() - SCREENING.period
    await tx.execute(delete(NamedIn).where(NamedIn.named_id.in_(ids), gone))
    left = select(NamedIn.named_id).where(NamedIn.named_id == NamedParty.id).exists()
    kept = select(Match.id).where(Match.named_id == NamedParty.id).exists()
    await tx.execute(delete(NamedParty).where(NamedParty.id.in_(ids), ~left, ~kept))


async def _forget(tx: AsyncSession, match_id: UUID) -> None:
    subject = Subject("screening_match", match_id)
    if await evidence.chain(tx, subject):
        await evidence.erase(tx, subject, basis=SCREENING.key, actor=None)
    await tx.execute(delete(Match).where(Match.id == match_id))


async def _end_clearances(tx: AsyncSession) -> None:
    query = select(Match).where(Match.state == MatchState.CLEARED, Match.cleared_until <= clock.now())
    for match in await tx.scalars(query.order_by(Match.id).limit(AT_ONCE).with_for_update(skip_locked=True)):
        match.move(MatchMove.EXPIRE, by=None)
        match.cleared_until = match.decided_by = match.decided_at = match.proposed_by = match.proposed_at = None
        match.proposal = ""
