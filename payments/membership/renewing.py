"""What happens around the end of a term: reminders, renewal by itself with consent, days of grace, the free plan.

One step for a company, done every hour and as often as one likes: each letter and each try leaves a row.
"""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.errors import Conflict, DomainError, Invalid
from app.core.i18n import _, format_money
from app.core.ids import new_id
from payments.membership import ordering, paying, plans, queries, terms
from payments.membership.calendar import GRACE, NOTICE, REMINDERS, TRIES, today
from payments.membership.models import MembershipChoice, MembershipNotice
from payments.membership.queries import TermView
from payments.membership.states import Mark
from trust.access import Member, Scope, barring
from trust.entitlements import service as entitlements
from trust.identity import queries as identity

WORDING = "2026-11"
"""Which words of consent are shown now (templates/membership/_renewal.html)."""


async def choose(tx: AsyncSession, *, automatic: bool, plan: str, months: int, agreed: bool, by: Member) -> None:
    """Say what happens at the end of the term: paid by itself out of the balance, paid by hand, or not renewed.

    plan    of the next term; "" lets the membership end
    agreed  to the words of consent; without it nothing is renewed by itself
    Locks the company. Raises NotPermitted, PlanNotFound, Invalid.
    """
    ordering.only_suppliers(by)
    await terms.lock(tx, by.organisation_id)
    if automatic and not agreed:
        raise Invalid(_("Please agree, or leave automatic renewal off."), field="agreed")
    if automatic and not plan:
        raise Invalid(_("Choose the plan that is renewed."), field="plan")
    if plan:
        running = terms.last(await queries.terms(tx, by.organisation_id))
        on_sale = await plans.on(tx, today())
        currency = running.fee.currency if running else plans.currencies(on_sale)[0]
        plans.price(on_sale, plan, months, currency)
    row = MembershipChoice(
        id=new_id(),
        organisation_id=by.organisation_id,
        automatic=automatic,
        plan=plan,
        months=months,
        wording=WORDING if automatic else "",
        made_by=by.id,
    )
    tx.add(row)
    await tx.flush()
    said = {"choice": row.id, "automatic": automatic, "plan": plan, "months": months, "wording": row.wording}
    await evidence.record(tx, terms.home(by.organisation_id), "membership.chosen", said, actor=by.id)
    await terms.tell(tx, by.organisation_id, "automatic_on" if automatic else "automatic_off", plan=plan)


async def due(tx: AsyncSession) -> list[UUID]:
    """Companies around the end of a term, and those whose entitlement has run out unnoticed."""
    day = today()
    near = await queries.ending(tx, day - timedelta(days=GRACE + 1), day + timedelta(days=REMINDERS[0]))
    return sorted({*near, *await entitlements.over(tx)})


async def keep(tx: AsyncSession, organisation_id: UUID) -> None:
    """Do what is due today for a company's membership. Locks the company. May be done twice."""
    await terms.lock(tx, organisation_id)
    await terms.entitle(tx, organisation_id)
    last = terms.last(await queries.terms(tx, organisation_id))
    if last is None:
        return
    chosen = await queries.choice(tx, organisation_id)
    left = (last.ends_on - today()).days
    if left < -GRACE:
        if await _once(tx, last, "ended"):
            await terms.tell(tx, organisation_id, "ended", plan=last.plan, day=last.ends_on.isoformat())
        return
    if chosen is not None and chosen.automatic and await _renewed(tx, last, chosen, left):
        return
    if chosen is None or chosen.plan or chosen.automatic:
        await _remind(tx, last, chosen, left)


async def _remind(tx: AsyncSession, last: TermView, chosen: MembershipChoice | None, left: int) -> None:
    """One letter at each step, the latest that is due; in the days of grace one that says so."""
    step = min((days for days in REMINDERS if days >= left), default=None) if left >= 0 else None
    kind = "grace" if left < 0 else f"remind_{step}"
    if (left >= 0 and step is None) or not await _once(tx, last, kind):
        return
    said = {"plan": last.plan, "day": last.ends_on.isoformat(), "number": max(left, 0)}
    until = last.ends_on + timedelta(days=GRACE)
    automatic = chosen is not None and chosen.automatic
    news = "grace" if left < 0 else "reminder"
    await terms.tell(tx, last.organisation_id, news, until=until.isoformat(), automatic=automatic, **said)


async def _renewed(tx: AsyncSession, last: TermView, chosen: MembershipChoice, left: int) -> bool:
    """Announce an automatic renewal, then try it on its days; whether it is paid."""
    announced = f"announced_{chosen.id}"
    if left <= REMINDERS[1] and await _once(tx, last, announced, choice_id=chosen.id):
        await _announce(tx, last, chosen)
    said = (await queries.notices(tx, last.id)).get(announced)
    if said is None:
        return False
    first = max(last.ends_on, said.day + timedelta(days=NOTICE))
    tries = [f"try_{chosen.id.hex[-8:]}_{days}" for days in TRIES if first + timedelta(days=days) <= today()]
    if not tries or not await _once(tx, last, tries[-1], choice_id=chosen.id):
        return False
    return await _try(tx, last, chosen, said.day)


async def _announce(tx: AsyncSession, last: TermView, chosen: MembershipChoice) -> None:
    price = plans.price(await plans.on(tx, today()), chosen.plan, chosen.months, last.list_price.currency)
    on = max(last.ends_on, today() + timedelta(days=NOTICE))
    said = {"plan": chosen.plan, "amount": format_money(price), "day": on.isoformat(), "automatic": True}
    await terms.tell(tx, last.organisation_id, "announced", **said)


async def _try(tx: AsyncSession, last: TermView, chosen: MembershipChoice, announced_on: date) -> bool:
    """Pay the next term out of the balance, for no more than was announced; a refusal changes nothing but is told."""
    party = last.organisation_id
    why = ""
    if barring((await identity.bound(tx, [party]))[party], Scope.ADS) is not None:
        return False  # a suspended company pays for nothing it cannot use
    if await queries.open_order_for_update(tx, party) is not None:
        return False  # it is being paid by hand
    try:
        async with tx.begin_nested():
            wanted = await ordering.offer(tx, party, chosen.plan, chosen.months, last.list_price.currency)
            then = await plans.on(tx, announced_on)
            if plans.price(then, chosen.plan, chosen.months, wanted.fee.currency) < wanted.fee:
                raise Conflict(_("The price has changed since it was announced."))
            row = await ordering.write(tx, party, wanted, "balance", ordered_by=None, choice_id=chosen.id)
            await paying.from_balance(tx, row, by=None)
    except DomainError as error:
        why = error.code
    if why:
        until = last.ends_on + timedelta(days=GRACE)
        await terms.tell(tx, party, "failed", plan=chosen.plan, until=until.isoformat())
    return not why


async def _once(tx: AsyncSession, term: TermView, kind: str, *, choice_id: UUID | None = None) -> bool:
    """Whether this was not done for the term before."""
    row = insert(MembershipNotice).values(
        id=new_id(), term_id=term.id, kind=kind, choice_id=choice_id, day=today(), at=clock.now()
    )
    done = row.on_conflict_do_nothing(index_elements=["term_id", "kind"]).returning(MembershipNotice.id)
    return await tx.scalar(done) is not None


async def sanctioned(tx: AsyncSession, organisation_id: UUID, *, ended: bool) -> None:
    """The cooperation was ended while a term ran, or that was lifted: said beside the term, once. Locks the company."""
    await terms.lock(tx, organisation_id)
    now = terms.current(await queries.terms(tx, organisation_id), today())
    if now is not None and ended:
        await terms.mark(tx, now, Mark.SANCTION, by=None)
    elif not ended:
        for term in await queries.terms(tx, organisation_id):
            if term.sanctioned:
                await terms.mark(tx, term, Mark.SANCTION_LIFTED, by=None)
