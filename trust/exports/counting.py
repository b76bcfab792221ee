"""At the door of a route: what goes out there is counted for whoever asks."""

from typing import Any

from fastapi import Depends, Request

from app.core.web import Reply
from trust.access import Member
from trust.exports import service
from trust.exports.service import Kind


def counted(kind: Kind) -> Any:
    """For a route's `dependencies`: one more of a kind, for each file that is asked for."""

    async def count(request: Request) -> None:
        await _take(request, kind, 1)

    return Depends(count)


def counted_pages() -> Any:
    """For the route of a list, with its PageQuery: as many lines as a page has, from the second page on, as JSON."""

    async def count(request: Request) -> None:
        said = request.query_params
        page, lines = (said.get(name, "") for name in ("page", "per_page"))
        if Reply(request).json and page.isdecimal() and int(page) > 1:
            await _take(request, Kind.LINES, min(int(lines), 100) if lines.isdecimal() and int(lines) else 24)

    return Depends(count)


async def _take(request: Request, kind: Kind, number: int) -> None:
    member: Member | None = request.state.member
    if member is not None:
        state = request.app.state
        await service.take(state.db, kind, number, zone=state.settings.reporting_zone, by=member)
