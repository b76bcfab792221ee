"""What the desk's page and a company's page of decisions have in common."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from app.core.money import Money
from app.core.web import PageQuery
from payments.approvals import queries
from payments.approvals.queries import ApprovalView
from payments.approvals.schemas import ApprovalOut, ApprovalsOut
from payments.approvals.service import WORKS
from payments.approvals.states import LABELS
from trust.identity import queries as identity

ALL = 200  # of those that wait: more than any desk lets lie


async def shown(
    tx: AsyncSession, company: UUID | None, limits: list[Money], page: PageQuery
) -> tuple[ApprovalsOut, dict[str, Any]]:
    """The page's content as JSON, and its context. `company` None: the platform's own decisions."""
    waiting, _count = await queries.of_company(tx, company, waiting=True, limit=ALL)
    over, total = await queries.of_company(tx, company, waiting=False, offset=page.offset, limit=page.per_page)
    out = ApprovalsOut(waiting=[_out(a) for a in waiting], over=[_out(a) for a in over], total=total, limits=limits)
    people = {person for a in (*waiting, *over) for person in (a.proposed_by, a.decided_by) if person}
    context = {
        "people": {person: (await identity.member_view(tx, person)).name for person in people},
        "kinds": {kind: _(work.label) for kind, work in WORKS.items()},
        "states": {state: _(label) for state, label in LABELS.items()},
        "wanted": {a.id: a.wanted for a in waiting},
        "limits_wanted": {a.id: _limit(a.wanted) for a in waiting},
        "page": page,
    }
    return out, context


def _limit(wanted: dict[str, Any]) -> Money | None:
    return Money(wanted["minor"], wanted["currency"]) if "minor" in wanted else None


async def place(tx: AsyncSession, approval_id: UUID) -> str:
    """The page of what was decided about."""
    seen = await queries.approval(tx, approval_id)
    return WORKS[seen.kind].place(seen)


def _out(seen: ApprovalView) -> ApprovalOut:
    page = WORKS[seen.kind].place(seen) if seen.kind in WORKS else ""
    return ApprovalOut.model_validate(seen).model_copy(update={"page": page})


def told(state: str) -> str:
    """What is said to the one who has just agreed."""
    if state == "expired":
        return _("What this rested on has changed. It has expired, and nothing was done.")
    return _("Agreed and done.")
