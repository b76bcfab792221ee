"""What the operator says itself, the orders that are drawn, and what came of looking at each."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import queries, telling
from app.assessment.drawing import draw
from app.assessment.errors import AssessmentNotFound, NotReady
from app.assessment.models import Assessment, AssessmentFinding, AssessmentReport, AssessmentSample
from app.assessment.states import AssessmentMove, AssessmentState, Finding
from app.core import clock, evidence
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.ids import new_id
from app.core.storage import FileStore
from app.indicators.figures.base import spans
from app.indicators.marks import Marks
from orders.deals import counted as deals
from trust.access import Member, Permission, require


async def report(
    tx: AsyncSession, assessment_id: UUID, figures: Mapping[str, Decimal], text: str, *, by: Member
) -> None:
    """Hand in the operator's own figures, one for each that was counted, and its words; once, and for good.

    Raises NotPermitted, IllegalMove, Invalid naming a figure that is missing.
    """
    require(by, Permission.ANSWER_ASSESSMENT)
    row = await queries.for_update(tx, assessment_id)
    row.check(AssessmentMove.REPORT)
    counted = await queries.counted(tx, row)
    missing = [code for code in counted if code not in figures]
    if missing:
        raise Invalid.many(
            {f"figures.{field_of(code)}": _("This field is needed.") for code in missing},
            _("Please check the marked fields."),
        )
    said = {code: f"{figures[code]:f}" for code in counted}
    tx.add(AssessmentReport(assessment_id=row.id, figures=said, text=text, member_id=by.id, at=clock.now()))
    row.move(AssessmentMove.REPORT, by=by.id)
    await evidence.record(tx, row.itself, "assessment.reported", {"figures": said, "text": text}, actor=by.id)
    await telling.tell(tx, row, "reported", to=telling.EVALUATORS)


def field_of(code: str) -> str:
    """A figure's code as the name of a field, in which a dot means something else."""
    return code.replace(".", "_")


async def draw_sample(
    tx: AsyncSession, files: FileStore, assessment_id: UUID, *, secret: str, zone: str, by: Member
) -> None:
    """Draw the orders that are looked at (app.assessment.drawing). Raises IllegalMove, NotReady without a seed.

    secret  of the installation: by it the marks lead back to orders
    """
    queries.lead(by)
    row = await queries.for_update(tx, assessment_id)
    row.check(AssessmentMove.DRAW)
    if row.seed is None or row.orders_key is None:
        raise NotReady(_("Publish the seed first."))
    rules = await queries.rules_of(tx, row)
    marks = (await files.get(row.orders_key)).decode().split()
    drawn = draw(row.seed, marks, rules.sample_percent, rules.sample_least)
    known = await _orders(tx, row, set(drawn), Marks(secret), zone)
    rows = [
        {"assessment_id": row.id, "place": place, "mark": mark, "order_id": known.get(mark)}
        for place, mark in enumerate(drawn, start=1)
    ]
    if rows:
        await tx.execute(insert(AssessmentSample), rows)
    row.drawn_at = clock.now()
    row.move(AssessmentMove.DRAW, by=by.id)
    said = {"seed": row.seed, "list": row.orders_digest, "marks": drawn}
    await evidence.record(tx, row.itself, "assessment.drawn", said, actor=by.id)
    await telling.tell(tx, row, "drawn")


async def _orders(tx: AsyncSession, row: Assessment, drawn: set[str], marks: Marks, zone: str) -> dict[str, UUID]:
    """Which orders these marks stand for."""
    year, found = spans(row.last, zone)[queries.SPAN], {}
    async for order_id in deals.contracted(tx, year.begin, year.end):
        if (mark := marks.of("deal", order_id)) in drawn:
            found[mark] = order_id
    return found


async def find(tx: AsyncSession, assessment_id: UUID, place: int, finding: Finding, note: str, *, by: Member) -> None:
    """Write down what came of looking at one order; the newest counts. Raises NotReady, AssessmentNotFound, Invalid."""
    queries.lead(by)
    row = await queries.for_update(tx, assessment_id)
    if row.state != AssessmentState.VERIFY:
        raise NotReady(_("Findings are written down while orders are being checked."))
    if await tx.get(AssessmentSample, (row.id, place)) is None:
        raise AssessmentNotFound(_("There is no such entry in this assessment."))
    if finding is not Finding.AGREES and not note:
        raise Invalid(_("Say what differs, or what was not shown."), field="note")
    tx.add(
        AssessmentFinding(
            id=new_id(), assessment_id=row.id, place=place, finding=finding, note=note, member_id=by.id, at=clock.now()
        )
    )
    said = {"place": place, "finding": finding, "note": note}
    await evidence.record(tx, row.itself, "assessment.found", said, actor=by.id)
