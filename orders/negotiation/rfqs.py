"""Requests for quotation: one question to several suppliers, compared side by side and awarded to one."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.subject import Subject
from listings import categories
from listings import queries as listings
from listings.categories import CategoryNotFound
from listings.suppliers import is_shown
from orders.negotiation import rows
from orders.negotiation.errors import NoSuppliers
from orders.negotiation.models import Inquiry, Rfq
from orders.negotiation.service import Files, Question, ask, lapse, note, tell
from orders.negotiation.states import ONGOING, InquiryMove, InquiryState, RfqMove
from trust.access import Member, Permission, Scope, barring, require
from trust.identity import queries as identity
from trust.identity.queries import OrganisationView

MOST_SUPPLIERS = 20
MATCHED = 10
LONGEST = timedelta(days=180)
ANOTHER_CHOSEN = "another_chosen"
"""Kept as the reason of those who were not chosen; pages and letters say it in the reader's language."""


async def matching(tx: AsyncSession, category: str, *, by: Member) -> list[OrganisationView]:
    """The suppliers of a category who can be asked, those with the most products first. Raises CategoryNotFound."""
    slugs = [leaf.slug for leaf in categories.category(category).leaves()]
    ids = await listings.suppliers_in_category(tx, slugs, 2 * MOST_SUPPLIERS)
    known = await identity.organisations(tx, ids)
    shown = [
        known[i]
        for i in ids
        if i in known
        and is_shown(known[i])
        and i != by.organisation_id
        and not barring(known[i].bound, Scope.RECEIVE_ORDER)
    ]
    return shown[:MOST_SUPPLIERS]


async def request(
    tx: AsyncSession,
    question: Question,
    files: Files,
    *,
    category: str,
    supplier_ids: Sequence[UUID],
    closes_on: date,
    by: Member,
) -> Rfq:
    """Ask several suppliers at once: those named, or the best matching of the category when none is.

    closes_on  the last day, UTC, on which a first quotation is taken
    raises     NoSuppliers, Invalid for the day, and what `ask` raises
    """
    require(by, Permission.INQUIRE)
    _check_day(closes_on)
    chosen = list(dict.fromkeys(supplier_ids)) or await _matched(tx, category, by=by)
    if not chosen:
        raise NoSuppliers(_("No supplier lists products in this category yet."), field="category")
    if len(chosen) > MOST_SUPPLIERS:
        raise Invalid(_("At most %(n)s suppliers at once.") % {"n": MOST_SUPPLIERS}, field="supplier_ids")
    rfq = Rfq(
        buyer_id=by.organisation_id,
        created_by=by.id,
        title=question.title,
        category=category,
        closes_at=datetime.combine(closes_on + timedelta(days=1), time(), UTC),
    )
    tx.add(rfq)
    await tx.flush()
    said = {"title": rfq.title, "suppliers": chosen, "closes_at": rfq.closes_at}
    await evidence.record(tx, Subject("rfq", rfq.id), "rfq.sent", said, actor=by.id)
    for supplier_id in chosen:
        await ask(tx, supplier_id, question, files, by=by, rfq_id=rfq.id)
    return rfq


async def _matched(tx: AsyncSession, category: str, *, by: Member) -> list[UUID]:
    try:
        return [company.id for company in (await matching(tx, category, by=by))[:MATCHED]]
    except CategoryNotFound as error:
        raise Invalid(error.message, field="category") from error


async def award(tx: AsyncSession, rfq: Rfq, winner: Inquiry, *, by: Member) -> None:
    """One quotation was accepted: the other suppliers are told that another was chosen. The caller holds the locks."""
    rfq.move(RfqMove.AWARD, by=by.id)
    said = {"inquiry": winner.id, "supplier": winner.supplier_id}
    await evidence.record(tx, Subject("rfq", rfq.id), "rfq.awarded", said, actor=by.id)
    for inquiry in await rows.inquiries_of_rfq_for_update(tx, rfq.id):
        if inquiry.id == winner.id or inquiry.state not in ONGOING:
            continue
        await lapse(tx, inquiry, by=by.id, reason=ANOTHER_CHOSEN)
        inquiry.move(InquiryMove.REJECT, by=by.id, note=ANOTHER_CHOSEN)
        inquiry.moved_at = clock.now()
        await note(tx, inquiry, "quotation.rejected", {"reason": ANOTHER_CHOSEN}, by=by.id)
        await tell(tx, inquiry, by, "quotation_rejected", reason="", why=ANOTHER_CHOSEN)


async def close(tx: AsyncSession, rfq_id: UUID) -> bool:
    """The closing day is over: who has not quoted cannot any more. False when that no longer holds."""
    rfq = await rows.rfq_for_update(tx, rfq_id)
    if rfq.closes_at > clock.now() or not rfq.can(RfqMove.CLOSE):
        return False
    rfq.move(RfqMove.CLOSE, by=None)
    await evidence.record(tx, Subject("rfq", rfq.id), "rfq.closed", {}, actor=None)
    for inquiry in await rows.inquiries_of_rfq_for_update(tx, rfq.id):
        if inquiry.state == InquiryState.OPEN:
            inquiry.move(InquiryMove.REJECT, by=None, note="closed")
            inquiry.moved_at = clock.now()
            await note(tx, inquiry, "inquiry.closed", {}, by=None)
    return True


def _check_day(day: date) -> None:
    today = clock.now().date()
    if day < today:
        raise Invalid(_("This day is past."), field="closes_on")
    if day > today + LONGEST:
        raise Invalid(_("A request can be open for %(n)s days at most.") % {"n": LONGEST.days}, field="closes_on")
