"""From the calendar to the published seed: which twelve months, from which counted figures, by which rules."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import queries, telling
from app.assessment.errors import NotFinal, NotReady, WrongRules
from app.assessment.models import Assessment, AssessmentRules
from app.assessment.rules import FULL, Rules
from app.assessment.states import BEFORE_THE_DRAW, AssessmentMove, AssessmentState
from app.core import clock, evidence
from app.core.errors import Conflict, Invalid
from app.core.evidence import canonical_json
from app.core.i18n import _
from app.core.ids import new_id, reference
from app.core.periods import day_of
from app.core.storage import FileStore
from app.core.subject import Subject
from app.indicators import calendar, closing
from app.indicators import queries as indicators
from app.indicators.figures import groups
from app.indicators.figures.archive import Archive
from app.indicators.figures.base import spans
from app.indicators.figures.rows import Deal
from trust.access import Member

RULES = "assessment_rules"


async def schedule(tx: AsyncSession, last: date, seed_source: str, *, zone: str, by: Member) -> Assessment:
    """Assess the twelve months up to `last`, by the rules of today.

    seed_source  a public value that nobody here makes and that is not known yet, such as a closing price of a day
    raises       NotPermitted, OwnAssessment; Invalid for a month that is not over; Conflict where one is scheduled
    """
    queries.lead(by)
    now = clock.now()
    if last >= day_of(now, zone):
        raise Invalid(_("This month is not over yet."), field="month")
    await queries.alone(tx, "schedule")
    query = select(Assessment.id).where(Assessment.last == last, Assessment.state != AssessmentState.REVOKED)
    if await tx.scalar(query) is not None:
        raise Conflict(_("These twelve months are being assessed already, or were."))
    rules = await queries.rules_on(tx, day_of(now, zone))
    id_ = new_id()
    row = Assessment(
        id=id_,
        number=reference("AS", id_),
        last=last,
        rules_id=rules.id,
        seed_source=seed_source,
        scheduled_by=by.id,
        scheduled_at=now,
    )
    tx.add(row)
    await tx.flush()
    said = {"last": last.isoformat(), "rules": rules.id, "seed_source": seed_source}
    await evidence.record(tx, row.itself, "assessment.scheduled", said, actor=by.id)
    await telling.tell(tx, row, "scheduled")
    return row


@dataclass(frozen=True, slots=True)
class Locked:
    """What the lock names: the closes, and the list of orders."""

    closes: dict[str, Any]
    marks: list[str]
    listed: bytes


async def lock(tx: AsyncSession, files: FileStore, assessment_id: UUID, *, by: Member) -> None:
    """Name the closes that count from here on, and list the orders. Locks the assessment.

    Raises IllegalMove; NotFinal while any of them is provisional or missing, or is not as it was sealed.
    """
    queries.lead(by)
    row = await queries.for_update(tx, assessment_id)
    row.check(AssessmentMove.LOCK)
    found = await final(tx, row.last)
    data = BytesIO(await files.get(found[groups.FIGURES].file_key))
    marks = await asyncio.to_thread(contracted, data)
    listed = "".join(f"{mark}\n" for mark in marks).encode()
    kept = await files.put(listed, content_type="text/plain")
    closes = named(found)
    row.closes, row.orders, row.orders_key, row.orders_digest = closes, len(marks), kept.key, kept.sha256
    row.lock = hashlib.sha256(canonical_json({"closes": closes, "orders": kept.sha256}).encode()).hexdigest()
    row.locked_at = clock.now()
    row.move(AssessmentMove.LOCK, by=by.id)
    said = {"closes": closes, "orders": len(marks), "list": kept.sha256, "lock": row.lock}
    await evidence.record(tx, row.itself, "assessment.locked", said, actor=by.id)
    await telling.tell(tx, row, "locked")


async def final(tx: AsyncSession, last: date) -> dict[str, indicators.Close]:
    """The newest close of each closing of a month. Raises NotFinal as `lock` does."""
    found = await indicators.closes(tx, last)
    missing = [name for name in groups.CLOSINGS if name not in found or not found[name].final]
    if missing:
        day = max(calendar.final_on(name, last) for name in missing)
        raise NotFinal(
            _("Figures of these months are not final yet; all of them are after %(day)s.") % {"day": day.isoformat()},
            missing=missing,
        )
    broken = [name for name, one in found.items() if not await closing.as_sealed(tx, one)]
    if broken:
        raise NotFinal(_("Figures differ from what was written down when they were counted."), missing=broken)
    return found


def named(found: Mapping[str, indicators.Close]) -> dict[str, dict[str, Any]]:
    """Closes by their ids, revisions and hashes, as JSON."""
    return {
        name: {"id": str(one.id), "revision": one.revision, "rows": one.digest, "figures": one.figures}
        for name, one in sorted(found.items())
    }


def contracted(file: BytesIO) -> list[str]:
    """Marks of the orders of the twelve months that count, sorted. Raises BadArchive, BadSheet."""
    archive = Archive(file)
    year = spans(archive.manifest.last, archive.manifest.zone)[queries.SPAN]
    return sorted({deal.deal for deal in archive.rows(Deal) if year.holds(deal.contracted) and not deal.linked})


async def publish_seed(tx: AsyncSession, assessment_id: UUID, seed: str, *, by: Member) -> None:
    """Publish the value that the named source brought; it is never changed. Raises NotReady, Conflict."""
    queries.lead(by)
    row = await queries.for_update(tx, assessment_id)
    if row.state not in BEFORE_THE_DRAW:
        raise NotReady(_("The seed is published once the data are locked, and before orders are drawn."))
    if row.seed is not None:
        raise Conflict(_("The seed is published already."))
    row.seed, row.seed_at = seed, clock.now()
    await tx.flush()
    await evidence.record(tx, row.itself, "assessment.seed", {"seed": seed, "lock": row.lock}, actor=by.id)


async def set_rules(tx: AsyncSession, rules: Rules, *, since: date, source: str, zone: str, by: Member) -> None:
    """Rules from a day to come on: what is scheduled keeps its own. Raises WrongRules, Invalid."""
    queries.lead(by)
    if since <= day_of(clock.now(), zone):
        raise Invalid(_("New rules begin tomorrow at the earliest."), field="since")
    if sum(rules.weights.values()) != FULL:
        raise WrongRules(_("The weights must make 100."), field="weights")
    if rules.rectify_from >= rules.pass_from:
        raise WrongRules(_("This must be less than the score to pass."), field="rectify_from")
    row = AssessmentRules(
        id=new_id(), effective_from=since, said=rules.dump(), source=source, set_by=by.id, set_at=clock.now()
    )
    tx.add(row)
    await tx.flush()
    said = {"since": since.isoformat(), "rules": rules.dump(), "source": source}
    await evidence.record(tx, Subject(RULES, row.id), "assessment_rules.set", said, actor=by.id)
