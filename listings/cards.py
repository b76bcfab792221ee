"""A published product as one card of a list.

Named tuples, for a written list is found again by all that its cards say: their hashes and comparisons cost least. What
cards say of prices, quantities and days is put in words once for many of them, for that takes longest.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from app.core.display import Lens
from app.core.i18n import _, _n, current_locale, format_date, format_price
from app.core.money import UnitPrice
from listings import categories
from listings.form import counted, country_name, supplier_out
from listings.queries import CardView
from listings.schemas import CardOut
from listings.search.marking import marked
from listings.suppliers import is_shown
from trust.identity.queries import OrganisationView
from trust.verification.queries import Standing

KEPT = 4096


class Terms(NamedTuple):
    """What a card says of price and delivery, in the reader's language.

    price  of one `unit`, from the largest tier to the smallest, the currency said once
    about  the same in the reader's currency; empty without one
    """

    price: str
    unit: str
    about: str
    moq: str
    delivery: str
    lead_time: str


def _terms(card: CardView, lens: Lens | None) -> Terms:
    facts, locale = card.facts, current_locale()
    return Terms(
        _price(locale, facts["currency"], facts["price_low"], facts["price_high"]),
        _unit(locale, facts["unit"]),
        lens.about(card.price_low, card.price_high) if lens else "",
        _counted(locale, facts["moq"], facts["unit"]),
        f"{facts['incoterm']} {facts['port']}".strip(),
        _days(locale, facts["lead_time_days"]),
    )


# What these say depends on the reader's language, which they find by themselves: it is given to be remembered by.
@lru_cache(maxsize=KEPT)
def _price(_locale: str, currency: str, low: str, high: str) -> str:
    said = format_price(UnitPrice(Decimal(low), currency))
    if high == low:
        return said
    return f"{said} – {format_price(UnitPrice(Decimal(high), currency))[len(currency) + 1 :]}"


@lru_cache
def _unit(_locale: str, code: str) -> str:
    return str(categories.units()[code])


@lru_cache(maxsize=KEPT)
def _counted(_locale: str, quantity: str, unit: str) -> str:
    return counted(Decimal(quantity), unit)


@lru_cache
def _days(_locale: str, days: int) -> str:
    return _n("%(n)s day", "%(n)s days", days) % {"n": days}


class Maker(NamedTuple):
    """The supplier as a card names it: the same for all its goods. `since`: when it was verified, if it is."""

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
    """What the card's template needs. Suppliers that are equal are written once for many cards."""

    href: str
    title: str
    image: str
    terms: Terms
    supplier: Maker


def maker(supplier: OrganisationView, since: datetime | None) -> Maker:
    """since  when the newest fact of it that still holds was confirmed"""
    return Maker(supplier.name_latin, supplier.slug, supplier.country, since if supplier.level >= 2 else None)


def shown(card: CardView, supplier: Maker, *, lens: Lens | None = None) -> Shown:
    return Shown(f"/products/{card.id}", card.title, card.image, _terms(card, lens), supplier)


def of_suppliers(
    found: Iterable[CardView], suppliers: Mapping[UUID, Standing], *, lens: Lens | None = None
) -> tuple[Shown, ...]:
    """The cards of those suppliers whose goods are shown."""
    makers = {id_: maker(known.company, known.since) for id_, known in suppliers.items() if is_shown(known.company)}
    return tuple(
        shown(card, makers[card.organisation_id], lens=lens) for card in found if card.organisation_id in makers
    )


def card_out(
    card: CardView,
    supplier: OrganisationView,
    *,
    marks: Sequence[str] | None = None,
    snippet: str = "",
    lens: Lens | None = None,
) -> CardOut:
    """marks: by which the title of a search's result is marked"""
    facts = card.facts
    return CardOut(
        id=card.id,
        title=facts["title"],
        title_html="" if marks is None else marked(card.title, marks),
        snippet_html=snippet,
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
