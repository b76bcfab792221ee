"""OPS-02: what people take out is counted, and stopped where it is far more than their role ever does.

Counted is what is asked for, whether or not it is there: a member who tries numbers counts too. The first page of a
list is not counted, for programs look there for news all day; who walks through the pages takes the list along.
"""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.db import Database
from app.core.periods import day_of
from app.core.subject import Subject
from trust.access import Member, Role
from trust.exports.events import ExportsStopped
from trust.exports.models import ExportDay
from trust.identity.models import MemberRow
from trust.retention.classes import EXPORTS
from trust.risk import holds
from trust.risk import service as risk
from trust.risk.engine import Point
from trust.risk.facts_of_people import ExportFacts

PER_MILLE = 995
DAYS = EXPORTS.period
"""P99.5 of the role over 90 days: RISK.md, OPS-02. Days on which a member took nothing out are not among them."""


class Kind(StrEnum):
    """What is taken out."""

    LINES = "lines"
    MESSAGE_FILES = "message_files"
    CONTRACTS = "contracts"
    ORDERS = "orders"
    TRADE_PAPERS = "trade_papers"
    INVOICES = "invoices"
    BUNDLES = "bundles"
    IDENTITY = "identity"
    CASES = "cases"
    RIGHTS = "rights"
    GOODS = "goods"
    INDICATORS = "indicators"


_COUNT = text("""
    WITH counted AS (
        INSERT INTO export_day AS d (id, day, member_id, organisation_id, role, number, kinds)
        VALUES (uuidv7(), :day, :member, :organisation, :role, :number,
                jsonb_build_object(CAST(:kind AS text), CAST(:number AS int)))
        ON CONFLICT (member_id, day) DO UPDATE SET
            number = d.number + excluded.number,
            kinds = d.kinds || jsonb_build_object(
                CAST(:kind AS text), coalesce(CAST(d.kinds ->> :kind AS int), 0) + excluded.number)
        RETURNING d.id, d.number)
    SELECT id, number,
           coalesce((SELECT u.number FROM export_usual u WHERE u.role = :role ORDER BY u.day DESC LIMIT 1), 0) AS usual,
           EXISTS (SELECT FROM risk_hold h JOIN risk_hit f ON f.id = h.hit_id
                    WHERE (h.subject_type, h.subject_id) = ('exports', :member) AND h.released_at IS NOT NULL
                      AND f.subject_id = counted.id) AS let_go
      FROM counted
""")
_LEARN = text("""
    INSERT INTO export_usual (role, day, per_mille, number, days)
    SELECT role, CAST(:day AS date), CAST(:per_mille AS int),
           percentile_disc(CAST(:per_mille AS int) / 1000.0) WITHIN GROUP (ORDER BY number), count(*)
      FROM export_day WHERE day >= :since AND day < CAST(:day AS date) GROUP BY role
    ON CONFLICT DO NOTHING
""")
_FORGET = text("DELETE FROM export_day WHERE day < :since")


def exports_of(member: Member) -> Subject:
    """All that a member takes out, as one thing that can be held."""
    return Subject("exports", member.id)


def role_of(member: Member) -> Role:
    """The role that a member's days count for: of several, the first in the order in which roles are declared."""
    return min(member.roles, key=list(Role).index)


async def take(db: Database, kind: Kind, number: int, *, zone: str, by: Member) -> None:
    """Count what is about to be handed out, in a transaction of its own: refused requests count, and pages only read.

    zone    in which days are counted (IANA)
    raises  OnHold with the time at which it is over, for whoever took far too much
    """
    async with db.aside.transaction() as tx:
        day = day_of(clock.now(), zone)
        counted = await _count(tx, kind, number, day, by)
        held = await holds.standing(tx, exports_of(by))  # after counting, which waits for whoever asks at the same time
        if not held and await _is_too_much(tx, counted, day, by):
            held = await holds.standing(tx, exports_of(by))
    if held:
        raise holds.on_hold(held[0])


async def _count(tx: AsyncSession, kind: Kind, number: int, day: date, by: Member) -> Row[*tuple[Any, ...]]:
    """The day with what is asked for now, what is usual, and whether two people let this day go on. Locks the day."""
    said = {"day": day, "kind": kind, "number": number, "role": role_of(by)}
    return (await tx.execute(_COUNT, said | {"member": by.id, "organisation": by.organisation_id})).one()


async def _is_too_much(tx: AsyncSession, counted: Row[*tuple[Any, ...]], day: date, by: Member) -> bool:
    """Whether the rule stops the member; who is in charge is told."""
    role = role_of(by)
    found = await risk.assess(
        tx,
        Point.EXPORT,
        Subject("export_day", counted.id),
        ExportFacts(role, counted.number, counted.usual, let_go=counted.let_go),
        organisation_id=by.organisation_id,
        title=f"{by.name} · {day}",
        by=by,
        holds=exports_of(by),
        reviewed=not by.is_staff,
    )
    if found.until is None:
        return False
    stopped = ExportsStopped(by.id, by.organisation_id, day.isoformat(), counted.number, counted.usual)
    await outbox.publish(tx, stopped)
    return True


async def learn(tx: AsyncSession, day: date) -> None:
    """Add up what was usual for each role in the DAYS before this day. May run twice: the first figure stands."""
    await tx.execute(_LEARN, {"day": day, "since": day - DAYS, "per_mille": PER_MILLE})


async def forget(tx: AsyncSession, day: date) -> None:
    """Erase what no figure is made of any more."""
    await tx.execute(_FORGET, {"since": day - DAYS})


async def most(tx: AsyncSession, *, since: date, limit: int = 50) -> list[tuple[ExportDay, MemberRow]]:
    """The days on which members took out the most since then."""
    query = select(ExportDay, MemberRow).join(MemberRow, MemberRow.id == ExportDay.member_id)
    rows = await tx.execute(
        query.where(ExportDay.day >= since).order_by(ExportDay.number.desc(), ExportDay.id).limit(limit)
    )
    return [(day, member) for day, member in rows]
