"""Facets as the page shows them: named in the reader's language, each value a link that adds or lifts it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fastapi import Request

from app.core.i18n import _, format_date, format_number, format_price
from app.core.money import CURRENCIES, UnitPrice
from listings import categories
from listings.categories import Category, Kind
from listings.form import country_name
from listings.paging import address, addresses
from listings.search.index import SearchResult
from listings.search.params import SearchParams

SHOWN = 12
"""Values of one facet on the page; those in force are shown whatever their place."""


class Option(NamedTuple):
    """One value. A tuple, for a page unpacks dozens of them."""

    label: str
    href: str
    products: int
    current: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One group of values; `name` is its parameter in the address."""

    name: str
    title: str
    options: Sequence[Option]


@dataclass(frozen=True, slots=True)
class Lift:
    """A filter in force, and the address without it."""

    label: str
    href: str


def facets(request: Request, params: SearchParams, result: SearchResult) -> list[Facet]:
    """The groups that leave a choice, or have been chosen from."""
    leaves = {leaf.slug for leaf in params.leaves()}
    groups = [
        Facet("category", _("Category"), _categories(request, result.facets.get("category", ()), leaves)),
        _facet(request, "country", _("Supplier's country"), params.country, result.facets.get("country", ())),
        _facet(request, "incoterm", _("Incoterms"), params.incoterm, result.facets.get("incoterm", ())),
        _facet(request, "certificate", _("Certificate"), params.certificate, result.facets.get("certificate", ())),
    ]
    leaf = categories.category(next(iter(leaves))) if len(leaves) == 1 else None
    groups += [
        _facet(request, "attribute", str(attribute.label), params.attribute, counts, leaf=leaf)
        for attribute in (leaf.attributes if leaf else ())
        if attribute.filterable and (counts := result.facets.get(f"trait:{attribute.key}"))
    ]
    return [group for group in groups if len(group.options) > 1 or any(o.current for o in group.options)]


def _facet(
    request: Request,
    name: str,
    title: str,
    chosen: Sequence[str],
    counts: Sequence[tuple[str, int]],
    *,
    leaf: Category | None = None,
) -> Facet:
    known = dict(counts)
    values = [value for value, _count in counts[:SHOWN]]
    if leaf is None:
        values += [value for value in chosen if value not in values]
    to = addresses(request, name)
    options = [
        Option(label(name, value, leaf=leaf), to(_toggled(chosen, value)), known.get(value, 0), value in chosen)
        for value in values
    ]
    return Facet(name, title, options)


def _toggled(chosen: Sequence[str], value: str) -> list[str]:
    return [v for v in chosen if v != value] if value in chosen else [*chosen, value]


def _categories(request: Request, counts: Sequence[tuple[str, int]], chosen: set[str]) -> list[Option]:
    """Leaves. With a whole branch in force, a click narrows to the one leaf."""
    known = dict(counts)
    values = [value for value, _count in counts[:SHOWN]] + sorted(chosen - {value for value, _c in counts[:SHOWN]})
    branch = not chosen <= set(request.query_params.getlist("category"))
    before, to = sorted(chosen), addresses(request, "category")
    return [
        Option(
            label=label("category", value),
            href=to([value] if branch else _toggled(before, value)),
            products=known.get(value, 0),
            current=value in chosen and not branch,
        )
        for value in values
        if value in known or not branch
    ]


def label(name: str, value: str, *, leaf: Category | None = None) -> str:
    """A facet's value as the reader calls it."""
    match name:
        case "category":
            return str(categories.category(value).name)
        case "country":
            return country_name(value)
        case "attribute":
            key, _equals, code = value.partition("=")
            attribute = leaf.attribute(key) if leaf else None
            if attribute is None:
                return code
            if attribute.kind is Kind.BOOLEAN:
                return _("Yes") if code == "yes" else _("No")
            return str(attribute.choices[code]) if code in attribute.choices else code
    return value


def in_force(request: Request, params: SearchParams) -> list[Lift]:
    """Every filter in force, as a link that lifts it."""
    leaves = params.leaves()
    leaf = leaves[0] if len(leaves) == 1 else None
    lifts = [
        Lift(label(name, value, leaf=leaf), to([v for v in values if v != value]))
        for name in ("category", "country", "incoterm", "certificate", "attribute")
        if (values := getattr(params, name))
        for to in [addresses(request, name)]
        for value in values
    ]
    currency = params.currency if params.currency in CURRENCIES else "USD"
    for name, text in (("price_min", _("from %(price)s")), ("price_max", _("up to %(price)s"))):
        amount = getattr(params, name)
        if amount is not None:
            shown = text % {"price": format_price(UnitPrice(round(amount, 6), currency))}
            lifts.append(Lift(shown, address(request, **{name: None})))
    if params.moq_max is not None:
        lifts.append(Lift(_("MOQ up to %(n)s") % {"n": format_number(params.moq_max)}, address(request, moq_max=None)))
    if params.verified_since is not None:
        shown = _("verified since %(date)s") % {"date": format_date(params.verified_since)}
        lifts.append(Lift(shown, address(request, verified_since=None)))
    return lifts
