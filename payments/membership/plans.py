"""Plans and their prices as they stood on a day: rows with the day from which they hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Invalid, NotFound
from app.core.i18n import N_, _
from app.core.money import Money
from payments.membership.models import MembershipPlan, MembershipPrice
from trust.entitlements.limits import FREE, Limits

NAMES = {FREE: N_("Free"), "standard": N_("Standard"), "premium": N_("Premium")}
LENGTHS = {1: N_("1 month"), 12: N_("12 months")}


class PlanNotFound(NotFound):
    """No such plan, or none of this length or in this currency."""

    code = "plan_not_found"


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan on a day; `prices` by months and currency."""

    code: str
    rank: int
    limits: Limits
    prices: dict[tuple[int, str], Money]


def name(code: str) -> str:
    """A plan's name in the reader's language; one we do not know stands as it is."""
    return _(NAMES[code]) if code in NAMES else code


def length(months: int) -> str:
    return _(LENGTHS[months]) if months in LENGTHS else _("%(months)s months") % {"months": months}


async def on(tx: AsyncSession, day: date) -> list[Plan]:
    """Every plan as of a day, the smallest first, in two queries."""
    currency = MembershipPrice.price_currency  # type: ignore[attr-defined]
    newest = (
        select(MembershipPlan)
        .where(MembershipPlan.valid_from <= day)
        .ext(distinct_on(MembershipPlan.code))
        .order_by(MembershipPlan.code, MembershipPlan.valid_from.desc())
    )
    prices = (
        select(MembershipPrice)
        .where(MembershipPrice.valid_from <= day)
        .ext(distinct_on(MembershipPrice.plan, MembershipPrice.months, currency))
        .order_by(
            MembershipPrice.plan,
            MembershipPrice.months,
            currency,
            MembershipPrice.valid_from.desc(),
        )
    )
    of: dict[str, dict[tuple[int, str], Money]] = {}
    for row in await tx.scalars(prices):
        of.setdefault(row.plan, {})[row.months, row.price.currency] = row.price
    found = [
        Plan(row.code, row.rank, Limits(row.products, row.members, row.answers), of.get(row.code, {}))
        for row in await tx.scalars(newest)
    ]
    return sorted(found, key=lambda plan: plan.rank)


def price(plans: Iterable[Plan], code: str, months: int, currency: str) -> Money:
    """What a term costs. Raises PlanNotFound, or Invalid for a currency in which it is not sold."""
    plan = next((one for one in plans if one.code == code and one.prices), None)
    if plan is None or not any(length == months for length, _currency in plan.prices):
        raise PlanNotFound(_("There is no such plan."))
    if (months, currency) not in plan.prices:
        raise Invalid(_("This plan is not sold in this currency."), field="currency")
    return plan.prices[months, currency]


def currencies(plans: Iterable[Plan]) -> list[str]:
    return sorted({currency for plan in plans for _months, currency in plan.prices})
