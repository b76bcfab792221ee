"""A change of a rule that is up for comments, and what a company says of it."""

from dataclasses import replace
from datetime import timedelta

from app.core import clock
from app.demo.cast import Stage
from app.demo.timeline import DAY, Story
from trust.access import Role
from trust.rules import commenting, queries, service
from trust.rules.codes import Code

WHY = {
    "en": "Buyers asked whether they hear what became of a report. They do, and the rule should say so.",
    "zh": "买方询问举报后能否得知处理结果。平台一直告知，规则应当写明。",
}
ADDED = {"en": " The outcome and its reasons can be read with the code.", "zh": "处理结果及理由可凭查询码查阅。"}
COMMENT = "Please say for how long the code works after the decision."
PERIOD = timedelta(days=21)


async def consultation(stage: Stage, buyer: str) -> Story:
    """Drafted and opened nine days ago; a buyer has commented since."""
    yield stage.now - 9 * DAY
    async with stage.ctx.db.transaction() as tx:
        by = await stage.clerk(tx, Role.COMPLIANCE)
        text = (await queries.in_force(tx, Code.REPORTS, clock.now().date())).text
        clauses = tuple(
            replace(c, text={key: said + ADDED[key] for key, said in c.text.items()}) if c.number == "3" else c
            for c in text.clauses
        )
        change = await service.draft(tx, Code.REPORTS, replace(text, clauses=clauses), WHY, by=by)
        await service.open_consultation(tx, change, PERIOD, by=by)
    yield stage.now - 6 * DAY
    async with stage.ctx.db.transaction() as tx:
        member = await stage.member(tx, stage.firms[buyer], Role.OWNER)
        await commenting.comment(tx, change, COMMENT, clause="3", by=member)
