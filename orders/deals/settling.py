"""How a deal ends otherwise than by acceptance: cancelled together, or settled over contested goods.

One side proposes how the money is shared and why; the other accepts, or proposes something else. Held money of
contested goods stands frozen until they agree.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from app.core.money import Money
from orders.deals import queries
from orders.deals.errors import BadShare, WrongSide
from orders.deals.models import Order, Proposal
from orders.deals.service import finish, note, only, subject, tell
from orders.deals.states import OrderMove, OrderState, ProposalMove
from payments.escrow import queries as escrows
from payments.escrow import service as escrow
from payments.escrow.states import MilestoneState
from trust.access import Member, Permission, require

CANCELLATION = "cancellation"
SETTLEMENT = "settlement"
BEFORE_DELIVERY = (OrderState.CONTRACTED, OrderState.FUNDING, OrderState.FUNDED, OrderState.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Offer:
    """What of the total the supplier shall get, why, and what shows it."""

    to_supplier: Money
    reason: str
    files: list[dict[str, Any]]


async def propose_cancellation(tx: AsyncSession, order_id: UUID, reason: str, *, by: Member) -> Proposal:
    """Either side proposes to call the deal off before delivery: all held money goes back to the buyer."""
    require(by, Permission.NEGOTIATE)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    if order.state not in BEFORE_DELIVERY:
        order.check(OrderMove.CANCEL)
    return await _propose(tx, order, CANCELLATION, Offer(Money.zero(order.total.currency), reason, []), by)


async def contest(tx: AsyncSession, order_id: UUID, offer: Offer, *, by: Member) -> Proposal:
    """The buyer accepts delivered goods in part (`to_supplier` above zero) or refuses them. Held money is frozen."""
    require(by, Permission.ACCEPT_GOODS)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    only(order.buyer_id, by)
    order.check(OrderMove.CONTEST)
    _check_share(order, offer.to_supplier)
    order.move(OrderMove.CONTEST, by=by.id, note=offer.reason)
    await escrow.freeze(tx, subject(order), by=by.id, reason=offer.reason)
    await note(tx, order, "order.contested", {"reason": offer.reason, "to_supplier": offer.to_supplier}, by=by)
    return await _propose(tx, order, SETTLEMENT, offer, by)


async def counter(tx: AsyncSession, order_id: UUID, offer: Offer, *, by: Member) -> Proposal:
    """Either side of a contested order proposes another sharing; it takes the place of the open one."""
    require(by, Permission.NEGOTIATE)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    order.check(OrderMove.SETTLE)
    _check_share(order, offer.to_supplier)
    return await _propose(tx, order, SETTLEMENT, offer, by)


def _check_share(order: Order, to_supplier: Money) -> None:
    fits = to_supplier.currency == order.total.currency and 0 <= to_supplier.minor <= order.total.minor
    if not fits:
        raise BadShare(
            _("The share is between nothing and the total, in the contract's currency."), field="to_supplier"
        )


async def _propose(tx: AsyncSession, order: Order, kind: str, offer: Offer, by: Member) -> Proposal:
    standing = await queries.open_proposal(tx, order.id)
    if standing is not None:
        standing.move(ProposalMove.REPLACE, by=by.id)
        await tx.flush()
    proposal = Proposal(
        order_id=order.id,
        made_by=by.organisation_id,
        member_id=by.id,
        kind=kind,
        to_supplier=offer.to_supplier,
        to_buyer=order.total - offer.to_supplier,
        reason=offer.reason,
        files=offer.files,
    )
    tx.add(proposal)
    await tx.flush()
    said = {
        "proposal": proposal.id,
        "kind": kind,
        "to_supplier": proposal.to_supplier,
        "to_buyer": proposal.to_buyer,
        "reason": offer.reason,
        "files": [file["sha256"] for file in offer.files],
    }
    await note(tx, order, "order.proposal", said, by=by)
    other = order.supplier_id if by.organisation_id == order.buyer_id else order.buyer_id
    await tell(tx, order, other, Permission.NEGOTIATE, "order_proposal", reason=offer.reason)
    return proposal


async def withdraw(tx: AsyncSession, order_id: UUID, proposal_id: UUID, *, by: Member) -> None:
    """Take back one's own open proposal of a cancellation. A contested order keeps one until it ends."""
    require(by, Permission.NEGOTIATE)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    proposal = await queries.proposal_for_update(tx, order.id, proposal_id)
    only(proposal.made_by, by)
    if proposal.kind != CANCELLATION:
        raise WrongSide(_("Propose something else, or accept what the other side proposes."))
    proposal.move(ProposalMove.WITHDRAW, by=by.id)
    await note(tx, order, "order.proposal_withdrawn", {"proposal": proposal.id}, by=by)


async def agree(tx: AsyncSession, order_id: UUID, proposal_id: UUID, *, by: Member) -> Order:
    """Accept the other side's open proposal; the money moves as it says. Raises WrongSide, IllegalMove."""
    require(by, Permission.NEGOTIATE)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    proposal = await queries.proposal_for_update(tx, order.id, proposal_id)
    if proposal.made_by == by.organisation_id:
        raise WrongSide(_("Only the other side can accept your proposal."))
    proposal.move(ProposalMove.ACCEPT, by=by.id)
    await note(tx, order, "order.proposal_accepted", {"proposal": proposal.id}, by=by)
    if proposal.kind == CANCELLATION:
        await _cancel(tx, order, proposal, by)
    else:
        await _settle(tx, order, proposal, by)
    return order


async def _cancel(tx: AsyncSession, order: Order, proposal: Proposal, by: Member) -> None:
    held = any(m.state == MilestoneState.FUNDED for m in (await escrows.escrow(tx, subject(order))).milestones)
    order.move(OrderMove.REFUND if held else OrderMove.CANCEL, by=by.id, note=proposal.reason)
    await escrow.refund_everything(tx, subject(order), by=by.id, reason=proposal.reason)
    await finish(tx, order, how="cancelled", by=by)


async def _settle(tx: AsyncSession, order: Order, proposal: Proposal, by: Member) -> None:
    """Share the frozen milestones: the supplier's part is taken from the earliest first, to the unit."""
    order.move(OrderMove.SETTLE if proposal.to_supplier else OrderMove.REFUND, by=by.id, note=proposal.reason)
    left = proposal.to_supplier
    for milestone in (await escrows.escrow(tx, subject(order))).milestones:
        if milestone.state != MilestoneState.FROZEN:
            continue
        part = min(left, milestone.amount)
        left -= part
        await escrow.rule(
            tx,
            subject(order),
            milestone.id,
            to_supplier=part,
            to_buyer=milestone.amount - part,
            by=by.id,
            reason=proposal.reason,
        )
    await finish(tx, order, how="settled" if proposal.to_supplier else "refunded", by=by)
