"""Home: for a visitor what Portolan is; for everyone signed in first what waits for them, then what moves."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.display import Display, Lens
from app.core.i18n import N_, _
from app.core.money import Money
from app.core.periods import day_of
from app.core.subject import Subject
from app.core.web import Answer, HouseRouter, Tx
from app.pages.panels import KINDS
from app.statutory import queries as statutory
from app.statutory.states import KINDS as REPORTS
from listings import cards, categories
from listings import queries as listings
from listings.states import ProductState
from orders.contracts import queries as contracts
from orders.contracts.queries import ContractLine
from orders.contracts.states import ContractState
from orders.deals import plan
from orders.deals import queries as orders
from orders.deals.queries import OrderView
from orders.deals.room import Step, steps
from orders.deals.states import LABELS as ORDER_LABELS
from orders.deals.states import UNDER_WAY
from orders.negotiation import queries as negotiation
from payments import queries as money
from payments.payouts import queries as payouts
from payments.queries import Position
from trust.access import MaybeMember, Member, Permission
from trust.identity import queries as identity
from trust.notices import service as notices
from trust.reviews import queries as reviews
from trust.rules import queries as rules
from trust.verification import expiry
from trust.verification import queries as verification
from trust.verification.levels import entity_until

router = HouseRouter(include_in_schema=False)
MOST = 12

STEPS = {
    "inquiry": (N_("Answer the inquiry"), "message"),
    "quotation": (N_("Answer the quotation"), "quote"),
    "counter_offer": (N_("Answer the counter-offer"), "quote"),
    "message": (N_("Read the message"), "message"),
    "draft": (N_("Agree to the contract"), "contract"),
    "signing": (N_("Sign the contract"), "sign"),
    "unlock": (N_("Open the text again?"), "contract"),
    "annul": (N_("Let the contract go?"), "contract"),
    "pay": (N_("Pay into protected payment"), "money"),
    "ship": (N_("Ship the goods"), "ship"),
    "deliver": (N_("Record the delivery"), "truck"),
    "submit": (N_("Submit the evidence"), "upload"),
    "examine": (N_("Answer the evidence"), "shield"),
    "accept": (N_("Check the goods"), "box"),
    "answer": (N_("Answer the proposal"), "dispute"),
}
"""What a button on the way to each step says, and its icon."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of “waits for you”: what, with whom, under which number, until when, and what the button does."""

    title: str
    href: str
    action: str
    icon: str
    who: str = ""
    number: str = ""
    until: datetime | None = None

    @classmethod
    def of(cls, step: str, title: str, href: str, who: str, *, number: str = "", until: datetime | None = None) -> Self:
        action, icon = STEPS[step]
        return cls(title, href, _(action), icon, who, number, until)


@router.get("/")
async def home(request: Request, answer: Answer, tx: Tx, member: MaybeMember, lens: Display) -> Response:
    """Home of each role."""
    zone = request.app.state.settings.reporting_zone
    if member is None:
        cards_ = await _newest(tx, lens)
        changes = await rules.changes(tx)
        return answer.show("home/visitor.html", None, tree=categories.tree(), cards=cards_, changes=changes)
    if member.is_staff:
        return answer.show("home/staff.html", None, **await _staff(tx, member, day_of(clock.now(), zone)))
    return answer.show("home/company.html", None, **await _company(tx, member))


async def _staff(tx: AsyncSession, member: Member, today: date) -> dict[str, Any]:
    may = _may(member)
    due = await statutory.waiting(tx) if may[Permission.FILE_REPORTS] else []
    return {
        "waiting": await reviews.waiting(tx, KINDS),
        "kinds": KINDS,
        "counted": reviews.COUNTED,
        "statutory": [(row, row.until < today) for row in due[:MOST]],
        "reports": REPORTS,
        "may": may,
    }


async def _newest(tx: AsyncSession, lens: Lens | None) -> tuple[cards.Shown, ...]:
    found = await listings.newest_in(tx, [leaf.slug for top in categories.tree() for leaf in top.children], limit=8)
    suppliers = await verification.standing(tx, [card.organisation_id for card in found])
    return cards.of_suppliers(found, suppliers, lens=lens)


def _may(member: Member) -> dict[str, bool]:
    return {p.value: member.may(p) for p in Permission}


async def _company(tx: AsyncSession, member: Member) -> dict[str, Any]:
    party = member.organisation_id
    open_orders = await orders.orders_of(tx, party, states=UNDER_WAY, limit=50)
    positions = await money.positions(tx, [o.subject for o in open_orders])
    waits = [
        *await _notices(tx, party),
        *_first_steps(member),
        *await _renewal(tx, member),
        *[Waiting.of(w.kind, w.title, w.href, w.who, until=w.until) for w in await negotiation.waiting_for(tx, party)],
        *await _deals(tx, party, open_orders, positions),
    ]
    return {
        "waits": waits[:MOST],
        "more": max(0, len(waits) - MOST),
        "orders": open_orders[:8],
        "positions": positions,
        "labels": ORDER_LABELS,
        "products": await listings.count_by_state(tx, party) if member.sells else {},
        "states": ProductState,
        "earned": await _earned(tx, member),
        "changes": await rules.changes(tx),
        "may": _may(member),
    }


async def _deals(
    tx: AsyncSession, party: UUID, open_orders: list[OrderView], positions: dict[Subject, Position]
) -> list[Waiting]:
    """The contracts and orders whose next step is this company's."""
    drafts = await contracts.waiting_for(tx, party)
    shipped = await orders.shipments_of(tx, [o.id for o in open_orders])
    proposed = await orders.open_proposals(tx, [o.id for o in open_orders])
    milestones = await plan.milestones_of(tx, [o.id for o in open_orders])
    found = [
        (order, step)
        for order in open_orders
        for step in steps(
            order,
            positions[order.subject],
            shipped.get(order.id, []),
            proposed.get(order.id, []),
            milestones.get(order.id, []),
        )
        if step.party == party
    ]
    others = {line.other(party) for line in drafts} | {order.other(party) for order, _step in found}
    names = {found: company.name_latin for found, company in (await identity.organisations(tx, others)).items()}
    return [
        *[
            Waiting.of(
                line.asked or line.state.value,
                line.title,
                _address(line),
                names[line.other(party)],
                number=line.number,
                until=line.ends_at,
            )
            for line in drafts
        ],
        *[
            Waiting.of(step.name, o.title, _place(o, step), names[o.other(party)], number=o.number, until=step.until)
            for o, step in found
        ],
    ]


def _place(order: OrderView, step: Step) -> str:
    return f"/orders/{order.id}" + (f"#milestone-{step.milestone.position + 1}" if step.milestone else "")


def _address(line: ContractLine) -> str:
    return f"/contracts/{line.id}" + ("/signing" if line.state is ContractState.SIGNING and not line.asked else "")


async def _earned(tx: AsyncSession, member: Member) -> list[Money]:
    """What a supplier's balance holds, for those who mind it; amounts above zero."""
    if not (member.sells and member.may(Permission.MANAGE_BANK)):
        return []
    return [amount for amount in await payouts.balances(tx, member.organisation_id) if amount]


async def _notices(tx: AsyncSession, party: UUID) -> list[Waiting]:
    """What the platform told the company about its own data, and nobody there has read."""
    return [
        Waiting(one.title, f"/notices/{one.id}", _("Read the notice"), "warning")
        for one in await notices.unread(tx, party)
    ]


async def _renewal(tx: AsyncSession, member: Member) -> list[Waiting]:
    """The verification that ends soon or has ended, for those who can renew it."""
    if member.level < 2 or not member.may(Permission.VERIFY_COMPANY):
        return []
    until = entity_until(await verification.facts(tx, member.organisation_id, public=False))
    if expiry.notice(until) is None:
        return []
    return [Waiting(_("Renew the verification"), "/verification", _("Renew"), "shield", until=until)]


def _first_steps(member: Member) -> list[Waiting]:
    """What a new company has to do before it can trade."""
    if member.level < 2 and member.may(Permission.VERIFY_COMPANY):
        return [Waiting(_("Verify your company"), "/verification", _("Send documents"), "shield")]
    return []
