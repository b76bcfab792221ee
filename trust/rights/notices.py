"""A notice begins, and may be taken back. E-Commerce Law (PRC) art. 42."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.crypto import Vault
from app.core.db import constraint
from app.core.i18n import _
from app.core.ids import new_id
from app.core.subject import Subject
from trust.cases.exhibits import Kept
from trust.reviews import service as reviewing
from trust.rights import papers, registry, telling, timing
from trust.rights.errors import AlreadyNotified, BadNotice, NoticeNotFound
from trust.rights.events import MeasuresChanged
from trust.rights.models import Notice, NoticeItem, Notifier, Right
from trust.rights.notifiers import Speaker
from trust.rights.periods import AT_ONCE, TAKE_UP
from trust.rights.registry import Claim
from trust.rights.states import OPEN, ItemMove, Measure, NoticeMove, NoticeState, RightKind

REVIEW_KIND = "notice"


@dataclass(frozen=True, slots=True)
class Listing:
    """A published listing that a notice names. `origin_id`: the version of it that is published."""

    id: UUID
    supplier_id: UUID
    title: str
    origin_id: UUID


@dataclass(frozen=True, slots=True)
class Filing:
    """What a notice says. `right_id` of a registered right, or `claim` as it is stated; `contact` how to reach who
    sends it, sealed; `true`: it says that everything in it is true, and that whoever sends it answers for damage."""

    right_id: UUID | None
    claim: Claim | None
    measure: Measure
    statement: str
    listings: Sequence[Listing]
    contact: str = ""
    true: bool = False
    ownership: list[Kept] = field(default_factory=list)
    infringement: list[Kept] = field(default_factory=list)
    id: UUID = field(default_factory=new_id)


async def file(tx: AsyncSession, vault: Vault, asked: Filing, *, zone: str, by: Speaker) -> Notice:
    """Send a notice in. Complete: who, which right, which listings, evidence of both, and that it is true.

    Raises BadNotice naming what is missing, AlreadyNotified when a listing has an open one for the same right.
    """
    claim = await _claim(tx, asked, zone, by)
    await _check(tx, asked, by)
    notice = _notice(vault, asked, claim, zone, by)
    tx.add(notice)
    await tx.flush()
    await _name(tx, notice, asked.listings)
    shown = await papers.add(tx, notice.itself, asked.ownership, "ownership")
    shown |= await papers.add(tx, notice.itself, asked.infringement, "infringement")
    await _write_down(tx, notice, asked.listings, shown, by)
    await reviewing.open(
        tx,
        kind=REVIEW_KIND,
        subject=notice.itself,
        organisation_id=asked.listings[0].supplier_id,
        title=f"{notice.number} {notice.title}",
        within=notice.due_at - notice.filed_at,
    )
    return notice


def sealed_for(notice_id: UUID) -> str:
    """The context under which lies sealed how to reach who sent a notice."""
    return f"{Notice.SUBJECT}:{notice_id}"


def _notice(vault: Vault, asked: Filing, claim: Claim, zone: str, by: Speaker) -> Notice:
    now = clock.now()
    return Notice(
        id=asked.id,
        number=Subject(Notice.SUBJECT, asked.id).number,
        notifier_id=by.notifier_id,
        right_id=asked.right_id,
        kind=claim.kind,
        office=claim.office,
        right_number=claim.number,
        title=claim.title,
        holder=claim.holder,
        person=claim.person,
        agent=claim.agent,
        measure=asked.measure,
        statement=asked.statement,
        contact_sealed=vault.seal(asked.contact, sealed_for(asked.id)) if asked.contact else None,
        zone=zone,
        state=NoticeState.FILED,
        filed_by=by.actor,
        filed_at=now,
        last_at=now,
        due_at=timing.ends(now, TAKE_UP, zone),
    )


async def _claim(tx: AsyncSession, asked: Filing, zone: str, by: Speaker) -> Claim:
    """The right as it stands in the registry, or as it is stated. Raises BadNotice, BadRight."""
    if asked.right_id is None:
        if asked.claim is None:
            raise BadNotice(_("Say which right it is."), field="right")
        registry.check_claim(asked.claim, zone)
        if not asked.ownership:
            raise BadNotice(_("Show a document that says whose the right is."), field="ownership")
        return asked.claim
    row = await tx.scalar(
        select(Right).where(Right.id == asked.right_id, Right.notifier_id == by.notifier_id).with_for_update(read=True)
    )
    if row is None:
        raise BadNotice(_("There is no such right of yours in the registry."), field="right")
    if not registry.carries(row, clock.now().astimezone(ZoneInfo(zone)).date()):
        raise BadNotice(_("A notice cannot rest on this right: it is not registered, or has run out."), field="right")
    return Claim(
        kind=RightKind(row.kind),
        office=row.office,
        number=row.number,
        title=row.title,
        holder=row.holder,
        person=row.person,
        agent=row.agent,
    )


async def _check(tx: AsyncSession, asked: Filing, by: Speaker) -> None:
    """Raises BadNotice."""
    wrong: dict[str, str] = {}
    company = await tx.scalar(select(Notifier.organisation_id).where(Notifier.id == by.notifier_id))
    if not asked.true:
        wrong["true"] = _("A notice says that it is true, and that whoever sends it answers for the damage it does.")
    if not asked.infringement:
        wrong["infringement"] = _("Show what makes the infringement likely.")
    if company is None and not asked.contact:
        wrong["contact"] = _("Say how you can be reached: a notice names who sends it.")
    if not 0 < len(asked.listings) <= AT_ONCE:
        wrong["addresses"] = _("Name at least one listing, and at most %(most)s.") % {"most": AT_ONCE}
    elif any(one.supplier_id == company for one in asked.listings):
        wrong["addresses"] = _("This is your own company's listing.")
    if wrong:
        raise BadNotice.many(wrong, _("Please check the marked fields."))


async def _name(tx: AsyncSession, notice: Notice, listings: Sequence[Listing]) -> None:
    rows = [
        NoticeItem(
            notice_id=notice.id,
            notifier_id=notice.notifier_id,
            right_key=notice.right_key,
            place=place,
            listing_id=one.id,
            origin_id=one.origin_id,
            supplier_id=one.supplier_id,
            title=one.title[:300],
        )
        for place, one in enumerate(listings, start=1)
    ]
    try:
        async with tx.begin_nested():
            tx.add_all(rows)
    except IntegrityError as error:
        if constraint(error) not in {"uq_ip_notice_item_open", "uq_ip_notice_item_notice_id_listing_id"}:
            raise
        message = _("You have an open notice about one of these listings and this right already.")
        raise AlreadyNotified(message, field="addresses") from None


async def _write_down(
    tx: AsyncSession, notice: Notice, listings: Sequence[Listing], shown: dict[str, str], by: Speaker
) -> None:
    said = {
        "right": [notice.kind, notice.office, notice.right_number],
        "listings": [one.id for one in listings],
        "measure": notice.measure,
        "statement": notice.statement,
        "title": [notice.title, notice.holder, notice.agent],
        "exhibits": shown,
    }
    await evidence.record(tx, notice.itself, "notice.filed", said, actor=by.actor)


async def named(tx: AsyncSession, by: Speaker, right_key: str, listing_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these listings about which the notifier has an open notice for this right."""
    query = select(NoticeItem.listing_id).where(
        NoticeItem.listing_id.in_(listing_ids),
        NoticeItem.notifier_id == by.notifier_id,
        NoticeItem.right_key == right_key,
        NoticeItem.state.in_(OPEN),
    )
    return set(await tx.scalars(query))


async def for_update(tx: AsyncSession, notice_id: UUID) -> Notice:
    """Locks the notice, and so all its listings: every change of one begins here. Raises NoticeNotFound."""
    query = select(Notice).where(Notice.id == notice_id).with_for_update()
    row = await tx.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NoticeNotFound(_("There is no such notice."))
    return row


async def items(tx: AsyncSession, notice_id: UUID) -> list[NoticeItem]:
    """All listings of a notice that is locked, in their order."""
    query = select(NoticeItem).where(NoticeItem.notice_id == notice_id).order_by(NoticeItem.place)
    return list(await tx.scalars(query.execution_options(populate_existing=True)))


async def withdraw(tx: AsyncSession, notice_id: UUID, *, by: Speaker) -> None:
    """The right holder takes a notice back; what it took down is published again.

    Raises NoticeNotFound, IllegalMove.
    """
    notice = await for_update(tx, notice_id)
    if notice.notifier_id != by.notifier_id:
        raise NoticeNotFound(_("There is no such notice."))
    notice.move(NoticeMove.WITHDRAW, by=by.actor)
    found = await items(tx, notice_id)
    before = [one for one in found if one.can(ItemMove.WITHDRAW)]
    back = [one for one in found if one.can(ItemMove.YIELD)]
    for one in before:
        end(one, ItemMove.WITHDRAW, by=by.actor)
    await evidence.record(tx, notice.itself, "notice.withdrawn", {"listings": len(before + back)}, actor=by.actor)
    await give_back(tx, notice, back, ItemMove.YIELD, by=by.actor)
    await reviewing.drop(tx, notice.itself, by=by.actor)
    notice.handler_id, notice.last_at = None, clock.now()


def end(item: NoticeItem, move: ItemMove, *, by: UUID | None, reason: str = "") -> None:
    """A listing's part in the notice is over."""
    item.move(move, by=by)
    item.ended_at, item.how, item.reason = clock.now(), move, reason or item.reason


async def give_back(
    tx: AsyncSession, notice: Notice, back: list[NoticeItem], move: ItemMove, *, by: UUID | None, reason: str = ""
) -> None:
    """The measure against these listings ends: they are published again by themselves, and both sides are told."""
    if not back:
        return
    for one in back:
        end(one, move, by=by, reason=reason)
    notice.last_at = clock.now()
    said = {"listings": [one.listing_id for one in back], "how": move, "reason": reason}
    await evidence.record(tx, notice.itself, "notice.measure_ended", said, actor=by)
    await outbox.publish(tx, MeasuresChanged([one.listing_id for one in back], notice.number))
    for supplier_id in dict.fromkeys(one.supplier_id for one in back):
        await telling.supplier(tx, notice, supplier_id, "restored")
    if move is not ItemMove.YIELD:
        path = f"/rights/notices/{notice.id}"
        await telling.notifier(tx, notice.notifier_id, "restored", notice.number, path)
