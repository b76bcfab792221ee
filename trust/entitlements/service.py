"""What companies are entitled to: granted by who sells plans, checked where a limit binds."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.db import once
from app.core.i18n import _
from trust.entitlements.errors import LimitReached
from trust.entitlements.events import EntitlementsChanged
from trust.entitlements.limits import FREE, FREE_LIMITS, Limit, Limits
from trust.entitlements.models import Entitlement

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")


@dataclass(frozen=True, slots=True)
class Entitled:
    """What a company may have now; `until` None: no end is set, it is the free plan."""

    plan: str
    limits: Limits
    until: datetime | None


async def of(tx: AsyncSession, organisation_id: UUID) -> Entitled:
    """What a company may have at this moment."""
    row: Entitlement | None = await tx.scalar(*_of(organisation_id))
    if row is None or row.until <= clock.now():
        return Entitled(FREE, FREE_LIMITS, None)
    return Entitled(row.plan, Limits(row.products, row.members, row.answers), row.until)


@once
def _of(organisation_id: UUID) -> Select[Entitlement]:
    query = select(Entitlement).where(Entitlement.organisation_id == organisation_id)
    return query.execution_options(populate_existing=True)


async def grant(tx: AsyncSession, organisation_id: UUID, plan: str, limits: Limits, until: datetime) -> None:
    """Entitle a company to these limits until a moment. Whoever follows the limits is told when they are others."""
    before = await _kept(tx, organisation_id)
    values = {
        "plan": plan,
        "products": limits.products,
        "members": limits.members,
        "answers": limits.answers,
        "until": until,
        "changed_at": clock.now(),
    }
    row = insert(Entitlement).values(organisation_id=organisation_id, **values)
    await tx.execute(row.on_conflict_do_update(index_elements=["organisation_id"], set_=values))
    if before != limits:
        await outbox.publish(tx, EntitlementsChanged(organisation_id))


async def end(tx: AsyncSession, organisation_id: UUID) -> None:
    """Back to the free plan. May be done twice."""
    before = await _kept(tx, organisation_id)
    await tx.execute(delete(Entitlement).where(Entitlement.organisation_id == organisation_id))
    if before != FREE_LIMITS:
        await outbox.publish(tx, EntitlementsChanged(organisation_id))


async def _kept(tx: AsyncSession, organisation_id: UUID) -> Limits:
    """The limits as they were last told, whether or not their time is over."""
    query = select(Entitlement).where(Entitlement.organisation_id == organisation_id).with_for_update()
    row = await tx.scalar(query.execution_options(populate_existing=True))
    return Limits(row.products, row.members, row.answers) if row else FREE_LIMITS


async def over(tx: AsyncSession) -> list[UUID]:
    """Companies whose entitlement has run out and was not ended yet."""
    query = select(Entitlement.organisation_id).where(Entitlement.until <= clock.now())
    return list(await tx.scalars(query.order_by(Entitlement.until).limit(1000)))


async def check(tx: AsyncSession, organisation_id: UUID, limit: Limit, count: Callable[[], Awaitable[int]]) -> None:
    """Whether the company may have one more. One at a time for a company and limit, until the transaction ends.

    count  how many it has, asked under the lock and only where there is a limit
    Raises LimitReached.
    """
    await tx.execute(_ONE_AT_A_TIME, {"what": f"entitlement:{limit}:{organisation_id}"})
    most = (await of(tx, organisation_id)).limits.most(limit)
    if most is None or await count() < most:
        return
    raise LimitReached(
        {
            Limit.PRODUCTS: _(
                "Your plan has room for %(most)s products online. Withdraw one, or choose a larger plan."
            ),
            Limit.MEMBERS: _("Your plan has room for %(most)s members. Choose a larger plan to invite more."),
            Limit.ANSWERS: _("Your plan has room for answers to %(most)s requests a month. A larger plan has more."),
        }[limit]
        % {"most": most},
        limit=limit.value,
        most=most,
        address="/membership",
    )
