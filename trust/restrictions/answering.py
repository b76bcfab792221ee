"""What a company says to a restriction, and the appeal: decided by somebody who had no hand in it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.crypto import Vault
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.ids import new_id
from app.core.opening import named, open_document
from app.core.payload import Upload
from app.core.storage import FileStore
from app.core.subject import Subject
from trust.access import Member, Permission, Scope, require
from trust.identity import queries as identity
from trust.identity import service as people
from trust.restrictions import queries, service
from trust.restrictions.errors import AppealClosed, NotRead, NotTheReviewer, RestrictionNotFound
from trust.restrictions.ladder import DECISION_DAYS, TWO_PEOPLE, Kind, Measure, measure, working_days_after
from trust.restrictions.models import Appeal, Restriction, Statement
from trust.restrictions.states import AppealMove, AppealState, RestrictionMove, RestrictionState
from trust.reviews import queries as desk
from trust.reviews import service as reviews
from trust.reviews.events import Verdict

REVIEW_KIND = "appeal"
MOST_STATEMENTS = 20
VERDICTS = {
    AppealMove.UPHOLD: Verdict.REJECT,
    AppealMove.REDUCE: Verdict.ACCEPT,
    AppealMove.LIFT: Verdict.ACCEPT,
}


def seal_context(organisation_id: UUID) -> str:
    return f"restriction:{organisation_id}"


async def keep_files(
    store: FileStore, vault: Vault, organisation_id: UUID, given: list[Upload]
) -> list[dict[str, Any]]:
    """Seal files and keep them. Raises Busy; WrongFileType, FileTooLarge or FileUnreadable."""
    kept = []
    for file, found in [(file, (await open_document(file.data, field="file")).document) for file in given]:
        sealed = vault.seal_bytes(file.data, seal_context(organisation_id))
        stored = await store.put(sealed, content_type="application/octet-stream")
        kept.append({"name": named(file.filename, found), "key": stored.key, "content_type": found.content_type})
    return kept


async def read_file(
    store: FileStore, vault: Vault, organisation_id: UUID, files: tuple[dict[str, Any], ...], number: int
) -> tuple[bytes, str, str]:
    """A file's bytes, name and content type. Raises RestrictionNotFound. The caller has checked who asks."""
    if not 0 <= number < len(files):
        raise RestrictionNotFound(_("There is no such file."))
    file = files[number]
    data = vault.open_bytes(await store.get(file["key"]), seal_context(organisation_id))
    return data, file["name"], file["content_type"]


async def state(tx: AsyncSession, restriction_id: UUID, text: str, files: list[dict[str, Any]], *, by: Member) -> UUID:
    """The company's side of the matter; those at the desk read it. Locks the restriction.

    Raises NotPermitted, RestrictionNotFound, NotRead, Invalid beyond MOST_STATEMENTS.
    """
    row = await _answerable(tx, restriction_id, by)
    counted = select(func.count()).select_from(Statement).where(Statement.restriction_id == row.id)
    if (await tx.execute(counted)).scalar_one() >= MOST_STATEMENTS:
        raise Invalid(_("Your company has said as much as can be taken here."), field="text")
    return (await _say(tx, row, text, files, by)).id


async def appeal(tx: AsyncSession, restriction_id: UUID, text: str, files: list[dict[str, Any]], *, by: Member) -> UUID:
    """Ask for another person's decision, once, within ten working days. Locks the restriction. The measure goes on.

    Raises NotPermitted, RestrictionNotFound, NotRead, AppealClosed.
    """
    row = await _answerable(tx, restriction_id, by)
    now = clock.now()
    over = row.expires_at is not None and row.expires_at <= now
    if row.state != RestrictionState.IN_FORCE or over:
        raise AppealClosed(_("This restriction is over."))
    if await queries.appeal(tx, restriction_id=row.id) is not None:
        raise AppealClosed(_("There was an appeal against this already."))
    if row.appeal_until is None or row.appeal_until <= now:
        raise AppealClosed(_("The ten working days to appeal are over."))
    said = await _say(tx, row, text, files, by)
    due = working_days_after(now, DECISION_DAYS)
    filed = Appeal(
        id=new_id(), restriction_id=row.id, statement_id=said.id, state=AppealState.FILED, filed_at=now, due_at=due
    )
    tx.add(filed)
    await tx.flush()
    await _record(tx, row, "restriction.appealed", {"appeal": filed.id}, by)
    company = await identity.organisation(tx, row.organisation_id)
    await reviews.open(
        tx,
        kind=REVIEW_KIND,
        subject=Subject(Appeal.SUBJECT, filed.id),
        organisation_id=row.organisation_id,
        title=company.name_latin,
        within=due - now,
    )
    return filed.id


async def _answerable(tx: AsyncSession, restriction_id: UUID, by: Member) -> Restriction:
    require(by, Permission.MANAGE_MEMBERS)
    row = await queries.restriction_for_update(tx, restriction_id, organisation_id=by.organisation_id)
    if row.starts_at is None:
        raise RestrictionNotFound(_("There is no such restriction."))
    if row.read_at is None:
        raise NotRead(_("Please read the statement of facts first."))
    return row


async def _say(tx: AsyncSession, row: Restriction, text: str, files: list[dict[str, Any]], by: Member) -> Statement:
    said = Statement(id=new_id(), restriction_id=row.id, member_id=by.id, text=text, files=files, at=clock.now())
    tx.add(said)
    await tx.flush()
    await _record(tx, row, "restriction.answered", {"text": text, "files": [file["key"] for file in files]}, by)
    return said


@dataclass(frozen=True, slots=True)
class Ruling:
    """How an appeal ends; `lighter` is what takes the measure's place where it is reduced."""

    move: AppealMove
    reason: str
    lighter: Measure | None = None


async def decide(tx: AsyncSession, appeal_id: UUID, ruling: Ruling, *, by: Member) -> None:
    """Decide an appeal that the reviewer has claimed in the queue; the company is told with the reason.

    Locks the restriction, the appeal and its place in the queue. Raises NotPermitted, NotTheReviewer, Invalid for what
    is not lighter, IllegalMove, NotYours, RestrictionNotFound.
    """
    require(by, Permission.RESTRICT)
    seen = await queries.appeal(tx, appeal_id=appeal_id)
    if seen is None:
        raise RestrictionNotFound(_("There is no such appeal."))
    row = await queries.restriction_for_update(tx, seen.restriction_id)
    if by.id in {row.placed_by, row.agreed_by}:
        raise NotTheReviewer(_("You had a hand in this restriction; another person decides the appeal."))
    if row.kind in TWO_PEOPLE:
        require(by, Permission.SUSPEND)
    filed = (await tx.scalars(select(Appeal).where(Appeal.id == appeal_id).with_for_update())).one()
    filed.move(ruling.move, by=by.id, note=ruling.reason)
    filed.decided_by, filed.decided_at, filed.outcome = by.id, clock.now(), ruling.reason
    await tx.flush()
    said = {"appeal": filed.id, "outcome": str(filed.state), "reason": ruling.reason}
    await _record(tx, row, "restriction.appeal_decided", said, by)
    await _carry_out(tx, row, ruling, by)
    waiting = await desk.pending(tx, Subject(Appeal.SUBJECT, appeal_id))
    if waiting is not None:
        verdict = VERDICTS[ruling.move]
        await reviews.decide(tx, waiting.id, verdict=verdict, reason=ruling.reason, by=by)
    await service.tell(tx, row, "appeal_decided", outcome=str(filed.state), reason=ruling.reason)


async def _carry_out(tx: AsyncSession, row: Restriction, ruling: Ruling, by: Member) -> None:
    """Lift or replace what still stands; of what ended meanwhile the ruling alone is kept."""
    if row.state != RestrictionState.IN_FORCE:
        return
    if ruling.move is AppealMove.LIFT:
        await service.end(tx, row, RestrictionMove.LIFT, ruling.reason, by=by)
    if ruling.move is AppealMove.REDUCE:
        lighter = ruling.lighter
        if lighter is None:
            raise Invalid(_("Say what takes its place."), field="kind")
        lighter = measure(lighter.kind, lighter.scopes, lighter.days)
        if faults := lighter.faults():
            raise Invalid.many({field: _(text) for field, text in faults.items()})
        if not lighter.lighter_than(_standing(row)):
            raise Invalid(_("This is not lighter than what stands."), field="kind")
        await service.replace(tx, row, lighter, ruling.reason, by=by)


def _standing(row: Restriction) -> Measure:
    """What is left of a restriction, in whole days."""
    kind = Kind(row.kind)
    found = measure(kind, frozenset(Scope(scope) for scope in row.scopes), row.days)
    if row.expires_at is None:
        return found
    return Measure(kind, found.scopes, -((clock.now() - row.expires_at) // timedelta(days=1)))


async def _record(tx: AsyncSession, row: Restriction, kind: str, said: dict[str, Any], by: Member) -> None:
    await evidence.record(tx, Subject("restriction", row.id), kind, said, actor=by.id)


def looked(tx: AsyncSession, organisation_id: UUID, *, by: Member, restriction_id: UUID) -> None:
    """A file was opened by the desk: it is on the record."""
    people.audit(tx, organisation_id, by.id, "restriction_file_read", restriction=str(restriction_id))
