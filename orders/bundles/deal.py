"""A deal from its first question to its end: what of it a reader may see."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence
from app.core.subject import Subject
from orders.contracts import queries as contracts
from orders.contracts.queries import ContractView
from orders.deals import plan, room
from orders.deals import queries as orders
from orders.deals.queries import OrderView
from orders.documents import queries as papers
from orders.negotiation import queries as negotiation
from orders.negotiation.views import InquiryView, MessageView, QuotationView

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Deal:
    """`contracts` are the first one and its amendments, the oldest first."""

    inquiry: InquiryView
    contracts: list[ContractView]
    order: OrderView | None

    @property
    def subjects(self) -> list[Subject]:
        """Whose chains tell of it."""
        found = [Subject("inquiry", self.inquiry.id), *(Subject("contract", c.id) for c in self.contracts)]
        return [*found, *([self.order.subject] if self.order else [])]

    @property
    def number(self) -> str:
        """By which people know it."""
        if self.order:
            return self.order.number
        return self.contracts[0].number if self.contracts else Subject("inquiry", self.inquiry.id).number


async def deal(tx: AsyncSession, inquiry_id: UUID, *, party: UUID | None) -> Deal:
    """The deal of an inquiry; `party` None is the platform's own staff. Raises NotFound for a stranger's."""
    asked = await negotiation.inquiry(tx, inquiry_id, party=party)
    found = [await contracts.contract(tx, version.id) for version in await contracts.versions(tx, inquiry_id)]
    order_id = await orders.id_of_inquiry(tx, inquiry_id)
    return Deal(asked, found, await orders.order(tx, order_id) if order_id else None)


def withheld(kind: str, *, party: UUID | None) -> bool:
    """Whether a link of this kind is the platform's alone: a party sees that it is there, not what it says."""
    if party is None or kind.startswith(("inquiry.", "quotation.", "contract.")):
        return False
    return kind not in room.HAPPENED and kind != evidence.ERASED


async def messages(tx: AsyncSession, inquiry_id: UUID) -> AsyncIterator[MessageView]:
    """All of them, the newest first. The caller has loaded the inquiry as a party."""
    before: UUID | None = None
    while found := await negotiation.messages(tx, inquiry_id, before=before, limit=AT_ONCE):
        for message in reversed(found):
            yield message
        before = found[0].id


async def offers(tx: AsyncSession, inquiry_id: UUID) -> list[QuotationView]:
    return await negotiation.versions(tx, inquiry_id)


async def files_of_order(tx: AsyncSession, order_id: UUID) -> list[dict[str, Any]]:
    """Every file that either side put into the order: name, key, content type, size, SHA-256."""
    shipments = await orders.shipments(tx, order_id)
    proposals = await orders.proposals(tx, order_id)
    milestones = await plan.milestones(tx, order_id)
    found = [file for shipment in shipments for file in (*shipment.documents, *shipment.proof)]
    found += [file for proposal in proposals for file in proposal.files]
    found += [file for milestone in milestones for given in milestone.submissions for file in given.files]
    return found + [received.file for received in await papers.all_received(tx, order_id)]


async def documents(tx: AsyncSession, order_id: UUID) -> dict[str, str]:
    """Every trade document that was issued, as PDF and as UBL: path → key in the file store."""
    issued = await papers.all_issued(tx, order_id)
    return {f"documents/{d.number}.pdf": d.pdf_key for d in issued} | {
        f"documents/{d.number}.xml": d.ubl_key for d in issued
    }
