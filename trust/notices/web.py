"""Addresses of a company's notices."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, PageQuery, Tx
from trust.access import CurrentMember
from trust.notices import service

router = HouseRouter(tags=["notices"])


class NoticeOut(BaseModel):
    """`title` and `text` are in the reader's language."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    title: str
    text: str
    created_at: datetime
    read_at: datetime | None


@router.get("/notices", response_model=list[NoticeOut])
async def notices(answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """What the platform told the company about its own data."""
    found, total = await service.of_company(tx, by=member, offset=page.offset, limit=page.per_page)
    out = [NoticeOut.model_validate(one) for one in found]
    return answer.show("notices/notices.html", out, total=total, page=page)


@router.get("/notices/{company_notice_id}", response_model=NoticeOut)
async def notice(answer: Answer, tx: Tx, member: CurrentMember, company_notice_id: UUID) -> Response:
    """One notice."""
    found = await service.notice(tx, company_notice_id, by=member)
    return answer.show("notices/notice.html", NoticeOut.model_validate(found))


@router.post("/notices/{company_notice_id}/reading", response_model=NoticeOut)
async def read(answer: Answer, tx: Tx, member: CurrentMember, company_notice_id: UUID) -> Response:
    """It was read."""
    await service.read(tx, company_notice_id, by=member)
    found = await service.notice(tx, company_notice_id, by=member)
    return answer.done("/notices", NoticeOut.model_validate(found), flash=_("Marked as read."))
