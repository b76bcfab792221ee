"""A Stripe-compatible server for development and tests: its own process, its own database, imported by nothing.

It speaks the part of Stripe's API that Portolan uses, closely enough that the official SDK cannot tell: form-encoded
bodies, error envelopes, idempotency keys, Connect accounts, balances, signed webhooks, and the same refusals. Each
currency settles into a balance of its own. Start it with `python -m payments.sandbox`.
"""
