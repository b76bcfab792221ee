"""Letters about a case. To a reporter none is sent: they follow it with their code, and nobody learns their address."""

from sqlalchemy.ext.asyncio import AsyncSession

from trust.access import Permission
from trust.cases.models import Case
from trust.identity import service as people


async def respondent(tx: AsyncSession, case: Case, what: str) -> None:
    """`what` happened: opened, asked, message, ruled, appealed, closed, withdrawn or settled."""
    await people.notify(tx, case.respondent_id, Permission.NEGOTIATE, "case_news", _facts(case, what))


async def complainant(tx: AsyncSession, case: Case, what: str) -> None:
    """As `respondent`, and: rejected, taken_up."""
    if case.complainant_id is not None:
        await people.notify(tx, case.complainant_id, Permission.NEGOTIATE, "case_news", _facts(case, what))


async def both(tx: AsyncSession, case: Case, what: str) -> None:
    """Both sides, the respondent only once it knows of the case."""
    await complainant(tx, case, what)
    if case.told_at is not None:
        await respondent(tx, case, what)


def _facts(case: Case, what: str) -> dict[str, str]:
    return {
        "what": what,
        "kind": str(case.kind),
        "number": case.number,
        "title": case.title,
        "path": f"/cases/{case.id}",
    }
