"""What figures of authorities' requests are counted from."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from trust.authorities.models import AuthorityRequest
from trust.authorities.service import OURS


@dataclass(frozen=True, slots=True)
class CountedRequest:
    """`due_at`: the day the request names, or ten days after it came."""

    id: UUID
    kind: str
    foreign: bool
    received_at: datetime
    due_at: datetime
    ended_at: datetime | None


async def requests(tx: AsyncSession, since: datetime, before: datetime) -> list[CountedRequest]:
    """Requests that came before a moment, but for those that were over before `since`; by id."""
    row = AuthorityRequest
    query = select(row.id, row.kind, row.country != "CN", row.received_at, row.due_at, row.ended_at).where(
        row.received_at < before, or_(row.ended_at.is_(None), row.ended_at >= since, row.due_at >= since)
    )
    return [
        CountedRequest(id_, kind, foreign, received, due or received + OURS, ended)
        for id_, kind, foreign, received, due, ended in await tx.execute(query.order_by(row.id))
    ]
