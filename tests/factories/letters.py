"""Answers by mail, as mail servers bring them."""

from collections.abc import Sequence
from email.message import EmailMessage
from hashlib import sha256
from uuid import UUID

from app.core import clock
from app.core.db import Database
from orders.negotiation.addresses import answers_to
from orders.negotiation.models import IncomingLetter
from orders.negotiation.states import LetterState
from tests.factories.people import Actor

DOMAIN, AUTHORITY = "reply.test.example", "mx.test.example"
SECRET = "the mail server's own word"


def address(db: Database, inquiry_id: UUID, reader: Actor) -> str:
    """Where a member's answers go."""
    assert db.vault is not None
    return f"{answers_to(db.vault, inquiry_id, reader.member.id)}@{DOMAIN}"


def answer(
    to: str,
    sender: str,
    text: str = "Yes, in week 48.",
    *,
    dmarc: str = "pass",
    results: str | None = None,
    files: Sequence[tuple[str, str, bytes]] = (),
    **headers: str,
) -> bytes:
    """A letter that passed (or not) what the mail server looks at; `results` in place of what it says of that."""
    mime, domain = EmailMessage(), sender.rpartition("@")[2]
    found = (
        f"spf={dmarc} smtp.mailfrom={sender}",
        f"dkim={dmarc} header.d={domain}",
        f"dmarc={dmarc} header.from={domain}",
    )
    said = "; ".join((AUTHORITY, *found))
    if results is None or results:
        mime["Authentication-Results"] = said if results is None else results
    mime["From"], mime["To"], mime["Subject"] = sender, to, "Re: Mugs"
    for name, value in headers.items():
        mime[name.replace("_", "-")] = value
    mime.set_content(
        f"{text}\n\nOn Monday, 23 November 2026, Portolan wrote:\n> ##- Write above -##\n> Lantern wrote:\n"
    )
    for name, kind, data in files:
        maintype, _slash, subtype = kind.partition("/")
        mime.add_attachment(data, maintype=maintype, subtype=subtype, filename=name)
    return mime.as_bytes()


def held_letter(inquiry_id: UUID, member_id: UUID, *, text: str = "Pay to the new account.") -> IncomingLetter:
    """One that is held back."""
    return IncomingLetter(
        digest=sha256(text.encode() + member_id.bytes).hexdigest(),
        inquiry_id=inquiry_id,
        member_id=member_id,
        state=LetterState.HELD,
        sender="somebody@elsewhere.example",
        text=text,
        doubts=["sender", "unproven"],
        files=1,
        received_at=clock.now(),
    )
