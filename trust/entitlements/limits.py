"""What a company may have and do here by its membership. Never what is thought of it: no level, rank or rating."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.i18n import N_


class Limit(StrEnum):
    PRODUCTS = "products"
    MEMBERS = "members"
    ANSWERS = "answers"


LABELS = {
    Limit.PRODUCTS: N_("Products online"),
    Limit.MEMBERS: N_("Members of the company"),
    Limit.ANSWERS: N_("Requests answered in a month"),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The most of each; None is without limit."""

    products: int | None
    members: int | None
    answers: int | None

    def most(self, limit: Limit) -> int | None:
        match limit:
            case Limit.PRODUCTS:
                return self.products
            case Limit.MEMBERS:
                return self.members
            case Limit.ANSWERS:
                return self.answers


FREE = "free"
FREE_LIMITS = Limits(products=100, members=10, answers=30)
"""What everybody has who pays nothing; the price list says the same (a test compares them)."""
