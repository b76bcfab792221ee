"""How far a company is believed, from the facts that stand: the one place where its level is worked out."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from trust.identity import queries as identity
from trust.identity import service as people
from trust.verification import queries
from trust.verification.facts import BEYOND, CLAIMED, ENTITY
from trust.verification.models import VerifiedFact
from trust.verification.queries import FactView

CONTACT, LEGAL_ENTITY, BEYOND_IT = 1, 2, 3
GRACE = timedelta(days=30)
"""After the end of its entity's confirmation a company keeps its level for so long (`expiry`)."""


def entity_until(facts: Iterable[FactView]) -> datetime | None:
    """Until when the legal entity is confirmed: the earliest end of its facts; None while one is not confirmed."""
    ends = {fact.fact: fact.valid_until for fact in facts}
    return min(ends[fact] for fact in ENTITY) if all(fact in ends for fact in ENTITY) else None


def ends(*which: ColumnElement[bool]) -> Subquery:
    """`entity_until` in SQL, of many companies: `organisation_id` and `until` of those whose entity was confirmed.

    which  of which companies, as conditions on VerifiedFact
    """
    newest = (
        select(VerifiedFact.organisation_id, VerifiedFact.valid_until)
        .where(VerifiedFact.fact.in_(ENTITY), *which)
        .ext(distinct_on(VerifiedFact.organisation_id, VerifiedFact.fact))
        .order_by(VerifiedFact.organisation_id, VerifiedFact.fact, VerifiedFact.confirmed_at.desc())
        .subquery()
    )
    return (
        select(newest.c.organisation_id, func.min(newest.c.valid_until).label("until"))
        .group_by(newest.c.organisation_id)
        .having(func.count() == len(ENTITY))
        .subquery()
    )


def level_of(facts: Iterable[FactView]) -> int:
    """The level that these facts carry now, in the days of grace as well."""
    known = list(facts)
    until = entity_until(known)
    if until is None or until + GRACE <= clock.now():
        return CONTACT
    shown = any(f.fact in BEYOND and f.state == "verified" and f.method != CLAIMED for f in known)
    return BEYOND_IT if shown else LEGAL_ENTITY


async def settle(tx: AsyncSession, organisation_id: UUID, *, by: UUID | None) -> None:
    """Give a company the level that its facts carry, and let it publish again when it is verified anew.

    Locks the company, so that nobody else's facts come between. Who writes facts locks it before that: to write them
    first and then wait for one another would be a deadlock.
    """
    await identity.lock(tx, organisation_id)
    await tx.flush()
    facts = await queries.facts(tx, organisation_id, public=False)
    found, until = level_of(facts), entity_until(facts)
    if until is None:  # nothing to work a level out from: it stands on its contact
        return
    await people.set_level(tx, organisation_id, found, by=by)
    if until > clock.now():
        await people.resume(tx, organisation_id, by=by)
