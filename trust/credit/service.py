"""What is done with credit files: entering what happened, appeals against entries, files to take along."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.i18n import _
from app.core.ids import new_id
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.credit import queries
from trust.credit.errors import AppealedAlready, EntryNotFound, FileNotFound, NotTheReviewer
from trust.credit.events import ExportAsked
from trust.credit.kinds import Kind
from trust.credit.models import CreditAppeal, CreditEntry, CreditExport
from trust.credit.reading import Draft
from trust.credit.states import AppealMove, AppealState
from trust.identity import queries as identity
from trust.identity import service as people
from trust.restrictions.ladder import DECISION_DAYS, working_days_after
from trust.reviews import queries as desk
from trust.reviews import service as reviews
from trust.reviews.events import Verdict

REVIEW_KIND = "credit"
VERDICTS = {AppealMove.UPHOLD: Verdict.REJECT, AppealMove.CORRECT: Verdict.ACCEPT}


async def enter(tx: AsyncSession, drafts: Sequence[Draft]) -> int:
    """Make the entries that are not there yet; how many these were. Two who enter the same at once make it once."""
    if not drafts:
        return 0
    now = clock.now()
    rows = [
        {
            "id": new_id(),
            "organisation_id": draft.organisation_id,
            "source": draft.source,
            "kind": draft.kind,
            "at": draft.at,
            "other_id": draft.other_id,
            "facts": draft.facts,
            "made_by": draft.made_by,
            "corrects": None,
            "entered_at": now,
        }
        # In one order for all, so that no two wait for each other.
        for draft in sorted(drafts, key=lambda draft: (draft.organisation_id, draft.source))
    ]
    made = insert(CreditEntry).values(rows).on_conflict_do_nothing(index_elements=["organisation_id", "source"])
    return len((await tx.execute(made.returning(CreditEntry.id))).all())


async def appeal(tx: AsyncSession, entry_id: UUID, text: str, *, by: Member) -> UUID:
    """The company says that an entry is wrong. Raises NotPermitted, EntryNotFound, AppealedAlready.

    Locks the company: nobody may lock an entry, which never changes.
    """
    require(by, Permission.MANAGE_MEMBERS)
    await identity.lock(tx, by.organisation_id)
    entry = await tx.get(CreditEntry, entry_id)
    if entry is None or entry.organisation_id != by.organisation_id or entry.kind == Kind.CORRECTION:
        raise EntryNotFound(_("There is no such entry in your credit file."))
    if await queries.appeal_of(tx, entry.id) is not None or await queries.is_corrected(tx, entry.id):
        raise AppealedAlready(_("There was an appeal against this entry already."))
    now = clock.now()
    due = working_days_after(now, DECISION_DAYS)
    row = CreditAppeal(
        id=new_id(),
        entry_id=entry.id,
        organisation_id=entry.organisation_id,
        filed_by=by.id,
        text=text,
        state=AppealState.FILED,
        filed_at=now,
        due_at=due,
    )
    tx.add(row)
    await tx.flush()
    about = Subject(CreditAppeal.SUBJECT, row.id)
    await evidence.record(tx, about, "credit.appealed", {"entry": entry.id, "text": text}, actor=by.id)
    company = await identity.organisation(tx, entry.organisation_id)
    await reviews.open(
        tx,
        kind=REVIEW_KIND,
        subject=about,
        organisation_id=company.id,
        title=company.name_latin,
        within=due - now,
    )
    return row.id


async def decide(tx: AsyncSession, appeal_id: UUID, move: AppealMove, reason: str, *, by: Member) -> None:
    """Decide an appeal that was claimed in the queue. Where the company is right, a counter-entry takes the entry back.

    Locks the appeal and its place in the queue. Raises NotPermitted, EntryNotFound, NotTheReviewer, IllegalMove,
    NotYours.
    """
    require(by, Permission.JUDGE)
    row = await tx.scalar(select(CreditAppeal).where(CreditAppeal.id == appeal_id).with_for_update())
    if row is None:
        raise EntryNotFound(_("There is no such appeal."))
    entry = await tx.get_one(CreditEntry, row.entry_id)
    if entry.made_by == by.id:
        raise NotTheReviewer(_("The entry rests on your own decision; another person decides the appeal."))
    row.move(move, by=by.id, note=reason)
    row.decided_by, row.decided_at, row.outcome = by.id, clock.now(), reason
    if move is AppealMove.CORRECT:
        tx.add(_counter(entry, by))
    await tx.flush()
    about = Subject(CreditAppeal.SUBJECT, row.id)
    said = {"entry": entry.id, "outcome": str(row.state), "reason": reason}
    await evidence.record(tx, about, "credit.appeal_decided", said, actor=by.id)
    waiting = await desk.pending(tx, about)
    if waiting is not None:
        await reviews.decide(tx, waiting.id, verdict=VERDICTS[move], reason=reason, by=by)
    told = {"corrected": move is AppealMove.CORRECT, "reason": reason, "path": f"/credit/entries/{entry.id}"}
    await people.notify(tx, row.organisation_id, Permission.MANAGE_MEMBERS, "credit_appeal_decided", told)


def _counter(entry: CreditEntry, by: Member) -> CreditEntry:
    return CreditEntry(
        id=new_id(),
        organisation_id=entry.organisation_id,
        source=f"correction:{entry.id}",
        kind=Kind.CORRECTION,
        at=clock.now(),
        facts={"of": entry.source},
        made_by=by.id,
        corrects=entry.id,
    )


async def ask_export(tx: AsyncSession, *, by: Member) -> CreditExport:
    """Have the company's file made to take along; the one that is being made already, if one is. Raises NotPermitted.

    Locks the company, so that two who ask at once get one.
    """
    require(by, Permission.READ)
    if by.is_staff:
        raise FileNotFound(_("The platform has no credit file."))
    await identity.lock(tx, by.organisation_id)
    waiting = await tx.scalar(
        select(CreditExport).where(CreditExport.organisation_id == by.organisation_id, CreditExport.made_at.is_(None))
    )
    if waiting is not None:
        return waiting
    row = CreditExport(id=new_id(), organisation_id=by.organisation_id, asked_by=by.id, asked_at=clock.now())
    tx.add(row)
    await tx.flush()
    people.audit(tx, by.organisation_id, by.id, "credit.export_asked", export=str(row.id))
    await outbox.publish(tx, ExportAsked(row.id))
    return row
