"""A company was excluded: those that are tied to it come before people. Nothing is taken from them by that."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.subject import Subject
from trust.risk import parties, service
from trust.risk.engine import Point
from trust.risk.facts_of_people import ExclusionFacts
from trust.risk.models import RiskHit

RULE = "OPS-04"
TERMINATED = "terminated"
LET_BE = timedelta(days=30)
"""So long the same two are not put before people again: a company may be told of several times."""


async def look_around(tx: AsyncSession, company: UUID) -> None:
    """Judge each company that shares something with one that is excluded now; nothing happens when it is not."""
    graph = await parties.graph(tx, company, depth=1)
    if not any(party.id == company and party.state == TERMINATED for party in graph.parties):
        return
    known = await _known(tx, company)
    for edge in graph.edges:
        if company not in (edge.a.id, edge.b.id):
            continue
        other = edge.b if edge.a.id == company else edge.a
        if other.id in known or other.state == TERMINATED:
            continue
        await service.assess(
            tx,
            Point.EXCLUSION,
            Subject("organisation", other.id),
            ExclusionFacts(str(company), edge.kinds, confirmed=edge.state == "confirmed"),
            organisation_id=other.id,
            title=other.name,
            by=None,
        )


async def _known(tx: AsyncSession, company: UUID) -> set[UUID]:
    """Companies that were found beside this one lately."""
    query = select(RiskHit.organisation_id).where(
        RiskHit.rule == RULE,
        RiskHit.at > clock.now() - LET_BE,
        RiskHit.inputs["company"].astext == str(company),
    )
    return set(await tx.scalars(query))
