"""The places of a contract that can be spoken of: groups of terms, lines of goods, articles by their key."""

from collections import Counter

from app.core.i18n import N_, _
from orders.contracts.extras import ChosenClause
from orders.contracts.terms import Clause, ContractTerms
from orders.contracts.values import Language

GROUPS = {
    "parties": N_("Parties"),
    "goods": N_("Goods"),
    "delivery": N_("Delivery"),
    "payments": N_("Payments"),
    "inspection": N_("Inspection and documents"),
    "law": N_("Law and disputes"),
}
"""Groups of terms, as the contract prints them before its articles."""
REST = "rest"
"""Where stands what no group has."""


def line_place(index: int) -> str:
    return f"line-{index + 1}"


def articles(terms: ContractTerms) -> dict[str, Clause | ChosenClause]:
    """Every article by its place, in the order of its number. A key that comes again is counted on."""
    met: Counter[str] = Counter()
    found: dict[str, Clause | ChosenClause] = {}
    for clause in terms.articles:
        met[clause.key] += 1
        found[f"article-{clause.key}" + (f"-{met[clause.key]}" if met[clause.key] > 1 else "")] = clause
    return found


def places(terms: ContractTerms, language: Language) -> dict[str, str]:
    """Every place, in the contract's own order, and what it is called."""
    names = {place: _(name) for place, name in GROUPS.items()}
    lines = {
        line_place(n): _("Line %(n)s: %(goods)s") % {"n": n + 1, "goods": line.description.said(language)}
        for n, line in enumerate(terms.lines)
    }
    numbered = {
        place: f"{number}. {clause.title.said(language)}"
        for number, (place, clause) in enumerate(articles(terms).items(), 1)
    }
    before = {place: names.pop(place) for place in ("parties", "goods")}
    return before | lines | names | {REST: _("Further terms")} | numbered
