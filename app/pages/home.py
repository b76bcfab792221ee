"""Home: for a visitor what Portolan is; for everyone signed in first what waits for them, then what moves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import N_, _
from app.core.web import Answer, HouseRouter, Tx
from listings import cards, categories
from listings import queries as listings
from listings.states import ProductState
from listings.suppliers import is_shown
from orders.contracts import queries as contracts
from orders.contracts.states import LABELS as CONTRACT_LABELS
from orders.contracts.states import ContractState
from orders.deals import queries as orders
from orders.deals.room import next_step
from orders.deals.states import LABELS as ORDER_LABELS
from orders.deals.states import UNDER_WAY
from orders.negotiation import queries as negotiation
from payments import queries as money
from trust.access import MaybeMember, Member, Permission
from trust.identity import queries as identity
from trust.reviews import queries as reviews
from trust.verification import queries as verification

router = HouseRouter(include_in_schema=False)
MOST = 12

STEPS = {
    "pay": N_("Pay into protected payment"),
    "ship": N_("Ship the goods"),
    "deliver": N_("Record the delivery"),
    "accept": N_("Check the goods and accept them"),
    "answer": N_("Answer the proposal"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of “waits for you”: what, where, since or until when."""

    title: str
    href: str
    who: str = ""
    until: datetime | None = None
    action: str = ""
    icon: str = "clock"


@router.get("/")
async def home(answer: Answer, tx: Tx, member: MaybeMember) -> Response:
    """Home of each role."""
    if member is None:
        return answer.show("home/visitor.html", None, tree=categories.tree(), cards=await _newest(tx))
    if member.is_staff:
        return answer.show("home/staff.html", None, waiting=await reviews.waiting(tx), may=_may(member))
    return answer.show("home/company.html", None, **await _company(tx, member))


async def _newest(tx: AsyncSession) -> list[dict[str, Any]]:
    found = await listings.newest_in(tx, [leaf.slug for top in categories.tree() for leaf in top.children], limit=8)
    suppliers = await identity.organisations(tx, [card.organisation_id for card in found])
    facts = await verification.facts_of(tx, suppliers)
    return [
        cards.shown(card, suppliers[card.organisation_id], facts.get(card.organisation_id, ()))
        for card in found
        if is_shown(suppliers.get(card.organisation_id))
    ]


def _may(member: Member) -> dict[str, bool]:
    return {p.value: member.may(p) for p in Permission}


async def _company(tx: AsyncSession, member: Member) -> dict[str, Any]:
    party = member.organisation_id
    open_orders = await orders.orders_of(tx, party, states=UNDER_WAY, limit=50)
    positions = await money.positions(tx, [o.subject for o in open_orders])
    shipped = await orders.shipments_of(tx, [o.id for o in open_orders])
    proposed = await orders.open_proposals(tx, [o.id for o in open_orders])
    drafts = await contracts.contracts_of(tx, party, states=(ContractState.DRAFT, ContractState.SIGNING), limit=20)
    waits = [
        *_first_steps(member),
        *[Waiting(w.title, w.href, w.who, w.until, "", "message") for w in await negotiation.waiting_for(tx, party)],
        *[
            Waiting(line.title, f"/contracts/{line.id}", line.number, None, _(CONTRACT_LABELS[line.state]), "sign")
            for line in drafts
        ],
    ]
    for order in open_orders:
        step = next_step(order, positions[order.subject], shipped.get(order.id, []), proposed.get(order.id, []))
        if step.party == party:
            waits.append(Waiting(order.title, f"/orders/{order.id}", order.number, step.until, _(STEPS[step.name])))
    return {
        "waits": waits[:MOST],
        "more": max(0, len(waits) - MOST),
        "orders": open_orders[:8],
        "positions": positions,
        "labels": ORDER_LABELS,
        "products": await listings.count_by_state(tx, party) if member.sells else {},
        "states": ProductState,
        "may": _may(member),
    }


def _first_steps(member: Member) -> list[Waiting]:
    """What a new company has to do before it can trade."""
    if member.level < 2 and member.may(Permission.VERIFY_COMPANY):
        return [Waiting(_("Verify your company"), "/verification", "", None, _("Send documents"), "shield")]
    return []
