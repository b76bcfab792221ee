"""A published product as one card of a list."""

from collections.abc import Iterable
from typing import Any

from app.core.i18n import _n
from app.core.web import marked
from listings import categories
from listings.form import counted, supplier_out
from listings.queries import CardView
from listings.schemas import CardOut
from listings.search.index import Hit
from listings.suppliers import in_short
from trust.identity.queries import OrganisationView
from trust.verification.queries import FactView


def shown(card: CardView, supplier: OrganisationView, facts: Iterable[FactView], *, title: str = "") -> dict[str, Any]:
    """What the card's template needs. `facts` are the supplier's; `title` is escaped HTML with marks."""
    said = card.facts
    days = said["lead_time_days"]
    unit = str(categories.units()[said["unit"]])
    return {
        "href": f"/products/{card.id}",
        "title": marked(title) if title else card.title,
        "image": card.image,
        "low": card.price_low,
        "high": card.price_high,
        "unit": unit,
        "moq": counted(card.moq, said["unit"]),
        "incoterm": said["incoterm"],
        "port": said["port"],
        "lead_time": _n("%(n)s day", "%(n)s days", days) % {"n": days},
        "supplier": supplier.name_latin,
        "supplier_href": f"/suppliers/{supplier.slug}",
        "supplier_facts": in_short(supplier, facts),
    }


def card_out(card: CardView, supplier: OrganisationView, hit: Hit | None = None) -> CardOut:
    facts = card.facts
    return CardOut(
        id=card.id,
        title=facts["title"],
        title_html=hit.title_html if hit else "",
        snippet_html=hit.snippet_html if hit else "",
        image=card.image,
        unit=facts["unit"],
        currency=facts["currency"],
        price_low=facts["price_low"],
        price_high=facts["price_high"],
        moq=facts["moq"],
        incoterm=facts["incoterm"],
        port=facts["port"],
        lead_time_days=facts["lead_time_days"],
        supplier=supplier_out(supplier),
    )
