"""Every table of the house, gathered for migrations."""

from importlib import import_module

from app.core.db import Base

MODULES = (
    "app.core.evidence",
    "app.core.idempotency",
    "app.core.limits",
    "app.core.outbox",
    "app.core.rates",
    "app.core.resealed",
    "app.core.spool",
    "app.core.states",
    "app.core.transparency",
    "listings.hs",
    "listings.imports.models",
    "listings.models",
    "listings.search.models",
    "payments.approvals.models",
    "payments.bank.models",
    "payments.cases.models",
    "payments.chargebacks.models",
    "payments.escrow.models",
    "payments.holding.models",
    "payments.invoices.models",
    "payments.ledger.models",
    "payments.membership.models",
    "payments.microdeposits.models",
    "payments.operations.models",
    "payments.payouts.models",
    "payments.reconciliation.models",
    "payments.runs.models",
    "payments.statements.models",
    "trust.authorities.models",
    "app.indicators.models",
    "app.traffic.models",
    "trust.cases.models",
    "trust.credit.models",
    "trust.entitlements.models",
    "trust.goods.models",
    "trust.identity.models",
    "trust.incidents.models",
    "trust.notices.models",
    "trust.leaving.models",
    "trust.privacy.models",
    "trust.restrictions.models",
    "trust.retention.models",
    "trust.rights.models",
    "trust.exports.models",
    "trust.risk.likeness.models",
    "trust.risk.models",
    "trust.risk.pictures.models",
    "trust.screening.models",
    "trust.reviews.models",
    "trust.rules.models",
    "trust.verification.models",
    "orders.negotiation.models",
    "orders.contracts.models",
    "orders.bundles.models",
    "orders.deals.models",
    "orders.documents.models",
)

for module in MODULES:
    import_module(module)

metadata = Base.metadata
