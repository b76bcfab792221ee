"""How money moves otherwise than by the contract: a deal called off, contested goods settled, a part let go on the way.

One side proposes how held money is shared and why; the other accepts, or proposes something else. Held money of
contested goods stands frozen until they agree.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from app.core.money import Money
from app.core.subject import Subject
from orders.deals import plan, proving, queries
from orders.deals.errors import BadShare, NothingHeld, NotYet, WrongSide
from orders.deals.models import Order, Proposal
from orders.deals.record import note, only, subject, tell
from orders.deals.second import require_second
from orders.deals.service import finish
from orders.deals.states import BEFORE_DELIVERY, OrderMove, ProposalMove
from orders.milestones import MilestoneMove, MilestoneState
from payments.escrow import queries as escrows
from payments.escrow import service as escrow
from payments.escrow.states import MilestoneState as MoneyState
from trust.access import Member, Permission, require

CANCELLATION = "cancellation"
SETTLEMENT = "settlement"
PART = "part"


@dataclass(frozen=True, slots=True)
class Offer:
    """What of the held money the supplier shall get, why, and what shows it."""

    to_supplier: Money
    reason: str
    files: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of one milestone's held money that either side shall get while the deal goes on."""

    milestone_id: UUID
    to_supplier: Money
    to_buyer: Money


async def propose_cancellation(tx: AsyncSession, order_id: UUID, reason: str, *, by: Member) -> Proposal:
    """Either side proposes to call the deal off before delivery: all held money goes back to the buyer."""
    require(by, Permission.NEGOTIATE)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    if order.state not in BEFORE_DELIVERY:
        order.check(OrderMove.CANCEL)
    shares = Shares(CANCELLATION, Money.zero(order.total.currency), await held_of(tx, order))
    return await propose(tx, order, shares, Offer(shares.to_supplier, reason, []), by)


async def call_off(tx: AsyncSession, order_id: UUID, reason: str, *, by: Member) -> Order:
    """The buyer ends the deal alone, because evidence is overdue and nothing has been shipped.

    What is held goes back to the buyer, what was released stays released. Raises WrongSide, NotYet, PaymentUnderWay.
    """
    require(by, Permission.ACCEPT_GOODS)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    only(order.buyer_id, by)
    late = any(row.state == MilestoneState.OVERDUE for row in await plan.milestones_for_update(tx, order.id))
    if not late or order.shipped_at is not None or order.state not in BEFORE_DELIVERY:
        raise NotYet(_("The order can be called off alone while evidence is overdue and nothing has been shipped."))
    await note(tx, order, "order.called_off", {"reason": reason}, by=by)
    await _end(tx, order, reason, by)
    return order


async def propose_part(
    tx: AsyncSession,
    order_id: UUID,
    part: Part,
    reason: str,
    files: list[dict[str, Any]],
    *,
    by: Member,
    seconded: bool = False,
) -> Proposal:
    """Either side proposes to let a part of one milestone go, to the supplier or back to the buyer, before its time.

    seconded  as in `service.accept`, for this and the other proposals
    """
    if not seconded:
        require(by, Permission.NEGOTIATE)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    if order.state not in proving.RUNNING:
        raise NotYet(_("Nothing can be said about a payment while the goods are contested or when the order is over."))
    row = await plan.milestone_for_update(tx, order.id, part.milestone_id)
    money = next(m for m in (await escrows.escrow(tx, subject(order))).milestones if m.id == row.id)
    if money.state != MoneyState.FUNDED:
        raise NothingHeld(_("Nothing is held for this payment."))
    _check_part(part, money.held)
    if not seconded:
        await require_second(tx, order.buyer_id, part.to_supplier, by=by)
    shares = Shares(PART, part.to_supplier, part.to_buyer, row.id)
    return await propose(tx, order, shares, Offer(part.to_supplier, reason, files), by)


def _check_part(part: Part, held: Money) -> None:
    both = (part.to_supplier, part.to_buyer)
    fits = all(share.currency == held.currency and share.minor >= 0 for share in both)
    if not fits or not 0 < sum(share.minor for share in both) <= held.minor:
        raise BadShare(_("The parts are more than nothing and at most what is held."), field="to_supplier")


async def contest(tx: AsyncSession, order_id: UUID, offer: Offer, *, by: Member, seconded: bool = False) -> Proposal:
    """The buyer accepts delivered goods in part (`to_supplier` above zero) or refuses them. Held money is frozen.

    To refuse them whole never takes a second person: the time for acceptance may be nearly over.
    """
    if not seconded:
        require(by, Permission.ACCEPT_GOODS)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    only(order.buyer_id, by)
    order.check(OrderMove.CONTEST)
    held = await held_of(tx, order)
    if not held:
        raise NothingHeld(_("Nothing is held any more. Claims are settled under the contract."))
    check_share(held, offer.to_supplier)
    if not seconded:
        await require_second(tx, order.buyer_id, offer.to_supplier, by=by)
    order.move(OrderMove.CONTEST, by=by.id, note=offer.reason)
    await escrow.freeze(tx, subject(order), by=by.id, reason="goods contested")
    await note(tx, order, "order.contested", {"reason": offer.reason, "to_supplier": offer.to_supplier}, by=by)
    shares = Shares(SETTLEMENT, offer.to_supplier, held - offer.to_supplier)
    return await propose(tx, order, shares, offer, by)


async def counter(tx: AsyncSession, order_id: UUID, offer: Offer, *, by: Member, seconded: bool = False) -> Proposal:
    """Either side of an order under dispute proposes another sharing; it takes the place of the open one."""
    if not seconded:
        require(by, Permission.NEGOTIATE)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    order.check(OrderMove.SETTLE)
    held = await held_of(tx, order)
    check_share(held, offer.to_supplier)
    if not seconded:
        await require_second(tx, order.buyer_id, offer.to_supplier, by=by)
    return await propose(tx, order, Shares(SETTLEMENT, offer.to_supplier, held - offer.to_supplier), offer, by)


async def held_of(tx: AsyncSession, order: Order) -> Money:
    """What is held or frozen for the order now."""
    held = sum(m.held.minor for m in (await escrows.escrow(tx, subject(order))).milestones)
    return Money(held, order.total.currency)


def check_share(held: Money, to_supplier: Money) -> None:
    """Raises BadShare unless it is between nothing and what is held."""
    fits = to_supplier.currency == held.currency and 0 <= to_supplier.minor <= held.minor
    if not fits:
        raise BadShare(
            _("The share is between nothing and what is held, in the contract's currency."), field="to_supplier"
        )


@dataclass(frozen=True, slots=True)
class Shares:
    """What is proposed of the money: of all that is held, or of one milestone."""

    kind: str
    to_supplier: Money
    to_buyer: Money
    milestone_id: UUID | None = None


async def propose(
    tx: AsyncSession, order: Order, shares: Shares, offer: Offer, by: Member, *, letter: str = "order_proposal"
) -> Proposal:
    """Write a proposal down, in the place of the open one, and tell the other side by `letter`. The order is locked."""
    standing = await queries.open_proposal(tx, order.id)
    if standing is not None:
        standing.move(ProposalMove.REPLACE, by=by.id)
        await tx.flush()
    proposal = Proposal(
        order_id=order.id,
        made_by=by.organisation_id,
        member_id=by.id,
        kind=shares.kind,
        milestone_id=shares.milestone_id,
        to_supplier=shares.to_supplier,
        to_buyer=shares.to_buyer,
        reason=offer.reason,
        files=offer.files,
    )
    tx.add(proposal)
    await tx.flush()
    said = {
        "proposal": proposal.id,
        "kind": shares.kind,
        "milestone": shares.milestone_id,
        "to_supplier": shares.to_supplier,
        "to_buyer": shares.to_buyer,
        "reason": offer.reason,
        "files": [file["sha256"] for file in offer.files],
    }
    await note(tx, order, "order.proposal", said, by=by)
    other = order.supplier_id if by.organisation_id == order.buyer_id else order.buyer_id
    await tell(tx, order, other, Permission.NEGOTIATE, letter, reason=offer.reason)
    return proposal


async def withdraw(tx: AsyncSession, order_id: UUID, proposal_id: UUID, *, by: Member) -> None:
    """Take back one's own open proposal. A contested order keeps one until it ends or goes on."""
    require(by, Permission.NEGOTIATE)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    proposal = await queries.proposal_for_update(tx, order.id, proposal_id)
    only(proposal.made_by, by)
    if proposal.kind == SETTLEMENT:
        raise WrongSide(_("Propose something else, or accept what the other side proposes."))
    proposal.move(ProposalMove.WITHDRAW, by=by.id)
    await note(tx, order, "order.proposal_withdrawn", {"proposal": proposal.id}, by=by)


async def agree(tx: AsyncSession, order_id: UUID, proposal_id: UUID, *, by: Member, seconded: bool = False) -> Order:
    """Accept the other side's open proposal; the money moves as it says.

    Raises WrongSide, IllegalMove, SecondPersonNeeded.
    """
    if not seconded:
        require(by, Permission.NEGOTIATE)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    proposal = await queries.proposal_for_update(tx, order.id, proposal_id)
    if proposal.made_by == by.organisation_id:
        raise WrongSide(_("Only the other side can accept your proposal."))
    proposal.check(ProposalMove.ACCEPT)
    if not seconded:
        await require_second(tx, order.buyer_id, proposal.to_supplier + proposal.to_buyer, by=by)
    proposal.move(ProposalMove.ACCEPT, by=by.id)
    await note(tx, order, "order.proposal_accepted", {"proposal": proposal.id}, by=by)
    match proposal.kind:
        case "cancellation":
            await _end(tx, order, proposal.reason, by)
        case "part":
            await _let_go(tx, order, proposal, by)
        case _:
            shares = Shares(SETTLEMENT, proposal.to_supplier, proposal.to_buyer)
            why = f"settled by {Subject('settlement_proposal', proposal.id)}"
            await share_out(tx, order, shares, proposal.reason, by, why=why)
    return order


async def _end(tx: AsyncSession, order: Order, reason: str, by: Member) -> None:
    """The deal is off: what is held goes back to the buyer, what was released stays released."""
    held = any(m.state == MoneyState.FUNDED for m in (await escrows.escrow(tx, subject(order))).milestones)
    order.move(OrderMove.REFUND if held else OrderMove.CANCEL, by=by.id, note=reason)
    await proving.close(tx, order, by=by)
    await escrow.refund_everything(tx, subject(order), by=by.id, reason="deal called off")
    await finish(tx, order, how="cancelled", by=by)


async def _let_go(tx: AsyncSession, order: Order, proposal: Proposal, by: Member) -> None:
    """A part of one milestone goes where both agreed; when it was all of it, the milestone waits for nothing more."""
    if proposal.milestone_id is None:
        raise LookupError(f"proposal {proposal.id} shares no milestone")
    named = Subject("settlement_proposal", proposal.id)
    row = await plan.milestone_for_update(tx, order.id, proposal.milestone_id)
    await escrow.let_go(
        tx,
        subject(order),
        row.id,
        to_supplier=proposal.to_supplier,
        to_buyer=proposal.to_buyer,
        by=by.id,
        reason=f"let go by {named}",
    )
    money = next(m for m in (await escrows.escrow(tx, subject(order))).milestones if m.id == row.id)
    if not money.held and row.can(MilestoneMove.CLOSE):
        proving.close_one(row, by=by)


async def share_out(
    tx: AsyncSession, order: Order, shares: Shares, reason: str, by: Member | None, *, why: str
) -> None:
    """Share the frozen milestones, the supplier's part from the earliest first, to the unit. The order is over.

    by   who agreed; None for a ruling of the platform
    why  what the books say of it: no words of the parties
    """
    who = by.id if by else None
    order.move(OrderMove.SETTLE if shares.to_supplier else OrderMove.REFUND, by=who, note=reason)
    await proving.close(tx, order, by=by)
    await escrow.cancel_unpaid(tx, subject(order), by=who, reason=why)
    left = shares.to_supplier
    for milestone in (await escrows.escrow(tx, subject(order))).milestones:
        if milestone.state != MoneyState.FROZEN:
            continue
        part = min(left, milestone.held)
        left -= part
        await escrow.rule(
            tx,
            subject(order),
            milestone.id,
            to_supplier=part,
            to_buyer=milestone.held - part,
            by=who,
            reason=why,
        )
    await finish(tx, order, how="settled" if shares.to_supplier else "refunded", by=by)
