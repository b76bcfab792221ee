"""Findings of risk for tests: something held, and a change that waits for a second person."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.subject import Subject
from tests.factories.people import Actor
from trust.access import Member
from trust.risk import changing, overrides
from trust.risk import service as risk
from trust.risk.changing import Change
from trust.risk.engine import Mode, Point
from trust.risk.facts import MessageFacts
from trust.risk.models import RiskHold

RULE = "BUY-05"


async def make_risk(tx: AsyncSession, writer: Actor, keeper: Member) -> dict[str, Any]:
    """What addresses of the desk name: `rule`, `held_id` of something that is not a company's payouts,
    `change_id`, and `first_day` of a week that was reported."""
    await risk.assess(
        tx,
        Point.MESSAGE,
        Subject("inquiry", writer.id),
        MessageFacts("Urgent: our new bank account, pay today only.", before_contract=False),
        organisation_id=writer.organisation_id,
        title=writer.member.organisation_name,
        by=writer.member,
        holds=Subject("message", writer.id),
    )
    held = (await tx.scalars(select(RiskHold.id).where(RiskHold.subject_id == writer.id))).one()
    setting = await changing.setting_of(tx, RULE)
    change = Change(Mode.LIVE, {**setting.parameters, "a_day": 30}, None, "Too many false alarms.")
    asked = await changing.propose(tx, RULE, change, by=keeper)
    await overrides.report_weeks(tx, "Asia/Shanghai")
    [(first_day, _made, _number)] = await overrides.reports(tx, offset=0, limit=1)
    return {"rule": RULE, "held_id": held, "change_id": asked, "first_day": first_day}
