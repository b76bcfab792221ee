"""Every table of the house, gathered for migrations."""

from importlib import import_module

from app.core.db import Base

MODULES = (
    "app.core.evidence",
    "app.core.idempotency",
    "app.core.limits",
    "app.core.outbox",
    "app.core.states",
    "trust.identity.models",
    "trust.reviews.models",
)

for module in MODULES:
    import_module(module)

metadata = Base.metadata
