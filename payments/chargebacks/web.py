"""Finance and the payments that buyers' banks took back."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import evidence
from app.core.i18n import N_, _
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from payments.approvals import queries as approvals
from payments.chargebacks import approving, queries, service
from payments.chargebacks.queries import ChargebackView
from payments.chargebacks.schemas import ChargebackOut, ChargebacksOut, DefenceIn
from payments.chargebacks.states import DEFENCES, LABELS, ChargebackState
from payments.gateway import EVIDENCE_LENGTH
from payments.schemas import ReasonIn
from trust.access import CurrentMember, Permission, require
from trust.identity import queries as identity

router = HouseRouter(tags=["finance"])

SOURCES = {
    "held": N_("Held for the order"),
    "due": N_("Due back to the buyer"),
    "reserve": N_("Set aside of the supplier's balance"),
    "payable": N_("The supplier's balance"),
    "supplier": N_("Owed by the supplier"),
    "buyer": N_("Owed by the buyer, who had it back before"),
}
REASONS = {
    "fraudulent": N_("The card's owner says that they did not pay"),
    "product_not_received": N_("The goods did not come"),
    "product_unacceptable": N_("The goods are not as described"),
    "duplicate": N_("Paid twice"),
    "credit_not_processed": N_("A refund did not come"),
    "general": N_("No reason given"),
    "unrecognized": N_("The payment was not recognised"),
}


@router.get("/finance/chargebacks", response_model=ChargebacksOut)
async def show(
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    page: Annotated[PageQuery, Query()],
    state: Annotated[ChargebackState | None, Query()] = None,
) -> Response:
    """Every payment that a buyer's bank took back or asks about; what waits for an answer first."""
    require(member, Permission.BOOK_MONEY)
    states = [state] if state else []
    found, total = await queries.chargebacks(tx, states=states, offset=page.offset, limit=page.per_page)
    out = ChargebacksOut(chargebacks=[ChargebackOut.model_validate(row) for row in found], total=total)
    return answer.show("payments/chargebacks.html", out, **_words(chosen=state, page=page))


def _words(**more: Any) -> dict[str, Any]:
    """What both pages say of a chargeback, and what each adds."""
    return {
        "labels": {name: _(label) for name, label in LABELS.items()},
        "reasons": {name: _(label) for name, label in REASONS.items()},
        "sources": {name: _(label) for name, label in SOURCES.items()},
        "defences": {name: _(label) for name, label in DEFENCES.items()},
        **more,
    }


@router.get("/finance/chargebacks/{chargeback_id}", response_model=ChargebackOut)
async def one(chargeback_id: UUID, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """One chargeback: who bears it, and what we tell the bank."""
    require(member, Permission.BOOK_MONEY)
    seen = await queries.chargeback(tx, chargeback_id)
    companies = await identity.organisations(tx, {seen.buyer_id, seen.supplier_id})
    return answer.show(
        "payments/chargeback.html",
        ChargebackOut.model_validate(seen),
        **_words(
            buyer=companies[seen.buyer_id],
            supplier=companies[seen.supplier_id],
            written=seen.defence or await _first_words(tx, seen),
            waiting=(await approvals.waiting_for(tx, [seen.id])).get(seen.id),
        ),
    )


async def _first_words(tx: AsyncSession, seen: ChargebackView) -> dict[str, str]:
    """What our own record says of the deal, to begin with; in English, whatever finance reads: the bank reads it."""
    events = "\n".join(
        f"{link.at:%Y-%m-%d %H:%M} UTC  {link.kind.replace('.', ' ').replace('_', ' ')}"
        for link in await evidence.chain(tx, seen.subject)
        if "charge" not in link.kind
    )
    buyer = await identity.organisation(tx, seen.buyer_id)
    return {"statement": events[:EVIDENCE_LENGTH], "buyer_name": buyer.name_latin}


@router.post("/finance/chargebacks/{chargeback_id}/defence")
async def defend(
    chargeback_id: UUID, tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[DefenceIn, Submitted(DefenceIn)]
) -> Response:
    """Tell the buyer's bank our side. It is sent once."""
    await service.defend(tx, chargeback_id, data.model_dump(), by=member)
    return answer.done(f"/finance/chargebacks/{chargeback_id}", flash=_("On its way to the bank."))


@router.post("/finance/chargebacks/{chargeback_id}/loss")
async def propose(
    request: Request,
    chargeback_id: UUID,
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    data: Annotated[ReasonIn, Submitted(ReasonIn)],
) -> Response:
    """Propose that the platform bears what is still owed."""
    await approving.ask(tx, chargeback_id, request.app.state.settings, by=member, reason=data.reason)
    return answer.done(f"/finance/chargebacks/{chargeback_id}", flash=_("Noted. A second person has to approve it."))
