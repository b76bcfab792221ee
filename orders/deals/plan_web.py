"""Addresses of an order's milestones: evidence, its answer, a part let go before its time, and calling the deal off."""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx
from orders import files
from orders.deals import pages, proving, queries, settling
from orders.deals.proofs import Proof
from orders.deals.schemas import AnswerIn, CancellationIn, EvidenceIn, OrderOut, PartIn
from trust.access import CurrentMember

router = HouseRouter(tags=["orders"])

NO_FACTS = {"text", "files"}


@router.post("/orders/{order_id}/milestones/{milestone_id}/evidence", response_model=OrderOut)
async def submit(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    order_id: UUID,
    milestone_id: UUID,
    data: Annotated[EvidenceIn, Submitted(EvidenceIn)],
) -> Response:
    """The supplier submits evidence for a payment."""
    kept = await files.keep(request.app.state.files, data.files, field="files")
    proof = Proof(facts=dict(data.model_dump(exclude=NO_FACTS)), text=data.text, files=kept)
    await proving.submit(tx, order_id, milestone_id, proof, by=member)
    return await pages.done(answer, tx, order_id, member, _("The evidence is submitted."))


@router.post("/orders/{order_id}/milestones/{milestone_id}/answer", response_model=OrderOut)
async def reply(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    order_id: UUID,
    milestone_id: UUID,
    data: Annotated[AnswerIn, Submitted(AnswerIn)],
) -> Response:
    """The buyer accepts the evidence, or objects with the reason."""
    if data.verdict == "accepted":
        await proving.accept(tx, order_id, milestone_id, by=member)
        return await pages.done(
            answer, tx, order_id, member, _("Accepted. What is not held back goes to the supplier.")
        )
    if len(data.reason) < 3:
        raise Invalid(_("Say what is not as agreed."), field="reason")
    await proving.refuse(tx, order_id, milestone_id, data.reason, by=member)
    return await pages.done(answer, tx, order_id, member, _("The supplier was told. Nothing is released."))


@router.post("/orders/{order_id}/milestones/{milestone_id}/proposals", response_model=OrderOut)
async def propose(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    order_id: UUID,
    milestone_id: UUID,
    data: Annotated[PartIn, Submitted(PartIn)],
) -> Response:
    """Propose that a part of what is held for one payment goes to either side now."""
    found = await queries.order(tx, order_id, party=member.organisation_id)
    kept = await files.keep(request.app.state.files, data.files)
    part = settling.Part(
        milestone_id,
        to_supplier=pages.share(data.to_supplier or "0", found.total.currency),
        to_buyer=pages.share(data.to_buyer or "0", found.total.currency, field="to_buyer"),
    )
    await settling.propose_part(tx, order_id, part, data.reason, kept, by=member)
    return await pages.done(answer, tx, order_id, member, _("Proposed. The other side was told."))


@router.post("/orders/{order_id}/termination", response_model=OrderOut)
async def call_off(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    order_id: UUID,
    data: Annotated[CancellationIn, Submitted(CancellationIn)],
) -> Response:
    """The buyer ends the deal because evidence is overdue and nothing has been shipped."""
    await settling.call_off(tx, order_id, data.reason, by=member)
    return await pages.done(answer, tx, order_id, member, _("The order is called off. What is held goes back to you."))
