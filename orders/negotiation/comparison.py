"""Offers side by side: the versions of one negotiation, or the quotations of several suppliers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.core.display import convert
from app.core.i18n import _, _n, format_date, format_money, format_number, format_price
from app.core.rates import Rates
from orders.negotiation import words
from orders.negotiation.offer import Offer, OfferLine
from orders.negotiation.views import QuotationView


@dataclass(frozen=True, slots=True)
class Cell:
    """`changed`: it says something else than the version before it."""

    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One property of every offer. `best` is the column of the best one, where that can be said."""

    label: str
    cells: tuple[Cell, ...]
    best: int | None = None

    @property
    def differs(self) -> bool:
        return any(cell.changed for cell in self.cells)


def _terms(offer: Offer) -> str:
    code = offer.locode or offer.country
    return " ".join(part for part in (offer.rule, offer.place, f"({code})" if code else "") if part)


def _days(days: int) -> str:
    return _n("%(n)s day", "%(n)s days", days) % {"n": format_number(days)}


def _yes(value: bool) -> str:
    return _("yes") if value else _("no")


def _sample(offer: Offer) -> str:
    return f"{format_price(offer.sample.price)}, {_days(offer.sample.lead_days)}" if offer.sample else ""


def _properties() -> list[tuple[str, Callable[[Offer], str]]]:
    return [
        (_("Total"), lambda o: format_money(o.total)),
        (_("Delivery terms"), _terms),
        (_("Transport"), lambda o: _(words.MODES[o.mode])),
        (_("Lead time"), lambda o: _days(o.lead_days)),
        (_("Payment"), words.payment),
        (_("Conditions of payment"), words.conditions_of_payment),
        (_("Valid until"), lambda o: format_date(o.valid_until)),
        (_("Partial shipments"), lambda o: _yes(o.partial_shipments)),
        (_("Transhipment"), lambda o: _yes(o.transhipment)),
        (_("Sample"), _sample),
        (_("Packing"), lambda o: o.packing),
        (_("Note"), lambda o: o.note),
    ]


def line_text(line: OfferLine) -> str:
    figures = f"{words.quantity(line.quantity, line.unit)} × {format_price(line.unit_price)}"
    return " · ".join(part for part in (line.description, line.specification, figures) if part)


def of_versions(versions: Sequence[QuotationView]) -> list[Row]:
    """What every version says, in the order of the form; a cell that differs from the version before is marked."""
    offers = [version.offer for version in versions]
    most = max((len(offer.lines) for offer in offers), default=0)
    rows = [
        _row(_("Line %(n)s") % {"n": n + 1}, [line_text(o.lines[n]) if n < len(o.lines) else "" for o in offers])
        for n in range(most)
    ]
    return rows + [_row(label, [said(offer) for offer in offers]) for label, said in _properties()]


def _row(label: str, texts: list[str]) -> Row:
    before = [texts[0], *texts[:-1]] if texts else []
    return Row(label, tuple(Cell(text or "–", text != earlier) for text, earlier in zip(texts, before, strict=True)))


def of_suppliers(quotations: Sequence[QuotationView], rates: Rates | None = None, into: str = "") -> list[Row]:
    """Suppliers' quotations: best price and time are marked, prices only where all are in one currency.

    Where they are not, a row says what the totals come to in `into` by reference rates, marked as converted; it is left
    out while a rate is missing.
    """
    offers = [quotation.offer for quotation in quotations]
    one_currency = len({offer.currency for offer in offers}) == 1
    rows = [
        Row(
            _("Unit price"),
            tuple(Cell(_unit_prices(offer)) for offer in offers),
            _least([_single_price(offer) for offer in offers]) if one_currency else None,
        )
    ]
    ranked: dict[str, Callable[[Offer], Any]] = {_("Lead time"): lambda o: o.lead_days}
    if one_currency:
        ranked[_("Total")] = lambda o: o.total.minor
    for label, said in _properties():
        key = ranked.get(label)
        best = _least([key(offer) for offer in offers]) if key else None
        rows.append(Row(label, tuple(Cell(said(offer) or "–") for offer in offers), best))
        if rates is not None and label == _("Total") and not one_currency:
            rows += _converted(offers, rates, into)
    return rows


def _converted(offers: Sequence[Offer], rates: Rates, into: str) -> list[Row]:
    totals = [convert(rates, offer.total, into) for offer in offers]
    if not all(totals):
        return []
    cells = tuple(Cell(total.text) for total in totals if total)
    label = _("Total in %(currency)s, converted to compare") % {"currency": into}
    return [Row(label, cells, _least([total.amount.minor for total in totals if total]))]


def in_order(quotations: Sequence[QuotationView]) -> list[QuotationView]:
    """By currency, the cheapest first: amounts of different currencies are never compared without a rate."""
    return sorted(quotations, key=lambda q: (q.total.currency, q.total.minor, q.id))


def _unit_prices(offer: Offer) -> str:
    return ", ".join(format_price(line.unit_price) for line in offer.lines)


def _single_price(offer: Offer) -> Decimal | None:
    return offer.lines[0].unit_price.amount if len(offer.lines) == 1 else None


def _least(values: Sequence[Any]) -> int | None:
    """Where the one smallest stands; None when it is not alone, or not all can be compared."""
    if len(values) < 2 or any(value is None for value in values):
        return None
    smallest = min(values)
    return values.index(smallest) if values.count(smallest) == 1 else None
