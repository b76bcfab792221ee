"""What becomes of a rating: the rated company answers once; words that break the law are withheld, the stars never.

E-Commerce Law (PRC) art. 39: ratings are not deleted. What is withheld has a law, a reason and a person behind it, and
its place says that it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.errors import Invalid
from app.core.i18n import N_, _
from app.core.ids import new_id
from app.core.subject import Subject
from orders.deals.errors import AnsweredAlready, RatingNotFound
from orders.deals.models import Rating, RatingAnswer, RatingWithholding
from trust.access import Member, Permission, require

BASES = {
    "insult": N_("Insult or defamation (Civil Code (PRC) art. 1024)"),
    "personal": N_("Personal information of others (Personal Information Protection Law (PRC) art. 10)"),
    "secret": N_("Trade secrets of others (Anti-Unfair Competition Law (PRC))"),
    "unlawful": N_("Content that may not be published (Cybersecurity Law (PRC))"),
    "order": N_("Order of a court or authority"),
}
NEEDS_REFERENCE = "order"


@dataclass(frozen=True, slots=True)
class RatedView:
    """A rating as its readers see it: `text` is "" while it is withheld. Who rated is not named."""

    id: UUID
    order_id: UUID
    rater_id: UUID
    rated_id: UUID
    goods: int
    service: int
    time: int
    text: str
    created_at: datetime
    answer: str
    answered_at: datetime | None
    withheld: bool
    basis: str
    reference: str
    reason: str


_NEWEST = (
    select(RatingWithholding)
    .ext(distinct_on(RatingWithholding.rating_id))
    .order_by(RatingWithholding.rating_id, RatingWithholding.id.desc())
    .subquery()
)
_RATED = (
    select(
        Rating,
        RatingAnswer.text.label("answer"),
        RatingAnswer.at.label("answered_at"),
        _NEWEST.c.withheld,
        _NEWEST.c.basis,
        _NEWEST.c.reference,
        _NEWEST.c.reason,
    )
    .outerjoin(RatingAnswer, RatingAnswer.rating_id == Rating.id)
    .outerjoin(_NEWEST, _NEWEST.c.rating_id == Rating.id)
)


async def about(tx: AsyncSession, organisation_id: UUID, *, offset: int, limit: int) -> tuple[list[RatedView], int]:
    """What partners of settled deals said of a company, newest first, and how many did. Two queries."""
    total = (await tx.execute(select(func.count()).where(Rating.rated_id == organisation_id))).scalar_one()
    query = _RATED.where(Rating.rated_id == organisation_id).order_by(Rating.id.desc())
    return [_view(row) for row in await tx.execute(query.offset(offset).limit(limit))], total


async def of_orders(tx: AsyncSession, orders: Sequence[UUID]) -> list[RatedView]:
    """The ratings of these orders, oldest first."""
    rows = await tx.execute(_RATED.where(Rating.order_id.in_(orders)).order_by(Rating.id))
    return [_view(row) for row in rows]


async def rating(tx: AsyncSession, rating_id: UUID, *, words: bool = False) -> RatedView:
    """`words`: also those that are withheld, for the desk. Raises RatingNotFound."""
    row = (await tx.execute(_RATED.where(Rating.id == rating_id))).first()
    if row is None:
        raise RatingNotFound(_("There is no such rating."))
    return _view(row, words=words)


def _view(row: Row[Rating, str, datetime, bool, str, str, str], *, words: bool = False) -> RatedView:
    given, answer, answered_at, withheld, basis, reference, reason = row
    return RatedView(
        id=given.id,
        order_id=given.order_id,
        rater_id=given.rater_id,
        rated_id=given.rated_id,
        goods=given.goods,
        service=given.service,
        time=given.time,
        text="" if withheld and not words else given.text,
        created_at=given.created_at,
        answer=answer or "",
        answered_at=answered_at,
        withheld=bool(withheld),
        basis=basis or "",
        reference=reference or "",
        reason=reason or "",
    )


async def answer(tx: AsyncSession, rating_id: UUID, text: str, *, by: Member) -> None:
    """The rated company's answer, once, for all to read. Locks the rating.

    Raises NotPermitted, RatingNotFound, also for a rating of others, AnsweredAlready.
    """
    require(by, Permission.NEGOTIATE)
    row = await _locked(tx, rating_id)
    if row.rated_id != by.organisation_id:
        raise RatingNotFound(_("There is no such rating."))
    if await tx.get(RatingAnswer, row.id) is not None:
        raise AnsweredAlready(_("Your company has answered this rating already."))
    tx.add(RatingAnswer(rating_id=row.id, member_id=by.id, text=text, at=clock.now()))
    await tx.flush()
    said = {"order": row.order_id, "text": text}
    await evidence.record(tx, Subject("rating", row.id), "rating.answered", said, actor=by.id)


async def withhold(tx: AsyncSession, rating_id: UUID, basis: str, reference: str, reason: str, *, by: Member) -> None:
    """Withhold the words of a rating, which break the law `basis`. Locks the rating.

    Raises NotPermitted, RatingNotFound, Invalid for another basis, or for an order without its number.
    """
    require(by, Permission.MODERATE)
    if basis not in BASES:
        raise Invalid(_("Choose a law of the list."), field="basis")
    if basis == NEEDS_REFERENCE and not reference:
        raise Invalid(_("Name the court or authority, and the number of its order."), field="reference")
    await _decide(tx, rating_id, basis, reference, reason, by)


async def show_again(tx: AsyncSession, rating_id: UUID, reason: str, *, by: Member) -> None:
    """The words do not break the law after all. Locks the rating. Raises NotPermitted, RatingNotFound."""
    require(by, Permission.MODERATE)
    await _decide(tx, rating_id, "", "", reason, by)


async def _decide(tx: AsyncSession, rating_id: UUID, basis: str, reference: str, reason: str, by: Member) -> None:
    row = await _locked(tx, rating_id)
    if (await rating(tx, row.id)).withheld is bool(basis):
        return
    tx.add(
        RatingWithholding(
            id=new_id(),
            rating_id=row.id,
            withheld=bool(basis),
            basis=basis,
            reference=reference,
            reason=reason,
            decided_by=by.id,
            at=clock.now(),
        )
    )
    await tx.flush()
    said = {"order": row.order_id, "basis": basis, "reference": reference, "reason": reason}
    kind = "rating.withheld" if basis else "rating.shown_again"
    await evidence.record(tx, Subject("rating", row.id), kind, said, actor=by.id)


async def _locked(tx: AsyncSession, rating_id: UUID) -> Rating:
    """Raises RatingNotFound. Nothing of the row changes, so a lock against others who decide about it is enough."""
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"rating:{rating_id}", 0))))
    row = await tx.get(Rating, rating_id)
    if row is None:
        raise RatingNotFound(_("There is no such rating."))
    return row
