"""The search page, and what is suggested while somebody types."""

from functools import cached_property
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from app.core.display import Display
from app.core.i18n import current_locale
from app.core.web import Addressed, Answer, HouseRouter, Tx, marked
from listings import cards, queries
from listings.form import CURRENCIES
from listings.paging import Addresses
from listings.schemas import Line
from listings.search import marking
from listings.search.facets import LISTS, Facet, Lift, facets, in_force, label
from listings.search.index import SearchIndex, SearchResult, Sort
from listings.search.params import SearchParams
from listings.suppliers import is_shown
from trust.verification import queries as verification

router = HouseRouter(tags=["products"])


@router.get("/products")
async def search(
    request: Request, tx: Tx, answer: Answer, lens: Display, params: Annotated[SearchParams, Addressed(SearchParams)]
) -> Response:
    """Find published products by words, filters and facets."""
    index: SearchIndex = request.app.state.jobs.search
    result = await index.search(tx, params.query(snippets=answer.json))
    found = await queries.product_cards(tx, [hit.product_id for hit in result.hits])
    suppliers = await verification.standing(tx, {card.organisation_id for card in found.values()})
    if answer.json:
        items = [
            cards.card_out(card, supplier, marks=result.marks, snippet=hit.snippet_html, lens=lens)
            for hit in result.hits
            if (card := found.get(hit.product_id)) and is_shown(supplier := suppliers[card.organisation_id].company)
        ]
        return answer.show("", {"items": items, "total": result.total, **_counted(params, result)})
    listed = [found[hit.product_id] for hit in result.hits if hit.product_id in found]
    return answer.show(
        "listings/search.html",
        None,
        params=params,
        page=params,
        total=result.total,
        cards=cards.of_suppliers(listed, suppliers, lens=lens),
        marks=result.marks,
        mark=lambda title: marked(marking.marked(title, result.marks)),
        counts=tuple((name, tuple(counts)) for name, counts in result.facets.items()),
        lens=lens,
        filters=Filters(request, params, result),
        currencies=CHOICES,
    )


CHOICES = tuple((code, code) for code in CURRENCIES)


class Filters:
    """What the page says of the filters, put together when it is written: most of it hangs on the address alone."""

    def __init__(self, request: Request, params: SearchParams, result: SearchResult) -> None:
        self.request, self.params, self.result = request, params, result

    @cached_property
    def _to(self) -> Addresses:
        return Addresses(self.request)

    @property
    def facets(self) -> list[Facet]:
        return facets(self._to, self.params, self.result)

    @property
    def in_force(self) -> list[Lift]:
        return in_force(self._to, self.params)

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Names and values that the form of the other filters must send as they are."""
        words = [("q", self.params.q)] if self.params.q else []
        chosen = [(name, value) for name in LISTS for value in getattr(self.params, name)]
        return [*words, *chosen, ("sort", self.params.sort.value)]

    @property
    def clear(self) -> str:
        return self._to.changed(**dict.fromkeys(FILTERS))

    @property
    def sorts(self) -> list[tuple[str, str]]:
        """Each order's name and address."""
        return [(sort.value, self._to.changed(sort=sort.value)) for sort in Sort]


def _counted(params: SearchParams, result: SearchResult) -> dict[str, Any]:
    facets = {
        name: [{"value": value, "label": label(name, value), "count": count} for value, count in counts]
        for name, counts in result.facets.items()
    }
    return {"page": params.page, "per_page": params.per_page, "facets": facets}


FILTERS = (*LISTS, "price_min", "price_max", "moq_max", "currency", "verified_since")


@router.get("/products/suggestions")
async def suggestions(
    request: Request, tx: Tx, answer: Answer, q: Annotated[Line, Query(max_length=200)] = ""
) -> Response:
    """Products whose title continues what is being typed."""
    index: SearchIndex = request.app.state.jobs.search
    found = await index.suggest(tx, q, locale=current_locale()) if q else []
    published = await queries.product_cards(tx, [entry.product_id for entry in found])
    live = [{"id": str(s.product_id), "title": s.title} for s in found if s.product_id in published]
    return answer.show("listings/_suggestions.html", {"items": live}, items=live, q=q)
