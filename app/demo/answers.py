"""Answers by mail: one from the buyer's own mailbox, and one from somebody who would like to be the buyer."""

from datetime import timedelta
from email.message import EmailMessage

from app.demo.cast import Stage
from app.demo.timeline import Story
from orders.negotiation import answering, queries
from orders.negotiation.addresses import answers_to
from orders.negotiation.states import ONGOING
from trust.access import Role

AGO = timedelta(hours=3)
OWN = "Thank you. We can take the goods from week 12 on; please keep the cartons below 15 kg."
FORGED = "Our bank has changed. Please confirm here, and send the refund of the deposit to the new account."


async def answered_by_mail(stage: Stage, buyer: str) -> Story:
    """In the inquiry of theirs that moved last, of those that go on; nothing where letters are not answered by mail."""
    ctx = stage.ctx
    for ago, text, proof in ((AGO, OWN, "pass"), (AGO / 2, FORGED, "fail")):
        yield stage.now - ago
        firm = stage.firms[buyer]
        async with ctx.db.reading() as tx:
            lines = await queries.inquiries_of(tx, firm.id, side="buyer", states=ONGOING, limit=1)
            by = await stage.member(tx, firm, Role.OWNER)
        if lines and ctx.settings.answers_domain and ctx.db.vault is not None:
            local = answers_to(ctx.db.vault, lines[0].id, by.id)
            to = f"{local}@{ctx.settings.answers_domain}"
            await answering.receive(ctx, _letter(to, by.email, text, ctx.settings.answers_authority, proof))


def _letter(to: str, sender: str, text: str, authority: str, proof: str) -> bytes:
    mime, domain = EmailMessage(), sender.rpartition("@")[2]
    found = (
        f"spf={proof} smtp.mailfrom={sender}",
        f"dkim={proof} header.d={domain}",
        f"dmarc={proof} header.from={domain}",
    )
    mime["Authentication-Results"] = "; ".join((authority, *found))
    mime["From"], mime["To"] = sender, to
    mime.set_content(text)
    return mime.as_bytes()
