"""Rules of awarding that begin on a day to come; an application keeps those of the day on which it was begun."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment.queries import lead
from app.award.errors import WrongRules
from app.award.models import AwardRules
from app.award.rules import FULL, Rules
from app.core import clock, evidence
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.ids import new_id
from app.core.periods import day_of
from app.core.subject import Subject
from trust.access import Member

RULES = "award_rules"


async def set_rules(tx: AsyncSession, rules: Rules, *, since: date, source: str, zone: str, by: Member) -> None:
    """Raises NotPermitted, WrongRules, Invalid."""
    lead(by)
    if since <= day_of(clock.now(), zone):
        raise Invalid(_("New rules begin tomorrow at the earliest."), field="since")
    if sum(rules.weights.values()) != FULL:
        raise WrongRules(_("The weights must make 100."), field="weights")
    codes: set[str] = set()
    for place, part in enumerate(rules.parts):
        if part.code in codes:
            raise WrongRules(_("Another part has this code."), field=f"parts.{place}.code")
        if not part.needs:
            raise WrongRules(_("Say what it must hold."), field=f"parts.{place}.text")
        codes.add(part.code)
    row = AwardRules(
        id=new_id(), effective_from=since, said=rules.dump(), source=source, set_by=by.id, set_at=clock.now()
    )
    tx.add(row)
    await tx.flush()
    said = {"since": since.isoformat(), "rules": rules.dump(), "source": source}
    await evidence.record(tx, Subject(RULES, row.id), "award_rules.set", said, actor=by.id)
