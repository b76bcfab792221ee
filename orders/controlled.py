"""Lines of a deal as goods that lists may control."""

from collections.abc import Sequence
from decimal import Decimal

from app.core.money import Money
from orders import pricing
from orders.contracts.terms import ContractTerms, GoodsLine
from orders.negotiation.offer import OfferLine
from trust.goods.checking import Line
from trust.goods.matching import Goods


def offered(lines: Sequence[OfferLine]) -> list[Line]:
    return [
        Line(_goods(position, line.description, line.hs_code, line.origin, [line.description, line.specification]))
        for position, line in enumerate(lines)
    ]


def agreed(terms: ContractTerms, *, counted: bool = True) -> list[Line]:
    """All of what a contract is about. `counted`: so much of it is to be left of a licence; what amends a deal under
    way is not counted, for a part of it may have gone and been taken off already.
    """
    return [
        Line(goods_of(position, line), line.quantity, line.unit, line.total, line.quantity)
        if counted
        else Line(goods_of(position, line))
        for position, line in enumerate(terms.lines)
    ]


def sent(terms: ContractTerms, quantities: dict[int, Decimal], before: dict[int, Decimal]) -> list[Line]:
    """What goes with one shipment; `before`: what of each line has gone already."""
    return [
        Line(
            goods_of(position, line := terms.lines[position]),
            quantity,
            line.unit,
            value(line, quantity),
            before.get(position, Decimal(0)) + quantity,
        )
        for position, quantity in quantities.items()
    ]


def value(line: GoodsLine, quantity: Decimal) -> Money:
    return pricing.line_total(line.unit_price, quantity)


def goods_of(position: int, line: GoodsLine) -> Goods:
    said = [line.description.en, line.specification.en, line.description.zh, line.specification.zh]
    return _goods(position, line.description.en or line.description.zh, line.hs_code, line.origin, said)


def _goods(position: int, title: str, hs_code: str, origin: str, said: Sequence[str]) -> Goods:
    names = ("description", "specification", "description", "specification")
    return Goods(
        title=title,
        texts=tuple((f"lines.{position}.{name}", text) for name, text in zip(names, said, strict=False)),
        hs_code=hs_code,
        hs_field=f"lines.{position}.hs_code",
        origin=origin,
        position=position,
    )
