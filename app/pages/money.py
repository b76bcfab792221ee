"""A company's money at a glance: what was earned and where it is, what is held for whom and why."""

from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from app.core import clock
from app.core.config import Settings
from app.core.i18n import N_, _
from app.core.money import Money
from app.core.web import Answer, HouseRouter, Tx
from orders.deals import queries as orders
from orders.deals.queries import OrderView
from orders.deals.states import LABELS, UNDER_WAY, OrderState
from payments import overview
from payments import queries as money
from payments.invoices import queries as invoices
from payments.payouts import queries as payouts
from payments.payouts.states import LABELS as PAYOUT_LABELS
from trust.access import CurrentMember, NotPermitted, Permission

router = HouseRouter(tags=["payouts"])
MOST = 50
LATEST = 5

REASONS = {
    OrderState.CONTRACTED: N_("Waits for the buyer's payment."),
    OrderState.FUNDING: N_("Waits for the rest of the buyer's payments."),
    OrderState.FUNDED: N_("Held until the goods are shipped and accepted."),
    OrderState.IN_PROGRESS: N_("Held until the goods arrive and are accepted."),
    OrderState.DELIVERED: N_("Held until the buyer accepts the goods, or the time for that runs out."),
    OrderState.CONTESTED: N_("Held until both sides agree how to share it."),
    OrderState.UNDELIVERED: N_("Held until the goods come, or both sides agree how to share it."),
}
"""Why money stands where it does."""


class EarningsOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    currency: str
    held: Money
    frozen: Money
    payable: Money
    on_its_way: Money
    paid: Money


class HeldOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    held: Money
    frozen: Money
    refund_due: Money


class MoneyOut(BaseModel):
    """`earned` as a supplier, `paid` of this year; `bought` is what is held of what the company paid, by currency."""

    earned: list[EarningsOut]
    bought: dict[str, HeldOut]


@router.get("/money", response_model=MoneyOut)
async def show(request: Request, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Where the company's money is."""
    earns, pays = member.sells and member.may(Permission.MANAGE_BANK), member.buys and member.may(Permission.PAY)
    if not (earns or pays) or member.is_staff:
        raise NotPermitted(_("Your role does not allow this. Ask an owner of your company."))
    settings: Settings = request.app.state.settings
    party = member.organisation_id
    earned = await overview.earnings(tx, party, since=_new_year(settings.reporting_zone)) if earns else []
    bought = await overview.held(tx, party, "buyer") if pays else {}
    under_way = await orders.orders_of(tx, party, states=UNDER_WAY, limit=MOST)
    positions = await money.positions(tx, [order.subject for order in under_way])
    shown = [order for order in under_way if _mine(order, party, earns=earns, pays=pays)]
    return answer.show(
        "payments/money.html",
        MoneyOut(
            earned=[EarningsOut.model_validate(one) for one in earned],
            bought={currency: HeldOut.model_validate(one) for currency, one in bought.items()},
        ),
        earned=earned,
        bought=bought,
        orders=shown,
        positions=positions,
        reasons={state: _(text) for state, text in REASONS.items()},
        labels={state: _(label) for state, label in LABELS.items()},
        payouts=(await payouts.payouts(tx, party, limit=LATEST)) if earns else [],
        payout_labels={state: _(label) for state, label in PAYOUT_LABELS.items()},
        invoices=(await invoices.invoices(tx, party, limit=LATEST))[0] if earns else [],
        earns=earns,
        pays=pays,
    )


def _new_year(zone: str) -> datetime:
    now = clock.now().astimezone(ZoneInfo(zone))
    return now.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)


def _mine(order: OrderView, party: object, *, earns: bool, pays: bool) -> bool:
    return (earns and order.supplier_id == party) or (pays and order.buyer_id == party)
