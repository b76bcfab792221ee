"""The order's room as one value: what happened, what is next, who must act by when, where the money is."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.i18n import N_
from orders import conditions
from orders.contracts import queries as contracts
from orders.contracts.queries import ContractLine, ContractView
from orders.contracts.states import ContractState
from orders.deals import arrival, plan, queries, ratings
from orders.deals.plan import MilestoneView
from orders.deals.queries import LineView, OrderView, ProposalView, ShipmentView
from orders.deals.ratings import RatedView
from orders.deals.states import BEFORE_DELIVERY, MOVES, STILL, UNDER_WAY, OrderMove, OrderState, ProposalState
from orders.milestones import OPEN, Due, Evidence, MilestoneState
from payments import queries as money
from payments.approvals import queries as approvals
from payments.approvals.queries import ApprovalView
from payments.chargebacks import queries as chargebacks
from payments.chargebacks.queries import ChargebackView
from payments.escrow.states import MilestoneState as MoneyState
from payments.queries import MilestonePosition, Position
from trust.cases import queries as disputes
from trust.cases.queries import Line as CaseLine
from trust.cases.states import ENDED as CASE_OVER
from trust.cases.states import CaseState, Kind
from trust.identity import queries as identity
from trust.identity.queries import OrganisationView
from trust.risk import holds
from trust.risk.holds import Standing

HAPPENED = {
    "order.placed": N_("Order placed under the signed contract"),
    "escrow_opened": N_("Protected payment arranged"),
    "escrow_funded": N_("Payment arrived and is held"),
    "order.funded": N_("All money due before shipment is held"),
    "milestone.submitted": N_("Evidence submitted"),
    "milestone.accepted": N_("Evidence accepted"),
    "milestone.objected": N_("Evidence objected to"),
    "milestone.reminded": N_("Evidence not answered in time"),
    "milestone.overdue": N_("Evidence overdue"),
    "order.amendment_proposed": N_("Amendment proposed"),
    "order.amended": N_("Contract amended"),
    "order.termination_proposed": N_("End by agreement proposed"),
    "order.terminated": N_("Ended by agreement"),
    "chargeback_opened": N_("The buyer's bank disputes a payment"),
    "chargeback_ended": N_("The buyer's bank has decided"),
    "order.called_off": N_("Called off by the buyer"),
    "order.shipped": N_("Goods handed to the carrier"),
    "order.shipment_delivered": N_("Shipment arrived"),
    "document.packing": N_("Packing and transport details given"),
    "document.issued": N_("Document issued"),
    "document.received": N_("Document handed in"),
    "document.complete": N_("Documents of a shipment complete"),
    "order.delivered": N_("Goods delivered; the time for acceptance runs"),
    "order.contested": N_("Goods not accepted as they are"),
    "order.claimed": N_("The buyer says that the goods have not come"),
    "order.claim_over": N_("The claim is over; the order goes on"),
    "order.proposal": N_("Sharing of the money proposed"),
    "order.proposal_withdrawn": N_("Proposal withdrawn"),
    "order.disputed": N_("Portolan asked to decide"),
    "order.ruled": N_("Portolan has decided"),
    "order.proposal_accepted": N_("Proposal accepted"),
    "order.completed": N_("Order ended"),
    "order.rated": N_("Rated"),
    "escrow_decided": N_("Held money shared out"),
    "escrow_frozen": N_("Held money frozen"),
    "escrow_refunded": N_("Money is back with the buyer"),
}
"""What both sides read of the evidence chain; links of other kinds are kept but not shown in the timeline."""
THAWED = N_("Held money is no longer frozen")


ENDINGS = {
    "accepted": N_("The buyer accepted the goods."),
    "accepted after all": N_("The buyer accepted the goods."),
    "silence": N_("The time for acceptance ran out."),
    "amendment": N_("The contract was amended."),
    "evidence accepted": N_("The buyer accepted the evidence."),
    "evidence silence": N_("The time to answer the evidence ran out."),
    "evidence document": N_("The document was in order."),
    "paid after its evidence was accepted": N_("The evidence had been accepted before."),
    "goods contested": N_("The buyer did not accept the goods as they are."),
    "held again while the goods are contested": N_("The buyer did not accept the goods as they are."),
    "delivery contested": N_("The buyer says that the goods have not come."),
    "arrived under dispute": N_("It came while money of this order stands still."),
    "claim dropped": N_("The buyer has dropped its claim."),
    "claim arrived": N_("The goods have come."),
    "claim ruled": N_("As Portolan decided."),
    "held again after the order's end": N_("The order had ended before."),
    "deal called off": N_("The order was called off."),
    "settled by": N_("As both sides agreed."),
    "ruled in case": N_("As Portolan decided."),
}
"""The platform's own reasons for moving money, in plain words; people's reasons stand as they wrote them."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step: whose it is, until when, its name for the page, and the milestone that it is about."""

    name: str
    party: UUID | None
    until: datetime | None = None
    milestone: MilestoneView | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """What both sides see of an order; `waiting`, for a second person of the buyer's company, the buyer alone.

    held  what stands still: the deal itself, or all payouts of its supplier
    """

    order: OrderView
    buyer: OrganisationView
    supplier: OrganisationView
    money: Position
    milestones: list[MilestoneView]
    contract: ContractView
    versions: list[ContractLine]
    lines: list[LineView]
    shipments: list[ShipmentView]
    proposals: list[ProposalView]
    ratings: list[RatedView]
    chargebacks: list[ChargebackView]
    happened: list[evidence.Link]
    step: Step
    waiting: list[ApprovalView]
    cases: list[CaseLine]
    held: list[Standing]

    @property
    def dispute(self) -> CaseLine | None:
        """The case in which the platform is asked to decide, while it is open."""
        return next((c for c in self.cases if c.kind is Kind.DISPUTE and c.state not in CASE_OVER), None)

    @property
    def decided(self) -> bool:
        """Whether the platform has decided over the dispute, be it final or not."""
        return self.dispute is not None and self.dispute.state is CaseState.RULED

    @property
    def proposal(self) -> ProposalView | None:
        return next((p for p in self.proposals if p.state == ProposalState.OPEN), None)

    @property
    def plan(self) -> list[tuple[MilestoneView, MilestonePosition]]:
        """What each payment waits for, beside its money."""
        held = {position.milestone.id: position for position in self.money.milestones}
        return [(milestone, held[milestone.id]) for milestone in self.milestones]

    @property
    def amendment(self) -> ContractLine | None:
        """The amendment that is being agreed or signed."""
        open_ = (ContractState.DRAFT, ContractState.LOCKED, ContractState.SIGNING)
        return next((version for version in self.versions if version.amends_id and version.state in open_), None)

    @property
    def amendable(self) -> list[tuple[MilestoneView, MilestonePosition]]:
        """The payments that an amendment can change: not settled in part, and none on its way."""
        return [
            (m, p)
            for m, p in self.plan
            if m.state in OPEN
            and (
                p.milestone.state == MoneyState.PENDING
                or (p.milestone.state == MoneyState.FUNDED and p.milestone.held == p.milestone.agreed)
            )
        ]

    @property
    def may_be_called_off(self) -> bool:
        """Whether the buyer may end the deal alone: evidence is overdue and nothing has been shipped."""
        late = any(m.state is MilestoneState.OVERDUE for m in self.milestones)
        return late and self.order.shipped_at is None and self.order.state in BEFORE_DELIVERY

    @property
    def claim_from(self) -> date | None:
        """The first day on which the buyer may say that goods do not come; None when it cannot or nothing is held."""
        if (self.order.state, OrderMove.CLAIM) not in MOVES or not self.money.held:
            return None
        return arrival.claim_from(self.order, self.lines, self.shipments, self.contract.terms.delivery.mode)

    @property
    def may_be_claimed(self) -> bool:
        return self.claim_from is not None and self.claim_from <= clock.now().date()

    @property
    def voyage(self) -> arrival.Voyage:
        """How long goods are given to arrive."""
        return arrival.voyage(self.contract.terms.delivery.mode, self.order.created_at.date())

    def rated_by(self, organisation_id: UUID) -> RatedView | None:
        return next((r for r in self.ratings if r.rater_id == organisation_id), None)


async def enter(tx: AsyncSession, order_id: UUID, *, party: UUID) -> Room:
    """Everything both parties see of one order. Raises OrderNotFound for a stranger."""
    order = await queries.order(tx, order_id, party=party)
    companies = await identity.organisations(tx, [order.buyer_id, order.supplier_id])
    position = await money.money_position(tx, order.subject)
    shipped = await queries.shipments(tx, order.id)
    proposed = await queries.proposals(tx, order.id)
    milestones = await plan.milestones(tx, order.id)
    links = await evidence.chain(tx, order.subject)
    versions = await contracts.versions(tx, order.inquiry_id)
    about = [order.id, *(m.id for m in milestones), *(p.id for p in proposed), *(v.id for v in versions)]
    return Room(
        order=order,
        buyer=companies[order.buyer_id],
        supplier=companies[order.supplier_id],
        money=position,
        chargebacks=await chargebacks.of_deal(tx, order.subject),
        held=await holds.standing(tx, order.subject, holds.payouts_of(order.supplier_id)),
        milestones=milestones,
        contract=await contracts.contract(tx, order.contract_id),
        versions=versions,
        lines=await queries.lines(tx, order.id),
        shipments=shipped,
        proposals=proposed,
        ratings=await ratings.of_orders(tx, [order.id]) if order.state == OrderState.COMPLETED else [],
        happened=[link for link in links if link.kind in HAPPENED],
        step=next_step(order, position, shipped, proposed, milestones),
        waiting=await approvals.waiting_about(tx, about) if party == order.buyer_id else [],
        cases=await disputes.about(tx, order.subject, party),
    )


def next_step(
    order: OrderView,
    position: Position,
    shipped: list[ShipmentView],
    proposed: list[ProposalView],
    milestones: list[MilestoneView],
) -> Step:
    """Who must do what next. Pure: the same facts give both sides the same answer."""
    standing = next((p for p in proposed if p.state == ProposalState.OPEN), None)
    if standing is not None:
        return Step("answer", order.other(standing.made_by))
    if order.state not in UNDER_WAY:
        return Step("over", None)
    tasks = evidence_tasks(order, milestones)
    examine = next((task for task in tasks if task.name == "examine"), None)
    due = _payment(order, position, milestones)
    submit = next((task for task in tasks if task.name == "submit"), None)
    return examine or due or submit or _goods(order, shipped)


def steps(
    order: OrderView,
    position: Position,
    shipped: list[ShipmentView],
    proposed: list[ProposalView],
    milestones: list[MilestoneView],
) -> list[Step]:
    """The next step, and whatever evidence waits beside it."""
    first = next_step(order, position, shipped, proposed, milestones)
    return [first, *(task for task in evidence_tasks(order, milestones) if task != first)]


def evidence_tasks(order: OrderView, milestones: list[MilestoneView]) -> list[Step]:
    """What is to be submitted by the supplier and answered by the buyer now, the most urgent first."""
    if order.state not in UNDER_WAY or order.state in STILL:
        return []
    tasks = [
        Step("examine", order.buyer_id, m.answer_by, m)
        for m in milestones
        if m.state in (MilestoneState.SUBMITTED, MilestoneState.REMINDED)
    ]
    tasks += [
        Step("submit", order.supplier_id, m.deadline, m)
        for m in milestones
        if m.state in (MilestoneState.AWAITED, MilestoneState.OBJECTED, MilestoneState.OVERDUE)
        and m.terms.evidence is not Evidence.ACCEPTANCE
        and _in_turn(order, m)
    ]
    return sorted(tasks, key=lambda task: (task.until is None, task.until))


def _in_turn(order: OrderView, milestone: MilestoneView) -> bool:
    """Whether evidence can be had: a transport document after shipment, other evidence before."""
    return (order.shipped_at is not None) == (milestone.terms.evidence is Evidence.BILL_OF_LADING)


def _payment(order: OrderView, position: Position, milestones: list[MilestoneView]) -> Step | None:
    """The buyer pays what is due by now; or the payment is on its way."""
    states = {m.milestone.id: m.milestone.state for m in position.milestones}
    open_before = any(
        m.state not in (MilestoneState.ACCEPTED, MilestoneState.CLOSED)
        and m.terms.evidence in (Evidence.PRODUCTION_PROOF, Evidence.INSPECTION_REPORT)
        for m in milestones
    )

    def due(m: MilestoneView) -> bool:
        match m.terms.due:
            case Due.SHIPMENT:
                return not open_before
            case Due.SHIPPED:
                return order.shipped_at is not None
        return True

    asked = [states[m.id] for m in milestones if due(m)]
    if order.state in STILL:
        return None
    if MoneyState.PENDING in asked:
        return Step("pay", order.buyer_id)
    return Step("arriving", None) if MoneyState.FUNDING in asked else None


def _goods(order: OrderView, shipped: list[ShipmentView]) -> Step:
    if order.state == OrderState.FUNDED:
        return Step("ship", order.supplier_id)
    if order.state == OrderState.IN_PROGRESS:
        under_way = any(s.delivered_at is None for s in shipped)
        return Step("deliver" if under_way else "ship", order.supplier_id)
    if order.state == OrderState.DELIVERED:
        return Step("accept", order.buyer_id, order.accept_by)
    if order.state in (OrderState.CONTRACTED, OrderState.FUNDING):
        return Step("pay", order.buyer_id)
    return Step("over", None)


def timeline(room: Room, labels: Any) -> list[dict[str, Any]]:
    """The happened links as ui.timeline wants them, newest first. `labels` translates a message id."""
    names = {str(party.id): party.name_latin for party in (room.buyer, room.supplier)}
    return [
        {
            "at": link.at,
            "title": _title(link, labels),
            "text": _why(str(link.data.get("reason") or ""), labels),
            "who": names.get(str(link.data.get("organisation", "")), ""),
        }
        for link in reversed(room.happened)
    ]


def _why(reason: str, labels: Any) -> str:
    """The platform's own reason in plain words, without the number that follows some; people's own as they wrote it."""
    known = re.sub(r"(settled by|ruled in case) \S+", r"\1", reason)
    return str(labels(ENDINGS[known])) if known in ENDINGS else reason


def _title(link: evidence.Link, labels: Any) -> str:
    """What happened; a milestone's step names the payment, a document's its number."""
    title: str = labels(THAWED if link.kind == "escrow_funded" and "reason" in link.data else HAPPENED[link.kind])
    if link.kind.startswith("document.") and (number := link.data.get("number", "")):
        return f"{title}: {number}"
    kind = link.data.get("kind", "")
    return f"{title}: {conditions.name(kind)}" if link.kind.startswith("milestone.") else title
