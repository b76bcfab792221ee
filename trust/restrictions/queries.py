"""What is asked of restrictions: by the company, the desk, the public page and the jobs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from trust.access import Scope
from trust.identity.models import MemberRow, Organisation
from trust.restrictions.errors import RestrictionNotFound
from trust.restrictions.ladder import ZONE, Kind
from trust.restrictions.models import Appeal, AuthorityFinding, Restriction, Statement, ViolationPoint
from trust.restrictions.points import counts_until, sum_of
from trust.restrictions.reasons import REASONS, Reason
from trust.restrictions.states import FOR_THE_REGISTER, AppealState, RestrictionState

_UNPLACED = (RestrictionState.PROPOSED, RestrictionState.REFUSED)


@dataclass(frozen=True, slots=True)
class RestrictionView:
    """A restriction with its company. `state` is as of now: one that has run out is expired, its job come by or not."""

    id: UUID
    organisation_id: UUID
    organisation_name: str
    kind: Kind
    scopes: tuple[Scope, ...]
    days: int | None
    reason: Reason
    statement: str
    rests_on: tuple[str, ...]
    finding_id: UUID | None
    replaces_id: UUID | None
    state: RestrictionState
    placed_by: UUID
    placed_by_name: str
    placed_at: datetime
    agreed_by: UUID | None
    starts_at: datetime | None
    expires_at: datetime | None
    review_on: date | None
    appeal_until: datetime | None
    read_at: datetime | None
    ended_at: datetime | None
    ended_because: str
    publish_by: datetime | None
    published_at: datetime | None
    published_name: str
    appeal: AppealState | None

    @property
    def can_appeal(self) -> bool:
        in_time = self.appeal_until is not None and clock.now() < self.appeal_until
        return self.state is RestrictionState.IN_FORCE and self.appeal is None and in_time

    @property
    def overdue(self) -> bool:
        """Whether it should have been published by now."""
        return self.published_at is None and self.publish_by is not None and self.publish_by <= clock.now()


_VIEW = (
    select(Restriction, Organisation.name_latin, MemberRow.name, Appeal.state.label("appeal"))
    .join(Organisation, Organisation.id == Restriction.organisation_id)
    .join(MemberRow, MemberRow.id == Restriction.placed_by)
    .outerjoin(Appeal, Appeal.restriction_id == Restriction.id)
)


def _view(row: Restriction, company: str, placed_by: str, appeal: str | None) -> RestrictionView:
    state = RestrictionState(row.state)
    if state is RestrictionState.IN_FORCE and row.expires_at is not None and row.expires_at <= clock.now():
        state = RestrictionState.EXPIRED
    return RestrictionView(
        id=row.id,
        organisation_id=row.organisation_id,
        organisation_name=company,
        kind=Kind(row.kind),
        scopes=tuple(Scope(scope) for scope in row.scopes),
        days=row.days,
        reason=REASONS[row.reason],
        statement=row.statement,
        rests_on=tuple(row.rests_on),
        finding_id=row.finding_id,
        replaces_id=row.replaces_id,
        state=state,
        placed_by=row.placed_by,
        placed_by_name=placed_by,
        placed_at=row.placed_at,
        agreed_by=row.agreed_by,
        starts_at=row.starts_at,
        expires_at=row.expires_at,
        review_on=row.review_on,
        appeal_until=row.appeal_until,
        read_at=row.read_at,
        ended_at=row.ended_at,
        ended_because=row.ended_because,
        publish_by=row.publish_by,
        published_at=row.published_at,
        published_name=row.published_name,
        appeal=AppealState(appeal) if appeal else None,
    )


async def restriction(tx: AsyncSession, restriction_id: UUID, *, of: UUID | None = None) -> RestrictionView:
    """`of`: a company that may see its own once they were placed. Raises RestrictionNotFound."""
    query = _VIEW.where(Restriction.id == restriction_id)
    if of is not None:
        query = query.where(Restriction.organisation_id == of, Restriction.state.not_in(_UNPLACED))
    row = (await tx.execute(query)).first()
    if row is None:
        raise RestrictionNotFound(_("There is no such restriction."))
    return _view(*row)


async def of_company(
    tx: AsyncSession, organisation_id: UUID, *, offset: int, limit: int
) -> tuple[list[RestrictionView], int]:
    """What was placed on a company, newest first, and how many there are."""
    mine = (Restriction.organisation_id == organisation_id, Restriction.state.not_in(_UNPLACED))
    total = (await tx.execute(select(func.count()).select_from(Restriction).where(*mine))).scalar_one()
    rows = await tx.execute(_VIEW.where(*mine).order_by(Restriction.id.desc()).offset(offset).limit(limit))
    return [_view(*row) for row in rows], total


async def desk(
    tx: AsyncSession, show: str, *, company: str = "", organisation_id: UUID | None = None, offset: int, limit: int
) -> tuple[list[RestrictionView], int]:
    """A list of the desk and how long it is; `company` is a part of a name, `organisation_id` the company itself."""
    conditions = [_shown(show)] if organisation_id is None else [Restriction.organisation_id == organisation_id]
    if company:
        like = f"%{company.replace('%', '').replace('_', '')}%"
        conditions.append(or_(Organisation.name_latin.ilike(like), Organisation.name_original.ilike(like)))
    counted = select(func.count()).select_from(Restriction).join(Organisation).where(*conditions)
    total = (await tx.execute(counted)).scalar_one()
    rows = await tx.execute(_VIEW.where(*conditions).order_by(*_order(show)).offset(offset).limit(limit))
    return [_view(*row) for row in rows], total


def _shown(show: str) -> Any:
    in_force = Restriction.state == RestrictionState.IN_FORCE
    match show:
        case "waiting":
            return Restriction.state == RestrictionState.PROPOSED
        case "in_force":
            return in_force
        case "review":
            return in_force & (Restriction.review_on <= clock.now().astimezone(ZONE).date())
        case "publish":
            return (
                Restriction.publish_by.is_not(None)
                & Restriction.published_at.is_(None)
                & Restriction.state.in_(FOR_THE_REGISTER)
            )
    return Restriction.state.not_in([RestrictionState.PROPOSED, RestrictionState.IN_FORCE])


def _order(show: str) -> tuple[Any, ...]:
    match show:
        case "review":
            return (Restriction.review_on, Restriction.id)
        case "publish":
            return (Restriction.publish_by, Restriction.id)
    return (Restriction.id.desc(),)


async def counts(tx: AsyncSession) -> dict[str, int]:
    """How long each list of work at the desk is."""
    wanted = ("waiting", "review", "publish")
    row = (
        await tx.execute(
            select(*(func.count().filter(_shown(show)) for show in wanted))
            .select_from(Restriction)
            .where(Restriction.state.in_([RestrictionState.PROPOSED, *FOR_THE_REGISTER]))
        )
    ).one()
    return dict(zip(wanted, row, strict=True))


async def published(tx: AsyncSession, *, offset: int, limit: int) -> tuple[list[RestrictionView], int]:
    """The public register, newest first."""
    public = Restriction.published_at.is_not(None)
    total = (await tx.execute(select(func.count()).select_from(Restriction).where(public))).scalar_one()
    rows = await tx.execute(
        _VIEW.where(public).order_by(Restriction.published_at.desc(), Restriction.id).offset(offset).limit(limit)
    )
    return [_view(*row) for row in rows], total


async def run_out(tx: AsyncSession, *, limit: int) -> list[UUID]:
    """Restrictions whose time is over and whose state does not say so yet."""
    query = select(Restriction.id).where(
        Restriction.state == RestrictionState.IN_FORCE, Restriction.expires_at <= clock.now()
    )
    return list(await tx.scalars(query.order_by(Restriction.expires_at).limit(limit)))


async def restriction_for_update(
    tx: AsyncSession, restriction_id: UUID, *, organisation_id: UUID | None = None
) -> Restriction:
    """Locks the row. Raises RestrictionNotFound, also for another company's."""
    query = select(Restriction).where(Restriction.id == restriction_id).with_for_update()
    if organisation_id is not None:
        query = query.where(Restriction.organisation_id == organisation_id)
    row = await tx.scalar(query)
    if row is None:
        raise RestrictionNotFound(_("There is no such restriction."))
    return row


@dataclass(frozen=True, slots=True)
class StatementView:
    id: UUID
    member_name: str
    text: str
    files: tuple[dict[str, Any], ...]
    at: datetime


async def statements(tx: AsyncSession, restriction_id: UUID) -> list[StatementView]:
    """What the company said, oldest first."""
    rows = await tx.execute(
        select(Statement, MemberRow.name)
        .join(MemberRow, MemberRow.id == Statement.member_id)
        .where(Statement.restriction_id == restriction_id)
        .order_by(Statement.id)
    )
    return [StatementView(row.id, name, row.text, tuple(row.files), row.at) for row, name in rows]


@dataclass(frozen=True, slots=True)
class AppealView:
    id: UUID
    restriction_id: UUID
    statement_id: UUID
    state: AppealState
    filed_at: datetime
    due_at: datetime
    decided_at: datetime | None
    outcome: str


async def appeal(
    tx: AsyncSession, *, restriction_id: UUID | None = None, appeal_id: UUID | None = None
) -> AppealView | None:
    """The appeal against a restriction, or the one of that id."""
    mine = Appeal.restriction_id == restriction_id if restriction_id else Appeal.id == appeal_id
    row = await tx.scalar(select(Appeal).where(mine))
    if row is None:
        return None
    return AppealView(
        row.id,
        row.restriction_id,
        row.statement_id,
        AppealState(row.state),
        row.filed_at,
        row.due_at,
        row.decided_at,
        row.outcome,
    )


@dataclass(frozen=True, slots=True)
class PointView:
    id: UUID
    organisation_id: UUID
    breach: str
    points: int
    proposes: str
    facts: str
    given_at: datetime
    until: datetime


def _point(row: ViolationPoint) -> PointView:
    return PointView(
        row.id,
        row.organisation_id,
        row.breach,
        row.points,
        row.proposes,
        row.facts,
        row.given_at,
        counts_until(row.given_at),
    )


async def points(tx: AsyncSession, organisation_id: UUID, *, limit: int = 50) -> list[PointView]:
    """The latest points of a company, newest first."""
    query = select(ViolationPoint).where(ViolationPoint.organisation_id == organisation_id)
    rows = await tx.scalars(query.order_by(ViolationPoint.given_at.desc()).limit(limit))
    return [_point(row) for row in rows]


async def point(tx: AsyncSession, point_id: UUID) -> PointView:
    """Raises RestrictionNotFound."""
    row = await tx.get(ViolationPoint, point_id)
    if row is None:
        raise RestrictionNotFound(_("There is no such restriction."))
    return _point(row)


async def points_now(tx: AsyncSession, organisation_id: UUID) -> int:
    """What a company's points come to at this moment."""
    now = clock.now()
    query = select(ViolationPoint.points, ViolationPoint.given_at).where(
        ViolationPoint.organisation_id == organisation_id
    )
    given: Sequence[tuple[int, datetime]] = [(row.points, row.given_at) for row in await tx.execute(query)]
    return sum_of(given, now)


@dataclass(frozen=True, slots=True)
class FindingView:
    id: UUID
    organisation_id: UUID
    organ: str
    document_number: str
    kind: str
    decided_on: date
    files: tuple[dict[str, Any], ...]


async def finding(tx: AsyncSession, finding_id: UUID) -> FindingView:
    """Raises RestrictionNotFound."""
    row = await tx.get(AuthorityFinding, finding_id)
    if row is None:
        raise RestrictionNotFound(_("There is no such restriction."))
    return FindingView(
        row.id, row.organisation_id, row.organ, row.document_number, row.kind, row.decided_on, tuple(row.files)
    )


async def terminated(tx: AsyncSession, before: datetime) -> dict[UUID, datetime]:
    """Companies with which the platform ended its cooperation before a moment, and since when; while it stands, or for
    the time it stood."""
    query = (
        select(Restriction.organisation_id, func.min(Restriction.starts_at))
        .where(Restriction.kind == Kind.TERMINATED, Restriction.starts_at < before, Restriction.ended_at.is_(None))
        .group_by(Restriction.organisation_id)
    )
    return {company: since for company, since in await tx.execute(query) if since is not None}
