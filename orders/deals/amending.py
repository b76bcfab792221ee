"""Amendments: other prices, dates or payments for what is not yet settled, signed by both; then the money follows.

An amendment is signed here, under the order's lock, so that it takes effect with its money in one transaction, and
never on a state that has moved on since it was drawn up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from app.core.money import Money
from app.core.subject import Subject
from orders.contracts import queries as contracts
from orders.contracts import service as contracting
from orders.contracts.amending import Changes
from orders.contracts.errors import ContractNotFound
from orders.contracts.models import Contract
from orders.contracts.queries import ContractView
from orders.contracts.sealing import Signer
from orders.contracts.service import Ceremony
from orders.contracts.states import ContractState
from orders.contracts.terms import ContractTerms, PaymentMilestone
from orders.deals import plan, proving, queries, terminating
from orders.deals.errors import NotYet, Overtaken
from orders.deals.models import Milestone, Order
from orders.deals.record import note, subject
from orders.deals.second import require_second
from orders.deals.states import OrderMove, OrderState
from orders.milestones import BEFORE_SHIPMENT, OPEN, MilestoneMove, MilestoneState, Since
from payments.approvals import queries as approvals
from payments.escrow import amending as escrow
from payments.escrow import queries as escrows
from payments.escrow.queries import MilestoneView as MoneyView
from payments.escrow.service import MilestonePlan
from payments.escrow.states import MilestoneState as MoneyState
from payments.fees import FeeTerms
from trust.access import Member, Permission, require

SIGN_AMENDMENT = "sign_amendment"


@dataclass(frozen=True, slots=True)
class Part:
    """One milestone of the order: what it waits for, its money, and what the amendment says of it."""

    row: Milestone
    money: MoneyView
    said: PaymentMilestone

    @property
    def unchanged(self) -> bool:
        return self.said.amount == self.money.agreed and self.said.plan.terms == self.row.terms

    @property
    def fits(self) -> bool:
        """Whether it can still become what is said: not yet settled in part, and not paid less than it shall be."""
        if self.unchanged:
            return True
        if self.row.state not in OPEN:
            return False
        if self.money.state == MoneyState.PENDING:
            return True
        whole = self.money.held == self.money.agreed
        return self.money.state == MoneyState.FUNDED and whole and not self.money.agreed < self.said.amount


async def propose(tx: AsyncSession, order_id: UUID, changes: Changes, *, by: Member) -> Contract:
    """Either side proposes an amendment; the other agrees to its text, then both sign.

    Raises NotYet, Overtaken for a payment that is settled or on its way, AmendmentUnderWay, Invalid.
    """
    require(by, Permission.NEGOTIATE)
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    _check_running(order)
    contract = await contracting.amend(tx, order.contract_id, changes, by=by)
    await _fitting(tx, order, contract.read())
    await note(tx, order, "order.amendment_proposed", {"amendment": contract.id, "reason": changes.reason}, by=by)
    return contract


async def sign(tx: AsyncSession, contract_id: UUID, ceremony: Ceremony, *, by: Member, signer: Signer) -> Contract:
    """Sign an amendment for the member's company; with the second signature it takes effect.

    Raises ContractNotFound for what amends no contract in force, Overtaken, and what `contracts.service.sign` raises.
    """
    require(by, Permission.SIGN, under_way=True)
    view = await contracts.contract(tx, contract_id, party=by.organisation_id)
    order_id = await queries.id_of_inquiry(tx, view.inquiry_id)
    if order_id is None:
        raise ContractNotFound
    order = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    _check_running(order)
    if view.amends_id != order.contract_id:
        raise ContractNotFound
    if not await _agreed_by_two(tx, view, moved := await _moved(tx, order, view.terms)):
        await require_second(tx, order.buyer_id, moved, by=by)
    contract = await contracting.sign(tx, contract_id, ceremony, by=by, signer=signer, amendment=True)
    if contract.effective_at is not None:
        if view.terms.ending is not None:
            await terminating.take_effect(tx, order, contract, view.terms.ending, by=by)
        else:
            await _take_effect(tx, order, contract, await _fitting(tx, order, view.terms), by)
    return contract


async def moved_by(tx: AsyncSession, order_id: UUID, contract_id: UUID, party: UUID) -> tuple[Money, str]:
    """The held money that an amendment moves, and the hash of its terms; locks the order.

    Raises ContractNotFound for what amends no contract in force, NotYet, Overtaken.
    """
    order = await queries.order_for_update(tx, order_id, party=party)
    view = await contracts.contract(tx, contract_id, party=party)
    _check_running(order)
    if view.amends_id != order.contract_id or view.state != ContractState.SIGNING:
        raise ContractNotFound
    return await _moved(tx, order, view.terms), view.terms_hash


async def _moved(tx: AsyncSession, order: Order, terms: ContractTerms) -> Money:
    """What goes back to the buyer; of an agreement that ends the contract, all that is held. Raises Overtaken."""
    if terms.ending is not None:
        return await terminating.held_as_agreed(tx, order, terms.ending)
    return _back(await _fitting(tx, order, terms), order)


def _back(parts: Sequence[Part], order: Order) -> Money:
    lowered = [p for p in parts if p.money.state == MoneyState.FUNDED and p.said.amount < p.money.agreed]
    return Money(sum((p.money.agreed - p.said.amount).minor for p in lowered), order.total.currency)


async def _agreed_by_two(tx: AsyncSession, view: ContractView, back: Money) -> bool:
    """Whether two people of the buyer's have agreed to this amendment and this refund."""
    found = await approvals.last_agreed(tx, SIGN_AMENDMENT, Subject("contract", view.id))
    return found is not None and (found.amount, found.basis) == (back, {"terms_hash": view.terms_hash})


def _check_running(order: Order) -> None:
    if order.state not in proving.RUNNING:
        raise NotYet(_("An order is not amended while its goods are contested, nor when it is over."))


async def _fitting(tx: AsyncSession, order: Order, terms: ContractTerms) -> list[Part]:
    """The order's milestones with what the amendment says of each. Raises Overtaken where that cannot be any more."""
    paid = {m.id: m for m in (await escrows.escrow(tx, subject(order))).milestones}
    rows = await plan.milestones_for_update(tx, order.id)
    parts = [Part(row, paid[row.id], said) for row, said in zip(rows, terms.milestones, strict=False)]
    for part in parts:
        if not part.fits:
            number = part.row.position + 1
            message = _("Payment %(n)s is settled or on its way and cannot be changed any more.") % {"n": number}
            raise Overtaken(message, position=part.row.position)
    return parts


async def _take_effect(tx: AsyncSession, order: Order, contract: Contract, parts: Sequence[Part], by: Member) -> None:
    terms = contract.read()
    order.contract_id, order.contract_hash = contract.id, contract.terms_hash
    order.total, order.ship_by = contract.total, terms.delivery.latest
    changed = [part for part in parts if not part.unchanged]
    for part in changed:
        _follow(part)
    new = terms.milestones[len(parts) :]
    ids = await escrow.amend(
        tx,
        subject(order),
        amounts={part.row.id: part.said.amount for part in changed if part.said.amount != part.money.agreed},
        added=[MilestonePlan(str(m.kind), m.amount) for m in new],
        fee_terms=FeeTerms(terms.fee.basis_points, terms.fee.minimum, terms.fee.maximum),
        contract_hash=contract.terms_hash,
        by=by.id,
        reason="amendment",
    )
    tx.add_all(
        Milestone(
            id=id_,
            order_id=order.id,
            position=len(parts) + place,
            kind=said.kind,
            conditions=said.plan.terms.model_dump(mode="json"),
            deadline=proving.deadline(said.plan.terms, Since.EFFECT, clock.now()),
        )
        for place, (id_, said) in enumerate(zip(ids, new, strict=True))
    )
    if any(m.plan.terms.due in BEFORE_SHIPMENT for m in new) and order.can(OrderMove.REOPEN):
        order.move(OrderMove.REOPEN, by=by.id)
    if new and order.state == OrderState.DELIVERED:
        order.accept_by = None
    said = {"contract": contract.number, "terms_hash": contract.terms_hash, "total": contract.total}
    await note(tx, order, "order.amended", said, by=by)


def _follow(part: Part) -> None:
    """The milestone waits for what the amendment says; more time lifts what was overdue."""
    row, terms = part.row, part.said.plan.terms
    row.conditions = terms.model_dump(mode="json")
    row.deadline = proving.deadline(terms, Since.DATE, clock.now()) or row.deadline
    if row.state == MilestoneState.OVERDUE and row.deadline is not None and row.deadline > clock.now():
        row.move(MilestoneMove.EXTEND, by=None)
