"""Goods that do not come: the buyer claims held money back before delivery, and what becomes of the claim.

While it stands, all held money is frozen and every clock stands still, as with contested goods. It ends the order when
the sides agree how to share the money, or a ruling shares it. It is over, and the order goes on where it was, when the
buyer drops it, when all goods have come, or when a ruling says so. The supplier may ship on meanwhile.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _, format_date
from orders.contracts import queries as contracts
from orders.deals import arrival, proving, queries, settling
from orders.deals.errors import NothingHeld, NotYet
from orders.deals.models import Order, Proposal
from orders.deals.record import note, only, subject, tell
from orders.deals.second import require_second
from orders.deals.service import fully_paid
from orders.deals.settling import SETTLEMENT, Offer, Shares
from orders.deals.states import OrderMove, OrderState, ProposalMove
from payments.escrow import service as escrow
from trust.access import Member, Permission, require
from trust.cases import filing
from trust.cases import queries as disputes
from trust.cases import service as cases
from trust.cases.states import Kind

AGAIN = timedelta(days=30)
"""After a ruling that the order goes on: how long before the buyer may claim anew. The thirty days that carriage by
road gives goods beyond their time (CMR, article 20(1))."""


async def claim(tx: AsyncSession, order_id: UUID, offer: Offer, *, by: Member, seconded: bool = False) -> Proposal:
    """The buyer says that goods have not come, and asks for what is held but `to_supplier`. Held money is frozen.

    seconded  as in `service.accept`; to ask for everything never takes a second person
    Raises WrongSide, IllegalMove, NotYet before the day, NothingHeld, BadShare, SecondPersonNeeded.
    """
    if not seconded:
        require(by, Permission.ACCEPT_GOODS)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    only(order.buyer_id, by)
    order.check(OrderMove.CLAIM)
    await _check_day(tx, order)
    held = await settling.held_of(tx, order)
    if not held:
        raise NothingHeld(_("Nothing is held any more. Claims are settled under the contract."))
    settling.check_share(held, offer.to_supplier)
    if not seconded:
        await require_second(tx, order.buyer_id, offer.to_supplier, by=by)
    order.move(OrderMove.CLAIM, by=by.id, note=offer.reason)
    order.claimed_at = clock.now()
    await escrow.freeze(tx, subject(order), by=by.id, reason="delivery contested")
    await note(tx, order, "order.claimed", {"reason": offer.reason, "to_supplier": offer.to_supplier}, by=by)
    await tell(tx, order, order.buyer_id, Permission.ACCEPT_GOODS, "delivery_claimed", reason=offer.reason)
    shares = Shares(SETTLEMENT, offer.to_supplier, held - offer.to_supplier)
    return await settling.propose(tx, order, shares, offer, by, letter="delivery_claimed")


async def _check_day(tx: AsyncSession, order: Order) -> None:
    mode = (await contracts.contract(tx, order.contract_id)).terms.delivery.mode
    lines, shipments = await queries.lines(tx, order.id), await queries.shipments(tx, order.id)
    first = arrival.claim_from(queries.view(order), lines, shipments, mode)
    if clock.now().date() < first:
        raise NotYet(_("You can say from %(day)s on that the goods have not come.") % {"day": format_date(first)})


async def drop(tx: AsyncSession, order_id: UUID, *, by: Member) -> Order:
    """The buyer drops its claim. Raises WrongSide, IllegalMove, NotYet once the platform has decided."""
    require(by, Permission.ACCEPT_GOODS)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    only(order.buyer_id, by)
    order.check(OrderMove.RESUME_FUNDED)
    await undecided(tx, order)
    await resume(tx, order, how="dropped", by=by)
    return order


async def undecided(tx: AsyncSession, order: Order) -> None:
    """Raises NotYet once the platform has decided over the claim, even if that is not carried out yet: nobody leaves a
    decision by going back.
    """
    if order.claimed_at is not None and await disputes.decided(tx, subject(order), Kind.DISPUTE, order.claimed_at):
        raise NotYet(_("Portolan has decided over this claim. It stands until that is carried out."))


async def case_withdrawn(tx: AsyncSession, order_id: UUID, complainant: UUID | None) -> None:
    """A case was taken back: if the buyer had asked for it, its claim is dropped. The supplier's own leaves it."""
    order = await queries.order_for_update(tx, order_id)
    if order.state == OrderState.UNDELIVERED and complainant == order.buyer_id:
        await resume(tx, order, how="dropped", by=None)


async def resume(tx: AsyncSession, order: Order, *, how: str, by: Member | None) -> None:
    """The claim is over, and the order goes on where it was. The order is locked.

    how  dropped by the buyer, or ruled by the platform: then it cannot be claimed anew at once
    """
    paid = await proving.paid_before_shipment(tx, order)
    if order.shipped_at is not None:
        move = OrderMove.RESUME_IN_PROGRESS
    else:
        move = OrderMove.RESUME_FUNDED if paid else OrderMove.RESUME_FUNDING
    order.move(move, by=by.id if by else None, note=how)
    if how == "ruled":
        order.no_claim_before = clock.now().date() + AGAIN
    if paid and order.funded_at is None:
        await fully_paid(tx, order)
    await over(tx, order, how=how, by=by)


async def over(tx: AsyncSession, order: Order, *, how: str, by: Member | None) -> None:
    """Frozen money is held again, clocks run on, a proposal that stood is overtaken, and the case settled.

    The order has left its state already.

    how  dropped, ruled, or arrived
    """
    who = by.id if by else None
    await escrow.unfreeze(tx, subject(order), by=who, reason=f"claim {how}")
    if order.claimed_at is not None:
        await proving.run_on(tx, order, clock.now() - order.claimed_at)
    if order.shipped_at is not None and all(line.shipped >= line.least for line in await queries.lines(tx, order.id)):
        await proving.goods_shipped(tx, order)
    await proving.money_arrived(tx, order)
    standing = await queries.open_proposal(tx, order.id)
    if standing is not None:
        standing.move(ProposalMove.REPLACE, by=who)
    case = await filing.open_about(tx, subject(order), Kind.DISPUTE)
    if case is not None:
        await cases.settled(tx, case, by=who)
    await note(tx, order, "order.claim_over", {"how": how}, by=by)
    for party in (order.buyer_id, order.supplier_id):
        await tell(tx, order, party, Permission.NEGOTIATE, "delivery_claim_over", how=how)
