"""How one shipment is packed and where it goes: what only the supplier knows, asked once and used by every document."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field, field_validator

from app.core.errors import Invalid
from app.core.i18n import N_, _
from orders.contracts.extras import Addressee
from orders.contracts.values import Figure, Frozen, Sparing, Symbol, Text
from orders.documents.values import Centimetres, ContainerNumber, Count, Kilograms, Locode, PackageType, Short

CUBIC_CENTIMETRES = Decimal(10**6)
LITRE = Decimal("0.001")


class Criterion(StrEnum):
    """Why goods originate in a country, without any preference being claimed."""

    WHOLLY_OBTAINED = "wholly_obtained"
    LAST_WORKED = "last_worked"


CRITERIA = {
    Criterion.WHOLLY_OBTAINED: N_("Wholly obtained in the country"),
    Criterion.LAST_WORKED: N_("Last substantially worked in the country"),
}


class Port(Frozen):
    code: Locode
    name: Short


class Container(Frozen):
    """A container with its seal (ISO 6346)."""

    number: ContainerNumber
    seal: Annotated[Symbol, Field(min_length=1)]


class Packages(Frozen):
    """Like packages with goods of one line; weights are of all of them together.

    position  of the line in the contract; `quantity` of it in all these packages, in the line's unit
    length, width, height  of one package, centimetres; `net`, `gross` in kilograms
    """

    position: int
    quantity: Figure
    kind: PackageType
    count: Count
    length: Centimetres
    width: Centimetres
    height: Centimetres
    net: Kilograms
    gross: Kilograms
    marks: Annotated[Text, Field(max_length=200)] = ""

    @property
    def volume(self) -> Decimal:
        """Cubic metres of all these packages, to the litre."""
        exact = self.length * self.width * self.height * self.count / CUBIC_CENTIMETRES
        return exact.quantize(LITRE, ROUND_HALF_UP)


class Packing(Sparing):
    """Everything the supplier says of one shipment.

    consignee  where it is not the contract's; notify  name, address and telephone as the carrier gets them;
    notified   the same with its country, from the day it was asked for by itself
    """

    SPARED = frozenset({"consignee", "notified"})

    rows: tuple[Packages, ...]
    containers: tuple[Container, ...]
    loading: Port
    discharge: Port
    consignee: Addressee | None = None
    notify: Text
    notified: Addressee | None = None
    invoice_date: date
    criterion: Criterion


class PackagesIn(BaseModel):
    """As `Packages`; `quantity` is left out where these packages hold all the rest of the line."""

    position: Annotated[int, Field(ge=0, le=199)] = 0
    quantity: Annotated[Figure, Field(gt=0)] | None = None
    kind: PackageType
    count: Count
    length: Centimetres
    width: Centimetres
    height: Centimetres
    net: Kilograms
    gross: Kilograms
    marks: Annotated[Text, Field(max_length=200)] = ""


class PackingIn(BaseModel):
    """The form "Packing and transport details". Consignee and `notify` are left out where they are the contract's.

    notify  address and telephone of the notify party; where its name and country are not given, all of it
    """

    rows: Annotated[list[PackagesIn], Field(min_length=1, max_length=300)]
    containers: Annotated[list[Container], Field(max_length=100)] = []
    loading: Port
    discharge: Port
    consignee: Addressee | None = None
    notified: Addressee | None = None
    notify: Annotated[Text, Field(max_length=500)] = ""
    invoice_date: date
    criterion: Criterion = Criterion.LAST_WORKED

    @field_validator("rows", mode="before")
    @classmethod
    def _only_what_is_filled_in(cls, value: object) -> object:
        """A form shows a spare row, in which only the lists have a value."""
        return _filled(value, {"kind", "position"})

    @field_validator("containers", mode="before")
    @classmethod
    def _only_containers(cls, value: object) -> object:
        return _filled(value, set())


def _filled(value: object, lists: set[str]) -> object:
    if isinstance(value, list):
        return [row for row in value if not isinstance(row, dict) or row.keys() - lists]
    return value


def packed(said: PackingIn, quantities: Mapping[int, Decimal], *, contract_dated: date, today: date) -> Packing:
    """What was said, made whole and checked against the shipment.

    quantities  shipped, by the line's position
    raises      Invalid naming each field: more or less packed than shipped, net above gross, an impossible day
    """
    errors: dict[str, str] = {}
    rows = _whole(said.rows, quantities, errors)
    for number, row in enumerate(said.rows):
        if row.net > row.gross:
            errors[f"rows.{number}.net"] = _("The net weight is more than the gross weight.")
    if said.invoice_date < contract_dated:
        errors["invoice_date"] = _("An invoice cannot be older than its contract.")
    if said.invoice_date > today:
        errors["invoice_date"] = _("This day lies in the future.")
    if errors:
        raise Invalid.many(errors, _("Please check the marked fields."))
    facts = {name: getattr(said, name) for name in Packing.model_fields if name not in {"rows", "containers"}}
    if said.notified is not None:
        one = said.notified
        facts["notify"] = "\n".join(filter(None, (one.name, one.address, one.country, said.notify)))
    return Packing(rows=tuple(rows), containers=tuple(said.containers), **facts)


def _whole(said: Sequence[PackagesIn], quantities: Mapping[int, Decimal], errors: dict[str, str]) -> list[Packages]:
    """The rows with the quantities that were left out. Notes a fault for each row or line that does not fit."""
    rows: list[Packages] = []
    left = dict(quantities)
    for row in said:
        if row.quantity is not None and row.position in left:
            left[row.position] -= row.quantity
    for number, row in enumerate(said):
        if row.position not in quantities:
            errors[f"rows.{number}.position"] = _("Nothing of this line is in the shipment.")
            continue
        quantity = row.quantity
        if quantity is None:
            quantity, left[row.position] = left[row.position], Decimal(0)
        if quantity <= 0:
            errors[f"rows.{number}.quantity"] = _("Nothing is left of this line for these packages.")
            continue
        facts: dict[str, Any] = row.model_dump() | {"quantity": quantity}
        rows.append(Packages(**facts))
    for number, row in enumerate(said):
        rest = left.get(row.position, Decimal(0))
        if rest and f"rows.{number}.quantity" not in errors:
            message = _("Packed and shipped quantity differ by %(rest)s.") % {"rest": f"{rest.normalize():+f}"}
            errors[f"rows.{number}.quantity"] = message
    if missing := quantities.keys() - {row.position for row in said}:
        errors.setdefault("rows", _("Say how line %(number)s is packed.") % {"number": min(missing) + 1})
    return rows
