"""An order under dispute before the platform: either side asks for a ruling when they do not agree, and it is carried
out.

The case itself belongs to trust.cases; here stands what it has to do with the order. They may still settle themselves.
"""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from orders.contracts import criteria, promised
from orders.contracts import queries as contracts
from orders.contracts.values import read_in
from orders.deals import claiming, queries
from orders.deals.errors import NotYet
from orders.deals.record import note, subject
from orders.deals.settling import Shares, held_of, share_out
from orders.deals.states import STILL, OrderState
from trust.access import Member, Permission, require
from trust.cases import filing
from trust.cases.errors import AlreadyFiled
from trust.cases.events import CaseRuled
from trust.cases.exhibits import Kept
from trust.cases.filing import About, Filing
from trust.cases.states import Kind, Remedy, Topic


@dataclass(frozen=True, slots=True)
class Plea:
    """What a side says when it asks for a ruling. `id` is the case's, for which the files are sealed."""

    id: UUID
    statement: str
    wanted: str = ""
    files: list[Kept] = field(default_factory=list)


async def open_dispute(tx: AsyncSession, order_id: UUID, plea: Plea, *, zone: str, by: Member) -> UUID:
    """Ask for a ruling over contested goods, or over goods that do not come. The money stands frozen already.

    Returns the case. Raises NotYet while nothing is contested, AlreadyFiled.
    """
    require(by, Permission.NEGOTIATE)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    if order.state not in STILL:
        raise NotYet(_("A ruling can be asked for once the goods are contested."))
    missing = order.state == OrderState.UNDELIVERED
    if missing:
        await claiming.undecided(tx, order)
    known = await filing.open_about(tx, subject(order), Kind.DISPUTE)
    if known is not None:
        there = _("A ruling is asked for already, in case %(number)s. Say there what speaks for your side.")
        raise AlreadyFiled(there % {"number": known.number}, address=f"/cases/{known.id}")
    contract = await contracts.contract(tx, order.contract_id)
    checks = [(check.reference, check.text) for check in criteria.checklist(contract.terms, read_in())]
    side = "buyer" if by.organisation_id == order.buyer_id else "supplier"
    other = order.supplier_id if side == "buyer" else order.buyer_id
    thing = About(
        subject(order), f"{order.number} {order.title}", f"/orders/{order.id}", other, side, rules=contract.rules
    )
    said = Filing(
        Topic.NON_DELIVERY if missing else Topic.QUALITY,
        plea.statement,
        plea.wanted,
        plea.files,
        amount=await held_of(tx, order),
        checklist=tuple(promised.delivery(contract.terms) if missing else checks),
        id=plea.id,
    )
    case = await filing.dispute(tx, thing, said, zone=zone, by=by)
    await note(tx, order, "order.disputed", {"case": case.number}, by=by)
    return case.id


async def carry_out(tx: AsyncSession, event: CaseRuled) -> None:
    """A final ruling shares what is still held; when less is held than was at stake, the supplier's part goes first. Or
    it lets an order go on whose goods may still come.

    An order that is over by now stays as it is: the sides have settled, or the money is gone.
    """
    order = await queries.order_for_update(tx, event.subject.id)
    if order.state not in STILL:
        return
    if event.remedy == Remedy.GO_ON:
        await note(tx, order, "order.ruled", {"case": event.number})
        await claiming.resume(tx, order, how="ruled", by=None)
        return
    if event.to_complainant is None or event.to_respondent is None:
        return
    ruled = event.to_complainant if event.complainant_id == order.supplier_id else event.to_respondent
    held = await held_of(tx, order)
    to_supplier = min(ruled, held)
    await note(tx, order, "order.ruled", {"case": event.number, "to_supplier": to_supplier})
    shares = Shares("settlement", to_supplier, held - to_supplier)
    said = _("Ruling in case %(number)s") % {"number": event.number}
    await share_out(tx, order, shares, said, None, why=f"ruled in case {event.number}")
