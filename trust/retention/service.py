"""Placing and lifting legal holds. Who is held does not learn of it: it is on a chain of its own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.i18n import _
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.retention.errors import AlreadyLifted, HoldNotFound, SecondPersonNeeded
from trust.retention.models import ErasedFile, LegalHold


async def place(tx: AsyncSession, subject: Subject, label: str, *, reason: str, reference: str, by: Member) -> UUID:
    """Keep everything of a deal or company from now on; `label` is what people know it by.

    Waits for whatever is being erased at this moment (trigger `hold_waits`).
    """
    require(by, Permission.KEEP_RECORDS)
    hold = LegalHold(
        subject_type=subject.type,
        subject_id=subject.id,
        label=label[:200],
        reason=reason,
        reference=reference,
        placed_by=by.id,
        placed_at=clock.now(),
        lifted_because="",
    )
    tx.add(hold)
    await tx.flush()
    said = {"on": str(subject), "reason": reason, "reference": reference}
    await evidence.record(tx, Subject("legal_hold", hold.id), "hold.placed", said, actor=by.id)
    return hold.id


async def lift(tx: AsyncSession, hold_id: UUID, *, reason: str, by: Member) -> None:
    """Let time run again. Raises HoldNotFound, AlreadyLifted, SecondPersonNeeded."""
    require(by, Permission.KEEP_RECORDS)
    hold = await tx.scalar(select(LegalHold).where(LegalHold.id == hold_id).with_for_update())
    if hold is None:
        raise HoldNotFound(_("There is no such hold."))
    if hold.lifted_at is not None:
        raise AlreadyLifted(_("This hold was lifted already."))
    if hold.placed_by == by.id:
        raise SecondPersonNeeded(_("You placed this hold; another person lifts it."))
    hold.lifted_by, hold.lifted_at, hold.lifted_because = by.id, clock.now(), reason
    await evidence.record(tx, Subject("legal_hold", hold.id), "hold.lifted", {"reason": reason}, actor=by.id)


async def settled(tx: AsyncSession, keys: list[str], before: datetime) -> None:
    """These files were erased, or something needs them; those given up again since then wait on."""
    await tx.execute(delete(ErasedFile).where(ErasedFile.key.in_(keys), ErasedFile.since < before))


async def take_back(tx: AsyncSession, keys: set[str]) -> None:
    """These files are needed after all."""
    await tx.execute(delete(ErasedFile).where(ErasedFile.key.in_(keys)))


async def give_up(tx: AsyncSession, keys: set[str]) -> None:
    """These files were needed by what was just erased; they leave the store unless something else needs them."""
    if keys:
        given = insert(ErasedFile).values([{"key": key, "since": clock.now()} for key in sorted(keys)])
        await tx.execute(given.on_conflict_do_update(index_elements=["key"], set_={"since": given.excluded.since}))
