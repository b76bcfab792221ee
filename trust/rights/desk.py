"""What moderators do with notices: take them up, decide each listing, note outcomes, faults and points."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.crypto import Vault
from app.core.i18n import _
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.cases import queries as cases
from trust.identity import service as people
from trust.restrictions import breaches
from trust.restrictions.points import Breach
from trust.reviews import queries as reviews
from trust.reviews import service as reviewing
from trust.reviews.events import Verdict
from trust.rights import notices, telling, timing
from trust.rights.errors import BadNotice, ConflictOfInterest, NotClaimed, NoticeNotFound, TooLate
from trust.rights.events import MeasuresChanged
from trust.rights.models import (
    Notice,
    NoticeDecision,
    NoticeHandling,
    NoticeItem,
    Notifier,
    Proceeding,
    Strike,
)
from trust.rights.notifiers import address_of
from trust.rights.periods import REPEATED, UNANSWERED
from trust.rights.states import Fault, ItemMove, ItemState, NoticeMove, NoticeState


async def take(tx: AsyncSession, notice_id: UUID, *, by: Member) -> None:
    """Take a notice on and state that nothing ties one to its sides. May be done twice. Raises ConflictOfInterest."""
    require(by, Permission.JUDGE)
    notice = await notices.for_update(tx, notice_id)
    await check_free(tx, notice, by)
    stated = {"notice_id": notice.id, "member_id": by.id, "stated_at": clock.now()}
    made = await tx.execute(
        insert(NoticeHandling).values(stated).on_conflict_do_nothing().returning(NoticeHandling.notice_id)
    )
    if made.scalar() is not None:
        await evidence.record(tx, notice.itself, "notice.no_conflict_stated", {"member": by.id}, actor=by.id)
    notice.handler_id = by.id
    item = await reviews.pending(tx, notice.itself)
    if item is not None and item.claimed_by is None:
        await reviewing.claim(tx, item.id, by=by)


async def conflict(tx: AsyncSession, notice: Notice, by: Member) -> str:
    """Why `by` may not decide on this notice; "" when they may. As `trust.cases.desk.conflict`."""
    listings = await notices.items(tx, notice.id)
    owner = await tx.scalar(select(Notifier.organisation_id).where(Notifier.id == notice.notifier_id))
    sides = {owner, *(one.supplier_id for one in listings)} - {None}
    if by.organisation_id in sides or notice.filed_by == by.id:
        return _("You belong to one of the sides.")
    for side in sides:
        if side is not None and await reviews.is_related(tx, side, by):
            return _("Your company is of one hand with one of the sides.")
    ids = [one.listing_id for one in listings]
    other = select(NoticeDecision.notice_id).join(NoticeItem, NoticeItem.notice_id == NoticeDecision.notice_id)
    other = other.where(NoticeDecision.decided_by == by.id, NoticeItem.listing_id.in_(ids))
    if await tx.scalar(select(exists(other.where(NoticeDecision.notice_id != notice.id)))) or await cases.has_ruled(
        tx, by.id, "product", ids
    ):
        return _("You have decided another notice or case about the same listing.")
    versions = [Subject("product_revision", one.origin_id) for one in listings]
    if await reviews.has_decided(tx, by.id, versions):
        return _("You have reviewed before what this notice is about.")
    return ""


async def check_free(tx: AsyncSession, notice: Notice, by: Member) -> None:
    """Raises ConflictOfInterest, saying why."""
    if reason := await conflict(tx, notice, by):
        raise ConflictOfInterest(reason)


async def _handled(tx: AsyncSession, notice_id: UUID, by: Member) -> Notice:
    require(by, Permission.JUDGE)
    notice = await notices.for_update(tx, notice_id)
    if notice.handler_id != by.id:
        raise NotClaimed(_("Take the notice on first, and state that nothing ties you to its sides."))
    await check_free(tx, notice, by)
    return notice


async def decide(tx: AsyncSession, notice_id: UUID, sufficient: Collection[UUID], reason: str, *, by: Member) -> None:
    """Decide a notice: the listings at which the evidence suffices come down at once and their suppliers get the
    notice; the others stay, for `reason`, which a decision to refuse any of them needs.

    Raises NotClaimed, ConflictOfInterest, BadNotice, IllegalMove.
    """
    notice = await _handled(tx, notice_id, by)
    notice.check(NoticeMove.DECIDE)
    found = await notices.items(tx, notice_id)
    stopped = [one for one in found if one.id in set(sufficient)]
    refused = [one for one in found if one.id not in set(sufficient)]
    if len(stopped) != len(set(sufficient)):
        raise BadNotice(_("This listing is not of this notice."), field="items")
    if refused and not reason.strip():
        raise BadNotice(_("Say why the evidence does not suffice."), field="reason")
    now = clock.now()
    notice.move(NoticeMove.DECIDE, by=by.id)
    notice.decided_at = notice.last_at = now
    row = NoticeDecision(
        notice_id=notice.id, stopped=len(stopped), refused=len(refused), reason=reason, decided_by=by.id
    )
    tx.add(row)
    await tx.flush()
    for one in stopped:
        one.move(ItemMove.STOP, by=by.id)
        one.stopped_at = now
    for one in refused:
        notices.end(one, ItemMove.REFUSE, by=by.id, reason=reason)
    said = {"stopped": [one.listing_id for one in stopped], "refused": [one.listing_id for one in refused]}
    await evidence.record(tx, notice.itself, "notice.decided", said | {"reason": reason}, actor=by.id)
    await _leave_queue(tx, notice, Verdict.ACCEPT if stopped else Verdict.REJECT, reason, by)
    await _tell(tx, notice, stopped)


async def _leave_queue(tx: AsyncSession, notice: Notice, verdict: Verdict, reason: str, by: Member) -> None:
    item = await reviews.pending(tx, notice.itself)
    if item is None:
        return
    if item.claimed_by == by.id:
        await reviewing.decide(tx, item.id, verdict=verdict, reason=reason, by=by)
    else:
        await reviewing.drop(tx, notice.itself, by=by.id)


async def _tell(tx: AsyncSession, notice: Notice, stopped: list[NoticeItem]) -> None:
    """Take the listings down, forward the notice to their suppliers, and say to its sender what was decided."""
    if stopped:
        await outbox.publish(tx, MeasuresChanged([one.listing_id for one in stopped], notice.number))
    for supplier_id in dict.fromkeys(one.supplier_id for one in stopped):
        await telling.supplier(tx, notice, supplier_id, "stopped")
    await telling.notifier(tx, notice.notifier_id, "decided", notice.number, f"/rights/notices/{notice.id}")


async def note_outcome(
    tx: AsyncSession, notice_id: UUID, supplier_id: UUID, *, infringes: bool, reason: str, by: Member
) -> None:
    """Note what an authority, a court or our own second look found of one supplier's listings that are down: they
    stay down for good, or are published again. Raises NotClaimed, ConflictOfInterest, TooLate.
    """
    notice = await _handled(tx, notice_id, by)
    move = ItemMove.CONFIRM if infringes else ItemMove.CLEAR
    found = [one for one in await notices.items(tx, notice_id) if one.supplier_id == supplier_id and one.can(move)]
    if not found:
        raise TooLate(_("Nothing of this supplier waits for an outcome."))
    now = clock.now()
    for row in await tx.scalars(
        select(Proceeding).where(Proceeding.notice_id == notice_id, Proceeding.supplier_id == supplier_id)
    ):
        row.closed_at = row.closed_at or now
    if not infringes:
        await notices.give_back(tx, notice, found, move, by=by.id, reason=reason)
        return
    for one in found:
        notices.end(one, move, by=by.id, reason=reason)
    notice.last_at = now
    said = {"listings": [one.listing_id for one in found], "reason": reason}
    await evidence.record(tx, notice.itself, "notice.confirmed", said, actor=by.id)
    await telling.supplier(tx, notice, supplier_id, "confirmed")
    path = f"/rights/notices/{notice.id}"
    await telling.notifier(tx, notice.notifier_id, "confirmed", notice.number, path)


async def note_fault(tx: AsyncSession, notice_id: UUID, fault: Fault, reason: str, *, by: Member) -> None:
    """A notice was wrong, or was sent in bad faith: it counts against its sender. Raises NotClaimed, TooLate."""
    notice = await _handled(tx, notice_id, by)
    if notice.state == NoticeState.FILED:
        raise TooLate(_("Decide the notice first."))
    if notice.fault:
        raise TooLate(_("This is noted already."))
    notice.fault, notice.fault_reason, notice.fault_by, notice.last_at = fault, reason, by.id, clock.now()
    await evidence.record(tx, notice.itself, "notice.fault", {"fault": fault, "reason": reason}, actor=by.id)


async def give_points(tx: AsyncSession, notice_id: UUID, supplier_id: UUID, *, by: Member) -> Breach:
    """Write points down for a supplier, once a notice: more for one that infringes again within a year.

    Only when its infringement was confirmed, or nothing was said against the notice in time.
    Raises NotClaimed, ConflictOfInterest, TooLate, NotPermitted.
    """
    notice = await _handled(tx, notice_id, by)
    found = [one for one in await notices.items(tx, notice_id) if one.supplier_id == supplier_id]
    if not any(standing(one, notice.zone) for one in found):
        raise TooLate(_("Points are given once the infringement is confirmed, or nobody answered in fifteen days."))
    if await tx.get(Strike, (notice_id, supplier_id)) is not None:
        raise TooLate(_("This supplier has points for this notice already."))
    breach = Breach.SERIOUS_IP if await repeated(tx, supplier_id) else Breach.IP
    point_id = await breaches.give(tx, supplier_id, breach, f"{notice.number} {notice.title}", by=by)
    tx.add(Strike(notice_id=notice_id, supplier_id=supplier_id, point_id=point_id, given_at=clock.now()))
    await tx.flush()
    return breach


def standing(item: NoticeItem, zone: str) -> bool:
    """Whether an infringement stands: confirmed, or taken down and not answered in time."""
    if item.state == ItemState.STOPPED and item.stopped_at is not None:
        return timing.ends(item.stopped_at, UNANSWERED, zone) <= clock.now()
    return item.state == ItemState.CONFIRMED


async def repeated(tx: AsyncSession, supplier_id: UUID) -> bool:
    """Whether the supplier was given points for another notice within the last year."""
    query = select(Strike.notice_id).where(Strike.supplier_id == supplier_id, Strike.given_at > clock.now() - REPEATED)
    return await tx.scalar(query.limit(1)) is not None


async def contact(tx: AsyncSession, vault: Vault, notice_id: UUID, *, by: Member) -> str:
    """How to reach who sent a notice: for who has it alone, and looking is on the record. Raises NotClaimed."""
    notice = await _handled(tx, notice_id, by)
    row = (await tx.scalars(select(Notifier).where(Notifier.id == notice.notifier_id))).one()
    said = vault.open(notice.contact_sealed, notices.sealed_for(notice.id)) if notice.contact_sealed else ""
    found = "\n".join(part for part in (address_of(vault, row), said) if part)
    if not found:
        raise NoticeNotFound(_("No address was left."))
    people.audit(tx, by.organisation_id, by.id, "notifier_contact_read", notice=str(notice.id))
    await evidence.record(tx, notice.itself, "notice.contact_read", {"member": by.id}, actor=by.id)
    return found
