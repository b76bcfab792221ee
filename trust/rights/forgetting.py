"""What people wrote and showed of rights and notices goes five years after the last thing that happened; between whom
a notice was, about which listings, and what became of them, stays."""

import secrets
from uuid import UUID

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from trust.retention import service as retention
from trust.retention.classes import RIGHTS
from trust.rights import notices, registry
from trust.rights.models import Counter, Notice, NoticeItem, Notifier, NotifierAccess, Paper, Proceeding, Right
from trust.rights.states import ItemState, RightState

MARK = 32


async def due(tx: AsyncSession, *, limit: int) -> list[UUID]:
    """Notices whose time is over, in which no clock runs, and that no hold on them or on a side keeps."""
    item = select(NoticeItem.id).where(NoticeItem.notice_id == Notice.id)
    under_way = item.where(NoticeItem.state.in_([ItemState.FILED, ItemState.COUNTERED, ItemState.HELD]))
    held = item.where(func.held("organisation", NoticeItem.supplier_id))
    owner = select(Notifier.organisation_id).where(Notifier.id == Notice.notifier_id).scalar_subquery()
    query = select(Notice.id).where(
        Notice.last_at < clock.now() - RIGHTS.period,
        Notice.forgotten_at.is_(None),
        ~exists(under_way),
        ~exists(held),
        ~func.coalesce(func.held(Notice.SUBJECT, Notice.id), False),
        ~func.coalesce(func.held("organisation", owner), False),
    )
    return list(await tx.scalars(query.order_by(Notice.last_at).limit(limit)))


async def forget(tx: AsyncSession, notice_id: UUID) -> None:
    """Erase one notice's words and files. May be done twice."""
    notice = await notices.for_update(tx, notice_id)
    if notice.forgotten_at is not None:
        return
    await _give_up(tx, notice_id)
    await tx.execute(update(Counter).where(Counter.notice_id == notice_id).values(statement=""))
    await tx.execute(update(Proceeding).where(Proceeding.notice_id == notice_id).values(authority="", reference=""))
    await tx.execute(update(NoticeItem).where(NoticeItem.notice_id == notice_id).values(reason=""))
    notice.statement = notice.fault_reason = notice.agent = ""
    notice.holder = "" if notice.person else notice.holder
    notice.contact_sealed, notice.forgotten_at = None, clock.now()
    await evidence.erase(tx, notice.itself, basis=RIGHTS.key, actor=None)


async def rights_due(tx: AsyncSession, *, limit: int) -> list[UUID]:
    """Rights that nobody can rest a notice on any more, and on which none rests that is kept."""
    over = or_(
        Right.state.in_([RightState.REFUSED, RightState.WITHDRAWN]),
        Right.valid_until < (clock.now() - RIGHTS.period).date(),
    )
    kept = select(Notice.id).where(Notice.right_id == Right.id, Notice.forgotten_at.is_(None))
    query = select(Right.id).where(Right.filed_at < clock.now() - RIGHTS.period, Right.forgotten_at.is_(None))
    return list(await tx.scalars(query.where(over, ~exists(kept)).order_by(Right.filed_at).limit(limit)))


async def forget_right(tx: AsyncSession, right_id: UUID) -> None:
    """Erase a right's documents and who holds it. May be done twice."""
    row = await registry.for_update(tx, right_id)
    if row.forgotten_at is not None:
        return
    await _give_up(tx, right_id)
    row.holder = row.agent = row.reason = ""
    row.forgotten_at = clock.now()
    await evidence.erase(tx, row.itself, basis=RIGHTS.key, actor=None)


async def forget_addresses(tx: AsyncSession) -> None:
    """Addresses of notifiers without an account of whom nothing is kept any more, and who did not come back."""
    kept = [
        exists(select(table.id).where(table.notifier_id == Notifier.id, table.forgotten_at.is_(None)))
        for table in (Notice, Right)
    ]
    coming = exists(select(NotifierAccess.id).where(NotifierAccess.notifier_id == Notifier.id))
    query = select(Notifier).where(Notifier.email_sealed.is_not(None), *(~one for one in kept), ~coming)
    for row in await tx.scalars(query.limit(200).with_for_update(skip_locked=True)):
        row.email_sealed, row.email_mark = None, secrets.token_bytes(MARK)


async def _give_up(tx: AsyncSession, subject_id: UUID) -> None:
    keys = set(await tx.scalars(select(Paper.key).where(Paper.subject_id == subject_id)))
    await retention.give_up(tx, keys)
    await tx.execute(update(Paper).where(Paper.subject_id == subject_id).values(name=""))
