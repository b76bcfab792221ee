"""Rows of who stands behind the names: what was confirmed, and what came of the requests to be verified."""

from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncSession

from app.indicators.figures.base import Span
from app.indicators.figures.standing_rows import Check, Proof
from app.indicators.marks import Marks
from trust.verification import counted as verification


async def proofs(tx: AsyncSession, marks: Marks, year: Span) -> AsyncIterator[Proof]:
    found = [row async for row in verification.proofs(tx, year.begin, year.end)]
    for proof in sorted(Proof(marks.of("party", row.organisation_id), row.what, row.since, row.until) for row in found):
        yield proof


async def checks(tx: AsyncSession, marks: Marks, year: Span) -> AsyncIterator[Check]:
    async for row in verification.requests(tx, year.begin, year.end):
        yield Check(
            check=marks.of("check", row.id),
            renewing=row.renewing,
            opened=row.opened_at,
            decided=row.decided_at,
            end=row.end,
            faults=" ".join(row.faults),
            twice=row.twice,
            mismatched=row.mismatched_at,
        )
