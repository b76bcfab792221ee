"""The rule book for everybody: what is in force, every version for good, and what is about to change."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock, limits
from app.core.i18n import _, current_locale
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from trust.access import MaybeMember
from trust.rules import commenting, printing, queries, text
from trust.rules.codes import AGREEMENTS, LABELS, RULES, Code
from trust.rules.queries import VersionView
from trust.rules.schemas import (
    ChangeOut,
    ChangesOut,
    CommentIn,
    CommentOut,
    RuleOut,
    VersionOut,
    VersionsOut,
)
from trust.rules.states import LABELS as STATES

router = HouseRouter(tags=["rules"])
CODE = Annotated[str, Path(max_length=40)]
NUMBER = Annotated[int, Path(ge=1, le=100_000)]


def language() -> str:
    """In which of a text's languages the reader reads."""
    return "zh" if current_locale().startswith("zh") else "en"


@router.get("/rules", response_model=list[VersionOut])
async def rules(answer: Answer, tx: Tx, on: date | None = None) -> Response:
    """Every rule and agreement in force today, or `on` a day."""
    today = clock.now().date()
    standing = await queries.all_in_force(tx, on or today)
    coming = await queries.changes(tx)
    return answer.show(
        "rules/index.html",
        [VersionOut.of(view) for view in standing.values()],
        standing=standing,
        groups=((_("Rules"), RULES), (_("Agreements and fees"), (*AGREEMENTS, Code.FEES))),
        labels=LABELS,
        coming=coming if on is None else [],
        on=on if on != today else None,
        language=language(),
    )


@router.get("/rules/changes", response_model=ChangesOut)
async def changes(answer: Answer, tx: Tx, page: Annotated[PageQuery, Query()]) -> Response:
    """What is up for comments, what is published and not yet in force, and what came of earlier consultations."""
    coming = await queries.changes(tx)
    past, total = await queries.past_changes(tx, offset=page.offset, limit=page.per_page)
    out = ChangesOut(
        changes=[VersionOut.of(view) for view in coming], past=[VersionOut.of(view) for view in past], total=total
    )
    return answer.show(
        "rules/changes.html", out, coming=coming, past=past, page=page, states=STATES, language=language()
    )


@router.get("/rules/changes/{version_id}", response_model=ChangeOut)
async def change(
    answer: Answer, tx: Tx, member: MaybeMember, version_id: UUID, page: Annotated[PageQuery, Query()]
) -> Response:
    """A change: word by word, what was said of it and what was answered."""
    found = await queries.version(tx, version_id)
    view = await queries.public_version(tx, found.code, found.number)
    before = await queries.before(tx, view)
    comments, total, waiting = await queries.comments(tx, view.id, offset=page.offset, limit=page.per_page)
    out = ChangeOut(
        change=RuleOut.of(view),
        before=before.number if before else None,
        comments=[CommentOut.of(comment) for comment in comments],
        total=total,
        waiting=waiting,
    )
    return answer.show(
        "rules/change.html",
        out,
        view=view,
        before=before,
        differences=text.differences(before.text if before else None, view.text),
        comments=comments,
        page=page,
        states=STATES,
        language=language(),
        own=member.organisation_name if member else "",
    )


@router.post("/rules/changes/{version_id}/comments", response_model=CommentOut)
async def comment(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: MaybeMember,
    version_id: UUID,
    data: Annotated[CommentIn, Submitted(CommentIn)],
) -> Response:
    """Say something of a change, with an account or without."""
    who = f"member:{member.id}" if member else f"from:{request.client.host if request.client else ''}"
    await limits.hit(request.app.state.db, f"rule-comment:{who}", at_most=5, per_minutes=60)
    made = await commenting.comment(tx, version_id, data.text, clause=data.clause, name=data.name, by=member)
    out = CommentOut.of(await queries.comment(tx, made))
    text = _("Thank you. Your comment will be answered here.")
    return answer.done(f"/rules/changes/{version_id}", out, created=True, flash=text)


@router.get("/rules/{code}", response_model=VersionsOut)
async def rule(answer: Answer, tx: Tx, code: CODE) -> Response:
    """A rule as it is in force today, and all its versions."""
    versions = await queries.versions(tx, code)
    today = clock.now().date()
    standing = next((view for view in versions if view.stands(today)), None)
    return await _show(answer, tx, code, standing, versions)


@router.get("/rules/{code}/{number}", response_model=VersionsOut)
async def version(answer: Answer, tx: Tx, code: CODE, number: NUMBER) -> Response:
    """Any version of a rule, with what it changed."""
    versions = await queries.versions(tx, code)
    view = await queries.public_version(tx, code, number)
    return await _show(answer, tx, code, view, versions, numbered=True)


async def _show(
    answer: Any,
    tx: AsyncSession,
    code: str,
    view: VersionView | None,
    versions: list[VersionView],
    *,
    numbered: bool = False,
) -> Response:
    before = await queries.before(tx, view) if view and numbered else None
    out = VersionsOut(rule=RuleOut.of(view) if view else None, versions=[VersionOut.of(v) for v in versions])
    shown: Response = answer.show(
        "rules/rule.html",
        out,
        view=view,
        before=before,
        versions=versions,
        differences=text.differences(before.text, view.text) if view and before else [],
        label=LABELS[Code(code)],
        states=STATES,
        today=clock.now().date(),
        language=language(),
    )
    return shown


@router.get("/rules/{code}/{number}/text.json", include_in_schema=False)
async def canonical(answer: Answer, tx: Tx, code: CODE, number: NUMBER) -> Response:
    """The canonical text of a version: the SHA-256 of these bytes is its hash."""
    view = await queries.public_version(tx, code, number)
    data = text.canonical(view.code, view.number, view.text).encode()
    return answer.file(data, f"{code}-{number}.json", "application/json", inline=True)


@router.get("/rules/{code}/{number}/document.pdf", include_in_schema=False)
async def document(request: Request, answer: Answer, tx: Tx, code: CODE, number: NUMBER) -> Response:
    """A version on paper, in both languages."""
    view = await queries.public_version(tx, code, number)
    data = await printing.document(view, font_dir=request.app.state.settings.font_dir)
    return answer.file(data, f"{code}-{number}.pdf", "application/pdf", inline=True)
