"""Mail to people: queued with the change that causes it, rendered in the reader's language when it is sent."""

from email.utils import make_msgid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import outbox, templates
from app.core.i18n import _, direction, speaking
from app.core.jobs import JobContext, job
from app.core.mail import MailMalformed, MailRefused, Message
from app.core.runner import GiveUp

_environment = templates.environment()


async def send(tx: AsyncSession, *, to: str, locale: str, template: str, context: dict[str, Any]) -> None:
    """Queue one mail in the caller's transaction.

    template  a folder under templates/mail/ with subject.txt, body.txt and body.html
    context   JSON-able values for it; `base_url`, `home`, `locale`, `dir` are added, `why` where it is not given
    """
    await outbox.enqueue(tx, deliver, to=to, locale=locale, template=template, context=context)


@job
async def deliver(ctx: JobContext, to: str, locale: str, template: str, context: dict[str, Any]) -> None:
    """Render and hand one mail to the mailer. Run twice, it sends twice: a doubled notice beats a lost one."""
    with speaking(locale):
        home = ctx.settings.base_url
        given = {"why": _("You get this mail because you work with your company on Portolan."), **context}
        values = {**given, "base_url": home, "home": home, "locale": locale, "dir": direction(locale)}
        parts = {
            part: _environment.get_template(f"mail/{template}/{part}").render(values)
            for part in ("subject.txt", "body.txt", "body.html")
        }
    subject = " ".join(parts["subject.txt"].split())
    message = Message(
        to=to,
        subject=subject,
        text=parts["body.txt"].strip() + "\n",
        html=parts["body.html"],
        message_id=make_msgid(domain="portolan.example"),
    )
    try:
        await ctx.mailer.send(message)
    except (MailMalformed, MailRefused) as refusal:
        raise GiveUp(f"mail to {to} refused: {refusal.message}") from refusal
