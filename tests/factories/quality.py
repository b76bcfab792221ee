"""Entries of the register of quality and brand work for tests."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.subject import Subject
from tests.factories.people import Actor
from trust.quality import service
from trust.quality.models import QualityWork
from trust.quality.service import Found, Work
from trust.quality.states import Kind

KEPT = {"key": "0" * 64, "name": "report.pdf", "content_type": "application/pdf", "size": 1, "sha256": "0" * 64}
FACTS: dict[Kind, dict[str, Any]] = {
    Kind.INSPECTION: {"standard": "ISO 2859-1, II", "aql": "major 2.5", "result": "passed"},
    Kind.RECALL: {"source": "safety_gate", "reference": "A12/00345/26"},
    Kind.GUIDANCE: {},
    Kind.EVENT: {"event": "training", "hours": "2.5", "participants": 40},
    Kind.VISIT: {"organ": "Market supervision of Yiwu"},
}
TITLE = "Tumblers of the spring season"


async def make_work(
    tx: AsyncSession, by: Actor, kind: Kind, *, day: date | None = None, about: Subject | None = None,
    company: UUID | None = None, **facts: Any,
) -> QualityWork:  # fmt: skip
    """An entry; of an inspection `about` says of what, of a guided company `company` which."""
    today = clock.now().date()
    documented = KEPT if kind is Kind.INSPECTION else None
    work = Work(kind, TITLE, day or today, FACTS[kind] | facts, about, company, documented)
    return await service.record(tx, work, today=today, by=by.member)


async def find_listing(tx: AsyncSession, by: Actor, work_id: UUID, product_id: UUID, *, hours: int | None) -> UUID:
    """A listing under a recall, down so many hours after it was found; None: still up."""
    now = clock.now()
    begun = now - timedelta(hours=hours or 0)
    found = await service.find(tx, work_id, Found(begun, product_id=product_id), by=by.member)
    if hours is not None:
        await service.end(tx, work_id, found, now, "Taken down.", by=by.member)
    return found


async def quality_world(tx: AsyncSession, keeper: Actor) -> dict[str, Any]:
    """For the routes: a visit that took place, with something found."""
    row = await make_work(tx, keeper, Kind.VISIT)
    today = clock.now().date()
    await service.do(tx, row.id, today, today=today, by=keeper.member)
    found = await service.find(tx, row.id, Found(clock.now(), "A register is incomplete."), by=keeper.member)
    return {"quality_work_id": row.id, "quality_finding_id": found}
