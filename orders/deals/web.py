"""Addresses of orders. Each move is a resource; both parties read the same page."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.config import Settings
from app.core.i18n import N_, _
from app.core.money import Money
from app.core.periods import day_of
from app.core.subject import Subject
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from orders import files
from orders.contracts import criteria
from orders.contracts import queries as contracts
from orders.contracts.values import read_in
from orders.deals import approving, end_use, pages, queries, room, service, settling, shipping
from orders.deals.errors import BadShare, NotYet, OrderNotFound
from orders.deals.record import subject
from orders.deals.schemas import (
    AcceptanceIn,
    CancellationIn,
    DeliveryIn,
    OrderLineOut,
    OrderOut,
    OrdersOut,
    PaymentIn,
    ProposalIn,
    RatingIn,
    ShipmentIn,
)
from orders.deals.statement_schemas import StatementOut
from orders.deals.states import ENDED, LABELS, UNDER_WAY, OrderState
from payments import queries as money
from payments.balances import papers
from payments.escrow import service as escrow
from payments.papers.setting import figure
from trust.access import CurrentMember
from trust.exports.counting import counted, counted_pages
from trust.exports.service import Kind as Exported
from trust.identity import queries as identity

router = HouseRouter(tags=["orders"])

TABS = {"open": UNDER_WAY, "ended": ENDED}


@router.get("/orders", response_model=OrdersOut, dependencies=[counted_pages()])
async def orders(
    answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()], show: str = "open"
) -> Response:
    """The company's orders, newest first; `show` is open or ended."""
    show = show if show in TABS else "open"
    party = member.organisation_id
    found = await queries.orders_of(tx, party, states=TABS[show], offset=page.offset, limit=page.per_page)
    total = await queries.count_of(tx, party, TABS[show])
    positions = await money.positions(tx, [o.subject for o in found])
    out = OrdersOut(total=total, page=page.page, per_page=page.per_page, items=[OrderLineOut.of(o) for o in found])
    tabs = [(name, await queries.count_of(tx, party, states)) for name, states in TABS.items()]
    return answer.show(
        "orders/orders.html",
        out,
        orders=found,
        positions=positions,
        labels=LABELS,
        show=show,
        tabs=tabs,
        page=page,
        total=total,
    )


@router.get("/orders/{order_id}", response_model=OrderOut)
async def order(answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID) -> Response:
    """One order of the company: the same for both parties."""
    entered = await room.enter(tx, order_id, party=member.organisation_id)
    dual_use = await end_use.lines(tx, entered.order)
    return answer.show("orders/order.html", pages.out(entered), **pages.page(entered, member), dual_use=dual_use)


@router.get("/contracts/{contract_id}/order", include_in_schema=False)
async def of_contract(answer: Answer, tx: Tx, member: CurrentMember, contract_id: UUID) -> Response:
    """From a contract to its order; the order is placed within moments of the second signature."""
    contract = await contracts.contract(tx, contract_id, party=member.organisation_id)
    order_id = await queries.id_of_inquiry(tx, contract.inquiry_id)
    if order_id is None:
        raise OrderNotFound(_("The order is being placed. Please look again in a moment."))
    return answer.done(f"/orders/{order_id}")


@router.post("/orders/{order_id}/payments")
async def pay(
    answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID, data: Annotated[PaymentIn, Submitted(PaymentIn)]
) -> Response:
    """Begin to pay a milestone; the payment's own page leads on."""
    found = await queries.order_for_update(tx, order_id, party=member.organisation_id)
    if found.state == OrderState.UNDELIVERED:
        raise NotYet(_("Nothing more is paid while you say that the goods have not come."))
    await contracts.require_sealed(tx, found.contract_id)
    operation = await escrow.plan_pay_in(
        tx, subject(found), data.milestone_id, by=member, rail=data.rail, method=data.method
    )
    out = {"id": operation.id, "state": operation.state, "amount": operation.amount}
    return answer.done(f"/payments/{operation.id}", _json(out), created=True)


def _json(values: dict[str, Any]) -> dict[str, Any]:
    return {
        k: {"amount_minor": v.minor, "currency": v.currency} if isinstance(v, Money) else str(v)
        for k, v in values.items()
    }


@router.post("/orders/{order_id}/shipments", response_model=OrderOut)
async def ship(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    order_id: UUID,
    data: Annotated[ShipmentIn, Submitted(ShipmentIn)],
) -> Response:
    """Hand goods to a carrier."""
    documents = await files.keep(request.app.state.files, data.documents, field="documents")
    goods = shipping.Consignment(
        carrier=data.carrier,
        tracking=data.tracking,
        vessel=data.vessel,
        imo=data.imo,
        shipped_on=data.shipped_on,
        quantities={line.position: line.quantity for line in data.lines},
        documents=documents,
    )
    await shipping.ship(tx, order_id, goods, by=member)
    return await pages.done(answer, tx, order_id, member, _("The shipment is recorded; the buyer was told."))


@router.post("/orders/{order_id}/shipments/{shipment_id}/delivery", response_model=OrderOut)
async def deliver(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    order_id: UUID,
    shipment_id: UUID,
    data: Annotated[DeliveryIn, Submitted(DeliveryIn)],
) -> Response:
    """Say that a shipment has arrived."""
    proof = await files.keep(request.app.state.files, data.proof, field="proof")
    await shipping.deliver(tx, order_id, shipment_id, proof, by=member)
    return await pages.done(answer, tx, order_id, member, _("The delivery is recorded."))


@router.post("/orders/{order_id}/acceptance", response_model=OrderOut)
async def accept(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    order_id: UUID,
    data: Annotated[AcceptanceIn, Submitted(AcceptanceIn)],
) -> Response:
    """Accept delivered goods whole, in part or not at all."""
    settings = request.app.state.settings
    if data.verdict == "whole":
        asked = approving.asked_of(approving.ACCEPT_GOODS, Subject("order", order_id), order_id, by=member)
        move = service.accept(tx, order_id, by=member)
        done = await approving.or_ask(tx, move, asked, order_id, settings, by=member)
        text = _("Accepted. The held money goes to the supplier.") if done else pages.waits()
        return await pages.done(answer, tx, order_id, member, text)
    if len(data.reason) < 3:
        raise BadShare(_("Say what is not as agreed."), field="reason")
    found = await queries.order(tx, order_id, party=member.organisation_id)
    terms = (await contracts.contract(tx, found.contract_id)).terms
    named = criteria.unmet(terms, data.criteria, read_in())
    share = data.to_supplier if data.verdict == "part" else "0"
    offer = settling.Offer(
        to_supplier=pages.share(share, found.total.currency),
        reason=f"{named}\n\n{data.reason}".strip(),
        files=await files.keep(request.app.state.files, data.files),
    )
    asked = approving.share("contest", Subject("order", order_id), order_id, offer, by=member)
    contesting = settling.contest(tx, order_id, offer, by=member)
    done = await approving.or_ask(tx, contesting, asked, order_id, settings, by=member)
    text = _("The supplier was told. The held money stands still.") if done else pages.waits()
    return await pages.done(answer, tx, order_id, member, text)


@router.post("/orders/{order_id}/cancellation", response_model=OrderOut)
async def cancel(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    order_id: UUID,
    data: Annotated[CancellationIn, Submitted(CancellationIn)],
) -> Response:
    """Propose to call the order off; it ends when the other side agrees."""
    await settling.propose_cancellation(tx, order_id, data.reason, by=member)
    return await pages.done(answer, tx, order_id, member, _("Proposed. The order ends when the other side agrees."))


@router.post("/orders/{order_id}/proposals", response_model=OrderOut)
async def propose(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    order_id: UUID,
    data: Annotated[ProposalIn, Submitted(ProposalIn)],
) -> Response:
    """Propose another sharing of the frozen money."""
    found = await queries.order(tx, order_id, party=member.organisation_id)
    offer = settling.Offer(
        to_supplier=pages.share(data.to_supplier, found.total.currency),
        reason=data.reason,
        files=await files.keep(request.app.state.files, data.files),
    )
    asked = approving.share("counter", Subject("order", order_id), order_id, offer, by=member)
    move = settling.counter(tx, order_id, offer, by=member)
    done = await approving.or_ask(tx, move, asked, order_id, request.app.state.settings, by=member)
    text = _("Proposed. The other side was told.") if done else pages.waits()
    return await pages.done(answer, tx, order_id, member, text)


@router.post("/orders/{order_id}/proposals/{proposal_id}/acceptance", response_model=OrderOut)
async def agree(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID, proposal_id: UUID
) -> Response:
    """Accept the other side's proposal; the money moves as it says."""
    about = Subject("settlement_proposal", proposal_id)
    asked = approving.asked_of(approving.AGREE_PROPOSAL, about, order_id, by=member)
    move = settling.agree(tx, order_id, proposal_id, by=member)
    done = await approving.or_ask(tx, move, asked, order_id, request.app.state.settings, by=member)
    text = _("Agreed. The money moves as proposed.") if done else pages.waits()
    return await pages.done(answer, tx, order_id, member, text)


@router.post("/orders/{order_id}/proposals/{proposal_id}/withdrawal", response_model=OrderOut)
async def withdraw(answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID, proposal_id: UUID) -> Response:
    """Take back an own proposal of a cancellation."""
    await settling.withdraw(tx, order_id, proposal_id, by=member)
    return await pages.done(answer, tx, order_id, member, _("The proposal is withdrawn."))


@router.post("/orders/{order_id}/ratings", response_model=OrderOut)
async def rate(
    answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID, data: Annotated[RatingIn, Submitted(RatingIn)]
) -> Response:
    """Rate the other party of a completed order, once."""
    await service.rate(tx, order_id, goods=data.goods, service=data.service, time=data.time, text=data.text, by=member)
    return await pages.done(answer, tx, order_id, member, _("Thank you. Your rating is published."))


@router.get("/orders/{order_id}/statement", response_model=list[StatementOut])
async def statement(answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID) -> Response:
    """Every movement of the order's money, in plain words."""
    found = await queries.order(tx, order_id, party=member.organisation_id)
    lines = await money.statement(tx, found.subject)
    address = f"/orders/{order_id}/statement.csv"
    out = [StatementOut.of(line) for line in lines]
    return answer.show("orders/statement.html", out, order=found, statement=lines, statement_csv=address)


@router.get("/orders/{order_id}/statement.csv", include_in_schema=False, dependencies=[counted(Exported.ORDERS)])
async def statement_csv(answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID) -> Response:
    """The same rows for a spreadsheet."""
    found = await queries.order(tx, order_id, party=member.organisation_id)
    rows = money.as_csv(await money.statement(tx, found.subject))
    return answer.file(rows, f"{found.number}.csv", "text/csv; charset=utf-8")


@router.get("/orders/{order_id}/statement.pdf", include_in_schema=False, dependencies=[counted(Exported.ORDERS)])
async def statement_pdf(request: Request, answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID) -> Response:
    """The same rows on paper, in English and Chinese."""
    found = await queries.order(tx, order_id, party=member.organisation_id)
    lines = await money.statement(tx, found.subject)
    parties = await identity.organisations(tx, [found.buyer_id, found.supplier_id])
    facts = [
        (N_("Order"), found.number),
        (N_("Goods"), found.title),
        (N_("Buyer"), papers.names(parties[found.buyer_id])),
        (N_("Supplier"), papers.names(parties[found.supplier_id])),
        (N_("Total"), figure(found.total)),
    ]
    settings: Settings = request.app.state.settings
    zone = settings.reporting_zone
    dated = day_of(lines[-1].at if lines else found.created_at, zone)
    data = await papers.deal_pdf(found.subject, lines, facts, dated=dated, zone=zone, font_dir=settings.font_dir)
    return answer.file(data, f"{found.number}.pdf", "application/pdf", inline=True)


@router.get("/orders/{order_id}/files/{key:path}", include_in_schema=False, dependencies=[counted(Exported.ORDERS)])
async def file(request: Request, answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID, key: str) -> Response:
    """A file of the order, for its two parties only."""
    entered = await room.enter(tx, order_id, party=member.organisation_id)
    kept = [f for s in entered.shipments for f in (*s.documents, *s.proof)]
    kept += [f for p in entered.proposals for f in p.files]
    kept += [f for m in entered.milestones for given in m.submissions for f in given.files]
    found = next((f for f in kept if f["key"] == key), None)
    if found is None:
        raise OrderNotFound
    data = await request.app.state.files.get(key)
    return answer.file(data, found["name"], found["content_type"])
