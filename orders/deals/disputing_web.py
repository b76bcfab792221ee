"""Where a party of a contested order asks the platform for a ruling."""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from app.core.i18n import _
from app.core.ids import new_id
from app.core.web import Answer, HouseRouter, Submitted, Tx
from orders.deals import disputing, queries
from orders.deals.disputing import Plea
from trust.access import CurrentMember
from trust.cases import exhibits
from trust.cases.schemas import DisputeIn

router = HouseRouter(tags=["orders"])


class DisputeOut(BaseModel):
    """The case in which the dispute is argued and decided."""

    case_id: UUID


@router.post("/orders/{order_id}/disputes", response_model=DisputeOut)
async def dispute(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    order_id: UUID,
    data: Annotated[DisputeIn, Submitted(DisputeIn)],
) -> Response:
    """Ask for a ruling over contested goods. An order has one open dispute: the second to ask is led to it."""
    state, id_ = request.app.state, new_id()
    await queries.order(tx, order_id, party=member.organisation_id)  # a stranger's file is not kept
    files = await exhibits.keep(state.files, state.vault, id_, data.files)
    plea = Plea(id_, data.statement, data.wanted, files)
    case_id = await disputing.open_dispute(tx, order_id, plea, zone=state.settings.reporting_zone, by=member)
    await tx.flush()
    text = _("The case is open. The other side was told and answers.")
    return answer.done(f"/cases/{case_id}", DisputeOut(case_id=case_id), created=True, flash=text)
