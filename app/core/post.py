"""Mail to people: queued with the change that causes it, rendered in the reader's language when it is sent."""

from email.utils import make_msgid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import outbox, templates
from app.core.i18n import speaking
from app.core.jobs import JobContext, job
from app.core.mail import Message

_environment = templates.environment()


async def send(tx: AsyncSession, *, to: str, locale: str, template: str, context: dict[str, Any]) -> None:
    """Queue one mail in the caller's transaction.

    template  a folder under templates/mail/ with subject.txt, body.txt and body.html
    context   JSON-able values for it; `base_url` is added
    """
    await outbox.enqueue(tx, deliver, to=to, locale=locale, template=template, context=context)


@job
async def deliver(ctx: JobContext, to: str, locale: str, template: str, context: dict[str, Any]) -> None:
    """Render and hand one mail to the mailer. Run twice, it sends twice: a doubled notice beats a lost one."""
    with speaking(locale):
        values = {**context, "base_url": ctx.settings.base_url, "locale": locale}
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
    await ctx.mailer.send(message)
