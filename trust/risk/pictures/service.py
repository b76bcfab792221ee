"""Pictures to be read: asked for with what shows them, read one after another, and told when all of a thing are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.subject import Subject
from trust.risk.pictures.events import PicturesRead
from trust.risk.pictures.finding import Seen
from trust.risk.pictures.models import PictureAsk, PictureReading

TRIES = 2
AGAIN = timedelta(minutes=10)
"""So long whoever began to read a picture has it to himself."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A picture to read; `hopeless` once it was tried often enough."""

    key: str
    tries: int

    @property
    def last(self) -> bool:
        return self.tries >= TRIES

    @property
    def hopeless(self) -> bool:
        return self.tries > TRIES


async def ask(tx: AsyncSession, subject: Subject, keys: Collection[str]) -> None:
    """Have stored files read, and tell of it by `PicturesRead`: at once where all of them are read already.

    Asking twice for the same thing changes nothing. A picture that was read is never read again, whoever shows it.
    """
    if not keys:
        return
    now, wanted = clock.now(), sorted(set(keys))
    readings = [{"key": key, "asked_at": now, "tries": 0, "fault": "", "seen": []} for key in wanted]
    await tx.execute(insert(PictureReading).on_conflict_do_nothing(), readings)
    # Shared locks: who records one of these now either ends before it is looked at here, or sees this ask.
    locked = select(PictureReading.key).where(PictureReading.key.in_(wanted)).order_by(PictureReading.key)
    await tx.execute(locked.with_for_update(read=True))
    about = {"subject_type": subject.type, "subject_id": subject.id, "asked_at": now}
    await tx.execute(insert(PictureAsk).on_conflict_do_nothing(), [about | {"key": key} for key in wanted])
    await _tell(tx, subject)


async def claim(tx: AsyncSession) -> Claimed | None:
    """The picture that waits longest and that nobody reads just now."""
    query = (
        select(PictureReading)
        .where(
            PictureReading.read_at.is_(None),
            or_(PictureReading.tried_at.is_(None), PictureReading.tried_at < clock.now() - AGAIN),
        )
        .order_by(PictureReading.asked_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = await tx.scalar(query)
    if row is None:
        return None
    row.tries, row.tried_at = row.tries + 1, clock.now()
    return Claimed(row.key, row.tries)


async def record(tx: AsyncSession, key: str, seen: Sequence[Seen], *, fault: str = "") -> None:
    """Write down what was found, and tell whom it was the last picture for. What was read before stays as it is."""
    statement = update(PictureReading).where(PictureReading.key == key, PictureReading.read_at.is_(None))
    values = {"read_at": clock.now(), "fault": fault[:300], "seen": [one.kept() for one in seen]}
    done = await tx.execute(statement.values(values).returning(PictureReading.key))
    if done.first() is None:
        return
    query = select(PictureAsk.subject_type, PictureAsk.subject_id).where(
        PictureAsk.key == key, PictureAsk.told_at.is_(None)
    )
    for type_, id_ in sorted(await tx.execute(query), key=lambda row: (row[0], row[1])):
        await _tell(tx, Subject(type_, id_))


async def _tell(tx: AsyncSession, subject: Subject) -> None:
    """Once all of its pictures are read, and only once."""
    of = (PictureAsk.subject_type == subject.type, PictureAsk.subject_id == subject.id)
    waiting = select(PictureAsk.key).where(*of, PictureAsk.told_at.is_(None)).order_by(PictureAsk.key)
    keys = list(await tx.scalars(waiting.with_for_update()))
    if not keys:
        return
    unread = select(PictureReading.key).where(PictureReading.key.in_(keys), PictureReading.read_at.is_(None))
    if (await tx.execute(unread.limit(1))).first() is None:
        await tx.execute(update(PictureAsk).where(*of, PictureAsk.told_at.is_(None)).values(told_at=clock.now()))
        await outbox.publish(tx, PicturesRead(subject))
