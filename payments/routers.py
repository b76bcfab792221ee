"""Every router of payments."""

from fastapi import APIRouter

from payments import web
from payments.bank import web as bank
from payments.desk import web as desk
from payments.invoices import web as invoices
from payments.payouts import exchange_web as exchange
from payments.payouts import web as payouts
from payments.rates import web as rates
from payments.balances import web as balances
from payments.webhooks import web as webhooks

ROUTERS: tuple[APIRouter, ...] = (
    web.router,
    payouts.router,
    exchange.router,
    balances.router,
    invoices.router,
    desk.router,
    bank.router,
    rates.router,
    webhooks.router,
)
