"""What the register of authorities' requests asks, and what everybody may know of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence
from app.core.evidence import Link
from app.core.i18n import _
from trust.access import Member, Permission, require
from trust.authorities.errors import PartNotFound, RequestNotFound
from trust.authorities.models import AuthorityApproval, AuthorityPackage, AuthorityRequest, AuthorityTelling
from trust.authorities.states import OVER, WAITING
from trust.cases.statistics import part, published
from trust.identity import queries as identity

Shown = Literal["waiting", "over"]


async def requests(
    tx: AsyncSession, shown: Shown, *, by: Member, offset: int, limit: int
) -> tuple[list[AuthorityRequest], int]:
    """The newest first, and how many."""
    require(by, Permission.ANSWER_AUTHORITIES)
    wanted = AuthorityRequest.state.in_(OVER if shown == "over" else WAITING)
    total = await tx.scalar(select(func.count()).select_from(AuthorityRequest).where(wanted)) or 0
    query = select(AuthorityRequest).where(wanted).order_by(AuthorityRequest.id.desc())
    return list(await tx.scalars(query.offset(offset).limit(limit))), total


async def request(tx: AsyncSession, request_id: UUID, *, by: Member) -> AuthorityRequest:
    """Raises NotPermitted, RequestNotFound."""
    require(by, Permission.ANSWER_AUTHORITIES)
    return await for_queue(tx, request_id)


async def for_queue(tx: AsyncSession, request_id: UUID) -> AuthorityRequest:
    """As the moderation queue shows it. Raises RequestNotFound."""
    row = await tx.scalar(select(AuthorityRequest).where(AuthorityRequest.id == request_id))
    if row is None:
        raise RequestNotFound(_("There is no such request."))
    return row


async def approvals(tx: AsyncSession, request_id: UUID) -> list[AuthorityApproval]:
    query = select(AuthorityApproval).where(AuthorityApproval.request_id == request_id)
    return list(await tx.scalars(query.order_by(AuthorityApproval.id)))


async def packages(tx: AsyncSession, request_id: UUID) -> list[AuthorityPackage]:
    query = select(AuthorityPackage).where(AuthorityPackage.request_id == request_id)
    return list(await tx.scalars(query.order_by(AuthorityPackage.id)))


async def package(tx: AsyncSession, request_id: UUID, package_id: UUID) -> AuthorityPackage:
    """Raises PartNotFound."""
    query = select(AuthorityPackage).where(AuthorityPackage.id == package_id, AuthorityPackage.request_id == request_id)
    row = await tx.scalar(query)
    if row is None:
        raise PartNotFound(_("There is no such package."))
    return row


@dataclass(frozen=True, slots=True)
class Telling:
    company: str
    tell_at: datetime | None
    told_at: datetime | None


async def tellings(tx: AsyncSession, package_id: UUID) -> list[Telling]:
    """The companies whose data are in a package, and when they are told."""
    rows = list(await tx.scalars(select(AuthorityTelling).where(AuthorityTelling.package_id == package_id)))
    names = await identity.organisations(tx, [row.organisation_id for row in rows])
    found = [Telling(names[row.organisation_id].name_latin, row.tell_at, row.told_at) for row in rows]
    return sorted(found, key=lambda one: one.company)


async def timeline(tx: AsyncSession, row: AuthorityRequest) -> list[Link]:
    return await evidence.chain(tx, row.itself)


@dataclass(frozen=True, slots=True)
class Figures:
    """Requests of a country in one half-year, which begins on `half`, by when they came.

    in_time   of those that named a day and are over
    """

    half: date
    country: str
    received: int
    answered: int
    refused: int
    timed: int
    in_time: int


_FIGURES = """
    SELECT make_date(extract(year FROM local)::int, CASE WHEN extract(month FROM local) < 7 THEN 1 ELSE 7 END, 1)
               AS half, {country} AS country, count(*) AS received,
           count(*) FILTER (WHERE state IN ('answered', 'partly')) AS answered,
           count(*) FILTER (WHERE state = 'refused') AS refused,
           count(*) FILTER (WHERE ended_at IS NOT NULL AND due_at IS NOT NULL) AS timed,
           count(*) FILTER (WHERE ended_at <= due_at) AS in_time
      FROM (SELECT *, received_at AT TIME ZONE :zone AS local FROM authority_request) r
     GROUP BY 1, 2 ORDER BY 1 DESC, 2 LIMIT 60
"""
_BY_COUNTRY, _IN_ALL = text(_FIGURES.format(country="country")), text(_FIGURES.format(country="''"))


async def figures(tx: AsyncSession, zone: str, *, by: Member) -> list[Figures]:
    """By half-year and country, the newest first."""
    require(by, Permission.ANSWER_AUTHORITIES)
    return [Figures(**row) for row in (await tx.execute(_BY_COUNTRY, {"zone": zone})).mappings()]


@dataclass(frozen=True, slots=True)
class Published:
    """What everybody may know of a half-year; None: too few to tell."""

    half: date
    received: int | None
    answered: int | None
    refused: int | None


async def public_figures(tx: AsyncSession, zone: str) -> list[Published]:
    """By half-year alone: neither countries nor small numbers, which might tell of whom they speak."""
    rows = (await tx.execute(_IN_ALL, {"zone": zone})).mappings()
    return [
        Published(
            row["half"],
            published(row["received"]),
            part(row["answered"], row["received"]),
            part(row["refused"], row["received"]),
        )
        for row in rows
    ]
