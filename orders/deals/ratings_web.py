"""Addresses of ratings: the rated company's answer, and words withheld because they break the law."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx
from orders.deals import ratings
from orders.deals.errors import RatingNotFound
from orders.deals.ratings import BASES, RatedView
from trust.access import CurrentMember, Member, Permission, require

router = HouseRouter(tags=["ratings"])
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000)]


class AnswerIn(BaseModel):
    """What the rated company says to a rating, for all to read."""

    text: Said


class WithholdIn(BaseModel):
    """The law that the words break, and why; of an order the organ and its number."""

    basis: Annotated[str, StringConstraints(max_length=30)]
    reference: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    reason: Said


class ShowIn(BaseModel):
    reason: Said


class RatedOut(BaseModel):
    """A rating, from 1 to 5 of each; `text` is empty while it is withheld by the law `basis`."""

    id: UUID
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

    @classmethod
    def of(cls, view: RatedView) -> "RatedOut":
        return cls(**{name: getattr(view, name) for name in cls.model_fields})


async def _seen(tx: AsyncSession, rating_id: UUID, member: Member) -> RatedView:
    """As the member may see it: the desk any, whole; a company those it gave or got. Raises RatingNotFound."""
    desk = member.may(Permission.MODERATE)
    view = await ratings.rating(tx, rating_id, words=desk)
    if not desk and member.organisation_id not in {view.rater_id, view.rated_id}:
        raise RatingNotFound(_("There is no such rating."))
    return view


@router.get("/ratings/{rating_id}", response_model=RatedOut)
async def one(answer: Answer, tx: Tx, member: CurrentMember, rating_id: UUID) -> Response:
    """One rating, for its two sides and the desk."""
    view = await _seen(tx, rating_id, member)
    return answer.show(
        "orders/rating.html",
        RatedOut.of(view),
        r=view,
        bases=BASES,
        desk=member.may(Permission.MODERATE),
        may_answer=member.organisation_id == view.rated_id and not view.answer and member.may(Permission.NEGOTIATE),
    )


@router.post("/ratings/{rating_id}/answer", response_model=RatedOut)
async def respond(
    answer: Answer, tx: Tx, member: CurrentMember, rating_id: UUID, data: Annotated[AnswerIn, Submitted(AnswerIn)]
) -> Response:
    """Answer a rating, once."""
    await ratings.answer(tx, rating_id, data.text, by=member)
    return await _done(answer, tx, rating_id, member, _("Published. It stands below the rating."))


@router.post("/ratings/{rating_id}/withholding", response_model=RatedOut)
async def withhold(
    answer: Answer, tx: Tx, member: CurrentMember, rating_id: UUID, data: Annotated[WithholdIn, Submitted(WithholdIn)]
) -> Response:
    """Withhold the words of a rating. Its stars stay and count."""
    require(member, Permission.MODERATE)
    await ratings.withhold(tx, rating_id, data.basis, data.reference, data.reason, by=member)
    return await _done(answer, tx, rating_id, member, _("Withheld. The stars stay and count."))


@router.post("/ratings/{rating_id}/showing", response_model=RatedOut)
async def show_again(
    answer: Answer, tx: Tx, member: CurrentMember, rating_id: UUID, data: Annotated[ShowIn, Submitted(ShowIn)]
) -> Response:
    """Show the words of a rating again."""
    await ratings.show_again(tx, rating_id, data.reason, by=member)
    return await _done(answer, tx, rating_id, member, _("The words are shown again."))


async def _done(answer: Answer, tx: AsyncSession, rating_id: UUID, member: Member, text: str) -> Response:
    return answer.done(f"/ratings/{rating_id}", RatedOut.of(await _seen(tx, rating_id, member)), flash=text)
