"""Letters arrive as written, over each way of encryption; a header carries nothing but itself."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.core import clock
from app.core.mail import (
    KeptMailer,
    LetterMissing,
    Mailer,
    MailMalformed,
    MailRefused,
    MailUnavailable,
    Message,
    SmtpMailer,
)

SENDER = "Portolan 海图 <no-reply@portolan.example>"
HELLO = Message(
    to="einkauf@hansa.example",
    subject="Neue Anfrage · 新询盘 ✉",
    text="Guten Tag,\n您有一条新询盘。\n",
    html="<p>您有一条新询盘。</p>",
    message_id="<0191-a@portolan.example>",
)


class Inbox:
    """A mail server's handler that takes letters and refuses two mailboxes; aiosmtpd names its methods."""

    def __init__(self) -> None:
        self.received: list[tuple[list[str], EmailMessage, bool]] = []

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        if address.startswith("later@"):
            return "451 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        mime = message_from_bytes(envelope.content.replace(b"\r\n", b"\n"), policy=policy.default)
        if "virus" in str(mime["Subject"]):
            return "554 refused"
        self.received.append((list(envelope.rcpt_tos), mime, session.ssl is not None))
        return "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


Serve = Callable[..., AbstractAsyncContextManager[str]]


@pytest.fixture
def serve(inbox: Inbox) -> Serve:
    """`async with serve(**server options) as "127.0.0.1:port"`."""

    @asynccontextmanager
    async def serving(*, ssl: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(inbox, loop=loop, enable_SMTPUTF8=True, **options), "127.0.0.1", 0, ssl=ssl
        )
        async with server:
            yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"

    return serving


def server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


async def test_a_letter_arrives_as_written(inbox: Inbox, serve: Serve) -> None:
    moment = datetime.datetime(2026, 3, 1, 12, 30, tzinfo=datetime.UTC)
    async with serve() as address:
        with clock.at(moment):
            await SmtpMailer(f"smtp://{address}", SENDER).send(HELLO)
    [(recipients, mime, _)] = inbox.received
    assert recipients == ["einkauf@hansa.example"]
    assert (mime["From"], mime["To"]) == (SENDER, "einkauf@hansa.example")
    assert mime["Subject"] == HELLO.subject
    assert mime["Message-ID"] == HELLO.message_id
    assert mime["Date"].datetime == moment
    assert mime["Auto-Submitted"] == "auto-generated"
    plain, html = mime.iter_parts()
    assert (plain.get_content_type(), plain.get_content()) == ("text/plain", HELLO.text)
    assert (html.get_content_type(), html.get_content().strip()) == ("text/html", HELLO.html)


def test_letters_share_the_classes_of_their_headers() -> None:
    first, second = HELLO.mime(SENDER), HELLO.mime(SENDER)
    assert {type(value) for value in first.values()} == {type(value) for value in second.values()}


async def test_a_letter_may_be_text_alone(inbox: Inbox, serve: Serve) -> None:
    async with serve() as address:
        await SmtpMailer(f"smtp://{address}", SENDER).send(
            Message("a@b.example", "Hi", "x" * 2000 + "\n.\nend\n", "", "<1@b.example>")
        )
    [(_, mime, _)] = inbox.received
    assert not mime.is_multipart()
    assert mime.get_content() == "x" * 2000 + "\n.\nend\n"


async def test_an_international_host_is_written_in_ascii(inbox: Inbox, serve: Serve) -> None:
    async with serve() as address:
        await SmtpMailer(f"smtp://{address}", SENDER).send(
            Message("kauf@bücher.example", "Hi", "Hi", "", "<1@b.example>")
        )
    assert inbox.received[0][0] == ["kauf@xn--bcher-kva.example"]


async def test_starttls_encrypts(inbox: Inbox, serve: Serve, certificate: Path) -> None:
    async with serve(tls_context=server_side(certificate), require_starttls=True) as address:
        await SmtpMailer(f"smtp://{address}?starttls=1", SENDER, tls=trusting(certificate)).send(HELLO)
    assert inbox.received[0][2]


async def test_smtps_encrypts_from_the_first_byte(inbox: Inbox, serve: Serve, certificate: Path) -> None:
    async with serve(ssl=server_side(certificate)) as address:
        await SmtpMailer(f"smtps://{address}", SENDER, tls=trusting(certificate)).send(HELLO)
    assert len(inbox.received) == 1


async def test_a_server_that_cannot_prove_who_it_is_gets_nothing(inbox: Inbox, serve: Serve, certificate: Path) -> None:
    async with serve(tls_context=server_side(certificate)) as address:
        with pytest.raises(MailUnavailable):
            await SmtpMailer(f"smtp://{address}?starttls=1", SENDER).send(HELLO)
    assert inbox.received == []


async def test_a_password_is_used_and_never_sent_in_the_clear(inbox: Inbox, serve: Serve, certificate: Path) -> None:
    seen: list[LoginPassword] = []

    def authenticate(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: LoginPassword
    ) -> AuthResult:
        seen.append(login)
        return AuthResult(success=login == LoginPassword(b"port@lan", b"s/cret"))

    url = "smtp://port%40lan:s%2Fcret@{}"
    async with serve(authenticator=authenticate, auth_require_tls=False) as address:
        with pytest.raises(MailUnavailable):
            await SmtpMailer(url.format(address), SENDER).send(HELLO)
    assert seen == []
    async with serve(authenticator=authenticate, auth_required=True, tls_context=server_side(certificate)) as address:
        await SmtpMailer(url.format(address), SENDER, tls=trusting(certificate)).send(HELLO)
        with pytest.raises(MailUnavailable):
            await SmtpMailer(f"smtp://port:wrong@{address}", SENDER, tls=trusting(certificate)).send(HELLO)
    assert len(inbox.received) == 1


@pytest.mark.parametrize(
    ("to", "subject", "error"),
    [
        ("nobody@hansa.example", "Hi", MailRefused),
        ("later@hansa.example", "Hi", MailUnavailable),
        ("einkauf@hansa.example", "virus", MailRefused),
    ],
)
async def test_never_and_not_now_are_told_apart(serve: Serve, to: str, subject: str, error: type[Exception]) -> None:
    async with serve() as address:
        with pytest.raises(error):
            await SmtpMailer(f"smtp://{address}", SENDER).send(Message(to, subject, "Hi", "", "<1@b.example>"))


async def test_a_server_that_is_away_is_unavailable(serve: Serve) -> None:
    async with serve() as address:
        pass
    with pytest.raises(MailUnavailable):
        await SmtpMailer(f"smtp://{address}", SENDER).send(HELLO)


@pytest.mark.parametrize(
    "url",
    ["", "mail.example", "http://mail.example", "smtp://", "smtp://h?starttls=maybe", "smtp://h?timeout=1"],
)
def test_an_address_of_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="mail server"):
        SmtpMailer(url, SENDER)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("to", "a@b.example\r\nBcc: everyone@b.example"),
        ("to", "a@b.example, c@d.example"),
        ("to", "Name <a@b.example>"),
        ("to", "a@b.example\0"),
        ("to", "nobody"),
        ("to", ""),
        ("subject", "Hi\r\nBcc: everyone@b.example"),
        ("subject", "Hi\nthere"),
        ("subject", "Hi\u2028there"),
        ("message_id", "<1@b>\r\nBcc: everyone@b.example"),
        ("message_id", "1"),
    ],
)
def test_no_header_is_smuggled_in(field: str, value: str) -> None:
    parts = {"to": "a@b.example", "subject": "Hi", "message_id": "<1@b.example>"} | {field: value}
    with pytest.raises(MailMalformed) as refused:
        Message(text="", html="", **parts)
    assert set(refused.value.errors) == {field}


async def test_a_host_that_cannot_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MailMalformed):
        await KeptMailer(tmp_path, SENDER).send(Message("a@b..example", "Hi", "Hi", "", "<1@b.example>"))


async def test_kept_letters_are_listed_newest_first_and_read_back(tmp_path: Path) -> None:
    kept = KeptMailer(tmp_path / "mail", SENDER)
    mailer: Mailer = kept
    assert await kept.letters() == []
    with clock.at(datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)):
        await mailer.send(Message("first@b.example", "First", "1", "", "<1@b.example>"))
    with clock.at(datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC)):
        await mailer.send(HELLO)
    newest, oldest = await kept.letters()
    assert (newest.to, newest.subject) == (HELLO.to, HELLO.subject)
    assert (newest.text, newest.html.strip()) == (HELLO.text, HELLO.html)
    assert newest.sent_at == datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC)
    assert newest.headers["Message-ID"] == HELLO.message_id
    assert oldest.subject == "First"
    assert await kept.letter(newest.name) == newest
    assert await kept.letters(at_most=1) == [newest]


@pytest.mark.parametrize("name", ["", "../secret.eml", "20260301T000000000000-" + "0" * 32 + ".eml", "x\0.eml"])
async def test_only_letters_are_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(LetterMissing):
        await KeptMailer(tmp_path, SENDER).letter(name)


async def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    blocked = tmp_path / "mail"
    blocked.touch()
    with pytest.raises(MailUnavailable):
        await KeptMailer(blocked, SENDER).send(HELLO)
