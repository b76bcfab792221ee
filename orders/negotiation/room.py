"""The room of one negotiation as one value: what was said and offered in time order, what stands, and what is next."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.states import Change, history
from app.core.subject import Subject
from orders import incoterms
from orders.contracts import queries as contracts
from orders.negotiation import guarding, queries
from orders.negotiation.states import InquiryMove, InquiryState, QuotationState
from orders.negotiation.views import FileFound, Files, InquiryView, MessageView, QuotationView
from trust.identity import queries as identity
from trust.identity.queries import OrganisationView

MESSAGES_SHOWN = 100
TOLD_BY_THEIR_OFFER = {InquiryMove.QUOTE, InquiryMove.COUNTER}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the thread: a message, an offer, or a change of state."""

    at: datetime
    message: MessageView | None = None
    offer: QuotationView | None = None
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Room:
    inquiry: InquiryView
    reader: UUID
    companies: dict[UUID, OrganisationView]
    authors: dict[UUID, str]
    versions: list[QuotationView]
    messages: list[MessageView]
    changes: list[Change]
    warnings: list[str]
    told: list[str]
    contract_id: UUID | None
    since: UUID | None = None

    @property
    def side(self) -> str:
        return self.inquiry.side_of(self.reader)

    @property
    def other(self) -> OrganisationView:
        return self.companies[self.inquiry.other(self.reader)]

    @property
    def current(self) -> QuotationView | None:
        """The version that stands, or else the last one."""
        return self.versions[-1] if self.versions else None

    @property
    def to_answer(self) -> bool:
        """An open offer of the other side lies before the reader, and is still good."""
        offer = self.current
        return self.is_open and offer is not None and offer.made_by != self.reader

    @property
    def is_open(self) -> bool:
        offer = self.current
        return offer is not None and offer.state == QuotationState.OFFERED and clock.now() < offer.ends_at

    @property
    def may_quote(self) -> bool:
        """The state lets the supplier make a (new) quotation."""
        states = {InquiryState.OPEN, InquiryState.QUOTED, InquiryState.COUNTERED, InquiryState.EXPIRED}
        return self.side == "supplier" and self.inquiry.state in states

    @property
    def ending(self) -> str:
        """Why it ended, in the words of whoever ended it; "" where nobody said."""
        return self.changes[-1].note if self.changes else ""

    @property
    def earlier(self) -> bool:
        return len(self.messages) == MESSAGES_SHOWN

    @property
    def last_id(self) -> UUID:
        """From here on the page asks what is new."""
        ids = [m.id for m in self.messages[-1:]] + [v.id for v in self.versions[-1:]]
        return max(ids, default=self.since or self.inquiry.id)

    @property
    def entries(self) -> list[Entry]:
        """In time order. Moves that an offer made are told by the offer."""
        said = [Entry(m.at, message=m) for m in self.messages]
        offered = [Entry(v.created_at, offer=v) for v in self.versions]
        moved = [Entry(c.at, change=c) for c in self.changes if c.move not in TOLD_BY_THEIR_OFFER]
        return sorted(said + offered + moved, key=lambda entry: entry.at)


async def enter(tx: AsyncSession, inquiry_id: UUID, *, party: UUID, before: UUID | None = None) -> Room:
    """Everything both parties see of one negotiation. Raises InquiryNotFound for a stranger."""
    inquiry = await queries.inquiry(tx, inquiry_id, party=party)
    found = await queries.files_found(tx, inquiry.id)
    versions = await queries.versions(tx, inquiry.id)
    companies = await identity.organisations(tx, [inquiry.buyer_id, inquiry.supplier_id])
    messages = await queries.messages(tx, inquiry.id, before=before, limit=MESSAGES_SHOWN)
    return Room(
        inquiry=replace(inquiry, files=_marked(inquiry.files, found, party)),
        reader=party,
        companies=companies,
        authors=await _authors(tx, inquiry, messages),
        versions=versions,
        messages=[replace(message, files=_marked(message.files, found, party)) for message in messages],
        changes=await history(tx, Subject("inquiry", inquiry.id)),
        warnings=_warnings(inquiry, companies, versions),
        told=await _told(tx, inquiry, versions, party),
        contract_id=await contracts.id_of_inquiry(tx, inquiry.id),
    )


async def news(tx: AsyncSession, inquiry_id: UUID, *, party: UUID, after: UUID | None) -> Room:
    """What was said and offered since `after` (a message's or an offer's id): the live part of the thread."""
    inquiry = await queries.inquiry(tx, inquiry_id, party=party)
    messages = await queries.messages(tx, inquiry.id, after=after, limit=MESSAGES_SHOWN)
    found = await queries.files_found(tx, inquiry.id) if messages else {}
    versions = await queries.versions(tx, inquiry.id)
    return Room(
        inquiry=inquiry,
        reader=party,
        companies=await identity.organisations(tx, [inquiry.buyer_id, inquiry.supplier_id]),
        authors=await _authors(tx, inquiry, messages),
        versions=[v for v in versions if after is None or v.id > after],
        messages=[replace(message, files=_marked(message.files, found, party)) for message in messages],
        changes=[],
        warnings=[],
        told=[],
        contract_id=None,
        since=after,
    )


def _marked(files: Files, found: Mapping[str, FileFound], reader: UUID) -> Files:
    """The files, each with what it was found to show, and whether the reader may open it."""
    marked = []
    for file in files:
        shows = found.get(file["sha256"])
        marked.append({**file, "found": shows, "open": shows is None or shows.open_to(reader)})
    return tuple(marked)


async def _authors(tx: AsyncSession, inquiry: InquiryView, messages: list[MessageView]) -> dict[UUID, str]:
    """Names by member, also of those who have left. Two queries, and one for each who has."""
    if not messages:
        return {}
    present = [
        *await identity.members(tx, inquiry.buyer_id),
        *await identity.members(tx, inquiry.supplier_id),
    ]
    names = {member.id: member.name for member in present}
    for member_id in {message.member_id for message in messages} - names.keys():
        names[member_id] = (await identity.member_view(tx, member_id)).name
    return names


def _warnings(
    inquiry: InquiryView, companies: dict[UUID, OrganisationView], versions: list[QuotationView]
) -> list[str]:
    if not versions:
        return []
    offer = versions[-1].offer
    found = incoterms.check(
        offer.rule,
        offer.place,
        offer.mode,
        offer.locode,
        exporter_country=companies[inquiry.supplier_id].country,
        importer_country=inquiry.destination,
    )
    return [finding.message for finding in found]


async def _told(tx: AsyncSession, inquiry: InquiryView, versions: list[QuotationView], party: UUID) -> list[str]:
    """What the buyer is warned of while the supplier's offer lies before it."""
    offer = versions[-1] if versions else None
    if party != inquiry.buyer_id or offer is None or offer.made_by != inquiry.supplier_id:
        return []
    return await guarding.warned_of(tx, inquiry.id, inquiry.supplier_id, offer.created_at)
