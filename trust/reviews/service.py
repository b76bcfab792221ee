"""Work of the moderation queue. Every decision is reasoned, on the record, and told to the domain whose thing it is."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.i18n import _
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.reviews import queries
from trust.reviews.errors import NotYours, OwnCompany, ReasonNeeded
from trust.reviews.events import ReviewDecided, Verdict
from trust.reviews.models import Review
from trust.reviews.states import ReviewMove, ReviewState

SERVICE_LEVEL = timedelta(hours=24)


async def open(  # noqa: A001  the trade's word for it
    tx: AsyncSession,
    *,
    kind: str,
    subject: Subject,
    organisation_id: UUID,
    title: str,
    within: timedelta = SERVICE_LEVEL,
) -> UUID:
    """Put a thing into the queue; when it already waits there, its place is kept. Returns the review's id."""
    pending = await tx.scalar(
        select(Review.id)
        .where(Review.subject_type == subject.type, Review.subject_id == subject.id)
        .where(Review.state.in_([ReviewState.OPEN, ReviewState.CLAIMED]))
    )
    if pending is not None:
        return pending
    review = Review(
        kind=kind,
        subject_type=subject.type,
        subject_id=subject.id,
        organisation_id=organisation_id,
        title=title[:300],
        due_at=clock.now() + within,
        facts={},
    )
    tx.add(review)
    await tx.flush()
    return review.id


async def claim(tx: AsyncSession, review_id: UUID, *, by: Member) -> None:
    """Take an item, so that no colleague works on it too. Locks it. Raises IllegalMove when it is taken."""
    require(by, Permission.MODERATE)
    review = await queries.review_for_update(tx, review_id)
    _check_not_own(review, by)
    review.move(ReviewMove.CLAIM, by=by.id)
    review.claimed_by, review.claimed_at = by.id, clock.now()


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
    _check_not_own(review, by)
    review.move(ReviewMove.DECIDE, by=by.id, note=reason)
    review.decided_by, review.decided_at = by.id, clock.now()
    review.verdict, review.reason, review.facts = verdict, reason.strip(), facts or {}
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
        .where(Review.state.in_([ReviewState.OPEN, ReviewState.CLAIMED]))
        .with_for_update()
    )
    if review is not None:
        review.move(ReviewMove.DROP, by=by)


def _check_not_own(review: Review, by: Member) -> None:
    if review.organisation_id == by.organisation_id:
        raise OwnCompany(_("Nobody reviews their own company."))


def _check_claimant(review: Review, by: Member) -> None:
    if review.state == ReviewState.CLAIMED and review.claimed_by != by.id and not by.may(Permission.ADMINISTER):
        raise NotYours(_("A colleague has claimed this item."))
