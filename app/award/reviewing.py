"""The committee: named by whoever leads, each with a statement on conflicts of interest and a score sheet of their own.

Sheets stay closed until all of them are in: nothing here, and no page, gives one out before.
"""

import hashlib
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment.queries import lead
from app.assessment.states import Chapter
from app.award import queries, rules, telling
from app.award.errors import ApplicationNotFound, NotReady, SecondPersonNeeded
from app.award.models import Application, AwardReviewer, AwardSheet
from app.award.rules import Rules, Scored
from app.award.states import ApplicationState, ReviewerMove, ReviewerState
from app.core import clock, evidence
from app.core.errors import Invalid
from app.core.evidence import canonical_json
from app.core.i18n import _
from app.core.ids import new_id
from trust.access import GRANTS, Member, Permission
from trust.identity import queries as identity
from trust.identity.queries import MemberView


async def able(tx: AsyncSession) -> list[MemberView]:
    """Members of the platform who may be named: who assess, and do not answer for the operator."""
    staff = await identity.members(tx, await identity.platform_id(tx))
    found = []
    for one in staff:
        granted = {permission for role in one.roles for permission in GRANTS[role]}
        if Permission.LEAD_ASSESSMENT in granted and Permission.ANSWER_ASSESSMENT not in granted:
            found.append(one)
    return found


async def name(tx: AsyncSession, application_id: UUID, members: Sequence[UUID], *, by: Member) -> None:
    """Name reviewers, or others in the place of those who are gone. Whoever names is not of the committee.

    Raises NotReady; Invalid unless they make an odd number, and as many as the rules ask for.
    """
    lead(by)
    row, known, seats = await _committee(tx, application_id)
    if full(seats, known):
        raise NotReady(_("All score sheets are in."))
    may = {one.id for one in await able(tx)} - {by.id}
    there = {one.member_id for one in await queries.reviewers(tx, row) if barred(one, row)}
    fresh = list(dict.fromkeys(members))
    if not may.issuperset(fresh) or there.intersection(fresh):
        raise Invalid(_("One of them cannot be named, or was named before."), field="members")
    if not fresh or not rules.whole(len(seats) + len(fresh), known):
        raise Invalid(
            _("A committee has an odd number of reviewers, %(n)s at least.") % {"n": known.reviewers}, field="members"
        )
    for member_id in fresh:
        tx.add(
            AwardReviewer(
                application_id=row.id, round=row.round, member_id=member_id, named_by=by.id, named_at=clock.now()
            )
        )
        await telling.reviewer(tx, row, member_id, "named")
    await tx.flush()
    said = {"members": [str(one) for one in fresh], "round": row.round}
    await evidence.record(tx, row.itself, "award.named", said, actor=by.id)


def barred(one: AwardReviewer, row: Application) -> bool:
    """Whether somebody who was named is not named again: in the same round, or after a conflict in whatever round."""
    return one.round == row.round or one.state == ReviewerState.CONFLICTED


async def _committee(tx: AsyncSession, application_id: UUID) -> tuple[Application, Rules, list[AwardReviewer]]:
    """The application, locked, with its rules and who is seated. Raises NotReady unless it is before the committee."""
    row = await queries.for_update(tx, application_id)
    if row.state != ApplicationState.COMMITTEE_REVIEW:
        raise NotReady(_("The application is not before the committee."))
    seats = queries.seated(await queries.reviewers(tx, row), row)
    return row, await queries.rules_of(tx, row), seats


def full(seats: Sequence[AwardReviewer], known: Rules) -> bool:
    """Whether a whole committee has handed in its sheets."""
    return rules.whole(len(seats), known) and all(one.state == ReviewerState.SCORED for one in seats)


async def declare(tx: AsyncSession, application_id: UUID, *, conflict: bool, statement: str, by: Member) -> None:
    """A reviewer states whether anything ties them to the applicant. Raises NotReady, Invalid, IllegalMove."""
    lead(by)
    row, _known, seats = await _committee(tx, application_id)
    seat = _own(seats, by)
    if conflict and not statement:
        raise Invalid(_("Say what ties you to the applicant."), field="statement")
    move = ReviewerMove.STATE_CONFLICT if conflict else ReviewerMove.STATE_NONE
    seat.move(move, by=by.id)
    seat.statement = statement
    said = {"conflict": conflict, "statement": statement}
    await evidence.record(tx, row.itself, "award.stated", said, actor=by.id)
    if conflict:
        await telling.tell(tx, row, "conflict", to=telling.EVALUATORS)


def _own(seats: Sequence[AwardReviewer], by: Member) -> AwardReviewer:
    found = next((one for one in seats if one.member_id == by.id), None)
    if found is None:
        raise ApplicationNotFound(_("You are not of this committee."))
    return found


async def release(tx: AsyncSession, application_id: UUID, reviewer_id: UUID, reason: str, *, by: Member) -> None:
    """Let somebody go who has not scored; another is named in their place. Raises IllegalMove, ApplicationNotFound."""
    lead(by)
    row, _known, _seats = await _committee(tx, application_id)
    seat = await queries.of(tx, AwardReviewer, reviewer_id, row)
    if seat.round != row.round:
        raise ApplicationNotFound(_("There is no such entry in this application."))
    seat.move(ReviewerMove.RELEASE, by=by.id)
    said = {"reviewer": seat.id, "reason": reason}
    await evidence.record(tx, row.itself, "award.released", said, actor=by.id)
    await telling.reviewer(tx, row, seat.member_id, "released")
    await tx.flush()
    await _open_when_full(tx, row)


async def score(
    tx: AsyncSession, application_id: UUID, scores: Mapping[Chapter, tuple[int, str]], *, by: Member
) -> None:
    """Hand in one's own sheet, once and for good. With the last one all of them are opened.

    Raises NotReady, ApplicationNotFound; IllegalMove before the statement on conflicts, and a second time.
    """
    lead(by)
    row, _known, seats = await _committee(tx, application_id)
    seat = _own(seats, by)
    seat.move(ReviewerMove.SCORE, by=by.id)
    said = {chapter.value: {"score": points, "reason": reason} for chapter, (points, reason) in scores.items()}
    sheet = AwardSheet(id=new_id(), reviewer_id=seat.id, scores=said, at=clock.now())
    tx.add(sheet)
    await tx.flush()
    told = {"reviewer": seat.id, "sheet": _digest(sheet)}
    await evidence.record(tx, row.itself, "award.sheet", told, actor=by.id)
    await _open_when_full(tx, row)


def _digest(sheet: AwardSheet) -> str:
    """SHA-256 over a sheet; its id, which nobody else knows before, keeps scores from being guessed by it."""
    return hashlib.sha256(canonical_json({"id": sheet.id, "scores": sheet.scores}).encode()).hexdigest()


async def _open_when_full(tx: AsyncSession, row: Application) -> None:
    """When the last sheet is in, write down all of them and what they come to."""
    found = await result(tx, row)
    if found is None:
        return
    seats = queries.seated(await queries.reviewers(tx, row), row)
    sheets = await queries.sheets(tx, [seat.id for seat in seats])
    said = {
        "score": str(found.shown),
        "chapters": {chapter.value: str(value) for chapter, value in found.chapters.items()},
        "sheets": {str(seat_id): _points(sheet) for seat_id, sheet in sheets.items()},
    }
    await evidence.record(tx, row.itself, "award.opened_sheets", said, actor=None)
    await telling.tell(tx, row, "scored", to=telling.EVALUATORS)


def _points(sheet: AwardSheet) -> dict[str, int]:
    return {chapter.value: sheet.scores[chapter]["score"] for chapter in Chapter}


async def result(tx: AsyncSession, row: Application) -> Scored | None:
    """What the committee of the round that lasts came to; None until all sheets are in."""
    seats, known = queries.seated(await queries.reviewers(tx, row), row), await queries.rules_of(tx, row)
    if not full(seats, known):
        return None
    sheets = await queries.sheets(tx, [seat.id for seat in seats])
    points = [{chapter: sheet.scores[chapter]["score"] for chapter in Chapter} for sheet in sheets.values()]
    return rules.scored(points, known)


async def not_of_committee(tx: AsyncSession, row: Application, by: Member) -> None:
    """Raises SecondPersonNeeded for whoever reviewed this application, in whatever round."""
    if any(one.member_id == by.id for one in await queries.reviewers(tx, row)):
        raise SecondPersonNeeded(_("You were named to the committee. Somebody else has to do this."))
