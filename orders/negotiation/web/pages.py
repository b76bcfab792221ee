"""What negotiation's pages have in common."""

from typing import Any

from fastapi import Request

from app.core.web import Upload
from orders import conditions, files
from orders.negotiation import service, words
from orders.negotiation.room import Room
from orders.negotiation.service import Files
from orders.negotiation.states import INQUIRY_LABELS, QUOTATION_LABELS, RFQ_LABELS
from trust.access import Member
from trust.identity import words as people_words
from trust.risk.words import FOUND

LABELS: dict[str, Any] = {
    "inquiry_labels": INQUIRY_LABELS,
    "quotation_labels": QUOTATION_LABELS,
    "rfq_labels": RFQ_LABELS,
    "words": words,
    "conditions": conditions,
    "country_name": people_words.country_name,
    "found_words": FOUND,
}


def choices() -> dict[str, Any]:
    """Options of the forms."""
    return {
        "currencies": words.CURRENCIES,
        "currency_options": [(code, code) for code in words.CURRENCIES],
        "units": words.unit_options(),
        "rules": words.rule_options(),
        "modes": words.mode_options(),
        "plan_options": words.plan_options(),
        "countries": people_words.countries(),
    }


async def kept(request: Request, uploads: list[Upload]) -> Files:
    """The uploads in the file store. Raises WrongFileType, FileTooLarge."""
    return await files.keep(request.app.state.files, uploads)


async def seen(request: Request, room: Room, member: Member) -> None:
    """Remember that the company has read its room, in a transaction of its own: the page itself only reads."""
    read_at = room.inquiry.read_at(member.organisation_id)
    news = [m.at for m in room.messages if m.organisation_id != member.organisation_id]
    news += [v.created_at for v in room.versions if v.made_by != member.organisation_id]
    if read_at is None or any(at > read_at for at in news):
        async with request.app.state.db.transaction() as tx:
            await service.mark_read(tx, room.inquiry.id, by=member)
