"""The supplier's answer, and what the right holder does about it. E-Commerce Law (PRC) art. 43.

Every step locks the notice, so that what arrives at the end of the fifteen days comes before their end or after it,
never both.
"""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.i18n import _
from trust.access import Member, Permission, require
from trust.cases.exhibits import Kept
from trust.rights import notices, papers, telling
from trust.rights.errors import BadNotice, NoticeNotFound, TooLate
from trust.rights.models import Counter, NoticeItem, Proceeding
from trust.rights.notifiers import Speaker
from trust.rights.states import FORWARDED, ItemMove, ItemState, Proof


@dataclass(frozen=True, slots=True)
class Answer:
    """That these listings do not infringe; none named: all of the supplier's that the notice took down."""

    statement: str
    item_ids: tuple[UUID, ...] = ()
    true: bool = False
    files: list[Kept] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Proven:
    """A complaint or lawsuit against one supplier of the notice, with the paper that shows it."""

    supplier_id: UUID
    kind: Proof
    authority: str
    reference: str
    filed_on: date
    files: list[Kept] = field(default_factory=list)


async def counter(tx: AsyncSession, notice_id: UUID, said: Answer, *, by: Member) -> Counter:
    """State that listings do not infringe; it is forwarded to the right holder by itself.

    Raises NotPermitted, NoticeNotFound for who has no listing in it, BadNotice, TooLate.
    """
    require(by, Permission.LIST_PRODUCTS)
    notice = await notices.for_update(tx, notice_id)
    answered = _answered(await notices.items(tx, notice_id), said, by)
    _check(said)
    number = await tx.scalar(select(func.count()).select_from(Counter).where(Counter.notice_id == notice_id))
    row = Counter(
        notice_id=notice_id,
        number=(number or 0) + 1,
        supplier_id=by.organisation_id,
        statement=said.statement,
        filed_by=by.id,
    )
    tx.add(row)
    await tx.flush()
    open_ = await _open_proceeding(tx, notice_id, by.organisation_id)
    for one in answered:
        one.move(ItemMove.COUNTER, by=by.id)
        one.counter_id = row.id
        if open_:
            one.move(ItemMove.PROVE, by=by.id)
    notice.last_at = clock.now()
    shown = await papers.add(tx, notice.itself, said.files, "counter", supplier_id=by.organisation_id)
    facts = {"counter": row.number, "statement": row.statement, "exhibits": shown}
    listings = {"listings": [one.listing_id for one in answered]}
    await evidence.record(tx, notice.itself, "notice.countered", facts | listings, actor=by.id)
    path = f"/rights/notices/{notice.id}"
    await telling.notifier(tx, notice.notifier_id, "countered", notice.number, path, counter_id=row.id)
    return row


def _answered(found: list[NoticeItem], said: Answer, by: Member) -> list[NoticeItem]:
    """The listings that a statement is about. Raises NoticeNotFound, BadNotice, TooLate."""
    own = [one for one in found if one.supplier_id == by.organisation_id and one.state in FORWARDED]
    if not own:
        raise NoticeNotFound(_("There is no such notice."))
    named = set(said.item_ids)
    chosen = [one for one in own if one.id in named] if named else own
    if named and len(chosen) != len(named):
        raise BadNotice(_("This listing is not of this notice."), field="items")
    answered = [one for one in chosen if one.can(ItemMove.COUNTER)]
    if not answered or (named and len(answered) < len(chosen)):
        raise TooLate(_("You have answered for this listing already, or the measure is over."))
    return answered


def _check(said: Answer) -> None:
    wrong: dict[str, str] = {}
    if not said.true:
        wrong["true"] = _("A counter-statement says that it is true, and that whoever makes it answers for it.")
    if not said.files:
        wrong["files"] = _("Show what makes it likely that you do not infringe.")
    if wrong:
        raise BadNotice.many(wrong, _("Please check the marked fields."))


async def _open_proceeding(tx: AsyncSession, notice_id: UUID, supplier_id: UUID) -> bool:
    query = select(Proceeding.id).where(Proceeding.notice_id == notice_id, Proceeding.supplier_id == supplier_id)
    return await tx.scalar(query.where(Proceeding.closed_at.is_(None)).limit(1)) is not None


async def prove(tx: AsyncSession, notice_id: UUID, said: Proven, *, by: Speaker) -> None:
    """The right holder has complained to an authority or sued, and shows it: what its supplier answered for stays down
    until an outcome is noted. What counts is when it comes in here. Raises NoticeNotFound, BadNotice, TooLate.
    """
    notice = await notices.for_update(tx, notice_id)
    if notice.notifier_id != by.notifier_id:
        raise NoticeNotFound(_("There is no such notice."))
    now = clock.now()
    found = [one for one in await notices.items(tx, notice_id) if one.supplier_id == said.supplier_id]
    ended = {row.id for row in await _counters(tx, notice_id) if row.due_at is not None and row.due_at <= now}
    down = [one for one in found if one.state in (ItemState.STOPPED, ItemState.COUNTERED, ItemState.HELD)]
    in_time = [one for one in down if not (one.state == ItemState.COUNTERED and one.counter_id in ended)]
    if not found:
        raise BadNotice(_("Choose a supplier of this notice."), field="supplier")
    if not in_time:
        raise TooLate(_("The fifteen days are over, or nothing of this supplier is down any more."))
    if not said.files:
        raise BadNotice(_("Show the authority's or the court's paper."), field="files")
    if said.filed_on > now.astimezone(ZoneInfo(notice.zone)).date():
        raise BadNotice(_("This day has not come yet."), field="filed_on")
    row = Proceeding(
        notice_id=notice_id,
        supplier_id=said.supplier_id,
        kind=said.kind,
        authority=said.authority,
        reference=said.reference,
        filed_on=said.filed_on,
    )
    tx.add(row)
    held = [one for one in in_time if one.can(ItemMove.PROVE)]
    for one in held:
        one.move(ItemMove.PROVE, by=by.actor)
    notice.last_at = now
    shown = await papers.add(tx, notice.itself, said.files, "proceeding", supplier_id=said.supplier_id)
    facts = {"right": said.kind, "supplier": said.supplier_id, "note": [said.authority, said.reference]}
    listings = {"listings": [one.listing_id for one in held], "exhibits": shown}
    await evidence.record(tx, notice.itself, "notice.proven", facts | listings, actor=by.actor)
    await telling.supplier(tx, notice, said.supplier_id, "held")


async def _counters(tx: AsyncSession, notice_id: UUID) -> list[Counter]:
    return list(await tx.scalars(select(Counter).where(Counter.notice_id == notice_id).order_by(Counter.number)))


async def due(tx: AsyncSession, *, limit: int) -> list[UUID]:
    """Counter-statements whose fifteen days are over."""
    query = select(Counter.id).where(Counter.settled_at.is_(None), Counter.due_at <= clock.now())
    return list(await tx.scalars(query.order_by(Counter.due_at).limit(limit)))


async def lapse(tx: AsyncSession, counter_id: UUID) -> None:
    """The fifteen days are over: what nobody has taken to an authority or court is published again. May run twice."""
    notice_id = (await tx.scalars(select(Counter.notice_id).where(Counter.id == counter_id))).one()
    notice = await notices.for_update(tx, notice_id)
    row = (await tx.scalars(select(Counter).where(Counter.id == counter_id).with_for_update())).one()
    if row.settled_at is not None or row.due_at is None or row.due_at > clock.now():
        return
    row.settled_at = clock.now()
    found: list[NoticeItem] = [one for one in await notices.items(tx, notice_id) if one.counter_id == counter_id]
    back = [one for one in found if one.can(ItemMove.LAPSE)]
    await notices.give_back(tx, notice, back, ItemMove.LAPSE, by=None)
