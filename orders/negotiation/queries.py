"""What is asked of negotiations. Everything is loaded through the asker's right to see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import once
from app.core.i18n import _
from orders.negotiation.errors import FileWithheld, InquiryNotFound, QuotationNotFound, RfqNotFound
from orders.negotiation.models import FileFinding, Inquiry, Message, Quotation, Rfq
from orders.negotiation.offer import Offer
from orders.negotiation.rows import check_kept
from orders.negotiation.states import InquiryState, QuotationState
from orders.negotiation.views import (
    FileFound,
    InquiryLine,
    InquiryView,
    MessageView,
    QuotationView,
    RfqView,
    Waiting,
    inquiry_view,
    line_view,
    message_view,
    quotation_view,
    rfq_view,
)
from trust.identity import queries as identity

STANDING = (QuotationState.OFFERED, QuotationState.ACCEPTED)
_KEPT = Inquiry.forgotten_at.is_(None)


@dataclass(frozen=True, slots=True)
class AgreedQuotation:
    """An accepted version with the two companies it binds."""

    inquiry_id: UUID
    quotation_id: UUID
    version: int
    buyer_id: UUID
    supplier_id: UUID
    title: str
    offer: Offer


async def agreed(tx: AsyncSession, quotation_id: UUID) -> AgreedQuotation:
    """Raises QuotationNotFound unless that very version was accepted."""
    query = (
        select(Quotation, Inquiry)
        .join(Inquiry, Inquiry.id == Quotation.inquiry_id)
        .where(Quotation.id == quotation_id, Quotation.state == QuotationState.ACCEPTED)
    )
    row = (await tx.execute(query)).first()
    if row is None:
        raise QuotationNotFound
    quotation, inquiry = row
    return AgreedQuotation(
        inquiry_id=inquiry.id,
        quotation_id=quotation.id,
        version=quotation.version,
        buyer_id=inquiry.buyer_id,
        supplier_id=inquiry.supplier_id,
        title=inquiry.title,
        offer=Offer.model_validate(quotation.content),
    )


async def inquiry(tx: AsyncSession, inquiry_id: UUID, *, party: UUID | None) -> InquiryView:
    """Raises InquiryNotFound, also for a stranger's, and DealForgotten; `party` None is the platform itself."""
    row = await tx.scalar(*_inquiry(inquiry_id))
    if row is None or (party is not None and party not in (row.buyer_id, row.supplier_id)):
        raise InquiryNotFound(_("There is no such inquiry."))
    check_kept(row)
    return inquiry_view(row)


@once
def _inquiry(inquiry_id: UUID) -> Select[Inquiry]:
    return select(Inquiry).where(Inquiry.id == inquiry_id)


async def destination(tx: AsyncSession, inquiry_id: UUID) -> str:
    """The country that the goods of an inquiry go to."""
    code: str = (await tx.execute(*_destination(inquiry_id))).scalar_one()
    return code


@once
def _destination(inquiry_id: UUID) -> Select[str]:
    return select(Inquiry.destination).where(Inquiry.id == inquiry_id)


async def forgotten_at(tx: AsyncSession, inquiry_id: UUID) -> datetime:
    """When a deal was forgotten that was."""
    query = select(Inquiry.forgotten_at).where(Inquiry.id == inquiry_id, ~_KEPT)
    at: datetime = (await tx.execute(query)).scalar_one()  # type: ignore[assignment]  # the condition says so
    return at


async def quotation(tx: AsyncSession, quotation_id: UUID, *, party: UUID) -> QuotationView:
    """Raises QuotationNotFound, also for a stranger's; DealForgotten."""
    query = select(Quotation, Inquiry).join(Inquiry, Inquiry.id == Quotation.inquiry_id)
    row = (await tx.execute(query.where(Quotation.id == quotation_id, _party(party)))).first()
    if row is None:
        raise QuotationNotFound(_("There is no such quotation."))
    check_kept(row[1])
    return quotation_view(row[0])


async def versions(tx: AsyncSession, inquiry_id: UUID) -> list[QuotationView]:
    """All offers of one inquiry, the first first. The caller has loaded the inquiry as a party."""
    return [quotation_view(row) for row in await tx.scalars(*_versions(inquiry_id))]


@once
def _versions(inquiry_id: UUID) -> Select[Quotation]:
    return select(Quotation).where(Quotation.inquiry_id == inquiry_id).order_by(Quotation.version)


async def messages(
    tx: AsyncSession, inquiry_id: UUID, *, after: UUID | None = None, before: UUID | None = None, limit: int = 100
) -> list[MessageView]:
    """The newest messages of one inquiry in the order they were written. The caller has loaded it as a party."""
    found = await tx.scalars(*_messages(inquiry_id, after or UUID(int=0), before or UUID(int=2**128 - 1), limit))
    return [message_view(row) for row in reversed(found.all())]


@once
def _messages(inquiry_id: UUID, after: UUID, before: UUID, limit: int) -> Select[Message]:
    between = (Message.id > after, Message.id < before)
    return select(Message).where(Message.inquiry_id == inquiry_id, *between).order_by(Message.id.desc()).limit(limit)


async def originals(tx: AsyncSession, inquiry_id: UUID) -> list[str]:
    """What was written where messages of this inquiry are masked, the first first; for reviewers."""
    query = select(Message.original).where(Message.inquiry_id == inquiry_id, Message.original.is_not(None))
    return [text for text in await tx.scalars(query.order_by(Message.id).limit(50)) if text is not None]


async def files_found(tx: AsyncSession, inquiry_id: UUID) -> dict[str, FileFound]:
    """By hash, the files of an inquiry that were found to show contact or bank details."""
    rows = await tx.scalars(*_files_found(inquiry_id))
    return {row.sha256: FileFound(row.organisation_id, tuple(row.kinds), row.withheld) for row in rows}


@once
def _files_found(inquiry_id: UUID) -> Select[FileFinding]:
    return select(FileFinding).where(FileFinding.inquiry_id == inquiry_id)


async def file_of(tx: AsyncSession, inquiry_id: UUID, sha256: str, *, party: UUID) -> dict[str, Any]:
    """A file that was sent in this inquiry, by its hash. Raises InquiryNotFound, FileWithheld."""
    view = await inquiry(tx, inquiry_id, party=party)
    found = (await files_found(tx, view.id)).get(sha256)
    if found is not None and not found.open_to(party):
        raise FileWithheld(_("This file shows contact or bank details and is withheld. Ask for one without them."))
    sent = select(Message.files).where(Message.inquiry_id == view.id, Message.files.contains([{"sha256": sha256}]))
    kept = [*view.files, *(await tx.scalar(sent.limit(1)) or [])]
    for file in kept:
        if file["sha256"] == sha256:
            return dict(file)
    raise InquiryNotFound(_("There is no such file."))


async def inquiries_of(
    tx: AsyncSession,
    party: UUID,
    *,
    side: str,
    states: Sequence[InquiryState] = (),
    rfq_id: UUID | None = None,
    offset: int = 0,
    limit: int = 24,
) -> list[InquiryLine]:
    """A company's inquiries as `side` ("buyer" or "supplier"), last moved first; without those that are forgotten."""
    query: Any = select(Inquiry, Quotation, _unread(party).label("unread")).outerjoin(
        Quotation, and_(Quotation.inquiry_id == Inquiry.id, Quotation.state.in_(STANDING))
    )
    query = query.where(Inquiry.buyer_id == party if side == "buyer" else Inquiry.supplier_id == party, _KEPT)
    if states:
        query = query.where(Inquiry.state.in_(states))
    if rfq_id:
        query = query.where(Inquiry.rfq_id == rfq_id)
    found = await tx.execute(query.order_by(Inquiry.moved_at.desc(), Inquiry.id.desc()).offset(offset).limit(limit))
    return [line_view(row, standing, unread) for row, standing, unread in found]


async def count_by_side(tx: AsyncSession, party: UUID) -> dict[tuple[str, InquiryState], int]:
    """How many inquiries a company has by its side and their state."""
    side = case((Inquiry.buyer_id == party, "buyer"), else_="supplier")
    query = select(side, Inquiry.state, func.count()).where(_party(party), _KEPT).group_by(side, Inquiry.state)
    return {(name, InquiryState(state)): n for name, state, n in await tx.execute(query)}


async def waiting_for(tx: AsyncSession, organisation_id: UUID, *, limit: int = 20) -> list[Waiting]:
    """What waits for this company, longest waiting first: two queries, however much it is."""
    unread = _unread(organisation_id)
    asked = and_(Inquiry.supplier_id == organisation_id, Inquiry.state == InquiryState.OPEN)
    countered = and_(Inquiry.supplier_id == organisation_id, Inquiry.state == InquiryState.COUNTERED)
    quoted = and_(Inquiry.buyer_id == organisation_id, Inquiry.state == InquiryState.QUOTED)
    kind = case((asked, "inquiry"), (countered, "counter_offer"), (quoted, "quotation"), else_="message")
    query = (
        select(Inquiry, Quotation, kind)
        .outerjoin(Quotation, and_(Quotation.inquiry_id == Inquiry.id, Quotation.state == QuotationState.OFFERED))
        .where(_party(organisation_id), _KEPT, or_(asked, countered, quoted, unread > 0))
        .order_by(Inquiry.moved_at)
        .limit(limit)
    )
    found = (await tx.execute(query)).all()
    others = [inquiry_view(row).other(organisation_id) for row, _offer, _kind in found]
    names = await identity.organisations(tx, others)
    return [
        Waiting(
            title=row.title,
            href=f"/inquiries/{row.id}",
            who=names[other].name_latin,
            since=row.moved_at,
            kind=what,
            until=quotation_view(offer).ends_at if offer else None,
        )
        for (row, offer, what), other in zip(found, others, strict=True)
    ]


async def rfq(tx: AsyncSession, rfq_id: UUID, *, party: UUID) -> RfqView:
    """Raises RfqNotFound for everybody but its buyer."""
    row = (await tx.execute(_rfqs().where(Rfq.id == rfq_id, Rfq.buyer_id == party))).first()
    if row is None:
        raise RfqNotFound(_("There is no such request."))
    return rfq_view(row)


async def rfqs_of(tx: AsyncSession, party: UUID, *, offset: int, limit: int) -> tuple[list[RfqView], int]:
    """A company's requests, newest first, and how many there are."""
    query = _rfqs().where(Rfq.buyer_id == party).order_by(Rfq.id.desc()).offset(offset).limit(limit)
    total = await tx.scalar(select(func.count()).select_from(Rfq).where(Rfq.buyer_id == party))
    return [rfq_view(row) for row in await tx.execute(query)], total or 0


async def latest_quotations(tx: AsyncSession, rfq_id: UUID) -> dict[UUID, QuotationView]:
    """By inquiry, the last offer that its supplier made. The caller has loaded the request as its buyer."""
    query = (
        select(Quotation)
        .join(Inquiry, Inquiry.id == Quotation.inquiry_id)
        .where(Inquiry.rfq_id == rfq_id, Quotation.made_by == Inquiry.supplier_id, _KEPT)
        .ext(distinct_on(Quotation.inquiry_id))
        .order_by(Quotation.inquiry_id, Quotation.version.desc())
    )
    return {row.inquiry_id: quotation_view(row) for row in await tx.scalars(query)}


def _party(organisation_id: UUID) -> ColumnElement[bool]:
    return or_(Inquiry.buyer_id == organisation_id, Inquiry.supplier_id == organisation_id)


def _unread(reader: UUID) -> ColumnElement[int]:
    """What the other side said and offered since the reader's company last looked; a new inquiry counts as one."""
    read_at = case((Inquiry.buyer_id == reader, Inquiry.buyer_read_at), else_=Inquiry.supplier_read_at)
    since = func.coalesce(read_at, datetime.min.replace(tzinfo=UTC))
    said = select(func.count()).where(
        Message.inquiry_id == Inquiry.id, Message.organisation_id != reader, Message.at > since
    )
    offered = select(func.count()).where(
        Quotation.inquiry_id == Inquiry.id, Quotation.made_by != reader, Quotation.created_at > since
    )
    unseen = case((read_at.is_(None), 1), else_=0)
    whole: ColumnElement[int] = (
        said.correlate(Inquiry).scalar_subquery() + offered.correlate(Inquiry).scalar_subquery() + unseen
    )
    return whole


def _rfqs() -> Select[Any]:
    asked = select(func.count()).where(Inquiry.rfq_id == Rfq.id).correlate(Rfq).scalar_subquery()
    quoted = (
        select(func.count(Quotation.inquiry_id.distinct()))
        .join(Inquiry, Inquiry.id == Quotation.inquiry_id)
        .where(Inquiry.rfq_id == Rfq.id, Quotation.made_by == Inquiry.supplier_id)
        .correlate(Rfq)
        .scalar_subquery()
    )
    return select(Rfq, asked, quoted)
