"""What everybody may know: the title, what was decided, and how to draw the same orders oneself."""

from pathlib import Path
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.assessment import drawing, presenting, queries, states
from app.assessment.errors import AssessmentNotFound
from app.assessment.schemas import PublicOut
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Tx

router = HouseRouter(tags=["assessment"])
PROGRAM = Path(drawing.__file__).read_bytes()


@router.get("/assessment", response_model=PublicOut)
async def public(answer: Answer, tx: Tx) -> Response:
    """The title with its certificate, public notices, and every assessment with what was decided."""
    titles, assessments = await queries.public(tx)
    rules = await queries.rules_by_id(tx, {one.row.rules_id for one in assessments})
    out = PublicOut(
        titles=[presenting.title(row) for row in titles],
        assessments=[presenting.told(one, rules[one.row.rules_id]) for one in assessments],
    )
    return answer.show(
        "assessment/public.html",
        out,
        states=states.STATES,
        tones=states.TONES,
        decisions=states.DECISIONS,
    )


@router.get("/assessment/draw.py", include_in_schema=False)
async def program(answer: Answer) -> Response:
    """The program that draws; it needs Python alone."""
    return answer.file(PROGRAM, "draw.py", "text/x-python")


@router.get("/assessment/{assessment_id}/orders.txt", include_in_schema=False)
async def orders(request: Request, answer: Answer, tx: Tx, assessment_id: UUID) -> Response:
    """The marks of all orders from which was drawn, sorted, one a line."""
    row = await queries.one(tx, assessment_id)
    if row.orders_key is None:
        raise AssessmentNotFound(_("The data of this assessment are not locked yet."))
    data = await request.app.state.files.get(row.orders_key)
    return answer.file(data, f"{row.number}-orders.txt", "text/plain")


@router.get("/assessment/{assessment_id}/sample.txt", include_in_schema=False)
async def sample(answer: Answer, tx: Tx, assessment_id: UUID) -> Response:
    """The marks that were drawn, in their order, one a line."""
    row = await queries.one(tx, assessment_id)
    if row.drawn_at is None:
        raise AssessmentNotFound(_("The orders of this assessment are not drawn yet."))
    drawn = "".join(f"{one.mark}\n" for one in await queries.sample(tx, row))
    return answer.file(drawn.encode(), f"{row.number}-sample.txt", "text/plain")
