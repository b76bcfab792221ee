"""A contract in force ended by agreement: proposed, signed by both as an amendment is; then the money follows.

What is held is divided payment by payment as the agreement says; what was released stays released.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.money import Money
from orders.contracts import service as contracting
from orders.contracts.extras import Division, Ending
from orders.contracts.models import Contract
from orders.deals import proving, queries
from orders.deals.errors import BadShare, NotYet, Overtaken
from orders.deals.models import Order
from orders.deals.record import note, subject
from orders.deals.service import conclude
from orders.deals.states import OrderMove
from payments.escrow import queries as escrows
from payments.escrow import service as escrow
from payments.escrow.queries import MilestoneView
from trust.access import Member, Permission, require


@dataclass(frozen=True, slots=True)
class Terms:
    """What one side proposes: why, what of each payment's held money the supplier shall get, and where goods go.

    to_supplier  by the payment's place; all of the others goes back to the buyer
    """

    reason: str
    to_supplier: Mapping[int, Money]
    goods: str = ""


async def propose(tx: AsyncSession, order_id: UUID, terms: Terms, *, by: Member) -> Contract:
    """Either side proposes to end the contract; the other agrees to the text, then both sign.

    Raises NotYet, BadShare, AmendmentUnderWay, Invalid while goods are under way and nothing is said of them.
    """
    require(by, Permission.NEGOTIATE)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    if order.state not in proving.RUNNING:
        raise NotYet(_("An order is not ended by agreement while its goods are contested, nor when it is over."))
    if order.shipped_at is not None and not terms.goods:
        raise Invalid(_("Goods are under way: say where they go, and who pays for it."), field="goods")
    ending = Ending(reason=terms.reason, divisions=await _divided(tx, order, terms), goods=terms.goods)
    contract = await contracting.amend(tx, order.contract_id, ending, by=by)
    await note(tx, order, "order.termination_proposed", {"agreement": contract.id, "reason": terms.reason}, by=by)
    return contract


async def _divided(tx: AsyncSession, order: Order, terms: Terms) -> tuple[Division, ...]:
    divisions = []
    for place, money in enumerate(await _money(tx, order)):
        share = terms.to_supplier.get(place, Money.zero(order.total.currency))
        if share.currency != money.held.currency or not 0 <= share.minor <= money.held.minor:
            message = _("Between nothing and what is held: %(held)s.") % {"held": str(money.held)}
            raise BadShare(message, field=f"payments.{place}.to_supplier")
        divisions.append(Division(to_supplier=share, to_buyer=money.held - share))
    return tuple(divisions)


async def _money(tx: AsyncSession, order: Order) -> list[MilestoneView]:
    return list((await escrows.escrow(tx, subject(order))).milestones)


async def held_as_agreed(tx: AsyncSession, order: Order, ending: Ending) -> Money:
    """All that is held. Raises Overtaken when that, or where the goods are, is no longer what the agreement says."""
    held = [money.held for money in await _money(tx, order)]
    if held != [division.to_supplier + division.to_buyer for division in ending.divisions]:
        raise Overtaken(
            _("What is held has changed since this agreement was drawn up. Decline it and propose another.")
        )
    if order.shipped_at is not None and not ending.goods:
        raise Overtaken(_("Goods were shipped meanwhile, and this agreement does not say where they go."))
    return Money(sum(amount.minor for amount in held), order.total.currency)


async def take_effect(tx: AsyncSession, order: Order, contract: Contract, ending: Ending, *, by: Member) -> None:
    """Both have signed: the order is over, and what is held goes where they agreed. Raises PaymentUnderWay."""
    why = f"ended by {contract.number}"
    order.move(OrderMove.TERMINATE, by=by.id, note=ending.reason)
    await proving.close(tx, order, by=by)
    await escrow.cancel_unpaid(tx, subject(order), by=by.id, reason=why)
    for money, division in zip(await _money(tx, order), ending.divisions, strict=True):
        if money.held:
            await escrow.divide(
                tx,
                subject(order),
                money.id,
                to_supplier=division.to_supplier,
                to_buyer=division.to_buyer,
                by=by.id,
                reason=why,
            )
    said = {"agreement": contract.number, "terms_hash": contract.terms_hash, "reason": ending.reason}
    await note(tx, order, "order.terminated", said, by=by)
    await conclude(tx, order, how="terminated", by=by)
