"""Work of the moderation queue. Every decision is reasoned, on the record, and told to the domain whose thing it is."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, not_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.db import once
from app.core.i18n import _
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.reviews import queries
from trust.reviews.errors import NothingChosen, NotYours, OwnCase, QueueEmpty, ReasonNeeded
from trust.reviews.events import ReviewDecided, Verdict
from trust.reviews.models import Review, ReviewCheck
from trust.reviews.states import ADDED, WAITING, Priority, ReviewMove, ReviewState

SERVICE_LEVEL = timedelta(hours=24)
CHECKED = 5
"""Percent of decisions that a second reviewer looks at, by lot."""
AT_ONCE = 100
"""So many are refused by one press at most."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Of what was chosen: how many are refused now, and how many a colleague has or had."""

    done: int
    passed_over: int


async def open(  # noqa: A001  the trade's word for it
    tx: AsyncSession,
    *,
    kind: str,
    subject: Subject,
    organisation_id: UUID,
    title: str,
    within: timedelta = SERVICE_LEVEL,
    priority: Priority = Priority.NORMAL,
) -> UUID:
    """Put a thing into the queue. When it already waits there it waits no longer than either asks: the sooner time and
    the higher priority hold, and the newest title; who reads it sees what was added. Returns the review's id.
    """
    pending: Review | None = await tx.scalar(*_pending(subject.type, subject.id))
    if pending is not None:
        await _add(tx, pending, title[:300], clock.now() + within, priority)
        return pending.id
    review = Review(
        kind=kind,
        subject_type=subject.type,
        subject_id=subject.id,
        organisation_id=organisation_id,
        title=title[:300],
        priority=priority,
        due_at=clock.now() + within,
        facts={},
    )
    tx.add(review)
    await tx.flush()
    return review.id


@once
def _pending(type_: str, id_: UUID) -> Select[Review]:
    of_it = (Review.subject_type == type_, Review.subject_id == id_)
    return select(Review).where(*of_it, Review.state.in_(WAITING)).with_for_update()


async def _add(tx: AsyncSession, review: Review, title: str, due: datetime, priority: Priority) -> None:
    """What waits is asked for once more. Nothing is written where nothing changes."""
    sooner, higher = min(review.due_at, due), min(int(review.priority), int(priority))
    changes = {
        "title": (review.title, title),
        "due": (review.due_at.isoformat(), sooner.isoformat()),
        "priority": (str(review.priority), str(higher)),
    }
    if all(known == asked for known, asked in changes.values()):
        return
    review.title, review.due_at, review.priority = title, sooner, higher
    said = {"review": review.id, "changes": changes}
    await evidence.record(tx, Subject(review.subject_type, review.subject_id), ADDED, said, actor=None)


async def claim(tx: AsyncSession, review_id: UUID, *, by: Member) -> None:
    """Take an item, so that no colleague works on it too. Locks it. Raises IllegalMove when it is taken, OwnCase."""
    require(by, Permission.MODERATE)
    await _claim(tx, await queries.review_for_update(tx, review_id), by)


async def claim_next(tx: AsyncSession, *, kinds: Collection[str], by: Member) -> UUID:
    """Take the most urgent item of these kinds that nobody has; two who ask at once get two different ones.

    Raises QueueEmpty.
    """
    require(by, Permission.MODERATE)
    query = select(Review).where(Review.state == ReviewState.OPEN, not_(queries.related(by)))
    query = query.where(queries.IN_QUEUE, Review.kind.in_(kinds)).order_by(Review.priority, Review.due_at, Review.id)
    review = await tx.scalar(query.limit(1).with_for_update(skip_locked=True))
    if review is None:
        raise QueueEmpty(_("Nothing is left that nobody has claimed."))
    await _claim(tx, review, by)
    return review.id


async def _claim(tx: AsyncSession, review: Review, by: Member) -> None:
    await _check_not_own(tx, review, by)
    review.move(ReviewMove.CLAIM, by=by.id)
    review.claimed_by, review.claimed_at = by.id, clock.now()


async def prioritise(tx: AsyncSession, review_id: UUID, priority: Priority, *, by: Member) -> None:
    """Move an item forward or back. Raises IllegalMove when it does not wait any more."""
    require(by, Permission.MODERATE)
    review = await queries.review_for_update(tx, review_id)
    if review.state not in WAITING:
        review.check(ReviewMove.DROP)
    review.priority = priority


async def give_back(tx: AsyncSession, review_id: UUID, *, by: Member) -> None:
    """Return a claimed item to the queue. Its claimant, or an administrator for an absent one."""
    require(by, Permission.MODERATE)
    review = await queries.review_for_update(tx, review_id)
    _check_claimant(review, by)
    review.move(ReviewMove.GIVE_BACK, by=by.id)
    review.claimed_by = review.claimed_at = None


async def decide(
    tx: AsyncSession,
    review_id: UUID,
    *,
    verdict: Verdict,
    reason: str,
    by: Member,
    facts: dict[str, str] | None = None,
) -> None:
    """Decide a claimed item. Raises ReasonNeeded unless it is accepted, NotYours, IllegalMove."""
    require(by, Permission.MODERATE)
    if verdict is not Verdict.ACCEPT and not reason.strip():
        raise ReasonNeeded(_("Say why, so that the company knows what to change."), field="reason")
    review = await queries.review_for_update(tx, review_id)
    _check_claimant(review, by)
    await _decide(tx, review, verdict, reason, facts or {}, by)


async def refuse_many(
    tx: AsyncSession, ids: Collection[UUID], *, kinds: Collection[str], reason: str, by: Member
) -> Refused:
    """Refuse many items for one reason, such as spam; what a colleague has claimed or decided is passed over.

    kinds   of these alone; what takes a judgement of its own is not refused in bulk
    raises  NothingChosen for none or more than AT_ONCE, ReasonNeeded
    """
    require(by, Permission.MODERATE)
    if not 0 < len(set(ids)) <= AT_ONCE:
        raise NothingChosen(_("Choose at least one item, and at most %(most)s.") % {"most": AT_ONCE}, field="ids")
    if not reason.strip():
        raise ReasonNeeded(_("Say why, so that the companies know what to change."), field="reason")
    query = select(Review).where(Review.id.in_(ids), Review.kind.in_(kinds), Review.state.in_(WAITING))
    query = query.where(not_(queries.related(by))).order_by(Review.id)
    done = 0
    for review in await tx.scalars(query.with_for_update(skip_locked=True)):
        if review.state == ReviewState.CLAIMED and review.claimed_by != by.id:
            continue
        if review.state == ReviewState.OPEN:
            await _claim(tx, review, by)
        await _decide(tx, review, Verdict.REJECT, reason, {}, by)
        done += 1
    return Refused(done, len(set(ids)) - done)


async def _decide(
    tx: AsyncSession, review: Review, verdict: Verdict, reason: str, facts: dict[str, str], by: Member
) -> None:
    await _check_not_own(tx, review, by)
    review.move(ReviewMove.DECIDE, by=by.id, note=reason)
    review.decided_by, review.decided_at = by.id, clock.now()
    review.verdict, review.reason, review.facts = verdict, reason.strip(), facts
    if secrets.randbelow(100) < CHECKED:  # nobody can know beforehand which
        tx.add(ReviewCheck(review_id=review.id, decided_by=by.id, drawn_at=clock.now()))
    subject = Subject(review.subject_type, review.subject_id)
    said = {"verdict": verdict, "reason": review.reason, "facts": review.facts, "review": review.id}
    await evidence.record(tx, subject, "review.decided", said, actor=by.id)
    await outbox.publish(
        tx,
        ReviewDecided(
            review_id=review.id,
            kind=review.kind,
            subject=subject,
            organisation_id=review.organisation_id,
            verdict=verdict,
            reason=review.reason,
            decided_by=by.id,
            facts=review.facts,
        ),
    )


async def drop(tx: AsyncSession, subject: Subject, *, by: UUID | None) -> None:
    """Take a thing out of the queue because it was withdrawn; nothing happens when it does not wait."""
    review = await tx.scalar(
        select(Review)
        .where(Review.subject_type == subject.type, Review.subject_id == subject.id)
        .where(Review.state.in_(WAITING))
        .with_for_update()
    )
    if review is not None:
        review.move(ReviewMove.DROP, by=by)


async def _check_not_own(tx: AsyncSession, review: Review, by: Member) -> None:
    """The database holds to it once more (trigger `not_ones_own`)."""
    if await queries.is_related(tx, review.organisation_id, by):
        raise OwnCase(_("This concerns your own company, or one of one hand with it. Somebody else decides it."))


def _check_claimant(review: Review, by: Member) -> None:
    if review.state == ReviewState.CLAIMED and review.claimed_by != by.id and not by.may(Permission.ADMINISTER):
        raise NotYours(_("A colleague has claimed this item."))
