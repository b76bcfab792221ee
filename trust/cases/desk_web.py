"""Addresses of cases for those who judge them."""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.core.i18n import _
from app.core.money import Money, MoneyError
from app.core.web import Answer, HouseRouter, Submitted, Tx, not_replayed
from trust.access import CurrentMember, Permission, require
from trust.cases import pages, queries, reaching, ruling, service
from trust.cases.errors import BadRuling
from trust.cases.ruling import Citation, Ruling
from trust.cases.schemas import AcceptanceIn, CaseOut, HandlingIn, QuestionIn, ReasonIn, RulingIn
from trust.cases.states import Remedy, Side

router = HouseRouter(tags=["cases"])


@router.post("/cases/{matter_id}/handling", response_model=CaseOut)
async def take(
    answer: Answer, tx: Tx, member: CurrentMember, matter_id: UUID, data: Annotated[HandlingIn, Submitted(HandlingIn)]
) -> Response:
    """Take a case on, stating that nothing ties one to its sides."""
    await service.take(tx, matter_id, by=member)
    return await pages.done(answer, tx, matter_id, member, _("The case is yours."))


@router.post("/cases/{matter_id}/acceptance", response_model=CaseOut)
async def accept(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    matter_id: UUID,
    data: Annotated[AcceptanceIn, Submitted(AcceptanceIn)],
) -> Response:
    """Take a complaint or report up."""
    await service.accept(tx, matter_id, complex_=data.complex, by=member)
    return await pages.done(answer, tx, matter_id, member, _("Taken up."))


@router.post("/cases/{matter_id}/rejection", response_model=CaseOut)
async def reject(
    answer: Answer, tx: Tx, member: CurrentMember, matter_id: UUID, data: Annotated[ReasonIn, Submitted(ReasonIn)]
) -> Response:
    """Say that it is not for us, and why."""
    await service.reject(tx, matter_id, data.reason, by=member)
    return await pages.done(answer, tx, matter_id, member, _("Not taken up. The complainant was told why."))


@router.post("/cases/{matter_id}/questions", response_model=CaseOut)
async def ask(
    answer: Answer, tx: Tx, member: CurrentMember, matter_id: UUID, data: Annotated[QuestionIn, Submitted(QuestionIn)]
) -> Response:
    """Ask one side something; it is waited for."""
    await service.ask(tx, matter_id, Side(data.to), data.text, by=member)
    return await pages.done(answer, tx, matter_id, member, _("Asked."))


@router.post("/cases/{matter_id}/ruling", response_model=CaseOut)
async def rule(
    answer: Answer, tx: Tx, member: CurrentMember, matter_id: UUID, data: Annotated[RulingIn, Submitted(RulingIn)]
) -> Response:
    """Decide the case."""
    require(member, Permission.JUDGE)
    case = await queries.for_reading(tx, matter_id)
    said = Ruling(
        remedy=data.remedy,
        facts=data.facts,
        reason=data.reason,
        cites=[Citation(c.code, c.version, c.clause) for c in data.rules if c.code],
        exhibits=list(dict.fromkeys(data.exhibits)),
        to_complainant=_share(data, case.amount),
    )
    await ruling.rule(tx, matter_id, said, by=member)
    return await pages.done(answer, tx, matter_id, member, _("Decided. Both sides were told."))


def _share(data: RulingIn, stake: Money | None) -> Money | None:
    if data.remedy is not Remedy.SHARE or stake is None:
        return None
    try:
        return Money.of(data.to_complainant.replace(",", ""), stake.currency)
    except MoneyError as error:
        raise BadRuling(_("This is not a valid amount."), field="to_complainant") from error


@router.post("/cases/{matter_id}/contact", include_in_schema=False)
@not_replayed
async def contact(request: Request, answer: Answer, tx: Tx, member: CurrentMember, matter_id: UUID) -> Response:
    """Show how to reach the reporter once; looking is written down."""
    said = await reaching.contact(tx, request.app.state.vault, matter_id, by=member)
    return answer.done(f"/cases/{matter_id}", {"contact": said}, flash=_("Reporter: %(contact)s") % {"contact": said})
