"""What others see of negotiations: frozen values, made from rows here and nowhere else."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.money import Money, UnitPrice
from orders.incoterms import Rule
from orders.negotiation.models import Inquiry, Message, Quotation
from orders.negotiation.offer import Offer
from orders.negotiation.states import InquiryState, QuotationState, RfqState

Files = tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class FileFound:
    """What a file shows, as `trust.risk.texts` names it, and who sent it; `withheld` from all others."""

    organisation_id: UUID
    kinds: tuple[str, ...]
    withheld: bool

    def open_to(self, reader: UUID) -> bool:
        return not self.withheld or reader == self.organisation_id


@dataclass(frozen=True, slots=True)
class InquiryView:
    id: UUID
    rfq_id: UUID | None
    buyer_id: UUID
    supplier_id: UUID
    product_id: UUID | None
    title: str
    hs_code: str
    text: str
    quantity: Decimal
    unit: str
    destination: str
    place: str
    rule: Rule | None
    target: UnitPrice | None
    files: Files
    state: InquiryState
    created_at: datetime
    answered_at: datetime | None
    moved_at: datetime
    buyer_read_at: datetime | None
    supplier_read_at: datetime | None

    def side_of(self, organisation_id: UUID) -> str:
        return "buyer" if organisation_id == self.buyer_id else "supplier"

    def other(self, organisation_id: UUID) -> UUID:
        return self.supplier_id if organisation_id == self.buyer_id else self.buyer_id

    def read_at(self, organisation_id: UUID) -> datetime | None:
        return self.buyer_read_at if organisation_id == self.buyer_id else self.supplier_read_at


@dataclass(frozen=True, slots=True)
class QuotationView:
    id: UUID
    inquiry_id: UUID
    version: int
    made_by: UUID
    member_id: UUID
    offer: Offer
    total: Money
    valid_until: date
    reason: str
    state: QuotationState
    created_at: datetime

    @property
    def ends_at(self) -> datetime:
        """The moment from which it can no longer be accepted."""
        return datetime.combine(self.valid_until + timedelta(days=1), time(), UTC)


@dataclass(frozen=True, slots=True)
class MessageView:
    id: UUID
    inquiry_id: UUID
    organisation_id: UUID
    member_id: UUID
    text: str
    files: Files
    at: datetime
    masked: bool = False
    by_mail: bool = False


@dataclass(frozen=True, slots=True)
class HeldLetter:
    """An answer by mail that is held back. `doubts`: what is wrong with it, as `trust.risk.rules.letters` names it;
    `files`: how many it had, none of which was kept."""

    id: UUID
    inquiry_id: UUID
    sender: str
    text: str
    doubts: tuple[str, ...]
    files: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class InquiryLine:
    """An inquiry in a list of one of its parties; `total` and `valid_until` are those of the offer that stands."""

    id: UUID
    rfq_id: UUID | None
    title: str
    state: InquiryState
    buyer_id: UUID
    supplier_id: UUID
    quantity: Decimal
    unit: str
    destination: str
    total: Money | None
    valid_until: date | None
    unread: int
    created_at: datetime
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class RfqView:
    """`asked` suppliers, of whom `quoted` have offered."""

    id: UUID
    buyer_id: UUID
    title: str
    category: str
    closes_at: datetime
    state: RfqState
    created_at: datetime
    asked: int
    quoted: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits for a company. `kind`: inquiry, quotation, counter_offer or message."""

    title: str
    href: str
    who: str
    since: datetime
    kind: str
    until: datetime | None = None


def rfq_view(found: Any) -> RfqView:
    row, asked, quoted = found
    return RfqView(
        row.id,
        row.buyer_id,
        row.title,
        row.category,
        row.closes_at,
        RfqState(row.state),
        row.created_at,
        asked,
        quoted,
    )


def inquiry_view(row: Inquiry) -> InquiryView:
    return InquiryView(
        id=row.id,
        rfq_id=row.rfq_id,
        buyer_id=row.buyer_id,
        supplier_id=row.supplier_id,
        product_id=row.product_id,
        title=row.title,
        hs_code=row.hs_code,
        text=row.text,
        quantity=plain(row.quantity),
        unit=row.unit,
        destination=row.destination,
        place=row.place,
        rule=Rule(row.rule) if row.rule else None,
        target=row.target,
        files=tuple(row.files),
        state=InquiryState(row.state),
        created_at=row.created_at,
        answered_at=row.answered_at,
        moved_at=row.moved_at,
        buyer_read_at=row.buyer_read_at,
        supplier_read_at=row.supplier_read_at,
    )


def line_view(row: Inquiry, standing: Quotation | None, unread: int) -> InquiryLine:
    return InquiryLine(
        id=row.id,
        rfq_id=row.rfq_id,
        title=row.title,
        state=InquiryState(row.state),
        buyer_id=row.buyer_id,
        supplier_id=row.supplier_id,
        quantity=plain(row.quantity),
        unit=row.unit,
        destination=row.destination,
        total=standing.total if standing else None,
        valid_until=standing.valid_until if standing else None,
        unread=unread,
        created_at=row.created_at,
        moved_at=row.moved_at,
    )


def quotation_view(row: Quotation) -> QuotationView:
    return QuotationView(
        id=row.id,
        inquiry_id=row.inquiry_id,
        version=row.version,
        made_by=row.made_by,
        member_id=row.member_id,
        offer=Offer.model_validate(row.content),
        total=row.total,
        valid_until=row.valid_until,
        reason=row.reason,
        state=QuotationState(row.state),
        created_at=row.created_at,
    )


def message_view(row: Message) -> MessageView:
    return MessageView(
        row.id,
        row.inquiry_id,
        row.organisation_id,
        row.member_id,
        row.text,
        tuple(row.files),
        row.at,
        masked=row.original is not None,
        by_mail=row.by_mail,
    )


def plain(number: Decimal) -> Decimal:
    """Without trailing zeros, and never as 1E+3."""
    return Decimal(f"{number.normalize():f}")
