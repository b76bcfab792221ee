"""Addresses of an order's milestones: evidence, its answer, a part let go before its time, calling the deal off, and
amending the contract that says all this.
"""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.subject import Subject
from app.core.typesetting import check_printable
from app.core.web import Answer, HouseRouter, Submitted, Tx, not_replayed
from orders import files
from orders.contracts import ceremony_web as signing
from orders.contracts import queries as contracts
from orders.contracts.amending import Added, Changes
from orders.contracts.schemas import ContractOut, SignatureIn
from orders.deals import amending, approving, pages, proving, queries, settling, terminating
from orders.deals.proofs import Proof
from orders.deals.schemas import AmendmentIn, AnswerIn, CancellationIn, EvidenceIn, OrderOut, PartIn, TerminationIn
from orders.deals.second import SecondPersonNeeded
from orders.milestones import SIGNING_DAYS, Conditions, Due, Evidence, MilestoneKind, Since
from orders.presets import EXAMINATION_DAYS
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
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    order_id: UUID,
    milestone_id: UUID,
    data: Annotated[AnswerIn, Submitted(AnswerIn)],
) -> Response:
    """The buyer accepts the evidence, or objects with the reason."""
    if data.verdict == "accepted":
        about = Subject("order_milestone", milestone_id)
        asked = approving.asked_of(approving.ACCEPT_EVIDENCE, about, order_id, by=member)
        move = proving.accept(tx, order_id, milestone_id, by=member)
        done = await approving.or_ask(tx, move, asked, order_id, request.app.state.settings, by=member)
        text = _("Accepted. What is not held back goes to the supplier.") if done else pages.waits()
        return await pages.done(answer, tx, order_id, member, text)
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
    offer, about = settling.Offer(part.to_supplier, data.reason, kept), Subject("order_milestone", milestone_id)
    asked = approving.share("part", about, order_id, offer, by=member, to_buyer=part.to_buyer)
    move = settling.propose_part(tx, order_id, part, data.reason, kept, by=member)
    done = await approving.or_ask(tx, move, asked, order_id, request.app.state.settings, by=member)
    text = _("Proposed. The other side was told.") if done else pages.waits()
    return await pages.done(answer, tx, order_id, member, text)


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


@router.post("/orders/{order_id}/amendments", response_model=ContractOut)
async def amend(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    order_id: UUID,
    data: Annotated[AmendmentIn, Submitted(AmendmentIn)],
) -> Response:
    """Propose other prices, dates or payments; the other side agrees to the text, then both sign."""
    found = await queries.order(tx, order_id, party=member.organisation_id)
    made = await amending.propose(tx, order_id, _changes(data, found.total.currency), by=member)
    await tx.flush()
    view = await contracts.contract(tx, made.id, party=member.organisation_id)
    text = _("Proposed. When the other side agrees to the text, both sign it.")
    return answer.done(f"/contracts/{made.id}", ContractOut.of(view), created=True, flash=text)


@router.post("/orders/{order_id}/termination-agreements", response_model=ContractOut)
async def terminate(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    order_id: UUID,
    data: Annotated[TerminationIn, Submitted(TerminationIn)],
) -> Response:
    """Propose to end the contract by agreement; the other side agrees to the text, then both sign."""
    check_printable(data.model_dump(mode="json"), font_dir=request.app.state.settings.font_dir)
    found = await queries.order(tx, order_id, party=member.organisation_id)
    shares = {
        said.position: pages.share(said.to_supplier, found.total.currency, field=f"payments.{n}.to_supplier")
        for n, said in enumerate(data.payments)
    }
    made = await terminating.propose(tx, order_id, terminating.Terms(data.reason, shares, data.goods), by=member)
    await tx.flush()
    view = await contracts.contract(tx, made.id, party=member.organisation_id)
    text = _("Proposed. When the other side agrees to the text, both sign it.")
    return answer.done(f"/contracts/{made.id}", ContractOut.of(view), created=True, flash=text)


def _changes(data: AmendmentIn, currency: str) -> Changes:
    added = None
    if data.more_amount:
        kind, conditions = _MORE[data.more_evidence], _conditions(data.more_evidence, data.more_days)
        added = Added(kind, pages.share(data.more_amount, currency, field="more_amount"), conditions)
    return Changes(
        reason=data.reason,
        prices={line.position: line.price for line in data.lines if line.price is not None},
        latest=data.latest,
        amounts={
            m.position: pages.share(m.amount, currency, field=f"milestones.{n}.amount")
            for n, m in enumerate(data.milestones)
            if m.amount
        },
        dates={m.position: m.on for m in data.milestones if m.on is not None},
        added=added,
    )


_MORE = {
    Evidence.PRODUCTION_PROOF: MilestoneKind.PRODUCTION,
    Evidence.INSPECTION_REPORT: MilestoneKind.INSPECTION,
    Evidence.BILL_OF_LADING: MilestoneKind.SHIPMENT,
    Evidence.ACCEPTANCE: MilestoneKind.BALANCE,
}
"""What a payment on top is called, by what releases it."""


def _conditions(evidence: Evidence, days: int) -> Conditions:
    if evidence is Evidence.ACCEPTANCE:
        return Conditions(due=Due.SIGNING, due_days=SIGNING_DAYS, evidence=evidence)
    since = Since.SHIPPED if evidence is Evidence.BILL_OF_LADING else Since.EFFECT
    return Conditions(
        due=Due.SIGNING, due_days=SIGNING_DAYS, evidence=evidence, since=since, days=days, answer_days=EXAMINATION_DAYS
    )


@router.post("/contracts/{contract_id}/amendment/signatures", response_model=ContractOut)
@not_replayed
async def sign_amendment(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    contract_id: UUID,
    data: Annotated[SignatureIn, Submitted(SignatureIn)],
) -> Response:
    """Sign an amendment for the company; with the second signature the order and its money follow."""
    ceremony = await signing.attend(request, tx, member, data)
    try:
        made = await amending.sign(tx, contract_id, ceremony, by=member, signer=signing.signer(request))
    except SecondPersonNeeded:
        await approving.ask_to_sign(tx, contract_id, request.app.state.settings, by=member)
        return answer.done(f"/contracts/{contract_id}", flash=pages.waits())
    return await signing.signed(request, answer, tx, made, member, ceremony)
