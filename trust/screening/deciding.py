"""What people decide of a match: one proposes, another agrees, and never the same. Everything is on the record."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.i18n import _
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.screening.errors import MatchNotFound, SecondPersonNeeded
from trust.screening.models import Match, ScreeningDue
from trust.screening.states import STANDING, MatchMove

GOOD_FOR = timedelta(days=365)
"""A clearance is looked at again after a year at the latest."""


class Proposal(StrEnum):
    CLEAR = "clear"
    CONFIRM = "confirm"


async def propose(tx: AsyncSession, match_id: UUID, proposal: Proposal, *, reason: str, by: Member) -> None:
    """Say who it is. Nothing changes for the company yet. Locks the match. Raises MatchNotFound, IllegalMove."""
    match = await _locked(tx, match_id, by)
    match.move(MatchMove.PROPOSE, by=by.id, note=reason)
    match.proposal, match.reason = proposal, reason
    match.proposed_by, match.proposed_at = by.id, clock.now()
    await _note(tx, match, "match.proposed", by, proposal=proposal, reason=reason)


async def agree(tx: AsyncSession, match_id: UUID, *, by: Member) -> None:
    """A second person agrees: it is somebody else for a year at most, or it is the listed one and stays blocked.

    Locks the match. Raises MatchNotFound, IllegalMove, SecondPersonNeeded.
    """
    match = await _second(tx, match_id, by)
    clears = match.proposal == Proposal.CLEAR
    match.decided_by, match.decided_at = by.id, clock.now()
    match.cleared_until = clock.now() + GOOD_FOR if clears else None
    match.move(MatchMove.CLEAR if clears else MatchMove.CONFIRM, by=by.id)
    if match.role != "owned":
        await _count_owners_again(tx, match)
    await _note(tx, match, "match.cleared" if clears else "match.confirmed", by, proposed_by=match.proposed_by)


async def send_back(tx: AsyncSession, match_id: UUID, *, reason: str, by: Member) -> None:
    """A second person does not agree. Raises as `agree`."""
    match = await _second(tx, match_id, by)
    match.move(MatchMove.SEND_BACK, by=by.id, note=reason)
    _undecided(match)
    await _note(tx, match, "match.sent_back", by, reason=reason)


async def reopen(tx: AsyncSession, match_id: UUID, *, reason: str, by: Member) -> None:
    """What was confirmed is to be decided again. Raises MatchNotFound, IllegalMove, SecondPersonNeeded for those two
    who confirmed it.
    """
    match = await _locked(tx, match_id, by)
    match.check(MatchMove.REOPEN)
    if by.id in {match.proposed_by, match.decided_by}:
        raise SecondPersonNeeded(_("You took part in this decision. Another person has to reopen it."))
    match.move(MatchMove.REOPEN, by=by.id, note=reason)
    _undecided(match)
    await _note(tx, match, "match.reopened", by, reason=reason)


async def _count_owners_again(tx: AsyncSession, match: Match) -> None:
    """A company that stands with its listed owners is compared anew: they may be fewer by now."""
    if match.organisation_id is None:
        return
    query = select(Match.id).where(Match.organisation_id == match.organisation_id, Match.role == "owned")
    if await tx.scalar(query.where(Match.state.in_(STANDING)).limit(1)):
        tx.add(ScreeningDue(organisation_id=match.organisation_id))


def _undecided(match: Match) -> None:
    match.proposal = match.reason = ""
    match.proposed_by = match.proposed_at = match.decided_by = match.decided_at = None


async def _locked(tx: AsyncSession, match_id: UUID, by: Member) -> Match:
    require(by, Permission.SCREEN)
    match = await tx.scalar(select(Match).where(Match.id == match_id).with_for_update())
    if match is None:
        raise MatchNotFound(_("There is no such match."))
    return match


async def _second(tx: AsyncSession, match_id: UUID, by: Member) -> Match:
    match = await _locked(tx, match_id, by)
    match.check(MatchMove.SEND_BACK)
    if match.proposed_by == by.id:
        raise SecondPersonNeeded(_("You proposed this yourself. Another person has to decide."))
    return match


async def _note(tx: AsyncSession, match: Match, kind: str, by: Member, **said: object) -> None:
    party = {"named": match.named_id} if match.named_id else {"organisation": match.organisation_id}
    facts = party | {"entry": match.entry_id, "score": match.score, **said}
    await tx.flush()
    await evidence.record(tx, Subject("screening_match", match.id), kind, facts, actor=by.id)
