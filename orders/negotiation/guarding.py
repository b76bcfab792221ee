"""What people write to each other before there is a contract, and rules of risk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import once
from app.core.i18n import _
from app.core.subject import Subject
from listings import market
from orders import forgeries
from orders.contracts import queries as contracts
from orders.negotiation.models import Inquiry, Quotation
from orders.negotiation.offer import Offer
from trust.access import Member
from trust.identity import queries as identity
from trust.identity.queries import OrganisationView
from trust.risk import holds, texts
from trust.risk import service as risk
from trust.risk.engine import Action, Notice, Point
from trust.risk.facts import MessageFacts, QuotationFacts
from trust.risk.pictures.finding import Seen
from trust.risk.service import Assessment
from trust.risk.texts import BANK, CONTACT

REMINDED = timedelta(days=30)
"""So long a reminder counts."""
DAY = timedelta(days=1)
LOW_PRICE = "ADV-02"
WRITTEN_WITHIN = timedelta(minutes=1)
"""A quotation is judged so shortly before it is written."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Said:
    """What of a message is shown, and what its writer is told about it; "" for nothing."""

    text: str
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Minded:
    """What rules mind in files, as `trust.risk.texts` names it. `withheld`: in a text it would be masked or refused."""

    kinds: frozenset[str]
    withheld: bool


async def check_message(tx: AsyncSession, inquiry: Inquiry, text: str, *, by: Member) -> Said:
    """Judge a message of a thread; the caller holds the inquiry's lock. Raises Blocked."""
    before = not await contracts.is_signed(tx, inquiry.id)
    found = await _assess(tx, Subject("inquiry", inquiry.id), text, before_contract=before, by=by)
    if found.action is Action.BLOCK:
        raise risk.refused(found, field="text")
    if not found.says(Notice.MASK) and not found.says(Notice.RESTRICT):
        return Said(text, _reminder() if found.says(Notice.REMIND) else "")
    hidden = BANK | CONTACT if before else BANK
    places = [place for place in texts.find(text) if place.kind in hidden]
    return Said(texts.masked(text, places), _masked_notice())


async def check_shown(
    tx: AsyncSession, inquiry: Inquiry, seen: Sequence[Seen], *, sender: OrganisationView
) -> Minded | None:
    """Judge what files that were sent show, as a message of it would be, and with the same count of times.

    None where no rule minds. The caller holds the inquiry's lock.
    """
    before = not await contracts.is_signed(tx, inquiry.id)
    since = clock.now() - REMINDED
    earlier = await risk.earlier(tx, "OFF-01", sender.id, since=since) if before else 0
    subject = Subject("inquiry", inquiry.id)
    found = await risk.assess(
        tx,
        Point.MESSAGE,
        subject,
        MessageFacts("", before_contract=before, earlier=earlier, shown=seen),
        organisation_id=sender.id,
        title=subject.number,
        by=None,
        holds=holds.payouts_of(sender.id),
    )
    kinds = frozenset(kind for hit in found.decision.hits if hit.acts for kind in hit.inputs["kinds"])
    withheld = found.action is Action.BLOCK or found.says(Notice.MASK) or found.says(Notice.RESTRICT)
    return Minded(kinds, withheld=withheld) if kinds else None


async def check_comment(tx: AsyncSession, contract: Subject, text: str, *, by: Member) -> str:
    """Judge a comment on a contract's text: what its writer is told, if anything. A comment is never masked, for it may
    be about the very words: from the second time on it is refused. Raises Blocked.
    """
    found = await _assess(tx, contract, text, before_contract=True, by=by)
    return _reminded_or_refused(found, "text")


async def check_inquiry(tx: AsyncSession, title: str, text: str, *, alone: bool, by: Member) -> None:
    """Judge a question before it is sent, as a comment is. `alone`: it does not go to several by a request."""
    same = 1
    if alone:
        same += (await tx.execute(*_asked_alike(by.organisation_id, clock.now() - DAY, text))).scalar_one()
    writer = Subject("organisation", by.organisation_id)
    found = await _assess(tx, writer, f"{title}\n{text}", before_contract=True, same=same, by=by)
    _reminded_or_refused(found, "text")


@once
def _asked_alike(buyer_id: UUID, since: datetime, text: str) -> Select[int]:
    return select(func.count()).where(
        Inquiry.buyer_id == buyer_id,
        Inquiry.created_at > since,
        Inquiry.rfq_id.is_(None),
        Inquiry.text == text,
    )


async def check_words(tx: AsyncSession, inquiry_id: UUID, *words: str, by: Member, terms: bool = False) -> None:
    """Judge what stands in an offer, in a reason, or beside a change: as a comment, never masked. Raises Blocked.

    terms  it becomes part of the contract, where contact data have their place
    """
    text = "\n".join(filter(None, words))
    if text:
        before = not terms and not await contracts.is_signed(tx, inquiry_id)
        found = await _assess(tx, Subject("inquiry", inquiry_id), text, before_contract=before, by=by)
        _reminded_or_refused(found, None)


async def check_files(tx: AsyncSession, inquiry: Inquiry, files: Sequence[Mapping[str, Any]], *, by: Member) -> None:
    """Judge files that call themselves documents issued here: who sends another one as such is paid nothing for now."""
    for file in files:
        facts = await forgeries.facts_of(tx, file)
        if facts is None:
            continue
        await risk.assess(
            tx,
            Point.FILE,
            Subject("inquiry", inquiry.id),
            facts,
            organisation_id=by.organisation_id,
            title=by.organisation_name,
            by=by,
            holds=holds.payouts_of(by.organisation_id),
        )


async def check_quotation(tx: AsyncSession, inquiry: Inquiry, offer: Offer, *, by: Member) -> None:
    """Judge how many quotations a company sends, and its prices. Raises OnHold while it may send no more."""
    of_all = Subject("quotations", by.organisation_id)
    await holds.check_hold(tx, of_all)
    query = (
        select(func.count())
        .select_from(Quotation)
        .join(Inquiry, Inquiry.id == Quotation.inquiry_id)
        .where(Inquiry.supplier_id == by.organisation_id, Inquiry.moved_at >= clock.now() - HOUR)
        .where(Quotation.made_by == by.organisation_id, Quotation.created_at >= clock.now() - HOUR)
    )
    company = await identity.organisation(tx, by.organisation_id)
    sent = (await tx.execute(query)).scalar_one()
    found = await risk.assess(
        tx,
        Point.QUOTATION,
        Subject("inquiry", inquiry.id),
        QuotationFacts(sent + 1, (clock.now() - company.created_at).days, await _prices(tx, offer, company.id)),
        organisation_id=by.organisation_id,
        title=by.organisation_name,
        by=by,
        holds=of_all,
    )
    if found.until is not None:
        raise risk.refused(found)


def _reminded_or_refused(found: Assessment, field: str | None) -> str:
    if found.action is Action.BLOCK:
        raise risk.refused(found, field=field)
    if found.says(Notice.MASK) or found.says(Notice.RESTRICT):
        raise risk.refused(found, field=field, because=_take_out())
    return _reminder() if found.says(Notice.REMIND) else ""


async def _assess(
    tx: AsyncSession, subject: Subject, text: str, *, before_contract: bool, by: Member, same: int = 1
) -> Assessment:
    await holds.check_hold(tx, holds.messages_of(by.organisation_id))
    since = clock.now() - REMINDED
    earlier = await risk.earlier(tx, "OFF-01", by.organisation_id, since=since) if before_contract else 0
    return await risk.assess(
        tx,
        Point.MESSAGE,
        subject,
        MessageFacts(text, before_contract=before_contract, earlier=earlier, same=same),
        organisation_id=by.organisation_id,
        title=by.organisation_name if subject.type == "organisation" else subject.number,
        by=by,
        holds=holds.payouts_of(by.organisation_id),
    )


def _reminder() -> str:
    return _(
        "Sent. Please keep to Portolan until the contract is signed: what is agreed and paid elsewhere is not "
        "protected. The next time contact details are masked."
    )


def _masked_notice() -> str:
    return _(
        "Sent, but contact or bank details in it were masked. Before the contract is signed, contact details are not "
        "exchanged; bank details never stand in messages."
    )


def _take_out() -> str:
    return _(
        "Take contact and bank details out and send it again. Contact details are exchanged once the contract is "
        "signed; bank details stand on the order's page alone."
    )


async def _prices(tx: AsyncSession, offer: Offer, supplier: UUID) -> list[tuple[Decimal, Sequence[Decimal]]]:
    """Each line's price of one unit beside those that others ask for like goods."""
    like = {(line.hs_code, line.unit) for line in offer.lines}
    asked = await market.prices(tx, like, offer.currency, but=supplier)
    lines = [(line, asked.get((line.hs_code, line.unit), [])) for line in offer.lines]
    return [(line.unit_price.amount, others) for line, others in lines if others]


async def warned_of(tx: AsyncSession, inquiry_id: UUID, supplier: UUID, offered_at: datetime) -> list[str]:
    """What the buyer is told of the offer that lies before it."""
    subject, since = Subject("inquiry", inquiry_id), offered_at - WRITTEN_WITHIN
    return risk.told(await risk.warnings(tx, subject, supplier, of=(LOW_PRICE,), since=since))
