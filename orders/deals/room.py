"""The order's room as one value: what happened, what is next, who must act by when, where the money is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence
from app.core.i18n import N_
from orders.deals import queries
from orders.deals.queries import LineView, OrderView, ProposalView, RatingView, ShipmentView
from orders.deals.states import OrderState, ProposalState
from payments import queries as money
from payments.escrow.states import MilestoneState
from payments.queries import Position
from trust.identity import queries as identity
from trust.identity.queries import OrganisationView

HAPPENED = {
    "order.placed": N_("Order placed under the signed contract"),
    "escrow_opened": N_("Protected payment arranged"),
    "escrow_funded": N_("Payment arrived and is held"),
    "order.funded": N_("All agreed money is held"),
    "order.shipped": N_("Goods handed to the carrier"),
    "order.shipment_delivered": N_("Shipment arrived"),
    "order.delivered": N_("Goods delivered; the time for acceptance runs"),
    "order.contested": N_("Goods not accepted as they are"),
    "order.proposal": N_("Sharing of the money proposed"),
    "order.proposal_withdrawn": N_("Proposal withdrawn"),
    "order.proposal_accepted": N_("Proposal accepted"),
    "order.completed": N_("Order ended"),
    "order.rated": N_("Rated"),
    "escrow_decided": N_("Held money shared out"),
    "escrow_frozen": N_("Held money frozen"),
    "escrow_refunded": N_("Money is back with the buyer"),
}
"""What both sides read of the evidence chain; links of other kinds are kept but not shown in the timeline."""


ENDINGS = {
    "accepted": N_("The buyer accepted the goods."),
    "accepted after all": N_("The buyer accepted the goods."),
    "silence": N_("The time for acceptance ran out."),
}
"""The platform's own reasons for moving money, in plain words; people's reasons stand as they wrote them."""


@dataclass(frozen=True, slots=True)
class Step:
    """The one next step: whose it is, until when, and its name for the page."""

    name: str
    party: UUID | None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Room:
    order: OrderView
    buyer: OrganisationView
    supplier: OrganisationView
    money: Position
    lines: list[LineView]
    shipments: list[ShipmentView]
    proposals: list[ProposalView]
    ratings: list[RatingView]
    happened: list[evidence.Link]
    step: Step

    @property
    def proposal(self) -> ProposalView | None:
        return next((p for p in self.proposals if p.state == ProposalState.OPEN), None)

    def rated_by(self, organisation_id: UUID) -> RatingView | None:
        return next((r for r in self.ratings if r.rater_id == organisation_id), None)


async def enter(tx: AsyncSession, order_id: UUID, *, party: UUID) -> Room:
    """Everything both parties see of one order. Raises OrderNotFound for a stranger."""
    order = await queries.order(tx, order_id, party=party)
    companies = await identity.organisations(tx, [order.buyer_id, order.supplier_id])
    position = await money.money_position(tx, order.subject)
    shipped = await queries.shipments(tx, order.id)
    proposed = await queries.proposals(tx, order.id)
    links = await evidence.chain(tx, order.subject)
    return Room(
        order=order,
        buyer=companies[order.buyer_id],
        supplier=companies[order.supplier_id],
        money=position,
        lines=await queries.lines(tx, order.id),
        shipments=shipped,
        proposals=proposed,
        ratings=await queries.ratings(tx, order.id) if order.state == OrderState.COMPLETED else [],
        happened=[link for link in links if link.kind in HAPPENED],
        step=next_step(order, position, shipped, proposed),
    )


def next_step(order: OrderView, position: Position, shipped: list[ShipmentView], proposed: list[ProposalView]) -> Step:
    """Who must do what next. Pure: the same facts give both sides the same answer."""
    standing = next((p for p in proposed if p.state == ProposalState.OPEN), None)
    if standing is not None:
        return Step("answer", order.other(standing.made_by))
    if order.state in (OrderState.CONTRACTED, OrderState.FUNDING):
        arriving = any(m.milestone.state == MilestoneState.FUNDING for m in position.milestones)
        waiting = any(m.milestone.state == MilestoneState.PENDING for m in position.milestones)
        return Step("pay", order.buyer_id) if waiting or not arriving else Step("arriving", None)
    if order.state == OrderState.FUNDED:
        return Step("ship", order.supplier_id)
    if order.state == OrderState.IN_PROGRESS:
        under_way = any(s.delivered_at is None for s in shipped)
        return Step("deliver" if under_way else "ship", order.supplier_id)
    if order.state == OrderState.DELIVERED:
        return Step("accept", order.buyer_id, order.accept_by)
    return Step("over", None)


def timeline(room: Room, labels: Any) -> list[dict[str, Any]]:
    """The happened links as ui.timeline wants them, newest first. `labels` translates a message id."""
    names = {str(party.id): party.name_latin for party in (room.buyer, room.supplier)}
    return [
        {
            "at": link.at,
            "title": labels(HAPPENED[link.kind]),
            "text": labels(ENDINGS[said]) if (said := str(link.data.get("reason", ""))) in ENDINGS else said,
            "who": names.get(str(link.data.get("organisation", "")), ""),
        }
        for link in reversed(room.happened)
    ]
