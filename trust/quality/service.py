"""Keeping the register of quality and brand work: what was done, what was found, and how it ended."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.ids import new_id, reference
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.identity import queries as identity
from trust.quality.errors import AlreadyEnded, AlreadyFound, FindingNotFound, NothingToFind, WorkNotFound
from trust.quality.models import QualityFinding, QualityWork
from trust.quality.states import DOCUMENTED, FACTS, FINDS, Kind, WorkMove, WorkState

KNOWN_APART = ("about", "company")
"""Facts that are columns: what was inspected, and who was guided."""
PREFIX = "QW"


@dataclass(frozen=True, slots=True)
class Work:
    """An entry as somebody states it. `facts` by the names of `states.FACTS`; `about` and `organisation_id` are what
    the facts `about` and `company` name."""

    kind: Kind
    title: str
    day: date
    facts: dict[str, Any] = field(default_factory=dict)
    about: Subject | None = None
    organisation_id: UUID | None = None
    file: dict[str, Any] | None = None
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Found:
    """`product_id` of a listing under a recall; `what` in words otherwise."""

    found_at: datetime
    what: str = ""
    product_id: UUID | None = None


def sealed_for(work_id: UUID) -> str:
    """The context under which an entry's document lies sealed."""
    return f"quality_work:{work_id}"


def check(kind: Kind, said: dict[str, Any], *, documented: bool) -> None:
    """Raises Invalid naming each field that is missing for the kind. `said`: what was typed, by the names of FACTS."""
    missing = [name for name in FACTS[kind] if said.get(name) in (None, "")]
    if kind in DOCUMENTED and not documented:
        missing.append("document")
    if missing:
        raise Invalid.many(dict.fromkeys(missing, _("This field is needed.")), _("Please check the marked fields."))


async def record(tx: AsyncSession, work: Work, *, today: date, by: Member) -> QualityWork:
    """Enter what was done; of an authority's visit, what is planned. `today` in the reporting zone.

    Raises NotPermitted; Invalid naming what is missing, or `day` where it lies in the future; OrganisationNotFound.
    """
    require(by, Permission.KEEP_QUALITY)
    given = work.facts | {"about": work.about, "company": work.organisation_id}
    check(work.kind, given, documented=work.file is not None)
    planned = work.kind is Kind.VISIT
    if work.day > today and not planned:
        raise Invalid(_("This day lies in the future."), field="day")
    if work.organisation_id is not None:
        await identity.organisation(tx, work.organisation_id)
    row = QualityWork(
        id=work.id,
        number=reference(PREFIX, work.id),
        kind=work.kind,
        state=WorkState.PLANNED if planned else WorkState.DONE,
        title=work.title,
        day=work.day,
        done_on=None if planned else work.day,
        subject_type=work.about.type if work.about else None,
        subject_id=work.about.id if work.about else None,
        organisation_id=work.organisation_id,
        facts={name: work.facts[name] for name in FACTS[work.kind] if name not in KNOWN_APART},
        file=work.file,
        recorded_by=by.id,
    )
    tx.add(row)
    await tx.flush()
    said = {"work": row.kind, "day": row.day, "title": row.title, "facts": row.facts}
    said |= {"about": str(row.about) if row.about else None, "company": row.organisation_id}
    said |= {"files": [work.file["sha256"]] if work.file else []}
    await evidence.record(tx, row.itself, "quality.recorded", said, actor=by.id)
    return row


async def for_update(tx: AsyncSession, work_id: UUID, by: Member) -> QualityWork:
    """Locks the entry. Raises NotPermitted, WorkNotFound."""
    require(by, Permission.KEEP_QUALITY)
    row = await tx.scalar(select(QualityWork).where(QualityWork.id == work_id).with_for_update())
    if row is None:
        raise WorkNotFound(_("There is no such entry."))
    return row


async def do(tx: AsyncSession, work_id: UUID, done_on: date, *, today: date, by: Member) -> None:
    """A planned visit took place. Raises IllegalMove; Invalid naming `done_on` for a day in the future."""
    row = await for_update(tx, work_id, by)
    row.check(WorkMove.DO)
    if done_on > today:
        raise Invalid(_("This day lies in the future."), field="done_on")
    row.done_on = done_on
    row.move(WorkMove.DO, by=by.id)
    await evidence.record(tx, row.itself, "quality.done", {"day": done_on}, actor=by.id)


async def withdraw(tx: AsyncSession, work_id: UUID, reason: str, *, by: Member) -> None:
    """It was entered by mistake: it stays readable and counts no more. Raises IllegalMove."""
    row = await for_update(tx, work_id, by)
    row.move(WorkMove.WITHDRAW, by=by.id)
    await evidence.record(tx, row.itself, "quality.withdrawn", {"reason": reason}, actor=by.id)


async def find(tx: AsyncSession, work_id: UUID, found: Found, *, by: Member) -> UUID:
    """Something was found. Raises NothingToFind; AlreadyFound; Invalid for a moment in the future, for a recall without
    a listing, and for a visit without words."""
    row = await for_update(tx, work_id, by)
    if row.kind not in FINDS or row.state != WorkState.DONE:
        raise NothingToFind(_("Nothing can be found under this entry."))
    recall = row.kind == Kind.RECALL
    if (found.product_id is None) is recall:
        raise Invalid(_("This field is needed."), field="about" if recall else "what")
    if found.found_at > clock.now():
        raise Invalid(_("This moment lies in the future."), field="found_at")
    values = {
        "id": new_id(),
        "work_id": row.id,
        "product_id": found.product_id,
        "what": found.what,
        "found_at": found.found_at,
        "how": "",
        "found_by": by.id,
    }
    made = insert(QualityFinding).values(values).on_conflict_do_nothing().returning(QualityFinding.id)
    id_ = await tx.scalar(made)
    if id_ is None:
        raise AlreadyFound(_("This listing stands under the recall already."))
    said = {"finding": id_, "at": found.found_at, "product": found.product_id, "text": found.what}
    await evidence.record(tx, row.itself, "quality.found", said, actor=by.id)
    return id_


async def end(tx: AsyncSession, work_id: UUID, finding_id: UUID, over_at: datetime, how: str, *, by: Member) -> None:
    """What was found is settled: the listing is down, or the objection remedied.

    Raises FindingNotFound, AlreadyEnded; Invalid naming `over_at` for a moment in the future or before it was found.
    """
    row = await for_update(tx, work_id, by)
    query = select(QualityFinding).where(QualityFinding.id == finding_id, QualityFinding.work_id == row.id)
    finding = await tx.scalar(query.with_for_update())
    if finding is None:
        raise FindingNotFound(_("There is no such finding."))
    if finding.over_at is not None:
        raise AlreadyEnded(_("This is settled already."))
    if over_at > clock.now():
        raise Invalid(_("This moment lies in the future."), field="over_at")
    if over_at < finding.found_at:
        raise Invalid(_("This moment lies before it was found."), field="over_at")
    finding.over_at, finding.how, finding.ended_by = over_at, how, by.id
    said = {"finding": finding.id, "at": over_at, "text": how}
    await evidence.record(tx, row.itself, "quality.ended", said, actor=by.id)


async def document(tx: AsyncSession, work_id: UUID, *, by: Member) -> dict[str, Any]:
    """The receipt of an entry's document; that it was fetched goes on the chain. Raises WorkNotFound."""
    row = await for_update(tx, work_id, by)
    if not row.file:
        raise WorkNotFound(_("There is no document."))
    await evidence.record(tx, row.itself, "quality.document", {}, actor=by.id)
    return row.file
