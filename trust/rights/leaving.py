"""Notices of rights against a company that leaves."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import N_
from trust.leaving import matters
from trust.leaving.matters import Matter
from trust.rights.models import NoticeItem
from trust.rights.states import FORWARDED


@matters.reader
async def notices(tx: AsyncSession, organisation_id: UUID) -> list[Matter]:
    """Of those it was told of alone."""
    mine = NoticeItem.supplier_id == organisation_id
    query = select(func.count(NoticeItem.notice_id.distinct())).where(
        mine, NoticeItem.state.in_(FORWARDED), NoticeItem.ended_at.is_(None)
    )
    return [
        Matter(
            "notices",
            N_("Notices of rights"),
            N_("What they are about stays down. Answer them if you mean to stay."),
            "/rights",
            (await tx.execute(query)).scalar_one(),
            waits=False,
        )
    ]
