"""Asking for the evidence of a deal, and what becomes of the bundle."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox, post
from app.core.i18n import _
from app.core.storage import StoredFile
from orders.bundles import deal as deals
from orders.bundles import queries
from orders.bundles.errors import DealNotFound
from orders.bundles.events import BundleAsked
from orders.bundles.models import Bundle
from orders.bundles.states import BundleMove, BundleState
from orders.contracts import queries as contracts
from orders.deals import queries as orders
from trust.access import Member, Permission, require
from trust.identity import queries as identity
from trust.identity import service as people
from trust.privacy import looks

KEPT = timedelta(days=7)
"""How long a bundle can be fetched."""
ASKED_FOR = "the evidence of the deal is packed"
"""What staff looks at a deal for, in the log that both sides read."""


async def ask(tx: AsyncSession, inquiry_id: UUID, *, by: Member) -> Bundle:
    """Have the evidence of a deal packed for the member's company; the one that is being packed already, if one is.

    Raises NotFound for a deal of others; staff that may read evidence asks for any, which is written down.
    """
    found = await deals.deal(tx, inquiry_id, party=party_of(by))
    under_way = await queries.being_made(tx, inquiry_id, by.organisation_id)
    if under_way is not None:
        return under_way
    row = Bundle(
        inquiry_id=inquiry_id,
        organisation_id=by.organisation_id,
        member_id=by.id,
        number=found.number,
        title=found.inquiry.title,
        expires_at=clock.now() + KEPT,
    )
    tx.add(row)
    await tx.flush()
    people.audit(tx, by.organisation_id, by.id, "bundle.asked", deal=found.number, bundle=str(row.id))
    if by.is_staff:
        for company in (found.inquiry.buyer_id, found.inquiry.supplier_id):
            looks.note(tx, looks.BUNDLE, found.number, ASKED_FOR, by=by, organisation_id=company)
    await outbox.publish(tx, BundleAsked(row.id))
    return row


def party_of(member: Member) -> UUID | None:
    """As whom a member reads a deal: as their company, or as the platform (None). Raises NotPermitted."""
    if not member.is_staff:
        return member.organisation_id
    require(member, Permission.READ_EVIDENCE)
    return None


async def inquiry_called(tx: AsyncSession, number: str, *, by: Member) -> UUID:
    """The deal of the contract or order with this number, such as `PO-7F3K-2M9Q`. Raises DealNotFound."""
    party, wanted = party_of(by), number.strip().upper()
    find = orders.inquiry_called if wanted.startswith("PO-") else contracts.inquiry_called
    found = await find(tx, wanted, party=party)
    if found is None:
        raise DealNotFound(_("No contract or order of yours has this number."))
    return found


async def advance(tx: AsyncSession, bundle_id: UUID, done: int, total: int) -> None:
    row = await queries.bundle_for_update(tx, bundle_id)
    row.done, row.total = done, total


async def finish(tx: AsyncSession, bundle_id: UUID, stored: StoredFile) -> None:
    """The ZIP is there: whoever asked gets a letter. Nothing happens when it was made before."""
    row = await queries.bundle_for_update(tx, bundle_id)
    if row.state != BundleState.MAKING:
        return
    row.file_key, row.size, row.done = stored.key, stored.size, row.total
    row.expires_at = clock.now() + KEPT
    row.move(BundleMove.FINISH, by=None)
    reader = await identity.member_view(tx, row.member_id)
    if reader.removed_at is None:
        facts = {
            "number": row.number,
            "title": row.title,
            "path": f"/bundles/{row.id}",
            "until": f"{row.expires_at:%Y-%m-%d}",
            "recipient": reader.name,
        }
        await post.send(tx, to=reader.email, locale=reader.locale, template="bundle_ready", context=facts)


async def expire(tx: AsyncSession, bundle_id: UUID) -> str:
    """Its time is over; the key of the file that can go, or ""."""
    row = await queries.bundle_for_update(tx, bundle_id)
    key, row.file_key = row.file_key, ""
    if row.can(BundleMove.EXPIRE):
        row.move(BundleMove.EXPIRE, by=None)
    return key
