"""A published product as one card of a list."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.display import Lens
from app.core.i18n import _n
from app.core.money import UnitPrice
from app.core.web import marked
from listings import categories
from listings.form import counted, supplier_out
from listings.queries import CardView
from listings.schemas import CardOut
from listings.search.index import Hit
from listings.suppliers import in_short
from trust.identity.queries import OrganisationView
from trust.verification.queries import FactView


@dataclass(frozen=True, slots=True)
class Shown:
    """What the card's template needs; two that are equal look the same.

    about    the prices in the currency that the reader chose, with the rate; empty without one
    is_html  whether the title is escaped HTML with marks: markup and plain text of the same letters are equal
    """

    href: str
    title: str
    is_html: bool
    image: str
    low: UnitPrice
    high: UnitPrice
    unit: str
    moq: str
    incoterm: str
    port: str
    lead_time: str
    supplier: str
    supplier_href: str
    supplier_facts: tuple[str, ...]
    about: str = ""


def shown(
    card: CardView,
    supplier: OrganisationView,
    facts: Iterable[FactView],
    *,
    title: str = "",
    lens: Lens | None = None,
) -> Shown:
    """A card. `facts` are the supplier's; `title` is escaped HTML with marks."""
    said = card.facts
    days = said["lead_time_days"]
    return Shown(
        href=f"/products/{card.id}",
        title=marked(title) if title else card.title,
        is_html=bool(title),
        image=card.image,
        low=card.price_low,
        high=card.price_high,
        unit=str(categories.units()[said["unit"]]),
        moq=counted(card.moq, said["unit"]),
        incoterm=said["incoterm"],
        port=said["port"],
        lead_time=_n("%(n)s day", "%(n)s days", days) % {"n": days},
        supplier=supplier.name_latin,
        supplier_href=f"/suppliers/{supplier.slug}",
        supplier_facts=tuple(in_short(supplier, facts)),
        about=lens.about(card.price_low, card.price_high) if lens else "",
    )


def card_out(
    card: CardView, supplier: OrganisationView, hit: Hit | None = None, *, lens: Lens | None = None
) -> CardOut:
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
        converted=lens.prices(card.price_low, card.price_high) if lens else None,
    )
