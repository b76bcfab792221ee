"""What is done with orders: placed, funded, cancelled, accepted, contested, settled. Shipping stands in `shipping`.

Every change locks the order first, then the milestones, then the balances.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.i18n import _, format_date, format_money
from app.core.ids import new_id
from app.core.money import Money
from app.core.subject import Subject
from orders.contracts import queries as contracts
from orders.contracts import service as contracting
from orders.contracts.terms import ContractTerms
from orders.deals import proving, queries, watching
from orders.deals.errors import AlreadyRated, NotYet
from orders.deals.events import OrderCompleted, OrderPlaced, OrderRated
from orders.deals.models import Order, OrderLine, Rating
from orders.deals.record import note, only, subject, tell
from orders.deals.second import require_second
from orders.deals.states import STILL, OrderMove, OrderState, ProposalMove
from orders.milestones import Conditions, Due
from payments.escrow import queries as escrows
from payments.escrow import service as escrow
from payments.escrow.service import MilestonePlan
from payments.escrow.states import PAID
from payments.escrow.states import MilestoneState as MoneyState
from payments.fees import FeeTerms
from trust.access import Member, Permission, require
from trust.cases import filing as disputes
from trust.cases import service as cases
from trust.cases.states import Kind
from trust.screening import naming

HUNDRED = Decimal(100)


async def place(tx: AsyncSession, contract_id: UUID) -> UUID:
    """The order of a contract in force, with its escrow opened on the contract's terms. Once per contract."""
    known = await queries.id_of_contract(tx, contract_id)
    if known is not None:
        return known
    contract = await contracts.contract(tx, contract_id)
    terms, id_ = contract.terms, new_id()
    order = Order(
        id=id_,
        number=Subject("order", id_).number,
        contract_id=contract.id,
        inquiry_id=contract.inquiry_id,
        buyer_id=contract.buyer_id,
        supplier_id=contract.supplier_id,
        title=contract.title,
        total=contract.total,
        destination=terms.buyer.country,
        contract_hash=contract.terms_hash,
        partial_shipments=terms.delivery.partial_shipments,
        acceptance_days=terms.inspection.acceptance_days,
        ship_by=terms.delivery.latest,
    )
    tx.add(order)
    await tx.flush()
    tx.add_all(_lines(id_, terms))
    opened = await escrow.open_escrow(
        tx,
        subject(order),
        buyer_id=order.buyer_id,
        supplier_id=order.supplier_id,
        currency=order.total.currency,
        milestones=[MilestonePlan(str(m.kind), m.amount, _due_on(m.plan.terms)) for m in terms.milestones],
        fee_terms=FeeTerms(terms.fee.basis_points, terms.fee.minimum, terms.fee.maximum),
        contract_hash=contract.terms_hash,
    )
    await proving.lay_down(tx, order, terms, opened)
    await naming.carry(tx, Subject("contract", contract.id), subject(order))
    await note(tx, order, "order.placed", {"contract": contract.number, "terms_hash": contract.terms_hash})
    await outbox.publish(tx, OrderPlaced(id_, contract.id))
    await tell(tx, order, order.buyer_id, Permission.PAY, "order_placed")
    return id_


def _due_on(conditions: Conditions) -> date | None:
    """The day by which a payment is due, where the contract counts it from its own effect and not from an event."""
    if conditions.due is not Due.SIGNING or conditions.due_days is None:
        return None
    return clock.now().date() + timedelta(days=conditions.due_days)


def _lines(order_id: UUID, terms: ContractTerms) -> list[OrderLine]:
    return [
        OrderLine(
            order_id=order_id,
            position=position,
            description=line.description.said("en"),
            unit=line.unit,
            quantity=line.quantity,
            least=line.quantity * (HUNDRED - line.tolerance.under) / HUNDRED,
            most=line.quantity * (HUNDRED + line.tolerance.over) / HUNDRED,
        )
        for position, line in enumerate(terms.lines)
    ]


async def funded(tx: AsyncSession, order_id: UUID) -> None:
    """Money for the order has arrived: is all that is due before shipment there now? May be told twice."""
    order = await queries.order_for_update(tx, order_id)
    if order.state in STILL:
        await escrow.freeze(tx, subject(order), by=None, reason="arrived under dispute")
        return
    before_shipment, everything = await proving.money_arrived(tx, order)
    if order.state == OrderState.DELIVERED and everything and order.accept_by is None:
        order.accept_by = acceptance_ends(order)
    move = OrderMove.FUND_ALL if before_shipment else OrderMove.FUND_PART
    if not order.can(move):
        return
    order.move(move, by=None)
    if move is OrderMove.FUND_ALL:
        await fully_paid(tx, order)


async def fully_paid(tx: AsyncSession, order: Order) -> None:
    """All that is due before shipment is held; the supplier is told."""
    order.funded_at = clock.now()
    await note(tx, order, "order.funded", {"total": order.total})
    await tell(tx, order, order.supplier_id, Permission.SHIP, "order_funded")


async def all_paid(tx: AsyncSession, order: Order) -> bool:
    return all(m.state in PAID for m in (await escrows.escrow(tx, subject(order))).milestones)


async def accept(tx: AsyncSession, order_id: UUID, *, by: Member, seconded: bool = False) -> Order:
    """The buyer accepts the goods whole: all held money goes to the supplier.

    seconded  `by` agrees as the second person to what another member asked for (orders.deals.approving)
    Raises IllegalMove, WrongSide, NotYet while something is still to be paid, SecondPersonNeeded.
    """
    if not seconded:
        require(by, Permission.ACCEPT_GOODS)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    held = await acceptable(tx, order, by=by)
    if not seconded:
        await require_second(tx, order.buyer_id, held, by=by)
    contested = order.state == OrderState.CONTESTED
    order.move(OrderMove.ACCEPT, by=by.id)
    if contested:
        await escrow.unfreeze(tx, subject(order), by=by.id, reason="accepted after all")
    await _complete(tx, order, how="accepted", by=by)
    return order


async def acceptable(tx: AsyncSession, order: Order, *, by: Member | None = None) -> Money:
    """What goes to the supplier when the goods are accepted now. Raises IllegalMove, WrongSide, NotYet."""
    if by is not None:
        only(order.buyer_id, by)
    order.check(OrderMove.ACCEPT)
    if not await all_paid(tx, order):
        raise NotYet(_("Pay what is still due first; then the goods can be accepted."))
    held = sum(m.held.minor for m in (await escrows.escrow(tx, subject(order))).milestones)
    return Money(held, order.total.currency)


async def fall_silent(tx: AsyncSession, order_id: UUID) -> bool:
    """The time for acceptance ran out without a word: the goods count as accepted. False when that no longer holds."""
    order = await queries.order_for_update(tx, order_id)
    late = order.accept_by is not None and order.accept_by <= clock.now()
    if not late or not order.can(OrderMove.FALL_SILENT):
        return False
    order.move(OrderMove.FALL_SILENT, by=None, note="no word within the agreed time")
    await _complete(tx, order, how="silence", by=None)
    return True


async def _complete(tx: AsyncSession, order: Order, *, how: str, by: Member | None) -> None:
    await proving.goods_accepted(tx, order, how=how, by=by)
    await finish(tx, order, how=how, by=by)


async def finish(tx: AsyncSession, order: Order, *, how: str, by: Member | None) -> None:
    """The order is over and its contract performed; both sides are told."""
    await conclude(tx, order, how=how, by=by)
    await contracting.perform(tx, order.contract_id)
    await contracting.overtake(tx, order.contract_id)


async def conclude(tx: AsyncSession, order: Order, *, how: str, by: Member | None) -> None:
    """The order is over; both sides are told. A proposal that stood is overtaken, a dispute settled."""
    standing = await queries.open_proposal(tx, order.id)
    if standing is not None:
        standing.move(ProposalMove.REPLACE, by=by.id if by else None)
    disputed = await disputes.open_about(tx, subject(order), Kind.DISPUTE)
    if disputed is not None:
        await cases.settled(tx, disputed, by=by.id if by else None)
    order.ended_at = clock.now()
    await note(tx, order, "order.completed", {"how": how}, by=by)
    await outbox.publish(tx, OrderCompleted(order.id, order.buyer_id, order.supplier_id, how))
    for party in (order.buyer_id, order.supplier_id):
        await tell(tx, order, party, Permission.NEGOTIATE, "order_completed")


async def rate(tx: AsyncSession, order_id: UUID, *, goods: int, service: int, time: int, text: str, by: Member) -> None:
    """Rate the other party of a completed order, once. Raises AlreadyRated, IllegalMove while it is not completed."""
    require(by, Permission.NEGOTIATE)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    if order.state != OrderState.COMPLETED:
        raise NotYet(_("An order is rated when it is completed."))
    if any(r.rater_id == by.organisation_id for r in await queries.ratings(tx, order_id)):
        raise AlreadyRated(_("Your company has rated this order already."))
    rated = order.supplier_id if by.organisation_id == order.buyer_id else order.buyer_id
    tx.add(
        Rating(
            order_id=order.id,
            rater_id=by.organisation_id,
            rated_id=rated,
            member_id=by.id,
            goods=goods,
            service=service,
            time=time,
            text=text,
        )
    )
    said = {"rated": rated, "goods": goods, "service": service, "time": time, "text": text}
    await note(tx, order, "order.rated", said, by=by)
    await watching.check_rating(tx, order, rated, full=min(goods, service, time) == watching.FULL, by=by)
    await outbox.publish(tx, OrderRated(order.id, rated, round((goods + service + time) / 3)))


def acceptance_ends(order: Order) -> datetime:
    """When silence becomes acceptance, counted from now."""
    return clock.now() + timedelta(days=order.acceptance_days)


async def holding_ends(tx: AsyncSession, order_id: UUID, amount: Money, ends_at: datetime) -> None:
    """Tell both sides that the provider holds their money only for so long."""
    order = await queries.order_for_update(tx, order_id)
    more = {"amount": format_money(amount), "until": format_date(ends_at.date())}
    await tell(tx, order, order.buyer_id, Permission.PAY, "holding_ends", **more)
    await tell(tx, order, order.supplier_id, Permission.SHIP, "holding_ends", **more)


async def chargeback_opened(tx: AsyncSession, order_id: UUID, amount: Money) -> None:
    """Tell both sides that the buyer's bank disputes a payment."""
    order = await queries.order_for_update(tx, order_id)
    for party in (order.buyer_id, order.supplier_id):
        await tell(tx, order, party, Permission.NEGOTIATE, "chargeback_opened", amount=format_money(amount))


async def chargeback_ended(tx: AsyncSession, order_id: UUID, amount: Money, *, won: bool) -> None:
    """The buyer's bank has decided; money that is held again goes where the order stands by now."""
    order = await queries.order_for_update(tx, order_id)
    again = [m.id for m in (await escrows.escrow(tx, subject(order))).milestones if m.state == MoneyState.FUNDED]
    match order.state if won else None:
        case None:
            pass
        case OrderState.COMPLETED:
            for milestone_id in again:
                await escrow.release(
                    tx, subject(order), milestone_id, by=None, reason="held again after the order's end"
                )
        case OrderState.REFUNDED | OrderState.CANCELLED | OrderState.TERMINATED:
            for milestone_id in again:
                await escrow.refund(
                    tx, subject(order), milestone_id, by=None, reason="held again after the order's end"
                )
        case OrderState.CONTESTED | OrderState.UNDELIVERED:
            await escrow.freeze(tx, subject(order), by=None, reason="held again while the goods are contested")
        case _:
            await proving.money_arrived(tx, order)
    said = {"amount": format_money(amount), "won": "yes" if won else ""}
    for party in (order.buyer_id, order.supplier_id):
        await tell(tx, order, party, Permission.NEGOTIATE, "chargeback_ended", **said)
