"""Mail to people: queued with the change that causes it, rendered in the reader's language when it is sent.

While a letter waits, to whom it goes and what it says lie sealed: it may carry a link that lets its reader in, or go
to an address that is kept sealed everywhere else, and a mail server may be away for as long as a backup is kept.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import make_msgid, parseaddr
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import outbox, templates
from app.core.crypto import Vault
from app.core.db import VAULT
from app.core.i18n import _, direction, speaking
from app.core.jobs import JobContext, job
from app.core.mail import MailMalformed, MailRefused, MailUnavailable, Message
from app.core.quoting import MARK
from app.core.runner import GiveUp

_environment = templates.environment()


@dataclass(frozen=True, slots=True)
class Letter:
    """To whom, in which language, and the rest as `send` takes it."""

    to: str
    locale: str
    context: dict[str, Any]
    answers: str = ""


async def send(
    tx: AsyncSession, *, to: str, locale: str, template: str, context: dict[str, Any], answers: str = ""
) -> None:
    """Queue one mail in the caller's transaction.

    template  a folder under templates/mail/ with subject.txt, body.txt and body.html
    context   JSON-able values for it; `base_url`, `home`, `locale`, `dir` are added, `why` where it is not given
    answers   what stands before the @ of the address that takes answers in; "" for none. Without a domain for answers
              in the settings nothing is said of them.
    """
    await send_each(tx, template, [Letter(to, locale, context, answers)])


async def send_each(tx: AsyncSession, template: str, letters: Sequence[Letter]) -> None:
    """As `send`, to several, in one statement."""
    calls = []
    for letter in letters:
        said = to_json({"to": letter.to, "context": letter.context, "answers": letter.answers})
        sealed = _vault(tx.info[VAULT]).seal_bytes(said, letter_context(template))
        words = base64.b64encode(sealed).decode()
        calls.append({"sealed": words, "locale": letter.locale, "template": template})
    await outbox.enqueue_each(tx, deliver_sealed, calls)


def letter_context(template: str) -> str:
    """The context under which a letter waits sealed."""
    return f"letter:{template}"


@job
async def deliver_sealed(ctx: JobContext, sealed: str, locale: str, template: str) -> None:
    """Open a letter that waited, and deliver it."""
    letter = opened(ctx.db.vault, sealed, template)
    await deliver(ctx, locale=locale, template=template, **letter)


def opened(vault: Vault | None, sealed: str, template: str) -> dict[str, Any]:
    """`to`, `context` and `answers` of a letter that waits."""
    found: dict[str, Any] = from_json(_vault(vault).open_bytes(base64.b64decode(sealed), letter_context(template)))
    return found


def _vault(found: Vault | None) -> Vault:
    """Raises RuntimeError where nobody has put one into the database: see `app.wiring.job_context`."""
    if found is None:
        raise RuntimeError("no vault to seal letters with")
    return found


@job
async def deliver(
    ctx: JobContext, to: str, locale: str, template: str, context: dict[str, Any], answers: str = ""
) -> None:
    """Render and hand one mail to the mailer. Run twice, it sends twice: a doubled notice beats a lost one.

    A job of its own for letters that were queued before they were sealed. What goes wrong is told without the address.
    """
    domain = ctx.settings.answers_domain
    reply_to = f"{answers}@{domain}" if answers and domain else ""
    with speaking(locale):
        home = ctx.settings.base_url
        given = {"why": _("You get this mail because you work with your company on Portolan."), **context}
        values = {**given, "base_url": home, "home": home, "locale": locale, "dir": direction(locale)}
        asked = _("Write your answer above this line")
        values["answer_above"] = f"{MARK} {asked} -##" if reply_to else ""
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
        message_id=make_msgid(domain=parseaddr(ctx.settings.mail_from)[1].rpartition("@")[2] or None),
        reply_to=reply_to,
    )
    try:
        await ctx.mailer.send(message)
    except (MailMalformed, MailRefused) as refusal:
        raise GiveUp(f"mail refused: {_without(to, refusal)}") from None
    except MailUnavailable as away:
        raise MailUnavailable(_without(to, away)) from None


def _without(to: str, problem: MailMalformed | MailRefused | MailUnavailable) -> str:
    """What went wrong, for operators; servers repeat the address in what they answer."""
    said = f"{problem.message} {problem.facts.get('reason', '')}".strip()
    return said.replace(to, "…")
