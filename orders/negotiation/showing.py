"""What files of a negotiation show: read after they were sent, judged as texts are, and told to who sent them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.jobs import handler
from app.core.subject import Subject
from orders.files import READABLE
from orders.negotiation import guarding
from orders.negotiation.models import FileFinding, Inquiry, Message
from trust.access import Permission
from trust.identity import queries as identity
from trust.identity import service as people
from trust.risk.pictures import queries as pictures
from trust.risk.pictures import service as reading
from trust.risk.pictures.events import PicturesRead

Files = Sequence[Mapping[str, Any]]


async def ask(tx: AsyncSession, subject: Subject, files: Files) -> None:
    """Have pictures and the first pages of documents read."""
    await reading.ask(tx, subject, [file["key"] for file in files if file["content_type"] in READABLE])


@dataclass(frozen=True, slots=True)
class _Sent:
    """Files that one company sent at once, in a message, an inquiry, or to several suppliers by one request."""

    inquiries: list[Inquiry]
    by: UUID
    files: Files


@handler(PicturesRead)
async def on_pictures_read(tx: AsyncSession, event: PicturesRead) -> None:
    """Files with contact or bank details: their sender is told, or they are withheld, as a message would be masked.

    After both have signed, contact details have their place. Files of a deal that was forgotten meanwhile are not
    looked at.
    """
    sent = await _sent(tx, event.subject)
    if sent is None:
        return
    counted = await pictures.counted(tx, {file["key"] for file in sent.files})
    seen = [one for key in sorted(counted) for one in counted[key]]
    sender = await identity.organisation(tx, sent.by)
    about = sent.inquiries[0]
    minded = await guarding.check_shown(tx, about, seen, sender=sender) if seen else None
    if minded is None:
        return
    names = []
    for file in sent.files:
        kinds = sorted({one.kind.value for one in counted.get(file["key"], ())} & minded.kinds)
        if kinds:
            names.append(file["name"])
            for inquiry in sent.inquiries:
                await _keep(tx, inquiry, sent.by, file["sha256"], kinds, withheld=minded.withheld)
    facts = {"title": about.title, "names": ", ".join(dict.fromkeys(names)), "withheld": minded.withheld}
    await people.notify(
        tx, sent.by, Permission.NEGOTIATE, "file_shows_contact", facts | {"path": f"/inquiries/{about.id}"}
    )


async def _sent(tx: AsyncSession, subject: Subject) -> _Sent | None:
    """What was sent, its inquiries locked; None of what is no message, inquiry or request, or is forgotten."""
    if subject.type == "message":
        message = await tx.get(Message, subject.id)
        if message is None:
            return None
        found = await _locked(tx, Inquiry.id == message.inquiry_id)
        return _Sent(found, message.organisation_id, message.files) if found else None
    if subject.type not in {"inquiry", "rfq"}:
        return None
    found = await _locked(tx, (Inquiry.id if subject.type == "inquiry" else Inquiry.rfq_id) == subject.id)
    return _Sent(found, found[0].buyer_id, found[0].files) if found else None


async def _locked(tx: AsyncSession, which: ColumnElement[bool]) -> list[Inquiry]:
    query = select(Inquiry).where(which, Inquiry.forgotten_at.is_(None)).order_by(Inquiry.id)
    return list(await tx.scalars(query.with_for_update()))


async def _keep(
    tx: AsyncSession, inquiry: Inquiry, sender_id: UUID, sha256: str, kinds: list[str], *, withheld: bool
) -> None:
    """A file that is sent again is what it was, but withheld from then on where the new message would be masked."""
    row = {"inquiry_id": inquiry.id, "sha256": sha256, "organisation_id": sender_id, "kinds": kinds}
    row |= {"withheld": withheld, "found_at": clock.now()}
    statement = insert(FileFinding).values(row)
    done = await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["inquiry_id", "sha256"],
            set_={"withheld": True},
            where=statement.excluded.withheld
            & ~FileFinding.withheld
            & (FileFinding.organisation_id == statement.excluded.organisation_id),
        ).returning(FileFinding.sha256)
    )
    if done.first() is not None:
        said = {"sha256": sha256, "kinds": kinds, "withheld": withheld}
        await evidence.record(tx, Subject("inquiry", inquiry.id), "inquiry.file_shows", said, actor=None)
