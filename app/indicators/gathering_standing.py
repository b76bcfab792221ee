"""Rows of who stands behind the names: what was confirmed, what came of requests to be verified, and who pays."""

from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncSession

from app.indicators.figures.base import Span
from app.indicators.figures.standing_rows import Check, Paid, Proof
from app.indicators.marks import Marks
from payments.membership import counted as membership
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


async def paid(tx: AsyncSession, marks: Marks, year: Span) -> AsyncIterator[Paid]:
    """The terms that cover the last day: all spans end with it."""
    found = await membership.paid(tx, year.last)
    for row in sorted(
        Paid(marks.of("party", one.organisation_id), one.plan, one.starts_on, one.ends_on) for one in found
    ):
        yield row
