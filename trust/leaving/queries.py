"""What is asked of companies that leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from trust.identity.models import Organisation
from trust.identity.parting import read_until
from trust.leaving.errors import DepartureNotFound
from trust.leaving.models import Departure
from trust.leaving.states import DepartureState
from trust.retention.classes import SELLER_IDENTITY
from trust.rules import queries as rules
from trust.rules.queries import VersionView

Shown = Literal["leaving", "left", "stayed"]
STATES: dict[Shown, DepartureState] = {
    "leaving": DepartureState.ANNOUNCED,
    "left": DepartureState.LEFT,
    "stayed": DepartureState.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class DepartureView:
    """A company's way out. `change` is the announced change of a rule for which it leaves."""

    id: UUID
    organisation_id: UUID
    organisation_name: str
    change: VersionView | None
    rules: dict[str, int]
    state: DepartureState
    announced_at: datetime
    closes_at: datetime
    ended_at: datetime | None

    @property
    def rules_on(self) -> date:
        """The day whose rule book it leaves under."""
        return self.announced_at.date()

    @property
    def read_until(self) -> datetime | None:
        """Until when members of a company that has left may sign in."""
        return read_until(self.ended_at) if self.state is DepartureState.LEFT and self.ended_at else None

    @property
    def identity_until(self) -> datetime | None:
        """Until when the law keeps who the company was."""
        left = self.state is DepartureState.LEFT and self.ended_at
        return left + SELLER_IDENTITY.period if left else None


_VIEW = select(
    *(Departure.id, Departure.organisation_id, Organisation.name_latin, Departure.change_id, Departure.rules),
    *(Departure.state, Departure.announced_at, Departure.closes_at, Departure.ended_at),
).join(Organisation, Organisation.id == Departure.organisation_id)
_OF_COMPANY = _VIEW.where(Departure.organisation_id == bindparam("company")).order_by(Departure.id.desc()).limit(20)


async def _views(tx: AsyncSession, query: Select[*tuple[Any, ...]], **asked: object) -> list[DepartureView]:
    rows = (await tx.execute(query, asked)).all()
    named = {row.change_id for row in rows if row.change_id}
    changes = {id_: await rules.version(tx, id_) for id_ in named}
    return [
        DepartureView(
            id=row.id,
            organisation_id=row.organisation_id,
            organisation_name=row.name_latin,
            change=changes.get(row.change_id) if row.change_id else None,
            rules=row.rules,
            state=DepartureState(row.state),
            announced_at=row.announced_at,
            closes_at=row.closes_at,
            ended_at=row.ended_at,
        )
        for row in rows
    ]


async def standing(tx: AsyncSession, organisation_id: UUID) -> DepartureView | None:
    """The departure of a company that is leaving or has left."""
    mine = (Departure.organisation_id == organisation_id, Departure.state != DepartureState.WITHDRAWN)
    return next(iter(await _views(tx, _VIEW.where(*mine))), None)


async def of_company(tx: AsyncSession, organisation_id: UUID) -> list[DepartureView]:
    """Its last departures, also those it thought better of, newest first."""
    return await _views(tx, _OF_COMPANY, company=organisation_id)


async def departures(tx: AsyncSession, shown: Shown, *, offset: int, limit: int) -> tuple[list[DepartureView], int]:
    """Those that leave, the first to close first; others the newest first. How many there are."""
    within = Departure.state == STATES[shown]
    total = (await tx.execute(select(func.count()).select_from(Departure).where(within))).scalar_one()
    order = (Departure.closes_at, Departure.id) if shown == "leaving" else (Departure.id.desc(),)
    return await _views(tx, _VIEW.where(within).order_by(*order).offset(offset).limit(limit)), total


async def due(tx: AsyncSession, *, after: UUID | None, limit: int) -> list[UUID]:
    """Departures whose notice is over, by id: what is still open of them, the job looks at."""
    query = select(Departure.id).where(Departure.state == DepartureState.ANNOUNCED, Departure.closes_at <= clock.now())
    if after is not None:
        query = query.where(Departure.id > after)
    return list(await tx.scalars(query.order_by(Departure.id).limit(limit)))


async def for_update(tx: AsyncSession, departure_id: UUID) -> Departure:
    """Locks the row. Raises DepartureNotFound."""
    row = await tx.scalar(select(Departure).where(Departure.id == departure_id).with_for_update())
    if row is None:
        raise DepartureNotFound(_("There is no such departure."))
    return row


async def announced_for_update(tx: AsyncSession, organisation_id: UUID) -> Departure | None:
    """The one that runs, locked."""
    mine = (Departure.organisation_id == organisation_id, Departure.state == DepartureState.ANNOUNCED)
    return await tx.scalar(select(Departure).where(*mine).with_for_update())


async def announced_changes(tx: AsyncSession) -> Sequence[VersionView]:
    """Changes of rules that are published and not yet in force: who does not want them may leave before."""
    return [view for view in await rules.changes(tx) if view.effective_from is not None]
