"""What a buyer's company decides with two of its people: one asks, another with the right to pay agrees.

The order is locked first, as for every move on it. Whoever asks first is told to ask for the second person by
SecondPersonNeeded, which the moves themselves raise; `or_ask` turns that into the question.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.i18n import N_
from app.core.money import Money
from app.core.subject import Subject
from orders.contracts import queries as contracts
from orders.contracts.errors import ContractNotFound
from orders.deals import amending, claiming, proving, queries, service, settling
from orders.deals.models import Submission
from orders.deals.second import SecondPersonNeeded
from orders.deals.settling import Offer, Part
from orders.deals.states import OrderMove, ProposalMove
from payments.approvals import service as approvals
from payments.approvals.queries import ApprovalView
from payments.approvals.service import WORKS, Asked, Seen, Work
from trust.access import Member, Permission
from trust.identity.service import notify

ACCEPT_GOODS, ACCEPT_EVIDENCE = "accept_goods", "accept_evidence"
AGREE_PROPOSAL, OFFER_SHARE = "agree_proposal", "offer_share"
SIGN_AMENDMENT = amending.SIGN_AMENDMENT


async def or_ask(
    tx: AsyncSession, move: Awaitable[object], asked: Asked, order_id: UUID, settings: Settings, *, by: Member
) -> bool:
    """Make the move; over the company's limit ask for a second person instead, and tell those who can be it.

    Returns whether the move was made. Raises what the move and `approvals.service.ask` raise.
    """
    try:
        await move
    except SecondPersonNeeded:
        await _ask(tx, asked, order_id, settings, by)
        return False
    return True


async def ask_to_sign(tx: AsyncSession, contract_id: UUID, settings: Settings, *, by: Member) -> None:
    """Ask a second person to agree to an amendment's refund, before it is signed."""
    contract = await contracts.contract(tx, contract_id, party=by.organisation_id)
    order_id = await queries.id_of_inquiry(tx, contract.inquiry_id)
    if order_id is None:
        raise ContractNotFound
    asked = asked_of(SIGN_AMENDMENT, Subject("contract", contract_id), order_id, by=by)
    await _ask(tx, asked, order_id, settings, by)


async def _ask(tx: AsyncSession, asked: Asked, order_id: UUID, settings: Settings, by: Member) -> None:
    await approvals.ask(tx, asked, settings, by=by)
    order = await queries.order(tx, order_id)
    facts = {"number": order.number, "title": order.title, "path": f"/orders/{order_id}", "who": by.name}
    await notify(tx, order.buyer_id, Permission.PAY, "second_person_needed", facts)


def asked_of(kind: str, subject: Subject, order_id: UUID, *, by: Member, reason: str = "", **wanted: Any) -> Asked:
    """The question to the second person of the member's company. `reason`: in the words of the one who asks."""
    said = {"order": str(order_id), **wanted}
    return Asked(kind=kind, subject=subject, reason=reason, wanted=said, company=by.organisation_id)


def _order_of(asked: Asked | ApprovalView) -> UUID:
    return UUID(asked.wanted["order"])


async def _goods(tx: AsyncSession, asked: Asked) -> Seen:
    order = await queries.order_for_update(tx, _order_of(asked), party=asked.company)
    held = await service.acceptable(tx, order)
    return Seen(held, {"state": str(order.state)})


async def _accept_goods(tx: AsyncSession, row: ApprovalView, by: Member, settings: Settings) -> None:
    await service.accept(tx, _order_of(row), by=by, seconded=True)


async def _evidence(tx: AsyncSession, asked: Asked) -> Seen:
    order, row = await proving.running(tx, _order_of(asked), asked.subject.id, asked.company)
    free = await proving.released_by_evidence(tx, order, row)
    given = select(func.count()).select_from(Submission).where(Submission.milestone_id == row.id)
    return Seen(free, {"submission": (await tx.execute(given)).scalar_one()})


async def _accept_evidence(tx: AsyncSession, row: ApprovalView, by: Member, settings: Settings) -> None:
    await proving.accept(tx, _order_of(row), row.subject.id, by=by, seconded=True)


async def _proposal(tx: AsyncSession, asked: Asked) -> Seen:
    order = await queries.order_for_update(tx, _order_of(asked), party=asked.company)
    proposal = await queries.proposal_for_update(tx, order.id, asked.subject.id)
    proposal.check(ProposalMove.ACCEPT)
    held = await settling.held_of(tx, order)
    return Seen(proposal.to_supplier + proposal.to_buyer, {"state": str(order.state), "held": held.minor})


async def _agree(tx: AsyncSession, row: ApprovalView, by: Member, settings: Settings) -> None:
    await settling.agree(tx, _order_of(row), row.subject.id, by=by, seconded=True)


async def _share(tx: AsyncSession, asked: Asked) -> Seen:
    order = await queries.order_for_update(tx, _order_of(asked), party=asked.company)
    if asked.wanted["how"] == "contest":
        order.check(OrderMove.CONTEST)
    elif asked.wanted["how"] == "claim":
        order.check(OrderMove.CLAIM)
    elif asked.wanted["how"] == "counter":
        order.check(OrderMove.SETTLE)
    held = await settling.held_of(tx, order)
    return Seen(_money(asked, "to_supplier"), {"state": str(order.state), "held": held.minor})


async def _offer_share(tx: AsyncSession, row: ApprovalView, by: Member, settings: Settings) -> None:
    offer = Offer(_money(row, "to_supplier"), row.reason, row.wanted["files"])
    move: Callable[..., Awaitable[object]]
    match row.wanted["how"]:
        case "part":
            part = Part(UUID(row.wanted["milestone"]), offer.to_supplier, _money(row, "to_buyer"))
            await settling.propose_part(tx, _order_of(row), part, row.reason, offer.files, by=by, seconded=True)
            return
        case "contest":
            move = settling.contest
        case "claim":
            move = claiming.claim
        case _:
            move = settling.counter
    await move(tx, _order_of(row), offer, by=by, seconded=True)


def share(
    how: str,
    subject: Subject,
    order_id: UUID,
    offer: Offer,
    *,
    by: Member,
    to_buyer: Money | None = None,
) -> Asked:
    """Ask to offer a part of the held money to the supplier. `how`: contest, claim, counter or, of one
    milestone, part.
    """
    back = to_buyer or Money.zero(offer.to_supplier.currency)
    wanted: dict[str, Any] = {
        "how": how,
        "milestone": str(subject.id),
        "files": offer.files,
        "currency": back.currency,
        "to_supplier": offer.to_supplier.minor,
        "to_buyer": back.minor,
    }
    return asked_of(OFFER_SHARE, subject, order_id, by=by, reason=offer.reason, **wanted)


def _money(asked: Asked | ApprovalView, name: str) -> Money:
    return Money(asked.wanted[name], asked.wanted["currency"])


async def _amendment(tx: AsyncSession, asked: Asked) -> Seen:
    party = asked.company or asked.subject.id
    back, terms_hash = await amending.moved_by(tx, _order_of(asked), asked.subject.id, party)
    return Seen(back, {"terms_hash": terms_hash})


async def _signature_follows(tx: AsyncSession, row: ApprovalView, by: Member, settings: Settings) -> None:
    """Nothing moves yet: the agreement lets the signatory sign."""


def _order_page(approval: ApprovalView) -> str:
    return f"/orders/{_order_of(approval)}"


def _contract_page(approval: ApprovalView) -> str:
    return f"/contracts/{approval.subject.id}"


PAY = Permission.PAY
WORKS[ACCEPT_GOODS] = Work(N_("Accept the goods"), _goods, _accept_goods, Permission.ACCEPT_GOODS, PAY, _order_page)
WORKS[ACCEPT_EVIDENCE] = Work(
    N_("Accept the evidence"), _evidence, _accept_evidence, Permission.ACCEPT_GOODS, PAY, _order_page
)
WORKS[AGREE_PROPOSAL] = Work(N_("Accept the proposal"), _proposal, _agree, Permission.NEGOTIATE, PAY, _order_page)
WORKS[OFFER_SHARE] = Work(
    N_("Offer a part of the money to the supplier"), _share, _offer_share, Permission.NEGOTIATE, PAY, _order_page
)
WORKS[SIGN_AMENDMENT] = Work(
    N_("Sign an amendment that sends money back"),
    _amendment,
    _signature_follows,
    Permission.SIGN,
    PAY,
    _contract_page,
)
