"""What figures of users are counted from: every company and every member, since when and until when they count."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, String, TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from trust.access import GRANTS, Permission

AT_ONCE = 1000

# Counted from the later of two moments: registered, and the first address confirmed.
_COMPANIES = text("""
SELECT o.id, o.country, o.registration_kind, o.registration_number, o.level, o.buys, o.sells,
       greatest(o.created_at, c.at) AS since, o.left_at
  FROM organisation o
  JOIN (SELECT organisation_id, min(email_confirmed_at) AS at FROM member
         WHERE email_confirmed_at IS NOT NULL GROUP BY organisation_id) c ON c.organisation_id = o.id
 WHERE NOT o.is_platform AND greatest(o.created_at, c.at) < :before
 ORDER BY o.id
""")
_PEOPLE = text("""
SELECT m.id, m.organisation_id, greatest(m.created_at, m.email_confirmed_at) AS since, m.removed_at AS until
  FROM member m JOIN organisation o ON o.id = m.organisation_id
 WHERE NOT o.is_platform AND greatest(m.created_at, m.email_confirmed_at) < :before AND m.email_confirmed_at IS NOT NULL
 ORDER BY m.id
""")

_STAFF = text("""
SELECT min(m.created_at) FROM member m JOIN organisation o ON o.id = m.organisation_id
 WHERE o.is_platform AND m.created_at < :before AND (m.removed_at IS NULL OR m.removed_at >= :before)
   AND m.roles && CAST(:roles AS varchar[])
""").bindparams(bindparam("roles", type_=ARRAY(String)))


@dataclass(frozen=True, slots=True)
class Counted:
    """A company that counts since a moment, until it has left."""

    id: UUID
    country: str
    registration_kind: str
    registration_number: str
    level: int
    buys: bool
    sells: bool
    since: datetime
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class CountedMember:
    id: UUID
    organisation_id: UUID
    since: datetime
    until: datetime | None


async def companies(tx: AsyncSession, before: datetime) -> AsyncIterator[Counted]:
    """Every company but the platform that was registered, with a confirmed address, before a moment; by id."""
    async for row in _rows(tx, _COMPANIES, before):
        yield Counted(*row)


async def people(tx: AsyncSession, before: datetime) -> AsyncIterator[CountedMember]:
    """Every member of such companies whose address was confirmed before a moment; by id."""
    async for row in _rows(tx, _PEOPLE, before):
        yield CountedMember(*row)


async def _rows(tx: AsyncSession, query: TextClause, before: datetime) -> AsyncIterator[Any]:
    found = await tx.stream(query.bindparams(before=before), execution_options={"yield_per": AT_ONCE})
    async for row in found:
        yield row


async def staffed_since(tx: AsyncSession, permission: Permission, before: datetime) -> datetime | None:
    """Since when there has been somebody of the platform with a permission, of those who were there at a moment."""
    roles = [role.value for role, granted in GRANTS.items() if permission in granted]
    found: datetime | None = await tx.scalar(_STAFF, {"roles": roles, "before": before})
    return found


async def first_registered(tx: AsyncSession) -> datetime | None:
    """When the first company came to count; None while there is none."""
    query = text("""
        SELECT min(greatest(o.created_at, m.email_confirmed_at))
          FROM organisation o JOIN member m ON m.organisation_id = o.id AND m.email_confirmed_at IS NOT NULL
         WHERE NOT o.is_platform
    """)
    found: datetime | None = await tx.scalar(query)
    return found
