"""What negotiation answers to programs."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from app.core.money import Money, UnitPrice
from orders.incoterms import Rule
from orders.milestones import MilestoneKind
from orders.negotiation.offer import Offer
from orders.negotiation.states import InquiryState, QuotationState, RfqState
from orders.negotiation.views import HeldLetter, InquiryLine, InquiryView, MessageView, QuotationView, RfqView


class FileOut(BaseModel):
    """`shows`: contact or bank details that were found in it; `withheld`: only who sent it may open it."""

    name: str
    content_type: str
    size: int
    sha256: str
    href: str
    shows: list[str] = []
    withheld: bool = False


class MessageOut(BaseModel):
    """`masked`: a part of the text was covered for all who read it; `notice` is for its writer."""

    id: UUID
    organisation_id: UUID
    member_id: UUID
    text: str
    files: list[FileOut]
    at: datetime
    masked: bool
    by_mail: bool = False
    notice: str = ""

    @classmethod
    def of(cls, m: MessageView, *, notice: str = "") -> "MessageOut":
        return cls(
            id=m.id,
            organisation_id=m.organisation_id,
            member_id=m.member_id,
            text=m.text,
            files=files_out(m.inquiry_id, m.files),
            at=m.at,
            masked=m.masked,
            by_mail=m.by_mail,
            notice=notice,
        )


class HeldLetterOut(BaseModel):
    """An answer by mail that is held back. `doubts`: sender, dmarc, unproven, reply_to; its `files` were not kept."""

    id: UUID
    sender: str
    text: str
    doubts: list[str]
    files: int
    received_at: datetime

    @classmethod
    def of(cls, letter: HeldLetter) -> "HeldLetterOut":
        return cls(
            id=letter.id,
            sender=letter.sender,
            text=letter.text,
            doubts=list(letter.doubts),
            files=letter.files,
            received_at=letter.received_at,
        )


class PaymentOut(BaseModel):
    kind: MilestoneKind
    percent: Decimal
    amount: Money


class QuotationOut(BaseModel):
    """One version. `content` is what was offered, `payments` its milestones with their exact amounts."""

    id: UUID
    inquiry_id: UUID
    version: int
    made_by: UUID
    state: QuotationState
    total: Money
    valid_until: date
    reason: str
    content: Offer
    payments: list[PaymentOut]
    created_at: datetime

    @classmethod
    def of(cls, q: QuotationView) -> "QuotationOut":
        return cls(
            id=q.id,
            inquiry_id=q.inquiry_id,
            version=q.version,
            made_by=q.made_by,
            state=q.state,
            total=q.total,
            valid_until=q.valid_until,
            reason=q.reason,
            content=q.offer,
            payments=[PaymentOut(kind=kind, percent=share, amount=part) for kind, share, part in q.offer.payments],
            created_at=q.created_at,
        )


class InquiryLineOut(BaseModel):
    """`rfq_id` is told to the buyer alone."""

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

    @classmethod
    def of(cls, line: InquiryLine, *, reader: UUID) -> "InquiryLineOut":
        shown = {name: getattr(line, name) for name in cls.model_fields}
        return cls(**shown | {"rfq_id": line.rfq_id if reader == line.buyer_id else None})


class InquiriesOut(BaseModel):
    total: int
    page: int
    per_page: int
    items: list[InquiryLineOut]


class InquiryOut(BaseModel):
    """`rfq_id` is told to the buyer alone."""

    id: UUID
    rfq_id: UUID | None
    buyer_id: UUID
    supplier_id: UUID
    product_id: UUID | None
    title: str
    text: str
    quantity: Decimal
    unit: str
    destination: str
    place: str
    rule: Rule | None
    target: UnitPrice | None
    files: list[FileOut]
    state: InquiryState
    created_at: datetime
    answered_at: datetime | None
    contract_id: UUID | None
    quotations: list[QuotationOut]
    messages: list[MessageOut]

    @classmethod
    def of(
        cls,
        view: InquiryView,
        *,
        reader: UUID,
        quotations: list[QuotationView],
        messages: list[MessageView],
        contract_id: UUID | None = None,
    ) -> "InquiryOut":
        made = {"rfq_id", "files", "contract_id", "quotations", "messages"}
        return cls(
            **{name: getattr(view, name) for name in cls.model_fields if name not in made},
            rfq_id=view.rfq_id if reader == view.buyer_id else None,
            files=files_out(view.id, view.files),
            contract_id=contract_id,
            quotations=[QuotationOut.of(q) for q in quotations],
            messages=[MessageOut.of(m) for m in messages],
        )


class RfqOut(BaseModel):
    id: UUID
    title: str
    category: str
    closes_at: datetime
    state: RfqState
    created_at: datetime
    asked: int
    quoted: int

    @classmethod
    def of(cls, view: RfqView) -> "RfqOut":
        return cls(**{name: getattr(view, name) for name in cls.model_fields})


class RfqsOut(BaseModel):
    total: int
    page: int
    per_page: int
    items: list[RfqOut]


class TotalOut(BaseModel):
    """A total converted to be compared, by a reference rate. It is not what is owed."""

    amount: Money
    rate: Decimal
    day: date
    source: str


class ComparedOut(BaseModel):
    """One supplier's latest quotation in a request; None while it has not quoted.

    converted  its total in the currency of comparison, where the suppliers' currencies differ
    """

    inquiry_id: UUID
    supplier_id: UUID
    state: InquiryState
    quotation: QuotationOut | None
    converted: TotalOut | None = None


class RfqDetailOut(RfqOut):
    suppliers: list[ComparedOut]


def files_out(inquiry_id: UUID, files: tuple[dict[str, Any], ...]) -> list[FileOut]:
    return [
        FileOut(
            name=file["name"],
            content_type=file["content_type"],
            size=file["size"],
            sha256=file["sha256"],
            href=f"/inquiries/{inquiry_id}/files/{file['sha256']}",
            shows=list(found.kinds) if (found := file.get("found")) else [],
            withheld=found is not None and found.withheld,
        )
        for file in files
    ]
