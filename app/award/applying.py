"""The applicant's part: a dossier written part by part, handed in whole, completed when returned, or withdrawn."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import queries as assessment
from app.assessment import scheduling
from app.assessment.states import Chapter
from app.award import queries, rules, telling
from app.award.errors import ApplicationNotFound, Incomplete, NotReady
from app.award.models import Application, AwardFile, AwardPart, AwardSubmission
from app.award.rules import Rules
from app.award.states import NEEDS, WRITTEN_IN, ApplicationMove, Need
from app.core import clock, evidence
from app.core.errors import Conflict, Invalid
from app.core.evidence import canonical_json
from app.core.i18n import _, current_locale
from app.core.ids import new_id, reference
from app.core.periods import day_of
from trust.access import Member, Permission, require
from trust.cases.exhibits import Kept

MOST_FILES = 60
"""Of one dossier."""


def answers(by: Member) -> None:
    """Raises NotPermitted."""
    require(by, Permission.ANSWER_ASSESSMENT)


async def begin(tx: AsyncSession, last: date, *, zone: str, by: Member) -> Application:
    """Begin an application that rests on the twelve months up to `last`, by the rules of today.

    Raises NotPermitted; Invalid for a month that is not over; Conflict where another one is not over.
    """
    answers(by)
    now = clock.now()
    today = day_of(now, zone)
    if last >= today:
        raise Invalid(_("This month is not over yet."), field="month")
    await assessment.alone(tx, "application")
    if await queries.standing(tx) is not None:
        raise Conflict(_("Another application is not over yet."))
    known = await queries.rules_on(tx, today)
    id_ = new_id()
    row = Application(id=id_, number=reference("TA", id_), last=last, rules_id=known.id, opened_by=by.id, opened_at=now)
    tx.add(row)
    await tx.flush()
    said = {"last": last.isoformat(), "rules": known.id}
    await evidence.record(tx, row.itself, "award.opened", said, actor=by.id)
    return row


async def _written(tx: AsyncSession, application_id: UUID, *, zone: str, by: Member) -> Application:
    """The application, locked, while its dossier may be written. Raises NotPermitted, NotReady."""
    answers(by)
    row = await queries.for_update(tx, application_id)
    late = row.complete_by is not None and day_of(clock.now(), zone) > row.complete_by
    if row.state not in WRITTEN_IN or late:
        raise NotReady(_("The dossier is handed in, or the time to complete it is over."))
    return row


@dataclass(frozen=True, slots=True)
class Said:
    """What is written of a part. `scores` None where it has none."""

    text: str
    scores: Mapping[Chapter, tuple[int, str]] | None
    files: list[Kept]


async def write(tx: AsyncSession, application_id: UUID, code: str, said: Said, *, zone: str, by: Member) -> None:
    """Write a part of the dossier; files are added to those that are there. Raises NotReady, Invalid."""
    row = await _written(tx, application_id, zone=zone, by=by)
    await known_part(tx, row, code)
    there = sum(len(files) for files in (await queries.files(tx, row)).values())
    if there + len(said.files) > MOST_FILES:
        raise Invalid(_("A dossier has at most %(n)s files.") % {"n": MOST_FILES}, field="files")
    part = (await queries.parts(tx, row)).get(code)
    if part is None:
        part = AwardPart(application_id=row.id, code=code)
        tx.add(part)
    part.text, part.member_id, part.at = said.text, by.id, clock.now()
    if said.scores is not None:
        part.scores = {
            chapter.value: {"score": points, "reason": why} for chapter, (points, why) in said.scores.items()
        }
    tx.add_all(filed(row, file, by=by.id, part=code) for file in said.files)
    await tx.flush()


async def known_part(tx: AsyncSession, row: Application, code: str) -> rules.Part:
    """Raises ApplicationNotFound for a part that the rules do not name."""
    part = (await queries.rules_of(tx, row)).part(code)
    if part is None:
        raise ApplicationNotFound(_("There is no such part of the dossier."))
    return part


def filed(
    row: Application, file: Kept, *, by: UUID | None, part: str = "", objection_id: UUID | None = None
) -> AwardFile:
    """A file that lies sealed, put to a part or to an objection."""
    return AwardFile(
        application_id=row.id,
        objection_id=objection_id,
        part=part,
        key=file.key,
        name=file.name,
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        member_id=by,
        at=clock.now(),
    )


async def take_out(tx: AsyncSession, application_id: UUID, file_id: UUID, *, zone: str, by: Member) -> None:
    """Leave a file out of the dossier. Raises NotReady, ApplicationNotFound."""
    row = await _written(tx, application_id, zone=zone, by=by)
    file = await queries.of(tx, AwardFile, file_id, row)
    if not file.part or file.removed_at is not None:
        raise ApplicationNotFound(_("There is no such file in the dossier."))
    file.removed_at = clock.now()


async def lacking(tx: AsyncSession, row: Application, known: Rules) -> dict[str, list[Need]]:
    """What is still missing: code of the part → what it lacks."""
    written, files = await queries.parts(tx, row), await queries.files(tx, row)
    found = {}
    for part in known.parts:
        said = written.get(part.code)
        text, number = said.text if said else "", len(files.get(part.code, ()))
        found[part.code] = rules.missing(part, text, number, scores=bool(said and said.scores))
    return {code: needs for code, needs in found.items() if needs}


def lacks(part: rules.Part, needs: list[Need]) -> str:
    """A part and what it lacks, in the reader's language."""
    return f"{part.name(current_locale())} ({', '.join(_(NEEDS[need]) for need in needs)})"


async def submit(tx: AsyncSession, application_id: UUID, *, zone: str, by: Member) -> None:
    """Hand the dossier in; from then on it is fixed, with the figures of the closes that count today.

    Raises IllegalMove, NotReady; Incomplete naming every part that is missing; NotFinal while a figure is not final.
    """
    row = await _written(tx, application_id, zone=zone, by=by)
    known = await queries.rules_of(tx, row)
    missing = await lacking(tx, row, known)
    if missing:
        names = {part.code: part for part in known.parts}
        listed = "; ".join(lacks(names[code], needs) for code, needs in missing.items())
        told = {code: [str(need) for need in needs] for code, needs in missing.items()}
        raise Incomplete(_("Missing in the dossier: %(parts)s.") % {"parts": listed}, missing=told)
    dossier = await _dossier(tx, row)
    digest = hashlib.sha256(canonical_json(dossier).encode()).hexdigest()
    tx.add(
        AwardSubmission(
            id=new_id(), application_id=row.id, dossier=dossier, digest=digest, member_id=by.id, at=clock.now()
        )
    )
    row.digest = digest
    row.move(ApplicationMove.SUBMIT, by=by.id)
    files = sorted(file["sha256"] for part in dossier["parts"].values() for file in part["files"])
    said = {"digest": digest, "closes": dossier["closes"], "files": files}
    await evidence.record(tx, row.itself, "award.submitted", said, actor=by.id)
    await telling.tell(tx, row, "submitted", to=telling.EVALUATORS)


async def _dossier(tx: AsyncSession, row: Application) -> dict[str, Any]:
    """All that is handed in, as JSON: parts by code with their files' hashes, closes by theirs, and their figures."""
    found = await scheduling.final(tx, row.last)
    figures = await assessment.counted_in(tx, [one.id for one in found.values()], row.last)
    written, files = await queries.parts(tx, row), await queries.files(tx, row)
    parts = {
        code: {
            "text": written[code].text if code in written else "",
            "scores": written[code].scores if code in written else None,
            "files": [
                {"id": str(file.id), "name": file.name, "size": file.size, "sha256": file.sha256}
                for file in files.get(code, ())
            ],
        }
        for code in sorted({*written, *files})
    }
    return {
        "number": row.number,
        "rules": str(row.rules_id),
        "month": f"{row.last:%Y-%m}",
        "closes": scheduling.named(found),
        "figures": {code: str(value) for code, value in figures.items()},
        "parts": parts,
    }


async def withdraw(tx: AsyncSession, application_id: UUID, reason: str, *, by: Member) -> None:
    """Take the application back, before its result is published. Raises NotPermitted, IllegalMove."""
    answers(by)
    row = await queries.for_update(tx, application_id)
    row.move(ApplicationMove.WITHDRAW, by=by.id)
    row.ended_at = clock.now()
    await evidence.record(tx, row.itself, "award.withdrawn", {"reason": reason}, actor=by.id)
    await telling.tell(tx, row, "withdrawn", to=telling.EVALUATORS)
