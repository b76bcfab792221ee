"""The transactional outbox: what must happen later is written with the change that causes it, and never lost.

This table is the queue. Redis is only the doorbell that saves the worker a moment's wait.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Index, Integer, String, Table, Text, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock, log
from app.core.columns import jsonb, moment, pk
from app.core.db import RUNG, Base
from app.core.ids import new_id
from app.core.jobs import E, Event, dump_event, load_event, registry


class EventRow(Base):
    """Every event ever published, in order. Insert-only."""

    __tablename__ = "event"

    id: Mapped[UUID] = pk()
    name: Mapped[str] = mapped_column(String(120), index=True)
    payload: Mapped[dict[str, Any]] = jsonb()
    at: Mapped[datetime] = moment()


class JobRow(Base):
    """One piece of work: waiting, leased, done or dead (given up, shown to operators)."""

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_due", "run_at", postgresql_where=text("done_at IS NULL AND dead_at IS NULL")),
        Index("ix_job_dead", "dead_at", postgresql_where=text("dead_at IS NOT NULL")),
    )

    id: Mapped[UUID] = pk()
    name: Mapped[str] = mapped_column(String(160))
    arguments: Mapped[dict[str, Any]] = jsonb()
    key: Mapped[str | None] = mapped_column(String(200), unique=True)
    run_at: Mapped[datetime] = moment()
    attempts: Mapped[int] = mapped_column(Integer, default=0)  # only grows: the fencing token of a lease
    failures: Mapped[int] = mapped_column(Integer, default=0)
    leased_until: Mapped[datetime | None] = moment(nullable=True)
    done_at: Mapped[datetime | None] = moment(nullable=True)
    dead_at: Mapped[datetime | None] = moment(nullable=True)
    last_error: Mapped[str] = mapped_column(Text, default="")
    request_id: Mapped[str] = mapped_column(String(64), default="")


JOB = cast(Table, JobRow.__table__)
_PUBLISH = insert(cast(Table, EventRow.__table__))
_ADD = insert(JOB).on_conflict_do_nothing(index_elements=["key"])


async def publish(tx: AsyncSession, *events: Event) -> None:
    """Write events, and one job for each handler that listens, into the caller's transaction."""
    jobs: list[tuple[str, dict[str, Any]]] = []
    rows: list[dict[str, Any]] = []
    for event in events:
        name, payload = event.event_name(), dump_event(event)
        rows.append({"id": new_id(), "name": name, "payload": payload, "at": clock.now()})
        jobs += [(handler, payload) for handler in registry.handlers.get(name, ())]
    if rows:
        await tx.execute(_PUBLISH, rows if len(rows) > 1 else rows[0])
    await add_jobs(tx, jobs, run_at=None, key=None)


async def enqueue(
    tx: AsyncSession,
    job: Callable[..., Awaitable[None]],
    *,
    run_at: datetime | None = None,
    key: str | None = None,
    **arguments: Any,
) -> None:
    """Write a job into the caller's transaction.

    run_at  not before this moment; now when left out
    key     at most one job ever bears it; a second call with the same key adds nothing
    """
    name = f"{job.__module__}.{job.__qualname__}"
    checked = registry.jobs[name].arguments(**arguments).model_dump(mode="json")
    await add_job(tx, name, checked, run_at=run_at, key=key)


async def enqueue_each(
    tx: AsyncSession, job: Callable[..., Awaitable[None]], calls: Iterable[Mapping[str, Any]]
) -> None:
    """Write several calls of a job, due at once and without a key, in one statement."""
    name = f"{job.__module__}.{job.__qualname__}"
    shape = registry.jobs[name].arguments
    checked = [(name, shape(**call).model_dump(mode="json")) for call in calls]
    await add_jobs(tx, checked, run_at=None, key=None)


async def waiting(tx: AsyncSession, job: Callable[..., Awaitable[None]]) -> list[dict[str, Any]]:
    """The arguments of every call of a job that is not done yet and was not given up."""
    query = select(JOB.c.arguments).where(
        JOB.c.name == f"{job.__module__}.{job.__qualname__}", JOB.c.done_at.is_(None), JOB.c.dead_at.is_(None)
    )
    return list(await tx.scalars(query))


async def add_job(
    tx: AsyncSession, name: str, arguments: dict[str, Any], *, run_at: datetime | None, key: str | None
) -> None:
    await add_jobs(tx, [(name, arguments)], run_at=run_at, key=key)


async def add_jobs(
    tx: AsyncSession, wanted: Sequence[tuple[str, dict[str, Any]]], *, run_at: datetime | None, key: str | None
) -> None:
    """Jobs as (name, arguments); a key is for one alone."""
    common = {"key": key, "run_at": run_at or clock.now(), "request_id": log.request_id()}
    fresh = {"attempts": 0, "failures": 0, "last_error": ""}
    rows = [{"id": new_id(), "name": name, "arguments": said} | common | fresh for name, said in wanted]
    if rows:
        await tx.execute(_ADD, rows if len(rows) > 1 else rows[0])
    if run_at is None:
        tx.info.setdefault(RUNG, []).extend(row["id"] for row in rows)


async def published(tx: AsyncSession, kind: type[E]) -> list[E]:
    """Every event of one kind, oldest first."""
    rows = await tx.scalars(select(EventRow).where(EventRow.name == kind.event_name()).order_by(EventRow.id))
    return [load_event(kind, row.payload) for row in rows]
