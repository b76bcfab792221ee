"""A supplier that leaves: its shop says so, and what it has sold goes on."""

from datetime import timedelta

from app.demo.cast import Stage
from app.demo.timeline import Story
from trust.access import Role
from trust.identity import sessions
from trust.identity.errors import MemberNotFound
from trust.identity.service.step_up import Means, step_up
from trust.identity.sessions import Browser
from trust.leaving import service

BROWSER = Browser("Mozilla/5.0 (Macintosh) Firefox/140.0", "192.0.2.31")


async def leaves(stage: Stage, supplier: str) -> Story:
    """An owner has just said so, for reasons of the company's own; its deals are all begun."""
    yield stage.now - timedelta(minutes=20)
    async with stage.ctx.db.transaction() as tx:
        owner = await stage.member(tx, stage.firms[supplier], Role.OWNER)
        cookie = await sessions.open_session(tx, owner.id, BROWSER)
        by = await sessions.by_session(tx, cookie)
        if by is None or by.session_id is None:
            raise MemberNotFound
        await step_up(tx, by.session_id, Means.PASSWORD)
        await service.announce(tx, None, confirmed=True, by=by)
