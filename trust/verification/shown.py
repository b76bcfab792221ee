"""Documents on their way in and out: how often a member may send or open them, and the copies that are shown."""

from fastapi import Request
from starlette.responses import Response

from app.core import limits
from app.core.web import Afterwards, Reply
from trust.access import Member
from trust.verification import looking
from trust.verification.looking import Seen

SENT, OPENED, MINUTES = 20, 60, 10
"""Forms with files, and copies, of one member in so many minutes: each starts work in a helper process."""


async def may_send(request: Request, by: Member) -> None:
    """Raises TooMany."""
    await limits.hit(request.app.state.db, f"papers-sent:{by.id}", at_most=SENT, per_minutes=MINUTES)


async def may_open(request: Request, by: Member) -> None:
    """Raises TooMany."""
    await limits.hit(request.app.state.db, f"papers-opened:{by.id}", at_most=OPENED, per_minutes=MINUTES)


def copied(request: Request, answer: Reply, seen: Seen) -> Response:
    """The marked copy, drawn when the request's transaction, in which the look was written down, is over."""
    state = request.app.state

    async def draw() -> Response:
        shown = await looking.copy(state.files, state.vault, seen, font_dir=state.settings.font_dir)
        return answer.file(shown.data, shown.name, shown.content_type)

    return Afterwards(draw)
