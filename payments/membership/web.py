"""Choosing a plan, saying what happens at its end, and giving it back. The page itself is `app.pages.membership`."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from app.core.config import Settings
from app.core.i18n import _
from app.core.money import Money
from app.core.web import Answer, HouseRouter, Submitted, Tx
from payments import rails
from payments.errors import RailUnavailable
from payments.membership import ordering, paying, plans, renewing
from payments.membership.calendar import COOLING_OFF, GRACE, today
from payments.membership.schemas import LimitsOut, OrderIn, OrderOut, PlanOut, PlansOut, PriceOut, RenewalIn
from trust.access import CurrentMember
from trust.entitlements.limits import LABELS

router = HouseRouter(tags=["memberships"])
FIRST_CURRENCY = "USD"


class PlansQuery(BaseModel):
    currency: Annotated[str, Query(pattern=r"^[A-Z]{3}$")] = FIRST_CURRENCY


@router.get("/plans", response_model=PlansOut)
async def show_plans(tx: Tx, answer: Answer, asked: Annotated[PlansQuery, Query()]) -> Response:
    """Every plan with its limits and prices, for anybody."""
    found = await plans.on(tx, today())
    currencies = plans.currencies(found)
    out = PlansOut(
        plans=[
            PlanOut(
                plan=plan.code,
                limits=LimitsOut.model_validate(plan.limits),
                prices=[PriceOut(months=key[0], price=price) for key, price in sorted(plan.prices.items())],
            )
            for plan in found
        ]
    )
    currency = asked.currency if asked.currency in currencies else FIRST_CURRENCY
    return answer.show(
        "membership/plans.html",
        out,
        plans=found,
        plan_name=plans.name,
        length=plans.length,
        labels={limit.value: _(label) for limit, label in LABELS.items()},
        lengths=sorted({months for plan in found for months, _currency in plan.prices}),
        currency=currency,
        currencies=currencies,
        grace=GRACE,
        cooling_off=COOLING_OFF,
    )


def ways(request: Request, amount: Money) -> list[str]:
    """How this amount can be paid to a provider or bank here."""
    settings: Settings = request.app.state.settings
    return [offer.code for offer in rails.rails(settings, request.app.state.jobs.gateway, amount)]


@router.post("/membership/orders", response_model=OrderOut)
async def order(
    request: Request, tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[OrderIn, Submitted(OrderIn)]
) -> Response:
    """Order a term. From the balance it is paid at once; otherwise people go on to the payment's page."""
    ordering.only_suppliers(member)
    wanted = await ordering.offer(tx, member.organisation_id, data.plan, data.months, data.currency)
    if data.rail != "balance" and data.rail not in ways(request, wanted.fee):
        raise RailUnavailable(_("This cannot be paid this way. Please choose another."))
    made, asked = await ordering.order(tx, data.plan, data.months, data.currency, data.rail, by=member)
    out = OrderOut.model_validate(made)
    if asked is None:
        return answer.done("/membership", out, created=True, flash=_("Paid from your balance. The term is yours."))
    return answer.done(f"/payments/{asked.id}", out, created=True)


@router.post("/membership/orders/{membership_order_id}/cancellation")
async def cancel(membership_order_id: UUID, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Give an unpaid order up."""
    await ordering.cancel(tx, membership_order_id, by=member)
    return answer.done("/membership", flash=_("The order was cancelled. Nothing was paid."))


@router.post("/membership/renewal")
async def choose(
    tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[RenewalIn, Submitted(RenewalIn)]
) -> Response:
    """Say what happens at the end of the term."""
    await renewing.choose(
        tx,
        automatic=data.choice == "automatic",
        plan=data.plan,
        months=data.months,
        agreed=data.agreed,
        by=member,
    )
    said = {
        "automatic": _("The next term will be paid from your balance. We write to you before that."),
        "by_hand": _("Nothing is renewed by itself. We remind you before the end."),
        "end": _("Your membership ends with its term. The free plan follows."),
    }
    return answer.done("/membership", flash=said[data.choice])


@router.post("/membership/terms/{term_id}/refund")
async def refund(term_id: UUID, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Give a term back in full within the cooling-off time."""
    ordering.only_suppliers(member)
    await paying.refund(tx, term_id, by=member)
    return answer.done("/membership", flash=_("The term was given back. The whole fee is refunded."))
