"""Forgetting deals whose time is over, and finding the deal that a hold is to be placed on.

A deal is forgotten as a whole: its rows (forget_deal, migrations/sql/140_retention.sql), the personal parts of its
evidence, and its files. Chains, hashes, books and the line that says who traded with whom stay.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence
from app.core.i18n import _
from app.core.subject import Subject
from orders.contracts import queries as contracts
from orders.deals import queries as orders
from orders.forgetting import queries
from orders.forgetting.errors import NothingCalledSo
from trust.access import Member
from trust.identity import queries as identity
from trust.identity.errors import OrganisationNotFound
from trust.retention import service as retention

_FORGET = text("SELECT * FROM forget_deal(:inquiry)")


async def forget(tx: AsyncSession, inquiry_id: UUID, *, basis: str) -> bool:
    """Erase the content of one deal for good; False when that was done before.

    basis   the class of retention that it was kept by
    raises  IntegrityError while a hold keeps it, its money is not settled, it is not over, or it is not three years old
    """
    chains = await queries.chains(tx, inquiry_id)
    files = set(await tx.scalars(_FORGET, {"inquiry": inquiry_id}))
    if not await queries.is_forgotten_now(tx, inquiry_id):
        return False
    for subject in chains:
        await evidence.erase(tx, subject, basis=basis, actor=None)
    await retention.give_up(tx, files)
    return True


async def place(tx: AsyncSession, called: str, *, reason: str, reference: str, by: Member) -> UUID:
    """Hold the deal with this contract's or order's number, or the company at this address of its page.

    Raises NothingCalledSo.
    """
    subject, label = await _called(tx, called.strip())
    return await retention.place(tx, subject, label, reason=reason, reference=reference, by=by)


async def _called(tx: AsyncSession, wanted: str) -> tuple[Subject, str]:
    number = wanted.upper()
    inquiry_id = None
    if number.startswith("PO-"):
        inquiry_id = await orders.inquiry_called(tx, number, party=None)
    elif number.startswith("PC-"):
        inquiry_id = await contracts.inquiry_called(tx, number, party=None)
    if inquiry_id is not None:
        return Subject("inquiry", inquiry_id), number
    try:
        company = await identity.by_slug(tx, wanted.rstrip("/").rpartition("/")[2].lower())
    except OrganisationNotFound:
        raise NothingCalledSo(_("No contract, order or company is called so."), field="called") from None
    return Subject("organisation", company.id), company.name_latin


def cutoffs(now: datetime) -> dict[str, datetime]:
    """Of each class of deals, the moment before which the last word must lie."""
    return {kept.key: now - kept.period for kept in queries.CLASSES}
