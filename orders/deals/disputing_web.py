"""Where a buyer says that goods have not come, and where a party of an order under dispute asks for a ruling."""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from app.core.i18n import _
from app.core.ids import new_id
from app.core.subject import Subject
from app.core.web import Answer, HouseRouter, Submitted, Tx
from orders import files as order_files
from orders.deals import approving, claiming, disputing, pages, queries, settling
from orders.deals.disputing import Plea
from orders.deals.schemas import ClaimIn, OrderOut
from trust.access import CurrentMember
from trust.cases import exhibits
from trust.cases.schemas import DisputeIn

router = HouseRouter(tags=["orders"])


class DisputeOut(BaseModel):
    """The case in which the dispute is argued and decided."""

    case_id: UUID


@router.post("/orders/{order_id}/claim", response_model=OrderOut)
async def claim(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    order_id: UUID,
    data: Annotated[ClaimIn, Submitted(ClaimIn)],
) -> Response:
    """Say that goods have not come, and ask for what is held."""
    state = request.app.state
    found = await queries.order(tx, order_id, party=member.organisation_id)
    offer = settling.Offer(
        to_supplier=pages.share(data.to_supplier or "0", found.total.currency),
        reason=data.reason,
        files=await order_files.keep(state.files, data.files),
    )
    asked = approving.share("claim", Subject("order", order_id), order_id, offer, by=member)
    move = claiming.claim(tx, order_id, offer, by=member)
    done = await approving.or_ask(tx, move, asked, order_id, state.settings, by=member)
    text = _("The supplier was told. The held money stands still.") if done else pages.waits()
    return await pages.done(answer, tx, order_id, member, text)


@router.post("/orders/{order_id}/claim/withdrawal", response_model=OrderOut)
async def drop(answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID) -> Response:
    """Drop the claim: the order goes on where it was."""
    await claiming.drop(tx, order_id, by=member)
    return await pages.done(answer, tx, order_id, member, _("The claim is dropped. The order goes on."))


@router.post("/orders/{order_id}/disputes", response_model=DisputeOut)
async def dispute(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    order_id: UUID,
    data: Annotated[DisputeIn, Submitted(DisputeIn)],
) -> Response:
    """Ask for a ruling over goods that are contested or do not come.

    An order has one open dispute: the second to ask is led to it.
    """
    state, id_ = request.app.state, new_id()
    await queries.order(tx, order_id, party=member.organisation_id)  # a stranger's file is not kept
    files = await exhibits.keep(state.files, state.vault, id_, data.files)
    plea = Plea(id_, data.statement, data.wanted, files)
    case_id = await disputing.open_dispute(tx, order_id, plea, zone=state.settings.reporting_zone, by=member)
    await tx.flush()
    text = _("The case is open. The other side was told and answers.")
    return answer.done(f"/cases/{case_id}", DisputeOut(case_id=case_id), created=True, flash=text)
