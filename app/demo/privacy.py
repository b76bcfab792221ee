"""Two people without an account ask about their own data: one was answered, the other waits."""

from datetime import timedelta

from app.demo.cast import Stage
from app.demo.timeline import Story
from trust.access import Role
from trust.privacy import desk, requests
from trust.privacy.requests import Asked
from trust.privacy.states import Kind, RequestMove

ANSWERED = Asked(
    Kind.ACCESS,
    "Jonas Reuter",
    "jonas.reuter@example.com",
    "I was named as a contact in a report about a lamp. What do you have about me?",
)
WAITS = Asked(
    Kind.ERASURE,
    "何晓雯",
    "he.xiaowen@example.com",
    "我已离开原公司，请删除我的姓名和电话。",
)
LETTER = (
    "We have your name and address in one report of August, which is closed, and in this request. Nobody outside the"
    " platform got them. The report is erased five years after it ended, this request after three."
)


async def people_ask(stage: Stage) -> Story:
    """For the desk of compliance."""
    zone = stage.ctx.settings.reporting_zone
    yield stage.now - timedelta(days=18)
    async with stage.ctx.db.transaction() as tx:
        row, token = await requests.file(tx, stage.vault, ANSWERED, zone=zone)
        await requests.confirm(tx, stage.vault, token)
    yield stage.now - timedelta(days=9)
    async with stage.ctx.db.transaction() as tx:
        by = await stage.clerk(tx, Role.COMPLIANCE)
        await desk.take(tx, row.id, by=by)
        await desk.answer(tx, stage.vault, row.id, RequestMove.GRANT, LETTER, by=by)
    yield stage.now - timedelta(days=3)
    async with stage.ctx.db.transaction() as tx:
        _row, token = await requests.file(tx, stage.vault, WAITS, zone=zone)
        await requests.confirm(tx, stage.vault, token)
