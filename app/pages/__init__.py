"""Pages of several domains, and the list of every router that the web door serves."""

from fastapi import APIRouter

from app.pages.about import router as about
from app.pages.home import router as home
from app.pages.moderation import router as moderation
from app.pages.money import router as money
from app.pages.transparency import router as transparency
from listings.routers import ROUTERS as LISTINGS
from orders.bundles.timeline_web import router as evidence
from orders.bundles.web import router as bundles
from orders.contracts.ceremony_web import router as ceremony
from orders.contracts.content_web import router as contents
from orders.contracts.negotiating_web import router as negotiating
from orders.contracts.verify_web import router as verification_of_documents
from orders.contracts.web import router as contracts
from orders.deals.plan_web import router as milestones
from orders.deals.web import router as orders
from orders.documents.import_web import router as comparison_of_documents
from orders.documents.web import router as trade_documents
from orders.forgetting.web import router as retention
from orders.negotiation.web import routers as negotiation
from payments.routers import ROUTERS as PAYMENTS
from trust.identity.web import routers as identity
from trust.risk.web import router as risk
from trust.screening.web import router as screening
from trust.verification.web import router as verification

ROUTERS: tuple[APIRouter, ...] = (
    *LISTINGS,  # first, for these are asked most: routes are tried in this order
    about,
    home,
    moderation,
    money,
    transparency,
    verification,
    *identity,
    *negotiation,
    contracts,
    contents,
    negotiating,
    ceremony,
    evidence,
    bundles,  # before the other, which takes every name under /verify
    verification_of_documents,
    orders,
    milestones,
    comparison_of_documents,
    trade_documents,
    retention,
    risk,
    screening,
    *PAYMENTS,
)
