"""The search page's address: every filter by its name in the query string."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from app.core.i18n import current_locale
from app.core.web import PageQuery
from listings import categories
from listings.categories import Category
from listings.schemas import Line, Upper, decimal_text
from listings.search.index import SearchQuery, Sort


def blank(value: Any) -> Any:
    """A form without JavaScript sends its empty fields too."""
    return None if isinstance(value, str) and not value.strip() else decimal_text(value)


def filled(value: Any) -> Any:
    return [entry for entry in value if entry] if isinstance(value, list) else value


Amount = Annotated[Decimal | None, BeforeValidator(blank)]
Value = Annotated[Line, Field(max_length=120)]
Values = Annotated[list[Value], BeforeValidator(filled), Field(max_length=40)]


class SearchParams(PageQuery):
    """Filters of `/products`. Several values of one name mean any of them.

    category        slugs of leaves or branches
    country         of the supplier
    attribute       `key=value` of a filterable attribute
    price_min, price_max   per unit, in `currency`; products priced in another one are left out
    verified_since  only suppliers with a fact verified on or after this day
    """

    q: Line = Field("", max_length=200)
    category: Values = Field([])
    country: Values = Field([])
    incoterm: Values = Field([])
    certificate: Values = Field([])
    attribute: Values = Field([])
    currency: Upper = Field("", max_length=3)
    price_min: Amount = Field(None, ge=0, lt=10**12)
    price_max: Amount = Field(None, ge=0, lt=10**12)
    moq_max: Amount = Field(None, ge=0, lt=10**12)
    verified_since: Annotated[date | None, BeforeValidator(lambda v: v or None)] = None
    sort: Annotated[Sort, BeforeValidator(lambda v: v or Sort.RELEVANCE)] = Sort.RELEVANCE

    def leaves(self) -> list[Category]:
        """The leaf categories chosen, branches opened. Raises CategoryNotFound."""
        chosen = {leaf.slug: leaf for slug in self.category for leaf in categories.category(slug).leaves()}
        return list(chosen.values())

    def query(self, *, snippets: bool) -> SearchQuery:
        """Raises CategoryNotFound."""
        priced = self.price_min is not None or self.price_max is not None
        since = self.verified_since
        return SearchQuery(
            q=self.q,
            locale=current_locale(),
            categories=tuple(sorted(leaf.slug for leaf in self.leaves())),
            countries=tuple(sorted(self.country)),
            incoterms=tuple(sorted(self.incoterm)),
            certificates=tuple(sorted(self.certificate)),
            traits=tuple(sorted(entry for entry in self.attribute if "=" in entry)),
            currency=self.currency or ("USD" if priced else ""),
            price_min=self.price_min,
            price_max=self.price_max,
            moq_max=self.moq_max,
            verified_since=datetime(since.year, since.month, since.day, tzinfo=UTC) if since else None,
            sort=self.sort,
            page=self.page,
            per_page=self.per_page,
            snippets=snippets,
        )
