"""Addresses of the operator's records: read by evaluators, kept by administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import _
from app.core.ids import new_id
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx, not_replayed
from trust import sealed
from trust.access import CurrentMember, Permission, require
from trust.identity.web.door import TheVault
from trust.operator import queries, recording
from trust.operator.models import OperatorCapital, OperatorPenalty
from trust.operator.schemas import CapitalIn, CapitalOut, PenaltyIn, PenaltyOut, RecordsOut

router = HouseRouter(tags=["operator"])
PAGE = "/operator/records"


async def _out(tx: AsyncSession, page: PageQuery | None = None) -> tuple[RecordsOut, int]:
    shown = page or PageQuery()
    penalties, total = await queries.penalties(tx, offset=shown.offset, limit=shown.per_page)
    out = RecordsOut(
        capital=[CapitalOut.of(row) for row in await queries.statements(tx)],
        penalties=[PenaltyOut.model_validate(row) for row in penalties],
    )
    return out, total


@router.get("/operator/records", response_model=RecordsOut)
async def records(answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """The operator's registered capital, and penalties against it."""
    require(member, Permission.READ_INDICATORS)
    out, total = await _out(tx, page)
    may = member.may(Permission.ADMINISTER)
    return answer.show("operator/records.html", out, total=total, page=page, may=may)


@router.post("/operator/capital", response_model=RecordsOut)
async def state_capital(
    request: Request,
    answer: Answer,
    tx: Tx,
    vault: TheVault,
    member: CurrentMember,
    data: Annotated[CapitalIn, Submitted(CapitalIn)],
) -> Response:
    """State the registered capital, or confirm it."""
    require(member, Permission.ADMINISTER)
    id_, said = new_id(), data.capital
    context = recording.sealed_for(id_)
    document = await sealed.keep(request.app.state.files, vault, context, data.document, field="document")
    await recording.state_capital(tx, id_, said, document, by=member)
    return answer.done(PAGE, (await _out(tx))[0], created=True, flash=_("Entered."))


@router.post("/operator/penalties", response_model=RecordsOut)
async def enter_penalty(
    request: Request,
    answer: Answer,
    tx: Tx,
    vault: TheVault,
    member: CurrentMember,
    data: Annotated[PenaltyIn, Submitted(PenaltyIn)],
) -> Response:
    """Enter an administrative penalty."""
    require(member, Permission.ADMINISTER)
    id_, said = new_id(), data.penalty
    context = recording.sealed_for(id_)
    document = await sealed.keep(request.app.state.files, vault, context, data.document, field="document")
    await recording.enter_penalty(tx, id_, said, document, by=member)
    return answer.done(PAGE, (await _out(tx))[0], created=True, flash=_("Entered."))


@router.post("/operator/capital/{operator_capital_id}/document", include_in_schema=False)
@not_replayed
async def capital_document(
    request: Request, answer: Answer, tx: Tx, vault: TheVault, member: CurrentMember, operator_capital_id: UUID
) -> Response:
    """The licence behind a statement. A POST, because opening it is written down."""
    file = await recording.paper(tx, OperatorCapital, operator_capital_id, by=member)
    data = await _opened(request, vault, operator_capital_id, file["key"])
    return answer.file(data, file["name"], file["content_type"])


@router.post("/operator/penalties/{operator_penalty_id}/document", include_in_schema=False)
@not_replayed
async def penalty_document(
    request: Request, answer: Answer, tx: Tx, vault: TheVault, member: CurrentMember, operator_penalty_id: UUID
) -> Response:
    """The decision of a penalty. A POST, because opening it is written down."""
    file = await recording.paper(tx, OperatorPenalty, operator_penalty_id, by=member)
    data = await _opened(request, vault, operator_penalty_id, file["key"])
    return answer.file(data, file["name"], file["content_type"])


async def _opened(request: Request, vault: TheVault, id_: UUID, key: str) -> bytes:
    return await sealed.opened(request.app.state.files, vault, recording.sealed_for(id_), key)
