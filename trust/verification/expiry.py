"""What follows when a verification ends: reminders before, and steps after, each taken once, by a dated policy."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core import clock, evidence
from app.core.subject import Subject
from trust.access import Permission
from trust.identity import service as people
from trust.identity.models import Organisation
from trust.verification import levels, queries
from trust.verification.facts import BEYOND, ENTITY
from trust.verification.models import ExpiryStep, VerifiedFact

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Step:
    """`after` the end, before it where negative."""

    key: str
    after: timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """The steps for verifications that end on `since` or later, in the order of their time."""

    since: date
    steps: tuple[Step, ...]

    def of(self, key: str) -> Step:
        return next(step for step in self.steps if step.key == key)


EXPIRED, PUBLISHING, LEVEL = "expired", "publishing", "level"
POLICIES = (
    # Six months by the Measures for Supervision of Online Trading (PRC) art. 24; the steps are the platform's own.
    Policy(
        date(2026, 1, 1),
        (
            Step("days_30", -30 * DAY),
            Step("days_15", -15 * DAY),
            Step("days_5", -5 * DAY),
            Step(EXPIRED, timedelta()),
            Step(PUBLISHING, 15 * DAY),
            Step(LEVEL, levels.GRACE),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Notice:
    """What a company reads on its pages while its verification ends: which step is next or was last, and when."""

    key: str
    until: datetime
    publishing_stops: datetime
    level_falls: datetime


def policy(until: datetime) -> Policy:
    """The policy for a verification that ends then; before the first one, the first."""
    known = [policy for policy in POLICIES if policy.since <= until.date()]
    return known[-1] if known else POLICIES[0]


def due(until: datetime, now: datetime) -> list[Step]:
    """The steps whose time has come."""
    return [step for step in policy(until).steps if until + step.after <= now]


def notice(until: datetime | None) -> Notice | None:
    """The last step that was due, for the company's pages; None while there is nothing to say."""
    steps = due(until, clock.now()) if until else []
    if until is None or not steps:
        return None
    found = policy(until)
    return Notice(steps[-1].key, until, until + found.of(PUBLISHING).after, until + found.of(LEVEL).after)


async def ending(tx: AsyncSession, *, limit: int) -> list[UUID]:
    """Companies of whose entity a fact ends soon or has ended, and for which the last step was not taken yet."""
    newer = aliased(VerifiedFact)
    soonest = min(step.after for found in POLICIES for step in found.steps)
    superseded = (
        select(newer.id)
        .where(newer.organisation_id == VerifiedFact.organisation_id, newer.fact == VerifiedFact.fact)
        .where(newer.confirmed_at > VerifiedFact.confirmed_at)
    )
    done = select(ExpiryStep.step).where(
        ExpiryStep.organisation_id == VerifiedFact.organisation_id,
        ExpiryStep.valid_until == VerifiedFact.valid_until,
        ExpiryStep.step == LEVEL,
    )
    query = (
        select(VerifiedFact.organisation_id)
        .where(VerifiedFact.fact.in_(ENTITY), VerifiedFact.valid_until <= clock.now() - soonest)
        .where(~superseded.exists(), ~done.exists())
        .group_by(VerifiedFact.organisation_id)
        .order_by(func.min(VerifiedFact.valid_until))
    )
    return list(await tx.scalars(query.limit(limit)))


async def fallen_back(tx: AsyncSession, *, limit: int) -> list[UUID]:
    """Companies of level 3 of which neither bank account nor site is confirmed any more."""
    newer = aliased(VerifiedFact)
    superseded = (
        select(newer.id)
        .where(newer.organisation_id == VerifiedFact.organisation_id, newer.fact == VerifiedFact.fact)
        .where(newer.confirmed_at > VerifiedFact.confirmed_at)
    )
    standing = (
        select(VerifiedFact.id)
        .where(VerifiedFact.organisation_id == Organisation.id, VerifiedFact.fact.in_(BEYOND))
        .where(VerifiedFact.valid_until > clock.now(), ~superseded.exists())
    )
    query = select(Organisation.id).where(Organisation.level == levels.BEYOND_IT, ~standing.exists())
    return list(await tx.scalars(query.limit(limit)))


async def take_steps(tx: AsyncSession, organisation_id: UUID) -> list[str]:
    """Take what is due for one company, each step once however often this runs; what was taken now.

    Of several reminders that are due at once, only the last is sent.
    """
    until = levels.entity_until(await queries.facts(tx, organisation_id, public=False))
    if until is None:
        return []
    taken = [step.key for step in due(until, clock.now()) if await _first(tx, organisation_id, until, step.key)]
    if PUBLISHING in taken:
        await people.lapse(tx, organisation_id, by=None)
    if LEVEL in taken:
        await levels.settle(tx, organisation_id, by=None)
    if taken:
        about = Subject("organisation", organisation_id)
        said = {"steps": taken, "until": until.isoformat()}
        await evidence.record(tx, about, "verification.ends", said, actor=None)
        found = policy(until)
        told = {
            "step": taken[-1],
            "until": until.isoformat(),
            "days": max(0, (until - clock.now()).days),
            "publishing": (until + found.of(PUBLISHING).after).isoformat(),
            "level": (until + found.of(LEVEL).after).isoformat(),
            "path": "/verification",
        }
        await people.notify(tx, organisation_id, Permission.VERIFY_COMPANY, "verification_ends", told)
    return taken


async def _first(tx: AsyncSession, organisation_id: UUID, until: datetime, step: str) -> bool:
    """Whether this step is taken for the first time; who comes second at the same moment waits, and is told no."""
    row = {"organisation_id": organisation_id, "valid_until": until, "step": step, "taken_at": clock.now()}
    made = await tx.execute(insert(ExpiryStep).values(row).on_conflict_do_nothing().returning(ExpiryStep.step))
    return made.first() is not None
