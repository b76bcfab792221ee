"""Beside the queue: how it fares, second looks at decisions drawn by lot, and what reviewers say again and again."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.responses import Response

from app.core import clock
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from app.pages.moderation import VERDICTS, ItemOut
from app.pages.panels import KINDS
from trust.access import CurrentMember, Permission, require
from trust.reviews import checking, figures, queries, wording
from trust.reviews.events import Verdict
from trust.reviews.service import CHECKED

router = HouseRouter(tags=["moderation"])


class KindFiguresOut(BaseModel):
    """Of one kind of items. `median_seconds`: from sent in to decided, of those decided in the last 30 days."""

    model_config = ConfigDict(from_attributes=True)

    kind: str
    waiting: int
    overdue: int
    oldest_due: datetime | None
    decided: int
    in_time: int
    median_seconds: int | None


class PersonFiguresOut(BaseModel):
    """Of one reviewer in the last 30 days. `median_seconds`: from claimed to decided."""

    model_config = ConfigDict(from_attributes=True)

    member_id: UUID
    name: str
    claimed: int
    decided: int
    in_time: int
    median_seconds: int | None
    checked: int
    agreed: int


class DeskFiguresOut(BaseModel):
    """As of `at`. `people` has everybody for who leads moderation, else the one who asks."""

    at: datetime
    kinds: list[KindFiguresOut]
    people: list[PersonFiguresOut]
    days: list[tuple[str, int]]
    checks_open: int


class CheckOut(BaseModel):
    review: ItemOut
    decided_by: str
    agrees: bool | None
    note: str
    checked_by: str


class CheckIn(BaseModel):
    agrees: bool
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""


class WordingIn(BaseModel):
    """What to say, in both languages, when an item of this kind is decided so."""

    kind: str
    verdict: Verdict
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=120)]
    text_en: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000)]
    text_zh: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000)]


class WordingOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str
    verdict: str
    title: str
    text_en: str
    text_zh: str


@router.get("/moderation/figures", response_model=DeskFiguresOut)
async def show_figures(request: Request, answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """What waits, how long decisions took, and how often a second look agreed."""
    require(member, Permission.MODERATE)
    found = await figures.of_desk(tx, clock.now(), request.app.state.settings.reporting_zone)
    leads = member.may(Permission.LEAD_MODERATION)
    out = DeskFiguresOut(
        at=found.at,
        kinds=[KindFiguresOut.model_validate(kind) for kind in found.kinds],
        people=[PersonFiguresOut.model_validate(one) for one in found.people if leads or one.member_id == member.id],
        days=[(day.day.isoformat(), day.decided) for day in found.days],
        checks_open=found.checks_open,
    )
    return answer.show("moderation/figures.html", out, kinds=KINDS, days=found.days, checked=CHECKED)


@router.get("/moderation/checks", response_model=list[CheckOut])
async def show_checks(
    answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()], answered: bool = False
) -> Response:
    """Decisions drawn by lot for a second look: those that wait, or those looked at."""
    require(member, Permission.MODERATE)
    found = await queries.checks(tx, answered=answered, offset=page.offset, limit=page.per_page)
    return answer.show(
        "moderation/checks.html",
        [_check(check) for check in found],
        checks=found,
        answered=answered,
        total=await queries.count_checks(tx, answered=answered),
        page=page,
        kinds=KINDS,
        verdicts=VERDICTS,
        share=CHECKED,
    )


def _check(check: queries.Check) -> CheckOut:
    return CheckOut(
        review=ItemOut.of(check.item),
        decided_by=check.decided_by_name,
        agrees=check.agrees,
        note=check.note,
        checked_by=check.checked_by_name,
    )


@router.post("/moderation/{review_id}/check", response_model=CheckIn)
async def check(
    answer: Answer, tx: Tx, member: CurrentMember, review_id: UUID, data: Annotated[CheckIn, Submitted(CheckIn)]
) -> Response:
    """Say whether a decision that was drawn was right."""
    await checking.answer(tx, review_id, agrees=data.agrees, note=data.note, by=member)
    return answer.done("/moderation/checks", data, flash=_("Written down."))


@router.get("/moderation/wordings", response_model=list[WordingOut])
async def show_wordings(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """What reviewers say again and again."""
    require(member, Permission.MODERATE)
    offered = await wording.offered(tx)
    out = [WordingOut.model_validate(one) for one in offered]
    leads = member.may(Permission.LEAD_MODERATION)
    return answer.show("moderation/wordings.html", out, kinds=KINDS, verdicts=VERDICTS, leads=leads)


@router.post("/moderation/wordings", response_model=WordingOut)
async def write(
    answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[WordingIn, Submitted(WordingIn)]
) -> Response:
    """Add a wording that everybody can use from now on."""
    require(member, Permission.LEAD_MODERATION)
    if data.kind not in KINDS:
        raise Invalid(_("There is no such kind of items."), field="kind")
    id_ = await wording.write(tx, **dict(data), by=member)
    out = WordingOut(id=id_, **data.model_dump())
    return answer.done("/moderation/wordings", out, created=True, flash=_("Reviewers can use it from now on."))


@router.post("/moderation/wordings/{wording_id}/retirement", response_model=list[WordingOut])
async def retire(answer: Answer, tx: Tx, member: CurrentMember, wording_id: UUID) -> Response:
    """Offer a wording no more."""
    await wording.retire(tx, wording_id, by=member)
    left = [WordingOut.model_validate(one) for one in await wording.offered(tx)]
    return answer.done("/moderation/wordings", left, flash=_("It is offered no more."))
