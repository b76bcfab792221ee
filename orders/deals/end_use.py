"""Controlled goods of an order: which lines need a statement of the end user, and what is known of a deal."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from orders import controlled
from orders.contracts import queries as contracts
from orders.contracts.terms import GoodsLine
from orders.deals import queries
from orders.deals.errors import OrderNotFound
from orders.deals.queries import OrderView
from payments import queries as money
from trust.access import Member
from trust.goods import checking, licences, statements
from trust.goods.checking import Asked, Met
from trust.goods.errors import NothingToState
from trust.goods.reports import Known
from trust.goods.statements import About, Statement, StatementView
from trust.goods.states import Kind, Point, StatementState
from trust.identity import queries as identity


@dataclass(frozen=True, slots=True)
class DualUseLine:
    """A line for which the buyer states the end use, why, and what was stated last."""

    position: int
    line: GoodsLine
    code: str
    told: str
    statement: StatementView | None

    @property
    def stated(self) -> bool:
        return self.statement is not None and self.statement.state == StatementState.ACCEPTED

    @property
    def typed_quantity(self) -> str:
        """As a person would type it: what was stated last, or what is ordered."""
        quantity = self.statement.said.quantity if self.statement else self.line.quantity
        return f"{quantity.normalize():f}"


async def lines(tx: AsyncSession, order: OrderView) -> list[DualUseLine]:
    """The dual-use lines of an order. One statement to the database where there are none and nothing is met."""
    terms = (await contracts.contract(tx, order.contract_id)).terms
    destinations = tuple(dict.fromkeys((order.destination, *terms.destinations)))
    asked = Asked(Point.SHIPMENT, controlled.agreed(terms), order.supplier_id, order.subject, destinations)
    met = [one for one in await checking.controlled(tx, asked) if one.hit.entry.kind is Kind.DUAL_USE]
    if not met:
        return []
    latest: dict[int, StatementView] = {}
    for stated in await statements.of_order(tx, order.id):
        latest.setdefault(stated.position, stated)
    first: dict[int, Met] = {}
    for one in met:
        first.setdefault(one.line.goods.position, one)
    return [
        DualUseLine(
            position,
            terms.lines[position],
            one.hit.entry.code,
            checking.told(one.hit.entry.text_en, one.hit.entry.text_zh),
            latest.get(position),
        )
        for position, one in sorted(first.items())
    ]


async def state(
    tx: AsyncSession, order_id: UUID, position: int, said: Statement, document: dict[str, Any] | None, *, by: Member
) -> UUID:
    """The buyer states who uses a line's goods. Locks the order. Raises OrderNotFound, NothingToState."""
    row = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    if row.buyer_id != by.organisation_id:
        raise OrderNotFound
    order = await queries.order(tx, order_id, party=by.organisation_id)
    if position not in {line.position for line in await lines(tx, order)}:
        raise NothingToState(_("No goods of this line are on a list of dual-use goods."))
    buyer = await identity.organisation(tx, order.buyer_id)
    names = (buyer.name_original, buyer.name_latin)
    about = About(order.id, order.number, position, order.buyer_id, names, order.supplier_id, order.destination)
    return await statements.submit(tx, about, said, document, by=by)


async def known(tx: AsyncSession, number: str) -> Known:
    """All that the platform knows of a deal, for a report to the authority. Raises OrderNotFound."""
    inquiry_id = await queries.inquiry_called(tx, number.upper(), party=None)
    order_id = await queries.id_of_inquiry(tx, inquiry_id) if inquiry_id else None
    if order_id is None:
        raise OrderNotFound
    order = await queries.order(tx, order_id)
    contract = await contracts.contract(tx, order.contract_id)
    parties = await identity.organisations(tx, [order.buyer_id, order.supplier_id])
    found, _total = await licences.licences(tx, organisation_id=order.supplier_id, limit=50)
    position = (await money.positions(tx, [order.subject]))[order.subject]
    dossier = {
        "order": {
            "number": order.number,
            "state": str(order.state),
            "placed": order.created_at.isoformat(),
            "total": str(order.total),
            "destination": order.destination,
            "contract": contract.number,
            "contract_sha256": order.contract_hash,
        },
        "supplier": _party(parties[order.supplier_id]),
        "buyer": _party(parties[order.buyer_id]),
        "goods": [_goods(line) for line in contract.terms.lines],
        "shipments": [
            {"carrier": s.carrier, "tracking": s.tracking, "shipped_on": s.shipped_on.isoformat()}
            for s in await queries.shipments(tx, order.id)
        ],
        "money": {"funded": str(position.funded), "held": str(position.held), "released": str(position.released)},
        "end_user_statements": [
            s.said.model_dump(mode="json") | {"state": str(s.state), "flags": list(s.flags)}
            for s in await statements.of_order(tx, order.id)
        ],
        "licences": [
            {"number": one.terms.number, "authority": one.terms.authority, "state": str(one.state)} for one in found
        ],
    }
    return Known(order.id, order.number, order.supplier_id, order.buyer_id, dossier)


def _party(company: identity.OrganisationView) -> dict[str, str]:
    return {
        "name": company.name_original,
        "latin_name": company.name_latin,
        "country": company.country,
        "registration": f"{company.registration_kind} {company.registration_number}",
        "address": company.address,
    }


def _goods(line: GoodsLine) -> dict[str, str]:
    return {
        "description": line.description.en or line.description.zh,
        "hs_code": line.hs_code,
        "origin": line.origin,
        "quantity": f"{line.quantity:f} {line.unit}",
        "value": str(line.total),
    }
