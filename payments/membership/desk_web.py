"""Finance's page of memberships: transfers that have come, waivers, and everybody's terms."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from payments.approvals import queries as approvals
from payments.membership import plans, queries, waiving
from payments.membership.calendar import today
from payments.membership.provinces import PROVINCES
from payments.membership.schemas import DeskOut, DeskTermOut, OrderOut, TransferIn, WaiverIn, WaiverOut
from payments.membership.states import TERM_LABELS, VOID_LABELS, WAIVER_LABELS, WAIVER_REASONS
from trust.access import CurrentMember, Permission, require
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported
from trust.identity import queries as identity

router = HouseRouter(tags=["memberships"])


@router.get("/finance/memberships", response_model=DeskOut)
async def desk(tx: Tx, answer: Answer, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """What waits for finance, and every term."""
    require(member, Permission.BOOK_MONEY)
    waiting = await queries.waiting_for_transfer(tx)
    waivers = await queries.waivers(tx)
    terms, total = await queries.newest_terms(tx, offset=page.offset, limit=page.per_page)
    known = await plans.on(tx, today())
    shown = [*(o.organisation_id for o in waiting), *(w.organisation_id for w in waivers)]
    companies = await identity.organisations(tx, [*shown, *(t.organisation_id for t in terms)])
    asked = await approvals.waiting_for(tx, [*(o.id for o in waiting), *(w.id for w in waivers)])
    out = DeskOut(
        waiting=[OrderOut.model_validate(row) for row in waiting],
        waivers=[WaiverOut.model_validate(row) for row in waivers],
        terms=[DeskTermOut.model_validate(row) for row in terms],
        total=total,
    )
    return answer.show(
        "membership/desk.html",
        out,
        waiting=waiting,
        waivers=waivers,
        terms=terms,
        companies=companies,
        asked=asked,
        page=page,
        plan_name=plans.name,
        length=plans.length,
        sold=[plan.code for plan in known if plan.prices],
        lengths=sorted({months for plan in known for months, _currency in plan.prices}),
        currencies=plans.currencies(known),
        provinces={code: _(name) for code, name in PROVINCES.items()},
        reasons={reason.value: _(label) for reason, label in WAIVER_REASONS.items()},
        waiver_labels={state.value: _(label) for state, label in WAIVER_LABELS.items()},
        kinds={kind.value: _(label) for kind, label in TERM_LABELS.items()},
        voids={reason.value: _(label) for reason, label in VOID_LABELS.items()},
        may_waive=member.may(Permission.APPROVE_MONEY),
    )


@router.post("/finance/memberships/orders/{membership_order_id}/transfer")
async def book(
    membership_order_id: UUID,
    request: Request,
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    data: Annotated[TransferIn, Submitted(TransferIn)],
) -> Response:
    """Say that the transfer for an order has come; another person has to agree."""
    require(member, Permission.BOOK_MONEY)
    settings = request.app.state.settings
    await waiving.book_transfer(
        tx, membership_order_id, bank_ref=data.bank_ref, sender=data.sender, settings=settings, by=member
    )
    return answer.done("/finance/memberships", flash=_("Proposed. A second person has to agree."))


@router.post("/finance/memberships/waivers")
async def propose(
    request: Request, tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[WaiverIn, Submitted(WaiverIn)]
) -> Response:
    """Propose to waive a fee; another person has to agree."""
    require(member, Permission.APPROVE_MONEY)
    state = request.app.state
    proof = await waiving.keep_proof(state.files, state.vault, data.proof)
    wanted = waiving.Wanted(**data.model_dump(exclude={"proof"}))
    waiver_id = await waiving.propose(tx, wanted, proof, state.settings, by=member)
    flash = _("Proposed. A second person has to agree.")
    return answer.done("/finance/memberships", {"id": str(waiver_id)}, created=True, flash=flash)


@router.get(
    "/finance/memberships/waivers/{waiver_id}/proof",
    include_in_schema=False,
    dependencies=[counted(Exported.IDENTITY)],
)
async def proof_of(waiver_id: UUID, request: Request, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """The document that a waiver rests on."""
    require(member, Permission.BOOK_MONEY)
    row = await queries.waiver(tx, waiver_id)
    data = await waiving.open_proof(request.app.state.files, request.app.state.vault, row)
    return answer.file(data, row.proof_name, row.proof_type)
