"""Letters on their way out: one message, and the two ways to send it."""

import asyncio
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.headerregistry import BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import uuid4

import aiosmtplib

from app.core import clock
from app.core.db import outside_transaction
from app.core.errors import Invalid, NotFound, Unavailable
from app.core.i18n import _

TIMEOUT_SECONDS = 30
PERMANENT = 500  # SMTP replies from here on mean "never" (RFC 5321, 4.2.1)
ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[^\s@<>(),;:\\\"\[\]\x00-\x1f\x7f]{1,253}")
MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f\x41-\x7e]+@[\x21-\x3b\x3d\x3f\x41-\x7e]+>")
CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


class MailMalformed(Invalid):
    """A header holds what a header may not hold, such as a line break."""

    code = "mail_malformed"


class MailRefused(Invalid):
    """The server will never take this message: no such mailbox, or the content is refused."""

    code = "mail_refused"


class MailUnavailable(Unavailable):
    """The message was not handed over; trying again may succeed. A retry may also deliver it twice."""

    code = "mail_unavailable"


class LetterMissing(NotFound):
    """No kept letter has this name."""

    code = "letter_missing"


class _Headers(HeaderRegistry):
    """Makes the class of a header once. The original makes one with each header, which waits for the garbage collector
    and is a third of what writing a letter takes."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, type[BaseHeader]] = {}

    def __getitem__(self, name: str) -> type[BaseHeader]:
        return self._made.get(name) or self._made.setdefault(name, super().__getitem__(name))


LETTER = policy.SMTP.clone(header_factory=_Headers())


@dataclass(frozen=True)
class Message:
    """One letter to one reader.

    to          a bare address, `name@host`; the name in ASCII, the host may be international
    subject     one line
    text, html  the same content twice; html may be empty
    message_id  `<unique@host>`; the same for every attempt, so that a reader's server can drop the second copy
    reply_to    where answers go in place of the sender's address; may be empty
    Raises MailMalformed for a line break or control character in a header, and for anything but one address.
    """

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    reply_to: str = ""

    def __post_init__(self) -> None:
        if not ADDRESS.fullmatch(self.to):
            raise MailMalformed(_("This is not an e-mail address."), field="to")
        if CONTROL.search(self.subject):
            raise MailMalformed(_("The subject must be a single line of text."), field="subject")
        if not MESSAGE_ID.fullmatch(self.message_id):
            raise MailMalformed(_("The message number is malformed."), field="message_id")
        if self.reply_to and not ADDRESS.fullmatch(self.reply_to):
            raise MailMalformed(_("This is not an e-mail address."), field="reply_to")

    def mime(self, sender: str) -> EmailMessage:
        """The message in Internet form, dated now. `sender` may carry a name: `Portolan <no-reply@host>`."""
        mime = EmailMessage(policy=LETTER)
        mime["From"] = sender
        mime["To"] = _ascii_host(self.to)
        if self.reply_to:
            mime["Reply-To"] = self.reply_to
        mime["Subject"] = self.subject
        mime["Date"] = format_datetime(clock.now())
        mime["Message-ID"] = self.message_id
        mime["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notices in answer
        mime.set_content(self.text)
        if self.html:
            mime.add_alternative(self.html, subtype="html")
        return mime


def _ascii_host(address: str) -> str:
    local, host = address.rsplit("@", 1)
    try:
        return f"{local}@{host.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise MailMalformed(_("This is not an e-mail address."), field="to") from None


class Mailer(Protocol):
    """Hands one message over to be delivered."""

    async def send(self, message: Message) -> None:
        """Returns once the message is taken. Raises MailRefused, MailMalformed, MailUnavailable."""
        ...


class SmtpMailer:
    """A mail server, spoken to over SMTP; one connection for each message."""

    def __init__(self, url: str, sender: str, *, tls: ssl.SSLContext | None = None) -> None:
        """
        url     `smtp://[user:password@]host[:port][?starttls=1|0]` or `smtps://…` (TLS from the first byte);
                without `starttls` the connection is encrypted if the server offers it, and must be as soon as
                there is a password to protect
        sender  the From header
        tls     whom to trust; the system's certificate authorities unless given
        raises  ValueError for any other URL
        """
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        starttls = options.pop("starttls", None)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or options or starttls not in {None, "0", "1"}:
            raise ValueError("not a mail server address: use smtp://host:port or smtps://host:port")
        self._sender = sender
        self._host, self._port = parts.hostname, parts.port
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._implicit = parts.scheme == "smtps"
        self._starttls = self._upgrade(starttls)
        self._tls = tls

    def _upgrade(self, asked: str | None) -> bool | None:
        """Whether to upgrade the connection; None: if the server offers it."""
        if self._implicit:
            return False
        if asked is not None:
            return asked == "1"
        return True if self._user else None

    async def send(self, message: Message) -> None:
        outside_transaction("sending mail")
        try:
            await aiosmtplib.send(
                message.mime(self._sender),
                recipients=[_ascii_host(message.to)],
                hostname=self._host,
                port=self._port,
                username=self._user,
                password=self._password,
                use_tls=self._implicit,
                start_tls=self._starttls,
                tls_context=self._tls,
                timeout=TIMEOUT_SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            raise _judged(refused.recipients[0].code, refused) from refused
        except (aiosmtplib.SMTPDataError, aiosmtplib.SMTPSenderRefused) as refused:
            raise _judged(refused.code, refused) from refused
        except (aiosmtplib.SMTPException, OSError) as problem:
            raise MailUnavailable(_("Mail cannot be sent just now."), reason=str(problem)) from problem


def _judged(code: int, problem: Exception) -> MailRefused | MailUnavailable:
    if code >= PERMANENT:
        return MailRefused(_("The mail server refused this message."), reason=str(problem), smtp_code=code)
    return MailUnavailable(_("Mail cannot be sent just now."), reason=str(problem), smtp_code=code)


@dataclass(frozen=True)
class KeptLetter:
    """A letter as it lies in the folder; `name` is its file name, `size` its length in bytes."""

    name: str
    to: str
    subject: str
    sent_at: datetime
    headers: Mapping[str, str]
    text: str
    html: str
    size: int


class KeptMailer:
    """Keeps every letter in a folder instead of sending it: development's post box, read at /dev/mail."""

    NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f]{32}\.eml")

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, message: Message) -> None:
        data = message.mime(self._sender).as_bytes()
        try:
            await asyncio.to_thread(self._keep, data)
        except OSError as problem:
            raise MailUnavailable(_("Mail cannot be sent just now."), reason=str(problem)) from problem

    async def letters(self, *, at_most: int = 100) -> list[KeptLetter]:
        """The letters kept, the newest first."""
        return await asyncio.to_thread(self._letters, at_most)

    async def letter(self, name: str) -> KeptLetter:
        """The letter of this name. Raises LetterMissing."""
        if not self.NAME.fullmatch(name):
            raise LetterMissing(_("This letter does not exist."), name=name)
        try:
            return await asyncio.to_thread(self._read, self._folder / name)
        except FileNotFoundError:
            raise LetterMissing(_("This letter does not exist."), name=name) from None

    def _keep(self, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"{clock.now():%Y%m%dT%H%M%S%f}-{uuid4().hex}.eml"
        unfinished = self._folder / f".{name}"
        unfinished.write_bytes(data)
        os.replace(unfinished, self._folder / name)

    def _letters(self, at_most: int) -> list[KeptLetter]:
        paths = sorted((p for p in self._folder.glob("*.eml") if self.NAME.fullmatch(p.name)), reverse=True)
        return [self._read(path) for path in paths[:at_most]]

    @staticmethod
    def _read(path: Path) -> KeptLetter:
        data = path.read_bytes()
        mime = message_from_bytes(data, policy=policy.default)
        return KeptLetter(
            name=path.name,
            to=str(mime["To"]),
            subject=str(mime["Subject"]),
            sent_at=parsedate_to_datetime(str(mime["Date"])),
            headers={name: str(value) for name, value in mime.items()},
            text=_body(mime, "plain"),
            html=_body(mime, "html"),
            size=len(data),
        )


def _body(mime: EmailMessage, subtype: str) -> str:
    part = mime.get_body((subtype,))
    return str(part.get_content()).replace("\r\n", "\n") if part else ""
