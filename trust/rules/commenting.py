"""What people say of a change before it is published, and what the platform answers. No account is needed."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.i18n import _
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.rules import queries
from trust.rules.errors import AnsweredAlready, ClauseNotFound, CommentNotFound, ConsultationOver
from trust.rules.models import RuleComment, RuleVersion
from trust.rules.states import VersionState
from trust.rules.text import Text


async def comment(
    tx: AsyncSession, version_id: UUID, text: str, *, clause: str = "", name: str = "", by: Member | None
) -> UUID:
    """Say something of a change, of one clause or of the whole.

    name    how a visitor wants to be called; a member speaks for the company
    raises  VersionNotFound, ConsultationOver, ClauseNotFound
    """
    # Shared, so that those who comment do not wait for each other; who publishes waits for them.
    row = await tx.scalar(
        select(RuleVersion)
        .where(RuleVersion.id == version_id, RuleVersion.state != VersionState.DRAFT)
        .with_for_update(read=True)
    )
    if row is None:
        raise queries.no_version()
    if row.state != VersionState.CONSULTATION or row.comments_until is None or clock.now() >= row.comments_until:
        raise ConsultationOver(_("The time for comments is over."))
    if clause and Text.of(row.content).clause(clause) is None:
        raise ClauseNotFound(_("There is no such clause."))
    author = by.organisation_name if by else name
    said = RuleComment(
        version_id=row.id, member_id=by.id if by else None, author=author, clause=clause, text=text, at=clock.now()
    )
    tx.add(said)
    await tx.flush()
    data = {"comment": said.id, "clause": clause, "text": text}
    await evidence.record(tx, Subject("rule_version", row.id), "rule.commented", data, actor=by.id if by else None)
    return said.id


async def answer(tx: AsyncSession, comment_id: UUID, text: str, *, withhold: bool, by: Member) -> UUID:
    """Answer a comment with the reason why it is followed or not; once. Returns the version's id.

    withhold  the public does not read the comment, for it breaks the law or names people; it reads the answer
    raises    CommentNotFound, AnsweredAlready, ConsultationOver when the change was withdrawn
    """
    require(by, Permission.PUBLISH_RULES)
    version_id = await tx.scalar(select(RuleComment.version_id).where(RuleComment.id == comment_id))
    if version_id is None:
        raise CommentNotFound(_("There is no such comment."))
    version = await queries.version_for_update(tx, version_id)
    row = (await tx.scalars(select(RuleComment).where(RuleComment.id == comment_id).with_for_update())).one()
    if row.answered_at is not None:
        raise AnsweredAlready(_("A colleague has answered this comment."))
    if version.state != VersionState.CONSULTATION:
        raise ConsultationOver(_("The time for comments is over."))
    row.answer, row.withheld, row.answered_by, row.answered_at = text, withhold, by.id, clock.now()
    data = {"comment": row.id, "withheld": withhold, "text": text}
    await evidence.record(tx, Subject("rule_version", version_id), "rule.answered", data, actor=by.id)
    return version_id
