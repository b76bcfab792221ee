"""What is done with inquiries: asked, talked about, declined or withdrawn. Offers stand in `offering`."""

from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.crypto import Vault
from app.core.db import VAULT
from app.core.i18n import _
from app.core.ids import new_id
from app.core.money import UnitPrice
from app.core.subject import Subject
from listings.suppliers import is_shown
from orders.incoterms import Rule
from orders.negotiation import guarding, rows, showing
from orders.negotiation.addresses import answers_to
from orders.negotiation.errors import NotYourTurn, OwnProduct, SupplierNotFound
from orders.negotiation.events import InquirySent
from orders.negotiation.models import Inquiry, Message
from orders.negotiation.states import InquiryMove, QuotationMove
from orders.units import quantity as checked_quantity
from trust.access import Member, Permission, Scope, agreed, barring, entitle, require
from trust.identity import queries as identity
from trust.identity import service as people
from trust.identity.queries import OrganisationView
from trust.leaving.service import partner_leaving
from trust.restrictions.errors import PartnerRestricted

Files = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Question:
    """What a buyer wants. Without `rule` the supplier proposes the terms of delivery."""

    title: str
    text: str
    quantity: Decimal
    unit: str
    destination: str
    place: str = ""
    rule: Rule | None = None
    target: UnitPrice | None = None
    hs_code: str = ""
    product_id: UUID | None = None


async def supplier_to_ask(tx: AsyncSession, supplier_id: UUID, *, by: Member) -> OrganisationView:
    """The company, if it can be asked. Raises SupplierNotFound for one that is hidden, OwnProduct for one's
    own, PartnerRestricted, PartnerLeaving."""
    company = (await identity.organisations(tx, [supplier_id])).get(supplier_id)
    if company is not None and company.sells and company.leaves:
        raise partner_leaving()
    if company is None or not is_shown(company):
        raise SupplierNotFound(_("There is no such supplier."))
    if company.id == by.organisation_id:
        raise OwnProduct(_("This is your own company. An inquiry goes to another one."))
    if barring(company.bound, Scope.RECEIVE_ORDER):
        raise PartnerRestricted(_("The other company cannot enter into new deals at present."))
    return company


async def ask(
    tx: AsyncSession, supplier_id: UUID, question: Question, files: Files, *, by: Member, rfq_id: UUID | None = None
) -> Inquiry:
    """Send an inquiry to one supplier. Raises BadQuantity, SupplierNotFound, OwnProduct, Blocked."""
    require(by, Permission.INQUIRE)
    wanted = checked_quantity(question.quantity, question.unit)
    supplier = await supplier_to_ask(tx, supplier_id, by=by)
    await guarding.check_inquiry(tx, question.title, question.text, alone=rfq_id is None, by=by)
    inquiry = Inquiry(
        rfq_id=rfq_id,
        buyer_id=by.organisation_id,
        supplier_id=supplier.id,
        created_by=by.id,
        product_id=question.product_id,
        title=question.title,
        hs_code=question.hs_code[:6],
        text=question.text,
        quantity=wanted,
        unit=question.unit,
        destination=question.destination,
        place=question.place,
        rule=question.rule,
        target=question.target,
        files=files,
        buyer_read_at=clock.now(),
    )
    tx.add(inquiry)
    await tx.flush()
    said = {"title": inquiry.title, "text": digest(inquiry.text), "quantity": f"{wanted:f}", "unit": inquiry.unit}
    await note(tx, inquiry, "inquiry.sent", {**said, "files": hashes(files), "supplier": supplier.id}, by=by.id)
    await showing.ask(tx, Subject("rfq", rfq_id) if rfq_id else Subject("inquiry", inquiry.id), files)
    await outbox.publish(tx, InquirySent(inquiry.id, inquiry.buyer_id, inquiry.supplier_id))
    await tell(tx, inquiry, by, "rfq_received" if rfq_id else "inquiry_received")
    return inquiry


async def say(
    tx: AsyncSession, inquiry_id: UUID, text: str, files: Files, *, by: Member, letter: str = ""
) -> tuple[Message, str]:
    """Add a message to the thread, and what the writer is told about it, if anything. Messages of one inquiry are
    written one after the other, so their ids ascend. Raises Blocked.

    letter  SHA-256 of the letter that it came in, where it was an answer by mail
    """
    require(by, Permission.NEGOTIATE)
    inquiry = await rows.inquiry_for_update(tx, inquiry_id, party=by.organisation_id)
    said = await guarding.check_message(tx, inquiry, text, by=by)
    await guarding.check_files(tx, inquiry, files, by=by)
    message = Message(
        id=new_id(),
        inquiry_id=inquiry.id,
        organisation_id=by.organisation_id,
        member_id=by.id,
        text=said.text,
        original=text if said.text != text else None,
        files=files,
        at=clock.now(),
        by_mail=bool(letter),
    )
    tx.add(message)
    answered(inquiry, by)
    see(inquiry, by)
    written = {"message": message.id, "text": digest(message.text), "files": hashes(files)}
    if letter:
        written["letter"] = letter
    await note(tx, inquiry, "inquiry.message", written, by=by.id)
    await showing.ask(tx, Subject("message", message.id), files)
    await tell(tx, inquiry, by, "message_received", text=message.text[:400])
    return message, said.notice


async def withdraw(tx: AsyncSession, inquiry_id: UUID, *, by: Member) -> Inquiry:
    """The buyer takes the inquiry back; an open offer lapses with it."""
    inquiry = await rows.inquiry_for_update(tx, inquiry_id, party=by.organisation_id)
    may_bind(inquiry, by, ends=True)
    if by.organisation_id != inquiry.buyer_id:
        raise NotYourTurn(_("Only the buyer can withdraw an inquiry."))
    inquiry.check(InquiryMove.WITHDRAW)
    await lapse(tx, inquiry, by=by.id, reason=_("The buyer withdrew the inquiry."))
    inquiry.move(InquiryMove.WITHDRAW, by=by.id)
    inquiry.moved_at = clock.now()
    await note(tx, inquiry, "inquiry.withdrawn", {}, by=by.id)
    await tell(tx, inquiry, by, "quotation_rejected", reason="", why="withdrawn")
    return inquiry


async def decline(tx: AsyncSession, inquiry_id: UUID, reason: str, *, by: Member) -> Inquiry:
    """The supplier answers that it cannot or will not supply."""
    inquiry = await rows.inquiry_for_update(tx, inquiry_id, party=by.organisation_id)
    may_bind(inquiry, by, ends=True)
    if by.organisation_id != inquiry.supplier_id:
        raise NotYourTurn(_("Only the supplier can decline an inquiry."))
    inquiry.check(InquiryMove.REJECT)
    await lapse(tx, inquiry, by=by.id, reason=reason)
    inquiry.move(InquiryMove.REJECT, by=by.id, note=reason)
    answered(inquiry, by)
    inquiry.moved_at = clock.now()
    await note(tx, inquiry, "inquiry.declined", {"reason": reason}, by=by.id)
    await tell(tx, inquiry, by, "quotation_rejected", reason=reason, why="declined")
    return inquiry


async def lapse(tx: AsyncSession, inquiry: Inquiry, *, by: UUID, reason: str) -> None:
    """An open offer ends with its inquiry."""
    quotation = await rows.open_offer(tx, inquiry.id)
    if quotation:
        quotation.move(QuotationMove.REJECT, by=by, note=reason)
        quotation.reason = reason


async def mark_read(tx: AsyncSession, inquiry_id: UUID, *, by: Member) -> None:
    """The member's company has seen everything up to now."""
    see(await rows.inquiry_for_update(tx, inquiry_id, party=by.organisation_id), by)


def see(inquiry: Inquiry, by: Member) -> None:
    if by.organisation_id == inquiry.buyer_id:
        inquiry.buyer_read_at = clock.now()
    else:
        inquiry.supplier_read_at = clock.now()


def answered(inquiry: Inquiry, by: Member) -> None:
    """The supplier's first word stops the clock of its response time."""
    if by.organisation_id == inquiry.supplier_id and inquiry.answered_at is None:
        inquiry.answered_at = clock.now()


def may_bind(inquiry: Inquiry, by: Member, *, ends: bool = False) -> None:
    """Raises unless the member may commit their side: purchasers the buyer, sales the supplier.

    A restriction to write first does not count here, for both have spoken; suppliers who quote are asked for more.

    ends  it only ends what was begun, which nobody has to agree to anything for
    """
    entitle(by, Permission.INQUIRE if by.organisation_id == inquiry.buyer_id else Permission.QUOTE)
    if not ends:
        agreed(by)


def other_side(inquiry: Inquiry, organisation_id: UUID) -> UUID:
    return inquiry.supplier_id if organisation_id == inquiry.buyer_id else inquiry.buyer_id


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def hashes(files: Files) -> list[str]:
    return [file["sha256"] for file in files]


async def note(tx: AsyncSession, inquiry: Inquiry, kind: str, data: dict[str, Any], *, by: UUID | None) -> None:
    await evidence.record(tx, Subject("inquiry", inquiry.id), kind, data, actor=by)


async def tell(tx: AsyncSession, inquiry: Inquiry, by: Member, template: str, **more: Any) -> None:
    """A letter to the side that did not act, which it may answer by mail."""
    facts = {"title": inquiry.title, "company": by.organisation_name, "path": f"/inquiries/{inquiry.id}", **more}
    vault: Vault = tx.info[VAULT]
    await people.notify(
        tx,
        other_side(inquiry, by.organisation_id),
        Permission.NEGOTIATE,
        template,
        facts,
        answers=lambda member_id: answers_to(vault, inquiry.id, member_id),
    )
