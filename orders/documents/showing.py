"""What papers of a shipment show, once they are read: an account to pay to, or an issued document with another one.

Contact details have their place on papers, and a paper may well name an invoice of ours: that alone is nothing. Nothing
is withheld either, for both sides need the goods' papers; people look at what is found.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import handler
from app.core.subject import Subject
from orders import forgeries
from orders.deals.models import Order
from orders.documents.models import ReceivedDocument
from orders.files import READABLE
from trust.identity import queries as identity
from trust.risk import service as risk
from trust.risk.engine import Point
from trust.risk.facts import MessageFacts
from trust.risk.holds import payouts_of
from trust.risk.pictures import queries as pictures
from trust.risk.pictures import service as reading
from trust.risk.pictures.events import PicturesRead

SUBJECT = "received_document"


async def ask(tx: AsyncSession, paper: ReceivedDocument) -> None:
    """Have a paper that was handed in read."""
    if paper.file["content_type"] in READABLE:
        await reading.ask(tx, Subject(SUBJECT, paper.id), [paper.file["key"]])


@handler(PicturesRead)
async def on_pictures_read(tx: AsyncSession, event: PicturesRead) -> None:
    """Judge it as a message after the contract: BEC-04, BEC-05 and OFF-02; with these, also BEC-06."""
    if event.subject.type != SUBJECT:
        return
    paper = await tx.get(ReceivedDocument, event.subject.id)
    counted = await pictures.counted(tx, [paper.file["key"]]) if paper else {}
    if paper is None or not counted:
        return
    order = (await tx.execute(select(Order.id, Order.number).where(Order.id == paper.order_id))).one()
    sender = (await identity.companies_of(tx, [paper.member_id]))[paper.member_id]
    about: Mapping[str, Any] = {
        "organisation_id": sender,
        "title": order.number,
        "by": None,
        "holds": payouts_of(sender),
    }
    shown = MessageFacts("", before_contract=False, shown=counted[paper.file["key"]])
    found = await risk.assess(tx, Point.MESSAGE, Subject("order", order.id), shown, **about)
    facts = await forgeries.facts_of(tx, paper.file) if found.decision.hits else None
    if facts is not None:
        await risk.assess(tx, Point.FILE, Subject("order", order.id), facts, **about)
