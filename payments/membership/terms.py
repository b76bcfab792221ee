"""Terms: begun when they are paid, marked when something became of them, and what they entitle to.

Whoever changes a company's terms holds the company's lock (`trust.identity.queries.lock`).
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.ids import new_id
from app.core.money import Money
from app.core.periods import day_of
from app.core.subject import Subject
from payments.membership import plans, queries
from payments.membership.calendar import GRACE, ZONE, Place, first_moment, place, today
from payments.membership.events import MembershipStarted, MembershipVoided
from payments.membership.models import MembershipMark, MembershipOrder, MembershipTerm, MembershipWaiver
from payments.membership.queries import TermView
from payments.membership.states import Mark, VoidReason
from trust.access import Permission
from trust.entitlements import service as entitlements
from trust.identity import queries as identity
from trust.identity import service as people

NEWS = "membership_news"


def home(organisation_id: UUID) -> Subject:
    """The evidence chain of a company's memberships."""
    return Subject("membership_account", organisation_id)


async def counted(tx: AsyncSession, organisation_id: UUID) -> list[TermView]:
    """A company's terms that count, in the order in which they were made."""
    return [term for term in await queries.terms(tx, organisation_id) if term.counts]


async def next_place(tx: AsyncSession, organisation_id: UUID, plan: str, months: int) -> Place[TermView]:
    """Where a term goes that is paid today. Raises Conflict where none can be taken now."""
    ranks = {one.code: one.rank for one in await plans.on(tx, today())}
    return place(today(), await counted(tx, organisation_id), plan, months, ranks)


async def begin_paid(
    tx: AsyncSession, order: MembershipOrder, at: Place[TermView], entry_id: UUID, *, by: UUID | None
) -> MembershipTerm:
    """The term of an order whose money is here. The caller holds the locks of the company and the order."""
    prices = await plans.on(tx, day_of(order.ordered_at, ZONE))
    return await _begin(
        tx,
        at,
        by=by,
        organisation_id=order.organisation_id,
        plan=order.plan,
        months=order.months,
        list_price=plans.price(prices, order.plan, order.months, order.fee.currency),
        price=order.price,
        credit=order.credit,
        waived=order.waived,
        fee=order.fee,
        automatic=order.choice_id is not None,
        waiver_id=order.waiver_id,
        order_id=order.id,
        entry_id=entry_id,
        paid_at=clock.now(),
    )


async def begin_free(tx: AsyncSession, waiver: MembershipWaiver, *, by: UUID) -> MembershipTerm:
    """The term of a waiver of the whole fee. The caller holds the locks. Raises Conflict."""
    at = await next_place(tx, waiver.organisation_id, waiver.plan, waiver.months)
    nothing = Money.zero(waiver.price.currency)
    return await _begin(
        tx,
        at,
        by=by,
        organisation_id=waiver.organisation_id,
        plan=waiver.plan,
        months=waiver.months,
        list_price=waiver.price,
        price=waiver.price,
        credit=nothing,
        waived=waiver.price,
        fee=nothing,
        waiver_id=waiver.id,
    )


async def _begin(tx: AsyncSession, at: Place[TermView], *, by: UUID | None, **facts: Any) -> MembershipTerm:
    term = MembershipTerm(
        id=new_id(),
        kind=at.kind,
        starts_on=at.starts_on,
        ends_on=at.ends_on,
        source_id=at.source.id if at.source else None,
        **facts,
    )
    tx.add(term)
    await tx.flush()
    said = {
        "term": term.id,
        "plan": term.plan,
        "months": term.months,
        "starts_on": term.starts_on.isoformat(),
        "ends_on": term.ends_on.isoformat(),
        "fee": term.fee,
        "waived": term.waived,
    }
    await evidence.record(tx, home(term.organisation_id), "membership.begun", said, actor=by)
    await outbox.publish(tx, MembershipStarted(term.organisation_id, term.id))
    await entitle(tx, term.organisation_id)
    return term


async def mark(
    tx: AsyncSession,
    term: TermView,
    kind: Mark,
    *,
    by: UUID | None,
    reason: VoidReason | None = None,
    note: str = "",
    entry_id: UUID | None = None,
) -> bool:
    """Write something beside a term, once; whether it was new. The caller holds the company's lock."""
    row = insert(MembershipMark).values(
        id=new_id(),
        term_id=term.id,
        kind=kind,
        reason=reason or "",
        note=note,
        entry_id=entry_id,
        made_by=by,
        at=clock.now(),
    )
    new = await tx.scalar(row.on_conflict_do_nothing(index_elements=["term_id", "kind"]).returning(MembershipMark.id))
    if new is None:
        return False
    said = {"term": term.id, "reason": reason or "", "note": note}
    await evidence.record(tx, home(term.organisation_id), f"membership.{kind}", said, actor=by)
    if kind is Mark.VOID:
        await outbox.publish(tx, MembershipVoided(term.organisation_id, term.id))
        await entitle(tx, term.organisation_id)
    return True


async def entitle(tx: AsyncSession, organisation_id: UUID) -> None:
    """Bring what a company may have to what its terms say today. May be done twice."""
    now = current(await counted(tx, organisation_id), today())
    if now is None:
        await entitlements.end(tx, organisation_id)
        return
    known = {one.code: one for one in await plans.on(tx, day_of(now.created_at, ZONE))}
    until = first_moment(now.ends_on + timedelta(days=GRACE + 1))
    await entitlements.grant(tx, organisation_id, now.plan, known[now.plan].limits, until)


def current(terms: list[TermView], day: date) -> TermView | None:
    """The term in force on a day, the days of grace after it included: the latest that has begun."""
    begun = [term for term in terms if term.counts and term.starts_on <= day <= term.ends_on + timedelta(days=GRACE)]
    return max(begun, key=lambda term: (term.ends_on, term.id), default=None)


def last(terms: list[TermView]) -> TermView | None:
    """The term after which nothing is paid yet."""
    return max((term for term in terms if term.counts), key=lambda term: (term.ends_on, term.id), default=None)


async def lock(tx: AsyncSession, organisation_id: UUID) -> None:
    await identity.lock(tx, organisation_id)


async def tell(tx: AsyncSession, organisation_id: UUID, news: str, **context: Any) -> None:
    """A letter to those of the company who pay. `news` chooses its words (templates/mail/membership_news)."""
    said = {"day": "", "amount": None, "plan": "", "number": 0, "automatic": False, "until": ""} | context
    await people.notify(tx, organisation_id, Permission.PAY, NEWS, {"news": news, **said})
