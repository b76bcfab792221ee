"""Facets as the page shows them: named in the reader's language, each value a link that adds or lifts it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.core.i18n import _, format_date, format_number, format_price
from app.core.money import CURRENCIES, UnitPrice
from listings import categories
from listings.categories import Category, Kind
from listings.form import country_name
from listings.paging import Addresses
from listings.search.index import SearchResult
from listings.search.params import SearchParams

SHOWN = 12
"""Values of one facet on the page; those in force are shown whatever their place."""
OPEN = 3
"""Groups that are seen at once."""
LISTS = ("category", "country", "incoterm", "certificate", "attribute")
"""Filters that may have several values."""


class Option(NamedTuple):
    """One value. A tuple, for a page unpacks dozens of them."""

    label: str
    href: str
    products: int
    current: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One group of values. `open`: they are seen at once, for they stand far up or were chosen from."""

    title: str
    options: Sequence[Option]
    open: bool


@dataclass(frozen=True, slots=True)
class Lift:
    """A filter in force, and the address without it."""

    label: str
    href: str


def facets(to: Addresses, params: SearchParams, result: SearchResult) -> list[Facet]:
    """The groups that leave a choice, or have been chosen from."""
    leaves = {leaf.slug for leaf in params.leaves()}
    counts = result.facets
    groups = [
        (_("Category"), _categories(to, params, counts.get("category", ()), leaves)),
        (_("Supplier's country"), _options(to, "country", params.country, counts.get("country", ()))),
        (_("Incoterms"), _options(to, "incoterm", params.incoterm, counts.get("incoterm", ()))),
        (_("Certificate"), _options(to, "certificate", params.certificate, counts.get("certificate", ()))),
    ]
    leaf = categories.category(next(iter(leaves))) if len(leaves) == 1 else None
    groups += [
        (str(attribute.label), _options(to, "attribute", params.attribute, found, leaf=leaf))
        for attribute in (leaf.attributes if leaf else ())
        if attribute.filterable and (found := counts.get(f"trait:{attribute.key}"))
    ]
    chosen = [any(option.current for option in options) for _title, options in groups]
    shown = [(*group, any_) for group, any_ in zip(groups, chosen, strict=True) if any_ or len(group[1]) > 1]
    return [Facet(title, options, any_ or place < OPEN) for place, (title, options, any_) in enumerate(shown)]


def _options(
    to: Addresses,
    name: str,
    chosen: Sequence[str],
    counts: Sequence[tuple[str, int]],
    *,
    leaf: Category | None = None,
) -> list[Option]:
    known = dict(counts)
    values = [value for value, _count in counts[:SHOWN]]
    if leaf is None:
        values += [value for value in chosen if value not in values]
    return [
        Option(label(name, value, leaf=leaf), href, known.get(value, 0), value in chosen)
        for value, href in zip(values, to.toggled(name, chosen, values), strict=True)
    ]


def _categories(
    to: Addresses, params: SearchParams, counts: Sequence[tuple[str, int]], leaves: set[str]
) -> list[Option]:
    """Leaves. With a whole branch in force, a click narrows to the one leaf."""
    known = dict(counts)
    most = [value for value, _count in counts[:SHOWN]]
    branch = not leaves <= set(params.category)
    values = [value for value in most + sorted(leaves.difference(most)) if value in known or not branch]
    addresses = to.toggled("category", [] if branch else sorted(leaves), values)
    return [
        Option(label("category", value), href, known.get(value, 0), value in leaves and not branch)
        for value, href in zip(values, addresses, strict=True)
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


def in_force(to: Addresses, params: SearchParams) -> list[Lift]:
    """Every filter in force, as a link that lifts it."""
    leaves = params.leaves()
    leaf = leaves[0] if len(leaves) == 1 else None
    lifts = [
        Lift(label(name, value, leaf=leaf), href)
        for name in LISTS
        if (values := getattr(params, name))
        for value, href in zip(values, to.toggled(name, values, values), strict=True)
    ]
    currency = params.currency if params.currency in CURRENCIES else "USD"
    for name, text in (("price_min", _("from %(price)s")), ("price_max", _("up to %(price)s"))):
        amount = getattr(params, name)
        if amount is not None:
            shown = text % {"price": format_price(UnitPrice(round(amount, 6), currency))}
            lifts.append(Lift(shown, to.changed(**{name: None})))
    if params.moq_max is not None:
        lifts.append(Lift(_("MOQ up to %(n)s") % {"n": format_number(params.moq_max)}, to.changed(moq_max=None)))
    if params.verified_since is not None:
        shown = _("verified since %(date)s") % {"date": format_date(params.verified_since)}
        lifts.append(Lift(shown, to.changed(verified_since=None)))
    return lifts
