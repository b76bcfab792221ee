"""A published product as one card of a list.

Named tuples, for a written list is found again by all that its cards say: their hashes and comparisons cost least.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple

from app.core.display import Lens
from app.core.i18n import _, _n, format_date
from app.core.money import UnitPrice
from app.core.web import marked
from listings import categories
from listings.form import counted, country_name, supplier_out
from listings.queries import CardView
from listings.schemas import CardOut
from listings.search.index import Hit
from listings.suppliers import verified_at
from trust.identity.queries import OrganisationView
from trust.verification.queries import FactView


class Terms(NamedTuple):
    """What a card says of price and delivery, as it is stored: it is put in words only when it is written.

    about  the prices in the reader's currency; empty without one
    """

    currency: str
    price_low: str
    price_high: str
    unit_code: str
    quantity: str
    incoterm: str
    port: str
    days: int
    about: str

    @property
    def low(self) -> UnitPrice:
        return UnitPrice(Decimal(self.price_low), self.currency)

    @property
    def high(self) -> UnitPrice:
        return UnitPrice(Decimal(self.price_high), self.currency)

    @property
    def unit(self) -> str:
        return str(categories.units()[self.unit_code])

    @property
    def moq(self) -> str:
        return counted(Decimal(self.quantity), self.unit_code)

    @property
    def lead_time(self) -> str:
        return _n("%(n)s day", "%(n)s days", self.days) % {"n": self.days}


_stored = itemgetter("currency", "price_low", "price_high", "unit", "moq", "incoterm", "port", "lead_time_days")
"""Of a card, the fields of Terms but for the last."""


class Maker(NamedTuple):
    """The supplier as a card names it. `since`: when it was verified, if it is."""

    name: str
    slug: str
    country: str
    since: datetime | None

    @property
    def facts(self) -> list[str]:
        """Where the company is, and since when it is verified: what a card has room for."""
        known = [_("Company verified %(date)s") % {"date": format_date(self.since)}] if self.since else []
        return [country_name(self.country), *known]


class Shown(NamedTuple):
    """What the card's template needs. Terms or suppliers that are equal are written once for many cards."""

    href: str
    title: str
    image: str
    terms: Terms
    supplier: Maker


def shown(
    card: CardView,
    supplier: OrganisationView,
    facts: Iterable[FactView],
    *,
    title: str = "",
    lens: Lens | None = None,
) -> Shown:
    """A card. `facts` are the supplier's; `title` is escaped HTML with marks."""
    about = lens.about(card.price_low, card.price_high) if lens else ""
    terms = Terms._make((*_stored(card.facts), about))
    since = verified_at(facts) if supplier.level >= 2 else None
    maker = Maker(supplier.name_latin, supplier.slug, supplier.country, since)
    return Shown(f"/products/{card.id}", marked(title) if title else card.title, card.image, terms, maker)


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
