"""Is it alive, is it ready, and what does it measure."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import func, select, text
from starlette.responses import JSONResponse, Response

from app.core import clock, metrics
from app.core.outbox import JobRow

router = APIRouter(include_in_schema=False)
PATIENCE = 3.0


@router.get("/healthz")
async def live() -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
async def ready(request: Request) -> Response:
    """Every dependency, one word each; 503 when one that is needed is away. Without Redis jobs are only slower."""
    checks = await checked(request.app.state)
    fine = checks["database"] == "ok"
    return JSONResponse({"status": "ok" if fine else "unavailable", **checks}, status_code=200 if fine else 503)


async def checked(state: Any) -> dict[str, str]:
    try:
        async with asyncio.timeout(PATIENCE), state.db.reading() as tx:
            await tx.execute(text("SELECT 1"))
        database = "ok"
    except Exception as error:  # noqa: BLE001  whatever it is, the answer is "away"
        database = f"away: {type(error).__name__}"
    return {"database": database, "queue": await state.doorbell.state()}


@router.get("/metrics")
async def measures(request: Request) -> Response:
    async with request.app.state.db.reading() as tx:
        waiting = select(func.count()).where(
            JobRow.done_at.is_(None), JobRow.dead_at.is_(None), JobRow.run_at <= clock.now()
        )
        metrics.jobs_waiting.set((await tx.execute(waiting)).scalar_one())
        metrics.jobs_dead.set((await tx.execute(select(func.count()).where(JobRow.dead_at.is_not(None)))).scalar_one())
    return Response(metrics.text(), media_type="text/plain; version=0.0.4")
