"""Every router of payments."""

from fastapi import APIRouter

from payments import web
from payments.bank import transfers
from payments.bank import web as bank
from payments.cases import web as cases
from payments.desk import web as desk
from payments.holding import web as holding
from payments.payouts import web as payouts
from payments.reconciliation import web as reconciliation
from payments.runs import web as runs
from payments.statements import web as statements
from payments.webhooks import web as webhooks

ROUTERS: tuple[APIRouter, ...] = (
    web.router,
    payouts.router,
    desk.router,
    bank.router,
    reconciliation.router,
    holding.router,
    transfers.router,
    statements.router,
    cases.router,
    runs.router,
    webhooks.router,
)
