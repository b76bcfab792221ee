"""What follows when a verification ends: reminders before, and steps after, each taken once, by a dated policy."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core import clock, evidence
from app.core.subject import Subject
from trust.access import Permission
from trust.identity import queries as identity
from trust.identity import service as people
from trust.identity.models import Organisation
from trust.verification import levels, queries
from trust.verification.facts import BEYOND, CLAIMED, ENTITY
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
POLICIES: tuple[Policy, ...] = (
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


async def ending(tx: AsyncSession, *, after: UUID, limit: int) -> list[UUID]:
    """Companies with a step that is due and was not taken yet, in the order of their ids, from beyond `after` on."""
    now = clock.now()
    soonest = min(step.after for found in POLICIES for step in found.steps)
    gone = exists().where(Organisation.id == VerifiedFact.organisation_id, Organisation.left_at.is_not(None))
    soon = select(VerifiedFact.organisation_id).where(
        VerifiedFact.fact.in_(ENTITY), VerifiedFact.valid_until <= now - soonest, ~gone
    )
    ends = levels.ends(VerifiedFact.organisation_id > after, VerifiedFact.organisation_id.in_(soon))
    query = select(ends.c.organisation_id).where(_untaken(ends.c.organisation_id, ends.c.until, now))
    return list(await tx.scalars(query.order_by(ends.c.organisation_id).limit(limit)))


def _untaken(organisation: ColumnElement[UUID], until: ColumnElement[datetime], now: datetime) -> ColumnElement[bool]:
    """`due` in SQL, of what was not taken yet: a step of the policy of its day."""
    begins = [datetime.combine(found.since, time(), UTC) for found in POLICIES[1:]]
    firsts: list[datetime | None] = [None, *begins]
    lasts: list[datetime | None] = [*begins, None]
    return or_(
        *(
            and_(
                until >= first if first else true(),
                until < end if end else true(),
                until <= now - step.after,
                ~exists().where(
                    ExpiryStep.organisation_id == organisation,
                    ExpiryStep.valid_until == until,
                    ExpiryStep.step == step.key,
                ),
            )
            for first, end, found in zip(firsts, lasts, POLICIES, strict=True)
            for step in found.steps
        )
    )


async def fallen_back(tx: AsyncSession, *, after: UUID, limit: int) -> list[UUID]:
    """Companies of level 3 of which nothing outside shows bank account or site any more, as `ending` gives them."""
    newer = aliased(VerifiedFact)
    superseded = (
        select(newer.id)
        .where(newer.organisation_id == VerifiedFact.organisation_id, newer.fact == VerifiedFact.fact)
        .where(newer.confirmed_at > VerifiedFact.confirmed_at)
    )
    standing = (
        select(VerifiedFact.id)
        .where(VerifiedFact.organisation_id == Organisation.id, VerifiedFact.fact.in_(BEYOND))
        .where(VerifiedFact.valid_until > clock.now(), VerifiedFact.method != CLAIMED, ~superseded.exists())
    )
    query = select(Organisation.id).where(Organisation.level == levels.BEYOND_IT, ~standing.exists())
    return list(await tx.scalars(query.where(Organisation.id > after).order_by(Organisation.id).limit(limit)))


async def take_steps(tx: AsyncSession, organisation_id: UUID) -> list[str]:
    """Take what is due for one company, each step once however often this runs; what was taken now. Locks the company.

    Of several reminders that are due at once, only the last is sent.
    """
    await identity.lock(tx, organisation_id)
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
