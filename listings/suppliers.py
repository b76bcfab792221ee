"""Who stands behind a product: the company as buyers see it beside its goods, and what was verified about it, when."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from app.core import clock
from app.core.i18n import _
from trust.access import Scope, barring
from trust.identity.queries import OrganisationView
from trust.verification.facts import ENTITY, FACTS, METHODS, said
from trust.verification.queries import FactView


def is_shown(supplier: OrganisationView | None) -> bool:
    """Whether buyers see the company's goods. The open orders of a hidden one go on."""
    if supplier is None or not supplier.sells or supplier.leaves:
        return False
    return barring(supplier.bound, Scope.PUBLISH) is None


def has_page(supplier: OrganisationView) -> bool:
    """Whether the public finds the company at all: also one that leaves or has left, for the notice that it does."""
    return is_shown(supplier) or (supplier.sells and supplier.leaves)


def verified_at(facts: Iterable[FactView]) -> datetime | None:
    """When the newest fact that still holds was confirmed."""
    now = clock.now()
    return max((fact.confirmed_at for fact in facts if fact.valid_until > now), default=None)


def has_expired(facts: Iterable[FactView]) -> bool:
    """Whether the company's legal entity was confirmed once, and is not any more."""
    return any(fact.fact in ENTITY and fact.state == "expired" for fact in facts)


def in_full(facts: Iterable[FactView]) -> list[dict[str, Any]]:
    """Each fact with its value, method and dates, as `ui.verified_facts` shows them."""
    return [
        {
            "fact": _(FACTS[fact.fact]) + (f": {said(fact.fact, fact.value)}" if fact.value else ""),
            "method": _(METHODS[fact.method]),
            "on": fact.confirmed_at,
            "until": fact.valid_until,
            "state": fact.state,
        }
        for fact in facts
    ]
