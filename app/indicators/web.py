"""The evaluator's room: figures with their definitions, courses and parts, the rows behind them, and how each month was
counted. It reads; only questions, their answers and corrections are written."""

import asyncio
import json
from datetime import date
from io import BytesIO
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import evidence
from app.core.errors import NotFound
from app.core.i18n import _
from app.core.subject import Subject
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx, not_replayed
from app.indicators import (
    asking,
    calendar,
    closing,
    correcting,
    definitions,
    drilling,
    presenting,
    queries,
    words,
)
from app.indicators.definitions import CHAPTERS, Definition
from app.indicators.figures import groups, recompute
from app.indicators.figures.base import Cut
from app.indicators.models import IndicatorClose
from app.indicators.packing import packed
from app.indicators.schemas import (
    AnswerIn,
    AnswerOut,
    Asked,
    CloseOut,
    Compared,
    CorrectionIn,
    FigureOut,
    MonthOut,
    OneOut,
    OverviewOut,
    PartAsked,
    QuestionIn,
    QuestionOut,
    RowsOut,
)
from trust.access import CurrentMember, Member, Permission, require
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported
from trust.identity import queries as identity

router = HouseRouter(tags=["indicators"])
GROWTH = ("I-03.4", "I-02.5", "I-05.5.usd")
"""The three series the ministry follows: visits from abroad, companies abroad, foreign trade turnover."""
TOP = 20
ROWS = 50


class NotCounted(NotFound):
    """Nothing was counted of this period."""


async def _last(tx: AsyncSession, asked: Asked) -> tuple[date | None, list[date]]:
    """The last day that is asked for, and all months there are. A quarter or year ends where one does."""
    months = await queries.months(tx)
    ends = {"quarter": 3, "year": 12}.get(asked.span, 1)
    fitting = [last for last in months if last.month % ends == 0]
    if asked.last is None:
        return (fitting[0] if fitting else None), fitting
    if asked.last not in fitting:
        raise NotCounted(_("Nothing was counted of this period."))
    return asked.last, fitting


@router.get("/indicators", response_model=OverviewOut)
async def overview(answer: Answer, tx: Tx, member: CurrentMember, asked: Annotated[Asked, Query()]) -> Response:
    """Every figure of a period, with its growth."""
    require(member, Permission.READ_INDICATORS)
    last, months = await _last(tx, asked)
    found = await presenting.overview(tx, asked.span, last) if last else []
    out = OverviewOut(
        span=asked.span,
        period=words.period_name(asked.span, last) if last else "",
        month=f"{last:%Y-%m}" if last else "",
        months=[f"{one:%Y-%m}" for one in months],
        figures=found,
    )
    known = definitions.latest(definitions.DEFINITIONS)
    return answer.show(
        "indicators/overview.html",
        out,
        last=last,
        ends={f"{one:%Y-%m}": words.period_name(asked.span, one) for one in months},
        main=[one for one in found if known[one.code].main],
        chapters=_chapters(found),
        growth=await _growth(tx, asked.span, last) if last else [],
        spans=words.SPANS,
        revision_name=words.revision_name,
    )


def _chapters(found: list[FigureOut]) -> list[tuple[str, str, list[FigureOut]]]:
    """(code, name, figures) of each chapter that has any."""
    return [
        (chapter.value, _(name), mine)
        for chapter, name in CHAPTERS.items()
        if (mine := [one for one in found if one.code[:4] == chapter.value])
    ]


async def _growth(tx: AsyncSession, span: str, last: date) -> list[dict[str, Any]]:
    """The three series: their course, and the countries with the most."""
    lasts = presenting.course(last, span)
    found = await queries.series(tx, GROWTH, span, lasts)
    told = []
    for code in GROWTH:
        known = presenting.definition(code)
        countries = (await presenting.parts(tx, known, span, last)).get("country", [])[:TOP]
        points = presenting.points(found[code], known, span, lasts)
        told.append({"code": code, "name": _(known.name), "points": points, "countries": countries})
    return told


@router.get("/indicators/figures/{code}", response_model=OneOut)
async def one(answer: Answer, tx: Tx, member: CurrentMember, code: str, asked: Annotated[Asked, Query()]) -> Response:
    """One figure: what it means, its course, its parts."""
    require(member, Permission.READ_INDICATORS)
    known = presenting.definition(code)
    last, months = await _last(tx, asked)
    lasts = presenting.course(last, asked.span) if last else []
    found = (await queries.series(tx, [code], asked.span, lasts))[code]
    parts = await presenting.parts(tx, known, asked.span, last) if last else {}
    now, base = (found.get(last), found.get(calendar.before(last, 12))) if last else (None, None)
    shown = presenting.figure(now, known, presenting.grown(now, base, known)) if now else None
    out = _one_out(known, shown, presenting.points(found, known, asked.span, lasts), parts)
    asked_here, _total = await asking.questions(tx, code=code, limit=5)
    return answer.show(
        "indicators/figure.html",
        out,
        known=known,
        last=last,
        span=asked.span,
        ends={f"{month:%Y-%m}": words.period_name(asked.span, month) for month in months},
        spans=words.SPANS,
        cuts=words.CUTS,
        chapter=_(CHAPTERS[known.chapter]),
        revision_name=words.revision_name,
        final_on=calendar.final_on(known.closing, last) if last else None,
        questions=asked_here,
        drawn=presenting.drawn,
    )


def _one_out(known: Definition, shown: FigureOut | None, points: Any, parts: Any) -> OneOut:
    return OneOut(
        figure=shown,
        formula=_(known.formula),
        numerator=_(known.numerator) if known.numerator else "",
        denominator=_(known.denominator) if known.denominator else "",
        counted=_(known.period),
        left_out=_(known.left_out),
        sheets=list(known.sheets),
        version=known.version,
        since=known.since,
        series=points,
        parts=parts,
    )


@router.get("/indicators/figures/{code}/rows", response_model=RowsOut)
async def rows(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, code: str, asked: Annotated[PartAsked, Query()]
) -> Response:
    """The sealed rows behind a figure, without names."""
    require(member, Permission.READ_INDICATORS)
    known, (last, _months) = presenting.definition(code), await _last(tx, asked)
    closed = (await queries.closes(tx, last)).get(known.closing) if last else None
    if last is None or closed is None:
        raise NotCounted(_("Nothing was counted of this period."))
    cut: Cut = (asked.cut, asked.key)
    data = BytesIO(await request.app.state.files.get(closed.file_key))
    offset = (asked.page - 1) * ROWS
    found = await asyncio.to_thread(drilling.rows, data, known, asked.span, cut, offset=offset, limit=ROWS)
    out = RowsOut(
        columns=list(found.columns),
        rows=[["" if cell is None else str(cell) for cell in row] for row in found.rows],
        more=found.more,
        cut_short=found.cut_short,
    )
    return answer.show(
        "indicators/rows.html",
        out,
        known=known,
        asked=asked,
        part=words.key_name(cut) if asked.cut else "",
        cut_name=_(words.CUTS[asked.cut]) if asked.cut in words.CUTS else "",
        period=words.period_name(asked.span, last),
        closed=closed,
        revision_name=words.revision_name,
    )


@router.get("/indicators/months/{month}", response_model=MonthOut)
async def month(answer: Answer, tx: Tx, member: CurrentMember, month: str) -> Response:
    """How a month was counted: each revision, its sheets and seals, and who fetched them."""
    require(member, Permission.READ_INDICATORS)
    last = calendar.month_end(month)
    history = await queries.history(tx, last) if last else []
    if last is None or not history:
        raise NotCounted(_("Nothing was counted of this period."))
    newest = await queries.closes(tx, last)
    out = MonthOut(
        month=month,
        final_on={name: calendar.final_on(name, last) for name in groups.CLOSINGS},
        closes=[CloseOut.model_validate(one) for one in history],
        sealed={name: await closing.as_sealed(tx, one) for name, one in newest.items()},
    )
    return answer.show(
        "indicators/month.html",
        out,
        history=history,
        newest={one.id for one in newest.values()},
        attempts=await queries.attempts(tx, last),
        fetched=await _fetched(tx, history),
        names=words.CLOSINGS,
        revision_name=words.revision_name,
        may_correct=member.may(Permission.KEEP_INDICATORS),
    )


async def _fetched(tx: AsyncSession, history: list[queries.Close]) -> list[tuple[queries.Close, Any, str]]:
    """Who fetched which rows and when, the newest first."""
    found = [
        (one, link, link.actor)
        for one in history
        for link in await evidence.chain(tx, Subject(IndicatorClose.SUBJECT, one.id))
        if link.kind == "indicators.fetched" and link.actor
    ]
    names = {actor: (await identity.member_view(tx, actor)).name for actor in {actor for _one, _link, actor in found}}
    newest = sorted(found, key=lambda told: told[1].at, reverse=True)
    return [(one, link, names[actor]) for one, link, actor in newest]


@router.post("/indicators/months/{month}/corrections")
async def correct(
    answer: Answer, tx: Tx, member: CurrentMember, month: str, data: Annotated[CorrectionIn, Submitted(CorrectionIn)]
) -> Response:
    """Have final figures counted again, with the reason; the ones before stay on record."""
    last = calendar.month_end(month)
    require(member, Permission.KEEP_INDICATORS)
    if last is None:
        raise NotCounted(_("Nothing was counted of this period."))
    await correcting.correct(tx, data.closing, last, data.reason, by=member)
    return answer.done(f"/indicators/months/{month}", flash=_("It is being counted again."))


@router.post("/indicators/closes/{close_id}/rows", include_in_schema=False, dependencies=[counted(Exported.INDICATORS)])
@not_replayed
async def fetch(request: Request, answer: Answer, tx: Tx, member: CurrentMember, close_id: UUID) -> Response:
    """The sealed rows, to be counted again elsewhere. A POST, because fetching is written down."""
    require(member, Permission.READ_INDICATORS)
    found = await queries.close(tx, close_id)
    data = await request.app.state.files.get(found.file_key)
    about = Subject(IndicatorClose.SUBJECT, close_id)
    await evidence.record(tx, about, "indicators.fetched", {"rows": found.digest}, actor=member.id)
    name = f"indicators-{found.last:%Y-%m}-{found.closing}-{found.revision}.zip"
    return answer.file(data, name, "application/zip")


@router.get("/indicators/closes/{close_id}/figures", include_in_schema=False)
async def reported(answer: Answer, tx: Tx, member: CurrentMember, close_id: UUID) -> Response:
    """Every figure of one counting, as the program that counts again reads them."""
    require(member, Permission.READ_INDICATORS)
    found = await queries.close(tx, close_id)
    said = recompute.report(
        closing=found.closing,
        last=found.last,
        revision=found.revision,
        rows=found.digest,
        counted_by=found.program,
        found=await queries.figures(tx, [close_id]),
    )
    name = f"indicators-{found.last:%Y-%m}-{found.closing}-{found.revision}.json"
    return answer.file(json.dumps(said, indent=1).encode(), name, "application/json")


@router.get("/indicators/recompute.pyz", include_in_schema=False)
async def program(answer: Answer) -> Response:
    """The program that counts figures again, for whoever has their rows; public."""
    return answer.file(packed(), "recompute.pyz", "application/zip")


@router.get("/indicators/comparison", response_model=list[OverviewOut])
async def comparison(answer: Answer, tx: Tx, member: CurrentMember, asked: Annotated[Compared, Query()]) -> Response:
    """Two periods of one length side by side."""
    require(member, Permission.READ_INDICATORS)
    one, months = await _last(tx, Asked(month=asked.a, span=asked.span))
    before = months[1] if len(months) > 1 and not asked.b else one
    other, _months = await _last(tx, Asked(month=asked.b, span=asked.span)) if asked.b else (before, months)
    found = {last: await presenting.overview(tx, asked.span, last) for last in (one, other) if last}
    out = [
        OverviewOut(
            span=asked.span,
            period=words.period_name(asked.span, last),
            month=f"{last:%Y-%m}",
            months=[],
            figures=found[last],
        )
        for last in (one, other)
        if last
    ]
    values = {last: {figure.code: figure for figure in figures} for last, figures in found.items()}
    return answer.show(
        "indicators/comparison.html",
        out,
        one=one,
        other=other,
        chapters=_chapters(found[one]) if one else [],
        beside=values.get(other, {}) if other else {},
        ends={f"{month:%Y-%m}": words.period_name(asked.span, month) for month in months},
        span=asked.span,
        spans=words.SPANS,
        period_name=words.period_name,
    )


@router.get("/indicators/questions", response_model=list[QuestionOut])
async def questions(answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """What was asked of the operator, and what it answered."""
    require(member, Permission.READ_INDICATORS)
    found, total = await asking.questions(tx, offset=page.offset, limit=page.per_page)
    out = await _asked_out(tx, found, member)
    known = definitions.latest(definitions.DEFINITIONS)
    return answer.show(
        "indicators/questions.html",
        out,
        total=total,
        page=page,
        names={code: _(one.name) for code, one in known.items()},
        may_answer=member.may(Permission.KEEP_INDICATORS),
    )


async def _asked_out(tx: AsyncSession, found: Any, by: Member) -> list[QuestionOut]:
    answers = await asking.answers(tx, [one.id for one in found])
    staff = {one.id: one.name for one in await identity.members(tx, by.organisation_id)}
    gone = _("Somebody who has left")
    return [
        QuestionOut(
            id=one.id,
            code=one.code,
            month=f"{one.last:%Y-%m}" if one.last else "",
            text=one.text,
            name=staff.get(one.member_id, gone),
            at=one.asked_at,
            answers=[
                AnswerOut(text=said.text, name=staff.get(said.member_id, gone), at=said.answered_at)
                for said in answers.get(one.id, ())
            ],
        )
        for one in found
    ]


@router.post("/indicators/questions")
async def ask(
    answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[QuestionIn, Submitted(QuestionIn)]
) -> Response:
    """Ask the operator; the question and its answers stay on record."""
    last = Asked(month=data.month).last
    made = await asking.ask(tx, data.text, code=data.code, last=last, by=member)
    return answer.done("/indicators/questions", {"id": made}, created=True, flash=_("Your question is on record."))


@router.post("/indicators/questions/{question_id}/answers")
async def reply(
    answer: Answer, tx: Tx, member: CurrentMember, question_id: UUID, data: Annotated[AnswerIn, Submitted(AnswerIn)]
) -> Response:
    """Answer a question; more may follow, nothing is taken back."""
    await asking.answer(tx, question_id, data.text, by=member)
    return answer.done("/indicators/questions", created=True, flash=_("Your answer is on record."))
