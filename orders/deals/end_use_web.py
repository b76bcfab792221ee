"""Addresses of controlled goods of an order: the buyer's statement of the end user; and raising a suspicion."""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.core import clock
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx
from orders.deals import end_use, queries
from orders.deals.errors import OrderNotFound
from orders.negotiation import words
from trust.access import CurrentMember, Permission, require
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported
from trust.goods import papers, printing, reports, statements
from trust.goods.schemas import ReportOut, StatementIn, StatementOut, SuspicionIn
from trust.goods.states import STATEMENTS
from trust.identity import queries as identity
from trust.identity.words import countries, country_name

router = HouseRouter(tags=["controlled goods"])


@router.get("/orders/{order_id}/end-use", response_model=list[StatementOut])
async def show(answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID) -> Response:
    """What the buyer stated of who uses the goods, and the form for lines that need it."""
    order = await queries.order(tx, order_id, party=member.organisation_id)
    found = await statements.of_order(tx, order_id)
    return answer.show(
        "orders/end_use.html",
        [StatementOut.of(one) for one in found],
        order=order,
        lines=await end_use.lines(tx, order),
        found=found,
        buying=member.organisation_id == order.buyer_id,
        company=await identity.organisation(tx, order.buyer_id),
        states=STATEMENTS,
        countries=countries(),
        country_name=country_name,
        units=words.unit_options(),
        undertaking=printing.undertaking(),
        today=clock.now().date(),
    )


@router.post("/orders/{order_id}/end-use/{position}", response_model=StatementOut)
async def submit(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    order_id: UUID,
    position: str,
    data: Annotated[StatementIn, Submitted(StatementIn)],
) -> Response:
    """State who uses a line's goods; `position` from 0."""
    require(member, Permission.ACCEPT_GOODS)
    await queries.order(tx, order_id, party=member.organisation_id)
    if not (position.isascii() and position.isdecimal() and len(position) <= 3):
        raise OrderNotFound
    state, document = request.app.state, None
    if data.sheet is not None:
        context = statements.context(order_id)
        document = await papers.keep(state.files, state.vault, context, data.sheet, field="sheet")
    made = await end_use.state(tx, order_id, int(position), data.statement(), document, by=member)
    out = StatementOut.of(await statements.statement(tx, made))
    text = _("Handed in. Somebody reads it, and you get a mail.")
    return answer.done(f"/orders/{order_id}/end-use", out, created=True, flash=text)


@router.get(
    "/orders/{order_id}/end-use/{end_use_id}/statement.pdf",
    include_in_schema=False,
    dependencies=[counted(Exported.GOODS)],
)
async def statement_pdf(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID, end_use_id: UUID
) -> Response:
    """A statement on paper, to sign and stamp, for both sides and for compliance."""
    if not member.may(Permission.CONTROL_GOODS):
        await queries.order(tx, order_id, party=member.organisation_id)
    found = await statements.statement(tx, end_use_id)
    if found.order_id != order_id:
        raise OrderNotFound
    data = await printing.statement(found, font_dir=request.app.state.settings.font_dir)
    return answer.file(data, f"{found.number}-end-use.pdf", "application/pdf", inline=True)


@router.post("/goods/reports", response_model=ReportOut)
async def suspect(
    answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[SuspicionIn, Submitted(SuspicionIn)]
) -> Response:
    """Raise a suspicion about an order: its goods and money stand still, and another person decides."""
    require(member, Permission.CONTROL_GOODS)
    made = await reports.suspect(tx, await end_use.known(tx, data.number), data.suspicion, by=member)
    out = ReportOut.of(await reports.report(tx, made, by=member))
    text = _("Raised. Goods and money stand still; another person decides.")
    return answer.done(f"/goods/reports/{made}", out, created=True, flash=text)
