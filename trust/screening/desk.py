"""What the screening desk asks of matches and runs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.i18n import _
from trust.identity.models import MemberRow, Organisation
from trust.screening import entries
from trust.screening.entries import Entry
from trust.screening.errors import MatchNotFound
from trust.screening.models import (
    ListedEntry,
    Match,
    NamedIn,
    NamedParty,
    SanctionsList,
    ScreeningDue,
    ScreeningRun,
)
from trust.screening.schemas import MatchOut, ReasonOut, RunOut
from trust.screening.states import MatchState

WAITING = (MatchState.OPEN, MatchState.PROPOSED)
RUNS_SHOWN = 3
PLACES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class MatchView:
    """A match with both records in full, and who said what of it.

    named_in  where somebody takes part who is no company of ours: what they are there, and its number; the newest first
    """

    out: MatchOut
    entry: Entry
    list_name: str
    country: str
    slug: str
    known: dict[str, list[str]]
    proposed_by: UUID | None
    proposed_by_name: str
    proposed_at: datetime | None
    decided_by: UUID | None
    decided_by_name: str
    decided_at: datetime | None
    listed_still: bool
    named_in: list[tuple[str, str]]


_NEWEST = (
    select(NamedIn.role, NamedIn.label)
    .where(NamedIn.named_id == Match.named_id)
    .order_by(NamedIn.ended_at.is_not(None), NamedIn.named_at.desc())
    .limit(PLACES_SHOWN)
    .correlate(Match)
    .subquery()
)
_NAMED_IN = select(func.jsonb_agg(func.jsonb_build_array(_NEWEST.c.role, _NEWEST.c.label))).scalar_subquery()
_Second = aliased(MemberRow)


async def matches(
    tx: AsyncSession, states: tuple[MatchState, ...], *, offset: int, limit: int
) -> tuple[list[MatchView], int]:
    """Matches in these states, the likest first, and how many there are."""
    total = (await tx.execute(select(func.count()).where(Match.state.in_(states)))).scalar_one()
    query = _matches().where(Match.state.in_(states)).order_by(Match.score.desc(), Match.id)
    return [_view(*row) for row in await tx.execute(query.offset(offset).limit(limit))], total


async def match(tx: AsyncSession, match_id: UUID) -> MatchView:
    """Raises MatchNotFound."""
    row = (await tx.execute(_matches().where(Match.id == match_id))).first()
    if row is None:
        raise MatchNotFound(_("There is no such match."))
    return _view(*row)


async def waiting(tx: AsyncSession) -> int:
    """How many matches wait for a person."""
    return (await tx.execute(select(func.count()).where(Match.state.in_(WAITING)))).scalar_one()


async def progress(tx: AsyncSession) -> tuple[list[RunOut], int]:
    """The latest runs, the newest first, and how many companies are to be compared because they changed."""
    rows = await tx.scalars(select(ScreeningRun).order_by(ScreeningRun.id.desc()).limit(RUNS_SHOWN))
    due = (await tx.execute(select(func.count(ScreeningDue.organisation_id.distinct())))).scalar_one()
    return [RunOut.model_validate(row) for row in rows], due


def _matches() -> Select[Match, ListedEntry, str, str, str, str, str, str, Any]:
    return (
        select(
            Match,
            ListedEntry,
            SanctionsList.name,
            func.coalesce(Organisation.name_latin, ""),
            func.coalesce(Organisation.country, NamedParty.country),
            func.coalesce(Organisation.slug, ""),
            MemberRow.name,
            _Second.name,
            _NAMED_IN,
        )
        .join(ListedEntry, ListedEntry.id == Match.entry_id)
        .join(SanctionsList, SanctionsList.key == Match.list_key)
        .outerjoin(Organisation, Organisation.id == Match.organisation_id)
        .outerjoin(NamedParty, NamedParty.id == Match.named_id)
        .outerjoin(MemberRow, MemberRow.id == Match.proposed_by)
        .outerjoin(_Second, _Second.id == Match.decided_by)
    )


def _view(
    row: Match,
    listed: ListedEntry,
    list_name: str,
    company: str,
    country: str,
    slug: str,
    first: str | None,
    second: str | None,
    places: list[list[str]] | None,
) -> MatchView:
    entry = entries.of(listed.content)
    same = {name: getattr(row, name) for name in MatchOut.model_fields if hasattr(row, name)}
    reasons = [ReasonOut.model_validate(reason) for reason in row.reasons]
    out = MatchOut(**same | {"reasons": reasons, "company": company, "reference": entry.reference, "entry": entry.name})
    return MatchView(
        out,
        entry,
        list_name,
        country,
        slug,
        row.known,
        row.proposed_by,
        first or "",
        row.proposed_at,
        row.decided_by,
        second or "",
        row.decided_at,
        listed.until is None,
        [(role, label) for role, label in places or ()],
    )
