"""Following a report with its access code, without an account. The code travels in a cookie of this site alone, never
in an address, which would stand in logs. No answer is kept to be given again: it would stand beside the name of whoever
is signed in.
"""

from typing import Annotated

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import limits
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx, not_replayed
from trust.cases import exhibits, filing, pages, queries, service
from trust.cases.models import Case
from trust.cases.schemas import CaseOut, CodeIn, ReasonIn, SatisfactionIn, StatementIn
from trust.cases.service import Speaker
from trust.cases.states import Side

router = HouseRouter(tags=["reports"])
COOKIE = "report"
PLACE = "/reports"
OPEN_SECONDS = 7200
REPORTER = Speaker(Side.COMPLAINANT)


def opens(response: Response, request: Request, code: str) -> Response:
    """The report stands open in this browser for two hours."""
    secure = request.app.state.settings.base_url.startswith("https:")
    for path in (PLACE, f"/api/v1{PLACE}"):
        response.set_cookie(
            COOKIE, code, max_age=OPEN_SECONDS, httponly=True, samesite="strict", path=path, secure=secure
        )
    return response


async def _mine(request: Request, tx: AsyncSession, *, lock: bool = False) -> Case:
    """The report that stands open here. Raises CaseNotFound."""
    return await queries.called(tx, filing.plain_code(request.cookies.get(COOKIE, "")), lock=lock)


@router.post("/reports/access", response_model=CaseOut)
@not_replayed
async def enter(request: Request, answer: Answer, tx: Tx, data: Annotated[CodeIn, Submitted(CodeIn)]) -> Response:
    """Open a report with its code."""
    address = request.client.host if request.client else ""
    await limits.hit(request.app.state.db, f"report-code:{address}", at_most=10, per_minutes=10)
    code = filing.plain_code(data.code)
    case = await queries.called(tx, code)
    out = CaseOut.of(await queries.file(tx, case, Side.COMPLAINANT))
    return opens(answer.done("/reports/mine", out), request, code)


@router.get("/reports/mine", response_model=CaseOut)
async def mine(request: Request, answer: Answer, tx: Tx) -> Response:
    """The report that stands open in this browser."""
    case = await _mine(request, tx)
    file = await queries.file(tx, case, Side.COMPLAINANT)
    shown = await pages.context(tx, file, base="/reports/mine", member=None)
    code = filing.plain_code(request.cookies[COOKIE])
    return answer.show("trust/case.html", CaseOut.of(file), **shown, code=filing.grouped(code))


@router.get("/reports/mine/exhibits/{label}", include_in_schema=False)
async def exhibit(request: Request, answer: Answer, tx: Tx, label: str) -> Response:
    """A file of the reporter's own, or that the platform showed them."""
    case = await _mine(request, tx)
    row = await queries.exhibit(tx, case, label, Side.COMPLAINANT)
    state = request.app.state
    data = await exhibits.opened(state.files, state.vault, case.id, row.key)
    return answer.file(data, row.name, row.content_type)


@router.post("/reports/mine/statements", response_model=CaseOut)
@not_replayed
async def say(
    request: Request, answer: Answer, tx: Tx, data: Annotated[StatementIn, Submitted(StatementIn)]
) -> Response:
    """Add something, or answer what was asked."""
    case = await _mine(request, tx, lock=True)
    state = request.app.state
    await limits.hit(state.db, f"report-said:{case.id}", at_most=20, per_minutes=60)
    files = await exhibits.keep(state.files, state.vault, case.id, data.files)
    await service.say(tx, case, data.text, files, by=REPORTER)
    return await _done(answer, tx, case, _("Sent."))


@router.post("/reports/mine/appeal", response_model=CaseOut)
@not_replayed
async def appeal(request: Request, answer: Answer, tx: Tx, data: Annotated[ReasonIn, Submitted(ReasonIn)]) -> Response:
    """Ask that another person looks again."""
    case = await _mine(request, tx, lock=True)
    await service.appeal(tx, case, data.reason, by=REPORTER)
    return await _done(answer, tx, case, _("Another person looks at it again."))


@router.post("/reports/mine/agreement", response_model=CaseOut)
@not_replayed
async def agree(request: Request, answer: Answer, tx: Tx) -> Response:
    """Live with the decision."""
    case = await _mine(request, tx, lock=True)
    await service.agree(tx, case, by=REPORTER)
    return await _done(answer, tx, case, _("Thank you. It is on the record."))


@router.post("/reports/mine/withdrawal", response_model=CaseOut)
@not_replayed
async def withdraw(request: Request, answer: Answer, tx: Tx) -> Response:
    """Take the report back."""
    case = await _mine(request, tx, lock=True)
    await service.withdraw(tx, case, by=REPORTER)
    return await _done(answer, tx, case, _("The case is withdrawn."))


@router.post("/reports/mine/satisfaction", response_model=CaseOut)
@not_replayed
async def rate(
    request: Request, answer: Answer, tx: Tx, data: Annotated[SatisfactionIn, Submitted(SatisfactionIn)]
) -> Response:
    """How the report was handled."""
    case = await _mine(request, tx, lock=True)
    await service.rate(tx, case, data.stars, data.text, side=Side.COMPLAINANT)
    return await _done(answer, tx, case, _("Thank you."))


async def _done(answer: Answer, tx: AsyncSession, case: Case, text: str) -> Response:
    await tx.flush()
    return answer.done("/reports/mine", CaseOut.of(await queries.file(tx, case, Side.COMPLAINANT)), flash=text)
