"""Quality and brand work: an inspection, a training, a guided company, a recall and a visit of an authority."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.ids import new_id
from app.core.payload import Upload
from app.core.periods import day_of
from app.core.subject import Subject
from app.demo.cast import Stage
from app.demo.papers import paper
from app.demo.timeline import Story
from listings import queries as listings
from trust import sealed
from trust.access import Role
from trust.quality import service
from trust.quality.service import Found, Work
from trust.quality.states import Kind

PASSED = "Lot of 1,200 pieces, 80 inspected: none critical, one major, three minor. The lot is accepted."
OBJECTION = "The disclosure of the operator lacks the telephone number of the complaints office."
REMEDIED = "The number stands in the disclosure."


async def quality_kept(stage: Stage, key: str) -> Story:
    """What the desk enters in the days before today."""
    yield stage.now - timedelta(hours=30)
    firm = stage.firms[key].id
    told: dict[str, Any] = {"event": "training", "hours": "2.5", "participants": 38}
    await _enter(stage, Kind.EVENT, "Labelling and tests for lamps sold in the EU", **told)
    await _enter(stage, Kind.GUIDANCE, "Reading the report of a photometric test", company=firm)
    visit = await _enter(
        stage, Kind.VISIT, "Yearly look at a platform's obligations", organ="Shenzhen Market Regulation"
    )
    yield stage.now - timedelta(hours=28)
    async with stage.ctx.db.transaction() as tx:
        by, now = await stage.clerk(tx, Role.COMPLIANCE), clock.now()
        await service.do(tx, visit, _today(stage), today=_today(stage), by=by)
        found = await service.find(tx, visit, Found(now, OBJECTION), by=by)
    yield stage.now - timedelta(hours=26)
    async with stage.ctx.db.transaction() as tx:
        await service.end(tx, visit, found, clock.now(), REMEDIED, by=await stage.clerk(tx, Role.COMPLIANCE))
    yield stage.now - timedelta(hours=24)
    async with stage.ctx.db.transaction(read_only=True) as tx:
        online = sorted(await listings.published_ids_of(tx, firm))
    for product in online[:1]:
        await _inspected(stage, product)
    alert: dict[str, Any] = {"source": "safety_gate", "reference": "A12/00871/26"}
    await _enter(stage, Kind.RECALL, "Night lights whose battery cover opens without a tool", **alert)


def _today(stage: Stage) -> date:
    return day_of(clock.now(), stage.ctx.settings.reporting_zone)


async def _enter(stage: Stage, kind: Kind, title: str, *, company: UUID | None = None, **facts: Any) -> UUID:
    async with stage.ctx.db.transaction() as tx:
        by, today = await stage.clerk(tx, Role.COMPLIANCE), _today(stage)
        work = Work(kind, title, today, facts, organisation_id=company)
        return (await service.record(tx, work, today=today, by=by)).id


async def _inspected(stage: Stage, product: UUID) -> None:
    id_, title = new_id(), "Lamps of the autumn season"
    page = paper("Inspection report", [title, PASSED], font_dir=stage.ctx.settings.font_dir)
    upload = Upload("report.pdf", "application/pdf", page)
    kept = await sealed.keep(stage.ctx.files, stage.vault, service.sealed_for(id_), upload, field="document")
    facts = {"standard": "ISO 2859-1, II", "aql": "critical 0, major 2.5, minor 4.0", "result": "passed"}
    async with stage.ctx.db.transaction() as tx:
        by, today = await stage.clerk(tx, Role.COMPLIANCE), _today(stage)
        work = Work(Kind.INSPECTION, title, today, facts, Subject("product", product), file=kept, id=id_)
        await service.record(tx, work, today=today, by=by)
