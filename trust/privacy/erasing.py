"""Erasing a member at their own wish: seven days to think, then name, addresses, keys and consents go at once.

What the law keeps stays, with "Former member" as its author, and ends with its own class; nothing that was signed or
put on a chain changes. The database holds the time, the holds and the open deals (`forget_member`). PIPL art. 47; GDPR
art. 17; E-Commerce Law (PRC) art. 24, 31.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import MetaData, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox, post
from app.core.db import Base
from app.core.i18n import _
from trust.access import Member
from trust.identity.models import MemberRow, Organisation
from trust.identity.service import require_step_up
from trust.privacy.errors import ErasureNotFound, LastOwnerStays
from trust.privacy.models import Erasure
from trust.privacy.periods import COOLING_OFF, LOGS_KEPT
from trust.privacy.purposes import Both
from trust.privacy.records import RECORDS, Records
from trust.privacy.states import ErasureMove, ErasureState
from trust.retention.classes import CLASSES, SELLER_IDENTITY, Retention

LAST_OWNER = "last_owner"
LETTER = "erasure-letter-"
LETTERS_WAIT = timedelta(days=30)
"""A letter that could not be sent for so long is given up before."""
BY_KEY = {kind.key: kind for kind in CLASSES}
_FORGET = text("SELECT forget_member(:member)")
_FORGET_LOGS = text("SELECT forget_sign_ins(:member)")


@dataclass(frozen=True, slots=True)
class Stays:
    """What the law keeps: how many records of which kinds, and when the last of them may go (None: no end is set)."""

    kind: Retention
    titles: tuple[Both, ...]
    count: int
    until: datetime | None


async def stays(tx: AsyncSession, member_id: UUID) -> list[Stays]:
    """What of a member is kept, by class; one query. `until` is for what is there now: a deal that goes on, later."""
    wanted = [one for one in RECORDS if one.kept]
    tables: MetaData = Base.metadata
    counted = [_counted(tables, one, member_id) for one in wanted]
    row = (await tx.execute(select(*[part for pair in counted for part in pair]))).one()
    found: dict[str, list[tuple[Records, int, datetime]]] = {}
    for place, one in enumerate(wanted):
        count, last = row[2 * place], row[2 * place + 1]
        if count:
            found.setdefault(one.kept, []).append((one, count, last))
    return [_stays(BY_KEY[key], rows) for key, rows in found.items()]


def _counted(tables: MetaData, one: Records, member_id: UUID) -> tuple[Any, Any]:
    table = tables.tables[one.table]
    mine = table.c[one.owner] == member_id
    count = select(func.count()).select_from(table).where(mine).scalar_subquery()
    last = select(func.max(table.c[one.at])).where(mine).scalar_subquery()
    return count.label(f"n_{one.name}"), last.label(f"at_{one.name}")


def _stays(kind: Retention, rows: Sequence[tuple[Records, int, datetime]]) -> Stays:
    last = max(at for _one, _count, at in rows)
    until = last + kind.kept if kind.kept is not None else None
    if kind is SELLER_IDENTITY:
        until = None  # it runs from the day on which the company leaves
    if kind.key == "sign_ins":
        until = clock.now() + COOLING_OFF + LOGS_KEPT
    return Stays(kind, tuple(one.title for one, _c, _a in rows), sum(count for _o, count, _a in rows), until)


async def hindrance(tx: AsyncSession, member_id: UUID) -> str:
    """LAST_OWNER when the member cannot be erased before something is done about it, else "". A hold is told to
    nobody: what it keeps is erased as soon as it ends."""
    why = await tx.scalar(select(func.member_kept_because(member_id)))
    return LAST_OWNER if why == LAST_OWNER else ""


async def open_one(tx: AsyncSession, member_id: UUID) -> Erasure | None:
    """The erasure that is awaited, if one is."""
    return await tx.scalar(select(Erasure).where(Erasure.member_id == member_id, Erasure.state == ErasureState.ASKED))


async def ask(tx: AsyncSession, *, by: Member) -> Erasure:
    """Be erased in seven days; asked twice, the first time counts. Raises StepUpNeeded, LastOwnerStays."""
    await require_step_up(tx, by)
    await _lock(tx, by.id)
    if await hindrance(tx, by.id):
        raise LastOwnerStays(
            _(
                "You are the last owner of a company that still has open deals, money, or other members. Make somebody"
                " else an owner first, or finish the deals and have what is left paid out."
            )
        )
    return await begin_for(tx, by.id, request_id=None, by=by.id)


async def begin_for(tx: AsyncSession, member_id: UUID, *, request_id: UUID | None, by: UUID) -> Erasure:
    """The seven days begin; the person gets a letter. The one that runs already, if one does. Locks the member."""
    await _lock(tx, member_id)
    known = await open_one(tx, member_id)
    if known is not None:
        return known
    now = clock.now()
    row = Erasure(member_id=member_id, request_id=request_id, asked_at=now, due_at=now + COOLING_OFF)
    tx.add(row)
    await tx.flush()
    await evidence.record(tx, row.itself, "erasure.asked", {"member": member_id, "due": row.due_at}, actor=by)
    await _write(tx, member_id, "asked", row.due_at)
    return row


async def cancel(tx: AsyncSession, *, by: Member) -> None:
    """Stay after all. Raises ErasureNotFound when nothing is awaited any more."""
    await _lock(tx, by.id)
    row = await tx.scalar(
        select(Erasure).where(Erasure.member_id == by.id, Erasure.state == ErasureState.ASKED).with_for_update()
    )
    if row is None:
        raise ErasureNotFound(_("No erasure of your account is awaited."))
    row.move(ErasureMove.CANCEL, by=by.id)
    row.ended_at = clock.now()
    await evidence.record(tx, row.itself, "erasure.cancelled", {"member": by.id}, actor=by.id)
    await _write(tx, by.id, "cancelled", row.due_at)


async def due(tx: AsyncSession, *, limit: int) -> list[UUID]:
    """Erasures whose seven days are over."""
    query = select(Erasure.id).where(Erasure.state == ErasureState.ASKED, Erasure.due_at <= clock.now())
    return list(await tx.scalars(query.order_by(Erasure.due_at).limit(limit)))


async def erase(tx: AsyncSession, erasure_id: UUID) -> bool:
    """Do it; whether it was done. Not while a hold or open deals stand in the way: then it waits. Run twice, once."""
    row = await tx.scalar(select(Erasure).where(Erasure.id == erasure_id).with_for_update())
    if row is None or not row.can(ErasureMove.ERASE) or row.due_at > clock.now():
        return False
    await tx.execute(text("SELECT pg_advisory_xact_lock_shared(hashtextextended('legal_hold', 0))"))
    if await tx.scalar(select(func.member_kept_because(row.member_id))):
        return False
    await _write(tx, row.member_id, "done", row.due_at, row.id)
    await tx.execute(_FORGET, {"member": row.member_id})
    row.move(ErasureMove.ERASE, by=None)
    row.ended_at = clock.now()
    await evidence.record(tx, row.itself, "erasure.done", {"member": row.member_id}, actor=None)
    return True


async def logs_due(tx: AsyncSession, *, limit: int) -> list[UUID]:
    """Erasures after which the log of sign-ins was kept long enough."""
    query = select(Erasure.id).where(Erasure.state == ErasureState.DONE, Erasure.logs_erased_at.is_(None))
    query = query.where(Erasure.ended_at <= clock.now() - LOGS_KEPT)
    return list(await tx.scalars(query.order_by(Erasure.ended_at).limit(limit)))


async def erase_logs(tx: AsyncSession, erasure_id: UUID) -> None:
    """What the Cybersecurity Law (PRC), art. 21, kept of the sign-ins goes too."""
    row = await tx.scalar(select(Erasure).where(Erasure.id == erasure_id).with_for_update())
    if row is None or row.logs_erased_at is not None:
        return
    await tx.execute(_FORGET_LOGS, {"member": row.member_id})
    row.logs_erased_at = clock.now()
    await evidence.record(tx, row.itself, "erasure.logs", {"member": row.member_id}, actor=None)


async def _lock(tx: AsyncSession, member_id: UUID) -> None:
    """The company first, as giving roles does; so no two owners leave it at once."""
    company = select(MemberRow.organisation_id).where(MemberRow.id == member_id).scalar_subquery()
    await tx.execute(select(Organisation.id).where(Organisation.id == company).with_for_update(key_share=True))
    await tx.execute(select(MemberRow.id).where(MemberRow.id == member_id).with_for_update())


async def _write(
    tx: AsyncSession, member_id: UUID, what: str, due_at: datetime, erasure_id: UUID | None = None
) -> None:
    row = (await tx.scalars(select(MemberRow).where(MemberRow.id == member_id))).one()
    if row.email_confirmed_at is None:
        return
    context = {"what": what, "recipient": row.name, "due": f"{due_at:%Y-%m-%d %H:%M} UTC", "path": "/settings/privacy"}
    letter: dict[str, Any] = {"to": row.email, "locale": row.locale, "template": "erasure_news", "context": context}
    await outbox.enqueue(tx, post.deliver, key=f"{LETTER}{erasure_id}" if what == "done" else None, **letter)


async def blank_last_letters(tx: AsyncSession) -> None:
    """The letter that said so is the last that knows the address: once it is sent, its row forgets it."""
    lately = select(func.concat(LETTER, Erasure.id)).where(
        Erasure.state == ErasureState.DONE, Erasure.ended_at > clock.now() - LETTERS_WAIT
    )
    sent = update(outbox.JobRow).where(outbox.JobRow.key.in_(lately), outbox.JobRow.done_at.is_not(None))
    await tx.execute(sent.values(arguments={}))
