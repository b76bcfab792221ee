"""Over which amount two people are needed: the platform's limits by currency, and a company's own."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.config import Settings
from app.core.errors import Conflict, Invalid
from app.core.i18n import N_, _
from app.core.ids import new_id
from app.core.money import Money
from app.core.rates import RateMissing, Rates
from app.core.subject import Subject
from payments.approvals import queries, service
from payments.approvals.models import ApprovalLimit
from payments.approvals.queries import ApprovalView
from payments.approvals.service import WORKS, Asked, Seen, Work
from payments.approvals.states import ApprovalState
from trust.access import Member, Permission, require
from trust.identity import queries as identity
from trust.identity.service import audit, require_step_up

LIMIT, COMPANY_LIMIT = "limit", "company_limit"
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:whose, 0))")


async def needs_second(tx: AsyncSession, organisation_id: UUID, amount: Money) -> bool:
    """Whether a company wants two of its people for this amount; by the reference rates of the day, and where there is
    no rate, rather two."""
    limit = await queries.company_limit(tx, organisation_id)
    if limit is None or not amount:
        return False
    try:
        rates = await Rates.on(tx, clock.now().date())
        return rates.convert(amount, limit.currency).amount > limit
    except RateMissing:
        return True


async def ask_platform(tx: AsyncSession, amount: Money, reason: str, settings: Settings, *, by: Member) -> None:
    """Propose another limit for the platform's own people. Raises NotPermitted, Invalid, Conflict."""
    require(by, Permission.APPROVE_MONEY)
    if amount.minor < 0:
        raise Invalid(_("Please enter an amount above zero."), field="amount")
    standing = await queries.platform_limit_id(tx, amount.currency)
    subject = Subject("approval_limit", standing or by.organisation_id)
    asked = Asked(kind=LIMIT, subject=subject, reason=reason, wanted=_wanted(amount))
    await service.ask(tx, asked, settings, by=by)


async def set_company(
    tx: AsyncSession, amount: Money | None, reason: str, settings: Settings, *, by: Member
) -> ApprovalState:
    """Set the limit of the member's company; None switches it off.

    Setting it first and lowering it happens at once. Anything looser needs a fresh step-up and a second member. Raises
    NotPermitted, StepUpNeeded, Invalid, Conflict where the company has nobody who could be the second person.
    """
    require(by, Permission.PAY)
    await _lock(tx, by.organisation_id)
    if amount is not None and amount.minor < 0:
        raise Invalid(_("Please enter an amount above zero."), field="amount")
    standing = await queries.company_limit(tx, by.organisation_id)
    if standing == amount:
        raise Conflict(_("This is the amount already."))
    tighter = amount is not None and (standing is None or (amount.currency == standing.currency and amount < standing))
    if not tighter:
        await require_step_up(tx, by)
        asked = Asked(
            kind=COMPANY_LIMIT,
            subject=Subject("organisation", by.organisation_id),
            reason=reason,
            wanted=_wanted(amount),
            company=by.organisation_id,
        )
        return await service.ask(tx, asked, settings, by=by)
    if len(await identity.members_to_notify(tx, by.organisation_id, Permission.PAY)) < 2:
        raise Conflict(_("Your company needs a second member with the right to pay first. Invite one."))
    await _set(tx, by, amount, None)
    return ApprovalState.AGREED


async def _set(tx: AsyncSession, by: Member, amount: Money | None, approval_id: UUID | None) -> None:
    tx.add(
        ApprovalLimit(
            id=new_id(),
            organisation_id=by.organisation_id,
            amount=amount,
            approval_id=approval_id,
            set_by=by.id,
        )
    )
    audit(tx, by.organisation_id, by.id, "approval_limit.set", amount=str(amount) if amount is not None else "")
    await tx.flush()


def _wanted(amount: Money | None) -> dict[str, object]:
    return {"minor": amount.minor, "currency": amount.currency} if amount is not None else {}


async def _lock(tx: AsyncSession, whose: UUID | str) -> None:
    """One at a time, until the transaction ends."""
    await tx.execute(_LOCK, {"whose": f"approval_limit:{whose}"})


async def _look_platform(tx: AsyncSession, asked: Asked) -> Seen:
    currency = asked.wanted["currency"]
    await _lock(tx, currency)
    standing = (await queries.platform_limits(tx)).get(currency)
    wanted = Money(asked.wanted["minor"], currency)
    if wanted == standing:
        raise Conflict(_("This is the amount already."))
    return Seen(wanted, {"standing": standing.minor if standing else None})


async def _do_platform(tx: AsyncSession, row: ApprovalView, by: Member, settings: Settings) -> None:
    tx.add(ApprovalLimit(id=new_id(), amount=row.amount, approval_id=row.id, set_by=by.id))
    await tx.flush()


async def _look_company(tx: AsyncSession, asked: Asked) -> Seen:
    await _lock(tx, asked.subject.id)
    standing = await queries.company_limit(tx, asked.subject.id)
    if standing is None:
        raise Conflict(_("This is the amount already."))
    return Seen(standing)


async def _do_company(tx: AsyncSession, row: ApprovalView, by: Member, settings: Settings) -> None:
    amount = Money(row.wanted["minor"], row.wanted["currency"]) if row.wanted else None
    await _set(tx, by, amount, row.id)


WORKS[LIMIT] = Work(
    label=N_("Another limit for one person alone"),
    look=_look_platform,
    do=_do_platform,
    asks=Permission.APPROVE_MONEY,
    agrees=Permission.APPROVE_MONEY,
    place=lambda _approval: "/finance/approvals",
)
WORKS[COMPANY_LIMIT] = Work(
    label=N_("Another limit for one person alone"),
    look=_look_company,
    do=_do_company,
    asks=Permission.PAY,
    agrees=Permission.PAY,
    place=lambda _approval: "/approvals",
)
