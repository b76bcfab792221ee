"""Applications as readers see them: applicants the dossier, evaluators what is open to them, everybody the result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import titles
from app.assessment.presenting import named, names
from app.award import applying, objecting, queries, reviewing, rules
from app.award.models import Application, AwardFile, AwardPart, AwardReviewer, AwardSubmission
from app.award.rules import Part, Rules, Scored
from app.award.schemas import (
    ApplicationOut,
    CheckOut,
    DossierOut,
    FileOut,
    LineOut,
    ObjectionOut,
    PartOut,
    ProposalOut,
    ReviewerOut,
    ScoredOut,
    SheetOut,
    ToldLineOut,
    ToldObjectionOut,
    ToldOut,
)
from app.award.states import ReviewerState
from trust.access import Member, Permission
from trust.identity import queries as identity


def judges(by: Member) -> bool:
    """Whether somebody assesses, and does not answer for the operator."""
    return by.may(Permission.LEAD_ASSESSMENT) and not by.may(Permission.ANSWER_ASSESSMENT)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader may see of a committee.

    seats   of the round that lasts; own: the reader's, gone or not
    scored  what it came to; None until all sheets are in, and always for whoever may not see it
    """

    reviewers: list[AwardReviewer]
    seats: list[AwardReviewer]
    own: AwardReviewer | None
    scored: Scored | None


async def seen(tx: AsyncSession, row: Application, by: Member) -> Seen:
    if not judges(by):
        return Seen([], [], None, None)
    known = await queries.reviewers(tx, row)
    own = next((one for one in known if one.member_id == by.id and one.round == row.round), None)
    conflicted = any(one.member_id == by.id and one.state == ReviewerState.CONFLICTED for one in known)
    scored = None if conflicted else await reviewing.result(tx, row)
    return Seen(known, queries.seated(known, row), own, scored)


async def may_read(tx: AsyncSession, row: Application, file: AwardFile, by: Member) -> bool:
    """Evaluators read what was handed in and what objectors sent, the applicant its own."""
    if file.objection_id is not None:
        return judges(by) and bool(file.name)
    if by.may(Permission.ANSWER_ASSESSMENT):
        return True
    submission = await queries.submission(tx, row)
    said: Mapping[str, Any] = submission.dossier["parts"] if submission else {}
    return any(one["id"] == str(file.id) for part in said.values() for one in part["files"])


async def whole(tx: AsyncSession, row: Application, known: Rules, now: Seen, *, by: Member) -> ApplicationOut:
    people, submission = await names(tx), await queries.submission(tx, row)
    title = await titles.one(tx, row.title_id) if row.title_id else None
    return ApplicationOut(
        **LineOut.of(row).model_dump(),
        digest=row.digest,
        figures={code: Decimal(value) for code, value in (submission.dossier["figures"] if submission else {}).items()},
        parts=submitted(known, submission),
        returns=row.returns,
        complete_by=row.complete_by,
        checks=await checks(tx, row, people),
        round=row.round,
        reviewers=await reviewers(tx, now, people, by),
        sheets_in=sum(one.state == ReviewerState.SCORED for one in now.seats),
        sheets_of=len(now.seats),
        scored=scored(now.scored, known) if now.scored else None,
        proposals=await proposals(tx, row, by),
        result=row.result,
        publicity_from=row.publicity_from,
        publicity_until=row.publicity_until,
        objections=await objections(tx, row) if judges(by) else [],
        certificate=title.certificate if title else None,
    )


def submitted(known: Rules, submission: AwardSubmission | None) -> list[PartOut]:
    """The parts as they were handed in last; none before."""
    if submission is None:
        return []
    said: Mapping[str, Any] = submission.dossier["parts"]
    return [PartOut(**_named(part), **said.get(part.code, {})) for part in known.parts]


def _named(part: Part) -> dict[str, Any]:
    return {"code": part.code, "name_en": part.name_en, "name_zh": part.name_zh, "needs": list(part.needs)}


async def dossier(tx: AsyncSession, row: Application, known: Rules) -> DossierOut:
    """As it is being written, with what was asked for when it was returned."""
    written, files = await queries.parts(tx, row), await queries.files(tx, row)
    lacking, found = await applying.lacking(tx, row, known), await queries.checks(tx, row)
    return DossierOut(
        **LineOut.of(row).model_dump(),
        parts=[_part(part, written.get(part.code), files.get(part.code, []), lacking) for part in known.parts],
        complete_by=row.complete_by,
        asked={code: why for code, why in found[0].parts.items() if why} if found else {},
    )


def _part(part: Part, said: AwardPart | None, files: list[AwardFile], lacking: Mapping[str, Any]) -> PartOut:
    return PartOut(
        **_named(part),
        lacks=lacking.get(part.code, []),
        text=said.text if said else "",
        scores=said.scores if said else None,
        files=[file_out(one) for one in files],
    )


def file_out(row: AwardFile) -> FileOut:
    return FileOut(id=row.id, name=row.name, size=row.size, sha256=row.sha256)


async def checks(tx: AsyncSession, row: Application, people: Mapping[UUID, str]) -> list[CheckOut]:
    return [
        CheckOut(
            outcome=one.outcome,
            parts={code: why for code, why in one.parts.items() if why},
            demonstration=one.demonstration,
            reference=one.reference,
            reason=one.reason,
            complete_by=one.complete_by,
            name=named(people, one.member_id),
            at=one.at,
        )
        for one in await queries.checks(tx, row)
    ]


async def reviewers(tx: AsyncSession, now: Seen, people: Mapping[UUID, str], by: Member) -> list[ReviewerOut]:
    """Of all rounds; the sheets of the round that lasts, once they are open to the reader."""
    sheets = await queries.sheets(tx, [one.id for one in now.seats]) if now.scored else {}
    return [
        ReviewerOut(
            id=one.id,
            name=named(people, one.member_id),
            state=one.state,
            statement=one.statement,
            round=one.round,
            own=one.member_id == by.id,
            scores=sheets[one.id].scores if one.id in sheets else None,
        )
        for one in now.reviewers
    ]


def scored(found: Scored, known: Rules) -> ScoredOut:
    chapters = {chapter: rules.shown(value) for chapter, value in found.chapters.items()}
    return ScoredOut(chapters=chapters, total=found.shown, asked=rules.verdict(found.total, known))


async def proposals(tx: AsyncSession, row: Application, by: Member) -> list[ProposalOut]:
    """For evaluators all of them, for others what was published."""
    found = await queries.proposals(tx, row)
    return [
        ProposalOut(
            id=one.id,
            result=one.result,
            score=one.score,
            reason=one.reason,
            state=one.state,
            decided_at=one.decided_at,
            own=one.proposed_by == by.id,
        )
        for one in found
        if judges(by) or one.state == "agreed"
    ]


async def objections(tx: AsyncSession, row: Application) -> list[ObjectionOut]:
    files = await queries.objection_files(tx, row)
    return [
        ObjectionOut(
            id=one.id,
            number=one.number,
            state=one.state,
            text=one.text,
            files=[file_out(file) for file in files.get(one.id, ()) if file.name],
            upheld=one.upheld,
            reason=one.reason,
            at=one.at,
            forgotten_at=one.forgotten_at,
        )
        for one in await queries.objections(tx, row)
    ]


async def sheet(tx: AsyncSession, row: Application, seat: AwardReviewer) -> SheetOut:
    found = (await queries.sheets(tx, [seat.id])).get(seat.id)
    return SheetOut(**LineOut.of(row).model_dump(), reviewer=seat.state, scores=found.scores if found else None)


def told_lines(rows: Sequence[Application]) -> list[ToldLineOut]:
    return [
        ToldLineOut(**LineOut.of(row).model_dump(), result=row.result, publicity_until=row.publicity_until)
        for row in rows
    ]


async def told(tx: AsyncSession, row: Application, zone: str) -> ToldOut:
    said = (await queries.agreed(tx, [row.id]))[row.id]
    applicant = await identity.organisation(tx, await identity.platform_id(tx))
    title = await titles.one(tx, row.title_id) if row.title_id else None
    [line] = told_lines([row])
    return ToldOut(
        **line.model_dump(),
        applicant=applicant.name_original or applicant.name_latin,
        score=said.score,
        reason=said.reason,
        publicity_from=row.publicity_from,
        open=objecting.may_object(row, zone),
        objections=[
            ToldObjectionOut(number=one.number, state=one.state, reason=one.reason)
            for one in await queries.objections(tx, row)
        ],
        certificate=title.certificate if title else None,
        valid_from=title.valid_from if title else None,
        valid_until=title.valid_until if title else None,
    )
