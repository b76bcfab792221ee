"""A row of a sheet as a product, or what is wrong with it."""

from dataclasses import dataclass
from typing import Any

from app.core import payload
from app.core.errors import Invalid
from app.core.payload import Payload
from listings.content import Content
from listings.imports.columns import by_heading, plain
from listings.imports.sheet import Row
from listings.schemas import ProductIn


@dataclass(frozen=True, slots=True)
class Fault:
    """One cell that does not fit. `field` is the column's key, or its letter when it has no heading."""

    row: int
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that fits."""

    row: int
    reference: str
    content: Content


def read(row: Row) -> Entry | list[Fault]:
    """Check one row as the product form would."""
    if row.errors:
        return [Fault(row.number, key, message) for key, message in row.errors.items()]
    try:
        data = payload.fill(ProductIn, Payload(_nested(row.values), {}, is_form=True))
        return Entry(row.number, data.reference, data.content())
    except Invalid as error:
        told = error.errors or {"": error.message}
        return [Fault(row.number, _column(field), message) for field, message in told.items()]


def _nested(values: Any) -> dict[str, Any]:
    """Dotted keys as the form's payload nests them; numbered ones become lists, gaps closed."""
    tree: dict[str, Any] = {}
    for key, value in values.items():
        *path, last = key.split(".")
        below = tree
        for step in path:
            below = below.setdefault(step, {})
        below[last] = value
    if tiers := tree.get("tiers"):
        tree["tiers"] = [tiers[number] for number in sorted(tiers, key=int)]
    return tree


def _column(field: str) -> str:
    """The column to blame: a list in one cell has one column for all its entries."""
    known = by_heading()
    while field and plain(field) not in known:
        if field.startswith("attributes."):
            return field
        field = field.rpartition(".")[0]
    return field


def heading(field: str) -> str:
    """A column's heading for people; the key itself when there is none."""
    column = by_heading().get(plain(field))
    return column.heading if column else field
