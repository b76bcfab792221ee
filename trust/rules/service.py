"""Making rules: adopted once, then changed in the open.

A change is drafted, put up for comments for seven days at least, each comment is answered, another person publishes it,
and it is in force after the notice that is owed: E-Commerce Law (PRC) art. 34; MOFCOM announcement 2011 No. 18, 5.8.
The database holds to all of it (migrations/sql/200_rules.sql).
"""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.i18n import _
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.rules import queries
from trust.rules.codes import Code
from trust.rules.errors import AdoptedAlready, ChangePending, SamePerson, StillOpen, TooFar, TooSoon, Unanswered
from trust.rules.events import ConsultationOpened, RulePublished
from trust.rules.models import RuleComment, RuleVersion
from trust.rules.states import VersionMove, VersionState
from trust.rules.text import Pair, Text, digest

CONSULTATION = timedelta(days=7)
"""At least so long may people comment (MOFCOM Order 2014 No. 7, art. 6); the database holds to it."""
NOTICE = timedelta(days=7)
"""At least so long before it is in force a change is public (E-Commerce Law (PRC) art. 34)."""
LONGEST_NOTICE = timedelta(days=365)
"""Until a change is in force there can be no other of the same rule."""
NOTHING: Pair = {"en": "", "zh": ""}


async def adopt(tx: AsyncSession, code: Code, text: Text) -> UUID:
    """Put the first text of a rule in force from today on, in the operator's name. Raises AdoptedAlready."""
    await _lock(tx, code)
    if await tx.scalar(select(RuleVersion.id).where(RuleVersion.code == code).limit(1)):
        raise AdoptedAlready(_("This rule has a text already. Change it on the page of rules."))
    row = await _draft(tx, code, text, NOTHING, None)
    row.published_at, row.effective_from = clock.now(), clock.now().date()
    row.move(VersionMove.ADOPT, by=None)
    await _record(tx, row, "rule.adopted", {"effective_from": row.effective_from}, None)
    return row.id


async def draft(tx: AsyncSession, code: Code, text: Text, why: Pair, *, by: Member) -> UUID:
    """Draft a change. Raises ChangePending while another is on its way, and until the last one is in force."""
    require(by, Permission.PUBLISH_RULES)
    await _lock(tx, code)
    later = (RuleVersion.state == VersionState.PUBLISHED) & (RuleVersion.effective_from > clock.now().date())
    on_its_way = RuleVersion.state.in_([VersionState.DRAFT, VersionState.CONSULTATION]) | later
    if await tx.scalar(select(RuleVersion.id).where(RuleVersion.code == code, on_its_way).limit(1)):
        raise ChangePending(_("Another change of this rule is on its way."))
    row = await _draft(tx, code, text, why, by.id)
    await _record(tx, row, "rule.drafted", {}, by.id)
    return row.id


async def _lock(tx: AsyncSession, code: Code) -> None:
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"rule:{code}", 0))))


async def _draft(tx: AsyncSession, code: Code, text: Text, why: Pair, by: UUID | None) -> RuleVersion:
    last = await tx.scalar(select(func.max(RuleVersion.number)).where(RuleVersion.code == code))
    number = (last or 0) + 1
    row = RuleVersion(
        code=code,
        number=number,
        content=text.content(),
        digest=digest(code, number, text),
        why=why,
        drafted_by=by,
    )
    tx.add(row)
    await tx.flush()
    return row


async def revise(tx: AsyncSession, version_id: UUID, text: Text, why: Pair, *, by: Member) -> None:
    """Write a draft anew; it is then the reviser's. Raises IllegalMove once it is up for comments."""
    require(by, Permission.PUBLISH_RULES)
    row = await queries.version_for_update(tx, version_id)
    row.check(VersionMove.OPEN)
    row.content, row.why, row.drafted_by = text.content(), why, by.id
    row.digest = digest(row.code, row.number, text)
    await _record(tx, row, "rule.drafted", {}, by.id)


async def open_consultation(tx: AsyncSession, version_id: UUID, period: timedelta, *, by: Member) -> None:
    """Put a draft up for comments. Raises TooSoon for less than seven days, IllegalMove."""
    require(by, Permission.PUBLISH_RULES)
    if period < CONSULTATION:
        raise TooSoon(_("People have seven days at least to comment."), field="days")
    row = await queries.version_for_update(tx, version_id)
    row.opened_at = clock.now()
    row.comments_until = row.opened_at + period
    row.move(VersionMove.OPEN, by=by.id)
    await _record(tx, row, "rule.consultation_opened", {"until": row.comments_until}, by.id)
    until = row.comments_until.isoformat()
    await outbox.publish(tx, ConsultationOpened(row.id, row.code, row.number, row.content["title"], until))


async def publish(tx: AsyncSession, version_id: UUID, effective_from: date, *, notice: timedelta, by: Member) -> None:
    """Publish a change that was consulted on. Locks it.

    effective_from  the day from whose beginning (UTC) it is in force
    notice          how long before that it must be public; never less than seven days
    raises          StillOpen, Unanswered, SamePerson, TooSoon, TooFar, IllegalMove
    """
    require(by, Permission.PUBLISH_RULES)
    row = await queries.version_for_update(tx, version_id)
    row.check(VersionMove.PUBLISH)
    if row.drafted_by == by.id:
        raise SamePerson(_("You drafted this change. Another person publishes it."))
    now = clock.now()
    if row.comments_until is None or now < row.comments_until:
        raise StillOpen(_("People may still comment."), until=str(row.comments_until))
    unanswered = select(func.count()).where(RuleComment.version_id == row.id, RuleComment.answered_at.is_(None))
    if waiting := await tx.scalar(unanswered):
        raise Unanswered(_("Every comment is answered first."), waiting=waiting)
    first = earliest(now, notice)
    if effective_from < first:
        message = _("A change is public for %(days)s days before it is in force: from %(day)s at the earliest.")
        said = message % {"days": max(notice, NOTICE).days, "day": first.isoformat()}
        raise TooSoon(said, field="effective_from", earliest=first.isoformat())
    if effective_from > first + LONGEST_NOTICE:
        latest = (first + LONGEST_NOTICE).isoformat()
        raise TooFar(
            _("A change is in force by %(day)s at the latest; until then there can be no other.") % {"day": latest},
            field="effective_from",
            latest=latest,
        )
    row.published_by, row.published_at, row.effective_from = by.id, now, effective_from
    row.move(VersionMove.PUBLISH, by=by.id)
    await _record(tx, row, "rule.published", {"effective_from": effective_from}, by.id)
    await outbox.publish(tx, RulePublished(row.id, row.code, row.number, row.content["title"], effective_from))


def earliest(now: datetime, notice: timedelta) -> date:
    """The first day whose beginning (UTC) is a whole notice away."""
    soonest = now + max(notice, NOTICE)
    begun = datetime.combine(soonest.date(), time(), UTC)
    return soonest.date() + (timedelta(days=1) if begun < soonest else timedelta())


async def withdraw(tx: AsyncSession, version_id: UUID, reason: str, *, by: Member) -> None:
    """Give a change up. What was up for comments stays readable, with the reason. Raises IllegalMove."""
    require(by, Permission.PUBLISH_RULES)
    row = await queries.version_for_update(tx, version_id)
    row.move(VersionMove.WITHDRAW, by=by.id, note=reason)
    await _record(tx, row, "rule.withdrawn", {"reason": reason}, by.id)


async def _record(tx: AsyncSession, row: RuleVersion, kind: str, said: dict[str, object], by: UUID | None) -> None:
    data = {"code": row.code, "number": row.number, "digest": row.digest, **said}
    await evidence.record(tx, Subject("rule_version", row.id), kind, data, actor=by)
