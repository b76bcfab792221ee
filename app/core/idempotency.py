"""Every unsafe request may come twice: the same key and input get the first answer, other input is refused.

Insert-first: the key row is written before the work, in the same transaction. A second request with the same key waits
on that row until the first has committed (then it gets the stored answer) or rolled back (then it does the work).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Integer, LargeBinary, String, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from starlette.responses import Response

from app.core import clock
from app.core.columns import moment
from app.core.db import Base
from app.core.errors import Conflict, Invalid
from app.core.i18n import _
from app.core.jobs import JobContext, every

KEPT = timedelta(days=30)
LONGEST_KEY = 120


class IdempotencyKey(Base):
    __tablename__ = "idempotency_key"

    scope: Mapped[str] = mapped_column(String(80), primary_key=True)
    route: Mapped[str] = mapped_column(String(200), primary_key=True)
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None] = mapped_column(Integer)
    location: Mapped[str] = mapped_column(String(2000), default="")
    content_type: Mapped[str] = mapped_column(String(100), default="")
    body: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    created_at: Mapped[datetime] = moment()


class KeyReused(Conflict):
    """The key was used before, with other input."""

    code = "idempotency_key_reused"


class Replayed(Exception):
    def __init__(self, response: Response) -> None:
        super().__init__("replayed")
        self.response = response


@dataclass(frozen=True, slots=True)
class Claim:
    scope: str
    route: str
    key: str


async def begin(tx: AsyncSession, claim: Claim, request_hash: str) -> None:
    """Claim the key for this request. Raises Replayed with the first answer, KeyReused, or Invalid for a bad key."""
    if not (0 < len(claim.key) <= LONGEST_KEY and claim.key.isascii() and claim.key.isprintable()):
        raise Invalid(_("The idempotency key must be 1 to 120 plain characters."), field="idempotency_key")
    inserted = await tx.execute(
        insert(IdempotencyKey)
        .values(
            scope=claim.scope,
            route=claim.route,
            key=claim.key,
            request_hash=request_hash,
            created_at=clock.now(),
            location="",
            content_type="",
            body=b"",
        )
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    )
    if inserted.first() is not None:
        return
    first = (await tx.scalars(select(IdempotencyKey).where(*_where(claim)))).one()
    if first.request_hash != request_hash:
        raise KeyReused(_("This key was already used for another request."))
    headers = {"location": first.location} if first.location else {}
    headers["idempotent-replayed"] = "true"
    raise Replayed(Response(first.body, first.status or 200, headers=headers, media_type=first.content_type or None))


async def store(tx: AsyncSession, claim: Claim, response: Response) -> None:
    """Keep the answer beside the effect, in the same transaction."""
    await tx.execute(
        update(IdempotencyKey)
        .where(*_where(claim))
        .values(
            status=response.status_code,
            location=response.headers.get("location", ""),
            content_type=response.headers.get("content-type", ""),
            body=bytes(response.body),
        )
    )


def _where(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        IdempotencyKey.scope == claim.scope,
        IdempotencyKey.route == claim.route,
        IdempotencyKey.key == claim.key,
    )


@every(hours=6)
async def forget_old_keys(ctx: JobContext) -> None:
    """Delete keys after 30 days."""
    async with ctx.db.transaction() as tx:
        await tx.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < clock.now() - KEPT))
