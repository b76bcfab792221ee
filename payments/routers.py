"""Every router of payments."""

from fastapi import APIRouter

from payments import web
from payments.approvals import company_web as consents
from payments.approvals import web as approvals
from payments.balances import web as balances
from payments.bank import transfers
from payments.bank import web as bank
from payments.cases import web as cases
from payments.chargebacks import web as chargebacks
from payments.desk import web as desk
from payments.holding import web as holding
from payments.invoices import web as invoices
from payments.membership import desk_web as membership_desk
from payments.membership import web as membership
from payments.microdeposits import web as microdeposits
from payments.payouts import exchange_web as exchange
from payments.payouts import web as payouts
from payments.rates import web as rates
from payments.reconciliation import web as reconciliation
from payments.runs import web as runs
from payments.statements import web as statements
from payments.webhooks import web as webhooks

ROUTERS: tuple[APIRouter, ...] = (
    web.router,
    payouts.router,
    exchange.router,
    microdeposits.router,
    balances.router,
    invoices.router,
    membership.router,
    membership_desk.router,
    desk.router,
    approvals.router,
    consents.router,
    bank.router,
    rates.router,
    reconciliation.router,
    chargebacks.router,
    holding.router,
    transfers.router,
    statements.router,
    cases.router,
    runs.router,
    webhooks.router,
)
