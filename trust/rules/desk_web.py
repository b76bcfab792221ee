"""The rule book's desk: changes are drafted, put up for comments, answered, and published by a second person."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from trust.access import CurrentMember, Member, Permission, require
from trust.rules import commenting, queries, service, text
from trust.rules.codes import LABELS, Code
from trust.rules.queries import VersionView
from trust.rules.schemas import AnswerIn, ConsultationIn, DraftIn, PublicationIn, ReasonIn, RuleOut, VersionOut
from trust.rules.states import LABELS as STATES
from trust.rules.web import language

router = HouseRouter(tags=["rules"])


@router.get("/rulebook", response_model=list[VersionOut])
async def desk(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """What is on its way, and what a change may begin with."""
    require(member, Permission.PUBLISH_RULES)
    pending = await queries.pending(tx)
    coming = [view for view in await queries.changes(tx) if view.published_at]
    standing = await queries.all_in_force(tx, clock.now().date())
    busy = {view.code for view in (*pending, *coming)}
    return answer.show(
        "rules/desk.html",
        [VersionOut.of(view) for view in (*pending, *coming)],
        pending=pending,
        coming=coming,
        standing=standing,
        codes=[(code.value, _(LABELS[code])) for code in Code if code not in busy],
        labels=LABELS,
        missing=[code for code in Code if code not in standing],
        states=STATES,
        language=language(),
    )


@router.get("/rulebook/new", include_in_schema=False)
async def new(answer: Answer, tx: Tx, member: CurrentMember, code: Annotated[Code, Query()] = Code.TRADING) -> Response:
    """The form for a change, filled with the text in force."""
    require(member, Permission.PUBLISH_RULES)
    view = next(iter(v for c, v in (await queries.all_in_force(tx, clock.now().date())).items() if c is code), None)
    return answer.show("rules/draft.html", None, view=None, standing=view, code=code, label=LABELS[code])


@router.post("/rulebook", response_model=RuleOut)
async def draft(
    answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[DraftIn, Submitted(DraftIn)]
) -> Response:
    """Draft a change of a rule."""
    require(member, Permission.PUBLISH_RULES)
    why = {"en": data.why_en, "zh": data.why_zh}
    made = await service.draft(tx, data.code, text.read(data.en, data.zh), why, by=member)
    return await _done(answer, tx, made, _("Drafted. Look through it, then put it up for comments."), created=True)


@router.get("/rulebook/{version_id}", response_model=RuleOut)
async def show(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    version_id: UUID,
    page: Annotated[PageQuery, Query()],
) -> Response:
    """A change with all that was said of it, and what comes next."""
    require(member, Permission.PUBLISH_RULES)
    view = await queries.version(tx, version_id)
    return answer.show("rules/handling.html", RuleOut.of(view), **await _handling(request, tx, view, member, page))


async def _handling(
    request: Request, tx: AsyncSession, view: VersionView, member: Member, page: PageQuery
) -> dict[str, Any]:
    before = await queries.before(tx, view)
    comments, total, waiting = await queries.comments(tx, view.id, desk=True, offset=page.offset, limit=page.per_page)
    return {
        "view": view,
        "before": before,
        "differences": text.differences(before.text if before else None, view.text),
        "comments": comments,
        "total": total,
        "waiting": waiting,
        "page": page,
        "states": STATES,
        "label": LABELS[view.code],
        "mine": view.drafted_by == member.id,
        "earliest": service.earliest(clock.now(), _notice(request)),
        "days": _notice(request).days,
        "language": language(),
    }


@router.post("/rulebook/{version_id}", response_model=RuleOut)
async def revise(
    answer: Answer, tx: Tx, member: CurrentMember, version_id: UUID, data: Annotated[DraftIn, Submitted(DraftIn)]
) -> Response:
    """Write a draft anew."""
    require(member, Permission.PUBLISH_RULES)
    why = {"en": data.why_en, "zh": data.why_zh}
    await service.revise(tx, version_id, text.read(data.en, data.zh), why, by=member)
    return await _done(answer, tx, version_id, _("Saved."))


@router.get("/rulebook/{version_id}/edit", include_in_schema=False)
async def edit(answer: Answer, tx: Tx, member: CurrentMember, version_id: UUID) -> Response:
    """The form for a draft."""
    require(member, Permission.PUBLISH_RULES)
    view = await queries.version(tx, version_id)
    return answer.show("rules/draft.html", None, view=view, standing=view, code=view.code, label=LABELS[view.code])


@router.post("/rulebook/{version_id}/consultation", response_model=RuleOut)
async def consult(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    version_id: UUID,
    data: Annotated[ConsultationIn, Submitted(ConsultationIn)],
) -> Response:
    """Put a draft up for comments."""
    await service.open_consultation(tx, version_id, timedelta(days=data.days), by=member)
    return await _done(answer, tx, version_id, _("It is up for comments. The companies are told by mail."))


@router.post("/rulebook/{version_id}/publication", response_model=RuleOut)
async def publish(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    version_id: UUID,
    data: Annotated[PublicationIn, Submitted(PublicationIn)],
) -> Response:
    """Publish a change that a colleague drafted and every comment on which was answered."""
    await service.publish(tx, version_id, data.effective_from, notice=_notice(request), by=member)
    return await _done(answer, tx, version_id, _("Published. The companies are told by mail."))


@router.post("/rulebook/{version_id}/withdrawal", response_model=RuleOut)
async def withdraw(
    answer: Answer, tx: Tx, member: CurrentMember, version_id: UUID, data: Annotated[ReasonIn, Submitted(ReasonIn)]
) -> Response:
    """Give a change up."""
    await service.withdraw(tx, version_id, data.reason, by=member)
    return await _done(answer, tx, version_id, _("Withdrawn."))


@router.post("/rulebook/comments/{comment_id}/answer", response_model=RuleOut)
async def reply(
    answer: Answer, tx: Tx, member: CurrentMember, comment_id: UUID, data: Annotated[AnswerIn, Submitted(AnswerIn)]
) -> Response:
    """Answer a comment, with the reason why it is followed or not."""
    version_id = await commenting.answer(tx, comment_id, data.answer, withhold=data.withhold, by=member)
    return await _done(answer, tx, version_id, _("Answered."))


def _notice(request: Request) -> timedelta:
    return timedelta(days=request.app.state.settings.rules_notice_days)


async def _done(answer: Any, tx: AsyncSession, version_id: UUID, flash: str, *, created: bool = False) -> Response:
    await tx.flush()
    view = await queries.version(tx, version_id)
    done: Response = answer.done(f"/rulebook/{version_id}", RuleOut.of(view), created=created, flash=flash)
    return done
